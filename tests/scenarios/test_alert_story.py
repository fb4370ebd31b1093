"""A story from its first report to its end, through the real command line, engine and mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.desk import TestDesk
from tests.servers.feedserver import FeedServer, Item
from tests.servers.smtp import SmtpServer

FIRST = (
    "A convoy of the army of Niger was ambushed near the village of Torodi on Monday, the defence "
    "ministry said. Twelve soldiers were killed, and Russian instructors who travelled with the "
    "troops fought their way out. Nobody has claimed the attack."
)
UPDATE = (
    "Twenty-nine soldiers were killed in the ambush of a convoy of the army of Niger near the "
    "village of Torodi on Monday, the defence ministry said on Tuesday, raising an earlier toll of "
    "twelve. Russian instructors who travelled with the troops fought their way out. Nobody has "
    "claimed the attack."
)


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


def test_a_higher_toll_is_a_second_mail_under_the_first_and_a_copy_is_none(
    desk: TestDesk, feeds: FeedServer, smtp: SmtpServer
) -> None:
    wire, paper = feeds.live("/wire"), feeds.live("/paper")
    desk.feed("Wire", feeds.url("/wire"))
    desk.feed("Paper", feeds.url("/paper"))
    desk.mail("duty", smtp.port)
    desk.add('[alerts]\ndefault_channels = ["duty"]\ncooldown = "0"\n')
    wire.add(Item("1", "Russian instructors in ambush of Niger troops, 12 killed", FIRST))
    assert desk.run("run", "--once").returncode == 0
    copy = "Niger troops and Russian instructors ambushed, 12 killed"
    paper.add(Item("1", copy, FIRST, link="http://paper.example/1"))
    assert desk.run("run", "--once").returncode == 0
    assert len(smtp.mails()) == 1, smtp.mails()[-1].text
    wire.add(Item("2", "Niger raises toll of ambush on Russian-trained troops to 29", UPDATE))
    assert desk.run("run", "--once").returncode == 0
    first, second = smtp.mails()
    assert second.message["Subject"].startswith("[HIGH] Update: ")
    assert second.message["References"] == first.message["References"]
    assert "New: " in second.text
    assert "29" in second.text
    update, told = desk.json("alerts", "list")
    assert (told["reason"], update["reason"]) == ("first", "material_update")
    assert told["story"] == update["story"]
    shown = desk.json("alerts", "show", str(update["id"]))
    assert [e["kind"] for e in shown["timeline"]].count("article") == 3


def test_within_the_cool_down_the_update_is_held_and_listed(
    desk: TestDesk, feeds: FeedServer, smtp: SmtpServer
) -> None:
    wire = feeds.live("/wire")
    desk.feed("Wire", feeds.url("/wire"))
    desk.mail("duty", smtp.port)
    desk.default("duty")
    wire.add(Item("1", "Russian instructors in ambush of Niger troops, 12 killed", FIRST))
    assert desk.run("run", "--once").returncode == 0
    wire.add(Item("2", "Niger raises toll of ambush on Russian-trained troops to 29", UPDATE))
    assert desk.run("run", "--once").returncode == 0
    assert len(smtp.mails()) == 1
    (held,) = desk.json("alerts", "list", "--held")
    assert held["reason"] == "cooldown"
    assert "29" in held["new"][0]
    assert desk.json("status")["held"] == {"cooldown": {"stories": 1, "articles": 1}}


def test_the_file_of_silences_is_read_again_while_the_daemon_runs(
    desk: TestDesk, feeds: FeedServer, smtp: SmtpServer
) -> None:
    silences = desk.folder / "silences.yaml"
    silences.write_text(
        "silences:\n  - {rule: russia-niger-troops, until: 2090-01-01, comment: calm}\n", "utf-8"
    )
    wire = feeds.live("/wire")
    desk.feed("Wire", feeds.url("/wire"))
    desk.mail("duty", smtp.port)
    desk.add('[alerts]\ndefault_channels = ["duty"]\nsilences = "silences.yaml"\n')
    with desk.start() as daemon:
        daemon.wait_for("daemon.started")
        wire.add(Item("1", "Russian instructors in ambush of Niger troops, 12 killed", FIRST))
        decided = daemon.wait_for("story.decided")
        assert (decided["alert"], decided["held"]) == (None, ["silence"])
        silences.write_text("silences: []\n", "utf-8")
        daemon.wait_for("reload.done")
        wire.add(Item("2", "Niger: ambushed Russian instructors and troops back in camp", FIRST))
        assert daemon.wait_for("story.decided", 2)["reason"] == "first"
    (alert,) = desk.json("alerts", "list")
    assert alert["new"] == "first told now: one earlier report was silenced"
