"""The process in which files are loaded for clients: `python -m graph.ingest.load_worker`.

It reads one JSON line that says which files go into which store on whose behalf, and writes JSON lines: how far it is, and
at last the report or what stands in the way. Files from outside are thus read by a process with a memory limit of its
own that reaches no network, and the server goes on serving; should either be killed, all is loaded or nothing.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from graph.behalf import Behalf, acting
from graph.errors import JoinedupError, LoadRefused
from graph.ingest.load import load
from graph.ingest.told import issues_data, report_data
from graph.store import Store, open_store
from graph.worker import confine

_EVERY = 0.2
"""Seconds between two lines of progress."""


def answer(store: Store, request: dict[str, Any], tell: Any) -> dict[str, Any]:
    """What became of one load: its report, or what stands in the way."""
    told = 0.0

    def progress(name: str, done: int, total: int) -> None:
        nonlocal told
        if (now := time.monotonic()) - told >= _EVERY or done == total:
            told = now
            tell({"doing": name, "done": done, "of": total})

    at = request["at"]
    who = Behalf(request["by"], request["because"], None if at is None else frozenset(at), request["token"])
    try:
        with acting(who):
            report = load(
                store,
                [Path(path) for path in request["paths"]],
                mapping=request["mapping"],
                marking=request["marking"],
                dry_run=request["dry_run"],
                progress=progress,
            )
    except LoadRefused as refused:
        return {"issues": issues_data(refused.issues), "says": str(refused)}
    except JoinedupError as error:
        return {"error": type(error).__name__, "says": str(error)}
    return {"report": report_data(report)}


def main() -> None:
    """Serve one request from standard input."""
    confine()

    def tell(said: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()

    request = json.loads(sys.stdin.readline())
    tell(answer(open_store(request["store"]), request, tell))


if __name__ == "__main__":
    main()
