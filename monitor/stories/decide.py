"""Which story an article belongs to, and why. Pure.

Three ways into a story: the same headline soon after; a near copy (half of the shorter text's
wording, and its names); and the same event in other words, by the weight of the evidence. A text
with the wording of another but other names is another story (the template veto).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model import ArticleId, StoryId
from monitor.stories.claims import Status, Toll
from monitor.stories.evidence import Evidence, Probe
from monitor.stories.features import Features, hashed
from monitor.stories.frequencies import Frequencies

WINDOW = timedelta(days=14)
"""A story takes in articles as long after its last one."""
STORY_LIFE = timedelta(days=30)
"""And this long in all, or a daily headline would be told once and never again."""

COPY_WORDING = 0.4
COPY_OVERLAP = 4
COPY_NAMED = 0.5
SURE_COPY_WORDING, SURE_COPY_NAMED = 0.6, 0.3
OLD_COPY_OVERLAP = 10
"""After `SAME_TITLE_WITHIN`: more than a headline, which may be that of a series."""
VETO_WORDING, VETO_OVERLAP, VETO_NAMED = 0.25, 8, 0.4
WEIGHED = 24
"""Candidates that are weighed in full, the nearest at a glance."""
VETO_NAMES = 4
"""Two reports that have so many names and none in common tell of two events."""
SAME_TITLE_WORDS = 4
MAX_SLOTS = 2
"""Names in which two headlines may differ and still be of one template."""
SAME_TITLE_WITHIN = timedelta(hours=48)
"""A headline that returns after days is a series (a briefing, a count), not the same report."""
JOIN = 0.5
"""Logit from which an article joins."""
COLD, COLD_ARTICLES = 0.6, 600
"""While it is not known yet which terms are rare, so much more is asked, less by the article."""
COLD_NAMES = 100
COLD_TERMS, COLD_OTHER_STATUS_TERMS = 0.2, 0.3
"""For the first `COLD_NAMES` articles the names that all reports of the stream share look telling.
Two reports have to be so much alike in their other terms too, and more when they say that different
things have happened: one put into the wrong story might be told to nobody."""
USUAL_NOISE = -1.5
"""The score that three of four strangers stay below in a stream that rules have filtered."""


NOISE_WEIGHT = 2.5
"""An unfiltered stream brings strangers that come closer, and asks for so much more."""


class Kind(StrEnum):
    """How an article came to its story."""

    OPENS = "opens"
    HEADLINE = "headline"
    COPY = "copy"
    EVENT = "event"
    ACROSS = "across"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article of the window that shares rare terms or wording. ``story_since``: its start."""

    article: ArticleId
    story: StoryId
    features: Features
    at: datetime
    story_since: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """``story`` is None for a story of its own. ``reason`` is for the timeline.

    ``score`` is the logit of the best event, which the noise of the stream is learnt from.
    """

    story: StoryId | None
    reason: str
    score: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Seen:
    other: Candidate
    evidence: Evidence


def decide(
    mine: Features,
    candidates: Sequence[Candidate],
    frequencies: Frequencies,
    now: datetime,
) -> Membership:
    """The story of the closest report among ``candidates``, or one of its own."""
    probe = Probe(mine, frequencies)
    alive = [c for c in candidates if now - c.story_since < STORY_LIFE]
    if len(alive) > WEIGHED:
        alive.sort(key=lambda c: -probe.nearness(c.features))
        del alive[WEIGHED:]
    seen = [_Seen(c, probe.weigh(c.features, abs((now - c.at) / timedelta(days=1)))) for c in alive]
    others = {s.other.story for s in seen if _other_headline_name(mine, s.other.features)}
    seen = [s for s in seen if s.other.story not in others]
    copy = _closest_copy(mine, seen, now)
    if copy is not None:
        return copy
    found = _same_event(mine, [s for s in seen if not _is_series(mine, s, now)], frequencies)
    if others and found.story is None:
        return replace(found, reason="the headline of another story with another name in it")
    return found


def _closest_copy(mine: Features, seen: Sequence[_Seen], now: datetime) -> Membership | None:
    best: Membership | None = None
    for s in seen:
        other, e = s.other, s.evidence
        recent = now - other.at <= SAME_TITLE_WITHIN
        same_title = recent and mine.title == other.features.title
        if same_title and len(mine.title.split()) >= SAME_TITLE_WORDS and e.named >= COPY_NAMED:
            found = Membership(other.story, "the same headline", 9.0, Kind.HEADLINE)
        elif _is_copy(e, recent):
            reason = f"a near copy ({e.wording:.0%} of the wording, {e.named:.0%} of the names)"
            found = Membership(other.story, reason, 8.0 + e.wording, Kind.COPY)
        else:
            continue
        if best is None or found.score > best.score:
            best = found
    return best


def _is_series(mine: Features, seen: _Seen, now: datetime) -> bool:
    return now - seen.other.at > SAME_TITLE_WITHIN and mine.title == seen.other.features.title


def _is_template(e: Evidence) -> bool:
    """The wording of another report about other people or places; or no name of several."""
    wording = e.wording >= VETO_WORDING and e.overlap >= VETO_OVERLAP and e.named < VETO_NAMED
    return wording or (e.named == 0 and e.fewest_names >= VETO_NAMES)


def _other_headline_name(mine: Features, other: Features) -> bool:
    """Whether both have one headline but for a name, and neither text has the other's name.

    "Troops sent to Agadez" and "Troops sent to Diffa": short reports have too little wording for
    the template veto, and a merged one would be told to nobody.
    """
    one, two = mine.title.split(), other.title.split()
    if len(one) != len(two) or len(one) < SAME_TITLE_WORDS:
        return False
    changed = [(hashed(a), hashed(b)) for a, b in zip(one, two, strict=True) if a != b]
    return 1 <= len(changed) <= MAX_SLOTS and all(
        a in mine.names and b in other.names and a not in other.terms and b not in mine.terms
        for a, b in changed
    )


def _only_names(mine: Features, seen: _Seen) -> bool:
    """Whether little but names speaks for one event."""
    said = _happened(mine)
    is_other = bool(said) and said.isdisjoint(_happened(seen.other.features))
    least = COLD_OTHER_STATUS_TERMS if is_other else COLD_TERMS
    return seen.evidence.terms < least


def _happened(features: Features) -> frozenset[Status | Toll]:
    return features.statuses | frozenset(features.tolls or ())


def _is_copy(e: Evidence, recent: bool) -> bool:
    if e.overlap < (COPY_OVERLAP if recent else OLD_COPY_OVERLAP):
        return False
    return (e.wording >= COPY_WORDING and e.named >= COPY_NAMED) or (
        e.wording >= SURE_COPY_WORDING and e.named >= SURE_COPY_NAMED
    )


def _needed(frequencies: Frequencies) -> float:
    """The score to join at: more while little is known, and where strangers come close."""
    new = COLD * max(0.0, 1.0 - frequencies.articles / COLD_ARTICLES)
    return JOIN + new + NOISE_WEIGHT * max(0.0, frequencies.noise - USUAL_NOISE)


def _same_event(mine: Features, seen: Sequence[_Seen], frequencies: Frequencies) -> Membership:
    """By story, the mean of its two closest reports: one alone may be close by chance."""
    scores: dict[StoryId, list[_Seen]] = {}
    barred: set[StoryId] = set()
    for s in seen:
        if _is_template(s.evidence):
            barred.add(s.other.story)
        else:
            scores.setdefault(s.other.story, []).append(s)
    best, closest = -9.0, None
    for story, reports in scores.items():
        reports.sort(key=lambda s: -s.evidence.logit)
        score = sum(s.evidence.logit for s in reports[:2]) / len(reports[:2])
        if story not in barred and score > best:
            best, closest = score, reports[0]
    needed = _needed(frequencies)
    cold = frequencies.articles < COLD_NAMES
    if closest is None or best < needed or (cold and _only_names(mine, closest)):
        why = "no earlier report is close enough" if not barred else "the wording of another story"
        return Membership(None, why, best, Kind.OPENS)
    e = closest.evidence
    reason = f"the same event in other words (terms {e.terms:.0%}, names {e.names:.0%} alike)"
    return Membership(closest.other.story, reason, best, Kind.EVENT)
