"""Several real processes on one database: nothing twice, nothing lost, no lock left behind."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from monitor.store import articles, feeds, outbox, status, stories
from monitor.store.database import Connection, Database
from tests.integration.alerting_desk import AlertingDesk
from tests.integration.store import workers
from tests.integration.store.helpers import DESK, DUTY, NOW, add_alert, feed

FRESH = multiprocessing.get_context("forkserver")
"""Starts every process from one clean server that has loaded the store, and nothing of the test."""
FRESH.set_forkserver_preload(["tests.integration.store.workers"])
PROCESSES = 3


class Crew:
    """Processes that begin together; each has a pipe to report through."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.processes: list[ForkServerProcess] = []
        self.barriers: list[object] = []

    def start(self, work: Callable[..., None], count: int = PROCESSES) -> list[Pipe]:
        barrier = FRESH.Barrier(count)
        self.barriers.append(barrier)  # a child may open it after we have returned
        pipes = []
        for _ in range(count):
            mine, theirs = FRESH.Pipe(duplex=False)
            process = FRESH.Process(target=work, args=(self.url, barrier, theirs), daemon=True)
            process.start()
            theirs.close()
            self.processes.append(process)
            pipes.append(mine)
        return pipes

    def run(self, work: Callable[..., None], count: int = PROCESSES) -> list[Any]:
        """What each reported, once all have ended."""
        reports = []
        for pipe in self.start(work, count):
            assert pipe.poll(60)
            reports.append(pipe.recv())
            pipe.close()
        for process in self.processes:
            process.join(60)
            assert process.exitcode == 0
        return reports

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()
            process.close()


@pytest.fixture
def crew(database_url: str) -> Iterator[Crew]:
    made = Crew(database_url)
    yield made
    made.end()


def test_no_delivery_is_claimed_by_two(crew: Crew, database: Database) -> None:
    def fill(conn: Connection) -> set[str]:
        ids = set()
        for n in range(60):
            alert, story = add_alert(conn)
            for channel in (DESK, DUTY):
                ids.add(
                    outbox.enqueue(
                        conn, alert, story=story, channel=channel, release_at=NOW, grouped=False,
                        now=NOW,
                    )
                )  # fmt: skip
            assert n or len(ids) == 2
        return set(ids)

    wanted = database.transact_now(fill)
    claimed = Counter(id for mine in crew.run(workers.claim_deliveries) for id in mine)
    assert claimed == Counter(wanted)


def test_no_feed_is_claimed_by_two(crew: Crew, database: Database) -> None:
    names = [f"f{n:03}" for n in range(200)]
    database.transact_now(lambda conn: feeds.sync(conn, [feed(n) for n in names], now=NOW))
    claimed = Counter(name for mine in crew.run(workers.claim_feeds) for name in mine)
    assert claimed == Counter(names)


def test_one_process_gets_the_channel(crew: Crew) -> None:
    assert sorted(crew.run(workers.take_channel)) == [False, False, True]


def test_polls_with_the_same_articles_at_the_same_moment_make_each_once(
    crew: Crew, database: Database
) -> None:
    answers = crew.run(workers.insert_articles)
    for key in answers[0]:
        ids = {answer[key][0] for answer in answers}
        makers = [answer[key][1] for answer in answers]
        assert len(ids) == 1, key
        assert makers.count(True) == 1, key
    stored = database.read_now(lambda c: articles.page(c, since=NOW, after_id=0, limit=99))
    assert len(stored) == 40


def test_a_story_that_many_bring_at_the_same_moment_is_told_for_the_first_time_once(
    crew: Crew, database: Database
) -> None:
    for _ in range(workers.STORIES):
        database.transact_now(lambda conn: stories.create(conn, title="Otters", now=NOW))
    told = [pair for mine in crew.run(workers.tell_of_the_same_story) for pair in mine]
    assert Counter(told) == Counter((n, "first") for n in range(1, workers.STORIES + 1))


def test_what_was_held_is_told_once_by_many_daemons(
    crew: Crew, database: Database, tmp_path: Path
) -> None:
    desk = AlertingDesk(database, tmp_path)
    for _ in range(5):
        desk.report(story=desk.story(), news="two cubs")
    assert sum(crew.run(workers.settle_what_is_due)) == 5
    assert len(desk.alerts()) == 10


def test_even_without_the_lock_there_is_one_first_alert(crew: Crew, database: Database) -> None:
    database.transact_now(lambda conn: stories.create(conn, title="Otters", now=NOW))
    told = sorted(crew.run(workers.raise_a_first_alert_without_the_lock))
    assert told.count("raised") == 1
    assert all(t == "raised" or "uniq" in t.lower() for t in told)


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    crew = Crew(empty_url)
    try:
        pids = crew.run(workers.migrate)
    finally:
        crew.end()
    database = Database(empty_url)
    assert set(database.read_now(status.all)) == {str(pid) for pid in pids}
    database.close_now()


def test_a_process_killed_in_a_transaction_leaves_none_of_it(
    crew: Crew, database: Database
) -> None:
    crew.start(workers.die_in_a_transaction, count=1)
    (process,) = crew.processes
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert set(database.read_now(status.all)) == {"committed"}
    database.transact_now(lambda conn: stories.create(conn, title="after", now=NOW))


class TestSqlite:
    """What only a file has to fear."""

    @pytest.fixture
    def dialect(self) -> str:
        return "sqlite"

    def test_children_that_outlive_the_daemon_do_not_keep_its_lock(
        self, crew: Crew, database: Database
    ) -> None:
        (pipe,) = crew.start(workers.hold_the_lock_and_have_children, count=1)
        assert pipe.poll(60)
        children = pipe.recv()
        pipe.close()
        try:
            crew.processes[0].kill()
            crew.processes[0].join()
            database.acquire(wait=5)
            for child in children:
                os.kill(child, 0)  # it lives
        finally:
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    def test_a_disk_that_is_full_is_named_and_the_database_goes_on_afterwards(
        self, crew: Crew, database: Database
    ) -> None:
        assert crew.run(workers.fill_the_disk, count=1) == ["DiskFull, then written"]
        kept = database.read_now(status.all)
        assert "after" in kept
        assert len(kept) > 3
