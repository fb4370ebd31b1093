"""Who is alive among the processes that share a PostgreSQL: leases of the dead end at once.

Every process holds an advisory lock named after its lease owner, on a connection of its own. The
server drops the lock with the connection when the process dies, however it dies; where the network
swallows that too, the leases' own time is the safety net.
"""

from __future__ import annotations

from zlib import crc32

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.store import schema
from monitor.store.leases import NO_LEASE

_CLASS = 0x6D6F6E
"""Any number that is the same in every process; sets these locks apart from others'."""
_LEASED = (schema.feeds, schema.deliveries, schema.fulltext)


class Presence:
    """This process's sign of life, from ``announce`` to ``leave``."""

    def __init__(self, engine: sa.Engine, owner: str) -> None:
        self._engine = engine
        self._owner = owner
        self._conn: Connection | None = None

    def announce(self) -> None:
        """Take the lock, also anew after the server has been away."""
        if self._conn is not None:
            try:
                self._conn.execute(sa.select(1))
            except sa.exc.DBAPIError:
                self.leave()
            else:
                return
        self._conn = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._conn.execute(sa.select(sa.func.pg_advisory_lock(_CLASS, _key(self._owner))))

    def leave(self) -> None:
        """Give the lock back; harmless without one."""
        conn, self._conn = self._conn, None
        if conn is not None:
            conn.invalidate()
            conn.close()


def void_leases_of_the_dead(conn: Connection) -> int:
    """End the leases of owners that are gone; how many owners. PostgreSQL only."""
    leases = schema.channel_leases
    owners = {
        owner
        for table in _LEASED
        for owner in conn.scalars(
            sa.select(table.c.lease_owner).where(table.c.lease_owner.is_not(None)).distinct()
        )
    }
    owners.update(conn.scalars(sa.select(leases.c.owner).distinct()))
    alive = set(
        conn.scalars(
            sa.text(
                "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND classid::bigint = :class AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"class": _CLASS},
        )
    )
    dead = [owner for owner in owners if _key(owner) % 2**32 not in alive]
    if not dead:
        return 0
    for table in _LEASED:
        conn.execute(sa.update(table).where(table.c.lease_owner.in_(dead)).values(**NO_LEASE))
    conn.execute(sa.delete(leases).where(leases.c.owner.in_(dead)))
    return len(dead)


def _key(owner: str) -> int:
    """The owner as PostgreSQL's signed 32-bit number."""
    number = crc32(owner.encode())
    return number - 2**32 if number >= 2**31 else number
