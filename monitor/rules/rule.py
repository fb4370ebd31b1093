"""What a rule is once it has been read: the tree to evaluate and what to do when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
