"""Whether a matched article deserves an alert, for whom, and why. Pure: decides, stores nothing.

The rule of the house is one alert per story. What joins a known story is counted quietly, unless
a further rule holds that some channel has not heard of, or a rule asks for every article.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.model import AlertId, ChannelName, Reason, RuleId, Severity, Updates


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
    """What has been said about a story so far. ``told``: per channel, the loudest severity."""

    first_at: datetime
    last_at: datetime
    alerts: tuple[PastAlert, ...] = ()
    told: Mapping[ChannelName, Severity] = field(default_factory=dict)

    @property
    def rules(self) -> frozenset[RuleId]:
        """Every rule that has alerted on the story."""
        return frozenset(rule for alert in self.alerts for rule in alert.rules)


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule that holds for the article, as far as the policy cares."""

    rule: RuleId
    severity: Severity
    channels: tuple[ChannelName, ...]
    updates: Updates = Updates.MATERIAL


@dataclass(frozen=True, slots=True)
class Decision:
    """``reason`` is None when nobody is told. ``why`` is one line for the log and the timeline."""

    reason: Reason | None
    why: str
    rules: tuple[RuleId, ...] = ()
    channels: tuple[ChannelName, ...] = ()


def decide(
    fired: Sequence[Fired],
    history: StoryHistory,
    *,
    quiet: str = "",
) -> Decision:
    """Decide what to tell of an article on which ``fired`` hold, after what ``history`` says.

    ``quiet`` is the reason to tell nobody whatever holds (an old item on a feed's first poll).
    ``fired`` are the rules that have not held for this article before: a changed version of a known
    article comes here with those alone that it satisfies only now.
    """
    rules = tuple(f.rule for f in fired)
    if quiet:
        return Decision(None, quiet, rules)
    if not history.alerts:
        return Decision(Reason.FIRST, "first report of this story", rules, _channels(fired))
    further = [f for f in fired if f.rule not in history.rules]
    every = [f for f in fired if f.updates is Updates.ALL]
    if unheard := _unheard(further, history):
        names = ", ".join(f.rule for f in further)
        told = tuple(f.rule for f in fired if f in further or f in every)
        return Decision(
            Reason.ANOTHER_RULE, f"a further rule holds: {names}", told,
            tuple(dict.fromkeys((*unheard, *_channels(every)))),
        )  # fmt: skip
    if every:
        return Decision(
            Reason.REPEAT, "the rule asks for every article of a story (updates: all)",
            tuple(f.rule for f in every), _channels(every),
        )  # fmt: skip
    if further:
        return Decision(None, "a further rule holds, but its channels know the story", rules)
    return Decision(None, "the story is known and has been told", rules)


def _channels(fired: Sequence[Fired]) -> tuple[ChannelName, ...]:
    return tuple(dict.fromkeys(c for f in fired for c in f.channels))


def _unheard(fired: Sequence[Fired], history: StoryHistory) -> tuple[ChannelName, ...]:
    """The channels that have not had the story, or only at a lower severity."""
    names: dict[ChannelName, None] = {}
    for f in fired:
        for channel in f.channels:
            told = history.told.get(channel)
            if told is None or told.rank < f.severity.rank:
                names[channel] = None
    return tuple(names)
