"""Overlap candidates: scores worked out by hand, the kinds, and a plain comparison of every pair."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analyses.overlap_candidates import WEIGHTS, alike, kind_of, overlap_candidates
from graph.analysis import find_analysis
from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.wording import tfidf, word_overlap, words_of

Loaded = Callable[..., Dataset]

PROGRAMMES = {
    "organisations": "id,name,kind\na,A,ministerial-department\nb,B,ministerial-department\nc,C,ministerial-department\n",
    "outcomes": "id,name\no1,O1\no2,O2\no3,O3\n",
    "beneficiaries": "id,name\ng1,G1\ng2,G2\n",
    "areas": "id,name\nnorth,North\n",
    "programmes": "id,name,lead,outcomes,beneficiaries,activities,areas,description\n"
    "p1,P1,a,o1;o2,g1,training,north,Helps people to learn a trade\n"
    "p2,P2,b,o1,g1,training,,Helps people to learn a trade\n"
    "p3,P3,b,o2,g2,advice,,\n"
    "p4,P4,a;b,o1,g1,training,,\n"
    "p5,P5,c,o1;o2;o3,,training;advice;grants,,\n"
    "p6,P6,c,,,,north,\n"
    "p7,P7,b,,,,,\n",
    "deep_dives": "id,name,question,programmes\ndive,Dive,Why?,p1;p2;p6\n",
}


def named(dataset: Dataset, **asked: object) -> list[tuple[str, str, str, float]]:
    rows = overlap_candidates(dataset, **asked).rows
    return [(r.programme.label, r.other_programme.label, r.kind, r.score) for r in rows]


def test_each_pair_scores_what_it_was_worked_out_to_by_hand(loaded: Loaded) -> None:
    result = overlap_candidates(loaded(**PROGRAMMES), min_score=0.2)
    assert [(r.programme.label, r.other_programme.label, r.kind, r.score) for r in result.rows] == [
        # outcomes 1/2, groups 1, activities 1, area 0: .15 + .3 + .3 + 0
        ("P1", "P2", "duplication", 0.75),
        # outcomes 2/3, groups 0 as only one names any, activities 1/3, area 0: .2 + 0 + .1 + 0
        ("P1", "P5", "overlap", 0.3),
        # outcomes 1/3, groups 0, activities 1/3, and no area, so over .9: .2 / .9
        ("P2", "P5", "fragmentation", pytest.approx(2 / 9, abs=1e-6)),
        ("P3", "P5", "fragmentation", pytest.approx(2 / 9, abs=1e-6)),
        ("P4", "P5", "fragmentation", pytest.approx(2 / 9, abs=1e-6)),
    ]
    # 21 pairs, less p1-p4, the six of b and p4 (p2 p3 p4 p7), and p5-p6
    assert result.of == 13
    assert result.summary.startswith(
        "5 of 13 pairs of programmes of different departments score 0.2 or more."
    )
    assert "1 is of the kind duplication" in result.summary


def test_every_facet_stands_beside_the_score_with_what_is_shared(loaded: Loaded) -> None:
    first, *_, last = overlap_candidates(loaded(**PROGRAMMES), min_score=0.2).rows
    assert (first.outcomes, first.beneficiaries, first.activities, first.area) == (0.5, 1, 1, 0)
    assert [(s.name.label, s.facet) for s in first.shared] == [
        ("O1", "outcomes"), ("G1", "beneficiaries"), ("Training", "activities"),
    ]  # fmt: skip
    assert last.area is None, "neither names an area"
    assert (first.text, last.text) == (1.0, None), "the same description; and one without"


def test_programmes_of_a_common_department_are_never_held_against_each_other(loaded: Loaded) -> None:
    pairs = {pair[:2] for pair in named(loaded(**PROGRAMMES), min_score=0.01)}
    assert pairs.isdisjoint({("P1", "P4"), ("P2", "P4"), ("P2", "P3")})
    assert ("P1", "P3") in pairs, "one outcome of two is shared"


def test_a_place_alone_makes_no_candidate_and_the_untagged_are_counted(loaded: Loaded) -> None:
    result = overlap_candidates(loaded(**PROGRAMMES), min_score=0.01)
    assert not {"P6", "P7"} & {t.label for r in result.rows for t in (r.programme, r.other_programme)}
    assert (
        "2 of 7 programmes name no outcome, group or activity, and cannot be a candidate." in result.caveats
    )
    assert any(c.startswith("3 of 7 programmes name no beneficiaries") for c in result.caveats)


def test_a_department_keeps_its_partners_and_a_deep_dive_only_what_it_looks_at(loaded: Loaded) -> None:
    dataset = loaded(**PROGRAMMES)
    assert [p[:2] for p in named(dataset, department="a", min_score=0.2)] == [
        ("P1", "P2"), ("P1", "P5"), ("P4", "P5"),
    ]  # fmt: skip
    assert [p[:2] for p in named(dataset, deep_dive="dive", min_score=0.2)] == [("P1", "P2")]


def test_what_is_cut_off_is_said_and_a_score_of_nothing_is_refused(loaded: Loaded) -> None:
    dataset = loaded(**PROGRAMMES)
    result = overlap_candidates(dataset, min_score=0.2, top=1)
    assert [r.other_programme.label for r in result.rows] == ["P2"]
    assert "Only the 1 highest of 5 pairs are shown." in result.caveats
    with pytest.raises(BadParameter, match="min_score"):
        find_analysis("overlap-candidates").run(dataset, {"min_score": "0"})


def test_an_empty_graph_has_no_pairs(loaded: Loaded) -> None:
    result = overlap_candidates(loaded(organisations="id,name\nx,X\n"))
    assert (result.rows, result.of, result.caveats) == ([], 0, [])
    assert result.summary == "None of 0 pairs of programmes of different departments scores 0.5 or more."


@pytest.mark.parametrize(
    ("outcomes", "beneficiaries", "activities", "kind"),
    [
        (0.0, 1.0, 1.0, "duplication"),
        (1.0, 1.0, 0.99, "overlap"),
        (1.0, None, 1.0, "overlap"),
        (0.5, 0.0, 0.0, "overlap"),
        (0.49, 0.49, 0.49, "fragmentation"),
        (None, None, 0.2, "fragmentation"),
    ],
)
def test_the_kind_follows_from_what_is_the_same_and_what_is_alike(
    outcomes: float | None, beneficiaries: float | None, activities: float | None, kind: str
) -> None:
    parts = {"outcomes": outcomes, "beneficiaries": beneficiaries, "activities": activities, "area": 1.0}
    assert kind_of(parts) == kind


Tagged = list[tuple[dict[str, frozenset[str]], frozenset[str]]]
some = st.frozensets(st.sampled_from("xyz"), max_size=2)
programmes = st.lists(
    st.tuples(
        st.fixed_dictionaries(dict.fromkeys(WEIGHTS, some)),
        st.frozensets(st.sampled_from("abc"), min_size=1, max_size=2),
    ),
    max_size=8,
)


def every_pair(given: Tagged, least: float) -> dict[tuple[int, int], float]:
    """The definition, without a matrix."""
    found = {}
    for (one, (tags, homes)), (other, (others, away)) in combinations(enumerate(given), 2):
        both = {f: tags[f] & others[f] for f in WEIGHTS}
        either = {f: tags[f] | others[f] for f in WEIGHTS}
        if homes & away or not any(both[f] for f in ("outcomes", "beneficiaries", "activities")):
            continue
        named = [f for f in WEIGHTS if either[f]]
        score = sum(WEIGHTS[f] * len(both[f]) / len(either[f]) for f in named) / sum(
            WEIGHTS[f] for f in named
        )
        if round(score, 9) >= least:
            found[one, other] = round(score, 6)
    return found


@given(programmes, st.sampled_from([0.01, 0.25, 0.5, 1.0]))
def test_the_sparse_product_finds_what_a_comparison_of_every_pair_finds(given: Tagged, least: float) -> None:
    pairs = alike([tags for tags, _ in given], [homes for _, homes in given], least)
    assert {(p.one, p.other): p.score for p in pairs} == pytest.approx(every_pair(given, least), abs=2e-6)
    assert len(pairs) == len({(p.one, p.other) for p in pairs})


def test_more_programmes_than_fit_in_one_block_are_compared_with_each_other() -> None:
    draw = random.Random(7)

    def few(letters: str) -> frozenset[str]:
        return frozenset(draw.sample(letters, draw.randrange(3)))

    given = [({f: few("stuvwxyz") for f in WEIGHTS}, frozenset(draw.choice("abcd"))) for _ in range(540)]
    pairs = alike([tags for tags, _ in given], [homes for _, homes in given], 0.6)
    expected = every_pair(given, 0.6)
    assert {(p.one, p.other) for p in pairs} == set(expected)
    assert any(p.one < 256 <= p.other for p in pairs) and any(p.one >= 512 for p in pairs)


def test_the_cosine_of_two_texts_is_that_worked_out_by_hand() -> None:
    rows = tfidf(["The red apple", "A red pear", ""])
    # red stands in two of three texts, apple and pear in one; both texts have the same length
    red, rare = log(4 / 3) + 1, log(4 / 2) + 1
    product = (rows @ rows.T).toarray()
    assert product[0, 1] == pytest.approx(red * red / (red * red + rare * rare))
    assert (product[0, 0], product[0, 2], product[2, 2]) == (pytest.approx(1), 0, 0)


def test_words_are_taken_without_case_marks_and_function_words_but_with_those_that_change_an_aim() -> None:
    assert words_of("No child, not ALL children: the council’s one-stop shop (2014)!") == [
        "no", "child", "not", "all", "children", "council’s", "one-stop", "shop", "2014",
    ]  # fmt: skip
    assert word_overlap(frozenset("ab"), frozenset("bc")) == pytest.approx(1 / 3)
    assert word_overlap(frozenset(), frozenset()) is None


def test_the_example_has_the_candidates_that_its_readme_tells_of(example: Dataset) -> None:
    assert named(example) == [
        ("Apprenticeships", "Youth Contract", "overlap", 0.7),
        ("Ending Gang and Youth Violence", "Transforming Youth Custody", "overlap", 0.55),
        ("Ending Gang and Youth Violence", "Troubled Families", "overlap", 0.55),
        ("Rehabilitation Programme", "Troubled Families", "overlap", 0.55),
    ]
