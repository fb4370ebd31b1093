"""One drain at a time per channel, so that its order, rate limit and breaker hold.

Re-exported by ``outbox``, where sending happens.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import ChannelName
from monitor.store.leases import insert
from monitor.store.schema import channel_leases


def take_channel(
    conn: Connection, channel: ChannelName, *, owner: str, now: datetime, lease: timedelta
) -> bool:
    """Become or stay the one process that drains ``channel``; False when another is."""
    statement = insert(conn, channel_leases).values(channel=channel, owner=owner, until=now + lease)
    taken = conn.execute(
        statement.on_conflict_do_update(
            index_elements=[channel_leases.c.channel],
            set_={"owner": owner, "until": now + lease},
            where=sa.or_(channel_leases.c.owner == owner, channel_leases.c.until <= now),
        ).returning(channel_leases.c.owner)
    ).first()
    return taken is not None
