"""What is held instead of told: why, until when, and what is said of it afterwards. Pure.

A hold belongs to one article and one rule. It is open until an alert of that rule on that story
tells of it, or until it is settled otherwise, with the outcome on record.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import ArticleId, ChannelName, Reason, RuleId, StoryId

NOTES_SHOWN = 5


class Cause(StrEnum):
    """What keeps a match from being told."""

    COOLDOWN = "cooldown"
    """Something new came too soon after the rule's last alert on the story."""
    REPEAT = "repeat"
    """The story goes on; the rule's ``repeat`` is not over yet."""
    SILENCE = "silence"
    """A silence covers it. Nothing is told when the silence ends; the story's next article may."""
    VOLUME = "volume"
    """It counts towards an alert on volume."""


TIMED = (Cause.COOLDOWN, Cause.REPEAT)
"""These are told when their time has come, whether another article comes or not."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A decision to hold: ``why`` in words, ``until`` when (None: until something else happens),
    ``note`` what is new in the article ("" for nothing)."""

    rule: RuleId
    cause: Cause
    why: str
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A hold on record, still open."""

    id: int
    story: StoryId
    article: ArticleId
    rule: RuleId
    cause: Cause
    at: datetime
    until: datetime | None
    why: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What a story's due holds become: one alert about ``article``, for ``rules``."""

    article: ArticleId
    reason: Reason
    rules: tuple[RuleId, ...]
    note: str
    why: str


def release(
    held: Sequence[Held],
    now: datetime,
    *,
    channels: Mapping[RuleId, Collection[ChannelName]],
    told: bool = True,
) -> Release | None:
    """The alert that the open holds of one story ask for at ``now``; None when none is due.

    Once a rule is due, all that is held for it on the story goes along, and with an update that of
    rules whose ``channels`` are all told now: later they would hear the same once more. Not
    ``told``: what the story had been told of was split off by hand, so that this is its first
    alert.
    """
    timely = [h for h in held if h.cause in TIMED and h.until is not None and h.until <= now]
    due = {h.rule for h in timely}
    if any(h.cause is Cause.COOLDOWN for h in timely):
        hearing = {c for rule in due for c in channels[rule]}
        due |= {
            h.rule
            for h in held
            if h.cause is Cause.COOLDOWN and hearing.issuperset(channels[h.rule])
        }
    timed = (h for h in held if h.rule in due and h.cause in TIMED)
    mine = sorted(timed, key=lambda h: (h.at, h.id))
    if not mine:
        return None
    updates = [h for h in mine if h.cause is Cause.COOLDOWN]
    rules = tuple(dict.fromkeys(h.rule for h in mine))
    if not told:
        why = "the wait is over, and the story has not been told"
        return Release(mine[-1].article, Reason.FIRST, rules, "", why)
    if not updates:
        articles = len({h.article for h in mine})
        more = "one more article" if articles == 1 else f"{articles} more articles"
        note = f"the story goes on: {more} since the last alert"
        return Release(mine[-1].article, Reason.REPEAT, rules, note, "the repeat time is over")
    newest = [h for h in updates if h.note] or updates
    note = summed_up("", mine, is_update=True)
    why = "the cool-down is over"
    return Release(newest[-1].article, Reason.MATERIAL_UPDATE, rules, note, why)


def summed_up(news: str, before: Sequence[Held], is_update: bool) -> str:
    """``news``, and what was held back before it: nothing that was new goes untold.

    What was silenced stays so: that is what a silence is for.
    """
    said = [news] if news and is_update else []
    timed = (h.note for h in before if h.cause in TIMED)
    notes = dict.fromkeys(note for note in timed if note and note != news)
    earlier = list(notes)
    if len(earlier) > NOTES_SHOWN:
        left = len(earlier) - NOTES_SHOWN
        earlier = [*earlier[-NOTES_SHOWN:], f"{left} earlier ones"]
    if not earlier:
        return "".join(said)
    if not said:
        return "; ".join(earlier)
    return f"{said[0]}; before that, held back: {'; '.join(earlier)}"


def first_told(before: Sequence[Held]) -> str:
    """Of a story's first alert: what was silenced before it."""
    count = len({h.article for h in before if h.cause is Cause.SILENCE})
    if not count:
        return ""
    reports = "one earlier report was" if count == 1 else f"{count} earlier reports were"
    return f"first told now: {reports} silenced"
