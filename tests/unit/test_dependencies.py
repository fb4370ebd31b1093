"""What the program imports is what pyproject.toml asks for: nothing missing, nothing idle."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

WITHOUT_IMPORT = {
    "sniffio": "httpcore tries to import it on every request, and is slower where it is missing",
}
"""Declared although no module of ours imports them, and why."""


def roots(source: str) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def distributions(packages: Iterable[str]) -> set[str]:
    """The names under which third-party packages are installed; KeyError when one is not."""
    known = packages_distributions()
    foreign = set(packages) - sys.stdlib_module_names - {"monitor"}
    return {canonicalize_name(known[package][0]) for package in foreign}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    modules = list((ROOT / "monitor").rglob("*.py"))
    assert len(modules) > 100
    return distributions(
        root for module in modules for root in roots(module.read_text(encoding="utf-8"))
    )


@pytest.fixture(scope="module")
def declared() -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}


def test_every_import_is_declared(imported: set[str], declared: set[str]) -> None:
    """What comes along with something else today may be gone with its next version."""
    assert imported - declared == set()


def test_every_dependency_is_imported(imported: set[str], declared: set[str]) -> None:
    assert declared - imported == set(WITHOUT_IMPORT)


def test_imports_are_found_wherever_they_stand() -> None:
    source = "import a.b, os\nfrom c.d import e\nfrom . import f\ndef g():\n    import h\n"
    assert list(roots(source)) == ["a", "os", "c", "h"]
    assert distributions(["os", "ruamel", "monitor"]) == {"ruamel-yaml"}
