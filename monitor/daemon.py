"""The composition root: builds everything, owns the jobs, signals, reload and drain.

One asyncio loop. The scheduler's few jobs only start work; all schedule state is in the database,
so a restart repairs itself. Nothing below this module knows the settings or the scheduler.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor import adoption, loading, logs, metrics, parts
from monitor.channels.build import notifier
from monitor.config import Settings
from monitor.delivery import NotifierFactory
from monitor.desk import Desk
from monitor.errors import ConfigError, DiskFull, MonitorError, ServiceError, StoreError
from monitor.loading import Loaded
from monitor.model import Clock, utcnow
from monitor.service import Service
from monitor.store import Connection, Database, rules, status, stories, storyindex
from monitor.watch import FileWatch

log = structlog.get_logger()

TICK_SECONDS = 1
SETTLE_SECONDS = 5
STATUS_SECONDS = 10
DISK_SECONDS = 5
WATCH_SECONDS = 30
PURGE_SECONDS = 3600
DRAIN_SECONDS = 25.0
"""How long a stop waits for what is under way; leases cover the rest."""
STALL_SECONDS = 180
"""A loop that has not turned for so long dumps its stacks and exits, to be restarted."""


def _read_on(conn: Connection) -> bool:
    stories.lock(conn)
    return storyindex.read_on(conn)


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
        self._parts: parts.Parts | None = None
        self._deliveries: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._started_at = clock()
        self._restarts = 0
        self._files = FileWatch(lambda: loading.watched(self._settings), self.reload)
        self._beat = clock()
        self.service: Service | None = None

    # --- building ---------------------------------------------------------------------------

    @property
    def parts(self) -> parts.Parts:
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
            self._parts = parts.build(
                settings, database, self.desk, self.now, make_notifier=self._make_notifier,
                on_alerts=self._start_deliveries, on_disk_full=self._disk_full,
            )  # fmt: skip
            count = len({s.id for s in last_good if s.kind == "rule"})
            await adoption.adopt(database, loaded, previous=count, before=None, now=self.now())
        except BaseException:
            await database.close()
            raise
        return loaded

    async def close(self) -> None:
        """Release everything; safe to call after a failed ``open``."""
        if self._parts is not None:
            parts, self._parts = self._parts, None
            await parts.close()

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
            last_good = await database.read(rules.load_good)
            loaded = await asyncio.to_thread(loading.load, settings, last_good)
            now = self.now()
            logs.configure(
                level=settings.log.level, format=settings.log.format, secrets=settings.secrets()
            )
            self.parts.apply(settings, now=now)
            self._settings, self._desk = settings, loaded.desk
            await self._over("config", "The configuration can be read again.")
            count = len(before.ruleset.rules)
            await adoption.adopt(database, loaded, previous=count, before=before, now=now)
            log.info(
                "reload.done", rules=len(loaded.desk.ruleset.rules), feeds=len(loaded.desk.feeds)
            )
            return True

    async def _trouble(self, key: str, title: str, text: str) -> None:
        await adoption.begin_trouble(
            self.parts.database, self.desk(), key, title, text, now=self.now()
        )

    async def _over(self, key: str, text: str) -> None:
        await adoption.end_trouble(self.parts.database, self.desk(), key, text, now=self.now())

    async def _tell_downtime(self) -> None:
        await adoption.tell_downtime(self.parts.database, self.desk(), now=self.now())

    # --- running ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until SIGTERM, SIGINT or ``stop``; then finish what is under way."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        await self._guarded("downtime", self._tell_downtime)
        await self._open_service()
        await self._guarded("window", self._read_window)
        watching = asyncio.create_task(self._files.run(self._stop))
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

    async def _read_window(self) -> None:
        """What finds stories is in memory: read before the first poll has to wait for it."""
        while not self._stop.is_set():
            if not await self.parts.database.transact(_read_on):
                return

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
            ("settle", self.parts.upkeep.settle, SETTLE_SECONDS),
            ("status", self.save_status, STATUS_SECONDS),
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
        except asyncio.CancelledError:
            if not self._stop.is_set():  # else the scheduler ends: it would log that as an error
                raise
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
        if not self.parts.disk.is_full:
            await self.parts.rounds.start_due(concurrency=self.concurrency)

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
        await self.parts.end_replaced(now=self.now())
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
        if self.parts.disk.declare_full():
            log.error("disk.full", error=str(error))
        # Also when it was known: the first notice may be what there was no room for.
        with suppress(StoreError):  # then the log and the health page have to do
            await self._tell_disk()

    async def _tell_disk(self) -> None:
        text = "There is no room left for the database. Polling has stopped, delivery goes on. "
        text += "Polling resumes by itself when there is room."
        await self._trouble("disk", "The disk is full", text)

    async def save_status(self) -> None:
        """What ``monitor status`` shows of this process."""
        now = self.now()
        value: dict[str, Any] = {
            "pid": os.getpid(),
            "started_at": self._started_at.isoformat(),
            "polls_under_way": len(self.parts.rounds.under_way),
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
        polls = self.parts.rounds.under_way
        under_way = polls | self._deliveries
        if not under_way:
            return
        log.info("daemon.draining", polls=len(polls), deliveries=len(self._deliveries))
        _, left = await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            log.warning("daemon.cut_off", tasks=len(left))
