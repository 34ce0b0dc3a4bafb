"""The report of a deep dive over HTTP: three forms, found from the page of the deep dive."""

from __future__ import annotations

import httpx
import pytest

_PAGE = "/doc/deep-dive/early-help-for-families"


@pytest.mark.parametrize(
    ("ending", "begins", "media"),
    [
        ("html", b"<!doctype html>", "text/html; charset=utf-8"),
        ("pdf", b"%PDF-", "application/pdf"),
        ("docx", b"PK", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_each_form_is_a_file_to_keep_and_linked_from_the_page(
    client: httpx.Client, ending: str, begins: bytes, media: str
) -> None:
    address = f"/reports/early-help-for-families.{ending}"
    assert f'href="{address}"' in client.get(_PAGE, headers={"Accept": "text/html"}).text
    found = client.get(address)
    assert (found.status_code, found.headers["content-type"]) == (200, media)
    assert found.headers["content-disposition"] == f'attachment; filename="early-help-for-families.{ending}"'
    assert found.content.lstrip().startswith(begins)
    assert client.get(address, headers={"If-None-Match": found.headers["etag"]}).status_code == 304


def test_what_is_not_there_is_said_in_a_sentence(client: httpx.Client) -> None:
    assert client.get("/reports/early-help-for-families.odt").status_code == 404
    refused = client.get("/reports/nothing.html")
    assert refused.status_code in (400, 404, 422)
    assert "there is no deep dive “nothing”" in refused.json()["detail"]


def test_the_page_links_to_the_report_as_of_its_own_day(client: httpx.Client) -> None:
    page = client.get(_PAGE, params={"as_of": "2014-02-01"}, headers={"Accept": "text/html"}).text
    assert "/reports/early-help-for-families.html?as_of=2014-02-01" in page
    then = client.get("/reports/early-help-for-families.html", params={"as_of": "2014-02-01"}).text
    assert "Evidence to 1 February 2014" in then
