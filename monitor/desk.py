"""What the running daemon works by: one immutable value, swapped whole on reload (invariant I4).

Use cases ask for the current desk once per unit of work, so that one poll or delivery never sees
half of a reload.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from monitor.alerts.policy import Fired
from monitor.alerts.render import Templates
from monitor.feeds.schedule import Intervals
from monitor.model import Channel, ChannelName, Feed, FeedName, Match
from monitor.rules.ruleset import RuleSet


@dataclass(frozen=True, slots=True)
class Desk:
    """Feeds, rules and channels as last loaded. ``intervals`` are those without a feed's own."""

    feeds: Mapping[FeedName, Feed]
    channels: Mapping[ChannelName, Channel]
    default_channels: tuple[ChannelName, ...]
    operator_channels: tuple[ChannelName, ...]
    ruleset: RuleSet
    templates: Templates
    timezone: ZoneInfo
    intervals: Intervals

    def fired(self, matches: Sequence[Match]) -> list[Fired]:
        """The matches as the policy sees them: with severity, channels and update wishes."""
        found = []
        for match in matches:
            rule = self.ruleset.rules[match.rule]
            names = rule.notify or self.default_channels
            known = tuple(n for n in names if n in self.channels) or self.default_channels
            found.append(Fired(rule.id, rule.severity, known, rule.updates))
        return found


CurrentDesk: TypeAlias = Callable[[], Desk]
"""Hands out the desk in force."""
