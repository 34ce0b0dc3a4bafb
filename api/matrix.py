"""Department by department as data: what each pair shares, needs of each other, and was seen to do together."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import answered, dataset, unchanged
from api.as_of import AsOf
from graph.analysis import Thing
from graph.dataset import Dataset
from graph.evidence import evidence
from graph.tabular import as_csv
from visualisations.departments import Departments, Standing, departments

router = APIRouter(tags=["analyses"])
_COLUMNS = ("required", "shared_barriers", "dependencies", "ties", "gap")
_Text = Annotated[
    str, Query(max_length=500, description="As the analyses take it: a name, an id or an address")
]


def _matrix(form: str) -> Any:
    def matrix(
        request: Request,
        as_of: AsOf,
        deep_dive: _Text = "",
        department: _Text = "",
        level: _Text = "",
        scheme: _Text = "",
    ) -> Response:
        """Pairs of departments, with the barriers they share, the dependencies and the working ties between them.

        required = shared_barriers + dependencies; gap = required - ties, at least 0. JSON has `departments`, in the order
        of the lines and columns of `matrix`, whose cells are the required ties above the diagonal and the ties that were
        seen below it, as on the page; and `rows`, a pair each. CSV has the pairs. What is not among them shares nothing.
        """
        if held := unchanged(request):
            return held
        data = dataset(request)
        asked = {"deep_dive": deep_dive, "department": department, "level": level, "scheme": scheme}
        filters = tuple((name, text) for name, text in asked.items() if text)
        known = departments(data, as_of, filters)
        rows = list(_rows(data, known))
        if form == "csv":
            lines = [[one.label, one.iri, two.label, two.iri, *map(str, cells)] for one, two, cells in rows]
            head = ["department", "department_iri", "other", "other_iri", *_COLUMNS]
            return answered(request, as_csv([head, *lines]), "csv", name="matrix.csv")
        n = len(known.drawn) + len(known.silent)
        body = {
            "as_of": evidence(data, as_of).as_of.isoformat(),
            "filters": dict(filters),
            "order": "label of the one department, then of the other",
            "departments": [
                {"iri": t.iri, "label": t.label, "short": known.short.get(t.iri, t.label)}
                for t in known.drawn
            ],
            "of_departments": n,
            "matrix": _square(known),
            "count": len(rows),
            "of": n * (n - 1) // 2,
            "of_what": "pairs of departments",
            "rows": [
                {
                    "department": {"iri": one.iri, "label": one.label},
                    "other": {"iri": two.iri, "label": two.label},
                    **dict(zip(_COLUMNS, cells, strict=True)),
                }
                for one, two, cells in rows
            ],
        }
        return answered(request, json.dumps(body, ensure_ascii=False), "json")

    return matrix


def _rows(data: Dataset, known: Departments) -> Any:
    for (one, other), standing in sorted(
        known.pairs.items(),
        key=lambda item: [part for iri in item[0] for part in (data.label(iri).lower(), iri)],
    ):
        yield Thing(one, data.label(one)), Thing(other, data.label(other)), _cells(standing)


def _cells(s: Standing) -> tuple[int, ...]:
    return s.required, s.shared, s.dependencies, s.ties, max(0, s.required - s.ties)


def _square(known: Departments) -> list[list[int | None]]:
    def cell(i: int, j: int) -> int | None:
        if i == j:
            return None
        standing = known.standing(known.drawn[i].iri, known.drawn[j].iri)
        return 0 if standing is None else standing.required if i < j else standing.ties

    return [[cell(i, j) for j in range(len(known.drawn))] for i in range(len(known.drawn))]


for _form in ("json", "csv"):
    router.add_api_route(
        f"/matrix.{_form}",
        _matrix(_form),
        methods=["GET"],
        summary=f"Department by department: shared blockers, required and actual ties, as {_form.upper()}",
        operation_id=f"matrix_{_form}",
        response_class=Response,
        responses={
            200: {
                "description": "The pairs",
                "content": {"text/csv" if _form == "csv" else "application/json": {}},
            }
        },
    )
