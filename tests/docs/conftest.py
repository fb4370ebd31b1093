"""A desk that has seen something, for the commands of the documentation to look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT


def environment() -> dict[str, str]:
    """This process's, without settings of ours and without colours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MONITOR_", "COV_"))}
    return kept | {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}


def monitor(
    *arguments: str, folder: Path, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        cwd=folder, env=environment() | {"PYTHONPATH": str(ROOT)} | (environ or {}),
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``monitor demo --keep`` leaves: a configuration and a database with alerts in it."""
    folder = tmp_path_factory.mktemp("docs") / "kept"
    done = monitor("demo", "--fast", "--keep", str(folder), folder=ROOT)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def desk(shown: Path, tmp_path: Path) -> Path:
    """A folder as a reader of the documentation has it: config.toml, rules/, a database."""
    folder = tmp_path / "desk"
    shutil.copytree(shown, folder)
    shutil.copytree(ROOT / "rules", folder / "rules")
    config = folder / "config.toml"
    lines = config.read_text(encoding="utf-8").splitlines()
    lines = ['rules = "rules"' if line.startswith("rules = ") else line for line in lines]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
