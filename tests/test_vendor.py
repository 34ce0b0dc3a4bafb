"""The browser libraries that ship: every file is the one that the lock names, and carries its licence."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from visualisations.refresh_vendor import BUNDLES, LOCK, VENDOR

_FALLBACK = ("@codemirror/view", 'createElement("style")')
"""For an editor in the page itself. Ours is in a shadow root, which takes constructed style sheets: tests see no violation."""
ENTRIES = json.loads(LOCK.read_text(encoding="utf-8"))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["file"])
def test_file_is_the_one_of_the_lock(entry: dict[str, str]) -> None:
    content = (VENDOR / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert b"sourceMappingURL" not in content
    assert b"\r" not in content


def test_the_lock_names_every_file_and_no_other() -> None:
    there = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert there == {entry["file"] for entry in ENTRIES}


def test_the_lock_says_what_it_is_and_not_where_from() -> None:
    for entry in ENTRIES:
        assert {"package", "version", "file", "sha256", "licence"} <= set(entry)
    assert not re.search(r"https?:|registry|npmjs|tarball", LOCK.read_text(encoding="utf-8"))


@pytest.mark.parametrize("bundle", BUNDLES, ids=lambda bundle: bundle.folder)
def test_library_carries_the_licences_of_its_parts(bundle) -> None:  # type: ignore[no-untyped-def]
    code = (VENDOR / bundle.folder / f"{bundle.slug}.js").read_text(encoding="utf-8")
    notice = code[: code.index("*/")]
    assert "Permission is hereby granted, free of charge" in notice
    for package, version in {bundle.package: bundle.version, **bundle.parts}.items():
        assert f"{package} {version}" in notice
        assert any(entry["package"] == package and entry["file"].endswith(".txt") for entry in ENTRIES)


def test_library_can_run_under_a_strict_policy() -> None:
    for bundle in BUNDLES:
        code = (VENDOR / bundle.folder / f"{bundle.slug}.js").read_text(encoding="utf-8")
        for forbidden in (
            "innerHTML",
            "insertAdjacentHTML",
            "new Function",
            "eval(",
            'createElement("style")',
            "</script",
        ):
            allowed = 1 if (bundle.package, forbidden) == _FALLBACK else 0
            assert code.count(forbidden) == allowed
