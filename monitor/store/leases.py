"""What feeds, deliveries and full texts have in common when a process claims them.

A lease is an owner and an end. It is free when it has none or its end has come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store import schema

T = TypeVar("T")
Row: TypeAlias = sa.Row[*tuple[Any, ...]]
"""A row of whatever columns; none leaves the store."""

CHUNK = 500
"""Values in one IN list: enough to make the round trip cheap, few enough for every limit."""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterable[Sequence[T]]:
    """``values`` in lists of at most ``size``."""
    everything = list(values)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def insert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which both databases spell alike."""
    if conn.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def free(table: Table, now: datetime) -> sa.ColumnElement[bool]:
    """No one holds the row of ``table`` any more."""
    return sa.or_(table.c.lease_until.is_(None), table.c.lease_until <= now)


NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None}


def void_all(conn: Connection) -> None:
    """End every lease: whoever held them is known to be gone."""
    for table in (schema.feeds, schema.deliveries, schema.fulltext):
        conn.execute(sa.update(table).where(table.c.lease_until.is_not(None)).values(**NO_LEASE))
    conn.execute(sa.delete(schema.channel_leases))
