"""The built-in entities: data files, and how to get at their text.

Nothing is parsed here: `monitor.rules.build` reads the YAML, of these files as of the desk's own.
"""

from __future__ import annotations

from importlib import resources


def files() -> list[tuple[str, str]]:
    """Name and text of every built-in file, in order of name."""
    found = [
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in resources.files(__name__).iterdir()
        if entry.name.endswith(".yaml")
    ]
    return sorted(found)
