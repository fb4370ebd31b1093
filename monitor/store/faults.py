"""The one place where the databases' exceptions become ours. Nothing is executed here.

Every error of a driver ends as a `StoreError`; the class says what the caller may do. Messages
hold the driver's words, never the statement's parameters (they are texts of feeds).
"""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import dataclass

from sqlalchemy import exc

from monitor.errors import DatabaseBusy, DiskFull, StoreError

_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
# A full disk shows as an I/O error too, when the write-ahead log or its index cannot grow.
_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_PG_FULL = {"53100", "58030"}  # disk_full, io_error
_PG_ROLLED_BACK = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_PG_GONE = {"57P01", "57P02", "57P03", "53300"}  # shut down, crashed, starting, too many clients
_PG_WAITED = {"55P03", "57014", "25P03", "53200", "53400"}  # time-outs, out of memory or limits
# libpq reports a refused login without a code; waiting does not help there.
_PG_REFUSED = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password")


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error means: the exception to raise, and whether to run the transaction again."""

    error: StoreError
    retry: bool = False
    outcome_known: bool = True
    """False when a commit that met this may or may not have taken place."""


def fault(error: Exception) -> Fault:
    """Read a SQLAlchemy or operating system error. Pure; never raises."""
    if isinstance(error, exc.TimeoutError):
        return Fault(DatabaseBusy("no database connection became free in time"))
    if isinstance(error, OSError):
        return Fault(_of_os(error))
    original = getattr(error, "orig", None)
    if isinstance(original, sqlite3.Error):
        return Fault(_of_sqlite(original))
    return _of_postgres(error, original)


def _of_os(error: OSError) -> StoreError:
    if error.errno in _NO_SPACE:
        return DiskFull(f"no room to write: {error.strerror}")
    return StoreError(str(error))


def _of_sqlite(error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = str(error)
    if code in _SQLITE_FULL:
        return DiskFull(f"no room to write: {text}")
    if code in _SQLITE_BUSY:
        return DatabaseBusy(f"another process is writing: {text}")
    if "no such table" in text or "no such column" in text:
        return StoreError(f"the database has not been set up for this version ({text})")
    return StoreError(text)


def _of_postgres(error: Exception, original: BaseException | None) -> Fault:
    text = str(original or error).strip()
    text = text.splitlines()[0] if text else type(error).__name__
    state = getattr(original, "sqlstate", None) or ""
    if state in _PG_FULL:
        return Fault(DiskFull(f"no room to write: {text}"))
    if state in _PG_ROLLED_BACK:
        return Fault(DatabaseBusy(text), retry=True)
    if state in _PG_WAITED:
        return Fault(DatabaseBusy(text))
    if state in _PG_GONE or state.startswith("08"):
        return Fault(DatabaseBusy(text), retry=True, outcome_known=False)
    if state == "42P01":
        return Fault(StoreError(f"the database has not been set up for this version ({text})"))
    lost = isinstance(error, exc.DBAPIError) and error.connection_invalidated
    if lost or (isinstance(error, exc.OperationalError) and not state):
        refused = any(words in str(original) for words in _PG_REFUSED)
        if refused:
            return Fault(StoreError(text))
        return Fault(DatabaseBusy(text), retry=True, outcome_known=False)
    return Fault(StoreError(text))
