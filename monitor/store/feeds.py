"""Feeds between polls: their state, whose turn it is, and which process polls them.

When a feed is polled next is decided in ``feeds/schedule``; here it is only stored and looked up.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Feed, FeedName, FeedState, FeedStatus, Validators
from monitor.store.leases import NO_LEASE, Row, chunks, free
from monitor.store.leases import insert as insert_into
from monitor.store.schema import feeds as t

FORGET_REMOVED = timedelta(days=90)
"""A feed that was out of the configuration for so long comes back as a new one."""


def sync(conn: Connection, feeds: Sequence[Feed], *, now: datetime) -> None:
    """Make the stored feeds those of the configuration.

    New ones are due at once. Those no longer configured are marked removed: kept, not polled. A
    feed whose configured URL changed, or that was away for `FORGET_REMOVED`, starts afresh.
    """
    known = {
        row.name: row
        for row in conn.execute(sa.select(t.c.name, t.c.configured_url, t.c.status, t.c.removed_at))
    }
    wanted = {feed.name: feed for feed in feeds}
    new: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    back: list[dict[str, Any]] = []
    switched: list[dict[str, Any]] = []
    for feed in wanted.values():
        row = known.get(feed.name)
        status = FeedStatus.NEW if feed.enabled else FeedStatus.DISABLED
        if row is None:
            new.append(_fresh(feed, status, now))
            continue
        away = row.removed_at is not None
        long_gone = away and now - row.removed_at >= FORGET_REMOVED
        if row.configured_url != feed.url or long_gone:
            fresh.append({"b_name": feed.name, **_fresh(feed, status, now)})
        elif away:
            back.append({"b_name": feed.name, "b_status": status.value})
        elif (row.status == FeedStatus.DISABLED) == feed.enabled or (
            row.status == FeedStatus.BLOCKED and feed.allow_private and feed.enabled
        ):
            switched.append({"b_name": feed.name, "b_status": status.value})
    gone = [n for n, row in known.items() if n not in wanted and row.removed_at is None]

    if new:
        # Two daemons that start on one PostgreSQL bring the same feeds at the same moment.
        conn.execute(insert_into(conn, t).on_conflict_do_nothing(index_elements=[t.c.name]), new)
    this = t.c.name == sa.bindparam("b_name")
    if fresh:
        values: dict[str, Any] = {
            c: sa.bindparam(c) for c in fresh[0] if c not in ("b_name", "name")
        }
        conn.execute(sa.update(t).where(this).values({**values, **NO_LEASE}), fresh)
    to_status = {"status": sa.bindparam("b_status"), "next_poll_at": now}
    if back:
        conn.execute(sa.update(t).where(this).values(**to_status, removed_at=None), back)
    if switched:
        conn.execute(sa.update(t).where(this).values(**to_status), switched)
    for names in chunks(gone):
        conn.execute(sa.update(t).where(t.c.name.in_(names)).values(removed_at=now))


def claim_due(
    conn: Connection,
    *,
    now: datetime,
    limit: int,
    lease: timedelta,
    owner: str,
    names: Collection[FeedName] | None = None,
    due_only: bool = True,
) -> list[FeedState]:
    """Take up to ``limit`` feeds whose time has come, the most overdue first.

    With ``due_only`` False whatever the time; feeds that are gone are then taken only when
    ``names`` lists them. Disabled, removed and claimed feeds never are. A feed without a next poll
    time is not due.
    """
    found: list[FeedState] = []
    for part in [None] if names is None else chunks(names):
        if limit > len(found):
            found += _claim(
                conn, now=now, limit=limit - len(found), lease=lease, owner=owner, names=part,
                due_only=due_only,
            )  # fmt: skip
    return found


def _claim(
    conn: Connection,
    *,
    now: datetime,
    limit: int,
    lease: timedelta,
    owner: str,
    names: Sequence[FeedName] | None,
    due_only: bool,
) -> list[FeedState]:
    query = sa.select(t.c.name).where(
        t.c.removed_at.is_(None), t.c.status != FeedStatus.DISABLED.value, free(t, now)
    )
    if names is not None:
        query = query.where(t.c.name.in_(names))
    if due_only:
        query = query.where(t.c.next_poll_at <= now)
    elif names is None:
        query = query.where(t.c.status != FeedStatus.GONE.value)
    due = (
        query.order_by(t.c.next_poll_at, t.c.name)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = conn.execute(
        sa.update(t)
        .where(t.c.name.in_(sa.select(due.c.name)))
        .values(lease_owner=owner, lease_until=now + lease)
        .returning(t)
    ).all()
    return [_state(r) for r in sorted(rows, key=lambda r: (r.next_poll_at or now, r.name))]


def release(conn: Connection, names: Collection[FeedName], *, owner: str) -> None:
    """Give claimed feeds back unpolled; only leases of ``owner`` end."""
    for part in chunks(names):
        conn.execute(
            sa.update(t).where(t.c.name.in_(part), t.c.lease_owner == owner).values(**NO_LEASE)
        )


def get(conn: Connection, name: FeedName) -> FeedState | None:
    """The state of one feed, removed ones included."""
    row = conn.execute(sa.select(t).where(t.c.name == name)).one_or_none()
    return None if row is None else _state(row)


def list_all(conn: Connection, *, removed: bool = False) -> list[FeedState]:
    """All configured feeds by name; with ``removed`` those instead that no longer are."""
    away = t.c.removed_at.is_not(None) if removed else t.c.removed_at.is_(None)
    return [_state(r) for r in conn.execute(sa.select(t).where(away).order_by(t.c.name))]


def save(conn: Connection, state: FeedState, *, owner: str) -> bool:
    """Store what a poll left behind and end the lease.

    False, and nothing stored, when ``owner`` no longer holds the feed: its lease ran out and
    another process took it, or the configuration gave the feed another address meanwhile.
    """
    return save_many(conn, [state], owner=owner) == 1


def save_many(conn: Connection, states: Sequence[FeedState], *, owner: str) -> int:
    """`save` for many feeds in one statement; how many of them ``owner`` still held."""
    if not states:
        return 0
    values = [{"b_name": s.name, "b_owner": owner, **_values(s)} for s in states]
    columns: dict[str, Any] = {c: sa.bindparam(c) for c in values[0] if not c.startswith("b_")}
    # A feed switched off during its poll stays off.
    columns["status"] = sa.case(
        (t.c.status == FeedStatus.DISABLED.value, t.c.status), else_=columns["status"]
    )
    statement = (
        sa.update(t)
        .where(t.c.name == sa.bindparam("b_name"), t.c.lease_owner == sa.bindparam("b_owner"))
        .values({**columns, **NO_LEASE})
    )
    return conn.execute(statement, values).rowcount


def hasten(conn: Connection, names: Collection[FeedName], *, now: datetime) -> None:
    """Ask these feeds at once, whatever they waited for."""
    for part in chunks(names):
        conn.execute(
            sa.update(t).where(t.c.name.in_(part), t.c.next_poll_at > now).values(next_poll_at=now)
        )


def last_poll(conn: Connection) -> datetime | None:
    """When any feed was polled last."""
    when: datetime | None = conn.scalar(sa.select(sa.func.max(t.c.last_poll_at)))
    return when


def _fresh(feed: Feed, status: FeedStatus, now: datetime) -> dict[str, Any]:
    state = replace(FeedState(feed.name, feed.url), status=status, next_poll_at=now)
    return {
        "name": feed.name,
        "configured_url": feed.url,
        "removed_at": None,
        **_values(state),
    }


def _values(state: FeedState) -> dict[str, Any]:
    return {
        "url": state.url,
        "status": state.status.value,
        "next_poll_at": state.next_poll_at,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "full_fetch_at": state.full_fetch_at,
        "body_hash": state.body_hash,
        "first_parsed_at": state.first_parsed_at,
        "last_poll_at": state.last_poll_at,
        "last_success_at": state.last_success_at,
        "last_new_at": state.last_new_at,
        "interval": state.interval,
        "failures": state.failures,
        "last_error": state.last_error,
        "last_error_at": state.last_error_at,
        "moved_to": state.moved_to,
        "moved_count": state.moved_count,
        "polls": state.polls,
        "articles": state.articles,
    }


def _state(row: Row) -> FeedState:
    return FeedState(
        name=row.name,
        url=row.url,
        status=FeedStatus(row.status),
        validators=Validators(row.etag, row.last_modified),
        full_fetch_at=row.full_fetch_at,
        body_hash=row.body_hash,
        first_parsed_at=row.first_parsed_at,
        last_poll_at=row.last_poll_at,
        last_success_at=row.last_success_at,
        last_new_at=row.last_new_at,
        next_poll_at=row.next_poll_at,
        interval=row.interval,
        failures=row.failures,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
        moved_to=row.moved_to,
        moved_count=row.moved_count,
        polls=row.polls,
        articles=row.articles,
    )
