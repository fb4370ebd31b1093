"""The last good version of every rule and entity, so that a fault in a file survives no restart.

Texts only: what they mean is the business of ``rulefiles``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import RuleSource
from monitor.store.leases import insert
from monitor.store.schema import rule_sources as t


def save_good(conn: Connection, sources: Sequence[RuleSource], *, now: datetime) -> None:
    """Make ``sources`` the last good versions: all of them, others are forgotten.

    Writes only what changed, so that a reload of thousands of rules costs little.
    """
    before = {(s.kind, s.id): s for s in load_good(conn)}
    wanted = {(s.kind, s.id): s for s in sources}
    gone = [{"b_kind": kind, "b_id": id} for kind, id in before.keys() - wanted.keys()]
    if gone:
        conn.execute(
            sa.delete(t).where(t.c.kind == sa.bindparam("b_kind"), t.c.id == sa.bindparam("b_id")),
            gone,
        )
    changed = [s for key, s in wanted.items() if before.get(key) != s]
    if changed:
        statement = insert(conn, t)
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=[t.c.kind, t.c.id],
                set_={
                    "file": statement.excluded.file,
                    "text": statement.excluded.text,
                    "saved_at": statement.excluded.saved_at,
                },
            ),
            [
                {"kind": s.kind, "id": s.id, "file": s.file, "text": s.text, "saved_at": now}
                for s in changed
            ],
        )


def load_good(conn: Connection) -> list[RuleSource]:
    """The last good versions, by kind and id."""
    rows = conn.execute(sa.select(t.c.kind, t.c.id, t.c.file, t.c.text).order_by(t.c.kind, t.c.id))
    return [RuleSource(*row) for row in rows]
