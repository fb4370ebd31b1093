"""The pinned requirements agree with pyproject.toml, are hashed, and name no package server."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[3]
PINS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

RUNTIME = [
    *PROJECT["project"]["dependencies"],
    *PROJECT["project"]["optional-dependencies"]["postgres"],
]


def pins(name: str) -> dict[str, Version]:
    """The versions that a requirements file pins for this Python and platform."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    found: dict[str, Version] = {}
    for line in text.splitlines():
        if re.match(r"[a-z0-9]", line):
            pinned = Requirement(line.removesuffix(" \\"))
            if pinned.marker is None or pinned.marker.evaluate({**default_environment()}):
                (specifier,) = pinned.specifier
                assert specifier.operator == "=="
                found[canonicalize_name(pinned.name)] = Version(specifier.version)
    return found


def unmet(wanted: list[str], pinned: dict[str, Version]) -> list[str]:
    """The requirements that the pins do not satisfy."""
    requirements = [Requirement(w) for w in wanted]
    return [
        str(r)
        for r in requirements
        if (version := pinned.get(canonicalize_name(r.name))) is None
        or not r.specifier.contains(version)
    ]


def test_the_runtime_pins_satisfy_the_project() -> None:
    assert unmet(RUNTIME, pins("runtime.txt")) == [], "run: make lock"


def test_the_development_pins_satisfy_the_project() -> None:
    assert unmet(PROJECT["dependency-groups"]["dev"], pins("dev.txt")) == [], "run: make lock"


def test_the_build_pins_satisfy_the_build_system() -> None:
    assert unmet(PROJECT["build-system"]["requires"], pins("build.txt")) == [], "run: make lock"


def test_what_is_tested_is_what_is_shipped() -> None:
    runtime, dev = pins("runtime.txt"), pins("dev.txt")
    assert runtime.items() <= dev.items()


@pytest.mark.parametrize("file", PINS, ids=lambda f: f.name)
def test_every_pin_is_hashed_and_no_server_is_named(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text)
    for entry in entries:
        if re.match(r"[a-z0-9]", entry):
            assert "--hash=sha256:" in entry, entry
    assert "://" not in text
    assert "-url" not in text
    assert "find-links" not in text


def test_an_unmet_requirement_would_be_noticed() -> None:
    pinned = {"httpx": Version("0.27.0")}
    assert unmet(["httpx>=0.28,<0.29", "lark>=1.3"], pinned) == ["httpx<0.29,>=0.28", "lark>=1.3"]
