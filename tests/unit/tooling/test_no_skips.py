"""In CI a skipped test fails, with the reason it was skipped for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SKIPS = {
    "a test": "def test_it():\n    pytest.skip('no server')\n",
    "a marker": "@pytest.mark.skip(reason='no server')\ndef test_it():\n    pass\n",
    "a fixture": (
        "@pytest.fixture\ndef s():\n    pytest.skip('no server')\n\ndef test_it(s):\n    pass\n"
    ),
    "a module": "pytest.skip('no server', allow_module_level=True)\n",
}
FINE = (
    "@pytest.mark.xfail(reason='known')\ndef test_it():\n    assert False\n\n"
    "def test_other():\n    pass\n"
)


def run(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(f"import pytest\n\n{source}", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.no_skips",
         "--rootdir", folder, folder],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT,
    )  # fmt: skip


@pytest.mark.parametrize("source", SKIPS.values(), ids=SKIPS.keys())
def test_a_skip_fails_with_its_reason(tmp_path: Path, source: str) -> None:
    done = run(tmp_path, source)
    assert done.returncode != 0
    assert "no server" in done.stdout


def test_other_outcomes_stay_as_they_are(tmp_path: Path) -> None:
    done = run(tmp_path, FINE)
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 xfailed" in done.stdout
