"""Writes the files of the package that are made from others: JSON Schemas, names, entities.

Run it after a change to ``monitor/gazetteer/*.yaml`` or ``monitor/rules/schema.py``:
``python tools/generate.py``. With ``--check`` it only says which files are out of date, exit 1.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from monitor import gazetteer
from monitor.rules import builtin, schema
from monitor.rules.inflection import slavic
from tools import cldr

MONITOR = Path(__file__).resolve().parent.parent / "monitor"
RULES = MONITOR / "rules"


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file and what it has to hold, in an order in which each may be written."""
    yield from ((RULES / "schemas" / name, text) for name, text in schema.files().items())
    yield MONITOR / "gazetteer" / builtin.GENERATED, cldr.text()
    yield RULES / builtin.SNAPSHOT, builtin.snapshot()
    yield RULES / "inflection" / slavic.SHIPPED, slavic.shipped_words(russian_words())


def russian_words() -> Iterator[str]:
    """Every word that the built-in entities have inflected as Russian, and a few more."""
    for entity in builtin.parse(gazetteer.files()).values():
        lists = [*entity.weak.values(), entity.not_, entity.confirm, entity.surnames]
        lists += [entity.given, entity.titles]
        for names in (entity.names, entity.adjectives):
            lists += [listed for lang, listed in names.items() if lang in ("ru", "*")]
        for word in (word for listed in lists for name in listed for word in name.split()):
            letter = next((c for c in word if c.isalpha()), "")
            if word[-1].isalpha() and unicodedata.name(letter or " ", "").startswith("CYRILLIC"):
                yield word


def main(arguments: list[str]) -> int:
    """The exit code."""
    is_check = "--check" in arguments
    is_old = False
    for path, text in generated():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        is_old = True
        if is_check:
            sys.stdout.write(f"{path}: out of date; run python tools/generate.py\n")
        else:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path}: written\n")
    return 1 if is_old and is_check else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
