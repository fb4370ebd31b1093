"""Opens the database: drivers, session settings, the shape of transactions. No statements of ours.

SQLite transactions are begun by hand: sqlite3 would begin them late and deferred, and a read that
turns into a write then fails at once instead of waiting its turn.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy import event, exc

from monitor.errors import StoreError
from monitor.store.types import to_json

Dialect: TypeAlias = Literal["sqlite", "postgresql"]

BUSY_TIMEOUT = 10.0
"""Seconds a statement waits for a lock."""
STATEMENT_TIMEOUT = 120.0
CONNECT_TIMEOUT = 10

_READ_ONLY = "monitor_read_only"


def parse_url(url: str) -> tuple[sa.URL, Dialect]:
    """The address with the right driver. ``sqlite:///relative``, ``sqlite:////absolute`` or
    ``postgresql://…``; anything else is a `StoreError`."""
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise StoreError("not the address of a database") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise StoreError("the database must be a file, as in sqlite:///data/monitor.db")
        return parsed.set(drivername="sqlite+pysqlite"), "sqlite"
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg"), "postgresql"
    raise StoreError(f"no support for {backend} databases: use sqlite:/// or postgresql://")


def sqlite_path(url: sa.URL) -> Path:
    """The file of a SQLite address."""
    assert url.database
    return Path(url.database)


def open_engine(
    url: sa.URL,
    dialect: Dialect,
    *,
    pool_size: int,
    foreign_keys: bool = True,
    busy_timeout: float = BUSY_TIMEOUT,
    statement_timeout: float = STATEMENT_TIMEOUT,
) -> sa.Engine:
    """An engine that connects on first use. Times in seconds; ``foreign_keys`` off is for
    migrations, which rebuild SQLite tables."""
    if dialect == "sqlite":
        return _open_sqlite(url, pool_size, foreign_keys, busy_timeout)
    return _open_postgres(url, pool_size, busy_timeout, statement_timeout)


def read_only(engine: sa.Engine) -> sa.Engine:
    """The same engine and pool, for transactions that only read (SQLite: they lock nobody out)."""
    return engine.execution_options(**{_READ_ONLY: True})


def _open_sqlite(url: sa.URL, pool_size: int, foreign_keys: bool, busy_timeout: float) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        json_serializer=to_json,
        connect_args={"isolation_level": None, "timeout": busy_timeout, "cached_statements": 512},
    )

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        _use_wal(cursor, busy_timeout)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.execute("PRAGMA journal_size_limit = 67108864")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        quiet = connection.get_execution_options().get(_READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if quiet else "BEGIN IMMEDIATE")

    return engine


def _use_wal(cursor: sqlite3.Cursor, seconds: float) -> None:
    """Switch to the write-ahead log, within ``seconds``.

    SQLite does not wait by itself when several processes switch a new file at the same moment: it
    answers "locked" at once, whatever the busy timeout is.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _open_postgres(
    url: sa.URL, pool_size: int, lock_timeout: float, statement_timeout: float
) -> sa.Engine:
    try:
        engine = sa.create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=BUSY_TIMEOUT,
            hide_parameters=True,
            json_serializer=to_json,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT,
                # A server that vanished without a word is noticed within a minute.
                "keepalives_idle": 20,
                "keepalives_interval": 10,
                "keepalives_count": 3,
                "tcp_user_timeout": 30_000,
                **({} if "application_name" in url.query else {"application_name": "monitor"}),
            },
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs the driver psycopg: install media-monitor[postgres]"
        ) from error

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute(f"SET lock_timeout = {int(lock_timeout * 1000)}")
            cursor.execute(f"SET statement_timeout = {int(statement_timeout * 1000)}")
            cursor.execute("SET idle_in_transaction_session_timeout = 120000")
        connection.commit()

    return engine
