"""How long it takes to find what may be named twice among 100,000 names, and how much of what was hidden is found.

Run it as `python benchmarks/same.py [names]`. The names are made from words of which a few are common and most are
rare, as those of organisations are. One in fifty stands there twice, once with a slip, a swapped word or a short form.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from graph.identity.candidates import candidates
from graph.ingest.load import load
from graph.store import open_store


def names(count: int, seed: int = 7) -> tuple[list[str], set[frozenset[int]]]:
    """Names, and the pairs of places that stand for one thing."""
    chance = random.Random(seed)
    letters = "aabcdeefghiijklmnooprstuuvw"
    rare = ["".join(chance.choices(letters, k=chance.randint(5, 10))).capitalize() for _ in range(count // 3)]
    kinds = [
        "Council",
        "College",
        "Trust",
        "Agency",
        "Academy",
        "Partnership",
        "Limited",
        "Department for",
        "Board of",
    ]
    found = [
        f"{chance.choice(rare)} {chance.choice(rare)} {chance.choice(kinds)} {chance.choice(rare)}"
        for _ in range(count)
    ]
    hidden = set()
    for place in range(0, count - 1, 50):
        found[place + 1] = _again(found[place], chance)
        hidden.add(frozenset((place, place + 1)))
    return found, hidden


def _again(name: str, chance: random.Random) -> str:
    words = name.split()
    match chance.randrange(4):
        case 0:  # a letter is missing
            at = chance.randrange(1, len(name) - 1)
            return name[:at] + name[at + 1 :]
        case 1:  # in another order
            return " ".join([*words[1:], words[0]])
        case 2:  # in capitals, with a full stop
            return f"The {name.upper()}."
        case _:  # a word more
            return f"{name} North"


def main(count: int) -> None:
    """Print the seconds, the pairs, and how many of the hidden ones are among them."""
    made, hidden = names(count)
    with TemporaryDirectory() as place:
        folder = Path(place) / "tables"
        folder.mkdir()
        rows = "".join(f"o{n},{name}\n" for n, name in enumerate(made))
        (folder / "organisations.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
        store = open_store("memory")
        load(store, [folder])
    dataset = store.dataset()
    start = time.perf_counter()
    found = candidates(dataset, ["organisations"], most=100_000)
    seconds = time.perf_counter() - start
    pairs = {frozenset(int(t.iri.rsplit("/o", 1)[1]) for t in (c.one, c.other)) for c in found.rows}
    print(
        f"{count:,} names: {seconds:.1f} s, {found.compared:,} pairs compared, {found.count:,} offered, ",
        end="",
    )
    print(f"{len(pairs & hidden):,} of {len(hidden):,} hidden ones among them")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
