"""The house: who may import whom, and how large a module may be."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
STOREYS = ("ontology", "graph", "visualisations", "api")
MODULES = sorted(path for storey in STOREYS for path in (REPOSITORY / storey).rglob("*.py"))
LOWER = sorted(path for storey in STOREYS[:2] for path in (REPOSITORY / storey).rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Each module that a module imports, and whether barely (`import x`)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, True) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports by a relative name"
            yield node.module or "", False


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_from_its_own_storey_and_those_below_only(path: Path) -> None:
    own = STOREYS.index(path.relative_to(REPOSITORY).parts[0])
    used = {module.split(".")[0] for module, _ in imports(path)} & set(STOREYS)
    assert used <= set(STOREYS[: own + 1])


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_house_packages_are_never_imported_bare(path: Path) -> None:
    bare = {module for module, is_bare in imports(path) if is_bare and module.split(".")[0] in STOREYS}
    assert bare <= ({"graph.analyses"} if name_of(path) == "graph/analysis.py" else set())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", LOWER, ids=name_of)
def test_a_module_says_first_what_it_is_for(path: Path) -> None:
    assert (
        (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
        .split("\n")[0]
        .endswith((".", ":", "?"))
    )


@pytest.mark.parametrize(
    "path",
    sorted((REPOSITORY / "graph").rglob("__init__.py"))
    + sorted((REPOSITORY / "ontology").rglob("__init__.py")),
    ids=name_of,
)
def test_a_package_exports_nothing_of_its_own(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [type(node).__name__ for node in tree.body] == ["Expr"]


def test_tests_hold_no_package() -> None:
    assert list((REPOSITORY / "tests").rglob("__init__.py")) == []


def test_every_module_of_the_lower_storeys_can_be_imported_alone() -> None:
    for storey in STOREYS[:2]:
        package = importlib.import_module(storey)
        for module in pkgutil.walk_packages(package.__path__, f"{storey}."):
            assert importlib.import_module(module.name).__name__ == module.name
