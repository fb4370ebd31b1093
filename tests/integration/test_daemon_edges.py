"""The daemon in this process: a clock one can turn, real feeds, notifiers that answer by script."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from monitor import config
from monitor.daemon import Daemon
from monitor.model import FeedName, FeedState, FeedStatus
from monitor.once import Summary, run_once
from monitor.store import feeds, troubles
from tests.integration.outbox_desk import ScriptedNotifier, TurnableClock
from tests.scenarios.desk import RULE, TestDesk
from tests.servers.feedserver import FeedServer, Item, Reply

T = TypeVar("T")
LANDED = "They landed in Niamey, and the council of Niger thanked Russia for the soldiers."


class HurriedClock(TurnableClock):
    """Runs forty times as fast as real clocks."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = time.monotonic()

    def __call__(self) -> datetime:
        return self.time + 40 * timedelta(seconds=time.monotonic() - self.begun)


class Bench:
    """A configuration, its daemon when one is asked for, and what its channels were told."""

    def __init__(self, folder: Path) -> None:
        self.clock: TurnableClock = TurnableClock()
        self.desk = TestDesk(folder)
        self.notifiers: dict[str, ScriptedNotifier] = {}
        self.desk.mail("duty", 9)
        self.desk.default("duty")

    def _settings(self) -> config.Settings:
        return config.load(self.desk.folder / "config.toml", environ={})

    def with_daemon(self, work: Callable[[Daemon], Awaitable[T]]) -> T:
        """Open a daemon, let ``work`` use it, close it."""

        async def go() -> T:
            daemon = Daemon(
                self._settings(), read_settings=self._settings, clock=self.clock,
                make_notifier=lambda c: self.notifiers.setdefault(c.name, ScriptedNotifier()),
            )  # fmt: skip
            await daemon.open()
            try:
                return await work(daemon)
            finally:
                await daemon.close()

        return asyncio.run(go())

    def once(self) -> Summary:
        return self.with_daemon(run_once)

    def told(self, channel: str = "duty") -> list[str]:
        notifier = self.notifiers.get(channel)
        return [r.subject for _, r in notifier.sent] if notifier else []

    def ago(self, **by: float) -> float:
        return (self.clock() - timedelta(**by)).timestamp()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


async def state_of(daemon: Daemon, name: str) -> FeedState:
    found = await daemon.parts.database.read(lambda conn: feeds.get(conn, FeedName(name)))
    assert found is not None
    return found


def test_what_one_feed_brought_quietly_is_news_when_another_brings_it_with_a_date(
    bench: Bench, server: FeedServer
) -> None:
    link = "http://news.invalid/the-same-page"
    undated = "<rss version='2.0'><channel><title>A</title><item><guid>1</guid>"
    undated += (
        f"<title>Russia sends troops to Niger</title><link>{link}</link></item></channel></rss>"
    )
    server.set("/a", Reply(body=undated.encode()))
    bench.desk.feed("A", server.url("/a"))
    bench.once()
    assert bench.told() == [], "without a date, on the first poll"
    server.live("/b").add(
        Item("x", "Russia sends troops to Niger", LANDED, link=link, published=bench.ago(minutes=5))
    )
    bench.desk.feed("B", server.url("/b"))
    bench.once()
    assert len(bench.told()) == 1


def test_old_items_of_a_first_poll_stay_quiet_when_their_pages_are_read(
    bench: Bench, server: FeedServer
) -> None:
    said = [
        LANDED,
        *(f"In paragraph {n} more is said of day {n}, at some length." for n in range(9)),
    ]
    page = "<html><head><title>A report</title></head><body><article><h1>A report</h1>"
    page += "".join(f"<p>{text}</p>" for text in said) + "</article></body></html>"
    server.set("/page", Reply(body=page.encode(), headers={"content-type": "text/html"}))
    live = server.live("/a")
    live.add(Item("1", "A report", "Short.", link=server.url("/page"), published=bench.ago(days=5)))
    bench.desk.feed("A", server.url("/a"), full_text="true")
    bench.once()
    assert bench.told() == []


def test_rounds_by_a_timer_do_not_report_a_downtime_every_time(
    bench: Bench, server: FeedServer
) -> None:
    server.live("/a")
    bench.desk.feed("A", server.url("/a"))
    bench.with_daemon(lambda daemon: daemon.save_status())  # it ran as a daemon once
    for _ in range(3):
        bench.clock.turn(minutes=30)
        bench.once()
    assert [s for s in bench.told() if "down" in s] == []


def test_a_blocked_feed_is_asked_again_when_the_configuration_allows_it(
    bench: Bench, server: FeedServer
) -> None:
    server.live("/a")
    bench.desk.add(f'[[feeds]]\nname = "A"\nurl = "{server.url("/a")}"\n')
    bench.once()

    async def reload(daemon: Daemon) -> tuple[FeedState, FeedState]:
        before = await state_of(daemon, "A")
        bench.desk._parts.pop()
        bench.desk.feed("A", server.url("/a"))
        assert await daemon.reload()
        return before, await state_of(daemon, "A")

    before, after = bench.with_daemon(reload)
    assert before.status is FeedStatus.BLOCKED
    assert before.next_poll_at is not None
    assert before.next_poll_at > bench.clock()
    assert after.next_poll_at is not None
    assert after.next_poll_at <= bench.clock()


def test_a_shorter_interval_takes_effect_on_reload(bench: Bench, server: FeedServer) -> None:
    server.live("/a")
    bench.desk.feed("A", server.url("/a"), interval="12h")
    bench.once()

    async def reload(daemon: Daemon) -> FeedState:
        bench.desk._parts.pop()
        bench.desk.feed("A", server.url("/a"), interval="1m")
        assert await daemon.reload()
        return await state_of(daemon, "A")

    after = bench.with_daemon(reload)
    assert after.next_poll_at is not None
    assert after.next_poll_at <= bench.clock() + timedelta(minutes=1)


def test_held_messages_of_a_removed_channel_are_told_to_the_operator(
    bench: Bench, server: FeedServer
) -> None:
    bench.desk.mail("night", 9, quiet_hours='"00:00-23:59"')
    rule = RULE.replace("severity: high", "severity: high\n    notify: [night]")
    (bench.desk.rules / "desk.yaml").write_text(rule, "utf-8")
    server.live("/a").add(
        Item("1", "Russia sends troops to Niger", LANDED, published=bench.ago(minutes=5))
    )
    bench.desk.feed("A", server.url("/a"))
    bench.once()
    assert bench.told("night") == bench.told() == []
    bench.desk._parts = [p for p in bench.desk._parts if "channels.night" not in p]
    bench.desk.write()
    bench.once()
    assert any("night" in subject for subject in bench.told())


def test_a_trouble_of_a_channel_that_was_removed_ends(bench: Bench, server: FeedServer) -> None:
    async def fail(daemon: Daemon) -> list[str]:
        await daemon._trouble("channel:gone", "Channel gone is failing", "no answer")
        await daemon.reload()
        found = await daemon.parts.database.read(troubles.list_open)
        return [n.key for n in found]

    assert bench.with_daemon(fail) == []


def test_a_single_round_sends_all_that_a_slow_channel_has_to_take(
    bench: Bench, server: FeedServer
) -> None:
    bench.desk._parts = [
        p.replace('type = "email"', 'type = "email"\nper_minute = 3') for p in bench.desk._parts
    ]
    bench.desk.write()
    live = server.live("/a")
    places = ["Agadez", "Arlit", "Diffa", "Dosso", "Maradi", "Tahoua", "Zinder", "Tera", "Gaya",
              "Dogondoutchi", "Torodi", "Ayorou", "Bilma", "Dirkou", "Madama"]  # fmt: skip
    live.add(*(
        Item(p, f"Russia sends troops to {p}", f"{p} in Niger has {n} soldiers of {p} {n}.",
             published=bench.ago(minutes=n))
        for n, p in enumerate(places)
    ))  # fmt: skip
    bench.desk.feed("A", server.url("/a"))

    bench.clock = HurriedClock()
    summary = bench.once()
    assert summary.totals.alerts > 14
    assert len(bench.told()) == summary.totals.alerts


REPRINT = (
    "What the desk watches this week: the trainers whom Russia has sent to Niger, the troops of "
    "the neighbours, the price of grain in the markets of the capital, the level of the river, "
    "and the roads that the rains have closed between the towns of the north and of the south."
)


def test_a_text_that_keeps_returning_is_told_again_after_a_month(
    bench: Bench, server: FeedServer
) -> None:
    live = server.live("/a")
    bench.desk.feed("A", server.url("/a"), interval="1h")

    async def days(daemon: Daemon) -> None:
        for day in range(0, 40, 5):
            live.add(Item(f"d{day}", "Briefing on Russia, Niger and the Sahel", REPRINT))
            begun = await daemon.parts.rounds.start(limit=9, names=[FeedName("A")])
            await asyncio.gather(*begun.values())
            await daemon.parts.deliverer.drain()
            bench.clock.turn(days=5)

    bench.with_daemon(days)
    assert len(bench.told()) == 2


def test_a_clock_that_was_in_the_future_does_not_silence_a_feed(
    bench: Bench, server: FeedServer
) -> None:
    server.live("/a")
    bench.desk.feed("A", server.url("/a"), interval="10m")

    async def right_again(daemon: Daemon) -> int:
        bench.clock.turn(days=365)
        await asyncio.gather(*(await daemon.parts.rounds.start(limit=9)).values())
        bench.clock.turn(days=-365)
        await daemon.parts.upkeep.watch()
        begun = await daemon.parts.rounds.start(limit=9)
        await asyncio.gather(*begun.values())
        return len(begun)

    assert bench.with_daemon(right_again) == 1


def test_a_stop_in_the_middle_of_a_job_is_no_error(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    async def stop_it(daemon: Daemon) -> None:
        other = sqlite3.connect(
            bench.desk.folder / "data" / "monitor.db", isolation_level=None, check_same_thread=False
        )
        other.execute("BEGIN IMMEDIATE")  # every job that writes waits
        with capture_logs() as told:
            running = asyncio.create_task(daemon.run())
            for _ in range(3000):
                if any(event["event"] == "daemon.started" for event in told):
                    break
                await asyncio.sleep(0.01)
        for _ in range(20):  # the jobs begin on the loop's next turns
            await asyncio.sleep(0)
        daemon.stop()
        await running
        other.execute("ROLLBACK")
        other.close()

    bench.with_daemon(stop_it)
    assert [r.getMessage() for r in caplog.records if r.name.startswith("apscheduler")] == []
