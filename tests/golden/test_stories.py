"""The labelled stories: sixty events in five languages, each told five times, four of one form.

The thresholds are what was measured, less a margin; `python -m bench grouping` prints the figures.
"""

from __future__ import annotations

import json

from bench.grouping import GOLDEN, judge


def test_labelled_reports_are_grouped_and_told_as_well_as_ever() -> None:
    quality = judge([json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()])
    assert quality.f1 >= 0.96
    assert quality.precision >= 0.98
    assert quality.leak <= 0.05
    assert quality.missed <= 0.02
    assert quality.material is not None
    assert quality.material >= 0.85
