"""Silences that were made at the command line, and how much every silence has kept quiet."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.alerts.silences import Silence
from monitor.model import StoryId
from monitor.store.leases import Row
from monitor.store.schema import silences as t


def add(conn: Connection, silence: Silence, *, now: datetime) -> Silence:
    """Put one in force; it comes back with its id."""
    id = conn.execute(
        sa.insert(t)
        .values(
            rule=silence.rule, entity=silence.entity, source=silence.source, story=silence.story,
            until=silence.until, author=silence.author, comment=silence.comment, created_at=now,
        )
        .returning(t.c.id)
    ).scalar_one()  # fmt: skip
    row = conn.execute(sa.select(t).where(t.c.id == id)).one()
    return _silence(row)


def list_all(conn: Connection, *, now: datetime, ended: bool = False) -> list[Silence]:
    """Those in force, the newest first; ``ended``: the others too."""
    query = sa.select(t).order_by(t.c.id.desc())
    if not ended:
        query = query.where(sa.or_(t.c.until.is_(None), t.c.until > now))
    return [_silence(row) for row in conn.execute(query)]


def expire(conn: Connection, id: int, *, now: datetime) -> Silence | None:
    """End one now; None when there is none in force with this id. It stays on record."""
    row = conn.execute(
        sa.update(t)
        .where(t.c.id == id, sa.or_(t.c.until.is_(None), t.c.until > now))
        .values(until=now)
        .returning(*t.c)
    ).first()
    return None if row is None else _silence(row)


def purge(conn: Connection, before: datetime, limit: int) -> int:
    """Forget silences that ended before ``before``."""
    old = sa.select(t.c.id).where(t.c.until < before).limit(limit)
    return conn.execute(sa.delete(t).where(t.c.id.in_(old))).rowcount


def _silence(row: Row) -> Silence:
    return Silence(
        id=str(row.id),
        rule=row.rule,
        entity=row.entity,
        source=row.source,
        story=None if row.story is None else StoryId(row.story),
        until=row.until,
        author=row.author,
        comment=row.comment,
        created_at=row.created_at,
    )
