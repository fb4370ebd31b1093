"""The show: the real daemon, polling the sample feeds while they are published.

It writes an ordinary configuration into a folder of its own, starts the server and the daemon,
tells what is published, ends both when everything has been seen, and hands back what happened.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from monitor.channels.build import notifier
from monitor.config import Settings, load
from monitor.daemon import Daemon
from monitor.demo import samples
from monitor.demo.result import Result, read
from monitor.demo.samples import Expect, Programme, Sample
from monitor.demo.server import FeedServer
from monitor.demo.starter import starter_rules
from monitor.model import DeliveryState, utcnow
from monitor.store import Connection, deliveries, feeds

FAST_PACE = 0.2
"""Real seconds that a second of the show lasts with ``--fast``."""
GROUP_SECONDS = 3
"""How long an alert waits for other outlets of its story."""
PATIENCE_SECONDS = 20.0
"""How long after the last item the daemon may need for everything to be delivered."""
UNJUDGED_SECONDS = 5.0
"""What was published so shortly before an early end may not have been polled yet."""
LOOK_SECONDS = 0.3

_MARKS = {
    Expect.NEWS: "news",
    Expect.COPY: "the same story",
    Expect.DECOY: "a decoy",
}


@dataclass(slots=True)
class Stopwatch:
    """Tells the second of the show; it stands at 0 until started."""

    pace: float
    begun: float | None = None

    def start(self) -> None:
        self.begun = time.monotonic()

    def second(self) -> float:
        return 0.0 if self.begun is None else (time.monotonic() - self.begun) / self.pace

    async def until(self, second: float) -> None:
        """Sleep until this second of the show."""
        await asyncio.sleep(max(second - self.second(), 0.0) * self.pace)


async def run(folder: Path, stream: TextIO, *, pace: float = 1.0) -> Result:
    """Run the whole show in ``folder`` (empty, kept as it is) and return what happened.

    Alerts and what is published go to ``stream``. ``pace``: real seconds per second of the show.
    SIGINT ends it early. Raises MonitorError when the daemon cannot start.
    """
    console = Console(file=stream, highlight=False, emoji=False)
    programme = samples.load()
    watch = Stopwatch(pace)
    async with FeedServer(programme, watch.second, utcnow(), pace) as server:
        settings = configure(folder, server, group_seconds=GROUP_SECONDS * min(pace, 1.0))
        daemon = Daemon(
            settings,
            read_settings=lambda: settings,
            make_notifier=partial(notifier, stream=stream),
        )
        try:
            loaded = await daemon.open()
            _introduce(console, programme, rules=len(loaded.desk.ruleset.rules), pace=pace)
            watch.start()
            errors: dict[str, str] = {}
            noting = asyncio.create_task(_note_errors(daemon, errors))
            whole = await _watch(daemon, _publish(programme, watch, console, daemon))
            noting.cancel()
            await asyncio.wait({noting})
            reading: Callable[[Connection], Result] = partial(
                read,
                programme=programme,
                second=math.inf if whole else watch.second() - UNJUDGED_SECONDS / pace,
                answers=server.answers,
                errors=errors,
                totals=daemon.parts.poller.totals,
            )
            return await daemon.parts.database.read(reading)
        finally:
            await daemon.close()


def configure(folder: Path, server: FeedServer, *, group_seconds: float) -> Settings:
    """Write the configuration of the show into ``folder`` and read it back, as ``run`` would."""
    quoted = {o.id: (_toml(o.name), _toml(server.url(o))) for o in server.programme.outlets}
    feeds_ = "\n".join(
        f'[[feeds]]\nname = {name}\nurl = {url}\ninterval = "1s"\nallow_private = true\n'
        for name, url in quoted.values()
    )
    text = f"""# Written by `monitor demo`: an ordinary configuration.
database = "sqlite:///monitor.db"
rules = {_toml(str(starter_rules()))}

[polling]
workers = 1

[service]
listen = ""
min_free_disk = "1MB"

[channels.terminal]
type = "console"
group_wait = "{group_seconds:.1f}s"     # an alert waits so long for other outlets of its story

[alerts]
default_channels = ["terminal"]

{feeds_}"""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    no_secrets = folder / "secrets"
    no_secrets.mkdir(exist_ok=True)
    # The show must not depend on what the environment says of the desk's own configuration.
    return load(path, environ={}, secrets_dir=no_secrets)


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def _watch(daemon: Daemon, publishing: Awaitable[None]) -> bool:
    """Run the daemon until everything is published and settled; False when stopped before."""
    running = asyncio.ensure_future(daemon.run())
    showing = asyncio.ensure_future(publishing)
    await asyncio.wait({running, showing}, return_when=asyncio.FIRST_COMPLETED)
    whole = showing.done()
    daemon.stop()
    showing.cancel()
    with suppress(asyncio.CancelledError):
        await showing
    await running
    return whole


async def _publish(
    programme: Programme, watch: Stopwatch, console: Console, daemon: Daemon
) -> None:
    """Tell of every item as its time comes, then wait until the daemon has dealt with all."""
    names = {o.id: o.name for o in programme.outlets}
    for sample in programme.samples:
        if sample.at > 0:
            await watch.until(sample.at)
            console.print(_line(sample, names[sample.outlet]), soft_wrap=True)
    last = utcnow()
    deadline = time.monotonic() + PATIENCE_SECONDS
    is_settled: Callable[[Connection], bool] = partial(_is_settled, last=last)
    while time.monotonic() < deadline:
        await asyncio.sleep(LOOK_SECONDS)
        if await daemon.parts.database.read(is_settled):
            return


async def _note_errors(daemon: Daemon, errors: dict[str, str]) -> None:
    """Keep what was wrong with feeds: the database forgets it when they are well again."""
    while True:
        for state in await daemon.parts.database.read(feeds.list_all):
            if state.last_error:
                errors[state.name] = state.last_error
        await asyncio.sleep(LOOK_SECONDS)


def _is_settled(conn: Connection, *, last: datetime) -> bool:
    """Every feed was read after ``last``, and nothing waits to be delivered."""
    read_since = all(
        s.last_success_at is not None and s.last_success_at > last for s in feeds.list_all(conn)
    )
    waiting = {DeliveryState.PENDING, DeliveryState.SENDING}
    return read_since and not any(
        count for states in deliveries.counts(conn).values()
        for state, count in states.items() if state in waiting
    )  # fmt: skip


def _introduce(console: Console, programme: Programme, *, rules: int, pace: float) -> None:
    languages = len({o.lang for o in programme.outlets})
    text = Text.assemble(
        (f"{len(programme.outlets)} sample feeds in {languages} languages", "bold"),
        " are served on this machine and publish news for ",
        (f"{programme.length * pace:.0f} seconds", "bold"),
        f". The daemon polls them every second with the {rules} starter rules. Alerts follow each"
        f" other below as a desk would get them. Ctrl-C ends the show.",
    )
    console.print(text)
    console.print()


def _line(sample: Sample, outlet: str) -> Text:
    minutes, seconds = divmod(int(sample.at), 60)
    mark = _MARKS.get(sample.expect, "")
    return Text.assemble(
        (f"{minutes:02d}:{seconds:02d} ", "dim"),
        (f"{outlet} publishes: ", "dim"),
        sample.title,
        (f"  ({mark})" if mark else "", "dim italic"),
    )
