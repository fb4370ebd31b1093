"""Two daemons: refused on one SQLite file, sharing the work on one PostgreSQL."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenarios.desk import TestDesk, until
from tests.servers.feedserver import FeedServer, Item
from tests.servers.smtp import SmtpServer


def test_a_second_daemon_on_one_sqlite_file_refuses_to_start(tmp_path: Path) -> None:
    desk = TestDesk(tmp_path)
    with desk.start() as daemon:
        daemon.wait_for("daemon.started")
        done = desk.run("run", "--once", timeout=60)
    assert done.returncode == 3
    assert "another monitor" in done.stderr


@pytest.mark.parametrize(
    "dialect", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=False
)
def test_two_daemons_on_one_postgresql_tell_every_story_once(
    tmp_path: Path, database_url: str
) -> None:
    (tmp_path / "first").mkdir()
    first = TestDesk(tmp_path / "first", database=database_url)
    with FeedServer() as feeds, SmtpServer(tmp_path / "mail") as smtp:
        live = [feeds.live(f"/{n}", keep=200) for n in range(4)]
        for n in range(4):
            first.feed(f"outlet {n}", feeds.url(f"/{n}"))
        first.mail("duty", smtp.port)
        first.default("duty")
        shutil.copytree(tmp_path / "first", tmp_path / "second")
        second = TestDesk.__new__(TestDesk)
        second.folder = tmp_path / "second"
        with first.start() as one, second.start() as two:
            for daemon in (one, two):
                daemon.wait_for("daemon.started")
            for n in range(12):
                words = " ".join(f"{w}{n}{w}" for w in ("lorem", "ipsum", "dolor", "amet", "elit"))
                for outlet in range(4):  # the same report in every outlet at the same moment
                    live[outlet].add(
                        Item(
                            f"s{n}", f"Report {n} of {words}", f"Russian soldiers in Niger {words}"
                        )
                    )
            until(
                lambda: len(smtp.mails()) >= 12, 90,
                lambda: one.log.read_text("utf-8") + two.log.read_text("utf-8"),
            )  # fmt: skip
            polled = [len(d.events("feed.polled")) for d in (one, two)]
        assert len(smtp.mails()) == 12
        assert len({m.message["Subject"] for m in smtp.mails()}) == 12
        assert sum(polled) >= 4
