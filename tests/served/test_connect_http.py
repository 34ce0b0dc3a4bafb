"""The page that says how other tools connect: what it calls tried is run as it stands there, against the server."""

from __future__ import annotations

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import httpx
import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]


class _Snippets(HTMLParser):
    """The snippets of the page, by the id of the heading before each."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, tuple[str, str]] = {}
        self.tried: dict[str, bool] = {}
        self._id, self._language = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            self._id = dict(attrs)["id"] or ""
        if tag == "code":
            self._language = dict(attrs).get("data-language") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self._language = ""

    def handle_data(self, data: str) -> None:
        if self._language:
            before = self.found.get(self._id, (self._language, ""))[1]
            self.found[self._id] = self._language, before + data
        if self._id and data.strip() in ("Tried", "Not tried"):
            self.tried[self._id] = data.strip() == "Tried"


@pytest.fixture(scope="module")
def page(client: httpx.Client) -> _Snippets:
    answer = client.get("/connect", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    found = _Snippets()
    found.feed(answer.text)
    return found


def test_every_tool_says_whether_it_was_tried_and_uses_this_servers_address(
    page: _Snippets, address: str
) -> None:
    assert set(page.found) == set(page.tried) and len(page.found) > 10
    assert all(address in code for _, code in page.found.values())
    assert not any(page.tried[name] for name in ("excel", "power-bi", "qgis", "httr2", "libreoffice"))


def test_it_is_linked_from_the_reference_and_the_sparql_page(client: httpx.Client) -> None:
    for path in ("/docs", "/sparql"):
        assert 'href="/connect"' in client.get(path, headers={"Accept": "text/html"}).text


@pytest.mark.parametrize("name", ["python", "pandas", "sparqlwrapper"])
def test_the_python_of_the_page_runs(page: _Snippets, name: str) -> None:
    language, code = page.found[name]
    assert language == "python" and page.tried[name]
    checked = f"{code}\nassert all(len(v) for n, v in dict(globals()).items() if n in ('frame', 'rows', 'programmes', 'network', 'blockers', 'question', 'found'))"
    done = subprocess.run(
        [sys.executable, "-c", checked], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_the_curl_of_the_page_runs(page: _Snippets) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    lines = page.found["curl"][1].splitlines()
    assert len(lines) == 4 and page.tried["curl"]
    for line in lines:
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and len(done.stdout) > 100, f"{line}: {done.stderr}"


def test_the_r_of_the_page_runs(page: _Snippets) -> None:
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed")
    checked = page.found["r"][1] + "\nstopifnot(nrow(blockers) > 5, nrow(rows) > 5, ncol(rows) == 2)"
    done = subprocess.run(["Rscript", "-e", checked], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.filterwarnings(
    "ignore:Dataset.default_context is deprecated"
)  # rdflib warns of its own use of it
def test_rdflib_reads_through_its_dataset_although_it_names_a_graph_of_its_own(client: httpx.Client, address: str) -> None:  # fmt: skip
    """Its default graph is called urn:x-rdflib:default, which no server knows."""
    from rdflib import Dataset
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    asked = "SELECT (COUNT(?b) AS ?n) { ?b a <https://w3id.org/joinedup/ontology#Barrier> }"
    (row,) = Dataset(SPARQLStore(f"{address}/sparql")).query(asked)
    plain = client.get("/sparql", params={"query": asked}).json()["results"]["bindings"]
    assert str(row[0]) == plain[0]["n"]["value"] != "0"
    named = client.get("/sparql", params={"query": asked, "default-graph-uri": "urn:x-rdflib:default"})
    assert named.json()["results"]["bindings"] == plain


def test_the_notebook_runs_from_the_example_to_its_end(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    notebook = nbformat.read(ROOT / "examples/notebook.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "it is kept without its outputs"
    monkeypatch.setenv("JOINEDUP_URL", address)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    run = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT / "examples")}})
    run.execute()
    shown = [
        o for cell in notebook.cells for o in cell.get("outputs", ()) if "text/html" in o.get("data", {})
    ]
    assert len(shown) >= 3 and any("<caption>" in o["data"]["text/html"] for o in shown)
