"""What an article says that its story has not said yet. Pure.

Asked for every article that joins a story, and for every new version of a known one. The answer is
careful: most outlets tell the same in other words, and a second alert for that is a fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from monitor.stories.claims import Status, Toll
from monitor.stories.features import Features, shingled


class NewsKind(StrEnum):
    """What kind of news an article brings."""

    STATUS = "status"
    TOLL = "toll"
    CORRECTION = "correction"
    DENIAL = "denial"
    FIGURES = "figures"
    LEAD = "lead"
    DOUBT = "doubt"

    @property
    def is_urgent(self) -> bool:
        """A correction or a denial is told however recent the last alert was."""
        return self in (NewsKind.CORRECTION, NewsKind.DENIAL)


@dataclass(frozen=True, slots=True)
class News:
    """``text`` is what the alert says: "new: 'withdrawn' in the headline; dead 12 → 29"."""

    kind: NewsKind
    text: str


def doubted(why: str) -> News:
    """What is told of an article that may be of another event than its story."""
    return News(NewsKind.DOUBT, f"new: perhaps another event, {why}")


COPY_WORDING = 0.4
CLOSE_COPY = 0.6
TURN_TAKES = timedelta(hours=1)
"""A report that comes within the hour of the first and names another turn in its headline stresses
another side of the same event."""
REPORTS = 3
"""A first report may leave out what the second tells: that somebody is under arrest is news when so
many have not said it. A truce or a resignation is news at once."""
KNOWN_PASSAGE = 0.35
"""A passage is known when so much of its wording has been seen in the story."""
KNOWN_LEAD = 0.2
NEW_SENTENCES = 3
CHANGED_FIGURES = 4
_AT_ONCE = (Status.CEASEFIRE, Status.RESIGNED)
_PASSAGES = {
    Status.DENIED: NewsKind.DENIAL,
    Status.WITHDRAWN: NewsKind.STATUS,
    Status.CORRECTED: NewsKind.CORRECTION,
    Status.REVISED: NewsKind.CORRECTION,
}
"""Turns that overthrow what was told: looked for in the text of a copy too."""


def what_is_new(
    mine: Features, story_so_far: Sequence[Features], *, age: timedelta = TURN_TAKES
) -> News | None:
    """Compare ``mine``, as `features` made it, with the reports of its story; None for nothing.

    ``age`` is the time since the story's first report.
    """
    if mine.telling is None or not story_so_far:
        return None
    known = _Known.of(story_so_far)
    copied = max(_wording(mine, report) for report in story_so_far)
    found = [
        news
        for news in (
            _overthrown(mine, known, copied),
            _toll(mine, known),
            _status(mine, known) if age >= TURN_TAKES else None,
            _figures(mine, story_so_far, copied),
            _lead(mine, known, copied),
        )
        if news is not None
    ]
    if not found:
        return None
    return News(found[0].kind, "new: " + "; ".join(news.text for news in found))


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything that a story's reports have said."""

    shingles: frozenset[int]
    terms: frozenset[int]
    statuses: frozenset[Status]
    tolls: dict[str, int]
    words: int
    reports: int

    @staticmethod
    def of(reports: Sequence[Features]) -> _Known:
        tolls: dict[str, int] = {}
        for report in reports:
            for kind, n in (report.tolls or {}).items():
                tolls[kind] = max(n, tolls.get(kind, 0))
        return _Known(
            shingles=frozenset().union(*(r.shingles for r in reports)),
            terms=frozenset().union(*(r.terms for r in reports)),
            statuses=frozenset().union(*(r.statuses for r in reports)),
            tolls=tolls,
            words=max(r.words for r in reports),
            reports=len(reports),
        )


def _shared(some: frozenset[int], known: frozenset[int]) -> float:
    return len(some & known) / len(some) if some else 1.0


def _wording(mine: Features, report: Features) -> float:
    """The share of the shorter one's wording that both have, as the decision sees it."""
    smaller = min(len(mine.shingles), len(report.shingles))
    return len(mine.shingles & report.shingles) / max(smaller, 8)


def _overthrown(mine: Features, known: _Known, copied: float) -> News | None:
    """A denial, withdrawal or correction in a passage that the story has not had."""
    assert mine.telling is not None
    for claim in mine.telling.claims:
        kind = _PASSAGES.get(claim.status)
        if kind is None or claim.status in known.statuses:
            continue
        if claim.where and copied < CLOSE_COPY:
            continue
        passage = frozenset(shingled(list(claim.around)))
        if _shared(passage & mine.shingles, known.shingles) > KNOWN_PASSAGE:
            continue
        place = ("the headline", "the lead", "the text")[claim.where]
        return News(kind, f"“{claim.word}” in {place}")
    return None


def _status(mine: Features, known: _Known) -> News | None:
    """A turn in the headline that no report has named."""
    assert mine.telling is not None
    for claim in mine.telling.claims:
        if claim.where or claim.status in known.statuses or claim.status in _PASSAGES:
            continue
        if claim.status in _AT_ONCE or known.reports >= REPORTS:
            return News(NewsKind.STATUS, f"“{claim.word}” in the headline")
    return None


def _toll(mine: Features, known: _Known) -> News | None:
    """A higher count of victims in headline or first sentence than in any report.

    Who counts as injured differs by one or two between accounts of one hour; that is no news.
    """
    assert mine.telling is not None
    for kind, n in mine.telling.tolls.items():
        before = known.tolls.get(kind)
        if kind is Toll.ARRESTED or before is None:
            continue
        more = max(2, before / 4) if kind is Toll.INJURED else 1
        if n >= before + more:
            return News(NewsKind.TOLL, f"{kind} {before} → {n}")
    return None


def _figures(mine: Features, reports: Sequence[Features], copied: float) -> News | None:
    """In a copy, figures that no report had, in the place of figures that are gone."""
    if copied < CLOSE_COPY:
        return None
    known = frozenset().union(*(r.figures for r in reports))
    changed = {
        mine.places[place]
        for report in reports
        for place in mine.places.keys() & report.places.keys()
        if mine.places[place] not in known and report.places[place] not in mine.figures
    }
    if len(changed) >= CHANGED_FIGURES:
        return News(NewsKind.FIGURES, f"{len(changed)} figures have changed")
    return None


def _lead(mine: Features, known: _Known, copied: float) -> News | None:
    """Another beginning over known text: its first three sentences are new."""
    assert mine.telling is not None
    if copied < COPY_WORDING or known.words < 40:
        return None
    new = [text for text, shingles in mine.telling.opening if _is_new(shingles, mine, known)]
    if len(new) < NEW_SENTENCES:
        return None
    return News(NewsKind.LEAD, f"the lead: “{_short(new[0])}”")


def _is_new(shingles: frozenset[int], mine: Features, known: _Known) -> bool:
    sampled = shingles & mine.shingles
    return len(sampled) >= 3 and _shared(sampled, known.shingles) <= KNOWN_LEAD


def _short(text: str, limit: int = 120) -> str:
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0] + "…"
