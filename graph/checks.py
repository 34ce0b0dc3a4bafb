"""The twelve checks of a delivery chain: each finds it weak, or not, or cannot be made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from graph.analyses.follow_up import follow_up
from graph.chains import DELIVERS, FUNDS, LEADS, USER, Chain, unheard, without_tie
from graph.dataset import Dataset
from graph.evidence import Evidence
from graph.linkage import Link, by_kind
from ontology.terms import JU, concept, concepts

_LINKS = concepts("chain-links")
"""The links of the chain and their labels, from policy to use."""
_LEVELS = [concept("levels", code) for code in concepts("levels")]


@dataclass(frozen=True)
class Weakness:
    """What one check found of one chain."""

    check: str
    weak: bool
    found: str
    at_link: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the checks look at beside the chain."""

    dataset: Dataset
    evidence: Evidence
    chains: Mapping[str, Chain]
    longest: int

    @cached_property
    def from_data(self) -> frozenset[str]:
        """The programmes that a finding from a dataset is about."""
        said = self.evidence.said
        return frozenset(said.filter(~said["interview"])["programme"].unique())

    @cached_property
    def levered(self) -> frozenset[str]:
        """The barriers for which it is known who could remove them."""
        return frozenset(
            {link.target for link in self._links(JU.unblocks)}
            | {link.source for link in self._links(JU.heldBy)}
        )

    @cached_property
    def actions(self) -> Mapping[str, Mapping[str, str]]:
        """The actions that are to lower each barrier, and how they stand."""
        states = {
            row.action.iri: row.state for row in follow_up(self.dataset, as_of=self.evidence.as_of).rows
        }
        carried: defaultdict[str, set[str]] = defaultdict(set)
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for link in self._links(JU.carriesOut):
            if link.source in states:
                carried[link.target].add(link.source)
        for link in self._links(JU.addresses):
            found[link.target] |= {action: states[action] for action in carried[link.source]}
        return found

    def _links(self, kind: object) -> Sequence[Link]:
        return by_kind(self.dataset, self.evidence.as_of).get(str(kind), ())

    @cached_property
    def lowered(self) -> frozenset[str]:
        """The barriers that an agreed action, not dropped, is to lower."""
        return frozenset(b for b, states in self.actions.items() if set(states.values()) - {"dropped"})

    @cached_property
    def ties_asked(self) -> bool:
        """Whether a working tie along any handover is known at all: if not, nobody may have asked for such ties."""
        handovers = (without_tie(chain, self.evidence) for chain in self.chains.values())
        return any(len(without) < of for without, of in handovers)

    @cached_property
    def points(self) -> Mapping[str, frozenset[str]]:
        """The programmes in which each organisation is the one way."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for chain in self.chains.values():
            for organisation in _points(chain):
                found[organisation].add(chain.programme)
        return {organisation: frozenset(programmes) for organisation, programmes in found.items()}

    def names(self, *iris: str) -> str:
        """Labels with commas between."""
        return ", ".join(self.dataset.label(iri) for iri in iris)


def weaknesses(
    dataset: Dataset, known: Evidence, every: Mapping[str, Chain], chosen: Mapping[str, Chain], longest: int
) -> dict[str, list[Weakness]]:
    """What the checks that can be made find of the chosen chains, in the order of the checks."""
    about = Known(dataset, known, every, longest)
    return {
        programme: [found for name, check in CHECKS.items() for found in check(about, chain, name)]
        for programme, chain in chosen.items()
    }


Check = Callable[[Known, Chain, str], Iterator[Weakness]]
"""Yields one weakness, or none where the check cannot be made."""


def _nobody_answers(_: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    gaps = {
        "policy": "leads it" if not chain.parts[LEADS] else "",
        "delivery": "delivers it" if not chain.parts[DELIVERS] else "",
        "use": "is named whom it is for" if not chain.groups else "",
    }
    missing = {link: words for link, words in gaps.items() if words}
    said = ", ".join(f"nobody {words}" for words in missing.values())
    yield Weakness(name, bool(missing), _sentence(said), _at(missing))


def _one_only(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    if chain.way:
        points, splitting = _points(chain), chain.splitting
        said = [f"every way leads through {known.names(*points)}"] if points else []
        said += [
            f"without {known.names(o)}, {n} of those on the chain {'is' if n == 1 else 'are'} cut off"
            for o, n in splitting.items()
            if o not in points
        ]
        found = tuple(dict.fromkeys([*points, *splitting]))
        where = {
            "funding": chain.parts[FUNDS],
            "delivery": chain.parts[DELIVERS],
            "commissioning": set(found) - chain.parts[FUNDS] - chain.parts[DELIVERS],
        }
        at = {link for link, there in where.items() if not there.isdisjoint(found)}
        yield Weakness(name, bool(found), _sentence("; ".join(said)), _at(at), found)


def _level_not_heard(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    silent = tuple(level for level in _LEVELS if level != USER and not chain.heard(level))
    yield Weakness(name, bool(silent), f"No interview at: {known.names(*silent).lower()}.", "", silent)


def _not_measured(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    none = not chain.measurements and chain.programme not in known.from_data
    yield Weakness(name, none, "Nothing was measured, and no finding comes from a dataset.", "")


def _user_not_heard(_: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    yield Weakness(name, not chain.heard(USER), "No service user was interviewed.", _at({"use"}), (USER,))


def _no_evidenced_way(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    silent = tuple(unheard(chain))
    if not chain.way:
        yield Weakness(name, True, "No way leads from the minister to the user.", "")
    else:
        said = f"Nobody was interviewed about it at {known.names(*silent)}, which the best way leads through."
        yield Weakness(name, bool(silent), said, "", silent)


def _no_lever(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    yield from _barriers(known, chain, name, "No lever is known for", known.levered)


def _shared_point(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    if chain.way:
        shared = {o: known.points[o] - {chain.programme} for o in _points(chain) if len(known.points[o]) > 1}
        said = "; ".join(
            f"{known.names(o)} is also the one way in {known.names(*sorted(p))}" for o, p in shared.items()
        )
        found = [iri for o, programmes in shared.items() for iri in (o, *sorted(programmes))]
        yield Weakness(name, bool(shared), _sentence(said), "", tuple(dict.fromkeys(found)))


def _no_tie(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    without, of = without_tie(chain, known.evidence)
    if of and known.ties_asked and chain.programme in known.evidence.interviewed:
        pairs = "; ".join(f"{known.names(a)} to {known.names(b)}" for a, b in without)
        said = f"{len(without)} of {of} handovers without a working tie: {pairs}."
        yield Weakness(
            name, bool(without), said, "", tuple(sorted({end for pair in without for end in pair}))
        )


def _too_long(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    if chain.way:
        said = f"The shortest way leads through {chain.shortest} organisations; {known.longest} may be."
        yield Weakness(name, chain.shortest > known.longest, said, "", tuple(chain.way[1:-1]))


def _no_action(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    yield from _barriers(known, chain, name, "No agreed action is to lower", known.lowered)


def _overdue(known: Known, chain: Chain, name: str) -> Iterator[Weakness]:
    blocking = known.evidence.blocking.get(chain.programme, frozenset())
    states = {action: state for b in blocking for action, state in known.actions.get(b, {}).items()}
    if states:
        late = tuple(sorted(action for action, state in states.items() if state == "overdue"))
        barriers = [b for b in blocking if not known.actions.get(b, {}).keys().isdisjoint(late)]
        said = f"{len(late)} of {len(states)} actions on what holds it back {'is' if len(late) == 1 else 'are'} overdue."
        yield Weakness(name, bool(late), said, _where(known, chain, barriers), late)


CHECKS: Mapping[str, Check] = {
    "nobody-answers": _nobody_answers,
    "one-only": _one_only,
    "level-not-heard": _level_not_heard,
    "not-measured": _not_measured,
    "user-not-heard": _user_not_heard,
    "no-evidenced-way": _no_evidenced_way,
    "no-lever": _no_lever,
    "shared-point": _shared_point,
    "no-tie": _no_tie,
    "too-long": _too_long,
    "no-action": _no_action,
    "overdue": _overdue,
}
"""The checks by name, in the order in which they are made."""
MEANS: Mapping[str, str] = {
    "nobody-answers": "nobody leads it, nobody delivers it, or nobody is named whom it is for",
    "one-only": "every way leads through one funder, deliverer or body between, or the chain falls apart without it",
    "level-not-heard": "no interview at a level from minister to front line",
    "not-measured": "no measurement, and no finding from a dataset",
    "user-not-heard": "no interview with a service user",
    "no-evidenced-way": "no way, or none through organisations that were all heard",
    "no-lever": "a standing barrier that no lever is known to remove",
    "shared-point": "an organisation that is the one way in several programmes",
    "no-tie": "a handover between departments, or to a body outside them, without a working tie",
    "too-long": "the shortest way leads through more organisations than may be",
    "no-action": "a standing barrier that no agreed action is to lower",
    "overdue": "an action on a standing barrier that is overdue",
}
"""What it means that a check finds a chain weak; the explanation of the analysis says the same."""


def _points(chain: Chain) -> list[str]:
    """The single points of a chain but for those who answer for it."""
    return [organisation for organisation in chain.single_points if organisation not in chain.answering]


def _barriers(known: Known, chain: Chain, name: str, what: str, fine: frozenset[str]) -> Iterator[Weakness]:
    blocking = known.evidence.blocking.get(chain.programme)
    if blocking:
        bare = sorted(blocking - fine, key=lambda b: (known.dataset.label(b), b))
        labels = ", ".join(f"“{known.names(b)}”" for b in bare)
        said = f"{what} {len(bare)} of {len(blocking)} barriers that hold it back: {labels}."
        yield Weakness(name, bool(bare), said, _where(known, chain, bare), tuple(bare))


def _where(known: Known, chain: Chain, barriers: list[str]) -> str:
    """The links at which findings say that barriers hold the programme back."""
    return _at({link.rsplit("/", 1)[-1] for barrier in barriers for link in chain.at.get(barrier, ())})


def _at(found: Collection[str]) -> str:
    return ", ".join(label for code, label in _LINKS.items() if code in found)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}." if words else ""
