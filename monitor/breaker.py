"""How a channel fares, and when it is left alone: the breaker and the rate limit. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.channels.limits import per_minute
from monitor.errors import ChannelBroken, DeliveryDeferred, DeliveryError, DeliveryRejected
from monitor.model import Channel

BREAKER_AFTER = 3
"""Failures in a row after which a channel is left alone for a while."""
BREAKER_BASE = timedelta(seconds=10)
BREAKER_CAP = timedelta(minutes=10)
BURST = 10
"""Messages that may follow each other at once before the channel's rate limit holds them apart."""


@dataclass(slots=True)
class Health:
    """How one channel fares: failures in a row, and until when it is left alone."""

    failures: int = 0
    closed_from: datetime | None = None
    """Its last failure; an earlier time than this is a clock that was set back."""
    closed_until: datetime | None = None
    paced_until: datetime | None = None
    """Theoretical arrival time of the rate limit (GCRA, ITU-T I.371)."""
    last_error: str = ""
    last_sent_at: datetime | None = None
    unhealthy: bool = False


def is_resting(health: Health, channel: Channel, now: datetime) -> bool:
    """Left alone by the breaker, or by the channel's rate limit, which allows short bursts."""
    if health.closed_until is not None and now < health.closed_until:
        return health.closed_from is None or now >= health.closed_from  # else: a clock set back
    interval = timedelta(minutes=1) / per_minute(channel)
    ahead = (health.paced_until or now) - now
    # More than a burst ahead is a clock that was set back, not a limit.
    return interval * (BURST - 1) < ahead <= interval * (BURST + 1)


def turn(health: Health, failure: DeliveryError | None, now: datetime, rng: random.Random) -> bool:
    """Update ``health``; True when the channel turned from good to bad or back."""
    was = health.unhealthy
    if failure is None:
        # The first success of a process ends what an earlier process may have reported.
        was = was or health.last_sent_at is None
        health.failures, health.closed_until, health.last_error = 0, None, ""
        health.last_sent_at, health.unhealthy = now, False
        return was
    health.last_error, health.closed_from = failure.reason, now
    if isinstance(failure, DeliveryRejected):
        return False  # the message's fault, not the channel's
    if isinstance(failure, DeliveryDeferred) and failure.retry_after is not None:
        health.closed_until = now + timedelta(seconds=failure.retry_after)
        return False  # it works, and asked for time
    health.failures += 1
    if isinstance(failure, ChannelBroken) or health.failures >= BREAKER_AFTER:
        power = max(health.failures - BREAKER_AFTER, 0)
        rest = min(BREAKER_BASE * 2 ** min(power, 10), BREAKER_CAP)
        health.closed_until = now + rest * (0.75 + 0.5 * rng.random())
        health.unhealthy = True
    return health.unhealthy and not was
