"""A desk with channels, a clock one can turn, and a notifier that answers by script."""

from __future__ import annotations

import itertools
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.alerts.render import Templates
from monitor.channels.receipt import Receipt
from monitor.delivery import Deliverer
from monitor.desk import Desk
from monitor.feeds.schedule import Intervals
from monitor.model import (
    Article,
    Channel,
    ChannelName,
    ConsoleTarget,
    Excerpt,
    Reason,
    Rendered,
    RuleHit,
    RuleId,
    Severity,
    StoryId,
    TextFormat,
)
from monitor.rules.ruleset import RuleSet
from monitor.store import Connection, Database, alerts, articles, outbox, stories
from tests.integration.store.helpers import put_into_story

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_numbers = itertools.count(1)


class TurnableClock:
    """Stands still until turned."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def turn(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class ScriptedNotifier:
    """Answers with the next of ``script`` (an error is raised, None accepts), then accepts."""

    format: TextFormat = TextFormat.MAIL
    script: deque[Exception | None] = field(default_factory=deque)
    sent: list[tuple[str, Rendered]] = field(default_factory=list)
    tried: list[tuple[str, Rendered]] = field(default_factory=list)
    under: list[str] = field(default_factory=list)

    async def send(self, rendered: Rendered, *, key: str, under: str = "") -> Receipt:
        self.tried.append((key, rendered))
        answer = self.script.popleft() if self.script else None
        if answer is not None:
            raise answer
        self.sent.append((key, rendered))
        self.under.append(under)
        return Receipt(ref=f"ref-{key}")

    async def close(self) -> None:
        """Nothing to release."""


class OutboxDesk:
    """The outbox of one database, drained by a real `Deliverer`."""

    def __init__(self, database: Database, channels: Sequence[Channel]) -> None:
        self.database = database
        self.clock = TurnableClock()
        self.notifiers: dict[str, ScriptedNotifier] = {c.name: ScriptedNotifier() for c in channels}
        names = tuple(c.name for c in channels)
        self.desk = Desk(
            feeds={},
            channels={c.name: c for c in channels},
            default_channels=names[:1],
            operator_channels=names[-1:],
            ruleset=RuleSet.compile([], {}),
            templates=Templates.load({})[0],
            timezone=ZoneInfo("UTC"),
            intervals=Intervals(),
        )
        self.deliverer = self.new_deliverer("test")

    def new_deliverer(self, owner: str) -> Deliverer:
        """Another process's, as far as leases go."""
        return Deliverer(
            self.database,
            lambda: self.desk,
            self.clock,
            owner,
            make_notifier=lambda channel: self.notifiers[channel.name],
            rng=random.Random(1),
        )

    def without(self, name: str) -> None:
        """Take a channel out of the configuration."""
        left = {n: c for n, c in self.desk.channels.items() if n != name}
        self.desk = replace(self.desk, channels=left)

    def alert(
        self,
        *names: str,
        title: str = "Russia sends troops",
        story: int | None = None,
        severity: Severity = Severity.NORMAL,
    ) -> int:
        """A story with one alert for these channels; the story's id."""

        def make(conn: Connection) -> int:
            number = next(_numbers)
            article, _ = articles.insert(
                conn, Article(f"a{number}", title, "Body.", source="AFP"), content_hash="h",
                now=self.clock(),
            )  # fmt: skip
            into = StoryId(story) if story else stories.create(conn, title=title, now=self.clock())
            put_into_story(conn, into, article, source=f"Outlet {number}", now=self.clock())
            hit = RuleHit(
                RuleId(f"r{number}"), "A rule", severity, ("why",), Excerpt("It says so.")
            )
            alert = alerts.add(
                conn, story=into, article=article, hits=[hit], note="",
                reason=Reason.ANOTHER_RULE if story else Reason.FIRST,
                now=self.clock(),
            )  # fmt: skip
            for name in names:
                outbox.enqueue(
                    conn, alert, story=into, channel=ChannelName(name), release_at=self.clock(),
                    grouped=False, now=self.clock(),
                )  # fmt: skip
            return into

        return self.database.transact_now(make)

    def deliveries(self) -> dict[str, list[tuple[str, str]]]:
        """State and reason of every delivery, by channel, oldest first."""
        listed = self.database.read_now(lambda conn: outbox.list_recent(conn, limit=1000))
        found: dict[str, list[tuple[str, str]]] = {}
        for d in reversed(listed):
            found.setdefault(d.channel, []).append((d.state.value, d.reason))
        return found


def channel(name: str, **values: object) -> Channel:
    return Channel(ChannelName(name), ConsoleTarget(), **values)  # type: ignore[arg-type]
