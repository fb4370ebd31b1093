"""A poller between a real feed server and a real database, under a clock that the test turns."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor import rulefiles
from monitor.alerts.render import Templates
from monitor.desk import Desk
from monitor.feeds.fetch import Fetcher
from monitor.feeds.hosts import HostLimits
from monitor.feeds.schedule import Intervals
from monitor.feeds.workers import Workers
from monitor.model import Channel, ChannelName, ConsoleTarget, Feed, FeedName
from monitor.pages import PageReader
from monitor.polling import LEASE, Outcome, Poller
from monitor.store import Database, feeds
from tests.integration.outbox_desk import TurnableClock

RULES = """
rules:
  - id: niger
    title: Russian troops in Niger
    entities: [russia, niger, troops]
    within: 30 words
  - id: otters
    title: Otters
    severity: high
    notify: [second]
    terms: [otters]
  - id: every
    title: Every word on herons
    updates: all
    terms: [herons]
"""


class PollingDesk:
    """Feeds are added by URL; ``poll`` claims and polls the named ones."""

    def __init__(self, database: Database, folder: Path, *, rules: str = RULES) -> None:
        self.database = database
        self.clock = TurnableClock()
        file = folder / "rules.yaml"
        file.write_text(rules, "utf-8")
        channels = {
            ChannelName(n): Channel(ChannelName(n), ConsoleTarget()) for n in ("first", "second")
        }
        self.desk = Desk(
            feeds={},
            channels=channels,
            default_channels=(ChannelName("first"),),
            operator_channels=(ChannelName("first"),),
            ruleset=rulefiles.load(file).ruleset,
            templates=Templates.load({})[0],
            timezone=ZoneInfo("UTC"),
            intervals=Intervals(),
        )

    def add(self, name: str, url: str, **values: object) -> None:
        feed = Feed(FeedName(name), url, allow_private=True)
        feed = replace(feed, **values)  # type: ignore[arg-type]
        self.desk = replace(self.desk, feeds={**self.desk.feeds, feed.name: feed})
        everything = list(self.desk.feeds.values())
        self.database.transact_now(lambda conn: feeds.sync(conn, everything, now=self.clock()))

    def poll(self, *names: str) -> list[Outcome]:
        """Poll these feeds (all of them if none) at once, whatever is due."""
        return asyncio.run(self._poll(names))

    async def _poll(self, names: Sequence[str]) -> list[Outcome]:
        wanted = [FeedName(n) for n in names or self.desk.feeds]
        async with Workers(count=1) as workers:
            poller = Poller(
                self.database, lambda: self.desk, Fetcher(), workers, self.clock, "test",
                rng=random.Random(1),
            )  # fmt: skip
            states = await self.database.transact(
                lambda conn: feeds.claim_due(
                    conn, now=self.clock(), limit=100, lease=LEASE, owner="test", names=wanted,
                    due_only=False,
                )
            )  # fmt: skip
            return list(
                await asyncio.gather(*(poller.poll(self.desk.feeds[s.name], s) for s in states))
            )

    def read_pages(self) -> int:
        """Read the pages that are due; how many."""

        async def read() -> int:
            async with Workers(count=1) as workers:
                reader = PageReader(
                    self.database, lambda: self.desk, Fetcher(), workers, self.clock, "test",
                    HostLimits(), asyncio.Semaphore(10), rng=random.Random(1),
                )  # fmt: skip
                return await reader.read_due()

        return asyncio.run(read())

    def later(self, **by: float) -> None:
        self.clock.turn(**(by or {"minutes": 30}))


DAY = timedelta(days=1)
