"""The monitor's own troubles, told to the operator once when they begin and once when they end.

A trouble has a key; while it is open it is not told again. Silence is never ambiguous: what stops
the monitor from doing its work goes through the same outbox as the alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.model import ChannelName, OperatorNotice
from monitor.store import Connection, outbox, troubles

DEAD_LETTERS = "dead:"
"""Key of the trouble "a message could not be delivered", with the channel's name after it."""
CHANNEL = "channel:"
"""Key of the trouble "a channel is failing", with its name after it."""

HELD = "held:"
"""Key of the trouble "messages of a removed channel are held", with its name after it."""


def begin(
    conn: Connection,
    key: str,
    title: str,
    text: str,
    *,
    channels: Sequence[ChannelName],
    now: datetime,
) -> bool:
    """Open the trouble ``key`` and tell ``channels``; False when it was open already."""
    if not troubles.open(conn, key, title, text, now=now):
        return False
    notice = OperatorNotice(key, title, text, now)
    for channel in channels:
        outbox.enqueue_notice(conn, notice, channel=channel, now=now)
    return True


def end(
    conn: Connection, key: str, text: str, *, channels: Sequence[ChannelName], now: datetime
) -> bool:
    """Close the trouble ``key`` and tell that it is over; False when it was not open."""
    notice = troubles.close(conn, key, now=now)
    if notice is None:
        return False
    over = OperatorNotice(key, f"Over: {notice.title}", text, now, resolved=True)
    for channel in channels:
        outbox.enqueue_notice(conn, over, channel=channel, now=now)
    return True
