"""Rounds of polls: which feeds are claimed when, each polled in a task of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

import structlog

from monitor import metrics
from monitor.desk import CurrentDesk
from monitor.errors import DiskFull, StoreError
from monitor.model import Clock, Feed, FeedName, FeedState
from monitor.polling import LEASE, Outcome, Poller
from monitor.store import Database, feeds

log = structlog.get_logger()

CLAIM_AHEAD = 4
"""Claimed feeds per fetch slot: those that wait for their host's turn must not idle the slots."""

Poll = asyncio.Task[Outcome | None]
"""A poll under way; its result is None when nothing could be recorded."""


@dataclass(slots=True)
class Rounds:
    """Starts the polls of one process and knows which are under way."""

    database: Database
    poller: Poller
    desk: CurrentDesk
    clock: Clock
    on_disk_full: Callable[[DiskFull], Awaitable[None]]
    under_way: set[Poll] = field(default_factory=set)
    _unrecorded: set[FeedName] = field(default_factory=set)
    """Claimed, but nothing was written down: to be given back."""

    async def start_due(self, *, concurrency: int) -> None:
        """Start what is due, as far as ``concurrency`` fetches at once have use for it."""
        room = concurrency * CLAIM_AHEAD - len(self.under_way)
        if room > 0:
            await self._give_back()
            await self.start(limit=room)

    async def start(
        self, *, limit: int, names: Collection[FeedName] | None = None
    ) -> dict[FeedName, Poll]:
        """Claim up to ``limit`` feeds that are due (``names``: of these, due or not), poll them."""
        now, owner = self.clock(), self.database.owner
        claimed = await self.database.transact(
            lambda conn: feeds.claim_due(
                conn, now=now, limit=limit, lease=LEASE, owner=owner, names=names,
                due_only=names is None,
            )
        )  # fmt: skip
        known = self.desk().feeds  # only now: a reload may have brought what was claimed
        begun = {
            s.name: asyncio.create_task(self._poll(known[s.name], s))
            for s in claimed
            if s.name in known
        }
        # Another daemon's configuration may know more: leave those to it.
        self._unrecorded.update(s.name for s in claimed if s.name not in known)
        for task in begun.values():
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
        return begun

    async def _give_back(self) -> None:
        """Free feeds whose poll could not be recorded, instead of waiting for their lease."""
        names, owner = set(self._unrecorded), self.database.owner
        if names:
            await self.database.transact(lambda conn: feeds.release(conn, names, owner=owner))
            self._unrecorded -= names

    async def _poll(self, feed: Feed, state: FeedState) -> Outcome | None:
        try:
            return await self.poller.poll(feed, state)
        except DiskFull as error:
            self._unrecorded.add(feed.name)
            await self.on_disk_full(error)
        except StoreError as error:
            self._unrecorded.add(feed.name)
            log.warning("feed.not_recorded", feed=feed.name, error=str(error))
        except Exception:
            self._unrecorded.add(feed.name)
            log.exception("feed.not_recorded", feed=feed.name)
            metrics.UNEXPECTED.labels(part="polling").inc()
        return None
