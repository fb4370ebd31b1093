"""Feeds in, one alert out: the real command line between real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.desk import TestDesk, until
from tests.servers.feedserver import FeedServer, Item, Reply
from tests.servers.smtp import SmtpServer

WIRE = (
    "About sixty Russian instructors landed at Niamey airport late on Thursday with an air defence "
    "system that the council of Niger had asked for, state television reported. Pictures showed "
    "crates being unloaded from a cargo aircraft under floodlights. The men would train soldiers, "
    "the council said, and would not take part in operations against armed groups."
)
TITLES = ("Russian trainers land in Niger", "Moscow sends air defence to Niamey")


@pytest.fixture
def feeds() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path / "mail") as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> TestDesk:
    return TestDesk(tmp_path, database=database_url)


def test_one_wire_story_through_five_outlets_is_one_mail(
    desk: TestDesk, feeds: FeedServer, smtp: SmtpServer
) -> None:
    for n in range(5):
        body = WIRE if n < 3 else WIRE.rsplit(". ", 1)[0] + "."
        feeds.live(f"/{n}").add(
            Item(f"g{n}", f"{TITLES[n % 2]} - {n}", body, link=f"http://outlet{n}.example/{n}")
        )
        desk.feed(f"Outlet {n}", feeds.url(f"/{n}"))
    desk.mail("duty", smtp.port)
    desk.default("duty")
    done = desk.run("run", "--once")
    assert done.returncode == 0, done.stderr
    assert len(smtp.mails()) == 1
    [alert] = desk.json("alerts", "list")
    assert alert["rules"] == ["russia-niger-troops"]
    assert len(alert["outlets"]) == 4
    [delivery] = desk.json("deliveries", "list")
    assert (delivery["state"], delivery["alerts"]) == ("sent", [alert["id"]])
    mail = smtp.mails()[0].text
    assert "russia-niger-troops" in mail
    assert "Niamey" in mail
    # The message leads with the best version known when it was sent, which need not be the one
    # whose poll came first and raised the alert.
    leading = [n for n in range(5) if f"Outlet {n} ·" in mail]
    assert len(leading) == 1
    assert f"http://outlet{leading[0]}.example/{leading[0]}" in mail
    assert f"{TITLES[leading[0] % 2]} - {leading[0]}" in mail


def test_hostile_feeds_fail_by_themselves_and_delay_nobody(
    desk: TestDesk, feeds: FeedServer, smtp: SmtpServer
) -> None:
    hostile = {
        "html": Reply(body=b"<html><body>No feed here.</body></html>"),
        "empty": Reply(body=b""),
        "cut": Reply(body=b"<rss><channel><item><title>Half"),
        "gone": Reply(status=410),
        "error": Reply(status=500),
    }
    for name, reply in hostile.items():
        feeds.set(f"/{name}", reply)
        desk.feed(name, feeds.url(f"/{name}"))
    feeds.redirect("/loop", feeds.url("/loop"))
    desk.feed("loop", feeds.url("/loop"))
    desk.feed("dead", "http://127.0.0.1:9/feed")
    desk.feed("unresolved", "http://does-not-exist.invalid/feed")
    feeds.live("/good").add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
    desk.feed("good", feeds.url("/good"))
    desk.mail("duty", smtp.port)
    desk.default("duty")
    done = desk.run("run", "--once")
    assert done.returncode == 0, done.stderr
    assert [m.message["Subject"] for m in smtp.mails() if "Niger" in m.message["Subject"]]
    listed = {f["name"]: f for f in desk.json("feeds", "list")}
    assert listed["good"]["state"] == "ok"
    assert listed["gone"]["state"] == "gone"
    for name in ("html", "empty", "error", "loop", "dead", "unresolved"):
        assert listed[name]["state"] == "failing", name
        assert listed[name]["last_error"], name


def test_a_private_address_is_refused_unless_the_feed_allows_it(
    desk: TestDesk, feeds: FeedServer
) -> None:
    feeds.live("/a").add(Item("a", "Russia sends troops to Niger"))
    desk.add(f'[[feeds]]\nname = "inner"\nurl = "{feeds.url("/a")}"\n')
    done = desk.run("run", "--once")
    assert done.returncode == 3
    [feed] = desk.json("feeds", "list")
    assert feed["state"] == "blocked"
    assert feeds.count() == 0


def test_the_daemon_alerts_on_what_is_published_while_it_runs(
    desk: TestDesk, feeds: FeedServer, smtp: SmtpServer
) -> None:
    live = feeds.live("/live")
    desk.feed("live", feeds.url("/live"))
    desk.mail("duty", smtp.port)
    desk.default("duty")
    with desk.start() as daemon:
        daemon.wait_for("daemon.started")
        feeds.wait_for("/live", 1, timeout=30)
        live.add(Item("new", "Russia sends troops to Niger", "They landed in Niamey."))
        until(lambda: len(smtp.mails()) == 1, 30, lambda: daemon.log.read_text("utf-8"))
        live.add(Item("football", "Niger beat Mali in Abidjan", "Two goals."))
        feeds.wait_for("/live", feeds.count("/live") + 2, timeout=30)
    assert len(smtp.mails()) == 1
    assert daemon.process.returncode == 0
    assert daemon.events("daemon.stopped")


def test_old_items_of_a_first_poll_are_taken_in_quietly(
    desk: TestDesk, feeds: FeedServer, smtp: SmtpServer
) -> None:
    import time

    old = time.time() - 3 * 86_400
    live = feeds.live("/live")
    live.add(Item("old", "Russia sends troops to Niger", "They landed in Niamey.", published=old))
    desk.feed("live", feeds.url("/live"))
    desk.mail("duty", smtp.port)
    desk.default("duty")
    assert desk.run("run", "--once").returncode == 0
    assert not smtp.mails()
    live.add(Item("late", "Kremlin mercenaries seen in Agadez", "In Niger, again.", published=old))
    assert desk.run("run", "--once").returncode == 0
    assert len(smtp.mails()) == 1, "after the first poll no date suppresses an alert"
