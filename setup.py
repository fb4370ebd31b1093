"""Puts a copy of the starter rules into the built package; all else stands in pyproject.toml.

The rules live in ``rules/``, where a desk edits them. A wheel has no such folder, so the build
copies it to ``monitor/starter``; an editable install reads the checkout's own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


class BuildWithStarterRules(build_py):
    """``build_py``, plus the starter rules."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "monitor" / "starter"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(HERE / "rules", target)


setup(cmdclass={"build_py": BuildWithStarterRules})
