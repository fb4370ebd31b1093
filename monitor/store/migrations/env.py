"""Runs the migrations on the connection that ``monitor.store.migrate`` hands over (or, for
``alembic`` on a developer's command line, on one of its own). Holds no migration."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from monitor.store.engine import open_engine, parse_url
from monitor.store.schema import metadata


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite alters most things by rebuilding the table
    )
    with context.begin_transaction():
        context.run_migrations()


def _main() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(given)
        return
    url, dialect = parse_url(context.config.get_main_option("sqlalchemy.url") or "")
    with open_engine(url, dialect, pool_size=1, foreign_keys=False).begin() as connection:
        _run(connection)


_main()
