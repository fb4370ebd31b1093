"""The outbox: what each channel is to be told, who is sending it, and how it went.

A *message* is open until its first claim: alerts of the same story (or of any, where the channel
groups) join it. A *delivery* is a message on a channel; a fallback is the same message on another.
States and outcomes change here only; ``deliveries`` lists them and serves the operator.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    AlertId,
    AlertView,
    ChannelName,
    DeliveryId,
    DeliveryState,
    MessageId,
    MessageKind,
    OperatorNotice,
    Rendered,
)
from monitor.store import alerts, codec
from monitor.store.channel_leases import take_channel
from monitor.store.deliveries import (
    counts,
    discard,
    due_channels,
    get,
    hold,
    list_recent,
    mend_times,
    next_due,
    of_alert,
    oldest_pending,
    retry,
    unhold,
)
from monitor.store.enqueue import enqueue, enqueue_notice, enqueue_test, open_delivery
from monitor.store.leases import NO_LEASE, Row, chunks, free
from monitor.store.schema import deliveries as t
from monitor.store.schema import message_alerts, messages

__all__ = [
    "Claim", "claim_due", "counts", "dead", "defer", "discard", "due_channels", "enqueue",
    "enqueue_notice", "enqueue_test", "freeze", "get", "hold", "list_recent",
    "mend_times", "next_due", "of_alert", "oldest_pending", "retry", "sent", "take_channel",
    "thread_root", "unhold",
]  # fmt: skip

PENDING, SENDING, SENT, HELD, DEAD = (
    state.value
    for state in (
        DeliveryState.PENDING,
        DeliveryState.SENDING,
        DeliveryState.SENT,
        DeliveryState.HELD,
        DeliveryState.DEAD,
    )
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process has to make now.

    ``attempts`` counts this one. ``rendered`` is the text frozen by an earlier attempt, None on the
    first. ``repeat``: an earlier attempt may have arrived. ``released_at`` is when it first was
    free to go (the end of quiet hours, a retry by hand): its age for giving up counts from there.
    """

    delivery: DeliveryId
    message: MessageId
    channel: ChannelName
    kind: MessageKind
    attempts: int
    created_at: datetime
    released_at: datetime
    rendered: Rendered | None
    views: tuple[AlertView, ...]
    notice: OperatorNotice | None
    repeat: bool
    bundle: str = ""
    """What the message sums up (`enqueue`), "" for an ordinary one."""


# --- taking out --------------------------------------------------------------------------------


def claim_due(
    conn: Connection,
    *,
    channels: Collection[ChannelName],
    now: datetime,
    lease: timedelta,
    owner: str,
    limit: int,
    close_groups: bool = False,
) -> list[Claim]:
    """Take up to ``limit`` deliveries whose time has come, the longest due first, then the oldest.

    They are ``sending`` under a lease from here on, their messages frozen. A delivery whose lease
    ran out is taken again, with `Claim.repeat`. ``close_groups`` also takes pending messages which
    still collect (not the held ones).
    """
    waiting = sa.and_(t.c.state.in_([PENDING, HELD]), t.c.next_attempt_at <= now)
    lost = sa.and_(t.c.state == SENDING, free(t, now))
    whose_turn = [waiting, lost]
    if close_groups:
        whose_turn.append(sa.and_(t.c.state == PENDING, t.c.open))
    due = (
        sa.select(t.c.seq)
        .where(t.c.channel.in_(sorted(channels)), sa.or_(*whose_turn))
        .order_by(t.c.next_attempt_at, t.c.created_at, t.c.seq)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = conn.execute(
        sa.update(t)
        .where(t.c.seq.in_(sa.select(due.c.seq)))
        .values(
            state=SENDING,
            repeat=sa.or_(t.c.repeat, t.c.state == SENDING),
            attempts=t.c.attempts + 1,
            open=False,
            reason="",
            lease_owner=owner,
            lease_until=now + lease,
        )
        .returning(t)
    ).all()
    rows = sorted(rows, key=lambda r: (r.next_attempt_at or now, r.created_at, r.seq))
    return _claims(conn, rows)


def _claims(conn: Connection, rows: Sequence[Row]) -> list[Claim]:
    about: dict[str, Row] = {}
    said: dict[str, list[AlertId]] = {}
    for part in chunks({row.message for row in rows}):
        for m in conn.execute(
            sa.select(messages.c.id, messages.c.kind, messages.c.notice, messages.c.bundle).where(
                messages.c.id.in_(part)
            )
        ):
            about[m.id] = m
        for a in conn.execute(
            sa.select(message_alerts)
            .where(message_alerts.c.message.in_(part))
            .order_by(message_alerts.c.alert)
        ):
            said.setdefault(a.message, []).append(a.alert)
    views = alerts.views(conn, {alert for ids in said.values() for alert in ids})
    return [
        Claim(
            delivery=r.id,
            message=r.message,
            channel=r.channel,
            kind=MessageKind(about[r.message].kind),
            attempts=r.attempts,
            created_at=r.created_at,
            released_at=r.released_at or r.created_at,
            rendered=None if r.rendered is None else codec.to_rendered(r.rendered),
            views=tuple(views[a] for a in said.get(r.message, ()) if a in views),
            notice=_notice(about[r.message].notice),
            repeat=r.repeat,
            bundle=about[r.message].bundle or "",
        )
        for r in rows
    ]


def _notice(value: dict[str, Any] | None) -> OperatorNotice | None:
    return None if value is None else codec.to_notice(value)


# --- outcomes ----------------------------------------------------------------------------------


def freeze(conn: Connection, delivery: DeliveryId, rendered: Rendered) -> None:
    """Keep the text of a delivery for good; a later one does not replace it."""
    conn.execute(
        sa.update(t)
        .where(t.c.id == delivery, t.c.rendered.is_(None))
        .values(rendered=codec.rendered(rendered), thread=rendered.thread or None)
    )


def thread_root(conn: Connection, channel: ChannelName, thread: str) -> str:
    """What ``channel`` calls the first message of a conversation that arrived; "" for none."""
    if not thread:
        return ""
    query = sa.select(t.c.ref).where(t.c.thread == thread, t.c.channel == channel)
    found: str | None = conn.scalar(query.where(t.c.ref.is_not(None)).order_by(t.c.seq).limit(1))
    return found or ""


def sent(
    conn: Connection, delivery: DeliveryId, *, now: datetime, owner: str, ref: str = ""
) -> bool:
    """It has arrived; ``ref`` is what the channel calls it. False, here and below, when ``owner``
    no longer holds it: its lease ran out and another took it, so that the outcome is the other's
    to record."""
    return _outcome(
        conn, delivery, owner, state=SENT, reason="", sent_at=now, next_attempt_at=None,
        ref=ref or None,
    )  # fmt: skip


def defer(
    conn: Connection,
    delivery: DeliveryId,
    *,
    reason: str,
    next_attempt_at: datetime,
    owner: str,
    may_have_arrived: bool = False,
) -> bool:
    """Not this time; try again. ``may_have_arrived`` makes every later claim a repeat."""
    repeat = {"repeat": True} if may_have_arrived else {}
    return _outcome(
        conn, delivery, owner, state=PENDING, reason=reason, next_attempt_at=next_attempt_at,
        **repeat,
    )  # fmt: skip


def dead(
    conn: Connection,
    delivery: DeliveryId,
    *,
    reason: str,
    now: datetime,
    owner: str,
    fallback: ChannelName | None,
    release_at: datetime | None = None,
    held: str = "",
) -> bool:
    """It will never arrive. The message goes to ``fallback`` instead, unless it went there.

    ``release_at`` and ``held`` say when and why not at once, as in `enqueue`; None is at once.
    """
    if not _outcome(conn, delivery, owner, state=DEAD, reason=reason, next_attempt_at=None):
        return False
    if fallback is not None:
        message = conn.execute(sa.select(t.c.message).where(t.c.id == delivery)).scalar_one()
        open_delivery(conn, message, fallback, now, release_at=release_at or now, held=held)
    return True


def _outcome(conn: Connection, delivery: DeliveryId, owner: str, **values: Any) -> bool:
    done = conn.execute(
        sa.update(t)
        .where(t.c.id == delivery, t.c.state == SENDING, t.c.lease_owner == owner)
        .values(**values, **NO_LEASE)
    )
    return done.rowcount == 1
