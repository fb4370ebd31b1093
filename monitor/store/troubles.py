"""The monitor's own troubles that are not over yet, so that each is told once and its end too."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import OperatorNotice
from monitor.store.leases import insert
from monitor.store.schema import troubles as t


def open(conn: Connection, key: str, title: str, text: str, *, now: datetime) -> bool:
    """There is trouble. True when it is new and has to be told; a known one gets the new text."""
    new = conn.execute(
        insert(conn, t)
        .values(key=key, title=title, text=text, opened_at=now)
        .on_conflict_do_nothing(index_elements=[t.c.key])
        .returning(t.c.key)
    ).first()
    if new is not None:
        return True
    conn.execute(sa.update(t).where(t.c.key == key).values(title=title, text=text))
    return False


def close(conn: Connection, key: str, *, now: datetime) -> OperatorNotice | None:
    """The trouble is over: what to tell (``resolved``), or None when there was none."""
    row = conn.execute(sa.delete(t).where(t.c.key == key).returning(t.c.title, t.c.text)).first()
    if row is None:
        return None
    return OperatorNotice(key=key, title=row.title, text=row.text, at=now, resolved=True)


def list_open(conn: Connection) -> list[OperatorNotice]:
    """What is not over, in the order in which it began; ``at`` is the beginning."""
    rows = conn.execute(sa.select(t).order_by(t.c.opened_at, t.c.key))
    return [OperatorNotice(key=r.key, title=r.title, text=r.text, at=r.opened_at) for r in rows]
