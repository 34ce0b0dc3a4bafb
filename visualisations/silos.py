"""The lists beside the picture of silos: the programmes that were tested and the ties that were seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import networkx as nx

from graph.dataset import Dataset
from graph.evidence import Tie, evidence
from visualisations.links import link
from visualisations.tables import Column, Row, Table, cut, linked, number, words
from visualisations.ties_drawing import row_marks, tie_mark


@dataclass(frozen=True)
class Listed:
    """One list with the id that the numbers lead to."""

    id: str
    title: str
    words: str
    table: Table | None


def lists(dataset: Dataset, network: nx.Graph[str], as_of: date, every: int) -> tuple[Listed, ...]:
    """The tested programmes, of every one that there is, then the ties."""
    known, marks = evidence(dataset, as_of), row_marks(network)
    ids = {n: mark for n, (mark, _) in marks.items()}
    programmes = []
    for p in sorted(network, key=lambda n: network.nodes[n]["label"].lower()):
        homes = [
            link(dataset.base, d, dataset.label(d))
            for d in sorted(known.departments.get(p, ()), key=dataset.label)
        ]
        there = link(dataset.base, p, network.nodes[p]["label"], kind="programme")
        across = sum(edge["kind"] == "external" for _, _, edge in network.edges(p, data=True))
        programmes.append(
            Row(
                (
                    linked(there),
                    linked(*homes),
                    words("yes" if p in known.interviewed else "no"),
                    number(network.degree(p)),
                    number(across),
                ),
                *marks[p],
            )
        )
    crossing = sum(network.edges[e]["kind"] == "external" for e in network.edges)
    ties = []
    for a, b, edge in sorted(
        network.edges(data=True), key=lambda e: (e[2]["kind"], network.nodes[e[0]]["label"])
    ):
        ends = (link(dataset.base, n, network.nodes[n]["label"], kind="programme") for n in (a, b))
        seen = (
            link(dataset.base, t, text)
            for t, text in zip(edge["evidence"], _kinds(dataset, edge["evidence"], known.ties), strict=True)
        )
        line = tie_mark(ids, a, b)
        ties.append(
            Row(
                (
                    *(linked(e) for e in ends),
                    linked(*seen),
                    words("across" if edge["kind"] == "external" else "within"),
                ),
                line,
                f"{ids[a]} {ids[b]} {line}",
            )
        )
    heads = [
        Column("Programme", wide=True),
        Column("Departments"),
        Column("Interviewed about"),
        Column("Ties", True),
        Column("Ties across", True),
    ]
    tie_heads = [
        Column("One programme"),
        Column("Other programme"),
        Column("What was seen"),
        Column("Within or across departments"),
    ]
    of = f"{len(network)} of {every} programmes were interviewed about or seen to work with another."
    return (
        Listed(
            "programmes",
            "Tested programmes",
            of,
            cut("Tested programmes", heads, programmes, "tested programme", id="programmes-table")
            if programmes
            else None,
        ),
        Listed(
            "ties",
            "Working ties between programmes",
            f"{crossing} of {len(ties)} cross departments.",
            cut("Working ties", tie_heads, ties, "working tie", id="ties-table") if ties else None,
        ),
    )


def _kinds(dataset: Dataset, ties: list[str], known: tuple[Tie, ...]) -> list[str]:
    kinds = {t.iri: dataset.label(t.kind).lower() for t in known}
    return [kinds[t] for t in ties]
