"""Killed at any moment, the daemon loses nothing, and repeats carry the same Message-ID."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.desk import TestDesk, until
from tests.servers.feedserver import FeedServer, Item
from tests.servers.smtp import SmtpServer

KILLS = 12
PER_ROUND = 4


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path / "mail") as server:
        yield server


def story(number: int, rng: random.Random) -> Item:
    """A report that matches and shares nothing with the others but what the rule asks for."""
    words = ["".join(rng.choices("bcdfglmnprst", k=3)) + "a" * (n % 3 + 1) for n in range(30)]
    body = f"Russian soldiers in Niger: {' '.join(words)}."
    return Item(f"story-{number}", f"Case {number}: {' '.join(words[:5])}", body)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1])
def test_nothing_is_lost_by_kill_9_at_any_moment(
    tmp_path: Path, database_url: str, smtp: SmtpServer, seed: int
) -> None:
    rng = random.Random(seed)
    desk = TestDesk(tmp_path, database=database_url)
    desk.mail("duty", smtp.port, per_minute="6000")
    desk.default("duty", more="flood = 0\n")  # one mail a story, however many there are
    with FeedServer() as feeds:
        live = [feeds.live(f"/{n}", keep=500) for n in range(2)]
        for n in range(2):
            desk.feed(f"feed {n}", feeds.url(f"/{n}"))
        # The rule wants all three close together; "soldiers" stands for the troops.
        published = 0
        for _ in range(KILLS):
            for _ in range(PER_ROUND):
                live[published % 2].add(story(published, rng))
                published += 1
            with desk.start() as daemon:
                daemon.wait_for("daemon.started", len(daemon.events("daemon.started")) + 1)
                time.sleep(rng.uniform(0.0, 2.5))  # anywhere in fetch, store, claim, send, record
                daemon.kill()
        subjects = lambda: {m.message["Subject"] for m in smtp.mails()}  # noqa: E731
        with desk.start() as daemon:
            until(lambda: len(subjects()) >= published, 120, lambda: daemon.log.read_text("utf-8"))
    assert len(subjects()) == published
    ids: dict[str, set[str]] = {}
    for mail in smtp.mails():
        ids.setdefault(mail.message["Subject"], set()).add(mail.message["Message-ID"])
    assert all(len(found) == 1 for found in ids.values()), "a repeat must be recognisable"
    states = {d["state"] for d in desk.json("deliveries", "list", "--limit", "1000")}
    assert states == {"sent"}
