"""What the daemon says of itself, for ``monitor status`` and the health pages."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.leases import insert
from monitor.store.schema import status as t

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def put(conn: Connection, key: str, value: Json, *, now: datetime) -> None:
    """Store ``value``, replacing what was there."""
    statement = insert(conn, t).values(key=key, value=value, at=now)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=[t.c.key],
            set_={"value": statement.excluded.value, "at": statement.excluded.at},
        )
    )


def get(conn: Connection, key: str) -> tuple[Json, datetime] | None:
    """The value and when it was stored."""
    row = conn.execute(sa.select(t.c.value, t.c.at).where(t.c.key == key)).first()
    return None if row is None else (row.value, row.at)


def all(conn: Connection) -> dict[str, tuple[Json, datetime]]:
    """Everything, by key."""
    rows = conn.execute(sa.select(t.c.key, t.c.value, t.c.at).order_by(t.c.key))
    return {row.key: (row.value, row.at) for row in rows}
