"""When a channel may be told: at once, after its grouping time, after quiet hours, at its digest.

Pure. Clock times are in the desk's timezone; what comes back is UTC with the reason for waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.model import AlertView, Channel, Severity


@dataclass(frozen=True, slots=True)
class Release:
    """``held`` says why a message waits ("" when it does not); ``grouped`` that others may join."""

    at: datetime
    held: str = ""
    grouped: bool = False


def release(channel: Channel, severity: Severity, *, now: datetime, timezone: ZoneInfo) -> Release:
    """When ``channel`` may be told of something raised ``now``.

    A flash passes quiet hours and digests; grouping never holds a flash either.
    """
    if severity is Severity.FLASH:
        return Release(now)
    if channel.digest is not None:
        at = next_time(channel.digest, now=now, timezone=timezone)
        return Release(at, f"for the digest at {channel.digest:%H:%M}", grouped=True)
    if channel.quiet_hours is not None:
        start, end = channel.quiet_hours
        if in_hours(start, end, now=now, timezone=timezone):
            at = next_time(end, now=now, timezone=timezone)
            return Release(
                at, f"quiet hours until {end:%H:%M}", grouped=channel.group_wait > timedelta(0)
            )
    return Release(now + channel.group_wait, grouped=channel.group_wait > timedelta(0))


def release_fallback(
    channel: Channel | None, views: Sequence[AlertView], *, now: datetime, timezone: ZoneInfo
) -> Release:
    """When ``channel`` may be told what another one could not be: after its own waiting times.

    At once without ``views`` (a notice or a test) and when it is not configured. Its grouping time
    is left out, as nothing joins a message that was tried already.
    """
    if channel is None or not views:
        return Release(now)
    severities = (hit.severity for view in views for hit in view.hits)
    loudest = max(severities, key=lambda s: s.rank, default=Severity.NORMAL)
    when = release(channel, loudest, now=now, timezone=timezone)
    return when if when.held else Release(now)


def in_hours(start: time, end: time, *, now: datetime, timezone: ZoneInfo) -> bool:
    """Whether ``now`` lies in [start, end); the stretch may cross midnight."""
    local = now.astimezone(timezone).time()
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def next_time(at: time, *, now: datetime, timezone: ZoneInfo) -> datetime:
    """The next moment at which clocks show ``at``, strictly after ``now``.

    A time that the clock change skips comes out as the moment after the gap (PEP 495: the fold=0
    reading of a missing time, taken through UTC).
    """
    local = now.astimezone(timezone)
    moment = datetime.combine(local.date(), at, tzinfo=timezone)
    if moment.astimezone(UTC) <= now:
        moment = datetime.combine(local.date() + timedelta(days=1), at, tzinfo=timezone)
    return moment.astimezone(UTC)
