"""Declare an analysis once: its signature, docstring and row class are the source of every way to ask it.

The command, HTTP route, OpenAPI entry, page with its form, and every output are derived from what stands here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cache, cached_property, wraps
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo

import graph.analyses
from graph.dataset import Dataset
from graph.errors import BadParameter, NotFound

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

RowT = TypeVar("RowT")
ModelT = TypeVar("ModelT", bound=BaseModel)

AsOf = Annotated[
    date | None, Field(description="The day as at which it holds; empty for the day of the newest interview")
]
"""The parameter that every analysis takes."""
InDeepDive = Annotated[
    str,
    Field(
        max_length=2000,
        description="Only what this deep dive found; its id, address or name, or empty for all",
    ),
]
OfDepartment = Annotated[
    str,
    Field(
        max_length=2000,
        description="Only what concerns this department; its id, address or name, or empty for all",
    ),
]
AtLevel = Annotated[
    str,
    Field(
        max_length=2000,
        description="Only findings of interviews at this level; its id, such as front-line, or its name, or empty for all",
    ),
]
OfScheme = Annotated[
    str,
    Field(
        max_length=2000,
        description="Only barriers typed by a concept of this scheme; its id, address or name, or empty for all",
    ),
]
"""Filters, which an analysis takes where they make sense; graph.scope says what each keeps."""


@dataclass(frozen=True, order=True)
class Thing:
    """Something in the graph that a row speaks of."""

    iri: str
    label: str


@dataclass(frozen=True)
class Result(Generic[RowT]):
    """The answer of an analysis."""

    rows: list[RowT]
    of: int
    """How many there were to choose from: "n of N"."""
    of_what: str
    """What those are, in the plural."""
    summary: str
    """The answer in one plain sentence."""
    as_of: date
    caveats: list[str] = field(default_factory=list)
    """When the numbers mislead, as far as the data shows it."""
    asked: Asked | None = field(default=None, compare=False, repr=False)
    """What was asked, and of which version; every analysis sets it."""

    def _repr_html_(self) -> str | None:
        """How a notebook shows it."""
        from graph.frames import as_html  # brings polars with it

        return as_html(self) if self.asked else None

    def to_polars(self) -> pl.DataFrame:
        """The rows with typed columns; a thing has a second column with its IRI, and lists hold lists of fields."""
        from graph.frames import to_polars

        return to_polars(self)

    def to_pandas(self) -> pd.DataFrame:
        """The same as a data frame of pandas. Raises MissingLibrary where pandas is not installed."""
        from graph.frames import to_pandas

        return to_pandas(self)


@dataclass(frozen=True)
class Asked:
    """What a result is the answer to."""

    analysis: Analysis
    parameters: Mapping[str, Any]
    """Every parameter with its value, defaults too; as_of is the day that the answer holds for."""
    version: int
    """The version of the store."""
    base: str
    """Where the things of the store live."""


def asked_of(result: Result[Any]) -> Asked:
    """What a result is the answer to. Raises TypeError for one that no analysis has given."""
    if result.asked is None:
        raise TypeError("This result was not given by an analysis, so its columns are not known.")
    return result.asked


Function = Callable[..., Result[Any]]


@dataclass(frozen=True)
class RowField:
    """One column of an answer."""

    name: str
    kind: Any
    description: str
    evidence: str | None
    """The part of the row's page that shows what the number rests on."""

    @property
    def title(self) -> str:
        """The name in words: "shared blockers", and "NMI", as everybody writes it."""
        return _WRITTEN.get(self.name) or self.name.replace("_", " ")


_WRITTEN = {**{name: name.upper() for name in ("ari", "hhi", "nmi")}, "ei": "E-I index"}
"""Names of columns as everybody writes them."""


@dataclass(frozen=True)
class Analysis:
    """A declared analysis."""

    name: str
    function: Function
    row: type
    parameters: type[BaseModel]

    @property
    def command(self) -> str:
        """Its name in a command or an address: shared-blockers."""
        return self.name.replace("_", "-")

    @property
    def title(self) -> str:
        """Its name in words: Shared blockers."""
        return self.name.replace("_", " ").capitalize()

    @property
    def question(self) -> str:
        """The plain-language question: the first line of the docstring."""
        return inspect.cleandoc(self.function.__doc__ or "").split("\n")[0]

    @property
    def explanation(self) -> list[str]:
        """The paragraphs of the docstring between the question and the example."""
        text = inspect.cleandoc(self.function.__doc__ or "").split("\n\n", 1)[-1].split("Examples\n")[0]
        return [" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n")]

    @cached_property
    def columns(self) -> list[RowField]:
        """The columns of the answer, in order."""
        hints = get_type_hints(self.row, include_extras=True)
        return [_row_field(f.name, hints[f.name]) for f in fields(self.row)]

    def run(self, dataset: Dataset, parameters: Mapping[str, Any] | None = None) -> Result[Any]:
        """Ask it. Raises BadParameter with every parameter that does not fit."""
        return self.function(dataset, **self.given(parameters or {}))

    def given(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Every parameter with its value, from what was asked. Raises BadParameter with all that do not fit."""
        return dict(_checked(self.parameters, parameters))


_REGISTRY: dict[str, Analysis] = {}


def analysis(function: Function) -> Function:
    """Declare an analysis. Raises TypeError where a parameter, a column or the function is not explained."""
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    parameters: dict[str, Any] = {}
    for name, parameter in list(signature.parameters.items())[1:]:
        if _described(hints[name]) is None:
            raise TypeError(f"{function.__name__}: the parameter {name} has no description")
        parameters[name] = (hints[name], parameter.default)
    row = typing.get_args(hints["return"])[0]
    if not function.__doc__:
        raise TypeError(f"{function.__name__} has no docstring")
    model = create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **parameters)

    @wraps(function)
    def asked(dataset: Dataset, **given: Any) -> Result[Any]:
        result = function(dataset, **given)
        values = {name: default for name, (_, default) in parameters.items()} | given
        values |= {"as_of": result.as_of} if "as_of" in values else {}
        return replace(result, asked=Asked(declared, values, dataset.version, dataset.base))

    declared = Analysis(function.__name__, asked, row, model)
    _ = declared.columns
    _REGISTRY[declared.name] = declared
    return asked


@cache
def analyses() -> Mapping[str, Analysis]:
    """Every declared analysis, by name."""
    for module in pkgutil.iter_modules(graph.analyses.__path__):
        importlib.import_module(f"graph.analyses.{module.name}")
    return dict(sorted(_REGISTRY.items()))


def find_analysis(name: str) -> Analysis:
    """The analysis of that name, with hyphens or underscores. Raises NotFound."""
    found = analyses().get(name.replace("-", "_"))
    if found is None:
        raise NotFound(
            f"There is no analysis “{name}”. Choose from {', '.join(a.command for a in analyses().values())}."
        )
    return found


class _Day(BaseModel):
    as_of: AsOf = None


def asked_day(as_of: str) -> date | None:
    """The day that was asked for, None for an empty text. Raises BadParameter as every analysis does."""
    return _checked(_Day, {"as_of": as_of}).as_of


def _checked(model: type[ModelT], parameters: Mapping[str, Any]) -> ModelT:
    try:
        return model.model_validate({k: v for k, v in parameters.items() if v not in ("", None)})
    except ValidationError as error:
        names = ", ".join(model.model_fields)
        raise BadParameter(
            " ".join(
                f"There is no parameter {e['loc'][0]}; choose from {names}."
                if e["type"] == "extra_forbidden"
                else f"{e['loc'][0]}: {e['msg'][0].lower() + e['msg'][1:]}."
                for e in error.errors(include_input=False, include_url=False)
            )
        ) from None


def _described(hint: Any) -> FieldInfo | None:
    info = next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, FieldInfo)), None)
    return info if info and info.description else None


def _row_field(name: str, hint: Any) -> RowField:
    info = _described(hint)
    if info is None:
        raise TypeError(f"the column {name} has no description")
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    evidence = extra.get("evidence")
    return RowField(
        name, typing.get_args(hint)[0], str(info.description), str(evidence) if evidence else None
    )


def column(description: str, evidence: str | None = None) -> Any:
    """The description of one column of a row, and where it is shown what it rests on.

    evidence is the id of a part of the page of the row's first thing; "pair" for the page of its two departments, or
    "row:NAME" for the column NAME of the same row, which lists what is counted.
    """
    return Field(description=description, json_schema_extra={"evidence": evidence} if evidence else None)
