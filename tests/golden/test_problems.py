"""What people are told about faulty files, word for word: the face of the product.

Each file under ``problems/`` has its expected text beside it, named like it with ``.txt``. To write
them anew after a change: ``GOLDEN=write pytest tests/golden/test_problems.py``, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.cli.problems import problem_text
from monitor.rulefiles import load

FOLDER = Path(__file__).parent / "problems"
FILES = sorted(p for p in FOLDER.rglob("*") if p.suffix in (".yaml", ".jsonl"))


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_every_fault_is_told_with_place_and_hint(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    loaded = load(file.relative_to(FOLDER), channels=["desk", "duty"])
    told = "".join(f"{problem_text(p)}\n" for p in loaded.problems)
    told += f"in force: {', '.join(r.id for r in loaded.rules) or 'nothing'}\n"
    expected = file.with_name(file.name + ".txt")
    if os.environ.get("GOLDEN") == "write":
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
