"""Alerts on volume: many stories of one rule instead of a single one. Pure.

What is normal for a rule is learnt by hour of the week: a mean of the stories that came in that
hour in past weeks, in which each week counts a quarter less than the one after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.rules.rule import AlertWhen
from monitor.text.durations import spoken

DECAY = 0.75
"""A week's weight against the next: a change of habit counts for half after two and a half weeks
(ln .5 / ln .75 = 2.4), and one odd week moves the mean by a quarter at most."""
KNOWN_AFTER = 2
"""Weeks of counting before there is a normal to compare with."""
HOURS = 168
"""Hours of a week."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What one rule brought in one hour of the week: Monday 00:00 is 0, in the desk's timezone.

    ``count`` is that of ``week`` (weeks since the year 1, Mondays first); ``past`` is the decayed
    sum of the weeks before it; ``since`` is the week in which this hour was first counted.
    """

    hour: int
    week: int
    count: int
    past: float
    since: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What came within the window and has not been told, this article included."""

    stories: int
    sources: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the volume deserves an alert; ``why`` says what was counted against what."""

    alert: bool
    why: str


def slot(at: datetime, timezone: ZoneInfo) -> tuple[int, int]:
    """The week and the hour of the week of a moment."""
    local = at.astimezone(timezone)
    return (local.toordinal() - 1) // 7, local.weekday() * 24 + local.hour


def count(known: Hour | None, at: datetime, timezone: ZoneInfo) -> Hour:
    """``known``, or a new hour, with one story more."""
    week, hour = slot(at, timezone)
    if known is None:
        return Hour(hour, week, 1, 0.0, week)
    if week <= known.week:  # the same week, or a clock that was set back
        return replace(known, count=known.count + 1)
    return replace(known, week=week, count=1, past=_past(known, week))


def normal(
    hours: Sequence[Hour], *, within: timedelta, now: datetime, timezone: ZoneInfo
) -> float | None:
    """How many stories are normal in the window that ends now; None while too little is known.

    Every hour that the window touches counts by how much of it lies in the window.
    """
    week, _ = slot(now, timezone)
    weeks = week - min((h.since for h in hours), default=week)
    if weeks < KNOWN_AFTER:
        return None
    weights = (1 - DECAY**weeks) / (1 - DECAY)
    mean = {h.hour: _past(h, week) / weights for h in hours}
    total, at = 0.0, now - within
    while at < now:
        local = at.astimezone(timezone)
        into = timedelta(0, local.second, local.microsecond, 0, local.minute)
        step = min(timedelta(hours=1) - into, now - at)
        total += mean.get(slot(at, timezone)[1], 0.0) * (step / timedelta(hours=1))
        at += step
    return total


def judge(
    when: AlertWhen,
    counted: Counted,
    usual: float | None,
    *,
    last: datetime | None,
    now: datetime,
    timezone: ZoneInfo,
) -> Verdict:
    """Whether ``counted`` is enough for ``when``; ``last`` is the rule's last alert on volume.

    Until a normal is known, ``above_normal`` asks for nothing: a new rule is not to be deaf for two
    weeks, and the other limits hold anyway.
    """
    told = f"{_stories(counted.stories)} from {_sources(counted.sources)}"
    told += f" in {spoken(when.within)}"
    if usual is not None:
        told += f"; normal for {now.astimezone(timezone):%A %H}:00 is {usual:.1f}"
    elif when.above_normal is not None:
        told += "; what is normal is not known yet"
    if last is not None and now < min(last, now) + when.quiet_for:
        return Verdict(False, f"{told}; quiet for {spoken(when.quiet_for)} after an alert")
    if counted.stories < when.stories or counted.sources < when.sources:
        wanted = f"{_stories(when.stories)} from {_sources(when.sources)}"
        return Verdict(False, f"{told}; it takes {wanted}")
    if when.above_normal and usual is not None and counted.stories < when.above_normal * usual:
        return Verdict(False, f"{told}; it takes {when.above_normal:g} times that")
    return Verdict(True, told)


def _past(known: Hour, week: int) -> float:
    """The decayed sum of the weeks before ``week``."""
    gap = week - known.week
    if gap <= 0:
        return known.past
    return float((known.past * DECAY + known.count) * DECAY ** (gap - 1))


def _stories(n: int) -> str:
    return "1 story" if n == 1 else f"{n} stories"


def _sources(n: int) -> str:
    return "1 source" if n == 1 else f"{n} sources"
