"""Every error of the drivers becomes one of ours, and the class says what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors as pg
from sqlalchemy import exc

from monitor.errors import DatabaseBusy, DiskFull, StoreError
from monitor.store.faults import Fault, fault


def wrapped(original: Exception, *, disconnect: bool = False) -> Exception:
    """As SQLAlchemy hands it to us."""
    kinds: dict[str, type[exc.DBAPIError]] = {
        "OperationalError": exc.OperationalError,
        "IntegrityError": exc.IntegrityError,
        "ProgrammingError": exc.ProgrammingError,
    }
    kind: type[exc.DBAPIError] = kinds.get(type(original).__name__, exc.DBAPIError)
    return kind("INSERT", {"body": "secret text"}, original, connection_invalidated=disconnect)


def sqlite_error(code: int, text: str = "x") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_BUSY, DatabaseBusy),
        (sqlite3.SQLITE_BUSY | (2 << 8), DatabaseBusy),  # SQLITE_BUSY_SNAPSHOT
        (sqlite3.SQLITE_LOCKED, DatabaseBusy),
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_IOERR | (3 << 8), DiskFull),  # SQLITE_IOERR_WRITE
        (sqlite3.SQLITE_READONLY, StoreError),
        (sqlite3.SQLITE_CORRUPT, StoreError),
        (sqlite3.SQLITE_NOTADB, StoreError),
    ],
)
def test_sqlite_errors_are_told_apart_by_their_code(code: int, expected: type) -> None:
    assert type(fault(wrapped(sqlite_error(code))).error) is expected


@pytest.mark.parametrize(
    ("original", "expected", "retry"),
    [
        (pg.DiskFull("x"), DiskFull, False),
        (pg.SerializationFailure("x"), DatabaseBusy, True),
        (pg.DeadlockDetected("x"), DatabaseBusy, True),
        (pg.LockNotAvailable("x"), DatabaseBusy, False),
        (pg.QueryCanceled("x"), DatabaseBusy, False),
        (pg.AdminShutdown("x"), DatabaseBusy, True),
        (pg.CannotConnectNow("x"), DatabaseBusy, True),
        (pg.TooManyConnections("x"), DatabaseBusy, True),
        (pg.ConnectionFailure("x"), DatabaseBusy, True),
        (psycopg.OperationalError("connection refused"), DatabaseBusy, True),
        (psycopg.OperationalError('password authentication failed for "x"'), StoreError, False),
        (psycopg.OperationalError('database "x" does not exist'), StoreError, False),
        (pg.UniqueViolation("x"), StoreError, False),
        (pg.UndefinedTable("x"), StoreError, False),
    ],
)
def test_postgres_errors_are_told_apart_by_their_state(
    original: Exception, expected: type, retry: bool
) -> None:
    found = fault(wrapped(original))
    assert type(found.error) is expected
    assert found.retry is retry


def _classes(base: type[Exception]) -> Iterator[type[Exception]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _classes(kind)


def test_no_error_of_a_driver_escapes() -> None:
    kinds = {*_classes(psycopg.Error), *_classes(sqlite3.Error), sqlite3.Error, psycopg.Error}
    assert len(kinds) > 100
    for each in kinds:
        found = fault(wrapped(each("words")))
        assert isinstance(found.error, StoreError), each


def test_messages_hold_the_drivers_words_and_no_parameters() -> None:
    found = fault(wrapped(pg.UniqueViolation("duplicate key\nDETAIL: Key (k)=(secret text)")))
    assert str(found.error) == "duplicate key"


def test_a_connection_lost_on_the_way_may_be_tried_again_but_leaves_a_commit_in_doubt() -> None:
    found = fault(wrapped(psycopg.OperationalError("server closed"), disconnect=True))
    assert (found.retry, found.outcome_known) == (True, False)
    assert fault(wrapped(pg.DeadlockDetected("x"))).outcome_known


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EACCES, "Permission denied"), StoreError),
        (exc.TimeoutError("pool"), DatabaseBusy),
    ],
)
def test_trouble_outside_the_drivers(error: Exception, expected: type) -> None:
    found = fault(error)
    assert type(found.error) is expected
    assert found == Fault(found.error)


def test_a_missing_table_says_that_the_database_is_not_set_up() -> None:
    for original in (sqlite_error(1, "no such table: feeds"), pg.UndefinedTable("feeds")):
        assert "has not been set up" in str(fault(wrapped(original)).error)
