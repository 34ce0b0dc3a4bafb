"""The pages: every number leads to its evidence, "n of N" is said, nothing a label holds can run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from graph.analyses.department_openness import department_openness
from graph.analyses.missing_ties import missing_ties
from graph.analysis import Result, analyses, find_analysis
from graph.dataset import Dataset
from graph.errors import NotFound
from graph.ingest.load import load
from graph.listing import KINDS, listing
from graph.store import open_store
from visualisations import answers, rendering
from visualisations.explore import explore_page
from visualisations.lettering import width, wrapped
from visualisations.links import href
from visualisations.page import (
    analysis_page,
    departments_page,
    error_page,
    list_page,
    matrix_page,
    overview_page,
    pair_page,
    resource_page,
    sparql_page,
)
from visualisations.rendering import ANALYSES, LISTS, NAVIGATION, TOOLS

EXAMPLES = Path(__file__).parent.parent / "examples"
STATIC = Path(__file__).parent.parent / "visualisations" / "static"
HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>"""
FOREIGN = "https://evil.example/page"


@dataclass
class Node:
    """One element: its name, attributes, text and children."""

    name: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def find(self, name: str, /, **attributes: str) -> list[Node]:
        """Every element below of that name and with these attributes, in order."""
        found = [self] if self.name == name and attributes.items() <= self.attributes.items() else []
        return [*found, *(node for child in self.children for node in child.find(name, **attributes))]

    def words(self) -> str:
        """All the words in it, with single spaces."""
        return " ".join((self.text + " " + " ".join(child.words() for child in self.children)).split())

    def every(self) -> list[Node]:
        """Itself and everything below."""
        return [self, *(node for child in self.children for node in child.every())]


class Reader(HTMLParser):
    """Reads a page into nodes; fails on an end tag that closes nothing."""

    EMPTY = frozenset({"meta", "link", "input", "img", "br", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.root = Node("page", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {k: v or "" for k, v in attrs})
        self.open[-1].children.append(node)
        if tag not in self.EMPTY:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(Node("#", {}, text=data))


@lru_cache(maxsize=200)
def read(page: str) -> Node:
    """The page as nodes, every tag closed."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1, f"never closed: {[node.name for node in reader.open[1:]]}"
    return reader.root


def answer_page(dataset: Dataset, name: str, parameters: Mapping[str, str] | None = None) -> str:
    analysis = find_analysis(name)
    return analysis_page(dataset, analysis, parameters or {}, analysis.run(dataset, parameters))


def every_page(dataset: Dataset) -> dict[str, str]:
    """Each kind of page once, for the first things that there are."""
    pages = {
        "overview": overview_page(dataset),
        "matrix": matrix_page(dataset),
        "departments": departments_page(dataset),
        "error": error_page(404, HOSTILE, HOSTILE),
        "sparql": sparql_page(HOSTILE, (["s"], [[(FOREIGN, HOSTILE)]], 1, 0.5, 1), HOSTILE),
    }
    pages |= {name: answer_page(dataset, name) for name in analyses()}
    for kind in KINDS:
        found = listing(dataset, kind)
        pages[f"list of {kind}"] = list_page(dataset, found)
        if found.entries:
            pages[f"one of {kind}"] = resource_page(dataset, found.entries[0].thing.iri)
    pages["one concept"] = resource_page(dataset, "https://w3id.org/joinedup/concept/levels/front-line")
    departments = [entry.thing.iri for entry in listing(dataset, "departments").entries[:2]]
    pages["pair"] = pair_page(dataset, departments[0], departments[1])
    return pages


@pytest.fixture(scope="module")
def shown() -> Dataset:
    """Both parts of the example."""
    store = open_store("memory")
    load(store, [EXAMPLES / "deep-dive", EXAMPLES / "major-projects"])
    return store.dataset()


@pytest.fixture(scope="module")
def pages(shown: Dataset) -> dict[str, str]:
    return every_page(shown)


@pytest.fixture
def hostile(loaded: Callable[..., Dataset]) -> Dataset:
    """A store in which every name, word and role would run if a page let it."""
    name = '"' + HOSTILE.replace('"', '""') + '"'
    return loaded(
        organisations=f"id,name,abbreviation,kind\none,{name},{name},ministerial-department\ntwo,Other {name[1:-1].replace(chr(34) * 2, '')},,ministerial-department",
        programmes=f"id,name,description,lead\na,{name},{name},one\nb,Quiet,,two",
        barriers=f"id,name,description,type,identified_on\nx,{name},{name},silos,2014-01-01",
        interviews=f"id,held_on,level,organisation,role,marking\ni,2014-02-01,front-line,one,{name},official",
        findings=f"id,programme,barrier,stance,severity,interview,summary,excerpt\n"
        f"f,a,x,supports,5,i,{name},{name}\ng,b,x,supports,5,i,{name},{name}\nh,b,x,disputes,1,i,{name},{name}",
        ties="between,and,kind\na,b,joint-board",
    )


def test_every_number_of_the_shared_blockers_leads_to_its_evidence(shown: Dataset) -> None:
    analysis = find_analysis("shared_blockers")
    rows = analysis.run(shown).rows
    [table] = read(answer_page(shown, "shared_blockers")).find("table", id="answer")
    evidenced = {i: c.evidence for i, c in enumerate(analysis.columns) if c.evidence}
    for line, row in zip(table.find("tbody")[0].find("tr"), rows, strict=True):
        cells = [node for node in line.children if node.name in ("th", "td")]
        for place, part in evidenced.items():
            [link] = cells[place].find("a")
            assert link.attributes["href"] == f"{row.barrier.iri.removeprefix(shown.base)}#{part}"


def test_the_parts_that_numbers_lead_to_are_on_the_page_of_the_barrier(shown: Dataset) -> None:
    parts = {c.evidence for c in find_analysis("shared_blockers").columns if c.evidence}
    page = read(resource_page(shown, f"{shown.base}/id/barrier/late-figures"))
    assert parts <= {section.attributes.get("id") for section in page.find("section")}


def test_the_page_of_a_barrier_shows_as_many_findings_as_its_number_says(shown: Dataset) -> None:
    page = read(resource_page(shown, f"{shown.base}/id/barrier/coverage-maps"))
    [table] = page.find("table", id="findings-table")
    [section] = page.find("section", id="findings")
    said = re.search(r"(\d+) findings from (\d+) interviews", section.words())
    row = next(
        r
        for r in find_analysis("shared_blockers").run(shown).rows
        if r.barrier.iri.endswith("/coverage-maps")
    )
    assert said and len(table.find("tbody")[0].find("tr")) == int(said[1])
    assert int(said[2]) == row.interviews
    assert {r.find("td")[0].words() for r in table.find("tbody")[0].find("tr")} == {"supports"}
    [disputes] = page.find("section", id="disputes")
    assert f"{row.disputed_by} sources dispute it" in disputes.words()


def test_a_removed_barrier_still_shows_what_was_found(loaded: Callable[..., Dataset]) -> None:
    dataset = loaded(
        organisations="id,name,kind\none,One,ministerial-department",
        programmes="id,name,lead\na,A,one",
        barriers="id,name,type,identified_on,removed_on\nx,Gone,silos,2014-01-01,2014-03-01",
        interviews="id,held_on,level,organisation,marking\ni,2014-02-01,local,one,official\nj,2014-04-01,local,one,official",
        findings="id,programme,barrier,stance,severity,interview,summary\nf,a,x,supports,5,i,It held us up.",
    )
    page = read(resource_page(dataset, f"{dataset.base}/id/barrier/x")).words()
    assert "It held us up." in page
    assert "It was removed; this is how it stood the day before." in page


@pytest.mark.parametrize("name", ["missing_ties", "shared_blockers", "silo_overview"])
def test_an_answer_says_how_many_of_how_many(shown: Dataset, name: str) -> None:
    result = find_analysis(name).run(shown)
    shown_rows = result.rows[0].programmes if name == "silo_overview" else len(result.rows)
    assert f"{shown_rows} of {result.of} {result.of_what}" in read(answer_page(shown, name)).words()


@pytest.mark.parametrize("name", list(KINDS))
def test_a_list_says_which_entries_of_how_many(shown: Dataset, name: str) -> None:
    found = listing(shown, name, per_page=7)
    assert f"Entries 1 to 7 of {found.count}; {found.of} in all" in read(list_page(shown, found)).words()


def test_every_table_states_its_count(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        for table in read(page).find("table"):
            said = table.find("caption")[0].words()
            assert re.search(r"\d of [\d,]+", said) or name == "overview", f"{name}: {said}"


def test_a_list_is_turned_with_its_filters(shown: Dataset) -> None:
    found = listing(shown, "programmes", q="the", department="ministry-of-defence", per_page=2, page=2)
    page = read(list_page(shown, found))
    turns = [
        a.attributes["href"]
        for a in page.find("a")
        if "rel" in a.attributes and a.attributes["rel"] in ("prev", "next")
    ]
    assert [parse_qs(urlsplit(t).query) for t in turns] == [
        {"q": ["the"], "department": ["ministry-of-defence"], "page": [n]} for n in ("1", "3")[: len(turns)]
    ]
    assert page.find("option", value="ministry-of-defence")[0].attributes.get("selected") == ""


def test_a_programme_that_nobody_was_asked_about_is_not_said_to_have_no_barrier(shown: Dataset) -> None:
    rows = read(list_page(shown, listing(shown, "programmes", q="2011 Census"))).find("tbody")[0].find("tr")
    assert "not asked" in rows[0].words()


def test_a_list_that_is_cut_says_so_and_leads_to_the_rest(loaded: Callable[..., Dataset]) -> None:
    programmes = "\n".join(f"p{i},Programme {i},one" for i in range(120))
    dataset = loaded(
        organisations="id,name,kind\none,One,ministerial-department", programmes=f"id,name,lead\n{programmes}"
    )
    page = read(resource_page(dataset, f"{dataset.base}/id/organisation/one"))
    assert "100 of 120 programmes" in page.words()
    assert page.find("a", href="/programmes?department=one")


def test_a_pair_with_reasons_and_without_a_tie_is_marked_in_words_and_shape(shown: Dataset) -> None:
    apart = next(row for row in missing_ties(shown).rows if row.ties == 0)
    tied = next(row for row in missing_ties(shown).rows if row.ties)
    [table] = read(matrix_page(shown)).find("table", id="matrix")
    for row, state in ((apart, "apart"), (tied, "tied")):
        ends = {row.department.iri.rsplit("/", 1)[-1], row.other.iri.rsplit("/", 1)[-1]}
        named = [
            (td, parse_qs(urlsplit(a.attributes["href"]).query))
            for td in table.find("td")
            for a in td.find("a")
        ]
        cells = [td for td, query in named if {*query["one"], *query["other"]} == ends]
        assert sorted(td.words() for td in cells) == sorted([str(row.required), str(row.ties)])
        assert all(state in td.attributes["class"].split() for td in cells)
        assert any("no tie seen" in td.find("a")[0].attributes["aria-label"] for td in cells) == (
            state == "apart"
        )
    css = (STATIC / "joinedup.css").read_text(encoding="utf-8")
    assert re.search(r"\.seen\.apart a.*dashed", css) and re.search(r"\.required\.apart a.*inset", css)


def test_the_matrix_has_every_pair_twice_and_heads_for_rows_and_columns(shown: Dataset) -> None:
    [table] = read(matrix_page(shown)).find("table", id="matrix")
    columns, rows = table.find("th", scope="col"), table.find("th", scope="row")
    assert len(columns) == len(rows) == 11
    assert len(table.find("tbody")[0].find("td")) == 11 * 11


def test_a_pair_says_plainly_that_there_is_no_tie(shown: Dataset) -> None:
    ends = (
        f"{shown.base}/id/organisation/department-for-education",
        f"{shown.base}/id/organisation/department-of-health",
    )
    page = read(pair_page(shown, *ends)).words()
    assert (
        "share 3 barriers and have 2 dependencies between them. No working tie between them was seen." in page
    )
    for turned in (pair_page(shown, *ends), pair_page(shown, *reversed(ends))):
        assert len(read(turned).find("table", id="dependencies-table")[0].find("tbody")[0].find("tr")) == 2


def test_a_pair_shows_as_much_as_the_missing_ties_count(shown: Dataset) -> None:
    for row in missing_ties(shown).rows:
        page = read(pair_page(shown, row.department.iri, row.other.iri))
        barriers = [t for t in page.find("table") if t.attributes["id"].startswith("barrier-")]
        lines = {t.attributes["id"]: len(t.find("tbody")[0].find("tr")) for t in page.find("table")}
        assert (len(barriers), lines.get("dependencies-table", 0), lines.get("ties-table", 0)) == (
            row.shared_barriers,
            row.dependencies,
            row.ties,
        )


def test_nothing_that_a_label_holds_becomes_markup(hostile: Dataset) -> None:
    for name, page in every_page(hostile).items():
        assert HOSTILE not in page, name
        for node in read(page).every():
            assert node.name != "img", name
            assert not [a for a in node.attributes if a.startswith("on")], name
        for script in read(page).find("script"):
            assert re.fullmatch(r"/static/[\w./-]+\.js", script.attributes["src"] or ""), name
            assert not script.words().strip(), name
    assert HOSTILE in read(resource_page(hostile, f"{hostile.base}/id/programme/a")).find("h1")[0].words()


def test_no_page_holds_a_style_an_inline_script_or_a_foreign_address(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        for node in read(page).every():
            assert node.name != "style" and "style" not in node.attributes, name
            for attribute in ("src", "href", "action", "formaction", "poster", "data"):
                value = node.attributes.get(attribute, "/")
                if node.name == "a" and not value.startswith(("/", "#")):
                    assert value.startswith(("https://", "http://")), f"{name}: {value}"
                    assert node.attributes.get("rel") == "noreferrer nofollow", f"{name}: {value}"
                else:
                    assert value.startswith(("/", "#")) and not value.startswith("//"), f"{name}: {value}"


@pytest.mark.parametrize(
    "iri", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "urn:x", None]
)
def test_only_web_addresses_become_links(iri: str | None) -> None:
    assert href("https://joinedup.example", iri) is None


@pytest.mark.parametrize(
    ("iri", "address"),
    [
        ("https://joinedup.example/id/barrier/x", "/id/barrier/x"),
        ("https://joinedup.example/id/source/a.csv#row=3", "/id/source/a.csv#row=3"),
        ("https://joinedup.example//evil.example/x", "https://joinedup.example//evil.example/x"),
        ("https://joinedup.example.evil/x", "https://joinedup.example.evil/x"),
        (
            "https://w3id.org/joinedup/ontology#blocks",
            "/doc?iri=https%3A%2F%2Fw3id.org%2Fjoinedup%2Fontology%23blocks",
        ),
        (FOREIGN, FOREIGN),
    ],
)
def test_an_iri_leads_to_its_page(iri: str, address: str) -> None:
    assert href("https://joinedup.example", iri) == address


def test_ids_are_unique_and_references_to_them_hold(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        nodes = read(page).every()
        ids = [n.attributes["id"] for n in nodes if "id" in n.attributes]
        assert len(ids) == len(set(ids)), name
        for node in nodes:
            for attribute in ("for", "aria-labelledby", "aria-describedby"):
                assert set(node.attributes.get(attribute, "").split()) <= set(ids), f"{name}: {attribute}"
            if node.name == "a" and node.attributes["href"].startswith("#"):
                assert node.attributes["href"][1:] in ids, f"{name}: {node.attributes['href']}"


def test_links_within_the_site_that_name_a_part_find_it(shown: Dataset, pages: dict[str, str]) -> None:
    parts: dict[str, set[str]] = {}
    for page in pages.values():
        for link in read(page).find("a"):
            address = urlsplit(link.attributes["href"])
            if address.path.startswith("/id/") and address.fragment and "=" not in address.fragment:
                parts.setdefault(unquote(address.path), set()).add(address.fragment)
    for path, fragments in sorted(parts.items())[:60]:
        ids = {n.attributes.get("id") for n in read(resource_page(shown, shown.base + path)).every()}
        assert fragments <= ids, path


def test_every_picture_stands_beside_a_table_and_has_a_legend(pages: dict[str, str]) -> None:
    for name in ("departments", "missing_ties", "shared_blockers", "silo_overview"):
        page = read(pages[name])
        assert page.find("svg", role="group") and page.find("table"), name
        assert page.find("ul", **{"aria-label": "Legend"}), name


def test_the_marks_of_a_picture_are_lit_by_the_rows_of_its_table(pages: dict[str, str]) -> None:
    for name in ("departments", "missing_ties", "shared_blockers", "silo_overview"):
        page = read(pages[name])
        rows = {r.attributes["data-id"] for r in page.find("tr") if "data-id" in r.attributes}
        drawn = [
            n for svg in page.find("svg", role="group") for n in svg.every() if "data-on" in n.attributes
        ]
        assert rows and drawn, name
        assert rows <= {i for n in drawn for i in n.attributes["data-on"].split()}, name


def test_the_picture_follows_the_question(shown: Dataset) -> None:
    few, all_of_them = ({"min_departments": n} for n in ("4", "1"))
    counted = [
        len(read(answer_page(shown, "shared_blockers", p)).find("svg", role="group")[0].find("a"))
        for p in (few, all_of_them)
    ]
    assert counted[0] < counted[1]
    late, early = (
        read(answer_page(shown, "missing_ties", p))
        .find("svg", role="group")[0]
        .find("path", **{"class": "line line-apart"})
        for p in ({}, {"as_of": "2014-01-20"})
    )
    assert len(early) < len(late)


def test_no_label_of_the_department_network_touches_another(shown: Dataset) -> None:
    from visualisations.departments_drawing import departments_drawing

    boxes = []
    for mark in departments_drawing(shown).marks:
        wide = max(width(line, 14) for line in mark.lines)
        left = mark.text_x - {"start": 0.0, "middle": wide / 2, "end": wide}[mark.anchor]
        boxes.append((left, mark.text_y - 8, left + wide, mark.text_y + 8))
    for i, (x1, y1, x2, y2) in enumerate(boxes):
        for a1, b1, a2, b2 in boxes[:i]:
            assert x2 <= a1 or a2 <= x1 or y2 <= b1 or b2 <= y1


def test_drawings_are_the_same_each_time(shown: Dataset) -> None:
    from visualisations.departments_drawing import departments_drawing

    assert departments_drawing.__wrapped__(shown) == departments_drawing.__wrapped__(shown)
    assert answer_page(shown, "shared_blockers") == answer_page(shown, "shared_blockers")


@pytest.mark.parametrize(
    "text", ["", "word", "many short words in a row that need several lines", "w" * 400, "漢字" * 60, HOSTILE]
)
def test_wrapped_words_fit(text: str) -> None:
    lines = wrapped(text, 120, 13)
    assert len(lines) <= 2
    assert all(width(line, 13) <= 120.01 for line in lines)


def test_an_answer_of_one_row_is_a_summary_list(shown: Dataset) -> None:
    page = read(answer_page(shown, "shared_blockers", {"min_departments": "6"}))
    assert not page.find("table", id="answer")
    assert page.find("dl", **{"class": "summary"})[0].find("a", href="/id/barrier/late-figures#findings")


def test_the_form_of_an_analysis_holds_what_was_asked_and_its_limits(shown: Dataset) -> None:
    page = read(answer_page(shown, "shared_blockers", {"min_departments": "3", "as_of": "2014-04-01"}))
    [number] = page.find("input", name="min_departments")
    assert {k: number.attributes[k] for k in ("type", "value", "min", "max")} == {
        "type": "number",
        "value": "3",
        "min": "1",
        "max": "1000",
    }
    [day] = page.find("input", name="as_of")
    assert (day.attributes["type"], day.attributes["value"]) == ("date", "2014-04-01")
    assert page.find("a", href="/analyses/shared-blockers.csv?min_departments=3&as_of=2014-04-01")
    assert page.find("a", href="/analyses/shared-blockers.json?min_departments=3&as_of=2014-04-01")


def test_the_standing_barriers_of_the_first_page_lead_to_exactly_those(shown: Dataset) -> None:
    [link] = read(overview_page(shown)).find("a", href="/analyses/shared-blockers?min_departments=1")
    rows = find_analysis("shared_blockers").run(shown, {"min_departments": "1"}).rows
    assert link.words() == f"{len(rows)} standing barriers"


def test_an_analysis_without_a_picture_has_a_page(shown: Dataset) -> None:
    declared = find_analysis("missing_ties")
    other = type(declared)("another_question", declared.function, declared.row, declared.parameters)
    page = read(analysis_page(shown, other, {}, declared.run(shown)))
    assert page.find("table", id="answer") and not page.find("figure")


def test_an_empty_store_says_what_to_do() -> None:
    dataset = open_store("memory").dataset()
    assert "joinedup load" in read(overview_page(dataset)).words()
    for page in (
        matrix_page(dataset),
        departments_page(dataset),
        *(answer_page(dataset, name) for name in analyses()),
    ):
        assert read(page).find("h1")
    for kind in KINDS:
        assert "0 in all" in read(list_page(dataset, listing(dataset, kind))).words()
    with pytest.raises(NotFound):
        resource_page(dataset, f"{dataset.base}/id/barrier/x")


def test_a_result_without_rows_is_said_to_have_none(shown: Dataset) -> None:
    analysis = find_analysis("shared_blockers")
    empty: Result[object] = Result([], 20, "standing barriers", "None.", date(2014, 5, 30))
    assert "0 of 20 standing barriers" in read(analysis_page(shown, analysis, {}, empty)).words()


def test_sparql_results_say_how_many_and_keep_the_query() -> None:
    answer = (["s", "n"], [[("https://joinedup.example/id/barrier/x", "Late"), (None, "5")]] * 3, 40, 0.25, 2)
    page = read(sparql_page("SELECT ?s ?n", answer, None))
    assert page.find("textarea")[0].words() == "SELECT ?s ?n"
    assert "2 of 40 rows, in 0.25 seconds" in page.words()
    [table] = page.find("table", id="results")
    assert len(table.find("tbody")[0].find("tr")) == 2 and table.find("a", href="/id/barrier/x")
    assert page.find("a", href="/sparql?query=SELECT+%3Fs+%3Fn&format=csv") and page.find(
        "a", href="/sparql?question=40"
    )


def test_a_sparql_error_is_announced() -> None:
    page = read(sparql_page("SELECT", None, "Line 1: a variable is missing."))
    assert "Line 1: a variable is missing." in page.find("div", role="alert")[0].words()


def test_the_other_forms_of_a_thing_are_linked(shown: Dataset) -> None:
    page = read(resource_page(shown, f"{shown.base}/id/source/deep-dive-barriers.csv"))
    assert page.find("a", href="/doc/source/deep-dive-barriers.csv.ttl")
    assert page.find("a", href="/doc/source/deep-dive-barriers.csv.jsonld")


def test_every_page_has_one_heading_a_title_a_skip_link_and_the_navigation(pages: dict[str, str]) -> None:
    addresses = {address for address, _ in (*NAVIGATION, *ANALYSES, *LISTS, *TOOLS)}
    for name, text in pages.items():
        page = read(text)
        assert len(page.find("h1")) == 1 and page.find("title")[0].words().endswith("– Joinedup"), name
        assert page.find("html")[0].attributes["lang"] == "en-GB"
        assert page.find("a", href="#main")[0].words() == "Skip to the main content"
        assert addresses <= {
            a.attributes["href"] for a in page.find("nav", **{"aria-label": "Site"})[0].find("a")
        }, name
        levels = [int(n.name[1]) for n in page.every() if re.fullmatch(r"h[1-6]", n.name)]
        assert all(after <= before + 1 for before, after in zip([1, *levels], levels, strict=False)), name


def test_departments_with_one_abbreviation_between_them_are_told_apart(
    loaded: Callable[..., Dataset],
) -> None:
    dataset = loaded(
        organisations="id,name,abbreviation,kind\none,Culture then,DCMS,ministerial-department\ntwo,Culture now,DCMS,ministerial-department",
        programmes="id,name,lead\na,A,one\nb,B,two",
        ties="between,and,kind\na,b,joint-board",
    )
    heads = [th.words() for th in read(matrix_page(dataset)).find("th", scope="col")[:2]]
    assert heads == ["Culture now", "Culture then"]


def test_what_refers_to_a_thing_is_named_from_its_side(shown: Dataset) -> None:
    page = read(resource_page(shown, f"{shown.base}/id/programme/work-programme"))
    titles = {dt.words() for dt in page.find("section", id="referring")[0].find("dt")}
    assert {"What it needs", "What it must provide", "Who takes part"} <= titles


def test_a_programme_and_its_department_show_the_ties_that_were_seen(shown: Dataset) -> None:
    row = department_openness(shown).rows[0]
    page = read(resource_page(shown, row.department.iri))
    rows = page.find("table", id="ties-table")[0].find("tbody")[0].find("tr")
    said = [row.find("td")[-1].words() for row in rows]
    assert said.count("within") >= row.internal > 0
    programme = read(resource_page(shown, f"{shown.base}/id/programme/work-programme"))
    assert "Work Programme" in programme.find("table", id="ties-table")[0].words()


def test_what_is_true_or_not_is_said_in_words(shown: Dataset) -> None:
    [table] = read(answer_page(shown, "fix_first")).find("table", id="answer")
    assert {row.find("td")[-2].words() for row in table.find("tbody")[0].find("tr")} == {"yes"}


def test_a_long_answer_shows_its_first_rows_and_says_where_all_of_them_are(
    example: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_LONGEST", 3)
    shared = find_analysis("shared_blockers")
    result = shared.run(example)
    page = analysis_page(
        example, shared, {"min_departments": "1"}, shared.run(example, {"min_departments": "1"})
    )
    assert len(result.rows) > 3
    table = page[page.index('id="answer"') :].split("</table>")[0]
    assert table.count("<tr") == 1 + 3
    assert "; the first 3 are shown" in page
    assert 'href="/analyses/shared-blockers.csv?min_departments=1">All of them as CSV' in page


def test_a_page_asks_at_once_for_every_script_that_its_script_imports(example: Dataset) -> None:
    page = explore_page(example, {})
    told = set(re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', page))
    static = Path(rendering.__file__).parent / "static"
    every = {name for script in ("joinedup.js", "explore.js") for name in rendering.modules(script)}
    assert told == every >= {"explore_draw.js", "highlight.js", "sort.js"}
    for name in {*every, "explore.js", "joinedup.js"}:
        text = (static / name).read_text(encoding="utf-8")
        assert set(re.findall(r'from "\./([^"]+)"', text)) <= told
