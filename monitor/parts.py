"""Everything that the daemon builds once per process, and what a reload changes of it.

The edges take plain values: this is where the settings are handed out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.config import Settings
from monitor.delivery import Deliverer, NotifierFactory
from monitor.desk import CurrentDesk
from monitor.diskguard import DiskGuard
from monitor.errors import DiskFull
from monitor.feeds.fetch import Fetcher
from monitor.feeds.hosts import HostLimits
from monitor.feeds.workers import Workers
from monitor.model import Clock
from monitor.pages import PageReader
from monitor.polling import Poller
from monitor.rounds import Rounds
from monitor.store import Database
from monitor.upkeep import Upkeep

READ_TIME = timedelta(seconds=60)
"""Longer than any document may take to be read."""


@dataclass(slots=True)
class Parts:
    """The parts of a running daemon."""

    database: Database
    workers: Workers
    poller: Poller
    rounds: Rounds
    deliverer: Deliverer
    pages: PageReader
    upkeep: Upkeep
    disk: DiskGuard
    _replaced: list[tuple[datetime, Workers]] = field(default_factory=list)

    def apply(self, settings: Settings, *, now: datetime) -> None:
        """What a reload changes; database and listen wait for a restart."""
        polling = settings.polling
        self.upkeep.keep_articles = settings.retention.articles
        self.upkeep.keep_deliveries = settings.retention.deliveries
        self.disk.min_free = settings.service.min_free_disk
        self.poller.hosts.per_host = polling.per_host
        self.poller.fetcher = self.pages.fetcher = make_fetcher(settings)
        self.poller.slots = self.pages.slots = asyncio.Semaphore(polling.concurrency)
        if self.workers.count != polling.workers:
            self._replaced.append((now, self.workers))
            self.workers = self.poller.workers = self.pages.workers = Workers(polling.workers)

    async def end_replaced(self, *, now: datetime) -> None:
        """End workers that a reload has replaced, once what they read is read."""
        while self._replaced and now - self._replaced[0][0] > READ_TIME:
            await self._replaced.pop(0)[1].close()

    async def close(self) -> None:
        """Release everything."""
        await self.deliverer.close()
        for _, workers in self._replaced:
            await workers.close()
        await self.workers.close()
        await self.database.close()


def build(
    settings: Settings,
    database: Database,
    desk: CurrentDesk,
    clock: Clock,
    *,
    make_notifier: NotifierFactory,
    on_alerts: Callable[[], None],
    on_disk_full: Callable[[DiskFull], Awaitable[None]],
) -> Parts:
    """Make the parts of a daemon that starts now."""
    polling, owner = settings.polling, database.owner
    workers, fetcher = Workers(count=polling.workers), make_fetcher(settings)
    poller = Poller(
        database, desk, fetcher, workers, clock, owner,
        hosts=HostLimits(per_host=polling.per_host), slots=asyncio.Semaphore(polling.concurrency),
        on_alerts=on_alerts,
    )  # fmt: skip
    pages = PageReader(
        database, desk, fetcher, workers, clock, owner, poller.hosts, poller.slots,
        on_alerts=on_alerts,
    )  # fmt: skip
    upkeep = Upkeep(
        database, desk, clock, clock(), keep_articles=settings.retention.articles,
        keep_deliveries=settings.retention.deliveries,
    )  # fmt: skip
    return Parts(
        database,
        workers,
        poller,
        Rounds(database, poller, desk, clock, on_disk_full),
        Deliverer(database, desk, clock, owner, make_notifier=make_notifier),
        pages,
        upkeep,
        DiskGuard(database, settings.service.min_free_disk),
    )


def make_fetcher(settings: Settings) -> Fetcher:
    """What fetches feeds and pages, as the configuration wants it."""
    polling = settings.polling
    return Fetcher(
        timeout=polling.timeout,
        max_decoded=polling.max_bytes,
        user_agent=polling.user_agent,
        proxy=polling.proxy.get_secret_value() if polling.proxy else None,
    )
