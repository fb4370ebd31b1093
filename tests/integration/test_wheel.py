"""The built package holds all that the checkout does: data files, and the starter rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("monitor", "rules", "pyproject.toml", "setup.py", "README.md")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as pip would. Built with no network."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, source / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, source / name)
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index",
         "--no-build-isolation", "--wheel-dir", folder, source],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


def files(folder: Path) -> set[str]:
    """Paths below a folder, without what Python leaves there."""
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return {str(p) for p in found if "__pycache__" not in p.parts}


def test_no_file_of_the_package_is_left_behind(unpacked: Path) -> None:
    packed = {f for f in files(unpacked / "monitor") if not f.startswith("starter/")}
    assert packed == files(ROOT / "monitor")


def test_the_starter_rules_come_along_and_are_found(unpacked: Path) -> None:
    assert files(unpacked / "monitor" / "starter") == files(ROOT / "rules")
    program = "from monitor.demo.starter import starter_rules; print(starter_rules())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=60, check=True, cwd=unpacked,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
    )  # fmt: skip
    assert Path(done.stdout.strip()) == unpacked / "monitor" / "starter"
