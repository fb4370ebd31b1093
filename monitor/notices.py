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

GONE = "gone:"
"""Key of the trouble "what a rule held is not told: it is gone", with its id after it."""
HELD = "held:"
"""Key of the trouble "messages of a removed channel are held", with its name after it."""
NOT_CONFIGURED = "the channel is not configured any more"
"""Why they are held."""


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
    over = OperatorNotice(key, notice.title, text, now, resolved=True)
    for channel in channels:
        outbox.enqueue_notice(conn, over, channel=channel, now=now)
    return True


def hold_removed(
    conn: Connection,
    channel: ChannelName,
    *,
    held_before: bool,
    channels: Sequence[ChannelName],
    now: datetime,
) -> int:
    """Hold what waits for a channel that is not configured, and tell ``channels``; how many.

    ``held_before``: something was held for it already, of which nobody may know yet.
    """
    count = outbox.hold(conn, channel, NOT_CONFIGURED)
    if count or held_before:
        text = "They are sent when it is configured again; or see `monitor deliveries list "
        text += f"--channel {channel}` and discard them."
        title = f"Messages for the removed channel {channel} are held"
        begin(conn, f"{HELD}{channel}", title, text, channels=channels, now=now)
    return count
