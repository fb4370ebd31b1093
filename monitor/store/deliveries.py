"""Deliveries as people see them: lists, counts, and what an operator may do to them.

Re-exported by ``outbox``, where sending happens.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    AlertId,
    ChannelName,
    Delivery,
    DeliveryId,
    DeliveryState,
    MessageKind,
)
from monitor.store.clocks import CLOCKS_DIFFER, LONGEST_WAIT
from monitor.store.leases import Row, chunks, free
from monitor.store.schema import alerts, articles, message_alerts, messages
from monitor.store.schema import deliveries as t

_PENDING, _HELD, _SENDING = (
    s.value for s in (DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.SENDING)
)
_DEAD, _DISCARDED = DeliveryState.DEAD.value, DeliveryState.DISCARDED.value
_STILL_TO_WAIT = "until its quiet hours or digest, from before the channel was gone"


def hold(conn: Connection, channel: ChannelName, reason: str) -> int:
    """Stop what waits for a channel that is no longer configured; how many. `unhold` frees them.

    What is being sent at this moment keeps its course. ``released_at`` stays: the end of quiet
    hours or the digest holds for what comes back, too.
    """
    waiting = sa.or_(
        t.c.state == _PENDING, sa.and_(t.c.state == _HELD, t.c.next_attempt_at.is_not(None))
    )
    return conn.execute(
        sa.update(t)
        .where(t.c.channel == channel, waiting)
        .values(state=_HELD, reason=reason, next_attempt_at=None)
    ).rowcount


def unhold(conn: Connection, channel: ChannelName, now: datetime) -> int:
    """Free what waits without a time (not what waits for the end of quiet hours); how many.

    What would have waited anyway, for quiet hours or a digest, waits for that time again.
    """
    held = (t.c.channel == channel, t.c.state == _HELD, t.c.next_attempt_at.is_(None))
    again = conn.execute(
        sa.update(t)
        .where(*held, t.c.released_at > now)
        .values(reason=_STILL_TO_WAIT, next_attempt_at=t.c.released_at)
    ).rowcount
    free_now = conn.execute(
        sa.update(t)
        .where(*held)
        .values(state=_PENDING, reason="", next_attempt_at=now, released_at=now)
    ).rowcount
    return again + free_now


def mend_times(conn: Connection, now: datetime) -> int:
    """Make due what waits only because a clock was ahead when it was queued or deferred; how many.

    That is what was created later than now, or waits longer than any retry does. What is held
    (quiet hours, digests, removed channels) and what still collects keeps its time.
    """
    made_ahead = t.c.created_at > now + CLOCKS_DIFFER
    too_long = sa.and_(~t.c.open, t.c.next_attempt_at > now + LONGEST_WAIT)
    wrong, at = sa.or_(made_ahead, too_long), sa.literal(now, t.c.created_at.type)
    return conn.execute(
        sa.update(t)
        .where(t.c.state == _PENDING, t.c.next_attempt_at > now, wrong)
        .values(
            next_attempt_at=now,
            released_at=sa.case((t.c.released_at > now, at), else_=t.c.released_at),
            created_at=sa.case((t.c.created_at > now, at), else_=t.c.created_at),
        )
    ).rowcount


def retry(conn: Connection, id: DeliveryId, now: datetime) -> bool:
    """Send it now, whatever it waits for, with its age and attempts counted afresh.

    False for what was sent or is being sent.
    """
    return _change(
        conn,
        id,
        (_PENDING, _HELD, _DEAD, _DISCARDED),
        state=_PENDING,
        reason="",
        attempts=0,
        next_attempt_at=now,
        released_at=now,
    )


def discard(conn: Connection, id: DeliveryId, reason: str) -> bool:
    """Never send it. False for what was sent, is being sent, or is discarded already."""
    return _change(
        conn,
        id,
        (_PENDING, _HELD, _DEAD),
        state=_DISCARDED,
        reason=reason,
        open=False,
        next_attempt_at=None,
    )


def _change(conn: Connection, id: DeliveryId, states: tuple[str, ...], **values: Any) -> bool:
    done = conn.execute(sa.update(t).where(t.c.id == id, t.c.state.in_(states)).values(**values))
    return done.rowcount == 1


def get(conn: Connection, id: DeliveryId) -> Delivery | None:
    """One delivery by its id."""
    found = _deliveries(conn, conn.execute(_listed().where(t.c.id == id)).all())
    return found[0] if found else None


def list_recent(
    conn: Connection,
    *,
    state: DeliveryState | None = None,
    limit: int,
    channel: ChannelName | None = None,
) -> list[Delivery]:
    """The newest deliveries first."""
    query = _listed().order_by(t.c.created_at.desc(), t.c.seq.desc()).limit(limit)
    if state is not None:
        query = query.where(t.c.state == state.value)
    if channel is not None:
        query = query.where(t.c.channel == channel)
    return _deliveries(conn, conn.execute(query).all())


def counts(conn: Connection) -> dict[ChannelName, dict[DeliveryState, int]]:
    """How many deliveries of each channel stand where; states without any are left out."""
    found: dict[ChannelName, dict[DeliveryState, int]] = {}
    for r in conn.execute(
        sa.select(t.c.channel, t.c.state, sa.func.count().label("n")).group_by(
            t.c.state, t.c.channel
        )
    ):
        found.setdefault(r.channel, {})[DeliveryState(r.state)] = r.n
    return found


def next_due(
    conn: Connection, *, channels: Collection[ChannelName] | None = None
) -> datetime | None:
    """When the next delivery falls due or the next lease runs out; may lie in the past."""
    active = [
        (t.c.next_attempt_at, t.c.state.in_([_PENDING, _HELD])),
        (sa.func.coalesce(t.c.lease_until, t.c.next_attempt_at), t.c.state == _SENDING),
    ]
    times: list[datetime] = []
    for column, where in active:
        query = sa.select(sa.func.min(column)).where(where)
        if channels is not None:
            query = query.where(t.c.channel.in_(sorted(channels)))
        when = conn.scalar(query)
        if when is not None:
            times.append(when)
    return min(times, default=None)


def due_channels(conn: Connection, *, now: datetime) -> set[ChannelName]:
    """The channels for which something is due, or was being sent by one whose lease ran out."""
    waiting = sa.and_(t.c.state.in_([_PENDING, _HELD]), t.c.next_attempt_at <= now)
    lost = sa.and_(t.c.state == _SENDING, free(t, now))
    return set(conn.scalars(sa.select(t.c.channel).where(sa.or_(waiting, lost)).distinct()))


def of_alert(conn: Connection, alert: AlertId) -> list[Delivery]:
    """Every delivery of the messages that tell of an alert, the oldest first."""
    telling = sa.select(message_alerts.c.message).where(message_alerts.c.alert == alert)
    query = _listed().where(t.c.message.in_(telling)).order_by(t.c.seq)
    return _deliveries(conn, conn.execute(query).all())


def of_alerts(
    conn: Connection, ids: Collection[AlertId]
) -> dict[AlertId, list[tuple[ChannelName, DeliveryState, str]]]:
    """Where each alert stands on each channel, with the reason; the oldest delivery first."""
    found: dict[AlertId, list[tuple[ChannelName, DeliveryState, str]]] = {}
    said = message_alerts
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(said.c.alert, t.c.channel, t.c.state, t.c.reason)
            .join(said, said.c.message == t.c.message)
            .where(said.c.alert.in_(part))
            .order_by(t.c.seq)
        )
        for r in rows:
            found.setdefault(r.alert, []).append((r.channel, DeliveryState(r.state), r.reason))
    return found


def oldest_pending(conn: Connection) -> datetime | None:
    """Since when the oldest delivery that is pending or being sent has been free to go."""
    when: datetime | None = conn.scalar(
        sa.select(sa.func.min(t.c.released_at)).where(t.c.state.in_([_PENDING, _SENDING]))
    )
    return when


def _listed() -> sa.Select[Any]:
    return sa.select(
        t.c.id, t.c.message, t.c.channel, messages.c.kind, t.c.state, t.c.reason, t.c.attempts,
        t.c.created_at, t.c.next_attempt_at, t.c.sent_at, t.c.rendered, messages.c.notice,
    ).join(messages, messages.c.id == t.c.message)  # fmt: skip


def _deliveries(conn: Connection, rows: Sequence[Row]) -> list[Delivery]:
    said: dict[str, list[AlertId]] = {}
    for part in chunks({r.message for r in rows}):
        for a in conn.execute(
            sa.select(message_alerts)
            .where(message_alerts.c.message.in_(part))
            .order_by(message_alerts.c.alert)
        ):
            said.setdefault(a.message, []).append(a.alert)
    named = {
        r.id: (r.rendered or {}).get("subject") or (r.notice or {}).get("title", "") for r in rows
    }
    first = {r.id: said[r.message][0] for r in rows if r.message in said and not named[r.id]}
    titles = _titles(conn, set(first.values()))
    named |= {id: titles.get(alert, "") for id, alert in first.items()}
    return [
        Delivery(
            id=r.id,
            message=r.message,
            channel=r.channel,
            kind=MessageKind(r.kind),
            state=DeliveryState(r.state),
            reason=r.reason,
            attempts=r.attempts,
            created_at=r.created_at,
            next_attempt_at=r.next_attempt_at,
            sent_at=r.sent_at,
            alerts=tuple(said.get(r.message, ())),
            subject=named[r.id],
        )
        for r in rows
    ]


def _titles(conn: Connection, wanted: Collection[AlertId]) -> dict[AlertId, str]:
    """The titles of the articles that alerts are about, for messages that have no subject yet."""
    found: dict[AlertId, str] = {}
    for part in chunks(wanted):
        query = (
            sa.select(alerts.c.id, articles.c.title)
            .join(articles, articles.c.id == alerts.c.article)
            .where(alerts.c.id.in_(part))
        )
        found |= {r.id: r.title for r in conn.execute(query)}
    return found
