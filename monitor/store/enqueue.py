"""Putting into the outbox: a message for a channel, or one more alert in a message still open.

`monitor.store.outbox` is the face of this: what is put in here is claimed and ended there.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    AlertId,
    ChannelName,
    DeliveryId,
    DeliveryState,
    MessageId,
    MessageKind,
    OperatorNotice,
    StoryId,
)
from monitor.store import codec
from monitor.store.leases import Row, insert
from monitor.store.schema import deliveries as t
from monitor.store.schema import message_alerts, messages

PENDING, HELD = DeliveryState.PENDING.value, DeliveryState.HELD.value


def enqueue(
    conn: Connection,
    alert: AlertId,
    *,
    story: StoryId,
    channel: ChannelName,
    release_at: datetime | None,
    held: str = "",
    grouped: bool,
    now: datetime,
    bundle: str = "",
    waiting: str = "",
) -> DeliveryId:
    """Tell ``channel`` of an alert: join its open message, or open one.

    ``held`` says why it waits until ``release_at`` ("" when it is merely pending until then); None
    waits for `unhold`. An open message keeps the earlier of the two times, and one that need not
    wait frees those it joins. ``grouped``: any open message of the channel will do, not only one of
    ``story``. ``bundle`` names what a message sums up: such a message takes in nothing else, and
    ``waiting`` says meanwhile what it waits for.
    """
    found = _open_delivery(conn, channel, None if grouped or bundle else story, bundle)
    if found is None:
        message = _open_message(conn, MessageKind.ALERTS, now, story=story, bundle=bundle)
        delivery = open_delivery(
            conn, message, channel, now, release_at=release_at, held=held, waiting=waiting,
            grouped=grouped, joinable=True,
        )  # fmt: skip
    else:
        message, delivery = found.message, found.id
        _hasten(conn, found, release_at, held)
    conn.execute(
        insert(conn, message_alerts).on_conflict_do_nothing(),
        [{"message": message, "alert": alert}],
    )
    return DeliveryId(delivery)


def _open_delivery(
    conn: Connection, channel: ChannelName, story: StoryId | None, bundle: str
) -> Row | None:
    """The oldest delivery that may still be joined, locked against a claim at this moment."""
    query = (
        sa.select(t.c.id, t.c.message, t.c.state, t.c.next_attempt_at, t.c.released_at)
        .join(messages, messages.c.id == t.c.message)
        .where(t.c.channel == channel, t.c.state.in_([PENDING, HELD]), t.c.open)
        .where(messages.c.bundle == bundle if bundle else messages.c.bundle.is_(None))
        .order_by(t.c.seq)
        .limit(1)
        .with_for_update(of=t)
    )
    if story is not None:
        query = query.where(messages.c.story == story)
    return conn.execute(query).first()


def _hasten(conn: Connection, found: Row, release_at: datetime | None, held: str) -> None:
    if release_at is None:
        return  # it waits for `unhold`, which frees the other too
    values: dict[str, Any] = {}
    if found.next_attempt_at is None:  # waits for `unhold`, and then perhaps for quiet hours
        if found.released_at is not None and release_at < found.released_at:
            values = {"released_at": release_at}
    elif release_at < found.next_attempt_at:
        values = {"next_attempt_at": release_at, "released_at": release_at, "reason": held}
    if found.state == HELD and not held and found.next_attempt_at is not None:
        values |= {"state": PENDING, "reason": ""}
    if values:
        conn.execute(sa.update(t).where(t.c.id == found.id).values(**values))


def enqueue_notice(
    conn: Connection, notice: OperatorNotice, *, channel: ChannelName, now: datetime
) -> DeliveryId:
    """Tell ``channel`` of the monitor's own trouble, in a message of its own, at once."""
    message = _open_message(conn, MessageKind.OPERATOR, now, notice=codec.notice(notice))
    return open_delivery(conn, message, channel, now, release_at=now)


def enqueue_test(conn: Connection, *, channel: ChannelName, now: datetime) -> DeliveryId:
    """Send ``channel`` a test message."""
    return open_delivery(
        conn, _open_message(conn, MessageKind.TEST, now), channel, now, release_at=now
    )


def _open_message(
    conn: Connection,
    kind: MessageKind,
    now: datetime,
    *,
    story: StoryId | None = None,
    notice: dict[str, Any] | None = None,
    bundle: str = "",
) -> MessageId:
    message = MessageId(secrets.token_hex(8))
    conn.execute(
        sa.insert(messages).values(
            id=message, kind=kind.value, story=story, created_at=now, notice=notice,
            bundle=bundle or None,
        )
    )  # fmt: skip
    return message


def open_delivery(
    conn: Connection,
    message: MessageId,
    channel: ChannelName,
    now: datetime,
    *,
    release_at: datetime | None,
    held: str = "",
    waiting: str = "",
    grouped: bool = False,
    joinable: bool = False,
) -> DeliveryId:
    """A new delivery; none when the message has one on that channel already."""
    delivery = DeliveryId(secrets.token_hex(8))
    statement = insert(conn, t).values(
        id=delivery,
        message=message,
        channel=channel,
        state=HELD if held or release_at is None else PENDING,
        reason=held or waiting,
        open=joinable,
        grouped=grouped,
        attempts=0,
        repeat=False,
        created_at=now,
        released_at=release_at,
        next_attempt_at=release_at,
    )
    conn.execute(statement.on_conflict_do_nothing(index_elements=[t.c.message, t.c.channel]))
    return delivery
