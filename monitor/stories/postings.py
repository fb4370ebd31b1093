"""Which reports stand under a key: two ways to hold it, for few keys and for many. Pure.

A report is a number that grows. Both give the newest reports of a key and no more than so many.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Set

_FEW = 1 << 14
"""Keys that are never looked through for old ones."""
_SMALLEST = 1 << 12
_WORDS, _NUMBER, _OLDER, _HEAD = 4, 1, 2, 3
_SAMPLED = 3
"""Lowest bits of a key that say little: of long texts only every eighth shingle is kept."""
_STEPS = 16
"""Places looked at for each report wanted. A chain has the keys of its whole bucket."""


class Lists:
    """For keys that many reports have, such as terms: found at once, a hundred bytes for a key."""

    __slots__ = ("_kept", "_most", "_under")

    def __init__(self, most: int) -> None:
        self._most = most
        self._under: dict[int, int | list[int]] = {}
        """The only report of a key, or its newest ones, the newest last."""
        self._kept = _FEW

    def add(self, number: int, keys: Iterable[int], first: int, gone: Set[int]) -> None:
        """Put report ``number`` under ``keys``; those before ``first`` and ``gone`` may go."""
        under, most = self._under, self._most
        for key in keys:
            others = under.get(key)
            if others is None:
                under[key] = number
            elif isinstance(others, int):
                under[key] = [others, number]
            else:
                others.append(number)
                if len(others) > 3 * most:
                    # Twice as many, since some may be among those that are left out.
                    others[:] = [n for n in others if n not in gone][-2 * most :]
        if len(under) > 2 * self._kept:
            self._drop_before(first)

    def find(self, keys: Iterable[int], first: int, without: Set[int]) -> dict[int, list[int]]:
        """The reports from ``first`` on under each of ``keys`` that has any, the newest last."""
        under, most = self._under, self._most
        found: dict[int, list[int]] = {}
        for key in keys:
            numbers = under.get(key)
            if numbers is None:
                continue
            if isinstance(numbers, int):
                numbers = [numbers]
            if numbers[0] < first or without:
                numbers = [n for n in numbers if n >= first and n not in without]
            if numbers:
                found[key] = numbers[-most:]
        return found

    def _drop_before(self, first: int) -> None:
        self._under = {
            key: numbers
            for key, numbers in self._under.items()
            if (numbers if isinstance(numbers, int) else numbers[-1]) >= first
        }
        self._kept = max(_FEW, len(self._under))


class Chains:
    """For 32-bit keys that one or two reports have, such as shingles: sixteen bytes for each.

    A ring: what is added replaces the oldest as soon as that is of no more use, and the ring grows
    while it is. So nothing is ever deleted.
    """

    __slots__ = ("_begin", "_end", "_most", "_ring")

    def __init__(self, most: int) -> None:
        self._most = most
        # Places are counted from 1 and never again; a place's slot is its lowest bits.
        self._begin = self._end = 1
        self._ring = array("I", bytes(_SMALLEST * _WORDS * 4))
        """Of each slot: a key, a report, the place of the next older one in the chain (none below
        ``_begin``), and the newest place of the bucket of this number, by some bits of a key.
        Side by side, since a step costs what it costs to fetch memory."""

    def add(self, number: int, keys: Iterable[int], first: int) -> None:
        """Put report ``number`` under ``keys``; reports before ``first`` are of no more use."""
        ring, end = self._ring, self._end
        last = len(ring) // _WORDS - 1
        for key in keys:
            at = (end & last) * _WORDS
            if end - self._begin > last:
                if ring[at + _NUMBER] < first:
                    self._begin += 1
                else:
                    # Both halves hold the same, and of two new buckets each has the chain of the
                    # old one, in which keys are compared anyway.
                    ring *= 2
                    last = len(ring) // _WORDS - 1
                    at = (end & last) * _WORDS
            head = (key >> _SAMPLED & last) * _WORDS + _HEAD
            ring[at], ring[at + _NUMBER], ring[at + _OLDER] = key, number, ring[head]
            ring[head] = end
            end += 1
        self._end = end

    def find(self, keys: Iterable[int], first: int, without: Set[int]) -> dict[int, list[int]]:
        """The reports from ``first`` on under each of ``keys`` that has any, the newest last."""
        ring, begin, most = self._ring, self._begin, self._most
        last = len(ring) // _WORDS - 1
        found: dict[int, list[int]] = {}
        for key in keys:
            place = ring[(key >> _SAMPLED & last) * _WORDS + _HEAD]
            numbers: list[int] = []
            steps = _STEPS * most
            while place >= begin and steps:
                at = (place & last) * _WORDS
                if ring[at] == key:
                    number = ring[at + _NUMBER]
                    if number < first or len(numbers) == most:
                        break
                    if number not in without:
                        numbers.append(number)
                place = ring[at + _OLDER]
                steps -= 1
            if numbers:
                found[key] = numbers[::-1]
        return found
