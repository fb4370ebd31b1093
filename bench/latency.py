"""How long from an item's publication to its mail's acceptance, all of it real.

`monitor run` in a process of its own polls one feed every second over HTTP and mails over SMTP to
a server on loopback. The baseline is what waiting alone costs: half the polling interval.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bench.measure import Table, environment, median, percentile, row
from bench.texts import World
from tests.servers import smtp
from tests.servers.feedserver import FeedServer, Item, LiveFeed

INTERVAL = 1.0
"""Seconds between polls, and between the daemon's ticks."""
COLUMNS = ("what", "p50 s", "p95 s", "worst s", "p50 / interval", "p50 / half the interval")
_START_SECONDS = 60.0
_LAST_SECONDS = 30.0
"""How long the last mails are waited for."""
_STOP_SECONDS = 40.0
_RULE = """
rules:
  - id: trainers
    title: Trainers
    query: bench-trainers AND soldiers
"""


def measure(*, items: int = 30) -> Table:
    """Publish ``items`` items at random moments and see when their mails come."""
    with tempfile.TemporaryDirectory(prefix="bench-latency-") as name:
        folder = Path(name)
        with smtp.SmtpServer(folder / "mails") as mails, FeedServer() as server:
            feed = server.live("/feed")
            _write(folder, server.url("/feed"), mails.port)
            with (folder / "log").open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "monitor", "run"],
                    cwd=folder, env=environment(), stdout=log, stderr=log,
                )  # fmt: skip
                try:
                    _wait_for_polls(server, process, folder)
                    published = _publish(feed, items)
                    waits = _waits(folder / "mails", published)
                finally:
                    _stop(process)
    half = INTERVAL / 2
    middle = median(waits)
    late = percentile(waits, 0.95)
    rows = (
        row(COLUMNS, "waiting alone", half, 0.95 * INTERVAL, INTERVAL, half / INTERVAL, 1.0),
        row(COLUMNS, "published to accepted", middle, late, max(waits), middle / INTERVAL,
            middle / half),
    )  # fmt: skip
    note = f"Of {items} items, each a story of its own and a mail of its own; all came."
    title = f"one feed polled every {INTERVAL:g} s, mails over SMTP"
    return Table("latency", title, COLUMNS, rows, note)


def _write(folder: Path, url: str, port: int) -> None:
    rules = folder / "rules"
    rules.mkdir()
    (rules / "bench.yaml").write_text(_RULE, "utf-8")
    (folder / "config.toml").write_text(
        'database = "sqlite:///monitor.db"\n[service]\nlisten = ""\n'
        f'[[feeds]]\nname = "live"\nurl = "{url}"\ninterval = "{INTERVAL:g}s"\n'
        "allow_private = true\n"
        f'[channels.mail]\ntype = "email"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        'from = "Monitor <monitor@example.org>"\nto = ["desk@example.org"]\n'
        '[alerts]\ndefault_channels = ["mail"]\nflood = 0\n',
        "utf-8",
    )


def _wait_for_polls(server: FeedServer, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until the feed was polled twice: the first poll is over then, its silence with it."""
    end = time.monotonic() + _START_SECONDS
    while server.count("/feed") < 2:
        if process.poll() is not None or time.monotonic() > end:
            said = (folder / "log").read_text("utf-8", "replace")
            raise RuntimeError(f"the daemon does not poll: {said[-2000:]}")
        time.sleep(0.05)


def _publish(feed: LiveFeed, items: int) -> dict[str, float]:
    """Each item at a moment of its own; by its mark, when it was there to be read."""
    rng = random.Random(7)
    world = World()
    published: dict[str, float] = {}
    for number in range(items):
        mark = f"item{number:04}mark"
        text = f"Soldiers and bench-trainers were seen. {world.prose(rng, 60)}"
        title = f"{world.article(rng, number, words=20).title} {mark}"
        feed.add(Item(mark, title, text))
        published[mark] = time.time()
        time.sleep(rng.uniform(0.3, 1.3) * INTERVAL)
    return published


def _waits(mails: Path, published: dict[str, float]) -> list[float]:
    """Seconds until the server had stored each mail: what it does before it says 250."""
    end = time.monotonic() + _LAST_SECONDS
    while len(arrived := _arrived(mails, published)) < len(published):
        if time.monotonic() > end:
            raise RuntimeError(f"{len(arrived)} of {len(published)} mails came")
        time.sleep(0.1)
    return [arrived[mark] - published[mark] for mark in published]


def _arrived(mails: Path, published: dict[str, float]) -> dict[str, float]:
    arrived: dict[str, float] = {}
    for path in mails.glob("*.eml"):
        text = path.read_bytes()
        for mark in published:
            if mark.encode() in text:
                at = path.stat().st_mtime
                arrived[mark] = min(arrived.get(mark, at), at)
    return arrived


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    if process.poll() is None:
        process.kill()
        process.wait()
