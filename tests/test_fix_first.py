"""Which barriers to fix first, and what goes free if some go: exact, with a bound, by hand and by brute force."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.analyses.fix_first import fix_first
from graph.analyses.if_removed import if_removed
from graph.dataset import Dataset
from graph.errors import BadParameter
from graph.optimise import brute_force, optimum, solve, value

Loaded = Callable[..., Dataset]


def blocking(*pairs: tuple[str, str]) -> dict[str, str]:
    """Tables in which each barrier holds back each programme that it is paired with."""
    programmes, barriers = sorted({p for _, p in pairs}), sorted({b for b, _ in pairs})
    head = "id,programme,barrier,stance,severity,interview,summary\n"
    return {
        "organisations": "id,name,kind\na,A,ministerial-department\nb,B,ministerial-department\nc,C,ministerial-department\n",
        "programmes": "id,name,lead\n"
        + "".join(f"{p},{p.upper()},{'abc'[i % 3]}\n" for i, p in enumerate(programmes)),
        "barriers": "id,name\n" + "".join(f"{b},{b.upper()}\n" for b in barriers),
        "interviews": "id,held_on,level,marking\ni1,2014-01-20,local,official\n",
        "findings": head + "".join(f"f{n},{p},{b},supports,3,i1,S\n" for n, (b, p) in enumerate(pairs)),
    }


# DATA reaches three departments, but each programme it touches has another barrier. MONEY and FORMS free three.
DATA_ALONE_FREES_NONE = blocking(
    ("data", "p1"), ("data", "p2"), ("data", "p3"), ("forms", "p1"), ("money", "p2"), ("skill", "p3"),
    ("forms", "q1"), ("money", "q1"), ("money", "q2"), ("forms", "q3"),
)  # fmt: skip


def test_the_barrier_that_most_departments_share_frees_nothing_and_the_pair_that_frees_three_is_found(
    loaded: Loaded,
) -> None:
    dataset = loaded(**DATA_ALONE_FREES_NONE)
    unblock, relieve = fix_first(dataset, k=2).rows
    assert [fixed.barrier.label for fixed in unblock.barriers] == ["FORMS", "MONEY"]
    assert [p.programme.label for p in unblock.which] == ["Q1", "Q2", "Q3"]
    assert (unblock.programmes, unblock.bound, unblock.proven) == (3, 3, True)
    assert [fixed.frees_alone for fixed in unblock.barriers] == [1, 1]
    # data, forms and money block three programmes each; of the two first by name, only q3 is freed, and p1
    assert unblock.most_shared == 2
    assert (relieve.programmes, relieve.proven) == (5, True)


def test_removing_one_barrier_shows_what_still_stands(loaded: Loaded) -> None:
    dataset = loaded(**DATA_ALONE_FREES_NONE)
    result = if_removed(dataset, barriers="data")
    assert [(r.programme.label, r.freed, [s.barrier.label for s in r.still]) for r in result.rows] == [
        ("P1", False, ["FORMS"]), ("P2", False, ["MONEY"]), ("P3", False, ["SKILL"]),
    ]  # fmt: skip
    assert "0 of 6 blocked programmes would be free. 3 others" in result.summary
    both = if_removed(dataset, barriers="data, https://joinedup.example/id/barrier/skill")
    assert [r.programme.label for r in both.rows if r.freed] == ["P3"]


def test_a_barrier_that_is_not_there_is_an_error_that_names_it(loaded: Loaded) -> None:
    with pytest.raises(BadParameter, match="barriers: nothing: no barrier of that name"):
        if_removed(loaded(**DATA_ALONE_FREES_NONE), barriers="data,nothing")


def test_without_evidence_there_is_nothing_to_fix(loaded: Loaded) -> None:
    dataset = loaded(programmes="id,name\np,P\n")
    assert fix_first(dataset).rows == [] and if_removed(dataset).rows == []
    assert fix_first(dataset).summary == "No programme is blocked."


def test_a_programme_with_more_barriers_than_can_be_removed_is_told_of(loaded: Loaded) -> None:
    result = fix_first(loaded(**blocking(("x", "p"), ("y", "p"), ("z", "p"))), k=2)
    unblock = result.rows[0]
    assert (unblock.programmes, unblock.bound, unblock.barriers) == (0, 0, [])
    assert any("1 of 1 blocked programmes have more than 2 barriers" in c for c in result.caveats)


def test_the_planted_story_of_the_example_is_found(example: Dataset) -> None:
    unblock = fix_first(example, k=2).rows[0]
    assert {f.barrier.iri.rsplit("/", 1)[-1] for f in unblock.barriers} == {"late-money", "rival-offers"}
    assert (unblock.programmes, unblock.proven, unblock.most_shared) == (3, True, 0)


def random_problem(seed: int) -> tuple[dict[str, frozenset[str]], int]:
    chance = Random(seed)
    barriers = [f"b{n}" for n in range(chance.randint(1, 9))]
    blocked = {
        f"p{n}": frozenset(chance.sample(barriers, chance.randint(0, min(4, len(barriers)))))
        for n in range(chance.randint(0, 14))
    }
    return blocked, chance.randint(1, 5)


def solved_here(blocked: dict[str, frozenset[str]], k: int, every: bool) -> int | None:
    """The optimum of the integer programme, without a process for each of hundreds of problems."""
    sets = [s for s in blocked.values() if s and (len(s) <= k or not every)]
    order = sorted({b for s in sets for b in s})
    if not sets:
        return 0
    answer = optimum(
        {
            "sets": [[order.index(b) for b in s] for s in sets],
            "weights": [1] * len(sets),
            "barriers": len(order),
            "k": k,
            "all": every,
            "seconds": 10,
        }
    )
    chosen = frozenset(order[i] for i in answer["chosen"])
    assert len(chosen) <= k
    reached = sum(s <= chosen if every else not s.isdisjoint(chosen) for s in sets)
    assert reached == answer["bound"]
    return reached


@pytest.mark.parametrize("every", [True, False], ids=["unblock", "relieve"])
def test_the_optimum_is_that_of_brute_force_on_200_random_problems(every: bool) -> None:
    for seed in range(200):
        blocked, k = random_problem(seed)
        assert solved_here(blocked, k, every) == brute_force(blocked, k, all_of_them=every), seed


def test_the_process_gives_the_same_as_brute_force_whatever_the_order() -> None:
    blocked, k = random_problem(5)
    best = solve(blocked, k, all_of_them=True, seconds=10)
    turned = solve(dict(reversed(blocked.items())), k, all_of_them=True, seconds=10)
    assert best == turned and best.proven
    assert best.value == brute_force(blocked, k, all_of_them=True) > 0


def test_when_time_runs_out_the_best_known_is_given_with_a_bound_that_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graph.optimise._GRACE", 0.0)
    blocked, k = random_problem(5)
    for every in (True, False):
        best = solve(blocked, k, all_of_them=every, seconds=0.01)
        assert best.value <= brute_force(blocked, k, all_of_them=every) <= best.bound
        assert len(best.chosen) <= k


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_a_larger_set_never_frees_less_and_a_bound_is_never_passed(seed: int) -> None:
    blocked, k = random_problem(seed)
    for every in (True, False):
        assert brute_force(blocked, k, all_of_them=every) <= brute_force(blocked, k + 1, all_of_them=every)
        counted = {s: 1 for s in blocked.values() if s}
        assert value(counted, frozenset(b for s in counted for b in s), every) == len(counted)
