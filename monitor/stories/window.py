"""The reports of the window, and how they are found, held in memory. Pure.

Each process has its own, which it fills by reading what has been stored.
"""

from __future__ import annotations

from array import array
from collections.abc import Set
from datetime import datetime

from monitor.stories.index import OF_SHINGLE, OF_TERM, Found, Keys
from monitor.stories.postings import Chains, Lists

_FEW = 1 << 14
"""Times that are kept although they are of no more use."""
_AHEAD = 5
"""When so many after a report are old, its own time is wrong."""


class Window:
    """The reports by their keys, and when they came. A report is a number that grows."""

    __slots__ = ("_first", "_gone", "_numbers", "_shingles", "_terms", "_times")

    def __init__(self) -> None:
        self._terms = Lists(OF_TERM)
        self._shingles = Chains(OF_SHINGLE)
        self._numbers = array("Q")
        self._times = array("d")
        self._first = 0
        """Where the reports begin that were of use when last asked; those before make room."""
        self._gone: set[int] = set()

    def add(self, number: int, at: datetime, keys: Keys) -> None:
        """Add a report, whose number must be above those added before."""
        self._times.append(at.timestamp())
        self._numbers.append(number)
        first = self._numbers[self._first]
        self._terms.add(number, keys.terms, first, self._gone)
        self._shingles.add(number, keys.shingles, first)
        if self._first > max(_FEW, len(self._times) // 2):
            del self._times[: self._first], self._numbers[: self._first]
            self._first = 0
            self._gone = {number for number in self._gone if number >= first}

    def find(self, keys: Keys, since: datetime, without: Set[int] = frozenset()) -> Found:
        """The newest reports since ``since`` under each key that has any, the newest last.

        Some that came before are among them where the times are not in order.
        """
        if not self._numbers:
            return Found({}, {})
        self._move(since.timestamp())
        first = self._numbers[self._first]
        gone = self._gone | without if without else self._gone
        return Found(
            self._terms.find(keys.terms, first, gone),
            self._shingles.find(keys.shingles, first, gone),
        )

    def drop(self, number: int) -> None:
        """A report is not to be found any more, for good."""
        self._gone.add(number)

    def _move(self, since: float) -> None:
        """Pass by what came before ``since``, and by what a clock put ahead among it; and go back
        when ``since`` does, as after a clock that was ahead."""
        times, first = self._times, self._first
        while first and max(times[max(0, first - _AHEAD) : first]) >= since:
            first -= 1
        last = len(times) - 1
        while first < last and (
            times[first] < since or max(times[first + 1 : first + 1 + _AHEAD]) < since
        ):
            first += 1
        self._first = first
