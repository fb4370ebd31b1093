"""Writes the files of the package that are made from others: JSON Schemas, built-in entities.

Run it after a change to ``monitor/gazetteer/*.yaml`` or ``monitor/rules/schema.py``:
``python tools/generate.py``. With ``--check`` it only says which files are out of date, exit 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor.rules import builtin, schema

RULES = Path(__file__).resolve().parent.parent / "monitor" / "rules"


def generated() -> dict[Path, str]:
    """Every generated file and what it has to hold."""
    found = {RULES / "schemas" / name: text for name, text in schema.files().items()}
    return found | {RULES / builtin.SNAPSHOT: builtin.snapshot()}


def main(arguments: list[str]) -> int:
    """The exit code."""
    old = [
        (path, text)
        for path, text in generated().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in old:
        if "--check" in arguments:
            sys.stdout.write(f"{path}: out of date; run python tools/generate.py\n")
        else:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path}: written\n")
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
