"""The database, as commands use it: short transactions beside a running daemon, no lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import typer

from monitor.cli import context, output
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.store import Connection, Database

T = TypeVar("T")


@contextmanager
def opened(ctx: typer.Context) -> Iterator[Database]:
    """The configured database, brought to this version's schema. Raises StoreError."""
    from monitor.store import Database

    settings = context.settings(ctx)
    database = Database(settings.database.get_secret_value())
    try:
        database.migrate()
        yield database
    finally:
        database.close_now()


def exists(ctx: typer.Context) -> bool:
    """Whether there is a database to ask; a PostgreSQL server is believed to have one."""
    return is_there(context.settings(ctx))


def is_there(settings: Settings) -> bool:
    """The same, of settings."""
    from monitor.store.engine import parse_url, sqlite_path

    url, dialect = parse_url(settings.database.get_secret_value())
    return dialect != "sqlite" or sqlite_path(url).exists()


def require(ctx: typer.Context) -> None:
    """End the command with a word on what to do when there is no database yet."""
    if not exists(ctx):
        output.error(
            "there is no database yet: it is made when the daemon first runs (`monitor run`)"
        )
        raise typer.Exit(ExitCode.RUNTIME)


def read(ctx: typer.Context, fn: Callable[[Connection], T]) -> T:
    """Run one read-only function over it."""
    with opened(ctx) as database:
        return database.read_now(fn)


def look(ctx: typer.Context, fn: Callable[[Connection], T]) -> T:
    """`read`, of a database that is left as it is: StoreError when another version made it."""
    from monitor.store import Database

    database = Database(context.settings(ctx).database.get_secret_value())
    try:
        return database.read_now(fn)
    finally:
        database.close_now()


def write(ctx: typer.Context, fn: Callable[[Connection], T]) -> T:
    """Run one function over it in a transaction."""
    with opened(ctx) as database:
        return database.transact_now(fn)
