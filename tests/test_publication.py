"""Publication: what anybody may see goes over, who said what never does, and what was taken back is gone from the disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analyses.shared_blockers import shared_blockers
from graph.catalogue import CATALOGUE
from graph.description import description
from graph.fieldwork import FIELDWORK, never_published
from graph.ingest.load import load
from graph.publication import PublicationReport, publish
from graph.store import Store, open_store
from graph.validation import validate_store
from ontology.terms import DCTERMS, JU, ONTOLOGY, PROV, RDF, SKOS, concept
from ontology.validate import validate

Tables = Callable[..., Path]

BASE = "https://joinedup.example/id"
OPEN = {
    "organisations": "id,name,kind\ndea,Department for Example Affairs,ministerial-department\n"
    "doh,Department of Homes,ministerial-department\n",
    "programmes": "id,name,lead\nskills,Skills,dea\nhomes,Homes,doh\n",
    "barriers": "id,name,held_by\nlate,Late data,dea\nforms,Long forms,doh\n",
    "datasets": "id,name,published_on\nreturns,Returns of 2013,2013-12-01\n",
    "deep_dives": "id,name,question,quarter,programmes\ndive,Skills for all,Will it work?,2014-Q1,skills\n",
    "recommendations": "id,name,deep_dive,barriers,findings,addressed_to\nsend,Send them monthly,dive,late,fzq1;fzq8,dea\n",
}
ROLES = ("tutor of welding", "keeper of ledgers", "warden of the north wing", "clerk of works")
FIELD = {
    "organisations": "id,name,kind\nquiet-college,The Quiet College,education\n",
    "visits": "id,held_on,organisations,joint_with\nvzq1,2014-01-20,quiet-college,dea\n",
    "interviews": "id,held_on,level,organisation,role,visit,programmes,joint_with,consent,marking\n"
    + "".join(
        f"izq{n},2014-01-2{n},front-line,quiet-college,{role},vzq1,skills,dea,given,sensitive\n"
        for n, role in enumerate(ROLES, start=1)
    ),
    "excerpts": "id,interview,words,start,end\nxzq1,izq1,They never ring back,10,30\n",
    "findings": "id,programme,barrier,stance,severity,interview,dataset,summary,excerpt,quotes,coder\n"
    "fzq1,skills,late,supports,1,izq1,,A tutor waits for lists,We wait for weeks,xzq1,coder-teal\n"
    "fzq2,skills,late,supports,2,izq2,,The ledgers come late,,,coder-teal\n"
    "fzq3,skills,late,supports,5,izq3,,The north wing waits,,,coder-teal\n"
    "fzq4,homes,late,supports,4,izq1,,Homes wait too,,,\n"
    "fzq5,homes,late,supports,4,izq2,,And so do ledgers of homes,,,\n"
    "fzq6,skills,late,disputes,1,izq4,,The clerk sees no delay,,,\n"
    "fzq8,homes,forms,supports,3,,returns,A third of the forms come back,Table 4 of the returns,,coder-teal\n",
    "tests": "finding,organisation,tested_on,result,note\nfzq1,quiet-college,2014-02-17,accepted,It nodded gravely\n",
    "buy_ins": "deep_dive,organisation,state\ndive,quiet-college,bought-in\n",
}
WORDS = (
    *ROLES,
    *("vzq1", "xzq1", *(f"izq{n}" for n in range(1, 5)), *(f"fzq{n}" for n in range(1, 7))),
    "They never ring back",
    *("We wait for weeks", "A tutor waits", "The ledgers come late", "The north wing waits"),
    *("Homes wait too", "ledgers of homes", "The clerk sees", "Table 4", "coder-teal", "nodded gravely"),
)
"""What nobody may read, whatever the markings."""


def filled(tables: Tables, **field: str) -> Store:
    """A store in memory with the open tables, marked public, and the fieldwork, marked official."""
    store = open_store("memory")
    load(store, [tables("open", **OPEN), tables("field", **{**FIELD, **field})])
    return marked(store, {f"open-{name}.csv": "public" for name in OPEN})


def marked(store: Store, markings: dict[str, str]) -> Store:
    """A store in memory like another, with some of its sources marked otherwise."""
    return changed(store, lambda quads: [_marked(q, markings) for q in quads])


def _marked(quad: ox.Quad, markings: dict[str, str]) -> ox.Quad:
    marking = markings.get(str(quad.graph_name)[1:-1].rsplit("/", 1)[-1])
    if marking and quad.predicate.value == str(JU.marking) and quad.subject == quad.graph_name:
        return ox.Quad(
            quad.subject, quad.predicate, ox.NamedNode(concept("markings", marking)), quad.graph_name
        )
    return quad


def changed(store: Store, change: Callable[[list[ox.Quad]], Iterable[ox.Quad]]) -> Store:
    """A store in memory like another, after a change of its statements."""
    graphs: dict[str, list[ox.Quad]] = {}
    for quad in change([q for q in store.dataset().backup_quads() if "/id/source/" in str(q.graph_name)]):
        graphs.setdefault(str(quad.graph_name)[1:-1], []).append(quad)
    new = open_store("memory", base=store.base)
    new.replace(graphs)
    return new


def says(quad: ox.Quad, subject: str, predicate: object) -> bool:
    return str(quad.subject) == f"<{BASE}/{subject}>" and quad.predicate.value == str(predicate)


def published(store: Store, folder: Path, least: int = 3) -> tuple[set[ox.Quad], PublicationReport]:
    """What the publication of a store holds, without the vocabulary and the catalogue, and the report."""
    report = publish(store, folder, least=least)
    quads = open_store(folder).dataset().backup_quads()
    own = (f"<{ONTOLOGY}>", str(CATALOGUE))
    return {q for q in quads if str(q.graph_name) not in own}, report


def edges(quads: Iterable[ox.Quad]) -> set[str]:
    """The short cuts from barriers to programmes, as words."""
    found = (q for q in quads if q.predicate.value == str(JU.blocks))
    return {" ".join(str(t).rsplit("/", 1)[-1][:-1] for t in (q.subject, q.object)) for q in found}


def timeless(quads: Iterable[ox.Quad]) -> str:
    """The statements as text, without days and times of loading and publishing."""
    when = {str(PROV.generatedAtTime), str(PROV.endedAtTime), str(DCTERMS.issued)}
    lines = sorted(str(q) for q in quads if q.predicate.value not in when)
    return re.sub(r"Publication of \d{4}-\d\d-\d\d", "Publication", "\n".join(lines))


# --- What goes over, by hand ------------------------------------------------------------------


def test_a_small_case_worked_out_by_hand(tables: Tables, tmp_path: Path) -> None:
    store = filled(tables)
    quads, report = published(store, tmp_path / "public")
    assert edges(quads) == {"late skills"}
    assert (report.published, report.edges) == (1, 2), (
        "homes wait in two interviews; forms are not of interviews"
    )
    assert (len(report.sources), report.of_sources) == (6, 13)
    assert [s.name for s in report.sources if s.outcome != "whole"] == ["open/recommendations.csv"]
    found = [q for q in quads if "/finding/" in str(q.subject)]
    (finding,) = {str(q.subject)[1:-1] for q in found}
    said = {q.predicate.value: str(getattr(q.object, "value", "")) for q in found}
    assert re.fullmatch(rf"{BASE}/finding/interviews-[0-9a-f]{{20}}", finding)
    assert said == {
        str(RDF.type): str(JU.Finding),
        str(SKOS.prefLabel): "Interviews say that “Late data” holds back “Skills”.",
        str(DCTERMS.description): "Interviews say that “Late data” holds back “Skills”.",
        str(JU.evidences): f"{BASE}/barrier/late",
        str(JU.about): f"{BASE}/programme/skills",
        str(JU.stance): concept("stances", "supports"),
        str(JU.severity): "2",
        str(JU.fromDataset): f"{BASE}/dataset/interviews-published-without-attribution",
        str(PROV.wasDerivedFrom): f"{BASE}/source/publication",
    }


def test_public_statements_go_over_as_they_are_with_rows_checksums_and_file_names(
    tables: Tables, tmp_path: Path
) -> None:
    store = filled(tables)
    quads, _ = published(store, tmp_path / "public")
    for name in ("programmes", "barriers", "deep_dives"):
        graph = f"{BASE}/source/open-{name}.csv"
        assert {q for q in quads if str(q.graph_name) == f"<{graph}>"} == store.dataset().graph(graph)
    assert any(str(q.object).endswith("programmes.csv#row=2>") for q in quads)


def test_the_publication_says_of_itself_what_it_is(tables: Tables, tmp_path: Path) -> None:
    publish(filled(tables), tmp_path / "public", least=4)
    dataset = open_store(tmp_path / "public").dataset()
    facts = {
        q.predicate.value: str(getattr(q.object, "value", ""))
        for q in dataset.facts(f"{BASE}/source/publication")
    }
    assert re.fullmatch(r"Publication of \d{4}-\d\d-\d\d", facts[str(SKOS.prefLabel)])
    assert facts[str(RDF.type)] == str(JU.Source)
    assert facts[str(JU.marking)] == concept("markings", "public")
    assert "at version 1" in facts[str(DCTERMS.description)]
    assert "Fewer than four are too few" in facts[str(DCTERMS.description)]
    assert facts[str(PROV.wasGeneratedBy)] == f"{BASE}/import/publication"
    assert str(PROV.generatedAtTime) in facts
    told = {
        t.object.value for t in description(dataset, "http://x.example") if isinstance(t.object, ox.Literal)
    }
    assert facts[str(SKOS.prefLabel)] in told


@pytest.mark.parametrize(
    ("given", "published_as"),
    [
        ({"izq1": [1], "izq2": [2], "izq3": [5]}, 2),
        ({"izq1": [2], "izq2": [3]}, 3),
        ({"izq1": [3], "izq2": [4]}, 4),
        ({"izq1": [1, 5, 1], "izq2": [4], "izq3": [5]}, 5),
    ],
)
def test_severity_is_the_median_of_the_highest_of_each_interview_and_a_half_is_rounded_up(
    tables: Tables, tmp_path: Path, given: dict[str, list[int]], published_as: int
) -> None:
    rows = [(interview, severity) for interview, severities in given.items() for severity in severities]
    findings = "id,programme,barrier,stance,severity,interview,summary\n" + "".join(
        f"fzq{n},skills,late,supports,{severity},{interview},They wait\n"
        for n, (interview, severity) in enumerate(rows, start=1)
    )
    findings += "fzq8,skills,forms,disputes,1,izq4,No\n"
    quads, _ = published(filled(tables, findings=findings), tmp_path / "public", least=2)
    (severity,) = (q.object for q in quads if q.predicate.value == str(JU.severity))
    assert severity == ox.Literal(published_as)


def test_findings_from_public_data_go_over_and_lead_to_what_they_rest_on(
    tables: Tables, tmp_path: Path
) -> None:
    store = marked(filled(tables), {"field-findings.csv": "public"})
    quads, report = published(store, tmp_path / "public")
    assert edges(quads) == {"late skills", "forms homes"}
    assert report.published == 1
    assert any(says(q, "finding/fzq8", DCTERMS.description) for q in quads)
    rests = {str(q.object).rsplit("/", 1)[-1] for q in quads if says(q, "recommendation/send", JU.restsOn)}
    assert rests == {"fzq8>"}


# --- What never goes over ---------------------------------------------------------------------

SOURCES = [f"open-{name}.csv" for name in OPEN] + [f"field-{name}.csv" for name in FIELD]
ONLY_FIELDWORK = {f"field-{name}.csv" for name in ("visits", "interviews", "excerpts", "tests", "buy_ins")}


@settings(max_examples=40)
@given(
    markings=st.fixed_dictionaries({s: st.sampled_from(["public", "official", "sensitive"]) for s in SOURCES})
)
def test_whatever_the_markings_no_secret_and_no_fieldwork_is_published(
    tables: Tables, tmp_path_factory: pytest.TempPathFactory, markings: dict[str, str]
) -> None:
    store = marked(filled(tables), markings)
    folder = tmp_path_factory.mktemp("publication") / "public"
    publish(store, folder)
    quads = list(open_store(folder).dataset().backup_quads())
    dump = "\n".join(map(str, quads))
    for word in WORDS:
        assert word not in dump
    for source in SOURCES:
        if markings[source] != "public" or source in ONLY_FIELDWORK:
            assert source not in dump
    if markings["field-organisations.csv"] != "public":
        assert "quiet-college" not in dump
        assert "Quiet College" not in dump
    used = [q for q in quads if str(q.graph_name) != f"<{ONTOLOGY}>"]
    assert not {q.predicate.value for q in used} & never_published()
    assert not {str(getattr(q.object, "value", "")) for q in used} & FIELDWORK
    assert b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file()).count(b"tutor of welding") == 0


def test_the_withheld_properties_are_all_that_attribute() -> None:
    names = {p.rsplit("#", 1)[-1] for p in never_published()}
    assert names == {
        *(
            "level",
            "interviewedAt",
            "intervieweeRole",
            "discusses",
            "consent",
            "codedAs",
            "onVisit",
            "putsIntoWords",
            "heldOn",
            "jointWith",
        ),
        *("visits", "stakeholder", "buyInStatus", "tests", "testedWith", "testedOn", "testResult"),
        *(
            "excerptOf",
            "fromInterview",
            "quotes",
            "excerpt",
            "codedBy",
            "hasSelector",
            "exact",
            "start",
            "end",
        ),
    }


def test_a_source_that_is_marked_twice_or_by_another_is_not_public(tables: Tables, tmp_path: Path) -> None:
    barriers, other = (ox.NamedNode(f"{BASE}/source/{n}.csv") for n in ("open-barriers", "open-datasets"))
    official = ox.NamedNode(concept("markings", "official"))
    marking = ox.NamedNode(str(JU.marking))
    twice = changed(filled(tables), lambda quads: [*quads, ox.Quad(barriers, marking, official, barriers)])
    assert "Late data" not in timeless(published(twice, tmp_path / "twice")[0])
    store = marked(filled(tables), {"open-barriers.csv": "official"})
    public = ox.NamedNode(concept("markings", "public"))
    by_another = changed(store, lambda quads: [*quads, ox.Quad(barriers, marking, public, other)])
    assert "Late data" not in timeless(published(by_another, tmp_path / "by-another")[0])


def test_fieldwork_is_known_wherever_it_lives_and_whichever_source_says_so(
    tables: Tables, tmp_path: Path
) -> None:
    """A passage with an address of another make, and a finding that a restricted source takes from an interview."""
    passage, words = "https://elsewhere.example/p/1", "https://elsewhere.example/p/1#words"
    triples = [
        ("open-datasets", passage, RDF.type, str(JU.Excerpt)),
        ("open-datasets", words, RDF.type, "http://www.w3.org/ns/oa#TextQuoteSelector"),
        ("field-visits", f"{BASE}/finding/fzq8", JU.fromInterview, f"{BASE}/interview/izq1"),
    ]
    added = [
        ox.Quad(
            ox.NamedNode(s), ox.NamedNode(str(p)), ox.NamedNode(o), ox.NamedNode(f"{BASE}/source/{g}.csv")
        )
        for g, s, p, o in triples
    ]
    store = marked(filled(tables), {"field-findings.csv": "public"})
    quads, _ = published(changed(store, lambda quads: [*quads, *added]), tmp_path / "public")
    assert not any("elsewhere.example" in str(q) or "fzq8" in str(q) for q in quads)
    assert edges(quads) == {"late skills"}


def test_a_short_cut_goes_over_only_where_a_finding_of_the_same_source_bears_it_out(
    tables: Tables, tmp_path: Path
) -> None:
    """Two interviews say that forms hold back skills, in one public file; data says so in another."""
    store = open_store("memory")
    head = "id,programme,barrier,stance,severity,interview,dataset,summary\n"
    field = {
        **FIELD,
        "findings": FIELD["findings"] + "fzq9,skills,forms,supports,2,izq1,,It is the forms,,,\n",
    }
    data = {"findings": head + "d1,skills,forms,supports,3,,returns,A fifth of them come back\n"}
    load(store, [tables("open", **OPEN), tables("field", **field), tables("data", **data)], marking="public")
    quads, _ = published(store, tmp_path / "public")
    forms = {str(q.graph_name).rsplit("/", 1)[-1] for q in quads if says(q, "barrier/forms", JU.blocks)}
    assert forms == {"field-findings.csv>", "data-findings.csv>"}
    skills = [q for q in quads if says(q, "barrier/forms", JU.blocks) and str(q.object).endswith("skills>")]
    assert [str(q.graph_name).rsplit("/", 1)[-1] for q in skills] == ["data-findings.csv>"]


def test_a_consent_taken_back_takes_the_edge_away(tables: Tables, tmp_path: Path) -> None:
    store = filled(tables)
    assert edges(published(store, tmp_path / "public")[0]) == {"late skills"}
    graph = ox.NamedNode(f"{BASE}/source/field-visits.csv")
    interview, consent = ox.NamedNode(f"{BASE}/interview/izq3"), ox.NamedNode(str(JU.consent))
    withdrawn = ox.NamedNode(concept("consents", "withdrawn"))
    store = changed(store, lambda quads: [*quads, ox.Quad(interview, consent, withdrawn, graph)])
    quads, report = published(store, tmp_path / "public")
    assert edges(quads) == set()
    assert (report.published, report.edges) == (0, 2)
    assert not any("/finding/" in str(q.subject) for q in quads)


def test_an_edge_to_what_is_not_public_is_withheld_and_counted(tables: Tables, tmp_path: Path) -> None:
    for hidden in ("open-barriers.csv", "open-programmes.csv"):
        store = marked(filled(tables), {hidden: "official"})
        quads, report = published(store, tmp_path / hidden)
        assert (report.published, report.edges) == (0, 2)
        assert not any("/finding/" in str(q.subject) for q in quads)


# --- What can be done with it -----------------------------------------------------------------


def test_the_public_store_breaks_no_shape_and_answers_the_analyses(
    example_folder: Path, tmp_path: Path
) -> None:
    store = open_store("memory")
    load(store, [example_folder], marking="public")
    report = publish(store, tmp_path / "public")
    public = open_store(tmp_path / "public")
    assert validate_store(public).conforms
    found = validate({q.triple for q in public.dataset().backup_quads()})
    assert not [f for f in found if f.severity == "Violation"]
    assert not [f for f in found if "/finding/interviews-" in f.focus]
    answer = shared_blockers(public.dataset(), min_departments=1)
    assert 0 < report.published < report.edges
    assert len(answer.rows) > 5
    assert {(r.interviews, r.organisations, r.levels, r.disputed_by) for r in answer.rows} == {(0, 0, 0, 0)}


def test_a_public_store_in_which_programmes_depend_on_nothing_restricted_breaks_no_shape(
    tables: Tables, tmp_path: Path
) -> None:
    publish(filled(tables), tmp_path / "public")
    quads = open_store(tmp_path / "public").dataset().backup_quads()
    assert not [f for f in validate({q.triple for q in quads}) if f.severity == "Violation"]
