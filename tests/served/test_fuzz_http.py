"""Every operation of the OpenAPI document, asked with what its parameters allow and with what they do not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

Serve = Callable[..., AbstractContextManager[str]]
ENDLESS = "^/changes/events$"
FAMILIES = (
    r"^/analyses/(?!shared-blockers$|why-linked$|if-removed$|silo-overview/events)[a-z-]+(/events)?$",
    r"^/networks/(?!required-ties)[a-z-]+\.",
    r"^/things/(?!organisations|barriers|\{)",
    r"^/(organisations|departments|interviews|findings|ties|recommendations|actions|sources)$",
)
"""Operations of which the first stands for all in the phase that tries every edge of every parameter."""


@pytest.mark.parametrize(
    ("phase", "options"),
    [
        ("coverage", ["--exclude-path-regex", "|".join((ENDLESS, *FAMILIES))]),
        ("fuzzing", ["--exclude-path-regex", ENDLESS, "--max-examples", "1"]),
    ],
)
def test_no_request_breaks_an_operation_and_answers_are_as_declared(
    serve: Serve, store: Path, tmp_path: Path, phase: str, options: list[str]
) -> None:
    """The same requests each time. A longer run: the same command with --max-examples 50 and --seed instead."""
    copy = tmp_path / "store"
    shutil.copytree(store, copy)
    with serve(copy, "--allow-writing", "--allow-judging") as address:
        done = subprocess.run(
            [
                sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
                "run", f"{address}/openapi.json", "--phases", phase, "--generation-deterministic", "--no-shrink",
                "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
                "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off", "--no-color",
                "--request-timeout", "60", *options,
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=500,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " generated" in done.stdout
