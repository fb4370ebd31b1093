"""`monitor status`: silence is never ambiguous."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.desk import TestDesk
from tests.servers.feedserver import FeedServer, Item


def test_status_says_whether_all_is_well(tmp_path: Path) -> None:
    desk = TestDesk(tmp_path)
    with FeedServer() as feeds:
        feeds.live("/a").add(Item("a", "Nothing of note", "Quiet."))
        desk.feed("a", feeds.url("/a"))
        before = desk.run("status")
        assert before.returncode == 1
        assert "never run" in before.stdout
        assert desk.run("run", "--once").returncode == 0
        well = desk.run("status")
        assert well.returncode == 0, well.stdout
        assert well.stdout.startswith("All is well")
        assert desk.json("status")["feeds"]["by_state"] == {"ok": 1}


def test_status_is_not_well_when_no_feed_can_be_read(tmp_path: Path) -> None:
    desk = TestDesk(tmp_path)
    desk.feed("dead", "http://127.0.0.1:9/feed")
    assert desk.run("run", "--once").returncode == 3
    done = desk.run("status")
    assert done.returncode == 1
    assert "not one of 1 feeds could be read" in done.stdout
