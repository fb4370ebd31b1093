"""Small charts for the terminal. Plain values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

_BARS = "▁▂▃▄▅▆▇█"
NOTHING = "·"


def bars(values: Sequence[int]) -> str:
    """One character a value, the highest as high as can be; nothing is a dot."""
    top = max(values, default=0)
    return "".join(
        NOTHING if value <= 0 else _BARS[-(-value * len(_BARS) // top) - 1] for value in values
    )


def numbers(values: Sequence[int]) -> str:
    """The same for what is no terminal."""
    return " ".join(str(value) for value in values)


def binned(values: Sequence[int], room: int) -> tuple[list[int], int]:
    """``values`` added up so that at most ``room`` are left, and how many make one."""
    size = max(1, -(-len(values) // room))
    return [sum(values[i : i + size]) for i in range(0, len(values), size)], size


def days(first: date, last: date) -> list[date]:
    """Every day from ``first`` to ``last``, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def short(day: date) -> str:
    """A day as people write it: 7 Nov."""
    return f"{day.day} {day:%b}"
