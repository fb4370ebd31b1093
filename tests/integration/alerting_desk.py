"""A desk whose articles are brought by hand, into the story that the test names, with the news it
names: everything from the policy to the messages under a clock that the test turns."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor import rulefiles, telling
from monitor.alerts.render import Templates
from monitor.alerts.silences import Silence
from monitor.delivery import Deliverer
from monitor.desk import Alerting, Desk
from monitor.errors import ProblemLevel
from monitor.feeds.schedule import Intervals
from monitor.model import (
    AlertView,
    Article,
    Channel,
    ChannelName,
    ConsoleTarget,
    Feed,
    OperatorNotice,
    StoryId,
    TextFormat,
)
from monitor.rules.ruleset import RuleSet
from monitor.store import Connection, Database, alerts, articles, holds, silences, stories, troubles
from monitor.telling import Arrival, Decided
from monitor.upkeep import Upkeep
from tests.integration.outbox_desk import ScriptedNotifier, TurnableClock
from tests.integration.store.helpers import put_into_story

RULES = """
rules:
  - id: otters
    title: Otters
    terms: [otter*]
"""
_numbers = itertools.count(1)


class AlertingDesk:
    """``rules`` are the text of a rule file; ``channels`` are told in the order they are named."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        rules: str = RULES,
        *,
        channels: tuple[str, ...] = ("desk", "duty", "operator"),
        alerting: Alerting | None = None,
        options: Mapping[str, dict[str, object]] | None = None,
    ) -> None:
        self.database = database
        self.clock = TurnableClock()
        self._file = folder / "rules.yaml"
        made = {
            ChannelName(n): Channel(ChannelName(n), ConsoleTarget(), **(options or {}).get(n, {}))  # type: ignore[arg-type]
            for n in channels
        }
        self.notifiers = {n: ScriptedNotifier(TextFormat.TEXT) for n in channels}
        self.desk = Desk(
            feeds={},
            channels=made,
            default_channels=(ChannelName(channels[0]),),
            operator_channels=(ChannelName(channels[-1]),),
            ruleset=self._rules(rules),
            templates=Templates.load({})[0],
            timezone=ZoneInfo("UTC"),
            intervals=Intervals(),
            alerting=alerting or Alerting(),
        )
        self.upkeep = Upkeep(database, lambda: self.desk, self.clock, self.clock())
        self.deliverer = Deliverer(
            database, lambda: self.desk, self.clock, "test",
            make_notifier=lambda channel: self.notifiers[channel.name], rng=random.Random(1),
        )  # fmt: skip

    def _rules(self, text: str) -> RuleSet:
        self._file.write_text(text, "utf-8")
        loaded = rulefiles.load(self._file)
        assert [p for p in loaded.problems if p.level is ProblemLevel.ERROR] == []
        return loaded.ruleset

    def load(self, rules: str) -> None:
        """Other rules from now on."""
        self.desk = replace(self.desk, ruleset=self._rules(rules))

    def report(
        self,
        title: str = "An otter was seen",
        body: str = "It swam in the river.",
        *,
        story: int | None = None,
        news: str = "",
        urgent: bool = False,
        quiet: str = "",
        **more: object,
    ) -> tuple[Decided, ...]:
        """One matched article, in ``story`` (a new one if None); what was decided."""
        number = next(_numbers)
        given = {"source": f"Outlet {number}", "feed": f"Outlet {number}", **more}
        article = Article(
            f"a{os.getpid()}-{number}", title, body, url=f"https://o.example/{number}", **given
        )  # type: ignore[arg-type]
        today = self.clock().date()
        matches = tuple(self.desk.ruleset.match(article, today=today))
        assert matches, "no rule holds"
        entities = frozenset(str(e) for e in self.desk.ruleset.entities(article))

        def work(conn: Connection) -> tuple[Decided, ...]:
            now = self.clock()
            id, _ = articles.insert(conn, article, content_hash="h", now=now)
            articles.add_matches(conn, id, 1, matches, now=now)
            stories.lock(conn)
            into = StoryId(story) if story else stories.create(conn, title=title, now=now)
            put_into_story(conn, into, id, now=now, source=article.source)
            arrival = Arrival(
                id, article, matches, entities, into, story is None, "by hand", news, urgent, quiet
            )
            return tuple(telling.tell(conn, arrival, self.desk, now=now))

        return self.database.transact_now(work)

    def story(self, title: str = "An otter was seen", **more: object) -> StoryId:
        """A new story of one article; its id."""
        return self.report(title, **more)[0].story  # type: ignore[arg-type]

    def later(self, **by: float) -> int:
        """Let time pass, and settle what is due; how many alerts that made."""
        self.clock.turn(**by)
        return asyncio.run(self.upkeep.settle())

    def watch(self) -> None:
        asyncio.run(self.upkeep.watch())

    def deliver(self) -> dict[str, list[str]]:
        """Send what is due; the subjects of all messages so far, by channel."""
        asyncio.run(self.deliverer.drain())
        return {
            name: [rendered.subject for _, rendered in n.sent]
            for name, n in self.notifiers.items()
            if n.sent
        }

    def texts(self, channel: str) -> list[str]:
        return [rendered.text for _, rendered in self.notifiers[channel].sent]

    def alerts(self) -> list[AlertView]:
        """All alerts, oldest first."""
        found = self.database.read_now(lambda conn: alerts.list_recent(conn, limit=1000))
        return list(reversed(found))

    def held(self, *, open_only: bool = True) -> list[holds.Record]:
        """Holds, oldest first."""
        found = self.database.read_now(lambda conn: holds.records(conn, open_only=open_only))
        return list(reversed(found))

    def silence(self, **conditions: object) -> Silence:
        made = Silence("", **conditions)  # type: ignore[arg-type]
        return self.database.transact_now(lambda conn: silences.add(conn, made, now=self.clock()))

    def troubles(self) -> list[OperatorNotice]:
        return self.database.read_now(troubles.list_open)

    def with_alerting(self, **values: object) -> None:
        self.desk = replace(self.desk, alerting=replace(self.desk.alerting, **values))  # type: ignore[arg-type]

    def with_feeds(self, *feeds: Feed) -> None:
        self.desk = replace(self.desk, feeds={f.name: f for f in feeds})
