"""Whether a matched article deserves an alert, for whom, and why. Pure: decides, stores nothing.

The rule of the house is one alert per story. What joins a known story is counted quietly, unless
it brings something materially new, a further rule holds that some channel has not heard of, or a
rule asks for more. What is not told now is held with a reason and a time, never dropped. Rules on
volume are judged in ``volume``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.alerts.holding import Cause, Held, Hold, first_told, summed_up
from monitor.model import AlertId, ChannelName, Reason, RuleId, Severity, Updates
from monitor.rules.rule import AlertWhen
from monitor.text import durations

_STRENGTH = (Reason.FIRST, Reason.MATERIAL_UPDATE, Reason.ANOTHER_RULE, Reason.REPEAT)
"""Rules that fire together make one alert; it is named for the strongest of their reasons."""


@dataclass(frozen=True, slots=True)
class PastAlert:
    """An alert that a story has had already."""

    id: AlertId
    reason: Reason
    rules: tuple[RuleId, ...]
    severity: Severity
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoryHistory:
    """What has been said about a story so far, and what is held.

    ``alerts`` are those of the story itself: one on volume, which names it among others, is none.
    ``told``: per channel, the loudest severity.
    """

    first_at: datetime
    last_at: datetime
    alerts: tuple[PastAlert, ...] = ()
    told: Mapping[ChannelName, Severity] = field(default_factory=dict)
    held: tuple[Held, ...] = ()

    @property
    def rules(self) -> frozenset[RuleId]:
        """Every rule that has alerted on the story."""
        return frozenset(rule for alert in self.alerts for rule in alert.rules)

    def last(self, rule: RuleId) -> PastAlert | None:
        """The rule's latest alert on the story."""
        mine = (alert for alert in self.alerts if rule in alert.rules)
        return max(mine, key=lambda alert: (alert.created_at, alert.id), default=None)


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that holds for the article, as far as the policy cares.

    ``cooldown`` is the rule's own, None where it leaves it to the desk. ``volume``: it alerts on
    many stories, never on one. ``silenced`` says by which silence, "" by none.
    """

    rule: RuleId
    severity: Severity
    channels: tuple[ChannelName, ...]
    updates: Updates = Updates.MATERIAL
    repeat: timedelta | None = None
    cooldown: timedelta | None = None
    volume: AlertWhen | None = None
    silenced: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is None when nobody is told. ``why`` is one line for the log and the timeline.

    ``rules`` are those of the alert, or all that fired when there is none. ``note`` is what the
    alert says is new; ``holds`` is what is kept for later.
    """

    reason: Reason | None
    why: str
    rules: tuple[RuleId, ...] = ()
    channels: tuple[ChannelName, ...] = ()
    note: str = ""
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one rule makes of the article: an alert for ``channels``, a hold, or neither."""

    fired: Fired
    why: str
    reason: Reason | None = None
    channels: tuple[ChannelName, ...] = ()
    hold: Hold | None = None


def decide(
    fired: Sequence[Fired],
    history: StoryHistory,
    *,
    now: datetime,
    news: str = "",
    urgent: bool = False,
    cooldown: timedelta = timedelta(0),
    quiet: str = "",
) -> Decision:
    """Decide what to tell of an article on which ``fired`` hold, after what ``history`` says.

    ``news`` is what is materially new in it, "" when nothing is; ``urgent`` news (a correction, a
    denial) passes every cool-down. ``cooldown`` is the desk's, for rules without their own.
    ``quiet`` is the reason to tell nobody whatever holds (an old item on a feed's first poll).
    ``fired`` are the rules that have not held for this article before, or all when a changed
    version of a known article brings news.
    """
    rules = tuple(f.rule for f in fired)
    if quiet:
        return Decision(None, quiet, rules)
    silenced = [
        _Verdict(f, f.silenced, hold=Hold(f.rule, Cause.SILENCE, f.silenced, None, news))
        for f in fired
        if f.silenced
    ]
    heard = [
        _judge(f, history, news, urgent, cooldown, now)
        for f in fired
        if not f.silenced and f.volume is None
    ]
    return _together(heard, silenced, history, news, rules)


def _judge(
    f: Fired,
    history: StoryHistory,
    news: str,
    urgent: bool,
    cooldown: timedelta,
    now: datetime,
) -> _Verdict:
    if not history.alerts:
        return _Verdict(f, "first report of this story", Reason.FIRST, f.channels)
    if news and f.updates is not Updates.NONE:
        return _update(f, history, news, urgent, cooldown, now)
    last = history.last(f.rule)
    if last is None:
        unheard = _unheard(f, history)
        if not unheard:
            return _Verdict(f, "a further rule holds, but its channels know the story")
        return _Verdict(f, f"a further rule holds: {f.rule}", Reason.ANOTHER_RULE, unheard)
    if f.updates is Updates.ALL:
        ends = _after(last, f.cooldown or timedelta(0), now)
        why = "the rule asks for every article of a story (updates: all)"
        if now < ends:
            return _Verdict(f, why, hold=_cooling(f.rule, last, ends, now, "another article"))
        return _Verdict(f, why, Reason.REPEAT, f.channels)
    if f.repeat is not None:
        return _repeat(f, last, f.repeat, now)
    return _Verdict(f, "the story is known and has been told")


def _update(
    f: Fired,
    history: StoryHistory,
    news: str,
    urgent: bool,
    cooldown: timedelta,
    now: datetime,
) -> _Verdict:
    last = history.last(f.rule)
    why = f"something new: {news}"
    ends = now
    if last is not None:
        ends = _after(last, cooldown if f.cooldown is None else f.cooldown, now)
        louder = f.severity.rank > last.severity.rank
        if now < ends and not urgent and not louder:
            return _Verdict(f, why, hold=_cooling(f.rule, last, ends, now, news))
    if now < ends:
        passing = "corrections and denials pass" if urgent else "a higher severity passes"
        why = f"{why} ({passing} the cool-down)"
    return _Verdict(f, why, Reason.MATERIAL_UPDATE, f.channels)


def _repeat(f: Fired, last: PastAlert, repeat: timedelta, now: datetime) -> _Verdict:
    due = _after(last, repeat, now)
    every = f"the story goes on (repeat: {durations.spoken(repeat)})"
    if now < due:
        return _Verdict(f, every, hold=Hold(f.rule, Cause.REPEAT, every, due))
    return _Verdict(f, every, Reason.REPEAT, f.channels)


def _after(last: PastAlert, wait: timedelta, now: datetime) -> datetime:
    """When ``wait`` is over; an alert from the future is a clock that was set back."""
    return min(last.created_at, now) + wait


def _cooling(rule: RuleId, last: PastAlert, ends: datetime, now: datetime, note: str) -> Hold:
    minutes = max(0, round((now - last.created_at).total_seconds() / 60))
    left = max(1, round((ends - now).total_seconds() / 60))
    why = f"cool-down: told {minutes} min ago, {left} min to go"
    return Hold(rule, Cause.COOLDOWN, why, ends, note)


def _together(
    heard: Sequence[_Verdict],
    silenced: Sequence[_Verdict],
    history: StoryHistory,
    news: str,
    rules: tuple[RuleId, ...],
) -> Decision:
    """One decision of all rules' verdicts: one message per channel, however many rules hold."""
    telling = [v for v in heard if v.reason is not None]
    if not telling:
        holds = tuple(v.hold for v in (*heard, *silenced) if v.hold is not None)
        said = [v.hold.why if v.hold else v.why for v in (*heard, *silenced)]
        why = "; ".join(dict.fromkeys(said)) or "it counts towards a volume"
        return Decision(None, why, rules, holds=holds)
    channels = tuple(dict.fromkeys(c for v in telling for c in v.channels))
    reason = min((v.reason for v in telling if v.reason), key=_STRENGTH.index)
    if reason is Reason.MATERIAL_UPDATE:
        # What would be told later to those who are told now need not wait.
        telling += [v for v in heard if v.hold and set(v.fired.channels) <= set(channels)]
    told = tuple(v.fired.rule for v in heard if v in telling)
    holds = tuple(v.hold for v in (*heard, *silenced) if v.hold and v not in telling)
    before = [h for h in history.held if h.rule in told]
    is_update = reason is Reason.MATERIAL_UPDATE
    note = first_told(before) if reason is Reason.FIRST else summed_up(news, before, is_update)
    why = "; ".join(dict.fromkeys(v.why for v in telling))
    return Decision(reason, why, told, channels, note, holds)


def _unheard(f: Fired, history: StoryHistory) -> tuple[ChannelName, ...]:
    """The rule's channels that have not had the story, or only at a lower severity."""
    names: dict[ChannelName, None] = {}
    for channel in f.channels:
        told = history.told.get(channel)
        if told is None or told.rank < f.severity.rank:
            names[channel] = None
    return tuple(names)
