"""What a rule is once it has been read: the tree to evaluate and what to do when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from monitor.model import ChannelName, RuleId, Severity, Updates
from monitor.rules.ast import Node


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of a rule's ``tests:``. ``todo`` marks one that is known to fail."""

    text: str
    title: str = ""
    lang: str | None = None
    todo: bool = False
    line: int = 0
    """Where it stands in the rule file, 1-based."""
    url: str | None = None
    source: str = ""
    author: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertWhen:
    """``alert_when``: alert on the volume of stories instead of on single ones.

    The rule alerts when ``stories`` different stories from at least ``sources`` different sources
    came within the time ``within``, and stays quiet for ``quiet_for`` afterwards.
    ``above_normal`` asks in addition for so many times what is normal for the rule at that hour
    of the week; None asks for no such thing.
    """

    stories: int
    sources: int
    within: timedelta
    quiet_for: timedelta
    above_normal: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as read. ``notify`` empty means the config's default channels."""

    id: RuleId
    tree: Node
    title: str = ""
    description: str = ""
    owner: str = ""
    severity: Severity = Severity.NORMAL
    notify: tuple[ChannelName, ...] = ()
    lang: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    not_sources: tuple[str, ...] = ()
    updates: Updates = Updates.MATERIAL
    alert_when: AlertWhen | None = None
    repeat: timedelta | None = None
    """Alert again on a story that still gets articles, this long after its last alert."""
    cooldown: timedelta | None = None
    """At least this long between two alerts on one story; None: the configuration's."""
    enabled: bool = True
    expires: date | None = None
    tags: tuple[str, ...] = ()
    should_match: tuple[Sample, ...] = ()
    should_not_match: tuple[Sample, ...] = ()
    file: str = ""
    line: int = 0
    query: str = ""
    """The query as written, for rules of that form: places in the tree count from its start."""

    @property
    def name(self) -> str:
        """What people are shown."""
        return self.title or self.id
