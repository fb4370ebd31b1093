"""What the headers of an answer ask of us: when to come back, what to show next time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from monitor.model import Validators

LONGEST_WAIT = 86_400.0
"""Seconds; what a server asks for beyond a day is a mistake or an insult (FreshRSS: the same)."""
LONGEST_FRESHNESS = 3_600.0
"""Seconds of max-age that count: it is a hint to caches, often set for a whole site."""
_LONGEST_VALIDATOR = 1_000

RawHeaders = Sequence[tuple[bytes, bytes]]


def header(headers: RawHeaders, name: str) -> str | None:
    """All values of a header, joined by commas; None when it is absent or empty."""
    wanted = name.lower().encode("ascii")
    values = [value.decode("latin-1").strip() for key, value in headers if key.lower() == wanted]
    return ", ".join(v for v in values if v) or None


def single(headers: RawHeaders, name: str) -> str | None:
    """The first value of a header that makes no sense as a list."""
    wanted = name.lower().encode("ascii")
    for key, value in headers:
        if key.lower() == wanted:
            return value.decode("latin-1").strip() or None
    return None


def retry_after(headers: RawHeaders, now: datetime) -> float | None:
    """Retry-After in seconds from ``now``, between 0 and a day (RFC 9110, 10.2.3)."""
    value = single(headers, "retry-after")
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT)


def freshness(headers: RawHeaders) -> float | None:
    """Seconds for which Cache-Control calls the answer fresh, an hour at most (RFC 9111, 5.2.2)."""
    directives = (header(headers, "cache-control") or "").lower().replace('"', "").split(",")
    ages: dict[str, str] = {}
    for directive in directives:
        name, _, value = directive.strip().partition("=")
        ages[name] = value.strip()
    if "no-cache" in ages or "no-store" in ages:
        return None
    value = ages.get("max-age", "")
    if not (value.isascii() and value.isdigit()):
        return None
    return min(float(value[:12]), LONGEST_FRESHNESS) or None


def validators(headers: RawHeaders) -> Validators:
    """What to ask "has it changed?" with next time."""

    def usable(value: str | None) -> str | None:
        return value if value is not None and len(value) <= _LONGEST_VALIDATOR else None

    return Validators(
        etag=usable(single(headers, "etag")),
        last_modified=usable(single(headers, "last-modified")),
    )
