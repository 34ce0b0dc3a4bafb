"""Where the settings of a server come from: the command line, else the environment, else a TOML file, else the default.

Every option of `joinedup serve` is a setting: --query-seconds is JOINEDUP_QUERY_SECONDS in the environment, and
query-seconds in the file, where a table groups those that begin alike: `issuer` in [oidc] is --oidc-issuer. So a new
option is a setting without anything to be written here. None of them is a secret: tokens are held by the store.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from api.printing import print_table
from graph.errors import BadParameter

PREFIX = "JOINEDUP"
_SOURCES = {
    "COMMANDLINE": "command line",
    "ENVIRONMENT": "environment",
    "DEFAULT_MAP": "file",
    "DEFAULT": "default",
}
_NOT_SETTINGS = ("settings", "load_first", "help")


def read_settings(context: typer.Context, path: Path | None) -> Path | None:
    """Let the file give what neither the command line nor the environment gives. Raises BadParameter."""
    names = sorted({p.name for p in context.command.params if p.name} - {*_NOT_SETTINGS})
    _check(
        (name for name in os.environ if name.startswith(f"{PREFIX}_")),
        [f"{PREFIX}_{name.upper()}" for name in [*names, *_NOT_SETTINGS]],
        strictly=False,
    )
    if path is None or context.resilient_parsing:
        return path
    try:
        found = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        raise BadParameter(f"The settings in {path.name} cannot be read.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadParameter(f"{path.name} is not TOML: {error}.") from None
    _check((name.replace("_", "-") for name in found), [name.replace("_", "-") for name in names])
    context.default_map = {**(context.default_map or {}), **found}
    return path


def say_settings(out: Console, serve: Any, arguments: list[str]) -> None:
    """Print each setting of a server that is started with these arguments, and where it comes from.

    Raises BadParameter, and what the command line raises for what does not fit.
    """
    context = serve.make_context("joinedup serve", arguments, auto_envvar_prefix=PREFIX)
    rows = []
    for parameter in serve.params:
        if (name := parameter.name) and name not in _NOT_SETTINGS:
            source = context.get_parameter_source(name)
            rows.append(
                [
                    name.replace("_", "-"),
                    _shown(context.params[name]),
                    _SOURCES.get(source.name if source else "", "default"),
                    f"{PREFIX}_{name.upper()}",
                ]
            )
    print_table(out, ["setting", "value", "from", "in the environment"], rows)


def _flat(found: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in found.items():
        name = f"{before}{key.replace('-', '_')}"
        flat |= _flat(value, f"{name}_") if isinstance(value, dict) else {name: value}
    return flat


def _check(given: Iterable[str], known: list[str], *, strictly: bool = True) -> None:
    """Raise BadParameter for what is no setting. Not strictly: only where it looks like a slip."""
    for name in given:
        near = get_close_matches(name, known, 1, 0.6 if strictly else 0.85)
        if name not in known and (near or strictly):
            hint = f" Did you mean {near[0]}?" if near else f" There are {', '.join(known)}."
            raise BadParameter(f"{name} is no setting.{hint}")


def _shown(value: object) -> str:
    if value is None or value == "" or value == ():
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        callback=read_settings,
        is_eager=True,
        help="A TOML file of these options, such as port = 8000. The command line and the environment go before it",
        show_default=False,
    ),
]
QueryWorkers = Annotated[
    int, typer.Option("--workers", min=1, max=256, help="How many SPARQL queries may run at once")
]
QuerySeconds = Annotated[float, typer.Option(min=0.1, max=3600, help="The longest a SPARQL query may run")]


class Level(StrEnum):
    """From which level on something is logged."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


class LogForm(StrEnum):
    """How a line of the log is written."""

    plain = "plain"
    json = "json"


LogLevel = Annotated[
    Level, typer.Option(help="What goes to standard error: info is one line for each request")
]
LogFormat = Annotated[
    LogForm | None,
    typer.Option(help="Without it: plain on a terminal, JSON elsewhere", show_default=False),
]
