"""The labelled stories: sixty events in five languages, each told five times, four of one form, and
72 events that two to four languages tell, of which every other has a look-alike in its week.

The thresholds are what was measured, less a margin; `python -m bench grouping languages` prints the
figures.
"""

from __future__ import annotations

import json

from bench import languages
from bench.grouping import GOLDEN, judge


def test_labelled_reports_are_grouped_and_told_as_well_as_ever() -> None:
    quality = judge([json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()])
    assert quality.f1 >= 0.96
    assert quality.precision >= 0.98
    assert quality.leak <= 0.05
    assert quality.missed <= 0.02
    assert quality.material is not None
    assert quality.material >= 0.85


def test_reports_in_other_languages_join_their_story_and_no_other() -> None:
    told = languages.tell(languages.starter())
    for half in ("fit", "test"):
        judged = languages.judge(told, half)
        assert judged.wrong == 0
        assert judged.right >= 50
        assert judged.quality.missed <= 0.09
        assert judged.quality.leak <= 0.25
        latin, cyrillic, arabic = (judged.recalls[pair] for pair in languages.SCRIPTS)
        assert latin >= 0.9
        assert min(cyrillic, arabic) >= 0.3
