"""The composition root: builds everything, owns the jobs, signals, reload and drain.

One asyncio loop. The scheduler's few jobs only start work; all schedule state is in the database,
so a restart repairs itself. Nothing below this module knows the settings or the scheduler.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import loading, logs, metrics, notices
from monitor.channels.build import notifier
from monitor.config import Settings
from monitor.delivery import Deliverer, NotifierFactory
from monitor.desk import Desk
from monitor.diskguard import DiskGuard
from monitor.errors import ConfigError, DiskFull, MonitorError, ServiceError, StoreError
from monitor.feeds.fetch import Fetcher
from monitor.feeds.hosts import HostLimits
from monitor.feeds.workers import Workers
from monitor.loading import Loaded
from monitor.model import Clock, DeliveryState, Feed, FeedName, FeedState, utcnow
from monitor.pages import PageReader
from monitor.polling import LEASE as POLL_LEASE
from monitor.polling import Outcome, Poller
from monitor.service import Service
from monitor.store import Connection, Database, feeds, outbox, rules, status, troubles
from monitor.upkeep import Upkeep
from monitor.watch import FileWatch

log = structlog.get_logger()

TICK_SECONDS = 1
STATUS_SECONDS = 10
DISK_SECONDS = 5
WATCH_SECONDS = 30
PURGE_SECONDS = 3600
READ_TIME = timedelta(seconds=60)
"""Longer than any document may take to be read."""
DRAIN_SECONDS = 25.0
"""How long a stop waits for what is under way; leases cover the rest."""
STALL_SECONDS = 180
"""A loop that has not turned for so long dumps its stacks and exits, to be restarted."""
DOWNTIME_WORTH_TELLING = timedelta(minutes=10)
CLAIM_AHEAD = 4
"""Claimed feeds per fetch slot: those that wait for their host's turn must not idle the slots."""


@dataclass(slots=True)
class Parts:
    """Everything that is built once per process."""

    database: Database
    fetcher: Fetcher
    workers: Workers
    poller: Poller
    deliverer: Deliverer
    pages: PageReader
    upkeep: Upkeep
    disk: DiskGuard


class Daemon:
    """The running monitor. ``open``, then ``run`` or `monitor.once.run_once`, then ``close``."""

    def __init__(
        self,
        settings: Settings,
        *,
        read_settings: Callable[[], Settings],
        clock: Clock = utcnow,
        make_notifier: NotifierFactory = notifier,
        exclusive: bool = True,
    ) -> None:
        """``read_settings`` reads the same files anew. Not ``exclusive``: beside a running daemon,
        for a command that polls through the same leases."""
        self._exclusive = exclusive
        self._settings = settings
        self._read_settings = read_settings
        self._clock = clock
        self._make_notifier = make_notifier
        self._offset = timedelta(0)
        self._desk: Desk | None = None
        self._parts: Parts | None = None
        self._polls: set[asyncio.Task[Outcome | None]] = set()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._unrecorded: set[FeedName] = set()
        self._replaced: list[tuple[datetime, Workers]] = []
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._started_at = clock()
        self._restarts = 0
        self._beat = clock()
        self.service: Service | None = None

    # --- building ---------------------------------------------------------------------------

    @property
    def parts(self) -> Parts:
        assert self._parts is not None, "open() has not run"
        return self._parts

    def desk(self) -> Desk:
        """The desk in force."""
        assert self._desk is not None, "open() has not run"
        return self._desk

    def now(self) -> datetime:
        """The database's time: daemons that share one agree on what is due."""
        return self._clock() + self._offset

    @property
    def concurrency(self) -> int:
        """Fetches at once."""
        return self._settings.polling.concurrency

    async def open(self) -> Loaded:
        """Open the database, load the rules, build the parts. Raises StoreError."""
        settings = self._settings
        database = Database(settings.database.get_secret_value())
        try:
            if self._exclusive:
                await asyncio.to_thread(database.acquire)
            await asyncio.to_thread(database.migrate)
            await asyncio.to_thread(database.settle_leases)
            self._offset = await asyncio.to_thread(database.clock_offset)
            last_good = await database.read(rules.load_good)
            loaded = await asyncio.to_thread(loading.load, settings, last_good)
            self._desk = loaded.desk
            self._parts = self._build(settings, database)
            await self._adopt(loaded, previous=len({s.id for s in last_good if s.kind == "rule"}))
        except BaseException:
            await database.close()
            raise
        return loaded

    def _build(self, settings: Settings, database: Database) -> Parts:
        polling = settings.polling
        workers = Workers(count=polling.workers)
        fetcher = _fetcher(settings)
        poller = Poller(
            database, self.desk, fetcher, workers, self.now, database.owner,
            hosts=HostLimits(per_host=polling.per_host),
            slots=asyncio.Semaphore(polling.concurrency),
            on_alerts=self._start_deliveries,
        )  # fmt: skip
        deliverer = Deliverer(
            database, self.desk, self.now, database.owner, make_notifier=self._make_notifier
        )
        pages = PageReader(
            database, self.desk, fetcher, workers, self.now, database.owner, poller.hosts,
            poller.slots, on_alerts=self._start_deliveries,
        )  # fmt: skip
        upkeep = Upkeep(
            database, self.desk, self.now, self._started_at,
            keep_articles=settings.retention.articles,
            keep_deliveries=settings.retention.deliveries,
        )  # fmt: skip
        disk = DiskGuard(database, settings.service.min_free_disk)
        return Parts(database, fetcher, workers, poller, deliverer, pages, upkeep, disk)

    async def close(self) -> None:
        """Release everything; safe to call after a failed ``open``."""
        if self._parts is None:
            return
        parts, self._parts = self._parts, None
        await parts.deliverer.close()
        for _, workers in self._replaced:
            await workers.close()
        await parts.workers.close()
        await parts.database.close()

    # --- reload -----------------------------------------------------------------------------

    async def reload(self) -> bool:
        """Load everything anew, then swap; False when the configuration cannot be used."""
        async with self._reloading:
            database = self.parts.database
            try:
                settings = await asyncio.to_thread(self._read_settings)
            except ConfigError as error:
                log.error("config.broken", problems=[str(p) for p in error.problems])
                text = "\n".join(str(p) for p in error.problems)
                await self._trouble(
                    "config", "The configuration is broken; the last one is kept", text
                )
                return False
            before = self.desk()
            previous = len(before.ruleset.rules)
            last_good = await database.read(rules.load_good)
            loaded = await asyncio.to_thread(loading.load, settings, last_good)
            self._apply(settings)
            self._settings, self._desk = settings, loaded.desk
            await self._over("config", "The configuration can be read again.")
            await self._adopt(loaded, previous=previous)
            # What was changed is meant to take effect now, not when a back-off has run out.
            changed = [
                n
                for n, f in loaded.desk.feeds.items()
                if n in before.feeds and f != before.feeds[n]
            ]
            now = self.now()
            await database.transact(lambda conn: feeds.hasten(conn, changed, now=now))
            log.info(
                "reload.done", rules=len(loaded.desk.ruleset.rules), feeds=len(loaded.desk.feeds)
            )
            return True

    def _apply(self, settings: Settings) -> None:
        """What the parts hold of the settings; database and listen wait for a restart."""
        parts, polling = self.parts, settings.polling
        logs.configure(
            level=settings.log.level, format=settings.log.format, secrets=settings.secrets()
        )
        parts.upkeep.keep_articles = settings.retention.articles
        parts.upkeep.keep_deliveries = settings.retention.deliveries
        parts.poller.hosts.per_host = polling.per_host
        parts.poller.fetcher = parts.pages.fetcher = _fetcher(settings)
        if self._settings.polling.workers != polling.workers:
            self._replaced.append((self.now(), parts.workers))
            parts.workers = parts.poller.workers = parts.pages.workers = Workers(polling.workers)
        parts.poller.slots = parts.pages.slots = asyncio.Semaphore(polling.concurrency)
        parts.disk.min_free = settings.service.min_free_disk

    async def _adopt(self, loaded: Loaded, *, previous: int) -> None:
        """Bring the database in line with a desk just loaded, and tell what is wrong with it."""
        desk, now = loaded.desk, self.now()
        count = len(desk.ruleset.rules)
        shrunk = count == 0 or count * 2 < previous

        def adopt(conn: Connection) -> None:
            feeds.sync(conn, list(desk.feeds.values()), now=now)
            rules.save_good(conn, loaded.sources, now=now)
            _settle_channels(conn, desk, now)
            status.put(conn, "rules", _rules_status(loaded), now=now)

        await self.parts.database.transact(adopt)
        metrics.RULES_BROKEN.set(len({p.rule or p.place for p in loaded.errors}))
        for problem in loaded.errors:
            log.error("rule.broken", place=problem.place, rule=problem.rule, error=problem.message)
        if loaded.errors:
            text = "\n".join(f"{p.place}: {p.message}" for p in loaded.errors[:20])
            kept = (
                f"\nKept at their last good version: {', '.join(loaded.kept)}"
                if loaded.kept
                else ""
            )
            await self._trouble("rules:broken", "Rule files have errors", text + kept)
        else:
            await self._over("rules:broken", "All rule files can be read again.")
        if shrunk:
            text = f"{count} rules are loaded, {previous} were before. "
            text += f"Is {loaded.settings.rules} the right place?"
            await self._trouble("rules:few", "Most rules are gone" if count else "No rules", text)
        elif count:
            await self._over("rules:few", f"{count} rules are loaded.")

    async def _trouble(self, key: str, title: str, text: str) -> None:
        """Tell the operator; a trouble that reads differently from before is told anew."""
        channels, now = self.desk().operator_channels, self.now()

        def tell(conn: Connection) -> None:
            if any(n.key == key and n.text != text for n in troubles.list_open(conn)):
                troubles.close(conn, key, now=now)
            notices.begin(conn, key, title, text, channels=channels, now=now)

        await self.parts.database.transact(tell)

    async def _over(self, key: str, text: str) -> None:
        channels, now = self.desk().operator_channels, self.now()
        await self.parts.database.transact(
            lambda conn: notices.end(conn, key, text, channels=channels, now=now)
        )

    async def _tell_downtime(self) -> None:
        """A gap in the watch is never silent: say from when to when nobody looked."""
        last = await self.parts.database.read(lambda conn: status.get(conn, "daemon"))
        if last is None:
            return
        polls = await self.parts.database.read(feeds.last_poll)  # rounds by hand or timer count too
        now, seen = self.now(), max(last[1], polls or last[1])
        if now - seen < DOWNTIME_WORTH_TELLING:
            return
        text = f"Nothing was polled from {seen:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} UTC. "
        text += "What feeds still hold of that time is being read now."
        channels = self.desk().operator_channels

        def tell(conn: Connection) -> None:
            notices.begin(
                conn, "downtime", "The monitor was down", text, channels=channels, now=now
            )
            troubles.close(conn, "downtime", now=now)

        await self.parts.database.transact(tell)

    # --- running ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until SIGTERM, SIGINT or ``stop``; then finish what is under way."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        await self._guarded("downtime", self._tell_downtime)
        await self._open_service()
        watch = FileWatch(lambda: loading.watched(self._settings), self.reload)
        watching = asyncio.create_task(watch.run(self._stop))
        scheduler = self._schedule()
        scheduler.start()
        log.info(
            "daemon.started", feeds=len(self.desk().feeds), rules=len(self.desk().ruleset.rules)
        )
        try:
            await self._stop.wait()
        finally:
            scheduler.shutdown(wait=False)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await self._drain()
            faulthandler.cancel_dump_traceback_later()
            if self.service is not None:
                await self.service.close()
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)
        log.info("daemon.stopped")

    def _reload_soon(self) -> None:
        self._spawn(self._guarded("reload", self.reload))

    def stop(self) -> None:
        """Ask ``run`` to end."""
        self._stop.set()

    def _schedule(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        jobs: list[tuple[str, Callable[[], Awaitable[object]], int]] = [
            ("alive", self._sign_of_life, TICK_SECONDS),
            ("poll_due", self._poll_due, TICK_SECONDS),
            ("deliver_due", self._deliver_tick, TICK_SECONDS),
            ("read_pages", self._read_pages, TICK_SECONDS),
            ("status", self._save_status, STATUS_SECONDS),
            ("disk", self._look_at_disk, DISK_SECONDS),
            ("watch", self._watch, WATCH_SECONDS),
            ("purge", self.parts.upkeep.purge, PURGE_SECONDS),
        ]
        for name, work, seconds in jobs:
            scheduler.add_job(
                self._guarded, "interval", args=(name, work), seconds=seconds, id=name,
                next_run_time=datetime.now(scheduler.timezone),
            )  # fmt: skip
        return scheduler

    async def _guarded(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run one unit of work; whatever it raises is logged and counted, and the loop lives on."""
        try:
            await work()
        except DiskFull as error:
            await self._disk_full(error)
        except StoreError as error:
            log.warning("store.failed", job=name, error=str(error))
        except MonitorError as error:
            log.error("job.failed", job=name, error=str(error))
        except Exception:
            log.exception("job.unexpected", job=name)
            metrics.UNEXPECTED.labels(part=name).inc()

    async def _sign_of_life(self) -> None:
        """The loop turns. Nothing here waits: a database that hangs is no reason to die."""
        now = self.now()
        metrics.LOOP_LAG.set(max((now - self._beat).total_seconds() - TICK_SECONDS, 0))
        self._beat = now
        faulthandler.dump_traceback_later(STALL_SECONDS, exit=True)

    async def _poll_due(self) -> None:
        """Claim what is due and start polling it."""
        room = self._settings.polling.concurrency * CLAIM_AHEAD - len(self._polls)
        if room <= 0 or self.parts.disk.is_full:
            return
        await self._release_unrecorded()
        await self.start_polls(limit=room)

    async def _release_unrecorded(self) -> None:
        """Give back feeds whose poll could not be recorded, instead of waiting for their lease."""
        names, owner = set(self._unrecorded), self.parts.database.owner
        if names:
            await self.parts.database.transact(lambda conn: feeds.release(conn, names, owner=owner))
            self._unrecorded -= names

    async def start_polls(
        self, *, limit: int, names: Collection[FeedName] | None = None
    ) -> dict[FeedName, asyncio.Task[Outcome | None]]:
        """Claim up to ``limit`` feeds that are due (``names``: of these, due or not) and poll them,
        each in a task of its own. A task's result is None when nothing could be recorded."""
        now, owner = self.now(), self.parts.database.owner
        claimed = await self.parts.database.transact(
            lambda conn: feeds.claim_due(
                conn, now=now, limit=limit, lease=POLL_LEASE, owner=owner, names=names,
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
            self._polls.add(task)
            task.add_done_callback(self._polls.discard)
        return begun

    async def _poll(self, feed: Feed, state: FeedState) -> Outcome | None:
        try:
            return await self.parts.poller.poll(feed, state)
        except DiskFull as error:
            self._unrecorded.add(feed.name)
            await self._disk_full(error)
        except StoreError as error:
            self._unrecorded.add(feed.name)
            log.warning("feed.not_recorded", feed=feed.name, error=str(error))
        except Exception:
            self._unrecorded.add(feed.name)
            log.exception("feed.not_recorded", feed=feed.name)
            metrics.UNEXPECTED.labels(part="polling").inc()
        return None

    async def _read_pages(self) -> None:
        if not self.parts.disk.is_full:
            await self.parts.pages.read_due()

    async def _deliver_tick(self) -> None:
        self._start_deliveries()

    def _start_deliveries(self) -> None:
        """Drain what is due in a task of its own; channels that are draining already are left."""
        if self._stop.is_set():
            return
        self._spawn(self._guarded("deliver_due", self.parts.deliverer.drain))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _watch(self) -> None:
        """Feeds, lateness and queue; and, with several daemons, who of them lives."""
        await asyncio.to_thread(self.parts.database.settle_leases)
        self._offset = await asyncio.to_thread(self.parts.database.clock_offset)
        metrics.WORKER_RESTARTS.inc(self.parts.workers.restarts - self._restarts)
        self._restarts = self.parts.workers.restarts
        while self._replaced and self.now() - self._replaced[0][0] > READ_TIME:
            await self._replaced.pop(0)[1].close()
        await self.parts.upkeep.watch()

    async def _look_at_disk(self) -> None:
        turned = await asyncio.to_thread(self.parts.disk.look)
        metrics.DISK_FREE.set(self.parts.disk.free)
        if turned and self.parts.disk.is_full:
            log.error("disk.full", free=self.parts.disk.free)
            await self._tell_disk()
        elif turned:
            await self._over("disk", "There is room again; polling goes on.")
            log.info("disk.room_again", free=self.parts.disk.free)

    async def _disk_full(self, error: DiskFull) -> None:
        """Polling stops, and the reserve is given up so that delivery can record its outcomes."""
        if not self.parts.disk.declare_full():
            return
        log.error("disk.full", error=str(error))
        with suppress(StoreError):  # then the log and the health page have to do
            await self._tell_disk()

    async def _tell_disk(self) -> None:
        free = self.parts.disk.free
        text = f"{free / 1e6:.0f} MB are left for the database. Polling has stopped, delivery "
        text += "goes on. Polling resumes by itself when there is room."
        await self._trouble("disk", "The disk is full", text)

    async def _save_status(self) -> None:
        now = self.now()
        value: dict[str, Any] = {
            "pid": os.getpid(),
            "started_at": self._started_at.isoformat(),
            "polls_under_way": len(self._polls),
            "disk_full": self.parts.disk.is_full,
            "disk_free": self.parts.disk.free,
            "channels": {
                name: {
                    "unhealthy": h.unhealthy,
                    "last_error": h.last_error,
                    "last_sent_at": h.last_sent_at.isoformat() if h.last_sent_at else None,
                }
                for name, h in self.parts.deliverer.statuses().items()
            },
        }
        await self.parts.database.transact(lambda conn: status.put(conn, "daemon", value, now=now))

    async def _open_service(self) -> None:
        if not self._settings.service.listen:
            return
        self.service = Service(self._settings.service.listen, alive=self._alive, ready=self._ready)
        try:
            await self.service.start()
        except ServiceError as error:
            # Health pages are for others; the watch itself must not end for the want of a port.
            log.error("service.unavailable", error=str(error))
            self.service = None

    def _alive(self) -> list[str]:
        """Why the loop is not well; nothing when it is."""
        silent = (self.now() - self._beat).total_seconds()
        return [f"no tick for {silent:.0f} s"] if silent > 60 else []

    async def _ready(self) -> list[str]:
        """Why there is no service; nothing when there is. Channels and feeds are not asked."""
        reasons = []
        try:
            await self.parts.database.read(lambda conn: status.get(conn, "daemon"))
        except StoreError as error:
            reasons.append(f"database: {error}")
        if not self.desk().ruleset.rules:
            reasons.append("no rules are loaded")
        return reasons

    async def _drain(self) -> None:
        """Finish what is in flight within the deadline, then let go of the rest."""
        self.parts.deliverer.stop()
        under_way = self._polls | self._deliveries
        if not under_way:
            return
        log.info("daemon.draining", polls=len(self._polls), deliveries=len(self._deliveries))
        _, left = await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            log.warning("daemon.cut_off", tasks=len(left))


def _fetcher(settings: Settings) -> Fetcher:
    polling = settings.polling
    return Fetcher(
        timeout=polling.timeout,
        max_decoded=polling.max_bytes,
        user_agent=polling.user_agent,
        proxy=polling.proxy.get_secret_value() if polling.proxy else None,
    )


def _settle_channels(conn: Connection, desk: Desk, now: datetime) -> None:
    """Hold what waits for channels that are gone, free what waited for those that are back."""
    told = desk.operator_channels
    for channel, by_state in outbox.counts(conn).items():
        key = f"{notices.HELD}{channel}"
        if channel in desk.channels:
            outbox.unhold(conn, channel, now=now)
            notices.end(conn, key, "What was held is being sent.", channels=told, now=now)
            continue
        count = outbox.hold(conn, channel, "the channel is not configured any more")
        if count or by_state.get(DeliveryState.HELD):
            text = "They are sent when it is configured again; or see `monitor deliveries list "
            text += f"--channel {channel}` and discard them."
            title = f"Messages for the removed channel {channel} are held"
            notices.begin(conn, key, title, text, channels=told, now=now)
    for notice in troubles.list_open(conn):
        name = notice.key.removeprefix(notices.CHANNEL)
        if name != notice.key and name not in desk.channels:
            text = "It is not configured any more."
            notices.end(conn, notice.key, text, channels=told, now=now)


def _rules_status(loaded: Loaded) -> dict[str, Any]:
    """What ``monitor status`` shows of the last load."""
    return {
        "rules": len(loaded.desk.ruleset.rules),
        "feeds": len(loaded.desk.feeds),
        "kept": list(loaded.kept),
        "problems": [f"{p.place}: {p.message}" for p in loaded.errors][:50],
    }
