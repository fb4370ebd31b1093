"""Full text: fetch an article's page, extract it, match it again, alert for what is new.

A leased queue of its own, so that a slow site never delays a feed. Articles are stored and matched
with the feed's text first; the page only ever adds to that, in a second transaction.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

import structlog

from monitor import intake, metrics, telling
from monitor.desk import CurrentDesk
from monitor.errors import (
    BlockedAddress,
    FeedError,
    FeedGone,
    FeedUnreadable,
    FetchFailed,
    StoreError,
)
from monitor.feeds.extract import Page, extract
from monitor.feeds.fetch import Fetcher
from monitor.feeds.hosts import HostLimits
from monitor.feeds.identity import text_hash
from monitor.feeds.workers import Workers
from monitor.model import Article, Clock, Feed
from monitor.store import Connection, Database, articles, fulltext

log = structlog.get_logger()

LEASE = timedelta(minutes=3)
EXTRACT_SECONDS = 20.0
ATTEMPTS = 4
"""A page is worth so many tries; the feed's own text has been matched anyway."""
RETRY_BASE = timedelta(minutes=2)
CHANGED = "the feed brought another version meanwhile"


@dataclass(slots=True)
class PageReader:
    """Reads the pages that are due. One `read_due` at a time is the caller's business."""

    database: Database
    desk: CurrentDesk
    fetcher: Fetcher
    workers: Workers
    clock: Clock
    owner: str
    hosts: HostLimits
    slots: asyncio.Semaphore
    on_alerts: Callable[[], None] = lambda: None
    rng: random.Random = field(default_factory=random.Random)

    async def read_due(self, *, limit: int = 20) -> int:
        """Claim what is due and read it; how many pages were claimed."""
        claim = partial(
            fulltext.claim_due, now=self.clock(), limit=limit, lease=LEASE, owner=self.owner
        )
        if not await self.database.read(partial(fulltext.is_due, now=self.clock())):
            return 0
        jobs = await self.database.transact(claim)
        await asyncio.gather(*(self._read(job) for job in jobs))
        return len(jobs)

    async def _read(self, job: fulltext.FullTextJob) -> None:
        """One page; whatever happens to it is recorded on the queue."""
        try:
            await self._read_page(job)
        except FeedError as error:
            await self._failed(job, error)
        except StoreError as error:
            log.warning("page.not_recorded", url=job.url, error=str(error))
        except Exception:
            # Counted as an attempt like any other, or it would be read again for ever.
            log.exception("page.unexpected", url=job.url)
            metrics.UNEXPECTED.labels(part="pages").inc()
            await self._failed(job, FeedUnreadable(job.url, "an unexpected fault; see the log"))

    async def _read_page(self, job: fulltext.FullTextJob) -> None:
        desk = self.desk()
        feed = desk.feeds.get(job.feed)
        # The version first: a newer text under an older number is only read once more.
        version = await self.database.read(partial(articles.version_of, id=job.article))
        stored = await self.database.read(partial(articles.get, id=job.article))
        if feed is None or version is None or stored is None:
            await self._give_up(job, "the feed or the article is gone")
            return
        page = await self._fetch(feed, job.url)
        if len(page.text) <= len(stored.body):
            await self._give_up(job, "the page says no more than the feed")
            return
        article = replace(stored, body=_joined(stored, page))
        candidate = intake.Candidate(article, "", text_hash(article.title, article.body))
        now = self.clock()
        prepared = await intake.prepare([candidate], desk, now=now)
        if not prepared:
            await self._failed(job, FeedUnreadable(job.url, "an unexpected fault; see the log"))
            return

        def store(conn: Connection) -> intake.Intake | None:
            result = intake.record_page(
                conn, job.article, prepared[0], desk, read_version=version, now=now
            )
            if result is None:
                fulltext.defer(
                    conn, job.article, reason=CHANGED, next_attempt_at=now, owner=self.owner
                )
            else:
                fulltext.done(conn, job.article, owner=self.owner)
            return result

        done = await self.database.transact(store)
        if done is None:
            log.info("page.deferred", url=job.url, error=CHANGED, until=now)
            return
        log.info("page.read", url=job.url, characters=len(page.text), matched=done.matches)
        telling.count(done.decided)
        if done.alerts:
            self.on_alerts()

    async def _fetch(self, feed: Feed, url: str) -> Page:
        # The feed's own login and headers are for the feed's host alone.
        options = replace(feed.options, headers=(), username=None, password=None)
        async with self.hosts.turn(url, paced=not feed.allow_private), self.slots:
            answer = await self.fetcher.fetch(
                url, options=options, allow_private=feed.allow_private
            )
        assert answer.body is not None, "asked without validators"
        return await self.workers.run(
            extract, answer.body, answer.content_type, answer.url, deadline=EXTRACT_SECONDS, url=url
        )

    async def _failed(self, job: fulltext.FullTextJob, error: FeedError) -> None:
        """Once more later, unless it cannot get better."""
        lasting = isinstance(error, FeedGone | BlockedAddress) or (
            isinstance(error, FetchFailed) and error.status in (401, 402, 403, 404, 451)
        )
        if lasting or job.attempts >= ATTEMPTS:
            await self._give_up(job, str(error))
            return
        wait = RETRY_BASE * 4 ** (job.attempts - 1) * self.rng.uniform(0.8, 1.2)
        asked = error.retry_after if isinstance(error, FetchFailed) else None
        retry_at = self.clock() + max(wait, timedelta(seconds=asked or 0))
        log.info("page.deferred", url=job.url, error=str(error), until=retry_at)
        await self.database.transact(
            lambda conn: fulltext.defer(
                conn, job.article, reason=str(error), next_attempt_at=retry_at, owner=self.owner
            )
        )

    async def _give_up(self, job: fulltext.FullTextJob, reason: str) -> None:
        log.info("page.given_up", url=job.url, reason=reason)
        await self.database.transact(
            lambda conn: fulltext.give_up(conn, job.article, reason=reason, owner=self.owner)
        )


def _joined(stored: Article, page: Page) -> str:
    """The page's text, after the feed's own where the page does not hold it: nothing that matched
    before may stop matching."""
    if not stored.body or stored.body in page.text:
        return page.text
    return f"{stored.body}\n\n{page.text}"
