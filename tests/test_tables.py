"""The canonical tables: what rows become, what follows from other rows, and concepts of one's own."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from graph.dataset import Dataset
from graph.errors import Issue
from graph.ingest.catalogue import slug
from graph.ingest.load import load
from graph.ingest.mapping import load_mapping
from graph.ingest.tables.canonical import TABLES
from graph.store import open_store
from ontology.terms import DCTERMS, JU, PREFIXES, PROV, RDF, RDFS, SKOS, concept

Tables = Callable[..., Path]
Loaded = Callable[..., Dataset]
Refused = Callable[..., list[Issue]]
Small = dict[str, str]
Asked = Callable[[Dataset, str, object], set[str]]

BASE = "https://joinedup.example/id"
OA = PREFIXES["oa"]


# --- Columns and short cuts -------------------------------------------------------------------


def test_every_column_that_is_filled_makes_its_statement(loaded: Loaded, small: Small) -> None:
    dataset = loaded(**small)
    finding = {
        t.predicate.value: t.object.value
        for t in dataset.describe(f"{BASE}/finding/f1")
        if not isinstance(t.object, ox.Triple)
    }
    assert finding == {
        str(RDF.type): str(JU.Finding),
        str(SKOS.prefLabel): "They wait",
        "http://purl.org/dc/terms/description": "They wait",
        str(JU.about): f"{BASE}/programme/skills",
        str(JU.evidences): f"{BASE}/barrier/data",
        str(JU.fromInterview): f"{BASE}/interview/i1",
        str(JU.severity): "4",
        str(JU.stance): "https://w3id.org/joinedup/concept/stances/supports",
        str(PROV.wasDerivedFrom): f"{BASE}/source/tables-findings.csv#row=2",
    }


def test_several_values_in_a_cell_are_split_at_semicolons_and_codes_keep_their_zeros(
    loaded: Loaded, asked: Asked
) -> None:
    dataset = loaded(organisations="id,name,abbreviation,parent\n007,Bond,A; B ;;C,\nx,X,,007\n")
    assert asked(dataset, "organisation/007", SKOS.altLabel) == {"A", "B", "C"}
    assert asked(dataset, "organisation/x", "http://www.w3.org/ns/org#subOrganizationOf") == {
        "organisation/007"
    }


def test_a_participation_that_has_ended_makes_no_short_cut(
    loaded: Loaded, small: Small, asked: Asked
) -> None:
    rows = "programme,organisation,role,from,until\np,dea,lead,,2013-01-01\np,college,delivers,2013-01-01,\n"
    dataset = loaded(organisations=small["organisations"], programmes="id,name\np,P\n", participations=rows)
    assert asked(dataset, "programme/p", JU.ledBy) == set()
    assert asked(dataset, "programme/p", JU.deliveredBy) == {"organisation/college"}


def test_a_barrier_blocks_a_programme_only_where_a_finding_supports_it(
    loaded: Loaded, small: Small, asked: Asked
) -> None:
    dataset = loaded(**small)
    assert asked(dataset, "barrier/data", JU.blocks) == {"programme/skills"}


def test_blocking_cannot_be_loaded_bare(refused: Refused) -> None:
    (issue,) = refused(barriers="id,name,blocks\nb,B,p\n", programmes="id,name\np,P\n")
    assert (issue.column, issue.row, issue.reason) == ("blocks", 1, "is not a column of barriers.")


def test_names_that_only_differ_in_case_and_odd_ids_are_kept_apart(loaded: Loaded) -> None:
    dataset = loaded(
        organisations="id,name\nd,D\n",
        programmes="id,name,lead\nA.b_c-1,INTERVIEW 1,d\na.b_c-1,Interview 1,d\n",
    )
    assert dataset.label(f"{BASE}/programme/A.b_c-1") == "INTERVIEW 1"
    assert dataset.label(f"{BASE}/programme/a.b_c-1") == "Interview 1"


@pytest.mark.parametrize("name", ["gmpp", "govuk-organisations"])
def test_a_shipped_mapping_names_only_tables_and_columns_that_exist(name: str) -> None:
    mapping = load_mapping(name)
    known = {table.name: {c.name for c in table.columns} for table in TABLES}
    for rows in mapping.rows:
        assert set(rows.columns) <= known[rows.table]


# --- Quarters that a deep dive names ----------------------------------------------------------

DIVE = "id,name,question,quarter\n{},Dive,Why?,2014-Q2\n"


def test_a_quarter_that_a_deep_dive_names_is_there_with_its_days_without_a_row_of_its_own(
    loaded: Loaded, asked: Asked
) -> None:
    dataset = loaded(deep_dives=DIVE.format("d1"))
    assert asked(dataset, "deep-dive/d1", JU.onAgenda) == {"quarter/2014-Q2"}
    assert asked(dataset, "quarter/2014-Q2", RDF.type) == {str(JU.AgendaQuarter)}
    assert asked(dataset, "quarter/2014-Q2", JU["from"]) == {"2014-04-01"}
    assert asked(dataset, "quarter/2014-Q2", JU.until) == {"2014-06-30"}
    assert asked(dataset, "quarter/2014-Q2", RDFS.seeAlso) == {
        "http://reference.data.gov.uk/id/quarter/2014-Q2"
    }


@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [("2012-Q1", "01-01", "03-31"), ("2013-Q3", "07-01", "09-30"), ("2014-Q4", "10-01", "12-31")],
)
def test_a_quarter_is_of_the_calendar_year(
    loaded: Loaded, asked: Asked, quarter: str, first: str, last: str
) -> None:
    dataset = loaded(quarters=f"id\n{quarter}\n")
    assert asked(dataset, f"quarter/{quarter}", JU["from"]) == {f"{quarter[:4]}-{first}"}
    assert asked(dataset, f"quarter/{quarter}", JU.until) == {f"{quarter[:4]}-{last}"}


@pytest.mark.parametrize("sheets", [("quarters", "deep_dives"), ("deep_dives", "quarters")])
def test_a_row_of_its_own_may_say_more_of_a_quarter_before_or_after_the_deep_dive(
    tmp_path: Path, workbook: Callable[..., Path], asked: Asked, sheets: tuple[str, str]
) -> None:
    text = {"quarters": "id,description\n2014-Q2,Homes and roads.\n", "deep_dives": DIVE.format("d1")}
    store = open_store("memory")
    report = load(store, [workbook(tmp_path / "book.xlsx", {name: text[name] for name in sheets})])
    assert "stands already" not in str(report.warnings)
    assert asked(store.dataset(), "quarter/2014-Q2", DCTERMS.description) == {"Homes and roads."}


def test_two_files_that_name_the_same_quarter_agree_and_each_can_be_changed(
    tables: Tables, asked: Asked
) -> None:
    store = open_store("memory")
    one = tables("one", deep_dives=DIVE.format("d1"))
    report = load(store, [one, tables("two", deep_dives=DIVE.format("d2"))])
    assert not [w for w in report.warnings if "2014-Q2" in str(w)]
    assert len(asked(store.dataset(), "quarter/2014-Q2", PROV.wasDerivedFrom)) == 2
    (one / "deep_dives.csv").write_text(DIVE.format("d1").replace("Q2", "Q3"), encoding="utf-8")
    load(store, [one])
    assert asked(store.dataset(), "quarter/2014-Q2", JU["from"]) == {"2014-04-01"}
    assert asked(store.dataset(), "deep-dive/d1", JU.onAgenda) == {"quarter/2014-Q3"}


# --- Ids, pairs and order ---------------------------------------------------------------------


def test_the_id_of_a_figure_is_made_of_its_words_and_its_day(loaded: Loaded, asked: Asked) -> None:
    dataset = loaded(
        organisations="id,name\ndea,DEA\n",
        programmes="id,name,lead\nskills,Skills,dea\n",
        measurements='programme,indicator,measured_on,value,unit\nskills,Courses & starts (all),2014-03-31,"9,200.50",courses\n',
    )
    figure = "measurement/skills--courses-and-starts-all--2014-03-31"
    assert asked(dataset, figure, JU.indicator) == {"Courses & starts (all)"}
    assert asked(dataset, figure, JU.value) == {"9200.5"}


EXCERPT = "id,interview,words,start,end\nx1,i1,Come back on Monday,{},{}\n"


def test_a_passage_says_where_it_stands_and_in_which_words(
    loaded: Loaded, asked: Asked, small: Small
) -> None:
    dataset = loaded(**small, excerpts=EXCERPT.format(9, 10))
    position, words = sorted(asked(dataset, "excerpt/x1", OA + "hasSelector"))
    assert (asked(dataset, position, OA + "start"), asked(dataset, position, OA + "end")) == ({"9"}, {"10"})
    assert asked(dataset, words, OA + "exact") == {"Come back on Monday"}


@pytest.mark.parametrize(
    ("start", "end", "column", "reason"),
    [
        ("9", "", "end", "is empty although start is filled."),
        ("", "10", "start", "is empty although end is filled."),
        ("10", "9", "end", "is before start, 10."),
    ],
)
def test_a_passage_needs_both_its_ends_in_the_order_of_numbers_not_of_text(
    refused: Refused, small: Small, start: str, end: str, column: str, reason: str
) -> None:
    (issue,) = refused(**small, excerpts=EXCERPT.format(start, end))
    assert (issue.file, issue.row, issue.column, issue.reason) == ("excerpts.csv", 2, column, reason)


# --- What became of organisations -------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "follows"),
    [
        ("renamed", True),
        ("merged", True),
        ("split", True),
        ("function-transferred", False),
        ("closed", False),
    ],
)
def test_who_took_over_follows_from_a_change_unless_the_organisation_went_on_or_nobody_took_its_place(
    loaded: Loaded, asked: Asked, kind: str, follows: bool
) -> None:
    dataset = loaded(
        organisations="id,name\nold,Old\nolder,Older\nnew,New\nnewer,Newer\n",
        changes=f"id,before,after,kind,on\nc1,old;older,new;newer,{kind},2010-05-12\n",
    )
    for before in ("old", "older"):
        found = asked(dataset, f"organisation/{before}", JU.replacedBy)
        assert found == ({"organisation/new", "organisation/newer"} if follows else set())


# --- Concepts of one's own --------------------------------------------------------------------

OWN = {
    "schemes": "id,name\ndrop-out,Reasons people drop out\n",
    "concepts": "id,name,scheme,broader,case_of,close_to\n"
    "told,Not told,drop-out,,,\nnot-told,Not told in time,drop-out,told,unclear-marketing,poor-data\n",
}


def test_a_barrier_may_be_of_a_concept_of_ones_own_which_maps_to_the_pitfalls(
    loaded: Loaded, small: Small, asked: Asked
) -> None:
    dataset = loaded(**{**small, **OWN, "barriers": "id,name,type\ndata,Late data,not-told;silos\n"})
    assert asked(dataset, "barrier/data", JU.barrierType) == {
        "concept/not-told",
        concept("pitfalls", "silos"),
    }
    assert asked(dataset, "concept/not-told", SKOS.broadMatch) == {concept("pitfalls", "unclear-marketing")}
    assert asked(dataset, "concept/not-told", SKOS.closeMatch) == {concept("pitfalls", "poor-data")}
    assert asked(dataset, "concept/not-told", SKOS.topConceptOf) == set()
    assert asked(dataset, "concept/told", SKOS.topConceptOf) == {"scheme/drop-out"}


def test_a_concept_that_is_in_no_list_is_named_with_the_codes_to_choose_from(
    refused: Refused, small: Small
) -> None:
    (issue,) = refused(**{**small, **OWN, "barriers": "id,name,type\ndata,Late data,not-tolled\n"})
    assert (issue.column, issue.value) == ("type", "not-tolled")
    assert issue.reason.startswith("is not one of: ")
    assert "poor-data, " in issue.reason
    assert issue.reason.endswith("; or the id of a row of concepts.")


def test_a_concept_of_ones_own_that_bears_the_code_of_a_shipped_one_is_ambiguous(
    refused: Refused, small: Small
) -> None:
    concepts = OWN["concepts"] + "silos,Grain stores,drop-out,,,\n"
    (issue,) = refused(
        **{**small, **OWN, "concepts": concepts, "barriers": "id,name,type\ndata,Late data,silos\n"}
    )
    assert (issue.file, issue.row, issue.column, issue.value) == ("barriers.csv", 2, "type", "silos")
    assert issue.reason == "is an id in concepts and a code that Joinedup ships."


def test_a_research_framework_loads_as_a_list_of_ones_own_and_its_domains_hold_its_constructs(
    real: Path, loaded: Loaded, small: Small
) -> None:
    """CFIR: domains, their constructs, and the narrower constructs within some of those."""
    domains = json.loads((real / "cfir" / "taxonomy.json").read_text(encoding="utf-8"))
    rows = []
    for domain in domains:
        rows.append((domain, None))
        for construct in domain["constructs"]:
            rows.append((construct, domain))
            rows += [(narrower, construct) for narrower in construct.get("subconstructs", ())]
    assert (len(domains), len(rows)) == (5, 5 + 26 + 15)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "name", "scheme", "definition", "broader"))
    for row, above in rows:
        definition = row.get("description") or row.get("decription")
        writer.writerow((named(row), row["name"].strip(), "cfir", definition, named(above) if above else ""))
    dataset = loaded(
        **{
            **small,
            "schemes": "id,name\ncfir,Consolidated Framework for Implementation Research\n",
            "concepts": text.getvalue(),
            "barriers": "id,name,type\ndata,Late data,available-resources\n",
        }
    )
    graph = ox.Store()
    graph.extend(ox.Quad(*quad.triple) for quad in dataset.backup_quads())
    in_scheme = graph.quads_for_pattern(
        None, ox.NamedNode(str(SKOS.inScheme)), ox.NamedNode(f"{BASE}/scheme/cfir")
    )
    assert len(list(in_scheme)) == len(rows)
    found = graph.query(
        f"SELECT ?barrier {{ ?barrier ju:barrierType/skos:broader+ <{BASE}/concept/inner-setting> }}",
        prefixes=PREFIXES,
    )
    assert isinstance(found, ox.QuerySolutions)
    assert [str(solution["barrier"]) for solution in found] == [f"<{BASE}/barrier/data>"]


def named(row: dict[str, str]) -> str:
    return slug(row["name"])
