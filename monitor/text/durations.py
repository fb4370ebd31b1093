"""How people write durations, in rule files and in the configuration alike."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_UNIT_SECONDS: Final = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604800.0),
}
_PART: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]+)\s*,?\s*", re.ASCII)
_LONGEST: Final = timedelta(days=36500)
PATTERN: Final = (
    r"^0$|^ *([0-9]{1,9}(\.[0-9]{1,6})? *("
    + "|".join(sorted(_UNIT_SECONDS, key=lambda unit: (-len(unit), unit)))
    + r") *,? *)+$"
)
"""The same as a regular expression, for editors that check files against a JSON Schema."""


def parse(text: str) -> timedelta:
    """ "10m", "24h", "1s", "2 days", "1h 30m", "0". A bare number says no unit and is refused.

    Raises ValueError, whose message never repeats ``text`` (it could be a secret).
    """
    text = text.strip().lower()
    if text == "0":
        return timedelta(0)
    seconds, at = 0.0, 0
    while part := _PART.match(text, at):
        if part[2] not in _UNIT_SECONDS:
            break
        seconds += float(part[1]) * _UNIT_SECONDS[part[2]]
        at = part.end()
    if not text or at != len(text):
        raise ValueError('not a duration: write "30s", "10m", "24h", "2 days" or "1h 30m"')
    if seconds > _LONGEST.total_seconds():
        raise ValueError("a duration of more than a hundred years")
    return timedelta(seconds=seconds)


def written(value: timedelta) -> str:
    """The shortest way to write it: ``parse(written(d)) == d`` down to milliseconds."""
    seconds = value.total_seconds()
    if seconds == 0:
        return "0"
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if seconds % size == 0:
            return f"{int(seconds // size)}{unit}"
    return f"{round(seconds * 1000)}ms"


def spoken(value: timedelta) -> str:
    """As one says it, in the largest whole unit: "2 hours", "1 day", "90 minutes"."""
    seconds = value.total_seconds()
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds and seconds % size == 0:
            count = int(seconds // size)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"
