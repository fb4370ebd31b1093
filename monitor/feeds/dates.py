"""Dates as feeds write them to aware UTC datetimes, or None for what cannot be meant. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

EARLIEST_YEAR = 1971
"""Before it lie zero timestamps (1970) and empty ones (year 1), not news on the web."""
LATEST_YEAR = 2100

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[Tt\s]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?\s*$"
)
_LOOSE = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[Tt,\s]+(\d{1,2}):(\d\d)(?::(\d\d))?)?")
_NAMED = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})"
    r"|([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4}))"
    r"(?:[,\s]+(?:at\s+|-\s*)?(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp])?\.?[Mm]?\.?)?"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_ONLY = re.compile(r"(\d{4})(?:-(\d\d))?$")
_YEAR_BELOW_1000 = re.compile(r"(?<![\d:.+-])0\d{3}(?![\d:])|^0\d{3}-")
_ZONE_NAME = re.compile(r"([A-Za-z]{3,5})\s*$")
_ZONE_COLON = re.compile(r"([+-]\d\d):(\d\d)\s*$")
_PREFIXED_ZONE = re.compile(r"(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d\d)?\s*$")
_TRAILING_COMMENT = re.compile(r"\s*\([^)]*\)\s*$")

_ZONES = {
    "WET": 0, "BST": 1, "WEST": 1, "IST": 5.5, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "TRT": 3, "WAT": 1, "CAT": 2, "SAST": 2, "EAT": 3, "GST": 4, "PKT": 5,
    "ICT": 7, "WIB": 7, "SGT": 8, "HKT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9, "ACST": 9.5,
    "AEST": 10, "ACDT": 10.5, "AEDT": 11, "NZST": 12, "NZDT": 13, "BRT": -3, "ART": -3, "CLT": -4,
    "AKST": -9, "AKDT": -8, "HST": -10,
}  # fmt: skip
"""Hours east of UTC for names beside those of RFC 822, in the sense news sites use them."""


def read(text: str) -> datetime | None:
    """The moment meant by ``text``; without a zone it is UTC. None: unreadable or implausible."""
    text = " ".join(text.split())
    if not text or len(text) > 100:
        return None
    try:
        found = _iso(text) if text[:4].isdigit() else _rfc822(text)
        if found is None and not hopeless(text):
            found = _loose(text)
        return plausible(found)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def hopeless(text: str) -> bool:
    """Whether a date is readable but cannot be meant, such as one of year 1."""
    return _YEAR_BELOW_1000.search(" ".join(text.split())) is not None


def plausible(found: datetime | None) -> datetime | None:
    """``found`` in UTC, or None when no news can be of that time."""
    if found is None:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found if EARLIEST_YEAR <= found.year <= LATEST_YEAR else None


def _iso(text: str) -> datetime | None:
    """ISO 8601 and its neighbours (RFC 3339, W3C-DTF)."""
    match = _ISO.match(text)
    if match is None:
        month = _MONTH_ONLY.match(text)
        return datetime(int(month[1]), int(month[2] or 1), 1, tzinfo=UTC) if month else None
    year, mon, day, hour, minute, second, zone = match.groups()
    extra = timedelta()
    if hour == "24":
        hour, extra = "00", timedelta(days=1)
    base = datetime(
        int(year),
        int(mon),
        int(day),
        int(hour or 0),
        int(minute or 0),
        min(int(second or 0), 59),  # leap seconds
        tzinfo=_offset(zone),
    )
    return base + extra


def _loose(text: str) -> datetime | None:
    """Year first with any separators, or an English month by name; a zone behind it is lost."""
    match = _LOOSE.match(text)
    if match is not None:
        year, month, day, hour, minute, second = (int(g or 0) for g in match.groups())
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    match = _NAMED.search(text)
    if match is None:
        return None
    name = (match[2] or match[4])[:3].lower()
    if name not in _MONTHS:
        return None
    day, year = int(match[1] or match[5]), int(match[3] or match[6])
    hour, minute, second = (int(g or 0) for g in match.group(7, 8, 9))
    half = (match[10] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return datetime(year, _MONTHS.index(name) + 1, day, hour, minute, min(second, 59), tzinfo=UTC)


def _offset(zone: str | None) -> timezone:
    if not zone or zone[0] not in "+-":
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def _rfc822(text: str) -> datetime | None:
    """RFC 822 as bent by practice: other zone names, colons, comments, two-digit years."""
    if _YEAR_BELOW_1000.search(text):
        return None
    text = _TRAILING_COMMENT.sub("", text)
    text = _PREFIXED_ZONE.sub(lambda m: f"{m[1]}{m[2]:0>2}{m[3] or '00'}", text)
    text = _ZONE_COLON.sub(r"\1\2", text)
    hours: float | None = None
    name = _ZONE_NAME.search(text)
    if name is not None and name[1].upper() in _ZONES:
        hours = _ZONES[name[1].upper()]
        text = text[: name.start()].rstrip() + " +0000"
    parts = parsedate_tz(text)
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    offset = timedelta(seconds=parts[9] or 0) if hours is None else timedelta(hours=hours)
    extra = timedelta()
    if hour == 24:
        hour, extra = 0, timedelta(days=1)
    return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - offset + extra
