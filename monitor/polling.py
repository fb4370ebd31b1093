"""One feed, end to end: fetch, parse, find what is new, and store it all in one transaction.

Expected trouble becomes a value recorded on the feed; the other feeds are never delayed by it.
Polls that bring nothing are written together, since losing one costs a repeated fetch at most.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

import structlog

from monitor import intake, metrics, telling
from monitor.desk import CurrentDesk, Desk
from monitor.errors import FeedError, FeedUnreadable, StoreError
from monitor.feeds import schedule
from monitor.feeds.fetch import Fetcher
from monitor.feeds.hosts import HostLimits
from monitor.feeds.identity import KeyedEntry, assign_keys, is_backfill, settled_key
from monitor.feeds.parse import parse
from monitor.feeds.workers import Workers
from monitor.model import (
    Article,
    Clock,
    Feed,
    FeedName,
    FeedState,
    FetchResult,
    ParsedFeed,
    Validators,
)
from monitor.store import Connection, Database, articles, feeds

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
QUIET_FLUSH_SECONDS = 0.2
PARSE_SECONDS = 20.0


NOTHING = intake.Intake()


class PollResult(StrEnum):
    """How a poll went, for the log and the metrics."""

    NEWS = "news"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one poll did. ``error`` is set when ``result`` is FAILED."""

    feed: FeedName
    result: PollResult
    plan: schedule.Plan
    intake: intake.Intake = NOTHING
    error: FeedError | None = None
    notes: tuple[str, ...] = ()
    """What had to be forgiven or cut in the document."""


@dataclass(slots=True)
class Totals:
    """Running sums since the start, for the summary at the end of a run."""

    polls: int = 0
    failed: int = 0
    articles: int = 0
    matches: int = 0
    stories: int = 0
    alerts: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one poll."""
        self.polls += 1
        self.failed += outcome.result is PollResult.FAILED
        self.articles += outcome.intake.new_articles
        self.matches += outcome.intake.matches
        self.stories += outcome.intake.new_stories
        self.alerts += outcome.intake.alerts


@dataclass(slots=True)
class Poller:
    """Polls feeds. One at a time per feed is the caller's (and the lease's) business."""

    database: Database
    desk: CurrentDesk
    fetcher: Fetcher
    workers: Workers
    clock: Clock
    owner: str
    hosts: HostLimits = field(default_factory=HostLimits)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(50))
    """Fetches and parses at once, over all hosts."""
    rng: random.Random = field(default_factory=random.Random)
    on_alerts: Callable[[], None] = lambda: None
    """Called after a commit that queued deliveries."""
    totals: Totals = field(default_factory=Totals)
    _quiet: list[tuple[FeedState, asyncio.Future[None]]] = field(default_factory=list)
    _flusher: asyncio.Task[None] | None = None

    async def poll(self, feed: Feed, state: FeedState) -> Outcome:
        """Poll ``feed`` as claimed in ``state``; whatever happens to the feed is in the outcome.

        Raises StoreError when nothing could be recorded: the lease runs out and it is polled again.
        """
        begun = time.perf_counter()
        try:
            outcome = await self._poll(feed, state)
        except StoreError:
            raise
        except Exception:
            log.exception("feed.unexpected", feed=feed.name)
            metrics.UNEXPECTED.labels(part="polling").inc()
            error = FeedUnreadable(feed.url, "an unexpected fault in this program; see its log")
            intervals = replace(self.desk().intervals, fixed=feed.interval)
            outcome = await self._failed(state, error, intervals)
        seconds = time.perf_counter() - begun
        self.totals.add(outcome)
        _count(outcome, seconds)
        _log(outcome, seconds)
        return outcome

    async def _poll(self, feed: Feed, state: FeedState) -> Outcome:
        desk = self.desk()
        intervals = replace(desk.intervals, fixed=feed.interval)
        full = schedule.wants_full_fetch(state, self.clock())
        try:
            async with (
                self.hosts.turn(feed.url, paced=not feed.allow_private),
                self.slots,
            ):
                answer = await self.fetcher.fetch(
                    state.url,
                    validators=Validators() if full else state.validators,
                    options=feed.options,
                    allow_private=feed.allow_private,
                )
            if answer.body is None:
                return await self._not_modified(state, answer, intervals)
            facts = schedule.Answer(
                answer.validators, conditional=not full, moved_to=answer.moved_to,
                min_interval=answer.min_interval, retry_after=answer.retry_after,
                body_hash=hashlib.sha256(answer.body).hexdigest(),
            )  # fmt: skip
            if facts.body_hash == state.body_hash:
                return await self._unchanged(state, replace(facts, unchanged=True), intervals)
            parsed = await self._parse(feed, answer)
        except FeedError as error:
            return await self._failed(state, error, intervals)
        return await self._news(feed, state, facts, parsed, desk)

    async def _parse(self, feed: Feed, answer: FetchResult) -> ParsedFeed:
        assert answer.body is not None
        return await self.workers.run(
            parse,
            answer.body,
            answer.content_type,
            answer.url,
            deadline=PARSE_SECONDS,
            url=feed.url,
        )

    async def _not_modified(
        self, state: FeedState, answer: FetchResult, intervals: schedule.Intervals
    ) -> Outcome:
        facts = schedule.Answer(
            answer.validators, unchanged=True, conditional=True, moved_to=answer.moved_to,
            min_interval=answer.min_interval, retry_after=answer.retry_after,
        )  # fmt: skip
        plan = schedule.after_not_modified(
            state, facts, now=self.clock(), policy=intervals, jitter=self.rng.random()
        )
        await self._save_quietly(plan.state)
        return Outcome(state.name, PollResult.NOT_MODIFIED, plan)

    async def _unchanged(
        self, state: FeedState, facts: schedule.Answer, intervals: schedule.Intervals
    ) -> Outcome:
        plan = schedule.after_success(
            state, facts, now=self.clock(), policy=intervals, jitter=self.rng.random()
        )
        await self._save_quietly(plan.state)
        return Outcome(state.name, PollResult.UNCHANGED, plan)

    async def _failed(
        self, state: FeedState, error: FeedError, intervals: schedule.Intervals
    ) -> Outcome:
        plan = schedule.after_failure(
            state, error, now=self.clock(), policy=intervals, jitter=self.rng.random()
        )
        await self._save_quietly(plan.state)
        return Outcome(state.name, PollResult.FAILED, plan, error=error)

    async def _news(
        self,
        feed: Feed,
        state: FeedState,
        facts: schedule.Answer,
        parsed: ParsedFeed,
        desk: Desk,
    ) -> Outcome:
        """A document that differs from the last: store what is new in it, and the feed's state."""
        now = self.clock()
        keyed = assign_keys(feed.name, feed.url, parsed)
        known = await self.database.read(
            lambda conn: articles.known_entries(conn, feed.name, [k.key for k in keyed])
        )
        fresh = [
            k for k in keyed if k.key not in known or known[k.key].content_hash != k.content_hash
        ]
        if fresh and state.first_parsed_at is not None:
            fresh = await self.database.read(
                partial(_settled, feed=feed.name, fresh=fresh, known=known)
            )
        candidates = [_candidate(k, feed, parsed, state, now) for k in fresh]
        prepared = await intake.prepare(candidates, desk, now=now)
        taken = {p.candidate.entry_key for p in prepared}
        dates = (k.entry.published or k.entry.updated for k in keyed)
        facts = replace(
            facts,
            new=sum(k.key not in known and k.key in taken for k in fresh),
            newest=schedule.newest_date(dates, now),
        )
        intervals = replace(desk.intervals, fixed=feed.interval)
        plan = schedule.after_success(
            state, facts, now=now, policy=intervals, jitter=self.rng.random()
        )
        saved = plan.state
        if parsed.cut_off or len(prepared) < len(candidates):
            # Read the same bytes again, for what was left out.
            saved = replace(saved, validators=Validators(), body_hash=None)
        if parsed.cut_off and state.last_success_at is None:
            # The old items that it lacks would be news if this had been the first poll. Once is
            # enough: of a feed that is always cut off, no item may be too old for good.
            saved = replace(saved, first_parsed_at=None)
        if not fresh:
            await self._save_quietly(saved)
            return Outcome(state.name, PollResult.UNCHANGED, plan, notes=parsed.notes)

        def store(conn: Connection) -> intake.Intake:
            result = intake.record(
                conn, feed.name, prepared, desk, now=now, full_text=feed.full_text
            )
            articles.touch_entries(conn, feed.name, [k.key for k in keyed], now=now)
            feeds.save(conn, saved, owner=self.owner)
            return result

        stored = await self.database.transact(store)
        if stored.alerts:
            self.on_alerts()
        return Outcome(feed.name, PollResult.NEWS, plan, stored, notes=parsed.notes)

    async def _save_quietly(self, state: FeedState) -> None:
        """Save a feed's state together with those of other quiet polls, at most 0.2 s later."""
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._quiet.append((state, saved))
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())
        await saved

    async def _flush(self) -> None:
        while self._quiet:
            await asyncio.sleep(QUIET_FLUSH_SECONDS)
            batch, self._quiet = self._quiet, []
            error: Exception | None = None
            try:
                await self.database.transact(partial(_save_all, batch=batch, owner=self.owner))
            except Exception as e:  # noqa: BLE001  # handed to every poll that waits for it
                error = e
            for _, saved in batch:
                if saved.done():
                    continue
                if error is None:
                    saved.set_result(None)
                else:
                    saved.set_exception(error)


def _save_all(
    conn: Connection, *, batch: Sequence[tuple[FeedState, asyncio.Future[None]]], owner: str
) -> None:
    feeds.save_many(conn, [state for state, _ in batch], owner=owner)


def _settled(
    conn: Connection,
    *,
    feed: FeedName,
    fresh: Sequence[KeyedEntry],
    known: Mapping[str, articles.KnownEntry],
) -> list[KeyedEntry]:
    """New and changed entries, each with the key of the article that it really is.

    Only this feed's own text tells: another's summary of the same page may share no word with it.
    """
    shown = {k.key: known[k.key].article for k in fresh if k.key in known}
    before = articles.get_many(conn, {a for a in shown.values() if a is not None})
    linked = articles.known_articles(conn, [k.article_key for k in fresh if k.key not in shown])
    settled = []
    for k in fresh:
        old = None
        if k.key in shown:
            article = shown[k.key]
            old = before.get(article) if article is not None else None
        elif k.article_key in linked:
            there = linked[k.article_key].id
            old = articles.get(conn, there) if articles.is_shown_by(conn, there, feed) else None
        if old is not None and old.feed == feed:
            text = old.title, old.body
            key = settled_key(feed, k, old.key, text, known=k.key in shown)
            settled.append(replace(k, article_key=key))
        else:
            settled.append(k)
    return settled


def _candidate(
    keyed: KeyedEntry, feed: Feed, parsed: ParsedFeed, state: FeedState, now: datetime
) -> intake.Candidate:
    """The article that an entry stands for, and whether it is too old to tell anybody."""
    entry = keyed.entry
    first = state.first_parsed_at is None
    quiet = ""
    if first and is_backfill(entry, now=now, backfill=feed.backfill):
        quiet = "an older item on the feed's first poll"
    article = Article(
        key=keyed.article_key,
        title=entry.title,
        body=entry.body,
        url=entry.link,
        source=entry.source or feed.name,
        feed=feed.name,
        author=entry.author,
        lang=entry.lang or feed.lang or parsed.lang,
        published=entry.published or entry.updated,
        tags=tuple(dict.fromkeys((*feed.tags, *entry.tags))),
    )
    return intake.Candidate(
        intake.without_future(article, now), keyed.key, keyed.content_hash, quiet
    )


def _count(outcome: Outcome, seconds: float) -> None:
    done = outcome.intake
    metrics.POLLS.labels(result=outcome.result).inc()
    metrics.POLL_SECONDS.observe(seconds)
    if outcome.result is not PollResult.FAILED:
        metrics.LAST_POLL.set_to_current_time()
    metrics.ARTICLES.inc(done.new_articles + done.changed_articles)
    metrics.MATCHES.inc(done.matches)
    metrics.STORIES.inc(done.new_stories)
    telling.count(done.decided)


def _log(outcome: Outcome, seconds: float) -> None:
    fields = {"feed": outcome.feed, "ms": round(seconds * 1000)}
    if outcome.error is not None:
        log.warning(
            "feed.poll_failed", **fields, error=str(outcome.error),
            kind=type(outcome.error).__name__, next=outcome.plan.state.next_poll_at,
            why=outcome.plan.reason,
        )  # fmt: skip
        return
    done = outcome.intake
    level = log.info if outcome.result is PollResult.NEWS else log.debug
    level(
        "feed.polled", **fields, status=outcome.result, new=done.new_articles,
        changed=done.changed_articles, matched=done.matches, alerts=done.alerts,
        next=outcome.plan.reason, **({"notes": outcome.notes} if outcome.notes else {}),
    )  # fmt: skip
    for d in done.decided:
        log.info(
            "story.decided", feed=outcome.feed, title=d.title, rules=d.rules, story=d.story,
            alert=d.alert, reason=d.reason, why=d.why, held=d.held,
        )  # fmt: skip
