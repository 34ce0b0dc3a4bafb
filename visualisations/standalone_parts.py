"""What every stand-alone page holds as it stands: library, script, style, and the policy that allows these alone."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

_LIBRARY = "vendor/vis-network-10.1.5/vis-network.js"


@cache
def parts() -> Mapping[str, str]:
    """The parts by the names that the template has for them."""
    library, script, style = _file(_LIBRARY), _inlined("standalone.js"), _inlined("standalone.css")
    allowed = f"script-src {_hash(library)} {_hash(script)}; style-src {_hash(style)}; img-src data:"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    return {"library": library, "script": script, "style": style, "policy": policy}


def _file(name: str) -> str:
    return files("visualisations").joinpath("static", name).read_text(encoding="utf-8")


def _inlined(name: str) -> str:
    """A file of ours without its first line, which is for those who edit it."""
    text = _file(name)
    return text[text.index("\n") :]


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
