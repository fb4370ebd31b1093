"""The disk is full: polling stops, delivery goes on, the operator is told, and it recovers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.scenarios.desk import TestDesk, until
from tests.servers.feedserver import FeedServer, Item
from tests.servers.smtp import SmtpServer


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB. Only root may mount one; CI is root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        if os.environ.get("CI") == "true":
            pytest.fail(f"cannot mount a small file system: {done.stderr}")
        pytest.skip(f"needs root to mount a small file system: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Fill the file system to its last byte; remove what is returned to make room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while True:
            stream.write(bytes(64 * 1024))
    return filler


def test_the_operator_is_told_when_no_poll_meets_the_full_disk(
    tmp_path: Path, small_disk: Path
) -> None:
    desk = TestDesk(tmp_path, database=f"sqlite:///{small_disk}/monitor.db")
    with FeedServer() as feeds, SmtpServer(tmp_path / "mail") as smtp:
        feeds.live("/live").add(Item("a", "Russia sends troops to Niger", "In Niamey."))
        desk.feed("live", feeds.url("/live"), interval="1h")
        desk.mail("duty", smtp.port)
        desk.default("duty")
        with desk.start() as daemon:
            until(lambda: len(smtp.mails()) == 1, 60, lambda: daemon.log.read_text("utf-8"))
            fill(small_disk)
            until(lambda: len(smtp.mails()) == 2, 60, lambda: daemon.log.read_text("utf-8"))
    assert "disk is full" in str(smtp.mails()[1].message["Subject"])


def test_a_full_disk_stops_polling_and_not_delivery(tmp_path: Path, small_disk: Path) -> None:
    desk = TestDesk(tmp_path, database=f"sqlite:///{small_disk}/monitor.db")
    with FeedServer() as feeds, SmtpServer(tmp_path / "mail") as smtp:
        live = feeds.live("/live", keep=2000)
        desk.feed("live", feeds.url("/live"))
        desk.mail("duty", smtp.port)
        desk.default("duty")
        with desk.start() as daemon:
            daemon.wait_for("daemon.started")
            live.add(Item("a", "Russia sends troops to Niger", "They landed in Niamey."))
            until(lambda: len(smtp.mails()) == 1, 30, lambda: daemon.log.read_text("utf-8"))
            filler = fill(small_disk)
            for n in range(40):
                live.add(Item(f"n{n}", f"Other news {n}", f"Nothing of note {n}. " * 200))
            live.add(Item("b", "Kremlin soldiers guard Agadez", "The base lies in Niger."))

            def told() -> bool:
                return any("disk is full" in str(m.message["Subject"]) for m in smtp.mails())

            until(told, 90, lambda: daemon.log.read_text("utf-8"))
            filler.unlink()

            def recovered() -> bool:
                return any("Agadez" in str(m.message["Subject"]) for m in smtp.mails())

            until(recovered, 90, lambda: daemon.log.read_text("utf-8"))
        assert daemon.process.returncode == 0
