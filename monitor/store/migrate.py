"""Brings a database to this version's schema: under a lock, in one transaction, after a copy.

Imported only when there is something to do, because Alembic loads slowly. The migrations
themselves lie in ``migrations/versions``: first a release that adds (expand), and only when no
older program can be running one that takes away (contract).
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import exc

from monitor.errors import SchemaTooNew, StoreError
from monitor.store.engine import Dialect, open_engine, sqlite_path
from monitor.store.faults import fault

SCRIPTS = "monitor.store:migrations"
LOCK_TIMEOUT = 60.0
"""Seconds to wait for another process that migrates, or for its transactions."""
STATEMENT_TIMEOUT = 3600.0
_LOCK = 0x6D6F6E6D


def upgrade(url: sa.URL, dialect: Dialect, *, scripts: str = SCRIPTS, to: str = "head") -> None:
    """Migrate to revision ``to``. Does nothing when the database is there already.

    Raises `SchemaTooNew` for a revision that ``scripts`` do not know, other `StoreError` when the
    migration fails; the database is then as it was.
    """
    config = _config(scripts)
    engine = open_engine(
        url,
        dialect,
        pool_size=2,
        foreign_keys=False,
        busy_timeout=LOCK_TIMEOUT,
        statement_timeout=STATEMENT_TIMEOUT,
    )
    try:
        with engine.begin() as conn:
            if dialect == "postgresql":
                conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            current = _current(conn, ScriptDirectory.from_config(config))
            wanted = ScriptDirectory.from_config(config).as_revision_number(to)
            if current == wanted:
                return
            if dialect == "sqlite" and current is not None:
                _copy(sqlite_path(url), current)
            config.attributes["connection"] = conn
            command.upgrade(config, to)
            if dialect == "sqlite":
                _check_foreign_keys(conn)
    except (exc.DBAPIError, exc.TimeoutError, OSError, sqlite3.Error) as error:
        raise fault(error).error from error
    finally:
        engine.dispose()


def _config(scripts: str) -> Config:
    config = Config()
    config.set_main_option("script_location", scripts)
    config.set_main_option("path_separator", "os")
    return config


def _current(conn: sa.Connection, scripts: ScriptDirectory) -> str | None:
    current = MigrationContext.configure(conn).get_current_revision()
    if current is not None:
        try:
            scripts.get_revision(current)
        except CommandError as error:
            raise SchemaTooNew(
                f"the database is at revision {current}, which this version does not know: "
                "run the newer version, or restore the copy made before it migrated"
            ) from error
    return current


def _copy(path: Path, revision: str) -> None:
    """Keep the database of ``revision`` beside it. A reader sees what is committed, while the
    caller's transaction keeps writers out."""
    copy = path.with_name(f"{path.name}.before-migration-{revision}")
    partial = copy.with_name(copy.name + ".partial")
    partial.unlink(missing_ok=True)
    source = sqlite3.connect(path)
    try:
        target = sqlite3.connect(partial)
        try:
            source.backup(target)
        finally:
            target.close()
        partial.replace(copy)
    finally:
        source.close()
        partial.unlink(missing_ok=True)
    directory = os.open(copy.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _check_foreign_keys(conn: sa.Connection) -> None:
    broken = conn.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise StoreError(f"a migration left rows of {broken[0]} without their {broken[2]}")
