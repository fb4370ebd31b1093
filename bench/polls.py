"""Polls a second and CPU time a poll of the real daemon's round, over feeds served on loopback.

The baseline is the least that a poller in Python can do: httpx asks, feedparser parses, nothing is
remembered. It runs over some of the same feeds in the same run.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import feedparser
import httpx

from bench.feedserver import ITEMS, Control
from bench.measure import ROOT, Cost, Table, Value, median, row, spent
from monitor import config, logs
from monitor.channels.build import Notifier
from monitor.daemon import Daemon
from monitor.model import Channel, Rendered, TextFormat
from monitor.once import poll_all
from monitor.polling import PollResult

CONCURRENCY = 50
BASELINE = "httpx + feedparser"
COLUMNS = ("what", "polls/s", "CPU ms a poll", "of that in workers", "baseline / this (CPU)")


@dataclass(frozen=True, slots=True)
class Case:
    """One way that a round of polls may go. ``expect``: how every poll has to end."""

    name: str
    stage: int
    expect: PollResult
    validators: bool = False
    stamped: bool = False
    counts: bool = True
    """Not only a step to the next case."""


CASES = (
    Case("cold, 20 new items each", 0, PollResult.NEWS),
    Case("the same body again", 0, PollResult.UNCHANGED),
    Case("another body, the same items", 0, PollResult.UNCHANGED, stamped=True),
    Case("validators come", 0, PollResult.UNCHANGED, validators=True, counts=False),
    Case("304", 0, PollResult.NOT_MODIFIED, validators=True),
    Case("one new item each", 1, PollResult.NEWS, validators=True),
)


class _Nobody:
    """A channel that takes everything and shows it to nobody: delivery is another benchmark."""

    format = TextFormat.TEXT

    async def send(self, rendered: Rendered, *, key: str) -> str:
        return ""

    async def close(self) -> None:
        return


@dataclass(slots=True)
class _Costs:
    """Of each part, by case, in seconds a poll."""

    all: dict[str, list[Cost]] = field(default_factory=dict)
    workers: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, cost: Cost, workers: float, polls: int) -> None:
        self.all.setdefault(name, []).append(Cost(cost.wall / polls, cost.cpu / polls))
        self.workers.setdefault(name, []).append(workers / polls)

    def row(self, name: str) -> dict[str, Value]:
        costs = self.all[name]
        cpu, base = (median(c.cpu for c in self.all[n]) for n in (name, BASELINE))
        workers = None if name == BASELINE else 1000 * max(0.0, median(self.workers[name]))
        rate = 1 / median(c.wall for c in costs)
        return row(COLUMNS, name, rate, 1000 * cpu, workers, base / cpu)


def measure(*, feeds: int = 1000, rounds: int = 3, baseline_feeds: int = 100) -> Table:
    """Every case over all feeds, a part of them at a time: ``rounds`` parts, and medians of these.

    The baseline has as many parts, each of ``baseline_feeds`` feeds.
    """
    costs = _Costs()
    with Control(feeds) as server, tempfile.TemporaryDirectory(prefix="bench-polls-") as folder:
        asyncio.run(_cases(server, Path(folder), costs, rounds, min(baseline_feeds, feeds)))
    return Table(
        "polls",
        f"a round over {feeds:,} feeds of {ITEMS} items, {CONCURRENCY} at once, the starter rules",
        COLUMNS,
        tuple(costs.row(name) for name in (BASELINE, *(c.name for c in CASES if c.counts))),
        "CPU: this process, its store's threads and its parsing processes; not the server's. "
        f"Medians of {rounds} parts.",
    )


async def _cases(
    server: Control, folder: Path, costs: _Costs, rounds: int, baseline_feeds: int
) -> None:
    path = folder / "config.toml"
    path.write_text(_config(server), "utf-8")

    def settings() -> config.Settings:
        return config.load(path, environ={})

    def nobody(channel: Channel) -> Notifier:
        return _Nobody()

    with (folder / "log").open("w", encoding="utf-8") as log:
        logs.configure(level="info", format="json", stream=log)
        daemon = Daemon(settings(), read_settings=settings, make_notifier=nobody)
        await daemon.open()
        try:
            await daemon.parts.workers.start()
            for case in CASES:
                await asyncio.to_thread(
                    server.set, case.stage, validators=case.validators, stamped=case.stamped
                )
                for part in range(rounds):
                    await _case(case, range(part, server.count, rounds), daemon, costs)
            for part in range(rounds):
                await _baseline(server, range(part, baseline_feeds * rounds, rounds), costs)
        finally:
            await daemon.close()
            logs.configure(level="warning")


async def _case(case: Case, feeds: range, daemon: Daemon, costs: _Costs) -> None:
    gc.collect()
    workers = daemon.parts.workers
    before, own = spent(workers.pids()), time.process_time()
    outcomes, unrecorded = await poll_all(daemon, names={_name(n) for n in feeds})
    cost, own = spent(workers.pids()) - before, time.process_time() - own
    ends = Counter(o.result for o in outcomes)
    if unrecorded or set(ends) != {case.expect} or len(outcomes) != len(feeds):
        raise RuntimeError(f"{case.name}: {dict(ends)}, {unrecorded} not recorded")
    costs.add(case.name, cost, cost.cpu - own, len(feeds))


async def _baseline(server: Control, feeds: range, costs: _Costs) -> None:
    gc.collect()
    before = spent()
    await _bare([server.url(n % server.count) for n in feeds])
    costs.add(BASELINE, spent() - before, 0.0, len(feeds))


def _name(feed: int) -> str:
    return f"paper {feed}"


def _config(server: Control) -> str:
    head = (
        f'database = "sqlite:///monitor.db"\nrules = "{ROOT / "rules"}"\n'
        f"[polling]\nconcurrency = {CONCURRENCY}\nper_host = {CONCURRENCY}\n"
        '[service]\nlisten = ""\n[channels.nobody]\ntype = "console"\n'
        '[alerts]\ndefault_channels = ["nobody"]\n'
    )
    feeds = (
        f'[[feeds]]\nname = "{_name(n)}"\nurl = "{server.url(n)}"\nallow_private = true\n'
        for n in range(server.count)
    )
    return head + "".join(feeds)


async def _bare(urls: list[str]) -> None:
    """Ask and parse, nothing else. A client of its own, as the library's manual has it."""
    slots = asyncio.Semaphore(CONCURRENCY)

    async def poll(client: httpx.AsyncClient, url: str) -> None:
        async with slots:
            answer = await client.get(url)
        found = feedparser.parse(answer.content)
        if not found.entries:
            raise RuntimeError(f"{url}: nothing in it")

    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        await asyncio.gather(*(poll(client, url) for url in urls))
