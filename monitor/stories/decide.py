"""Which story an article belongs to, and why. Pure.

Three ways into a story: the same headline soon after; a near copy (two fifths of the shorter text's
wording, and its names); and the same event in other words, by the weight of the evidence. A text
with the wording of another but other names is another story (the template veto). Where the choice
is doubtful it says so, and the article is told although it joins.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from monitor.model import ArticleId, StoryId
from monitor.stories.claims import Status, Toll
from monitor.stories.evidence import Evidence, Probe
from monitor.stories.features import Features, hashed
from monitor.stories.frequencies import Frequencies
from monitor.stories.packing import Report

WINDOW = timedelta(days=14)
"""A story takes in articles as long after its last one."""
STORY_LIFE = timedelta(days=30)
"""And this long in all, or a daily headline would be told once and never again."""

COPIES = ((0.35, 0.6), (0.4, 0.5), (0.6, 0.3))
"""(wording, names): a near copy has so much of both in common; the more words, the fewer names."""
COPY_OVERLAP = 4
OLD_COPY_OVERLAP = 10
"""After `SAME_TITLE_WITHIN`: more than a headline, which may be that of a series."""
SAME_TITLE_NAMED = 0.5
VETO_WORDING, VETO_OVERLAP, VETO_NAMED = 0.25, 8, 0.4
"""The names a text in another's wording has to share, less by half for one wholly in it: a cut or
reshaped copy loses names, and in a template other names break the wording."""
RIVAL = 1.0
"""`Evidence.rival` from which two headlines tell of other people or places."""
WEIGHED = 6
"""Candidates that are weighed in full, the nearest at a glance."""
HOPELESS = {2: 6.0, 3: 4.0}
"""When so many of the nearest are by so much too far to join, so is the rest."""
SAME_TITLE, COPY, CLEAR_COPY = 9.0, 8.0, 8.7
"""The score of a report with the same headline, and of a near copy, to which the share of common
wording is added. From the last one on no other report is looked at."""
SAME_TITLE_WORDS = 4
MAX_SLOTS = 2
"""Names in which two headlines may differ and still be of one template."""
SAME_TITLE_WITHIN = timedelta(hours=48)
"""A headline that returns after days is a series (a briefing, a count), not the same report."""
JOIN = 1.5
"""Logit from which an article joins."""
COLD, COLD_ARTICLES = 1.5, 50
"""So much more is asked of the first articles of a stream, less by each: the names that all its
reports share still look telling."""
COLD_NAMES = 100
COLD_TERMS, COLD_OTHER_STATUS_TERMS = 0.2, 0.3
"""Of the first `COLD_NAMES` articles two have to be so much alike in their other terms too, and
more when they say that different things have happened: what a rule asks for is in all of them."""
BIGGER = 0.5
"""Of several stories to join, one with e times the reports may be so much less close: a story that
was opened by mistake should not draw the rest of its event to itself."""
DOUBT = 0.5
"""An article that joins a single report by less is told as well: one put into the wrong story is
told to nobody, and two reports confirm what one does not."""
FAR, APART = 2, 3.0
"""An article is close to some reports of a story and far from at least as many others, the nearest
of which is so much farther than the closest: the story may hold two events."""
ONE_LANGUAGE = 0.1
"""Reports whose terms are less alike are mostly in two languages: far, and of one event."""
USUAL_NOISE = -1.0
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


class Candidate(NamedTuple):
    """An article of the window that shares rare terms or wording. ``story_since``: its start."""

    article: ArticleId
    story: StoryId
    report: Report
    at: datetime
    story_since: datetime

    @property
    def features(self) -> Features:
        """What the report says."""
        return self.report.features


@dataclass(frozen=True, slots=True)
class Membership:
    """``story`` is None for a story of its own. ``reason`` is for the timeline.

    ``score`` is the logit of the best event, which the noise of the stream is learnt from.
    ``doubt`` says why an article that joins may be of another event; empty where there is none.
    """

    story: StoryId | None
    reason: str
    score: float
    kind: Kind
    doubt: str = ""


class _Seen(NamedTuple):
    other: Candidate
    evidence: Evidence
    copy: Membership | None


def decide(
    mine: Features,
    candidates: Sequence[Candidate],
    frequencies: Frequencies,
    now: datetime,
) -> Membership:
    """The story of the closest report among ``candidates``, or of one that is clearly copied, or
    one of its own."""
    probe = Probe(mine, frequencies)
    alive = [c for c in candidates if now - c.story_since < STORY_LIFE]
    if len(alive) > 1:
        # A common headline may be all that two reports have in common.
        alive.sort(key=lambda c: (c.report.title != mine.title, -probe.nearness(c.report)))
        del alive[WEIGHED:]
    others = {c.story for c in alive if _other_headline_name(mine, c)}
    needed = _needed(frequencies)
    seen = _weighed(probe, [c for c in alive if c.story not in others], needed, now)
    copies = [s.copy for s in seen if s.copy is not None]
    if copies:
        return max(copies, key=lambda copy: copy.score)
    comparable = [s for s in seen if not _is_series(mine, s, now)]
    if frequencies.articles < COLD_NAMES:
        comparable = [s for s in comparable if not _only_names(mine, s)]
    found = _same_event(comparable, needed)
    if others and found.story is None:
        return replace(found, reason="the headline of another story with another name in it")
    return found


def _weighed(
    probe: Probe, candidates: Sequence[Candidate], needed: float, now: datetime
) -> list[_Seen]:
    """Weigh ``candidates``, the nearest first, until one is clearly a copy or all are strangers."""
    seen: list[_Seen] = []
    nearest = -math.inf
    for candidate in candidates:
        days = abs((now - candidate.at) / timedelta(days=1))
        evidence = probe.weigh(candidate.report, days)
        copy = _copy(probe.title, candidate, evidence, now)
        seen.append(_Seen(candidate, evidence, copy))
        if copy is not None and copy.score >= CLEAR_COPY:
            break
        nearest = max(nearest, math.inf if evidence.overlap >= COPY_OVERLAP else evidence.logit)
        if nearest < needed - HOPELESS.get(len(seen), math.inf):
            break
    return seen


def _copy(title: str, other: Candidate, e: Evidence, now: datetime) -> Membership | None:
    """The membership in the story of ``other`` if it has the same headline or wording."""
    is_recent = now - other.at <= SAME_TITLE_WITHIN
    is_same = is_recent and title == other.report.title
    if is_same and len(title.split()) >= SAME_TITLE_WORDS and e.named >= SAME_TITLE_NAMED:
        return Membership(other.story, "the same headline", SAME_TITLE, Kind.HEADLINE)
    if _is_copy(e, is_recent):
        reason = f"a near copy ({e.wording:.0%} of the wording, {e.named:.0%} of the names)"
        return Membership(other.story, reason, COPY + e.wording, Kind.COPY)
    return None


def _is_series(mine: Features, seen: _Seen, now: datetime) -> bool:
    return now - seen.other.at > SAME_TITLE_WITHIN and mine.title == seen.other.report.title


def _is_template(e: Evidence) -> bool:
    """The wording of another report about other people or places."""
    return _in_its_words(e) and e.named < VETO_NAMED * (1 - e.wording / 2)


def _is_rival(e: Evidence) -> bool:
    """The wording of another report, and each headline names what the other text does not have.

    Where nouns have capitals, most names of a template are the same ("Explosion in Bad Rhoden").
    """
    return _in_its_words(e) and e.rival > RIVAL


def _in_its_words(e: Evidence) -> bool:
    return e.wording >= VETO_WORDING and e.overlap >= VETO_OVERLAP


def _other_headline_name(mine: Features, candidate: Candidate) -> bool:
    """Whether both have one headline but for a name, and neither text has the other's name.

    "Troops sent to Agadez" and "Troops sent to Diffa": short reports have too little wording for
    the template veto, and a merged one would be told to nobody.
    """
    one, two = mine.title.split(), candidate.report.title.split()
    if len(one) != len(two) or len(one) < SAME_TITLE_WORDS:
        return False
    words = [(a, b) for a, b in zip(one, two, strict=True) if a != b]
    if not 1 <= len(words) <= MAX_SLOTS:
        return False
    other = candidate.features
    changed = [(hashed(a), hashed(b)) for a, b in words]
    return all(
        a in mine.names and b in other.names and a not in other.terms and b not in mine.terms
        for a, b in changed
    )


def _only_names(mine: Features, seen: _Seen) -> bool:
    """Whether little but names speaks for one event."""
    said = _happened(mine)
    is_other = bool(said) and said.isdisjoint(_happened(seen.other.features))
    return seen.evidence.terms < (COLD_OTHER_STATUS_TERMS if is_other else COLD_TERMS)


def _happened(features: Features) -> frozenset[Status | Toll]:
    return features.statuses | frozenset(features.tolls or ())


def _is_copy(e: Evidence, recent: bool) -> bool:
    if e.overlap < (COPY_OVERLAP if recent else OLD_COPY_OVERLAP):
        return False
    if _is_template(e) or _is_rival(e):
        return False
    return any(e.wording >= wording and e.named >= named for wording, named in COPIES)


def _needed(frequencies: Frequencies) -> float:
    """The score to join at: more while little is known, and where strangers come close."""
    new = COLD * max(0.0, 1.0 - frequencies.articles / COLD_ARTICLES)
    return JOIN + new + NOISE_WEIGHT * max(0.0, frequencies.noise - USUAL_NOISE)


def _same_event(seen: Sequence[_Seen], needed: float) -> Membership:
    """By story, the mean of its two closest reports: one alone may be close by chance.

    A report whose wording it has with other names bars its story, unless more of the others are
    close: then it is told although it joins.
    """
    by_story: dict[StoryId, list[_Seen]] = {}
    templates: Counter[StoryId] = Counter()
    for s in seen:
        if _is_template(s.evidence):
            templates[s.other.story] += 1
        elif not _is_rival(s.evidence):
            by_story.setdefault(s.other.story, []).append(s)
    scores: dict[StoryId, float] = {}
    for story, reports in by_story.items():
        close = sum(s.evidence.logit >= needed for s in reports)
        if not templates[story] or close > templates[story]:
            reports.sort(key=lambda s: -s.evidence.logit)
            scores[story] = sum(s.evidence.logit for s in reports[:2]) / len(reports[:2])
    best = max(scores.values(), default=-9.0)
    if best < needed:
        why = "the wording of another story" if templates else "no earlier report is close enough"
        return Membership(None, why, best, Kind.OPENS)
    chosen = max(
        (story for story, score in scores.items() if score >= needed),
        key=lambda story: scores[story] + BIGGER * math.log(len(by_story[story])),
    )
    reports = by_story[chosen]
    e = reports[0].evidence
    reason = f"the same event in other words (terms {e.terms:.0%}, names {e.names:.0%} alike)"
    if len(reports) == 1 and scores[chosen] < needed + DOUBT:
        doubt = "only just close enough"
    elif templates[chosen]:
        doubt = "the wording of a report with other names"
    else:
        doubt = _apart(reports, needed)
    return Membership(chosen, reason, best, Kind.EVENT, doubt)


def _apart(reports: Sequence[_Seen], needed: float) -> str:
    """Whether an article belongs to a part of its story only. ``reports``: the closest first."""
    logits = [s.evidence.logit for s in reports]
    near = sum(logit >= needed for logit in logits)
    far = [s.evidence.logit for s in reports[near:] if s.evidence.terms >= ONE_LANGUAGE]
    if len(far) < max(FAR, near) or reports[0].evidence.logit - far[0] < APART:
        return ""
    return f"close to {near} of the story's reports, far from {len(far)}"
