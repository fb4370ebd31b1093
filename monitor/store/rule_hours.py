"""How many stories each rule on volume has had, by hour of the week (``alerts/volume``)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.alerts.volume import Hour, count, slot
from monitor.model import RuleId
from monitor.store.leases import insert
from monitor.store.schema import rule_hours as t


def load(conn: Connection, rule: RuleId) -> list[Hour]:
    """All that is known of a rule; at most 168 hours."""
    query = sa.select(t.c.hour, t.c.week, t.c.count, t.c.past, t.c.since).where(t.c.rule == rule)
    return [Hour(*row) for row in conn.execute(query)]


def add(conn: Connection, rule: RuleId, *, now: datetime, timezone: ZoneInfo) -> None:
    """One story more, in the hour of ``now``."""
    _, hour = slot(now, timezone)
    known = next((h for h in load(conn, rule) if h.hour == hour), None)
    new = count(known, now, timezone)
    values = {"week": new.week, "count": new.count, "past": new.past, "since": new.since}
    statement = insert(conn, t).values(rule=rule, hour=hour, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=[t.c.rule, t.c.hour], set_=values))
