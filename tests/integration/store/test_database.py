"""Transactions: on their own threads, whole or not at all, with trouble in our own words."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from monitor.errors import AlreadyRunning, DatabaseBusy, DiskFull, StoreError
from monitor.model import FeedName
from monitor.store import feeds, outbox, status
from monitor.store.database import Connection, Database
from tests.integration.store.helpers import DAY, DESK, MINUTE, NOW, add_alert, feed
from tests.servers.postgres import PostgresServer


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database, for what only files have."""
    opened = Database(f"sqlite:///{tmp_path}/deep/er/monitor.db")
    opened.migrate()
    yield opened
    opened.close_now()


def put(conn: Connection) -> int:
    status.put(conn, "k", 1, now=NOW)
    return 7


def stored(database: Database) -> bool:
    return database.read_now(lambda conn: status.get(conn, "k")) is not None


# --- whole or not at all -----------------------------------------------------------------------


def test_a_transaction_is_kept_and_its_value_handed_back(database: Database) -> None:
    async def main() -> None:
        assert await database.transact(put) == 7
        assert await database.read(lambda conn: status.get(conn, "k")) == (1, NOW)

    asyncio.run(main())


def test_an_exception_undoes_the_transaction_and_arrives_as_it_is(database: Database) -> None:
    def work(conn: Connection) -> None:
        put(conn)
        raise KeyError("mine")

    async def main() -> None:
        with pytest.raises(KeyError, match="mine"):
            await database.transact(work)

    asyncio.run(main())
    assert not stored(database)


def test_the_drivers_errors_arrive_as_store_errors_with_their_cause(database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        database.transact_now(lambda conn: conn.execute(text("INSERT INTO status VALUES (1)")))
    assert caught.value.__cause__ is not None
    with pytest.raises(StoreError, match="not been set up"):
        database.read_now(lambda conn: conn.execute(text("SELECT * FROM missing")))


def test_the_event_loop_goes_on_while_the_database_works(database: Database) -> None:
    release = threading.Event()

    async def main() -> None:
        slow = asyncio.create_task(database.transact(lambda conn: release.wait(30)))
        await asyncio.sleep(0)  # the loop is free: this line is reached
        release.set()
        assert await slow

    asyncio.run(main())


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    begun, release = threading.Event(), threading.Event()

    def write(conn: Connection) -> None:
        put(conn)
        begun.set()
        assert release.wait(30)

    async def main() -> None:
        writing = asyncio.create_task(database.transact(write))
        await asyncio.to_thread(begun.wait, 30)
        assert await database.read(lambda conn: status.get(conn, "k")) is None
        release.set()
        await writing
        assert await database.read(lambda conn: status.get(conn, "k")) is not None

    asyncio.run(main())


def test_a_cancelled_wait_leaves_a_begun_transaction_whole(
    database: Database, database_url: str
) -> None:
    begun, release = threading.Event(), threading.Event()

    def write(conn: Connection) -> None:
        put(conn)
        begun.set()
        assert release.wait(30)
        status.put(conn, "second", 2, now=NOW)

    async def main() -> None:
        task = asyncio.create_task(database.transact(write))
        await asyncio.to_thread(begun.wait, 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        await database.transact(lambda conn: None)
        await database.close()

    asyncio.run(main())
    again = Database(database_url)
    assert set(again.read_now(status.all)) == {"k", "second"}
    again.close_now()


def test_a_cancelled_wait_in_the_queue_never_begins(database: Database) -> None:
    release = threading.Event()
    ran: list[int] = []

    async def main() -> None:
        blockers = [
            asyncio.create_task(database.transact(lambda conn: release.wait(30))) for _ in range(4)
        ]
        waiting = asyncio.create_task(database.transact(lambda conn: ran.append(1)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        release.set()
        await asyncio.gather(*blockers)
        await database.close()

    asyncio.run(main())
    assert ran == []


def test_a_closed_database_says_so(database: Database) -> None:
    async def main() -> None:
        await database.close()
        with pytest.raises(StoreError, match="closed"):
            await database.transact(put)

    asyncio.run(main())


# --- addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "no address", "://"]
)
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Database(url)


def test_a_refusing_server_is_asked_again_without_haste_and_no_password_shows() -> None:
    database = Database("postgresql://me:s3cret@127.0.0.1:1/x")
    assert "s3cret" not in repr(database)
    started = time.monotonic()
    with pytest.raises(DatabaseBusy) as caught:
        database.read_now(put)
    assert time.monotonic() - started > 1
    assert "s3cret" not in str(caught.value)
    database.close_now()


# --- SQLite: one daemon, busy files, full disks ------------------------------------------------


def test_a_second_daemon_is_refused_and_let_in_after_the_first(file: Database) -> None:
    second = Database(f"sqlite:///{file.path}")
    file.acquire()
    file.acquire()  # again is harmless
    with pytest.raises(AlreadyRunning, match="process"):
        second.acquire(wait=0)
    file.close_now()
    second.acquire(wait=0)
    second.close_now()


def test_a_second_daemon_waits_for_the_first_to_go(file: Database) -> None:
    second = Database(f"sqlite:///{file.path}")
    file.acquire()
    threading.Timer(0.3, file.close_now).start()
    second.acquire(wait=30)
    second.close_now()


def test_whoever_gets_the_lock_voids_all_leases(file: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a")], now=NOW)
        feeds.claim_due(conn, now=NOW, limit=1, lease=DAY, owner="dead")
        alert, story = add_alert(conn)
        outbox.enqueue(
            conn, alert, story=story, channel=DESK, release_at=NOW, grouped=False, now=NOW
        )
        claimed = outbox.claim_due(conn, channels=[DESK], now=NOW, lease=DAY, owner="dead", limit=1)
        assert len(claimed) == 1
        assert outbox.take_channel(conn, DESK, owner="dead", now=NOW, lease=DAY)

    file.transact_now(work)
    file.acquire()

    def check(conn: Connection) -> None:
        assert outbox.take_channel(conn, DESK, owner="me", now=NOW, lease=MINUTE)
        assert outbox.next_due(conn) == NOW
        (claim,) = outbox.claim_due(
            conn, channels=[DESK], now=NOW, lease=MINUTE, owner="me", limit=9
        )
        assert claim.repeat
        (state,) = feeds.claim_due(conn, now=NOW, limit=9, lease=MINUTE, owner="me")
        assert state.name == FeedName("a")

    file.transact_now(check)


def test_the_lock_comes_before_the_first_migration(tmp_path: Path) -> None:
    fresh = Database(f"sqlite:///{tmp_path}/new/monitor.db")
    fresh.acquire()
    fresh.migrate()
    fresh.transact_now(put)
    fresh.close_now()


def test_a_writer_outside_makes_the_database_busy_and_not_for_long(file: Database) -> None:
    hasty = Database(f"sqlite:///{file.path}", busy_timeout=0.05)
    assert file.path is not None
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy):
        hasty.transact_now(put)
    other.execute("COMMIT")
    hasty.transact_now(put)
    other.close()
    hasty.close_now()


def test_a_full_disk_is_told_apart_and_undoes_the_transaction(file: Database) -> None:
    def fill(conn: Connection) -> None:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        put(conn)
        status.put(conn, "big", "x" * 100_000, now=NOW)

    with pytest.raises(DiskFull):
        file.transact_now(fill)
    assert not stored(file)
    file.transact_now(put)
    assert stored(file)


def test_the_reserve_keeps_room_and_gives_it_up(file: Database) -> None:
    assert file.path is not None
    reserve = file.path.with_name("monitor.db.reserve")
    assert file.reserve(100_000)
    assert reserve.stat().st_blocks * 512 >= 100_000
    assert file.reserve(100_000)
    assert file.release_reserve()
    assert not reserve.exists()
    assert not file.release_reserve()
    free = file.free_bytes()
    assert free is not None
    assert free > 0


def test_a_reserve_that_does_not_fit_is_no_error_and_leaves_nothing(file: Database) -> None:
    assert file.path is not None
    reserve = file.path.with_name("monitor.db.reserve")
    reserve.mkdir()  # nothing can be written there
    assert not file.reserve(100_000)
    reserve.rmdir()


def test_sqlite_is_opened_durably(file: Database) -> None:
    def ask(conn: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert file.transact_now(ask) == ["wal", 2, 1]
    assert file.read_now(ask) == ["wal", 2, 1]


# --- PostgreSQL: servers that come and go ------------------------------------------------------


class TestPostgres:
    """What only a server can do to us."""

    @pytest.fixture
    def dialect(self) -> str:
        return "postgresql"

    pytestmark = pytest.mark.postgres

    def test_a_restarted_server_is_met_again(
        self, database: Database, postgres_server: PostgresServer
    ) -> None:
        async def main() -> None:
            await asyncio.gather(*(database.transact(put) for _ in range(4)))
            postgres_server.restart()
            await asyncio.gather(*(database.transact(put) for _ in range(4)))
            await asyncio.gather(*(database.read(status.all) for _ in range(4)))

        asyncio.run(main())

    def test_a_server_that_is_away_makes_the_database_busy_until_it_is_back(
        self, database: Database, postgres_server: PostgresServer
    ) -> None:
        postgres_server.stop()
        try:
            with pytest.raises(DatabaseBusy):
                database.transact_now(put)
        finally:
            postgres_server.start()
        database.transact_now(put)

    def test_a_deadlock_is_run_again_until_both_are_through(self, database: Database) -> None:
        both = threading.Barrier(2, timeout=30)

        def work(first: str, second: str) -> None:
            calls = 0

            def cross(conn: Connection) -> None:
                nonlocal calls
                calls += 1
                status.put(conn, first, first, now=NOW)
                if calls == 1:
                    both.wait()
                status.put(conn, second, first, now=NOW)

            database.transact_now(cross)

        threads = [threading.Thread(target=work, args=p) for p in (("a", "b"), ("b", "a"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        everything = database.read_now(status.all)
        assert everything["a"][0] == everything["b"][0]  # one of them came last, whole

    def test_clocks_are_compared(self, database: Database) -> None:
        assert abs(database.clock_offset()) < timedelta(seconds=5)
        assert database.free_bytes() is None
        assert not database.reserve()
        database.acquire()

    def test_a_connection_lost_in_the_commit_leaves_the_outcome_open(
        self, database: Database, postgres_server: PostgresServer
    ) -> None:
        def work(conn: Connection) -> None:
            put(conn)
            pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            postgres_server.execute(f"SELECT pg_terminate_backend({pid}, 5000)")

        with pytest.raises(StoreError, match="outcome is unknown"):
            database.transact_now(work)
        assert not stored(database)
        database.transact_now(put)
