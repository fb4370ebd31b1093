"""Whether two reports in different scripts tell one event. Pure.

A Russian or Arabic report shares no word with an English one, but the entities of the rules and its
figures. Asked where no report was close enough by its words. Within one script names are compared
instead, across languages too, and say more.

The bounds were fitted on labelled reports in nine languages and on English ones of which only
entities and figures were compared (docs/design-notes.md).
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from monitor.stories.decide import STORY_LIFE, Candidate, Kind, Membership
from monitor.stories.features import DATES, Features
from monitor.stories.frequencies import Frequencies

WITHIN = timedelta(hours=36)
"""Accounts in other languages come within a day; figures of a running story return for longer."""
MARGIN = 5.0
"""What the figures have to weigh above the logarithm of the articles known: by chance alone any two
share something."""
ENTITIES_COUNT = 4.0
"""The entities weigh this much at most: those of one country come together. Below `MARGIN`, so that
one figure is never enough, however rare: every second such link was wrong."""
_SHOWN = 3
_ONE_SCRIPT = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "IDEOGRAPHIC": "CJK"}


@dataclass(frozen=True, slots=True)
class _Shared:
    """What ``other`` has in common, the weightiest first, and what it weighs in all."""

    other: Candidate
    entities: Sequence[int]
    figures: Sequence[int]
    weight: float


def across(
    mine: Features, candidates: Sequence[Candidate], frequencies: Frequencies, now: datetime
) -> Membership | None:
    """The story of the report in another script that shares most; None when none shares enough."""
    if mine.telling is None or not mine.entities:
        return None
    own = script(mine.title)
    best: _Shared | None = None
    for other in candidates:
        if now - other.at > WITHIN or now - other.story_since >= STORY_LIFE:
            continue
        shared = _shared(mine, other, frequencies)
        if shared is None or (best is not None and shared.weight <= best.weight):
            continue
        if script(other.report.title) != own:
            best = shared
    if best is None or best.weight < MARGIN + math.log(1 + frequencies.articles):
        return None
    shown = mine.telling.shown
    entities = ", ".join(shown[e] for e in best.entities[:_SHOWN])
    figures = ", ".join(shown[f] for f in best.figures[:_SHOWN])
    reason = f"the same event in another language ({entities}; {figures})"
    return Membership(best.other.story, reason, best.weight, Kind.ACROSS)


def _shared(mine: Features, other: Candidate, frequencies: Frequencies) -> _Shared | None:
    theirs = other.report.outline
    figures = mine.figures.intersection(theirs.figures) - DATES
    entities = mine.entities.intersection(theirs.entities)
    if not figures or not entities:
        return None
    known = {f: frequencies.weights[f] - 1 for f in figures | entities}
    by_weight = sorted(known, key=lambda f: (-known[f], f))
    weight = sum(known[f] for f in figures)
    weight += min(sum(known[e] for e in entities), ENTITIES_COUNT)
    return _Shared(
        other,
        [e for e in by_weight if e in entities],
        [f for f in by_weight if f in figures],
        weight,
    )


@lru_cache(maxsize=4096)
def script(text: str) -> str:
    """The script of most of the letters of ``text``, by its name in Unicode; "" without letters."""
    if text.isascii():
        return "LATIN" if any(map(str.isalpha, text)) else ""
    found = Counter(
        unicodedata.name(c, "").split(" ")[0].split("-")[0] for c in text if c.isalpha()
    )
    if not found:
        return ""
    name = found.most_common(1)[0][0]
    return _ONE_SCRIPT.get(name, name)
