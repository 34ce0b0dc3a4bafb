"""Pages, lists and the network as of a day: each link keeps the day, and where it leads the same number stands."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

DAY = "2014-04-10"
HTML = {"Accept": "text/html"}
NOT_DATED = ("/static", "/sparql", "/questions", "/docs", "/ontology")


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, joinedup, serve) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    """A server on two published lists: Roads moved from A to B between them, Rails stayed with B."""
    folder = tmp_path_factory.mktemp("moved")
    head = "project_name,project_number,department,colour_rating,year\n"
    for year, department, colour in ((2019, "DfT", "Amber"), (2021, "BEIS", "Red")):
        (folder / f"uk_{year}.csv").write_text(
            f"{head}Roads,P1,{department},{colour},{year}\nRails,P2,BEIS,Green,{year}\n"
        )
    store = folder / "store"
    done = joinedup("load", *sorted(folder.glob("*.csv")), "--mapping", "gmpp", "--store", store)
    assert done.returncode == 0, done.stderr
    with serve(store) as address, httpx.Client(base_url=address, timeout=30) as client:
        yield client


def page(client: httpx.Client, path: str) -> str:
    answer = client.get(path, headers=HTML, follow_redirects=True)
    assert answer.status_code == 200, path
    return answer.text


def words(part: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", part)).split())


def links(part: str) -> list[str]:
    """The addresses within the site that a part of a page leads to."""
    return [unescape(a) for a in re.findall(r'<a [^>]*?href="(/[^"]*)"', part)]


def lines(page: str, table: str) -> list[str]:
    """The rows of a table on a page."""
    found = re.search(rf'<table [^>]*id="{table}">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    return re.findall(r"<tr.*?</tr>", found[1], re.DOTALL) if found else []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/programmes?q=broadband",
        "/findings",
        "/id/barrier/late-figures",
        "/id/organisation/home-office",
        "/matrix",
        "/departments-network",
        "/pairs?one=home-office&other=ministry-of-justice",
        "/analyses/shared-blockers",
        "/analyses/missing-ties",
        "/analyses/silo-overview",
    ],
)
def test_every_link_keeps_the_day_and_one_leads_back(client: httpx.Client, path: str) -> None:
    dated = f"{path}{'&' if '?' in path else '?'}as_of={DAY}"
    shown = page(client, dated)
    (told,) = re.findall(r'<p [^>]*id="as-of".*?</p>', shown)
    assert words(told).startswith("As of 10 April 2014.")
    assert links(told) == [path]
    within = [
        a
        for a in links(shown.replace(told, ""))
        if not a.startswith(NOT_DATED) and not a.split("#")[0].endswith((".ttl", ".jsonld"))
    ]
    assert len(within) > 20
    assert not [a for a in within if f"as_of={DAY}" not in a.split("#")[0]]


@pytest.mark.parametrize(
    "path", ["/programmes", "/id/barrier/late-figures", "/graph.json", "/matrix", "/analyses/missing-ties"]
)
def test_a_day_that_does_not_exist_is_refused_in_the_same_words_everywhere(
    client: httpx.Client, path: str
) -> None:
    answer = client.get(path, params={"as_of": "2014-02-31"}, follow_redirects=True)
    expected = client.get("/analyses/shared-blockers", params={"as_of": "2014-02-31"})
    said, wanted = (found.json() for found in (answer, expected))
    assert said.pop("request_id") != wanted.pop("request_id")
    assert (answer.status_code, said) == (400, wanted)
    assert "as_of" in said["detail"]


def test_an_empty_day_is_the_newest(client: httpx.Client) -> None:
    assert (
        client.get("/programmes.json?as_of=").json()["items"]
        == client.get("/programmes.json").json()["items"]
    )


def test_numbers_of_the_shared_blockers_stand_on_the_pages_they_lead_to(client: httpx.Client) -> None:
    rows = client.get("/analyses/shared-blockers.json", params={"as_of": DAY}).json()["rows"]
    newest = {r["barrier"]["iri"]: r for r in client.get("/analyses/shared-blockers.json").json()["rows"]}
    assert any(r != newest.get(r["barrier"]["iri"]) for r in rows), "the day makes a difference"
    shown = page(client, f"/analyses/shared-blockers?as_of={DAY}")
    for row in rows[:3]:
        slug = row["barrier"]["iri"].rsplit("/", 1)[1]
        (link,) = {a for a in links(shown) if re.search(rf"/barrier/{slug}\?[^#]*#departments$", a)}
        there = page(client, link)
        assert len(lines(there, "departments-table")) == row["departments"]
        assert len(lines(there, "programmes-table")) == row["programmes"]


def test_numbers_of_the_missing_ties_stand_on_the_page_of_the_pair(client: httpx.Client) -> None:
    rows = client.get("/analyses/missing-ties.json", params={"as_of": DAY}).json()["rows"]
    shown = page(client, f"/analyses/missing-ties?as_of={DAY}")
    for row in rows[:3]:
        ends = [row[k]["iri"].rsplit("/", 1)[1] for k in ("department", "other")]
        found = {a for a in links(shown) if all(f"={end}" in a for end in ends) and a.startswith("/pairs")}
        assert found
        said = f"share {row['shared_barriers']} barriers? and have {row['dependencies']} dependenc"
        for link in found:
            (verdict,) = re.findall(r'<p class="lead.*?</p>', page(client, link))
            assert re.search(said, words(verdict))


def test_a_project_that_moved_is_led_by_one_department_on_each_day(moved: httpx.Client) -> None:
    def names(department: str, day: str) -> list[str]:
        asked = {"department": department, "as_of": day}
        return [i["label"] for i in moved.get("/programmes.json", params=asked).json()["items"]]

    transport = "department-for-transport"
    beis = "department-for-business-energy-and-industrial-strategy"
    assert [names(d, "2019-01-01") for d in (transport, beis)] == [["Roads"], ["Rails"]]
    assert [names(d, "2021-03-31") for d in (transport, beis)] == [[], ["Rails", "Roads"]]
    assert [names(d, "") for d in (transport, beis)] == [[], ["Rails", "Roads"]]
    for day, led in (("2019-01-01", "Department for Transport"), ("", "Department for Business")):
        shown = page(moved, f"/id/programme/p1?as_of={day}")
        (home,) = lines(shown, "departments-table")
        assert words(home).startswith(led)
        (lead,) = re.findall(r"<dt>Led by.*?</dt><dd>(.*?)</dd>", shown, re.DOTALL)
        assert words(home).startswith(words(lead))
        assert len(lines(shown, "statuses-table")) == (1 if day else 2)


def test_the_network_has_who_led_on_the_day(moved: httpx.Client) -> None:
    def leads(day: str) -> set[str]:
        found = moved.get("/graph.json", params={"as_of": day}).json()["links"]
        return {
            f"{e['source']} {e['target']}".replace("https://joinedup.example/id/", "")
            for e in found
            if e["kind"] == "ledBy"
        }

    assert leads("2019-01-01") == {
        "programme/p1 organisation/department-for-transport",
        "programme/p2 organisation/department-for-business-energy-and-industrial-strategy",
    }
    assert {e.split()[1].rsplit("/", 1)[1][:23] for e in leads("")} == {"department-for-business"}
