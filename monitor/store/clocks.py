"""What a clock that was ahead has left behind: times that lie further ahead than clocks may differ.

Such rows would wait for the wrong time to come. They are put back to now; deliveries have their
own rules in ``deliveries``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store.fulltext import FullTextState
from monitor.store.schema import fulltext, holds

CLOCKS_DIFFER = timedelta(minutes=5)
"""By no more than this do the clocks of healthy machines."""
LONGEST_WAIT = timedelta(hours=27)
"""Retry-After is heeded up to 24 hours, with a tenth on top against stampedes."""


def mend(conn: Connection, now: datetime) -> int:
    """Put open holds and pages that were written ahead of ``now`` back to it; how many.

    A hold keeps the length of its wait: for a volume that is the window it counts in.
    """
    return _holds(conn, now) + _pages(conn, now)


def _holds(conn: Connection, now: datetime) -> int:
    t = holds
    ahead = sa.select(t.c.id, t.c.at, t.c.until).where(
        t.c.settled_at.is_(None), t.c.at > now + CLOCKS_DIFFER
    )
    rows = conn.execute(ahead).all()
    for row in rows:
        until = None if row.until is None else row.until - (row.at - now)
        conn.execute(sa.update(t).where(t.c.id == row.id).values(at=now, until=until))
    return len(rows)


def _pages(conn: Connection, now: datetime) -> int:
    t = fulltext
    wrong = sa.or_(t.c.created_at > now + CLOCKS_DIFFER, t.c.next_attempt_at > now + LONGEST_WAIT)
    return conn.execute(
        sa.update(t)
        .where(t.c.state == FullTextState.PENDING.value, wrong)
        .values(
            next_attempt_at=now,
            created_at=sa.case(
                (t.c.created_at > now, sa.literal(now, t.c.created_at.type)),
                else_=t.c.created_at,
            ),
        )
    ).rowcount
