"""The reports of the window, and how they are found, held in memory. Pure.

Each process has its own, which it fills by reading what has been stored.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from datetime import UTC, datetime, timedelta

from monitor.stories.index import OF_SHINGLE, OF_TERM, Found, Keys
from monitor.stories.postings import Chains, Lists

_FEW = 1 << 14
"""Times that are kept although they are of no more use."""


class Window:
    """The reports by their keys, and when they came.

    A report is a number that grows. What came ``length`` before the newest one makes room.
    """

    __slots__ = ("_first", "_gone", "_length", "_numbers", "_shingles", "_terms", "_times")

    def __init__(self, length: timedelta) -> None:
        self._length = length.total_seconds()
        self._terms = Lists(OF_TERM)
        self._shingles = Chains(OF_SHINGLE)
        self._numbers = array("Q")
        self._times = array("d")
        """When each report came, never before the one before it."""
        self._first = 0
        """Where the reports begin that are still of use."""
        self._gone: set[int] = set()

    @property
    def newest_at(self) -> datetime:
        """When the newest report came."""
        return datetime.fromtimestamp(self._times[-1], UTC)

    def add(self, number: int, at: datetime, keys: Keys) -> None:
        """Add a report, whose number must be above those added before."""
        times = self._times
        time = max(at.timestamp(), times[-1]) if times else at.timestamp()
        times.append(time)
        self._numbers.append(number)
        while times[self._first] < time - self._length:
            self._first += 1
        first = self._numbers[self._first]
        self._terms.add(number, keys.terms, first)
        self._shingles.add(number, keys.shingles, first)
        if self._first > max(_FEW, len(times) // 2):
            del times[: self._first], self._numbers[: self._first]
            self._first = 0
            self._gone = {number for number in self._gone if number >= first}

    def find(self, keys: Keys, since: datetime) -> Found:
        """The newest reports since ``since`` under each key that has any, the newest last."""
        at = bisect_left(self._times, since.timestamp())
        if at == len(self._times):
            return Found({}, {})
        first = self._numbers[at]
        return Found(
            self._terms.find(keys.terms, first, self._gone),
            self._shingles.find(keys.shingles, first, self._gone),
        )

    def drop(self, number: int) -> None:
        """A report is not to be found any more."""
        self._gone.add(number)
