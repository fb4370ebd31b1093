"""Which story an article belongs to: near copies of a known report join its story. Pure.

Constants are those measured on three labelled sets (docs/design-notes.md): a copy shares half of
the shorter text's shingles, at least six of them, and half of its names; a text with the wording of
another but other names is another story (the template veto).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import ArticleId, StoryId
from monitor.stories.features import Features

COPY_CONTAINMENT = 0.5
COPY_OVERLAP = 6
OLD_COPY_OVERLAP = 20
"""After `SAME_TITLE_WITHIN`: more than a headline, which may be that of a series."""
NAMES_CONTAINMENT = 0.5
SAME_TITLE_WORDS = 4
SAME_TITLE_WITHIN = timedelta(hours=48)
"""A headline that returns after days is a series (a briefing, a count), not the same report."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article of the window that shares indexed shingles.

    ``title`` and ``entities`` are folded, as in `Features`; ``story_since``: when its story began.
    """

    article: ArticleId
    story: StoryId
    shingles: frozenset[int]
    entities: frozenset[str]
    title: str
    at: datetime
    story_since: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """``story`` is None for a story of its own. ``reason`` is for the timeline."""

    story: StoryId | None
    reason: str
    score: float = 0.0


def decide(mine: Features, candidates: Sequence[Candidate], *, now: datetime) -> Membership:
    """The story of the closest copy among ``candidates``, or a new one."""
    best = Membership(None, "no earlier report is close enough")
    for other in candidates:
        found = _compare(mine, other, now)
        if found.story is not None and found.score > best.score:
            best = found
    return best


def _compare(mine: Features, other: Candidate, now: datetime) -> Membership:
    overlap = len(mine.shingles & other.shingles)
    smaller = min(len(mine.shingles), len(other.shingles))
    containment = overlap / smaller if smaller else 0.0
    named = _containment(mine.entities, other.entities)
    if named < NAMES_CONTAINMENT:
        return Membership(None, f"other names ({named:.0%} shared)")
    recent = now - other.at <= SAME_TITLE_WITHIN
    if recent and mine.title == other.title and len(mine.title.split()) >= SAME_TITLE_WORDS:
        return Membership(other.story, "the same headline", 1.0)
    needed = COPY_OVERLAP if recent else OLD_COPY_OVERLAP
    if containment >= COPY_CONTAINMENT and overlap >= needed:
        reason = f"a near copy ({containment:.0%} of the wording, {named:.0%} of the names shared)"
        return Membership(other.story, reason, 0.9 * containment)
    return Membership(None, f"other wording ({containment:.0%} shared)")


def _containment(a: frozenset[str], b: frozenset[str]) -> float:
    """Share of the smaller set that the other has; 1 where one side has nothing to compare."""
    if not a or not b:
        return 1.0
    return len(a & b) / min(len(a), len(b))
