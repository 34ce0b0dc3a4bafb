"""Build the browser libraries that pages ship with, and record what they are: `python -m visualisations.refresh_vendor`.

Needs npm. Packages are taken by name and exact version, their install scripts do not run, and one file a library
comes out, with its licences at the top of it and beside it. To take a newer version, change it here and run again.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
LOCK = VENDOR.parent / "vendor.lock.json"
BUNDLER = ("esbuild", "0.28.2")


@dataclass(frozen=True)
class Bundle:
    """One library: what it is made from and what the page calls it."""

    package: str
    version: str
    name: str
    """The global that holds its exports."""
    entry: str
    parts: Mapping[str, str]
    """The packages that go into it with it, and their versions."""

    @property
    def slug(self) -> str:
        """The name of its file, and how that of its folder begins."""
        return self.package.strip("@").replace("/", "-")

    @property
    def folder(self) -> str:
        """Where it stands."""
        return f"{self.slug}-{self.version}"


BUNDLES = (
    Bundle(
        "vis-network",
        "10.1.5",
        "vis",
        'export { Network } from "vis-network/esnext"; export { DataSet } from "vis-data/esnext";',
        {
            "vis-data": "8.0.6",
            "vis-util": "6.0.3",
            "@egjs/hammerjs": "2.0.17",
            "component-emitter": "2.0.0",
            "keycharm": "0.4.0",
            "uuid": "14.0.3",
        },
    ),
    Bundle(
        "sigma",
        "3.0.3",
        "drawing",
        'export { Sigma } from "sigma"; export { MultiGraph } from "graphology"; '
        'export { NodeProgram, EdgeLineProgram, EdgeRectangleProgram } from "sigma/rendering"; '
        'export { floatColor } from "sigma/utils";',
        {"graphology": "0.26.0", "graphology-utils": "2.5.2", "events": "3.3.0"},
    ),
    Bundle(
        "@codemirror/view",
        "6.43.15",
        "editing",
        'export { EditorState } from "@codemirror/state"; '
        'export { EditorView, drawSelection, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view"; '
        'export { HighlightStyle, StreamLanguage, bracketMatching, syntaxHighlighting } from "@codemirror/language"; '
        'export { defaultKeymap, history, historyKeymap } from "@codemirror/commands"; '
        'export { autocompletion, completionKeymap } from "@codemirror/autocomplete"; '
        'export { setDiagnostics } from "@codemirror/lint"; '
        'export { sparql } from "@codemirror/legacy-modes/mode/sparql"; export { tags } from "@lezer/highlight";',
        {
            "@codemirror/autocomplete": "6.20.4",
            "@codemirror/commands": "6.11.1",
            "@codemirror/language": "6.13.1",
            "@codemirror/legacy-modes": "6.5.5",
            "@codemirror/lint": "6.9.8",
            "@codemirror/state": "6.7.6",
            "@lezer/common": "1.5.5",
            "@lezer/highlight": "1.2.5",
            "@marijn/find-cluster-break": "1.0.4",
            "crelt": "1.0.7",
            "style-mod": "4.1.5",
            "w3c-keyname": "2.2.8",
        },
    ),
)


def refresh() -> list[dict[str, object]]:
    """Build every library anew and write the lock; returns what the lock holds.

    Raises FileNotFoundError without npm, CalledProcessError where a package cannot be had or does not build.
    """
    entries: list[dict[str, object]] = []
    for bundle in BUNDLES:
        with tempfile.TemporaryDirectory() as folder:
            entries += _build(bundle, Path(folder))
    LOCK.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return entries


def _build(bundle: Bundle, work: Path) -> list[dict[str, object]]:
    parts = {bundle.package: bundle.version, **bundle.parts}
    (work / "package.json").write_text('{"private": true}', encoding="utf-8")
    (work / "entry.js").write_text(bundle.entry, encoding="utf-8")
    _run(
        work,
        "npm",
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--save-exact",
        *(f"{package}@{version}" for package, version in [*parts.items(), BUNDLER]),
    )
    _run(
        work,
        "npx",
        "--no-install",
        BUNDLER[0],
        "entry.js",
        "--bundle",
        "--minify",
        "--format=iife",
        "--target=es2020",
        "--charset=ascii",
        "--legal-comments=none",
        f"--global-name={bundle.name}",
        "--outfile=out.js",
    )
    licences = {package: _licences(work / "node_modules" / package) for package in parts}
    code = re.sub(
        r"^//[#@] sourceMappingURL=.*$", "", (work / "out.js").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    for old in VENDOR.glob(f"{bundle.slug}-[0-9]*"):
        shutil.rmtree(old)
    target = VENDOR / bundle.folder
    target.mkdir(parents=True)
    entries = [
        _write(
            bundle,
            bundle.package,
            f"{bundle.slug}.js",
            _notice(parts, licences) + code.strip() + "\n",
            work,
        )
    ]
    entries[0]["made_of"] = [
        {"package": p, "version": v, "licence": _declared(work, p)} for p, v in parts.items()
    ]
    for package, texts in licences.items():
        for name, text in texts.items():
            entries.append(
                _write(bundle, package, f"{package.replace('/', '-').strip('@')}.{name}.txt", text, work)
            )
    return entries


def _run(folder: Path, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"{program} is not installed")
    subprocess.run([found, *arguments], cwd=folder, check=True, capture_output=True)  # noqa: S603 (our own arguments)


def _licences(package: Path) -> dict[str, str]:
    """The licence texts of a package by name: {"MIT": text}."""
    found = {}
    for path in sorted(package.iterdir()):
        if path.name.lower().startswith("licen"):
            name = re.sub(r"(?i)^licen[cs]e-?|\.(md|txt)$", "", path.name) or "LICENCE"
            found[name] = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    if not found:
        raise FileNotFoundError(f"{package.name} comes without a licence text")
    return found


def _notice(parts: Mapping[str, str], licences: Mapping[str, Mapping[str, str]]) -> str:
    """The comment that keeps copyright and permission with the code wherever it is copied, all under the MIT licence."""
    lines, permission = [], ""
    for package, version in parts.items():
        text = licences[package].get("MIT") or next(iter(licences[package].values()))
        if "Permission is hereby granted, free of charge" not in text:
            raise ValueError(f"{package} is not under the MIT licence")
        lines += [
            f"{package} {version}",
            *(f"  {line.strip()}" for line in re.findall(r"(?im)^copyright.*$", text)),
        ]
        permission = permission or text[text.index("Permission is") :].strip()
    return "/*!\n{}\n\n{}\n*/\n".format("\n".join(lines), permission.replace("*/", "* /"))


def _declared(work: Path, package: str) -> str:
    return str(
        json.loads((work / "node_modules" / package / "package.json").read_text(encoding="utf-8"))["license"]
    )


def _write(bundle: Bundle, package: str, file: str, text: str, work: Path) -> dict[str, object]:
    path = VENDOR / bundle.folder / file
    path.write_text(text, encoding="utf-8", newline="\n")
    version = {bundle.package: bundle.version, **bundle.parts}[package]
    return {
        "package": package,
        "version": version,
        "file": f"{bundle.folder}/{file}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": _declared(work, package),
    }


if __name__ == "__main__":
    for entry in refresh():
        print(entry["file"], entry["sha256"])
