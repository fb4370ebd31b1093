"""What the running daemon works by: one immutable value, swapped whole on reload (invariant I4).

Use cases ask for the current desk once per unit of work, so that one poll or delivery never sees
half of a reload.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from monitor.alerts.policy import Fired
from monitor.alerts.render import Templates
from monitor.alerts.silences import Silence
from monitor.feeds.schedule import Intervals
from monitor.model import Channel, ChannelName, Feed, FeedName, Match, RuleId
from monitor.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Alerting:
    """The desk's habits of alerting.

    ``cooldown`` is for rules without their own. A rule that raises ``flood`` alerts within an hour
    is summed up, a message every ``flood_summary``; 0 turns that off. ``languages`` are those a
    story is shown in when there is a choice, the dearest first.
    """

    cooldown: timedelta = timedelta(minutes=30)
    flood: int = 20
    flood_summary: timedelta = timedelta(minutes=15)
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Feeds, rules and channels as last loaded. ``intervals`` are those without a feed's own,
    ``silences`` those of the silences file."""

    feeds: Mapping[FeedName, Feed]
    channels: Mapping[ChannelName, Channel]
    default_channels: tuple[ChannelName, ...]
    operator_channels: tuple[ChannelName, ...]
    ruleset: RuleSet
    templates: Templates
    timezone: ZoneInfo
    intervals: Intervals
    alerting: Alerting = Alerting()
    silences: tuple[Silence, ...] = ()

    def told_by(self, rule: RuleId) -> tuple[ChannelName, ...]:
        """The channels that a rule tells."""
        names = self.ruleset.rules[rule].notify or self.default_channels
        return tuple(n for n in names if n in self.channels) or self.default_channels

    def fired(
        self, matches: Sequence[Match], silenced: Callable[[RuleId], str] = lambda rule: ""
    ) -> list[Fired]:
        """The matches as the policy sees them: with severity, channels and wishes.

        ``silenced`` says which silence covers a rule here, "" for none.
        """
        found = []
        for match in matches:
            rule = self.ruleset.rules[match.rule]
            found.append(
                Fired(
                    rule.id,
                    rule.severity,
                    self.told_by(rule.id),
                    rule.updates,
                    repeat=rule.repeat,
                    cooldown=rule.cooldown,
                    volume=rule.alert_when,
                    silenced=silenced(rule.id),
                )
            )
        return found


CurrentDesk: TypeAlias = Callable[[], Desk]
"""Hands out the desk in force."""
