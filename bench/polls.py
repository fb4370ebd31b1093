"""Polls a second and CPU time a poll of the real daemon's round, over feeds served on loopback.

The baseline is the least that a poller in Python can do: httpx asks, feedparser parses, nothing is
remembered. It runs over the same feeds in the same round.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import feedparser
import httpx

from bench.feedserver import Control
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
    """Of all rounds, by case."""

    all: dict[str, list[Cost]] = field(default_factory=dict)
    workers: dict[str, list[float]] = field(default_factory=dict)
    polls: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, cost: Cost, workers: float, polls: int) -> None:
        self.all.setdefault(name, []).append(cost)
        self.workers.setdefault(name, []).append(workers)
        self.polls[name] = polls

    def row(self, name: str) -> dict[str, Value]:
        polls, costs = self.polls[name], self.all[name]
        cpu = median(c.cpu for c in costs) / polls
        base = median(c.cpu for c in self.all[BASELINE]) / self.polls[BASELINE]
        share = median(self.workers[name]) / polls
        workers = None if name == BASELINE else 1000 * share
        rate = polls / median(c.wall for c in costs)
        return row(COLUMNS, name, rate, 1000 * cpu, workers, base / cpu)


def measure(*, feeds: int = 1000, rounds: int = 3, baseline_feeds: int = 250) -> Table:
    """All cases, ``rounds`` times, the baseline among them (over the first ``baseline_feeds``)."""
    costs = _Costs()
    with Control(feeds) as server:
        for _ in range(rounds):
            with tempfile.TemporaryDirectory(prefix="bench-polls-") as folder:
                asyncio.run(_round(server, Path(folder), costs))
            server.set(0)
            few = min(baseline_feeds, feeds)
            gc.collect()
            before = spent()
            asyncio.run(_bare([server.url(n) for n in range(few)]))
            costs.add(BASELINE, spent() - before, 0.0, few)
    return Table(
        "polls",
        f"one round over {feeds:,} feeds of 20 items, {CONCURRENCY} at once, the starter rules",
        COLUMNS,
        tuple(costs.row(name) for name in (BASELINE, *(c.name for c in CASES if c.counts))),
        f"CPU: this process, its store's threads and its parsing processes; not the server's. "
        f"Medians of {rounds} rounds.",
    )


async def _round(server: Control, folder: Path, costs: _Costs) -> None:
    path = folder / "config.toml"
    path.write_text(_config(server), "utf-8")

    def settings() -> config.Settings:
        return config.load(path, environ={})

    def nobody(channel: Channel) -> Notifier:
        return _Nobody()

    with (folder / "log").open("w", encoding="utf-8") as log, closing(log):
        logs.configure(level="info", format="json", stream=log)
        daemon = Daemon(settings(), read_settings=settings, make_notifier=nobody)
        await daemon.open()
        try:
            await daemon.parts.workers.start()
            for case in CASES:
                await _case(case, daemon, server, costs)
        finally:
            await daemon.close()
            logs.configure(level="warning")


async def _case(case: Case, daemon: Daemon, server: Control, costs: _Costs) -> None:
    await asyncio.to_thread(
        server.set, case.stage, validators=case.validators, stamped=case.stamped
    )
    gc.collect()
    workers = daemon.parts.workers.pids()
    before, own = spent(workers), spent()
    outcomes, unrecorded = await poll_all(daemon)
    cost, mine = spent(workers) - before, spent() - own
    ends = Counter(o.result for o in outcomes)
    if unrecorded or set(ends) != {case.expect} or len(outcomes) != server.count:
        raise RuntimeError(f"{case.name}: {dict(ends)}, {unrecorded} not recorded")
    costs.add(case.name, cost, cost.cpu - mine.cpu, server.count)


def _config(server: Control) -> str:
    head = (
        f'database = "sqlite:///monitor.db"\nrules = "{ROOT / "rules"}"\n'
        f"[polling]\nconcurrency = {CONCURRENCY}\nper_host = {CONCURRENCY}\n"
        '[service]\nlisten = ""\n[channels.nobody]\ntype = "console"\n'
        '[alerts]\ndefault_channels = ["nobody"]\n'
    )
    feeds = (
        f'[[feeds]]\nname = "paper {n}"\nurl = "{server.url(n)}"\nallow_private = true\n'
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
