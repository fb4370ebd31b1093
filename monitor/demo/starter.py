"""Finds the starter rules: in the checkout, or the copy that the build puts into the package."""

from __future__ import annotations

from pathlib import Path

import monitor

PACKAGE = Path(monitor.__file__).resolve().parent


def starter_rules() -> Path:
    """The directory of the starter rules. Raises FileNotFoundError when there is none."""
    for folder in (PACKAGE / "starter", PACKAGE.parent / "rules"):
        if any(folder.glob("*.yaml")):
            return folder
    raise FileNotFoundError("the starter rules are missing: install the monitor again")
