"""The seam between the program and its database: transactions, and who may run them.

Everything else in ``store/`` is functions over a `Connection`; this module opens it, runs them on
the store's own threads so that the event loop never waits for a disk, and makes our errors of the
drivers'. No statement about feeds, articles or alerts lives here.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, exc

from monitor.errors import StoreError
from monitor.store import ballast, leases
from monitor.store.engine import (
    BUSY_TIMEOUT,
    Dialect,
    open_engine,
    parse_url,
    read_only,
    sqlite_path,
)
from monitor.store.faults import fault
from monitor.store.lock import FileLock
from monitor.store.presence import Presence, void_leases_of_the_dead
from monitor.store.schema import REVISION

__all__ = ["Connection", "Database"]

T = TypeVar("T")

_THREADS: dict[Dialect, tuple[int, int]] = {"sqlite": (1, 2), "postgresql": (4, 2)}
"""Writers and readers. SQLite has one writer at a time whatever we do."""
_RETRY_AFTER = (0.05, 0.2, 0.5, 1.0, 1.0)
"""Seconds before a transaction that the server undid, or that lost its server, runs again."""


class Database:
    """One database. ``owner`` names this process in leases; random when not given. A lock is
    waited for ``busy_timeout`` seconds.

    The functions handed to `transact` and `read` get a `Connection` inside a transaction and must
    touch nothing but the database: they may run more than once. They raise what they like (the
    transaction is rolled back); trouble of the database itself arrives as `StoreError`:
    `DatabaseBusy` (try later), `DiskFull`, or the base class.
    """

    def __init__(
        self, url: str, *, owner: str | None = None, busy_timeout: float = BUSY_TIMEOUT
    ) -> None:
        self._url, self.dialect = parse_url(url)
        self.owner = owner or secrets.token_hex(8)
        self.path: Path | None = None
        """The file, when the database is one."""
        self._lock: FileLock | None = None
        self._ballast: ballast.Ballast | None = None
        self._void_pending = False
        if self.dialect == "sqlite":
            self.path = sqlite_path(self._url)
            self._lock = FileLock(self.path.with_name(self.path.name + ".lock"))
            self._ballast = ballast.Ballast(self.path.with_name(self.path.name + ".reserve"))
        writers, readers = _THREADS[self.dialect]
        self._engine = open_engine(
            self._url, self.dialect, pool_size=writers + readers, busy_timeout=busy_timeout
        )
        self._read_engine = read_only(self._engine)
        self._presence = Presence(self._engine, self.owner)
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="store")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="store-read")

    def __repr__(self) -> str:
        return f"Database({self._url.render_as_string(hide_password=True)!r})"

    # --- opening and closing -------------------------------------------------------------------

    def acquire(self, wait: float = 10.0) -> None:
        """Become the one daemon of a SQLite database, within ``wait`` seconds (blocks).

        Raises `AlreadyRunning`. Whoever held leases is gone then: they are void. On PostgreSQL
        daemons share the work: this one shows that it lives.
        """
        if self._lock is None:
            self._translated(self._presence.announce)
            return
        self._make_directory()
        self._lock.acquire(wait)
        self._void_pending = True
        if self._revision() == REVISION:
            self._void_leases()

    def settle_leases(self) -> None:
        """End the leases of processes that have died, and show that this one lives (blocks).

        For a shared PostgreSQL, at start and now and then; on SQLite `acquire` has done it.
        """
        if self.dialect == "postgresql":
            self._translated(self._presence.announce)
            self.transact_now(void_leases_of_the_dead)

    def migrate(self) -> None:
        """Bring the schema to this version's, creating it where there is none (blocks).

        Raises `SchemaTooNew` when a newer version has been here. A SQLite file with data is copied
        beside itself first.
        """
        self._make_directory()
        if self._revision() != REVISION:
            from monitor.store.migrate import upgrade  # Alembic takes a quarter second to load

            upgrade(self._url, self.dialect)
        if self._void_pending:
            self._void_leases()

    async def close(self) -> None:
        """Finish the transactions under way, close the connections, give the lock back."""
        await asyncio.to_thread(self.close_now)

    def close_now(self) -> None:
        """The same as `close`, blocking."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._presence.leave()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    # --- transactions --------------------------------------------------------------------------

    async def transact(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a write transaction on the store's thread and commit.

        When the awaiting task is cancelled, a transaction that has not begun never does, and one
        that has begun is carried through; it is never left in between.
        """
        return await self._on(self._writers, self.transact_now, fn)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn``, which only reads, beside the writers."""
        return await self._on(self._readers, self.read_now, fn)

    def transact_now(self, fn: Callable[[Connection], T]) -> T:
        """`transact` on the calling thread (for the command line)."""
        return self._run(self._engine, fn)

    def read_now(self, fn: Callable[[Connection], T]) -> T:
        """`read` on the calling thread."""
        return self._run(self._read_engine, fn)

    def clock_offset(self) -> timedelta:
        """The database server's clock minus ours; zero for a file. Blocks for a round trip."""
        if self.dialect == "sqlite":
            return timedelta(0)
        before = datetime.now(UTC)
        theirs: datetime = self.read_now(
            lambda conn: conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        )
        after = datetime.now(UTC)
        return theirs.astimezone(UTC) - (before + (after - before) / 2)

    # --- room on the disk ----------------------------------------------------------------------

    def reserve(self, size: int = ballast.DEFAULT_SIZE) -> bool:
        """Keep ``size`` bytes of the disk for bad times; False when there is no room (or no file:
        a PostgreSQL server looks after its own disk)."""
        return self._ballast is not None and self._ballast.reserve(size)

    def release_reserve(self) -> bool:
        """Give the kept room to the database; True when there was any."""
        return self._ballast is not None and self._ballast.release()

    def free_bytes(self) -> int | None:
        """Room left on the disk of the SQLite file; None when the disk is not ours to see."""
        if self.path is None:
            return None
        try:
            return ballast.free_bytes(self.path.parent)
        except OSError as error:
            raise fault(error).error from error

    def disk_size(self) -> int | None:
        """Size of the disk of the SQLite file in bytes; None when it is not ours to see."""
        return None if self.path is None else shutil.disk_usage(self.path.parent).total

    # --- inside --------------------------------------------------------------------------------

    async def _on(
        self,
        threads: ThreadPoolExecutor,
        run: Callable[[Callable[[Connection], T]], T],
        fn: Callable[[Connection], T],
    ) -> T:
        try:
            future = asyncio.get_running_loop().run_in_executor(threads, run, fn)
        except RuntimeError as error:
            raise StoreError("the database is closed") from error
        return await future

    def _run(self, engine: sa.Engine, fn: Callable[[Connection], T]) -> T:
        for delay in (*_RETRY_AFTER, None):
            committing = False
            try:
                with engine.connect() as conn:
                    transaction = conn.begin()
                    result = fn(conn)
                    committing = True
                    transaction.commit()
                    return result
            except (exc.DBAPIError, exc.TimeoutError) as error:
                found = fault(error)
                if committing and not found.outcome_known:
                    raise StoreError(
                        f"the connection broke during a commit, its outcome is unknown: "
                        f"{found.error}"
                    ) from error
                if delay is None or not found.retry:
                    raise found.error from error
            time.sleep(delay)
        raise AssertionError("unreachable")

    def _translated(self, act: Callable[[], None]) -> None:
        """Run what is no transaction, with the drivers' errors made ours."""
        try:
            act()
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise fault(error).error from error

    def _make_directory(self) -> None:
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise fault(error).error from error

    def _revision(self) -> str | None:
        """The schema's revision; None where there is no schema."""

        def find(conn: Connection) -> str | None:
            if not sa.inspect(conn).has_table("alembic_version"):
                return None
            revision: str | None = conn.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return revision

        return self.read_now(find)

    def _void_leases(self) -> None:
        self.transact_now(leases.void_all)
        self._void_pending = False
