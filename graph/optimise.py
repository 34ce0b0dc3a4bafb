"""The k of n barriers whose removal does most, exactly, in a process of its own that can be killed.

`python -m graph.optimise` reads problems as JSON from standard input and answers each with a line on standard output.
The solver overshoots its own time limit, so the process is killed then; what it has not answered is the best set found
by a simple search, with a bound that holds whatever the best may be.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from graph.progress import check, tell

_GRACE = 1.0
"""Seconds beyond the limit that the process is given to end by itself."""
_LOOK = 0.1
"""How often, in seconds, it is looked whether its time is over."""


@dataclass(frozen=True)
class Best:
    """The best set that was found."""

    chosen: tuple[str, ...]
    value: int
    """How many programmes it frees, or relieves."""
    bound: int
    """No set of as many barriers does better than this."""

    @property
    def proven(self) -> bool:
        """Whether no set can do better."""
        return self.value >= self.bound


def solve(blocked: Mapping[str, frozenset[str]], k: int, *, all_of_them: bool, seconds: float) -> Best:
    """The k barriers, or fewer, that do most; parameters as those of `frontier`."""
    return frontier(blocked, [k], all_of_them=all_of_them, seconds=seconds)[0]


def frontier(
    blocked: Mapping[str, frozenset[str]], ks: Sequence[int], *, all_of_them: bool, seconds: float
) -> list[Best]:
    """For each number, in rising order, the so many barriers, or fewer, that do most; seconds is for all together.

    blocked gives the barriers of each programme. all_of_them: a programme counts once all its barriers are gone
    (unblock); else once one is (relieve). Of sets that do as much, the one with fewer barriers and with those that
    block more programmes. Programmes with the same barriers are merged, and for unblocking those with more than k left
    out, as nothing can free them.
    """
    every = Counter(barriers for barriers in blocked.values() if barriers)
    reach = Counter(barrier for barriers in blocked.values() for barrier in barriers)
    order = sorted(reach, key=lambda b: (-reach[b], b))
    tasks = [_Task(_countable(every, k, all_of_them), order, k, all_of_them) for k in ks]
    asked = [task.problem() for task in tasks if task.sets]
    for task in tasks:
        tell(
            f"looking for the {task.k} to {'unblock' if all_of_them else 'relieve'} most",
            known=task.least,
            bound=task.most,
        )
    answers = iter(
        _answered(json.dumps({"problems": asked, "seconds": seconds}), seconds + _GRACE) if asked else []
    )
    found: list[Best] = []
    for task in tasks:
        answer = next(answers, {"chosen": None, "bound": None}) if task.sets else {"chosen": [], "bound": 0}
        found.append(task.best(answer, found[-1] if found else None))
    return found


def _countable(every: Counter[frozenset[str]], k: int, all_of_them: bool) -> Counter[frozenset[str]]:
    """The sets of barriers that can count at all."""
    if k < 1:
        return Counter()
    return Counter({b: n for b, n in every.items() if len(b) <= k}) if all_of_them else every


@dataclass
class _Task:
    """One number of barriers, and what is known of it before it is solved."""

    sets: Counter[frozenset[str]]
    order: Sequence[str]
    k: int
    all_of_them: bool

    def __post_init__(self) -> None:
        self.order = [b for b in self.order if any(b in barriers for barriers in self.sets)]
        self.known = _searched(self.sets, self.order, self.k, self.all_of_them)
        self.least = value(self.sets, self.known, self.all_of_them)
        self.most = _bound(self.sets, self.order, self.k, self.all_of_them)

    def problem(self) -> dict[str, Any]:
        """What the process is asked."""
        place = {b: i for i, b in enumerate(self.order)}
        return {
            "sets": [[place[b] for b in sorted(barriers)] for barriers in self.sets],
            "weights": list(self.sets.values()),
            "barriers": len(self.order),
            "k": self.k,
            "all": self.all_of_them,
        }

    def best(self, answer: Mapping[str, Any], before: Best | None) -> Best:
        """The best of what was answered, what a simple search found, and what fewer barriers do."""
        bound = self.most if answer["bound"] is None else min(self.most, answer["bound"])
        found = [self.known] if before is None else [self.known, frozenset(before.chosen)]
        if answer["chosen"] is not None:
            found.insert(0, frozenset(self.order[i] for i in answer["chosen"]))
        chosen = max(found, key=lambda some: value(self.sets, some, self.all_of_them))
        return Best(
            tuple(b for b in self.order if b in chosen), value(self.sets, chosen, self.all_of_them), bound
        )


def _answered(problems: str, seconds: float) -> list[dict[str, Any]]:
    """What the process has answered when its time is over. It is killed then, or when nobody waits for it any more."""
    until = time.monotonic() + seconds
    given: str | None = problems
    with subprocess.Popen(
        [sys.executable, "-m", "graph.optimise"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            while True:
                try:
                    written, _ = process.communicate(given, timeout=_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    given = None  # it is on its way
                    check()
                    if time.monotonic() >= until:
                        process.kill()
        finally:
            process.kill()
    whole, _, _ = written.rpartition("\n")  # a line that was begun is none
    return [json.loads(line) for line in whole.splitlines()]


def value(sets: Mapping[frozenset[str], int], chosen: frozenset[str], all_of_them: bool) -> int:
    """How many programmes a set frees, or relieves."""
    return sum(
        n
        for barriers, n in sets.items()
        if (barriers <= chosen if all_of_them else not barriers.isdisjoint(chosen))
    )


def _searched(
    sets: Mapping[frozenset[str], int], order: Sequence[str], k: int, all_of_them: bool
) -> frozenset[str]:
    """A good set, found quickly: whole sets of barriers, or single ones, taken one after the other."""
    chosen: frozenset[str] = frozenset()
    pieces = list(sets) if all_of_them else [frozenset((b,)) for b in order]
    while True:
        fitting = [p for p in pieces if 0 < len(p - chosen) <= k - len(chosen)]
        best = max(
            fitting,
            key=lambda p: (
                (value(sets, chosen | p, all_of_them) - value(sets, chosen, all_of_them)) / len(p - chosen),
                sorted(p),
            ),
            default=None,
        )
        if best is None or value(sets, chosen | best, all_of_them) == value(sets, chosen, all_of_them):
            return chosen
        chosen |= best


def _bound(sets: Mapping[frozenset[str], int], order: Sequence[str], k: int, all_of_them: bool) -> int:
    """More than this cannot be reached: all that could be counted, or the k widest reaches taken apart."""
    every = sum(sets.values())
    if all_of_them:
        return every
    reach = sorted((sum(n for s, n in sets.items() if b in s) for b in order), reverse=True)
    return min(every, sum(reach[:k]))


def optimum(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one problem: the places of the chosen barriers (None where none was found) and the bound."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    sets, weights, n, k = problem["sets"], problem["weights"], problem["barriers"], problem["k"]
    m = len(sets)
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    row = 0

    def put(column: int, number: float) -> None:
        rows.append(row)
        columns.append(column)
        values.append(number)

    for i, members in enumerate(sets):
        if problem["all"]:  # y_i <= x_b for each barrier b of the set
            for b in members:
                put(n + i, 1)
                put(b, -1)
                row += 1
        else:  # y_i <= the sum of x_b
            put(n + i, 1)
            for b in members:
                put(b, -1)
            row += 1
    upper = [0.0] * row
    for b in range(n):
        put(b, 1)
    upper.append(float(k))
    row += 1
    # A little for each barrier chosen, more for those that block less, so that ties fall the same way each time.
    step = min(1e-3, 0.4 / (k * n))
    cost = np.array([step * (1 + b / n) for b in range(n)] + [-float(w) for w in weights])
    answer = milp(
        cost,
        integrality=np.array([1] * n + [0] * m),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(
            coo_array((values, (rows, columns)), shape=(row, n + m)).tocsr(), -np.inf, np.array(upper)
        ),
        options={"time_limit": problem["seconds"], "mip_rel_gap": 0.0},
    )
    chosen = None if answer.x is None else [b for b in range(n) if answer.x[b] > 0.5]
    bound: int | None
    if answer.status == 0 and chosen is not None:
        bound = _reached(sets, weights, chosen, problem["all"])
    else:
        dual = getattr(answer, "mip_dual_bound", None)
        bound = None if dual is None or not np.isfinite(dual) else int(-dual + 1e-6)
    return {"chosen": chosen, "bound": bound}


def _reached(
    sets: Iterable[Sequence[int]], weights: Iterable[int], chosen: Sequence[int], every: bool
) -> int:
    held = set(chosen)
    return sum(
        w
        for s, w in zip(sets, weights, strict=True)
        if (held.issuperset(s) if every else held.intersection(s))
    )


def brute_force(blocked: Mapping[str, frozenset[str]], k: int, *, all_of_them: bool) -> int:
    """The best that k barriers can do, by trying every set: what `solve` is tested against."""
    sets = Counter(barriers for barriers in blocked.values() if barriers)
    every = sorted({b for barriers in sets for b in barriers})
    return max(
        (value(sets, frozenset(c), all_of_them) for c in combinations(every, min(k, len(every)))), default=0
    )


def main() -> None:
    """Answer the problems of standard input, within their seconds."""
    asked = json.load(sys.stdin)
    until = time.monotonic() + asked["seconds"]
    for problem in asked["problems"]:
        left = max(0.05, until - time.monotonic())
        print(json.dumps(optimum({**problem, "seconds": left})), flush=True)


if __name__ == "__main__":
    main()
