"""What speaks for and against two articles telling one event, and how much. Pure.

The weights were fitted by logistic regression on pairs of three labelled sets of real reports, all
three weighing the same (docs/design-notes.md); each part is a number of about 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from monitor.stories.features import YEARS, Features
from monitor.stories.frequencies import Frequencies


@dataclass(frozen=True, slots=True)
class Evidence:
    """One pair. ``wording`` and ``overlap`` are the share and number of common shingles, of the
    sampled ones. ``named`` is the share of the names' weight that the poorer side has in common, 1
    where a side has none (``fewest_names``). ``terms`` and ``names`` are how alike both are in what
    an event is recognised by in other words. ``logit`` sums all up: 0 is even odds among the pairs
    it was fitted on."""

    wording: float
    overlap: int
    named: float
    fewest_names: int
    terms: float
    names: float
    logit: float
    parts: tuple[float, ...]


TELLING = 100
LEARNING = 20
"""A term tells an event when fewer than one report in so many holds it: one in a hundred, or in a
twentieth of what has been seen as long as that is less."""


class Probe:
    """One article, made ready to be compared with many."""

    __slots__ = ("_keys", "_names", "_telling", "_terms", "_weight", "mine")

    def __init__(self, mine: Features, frequencies: Frequencies) -> None:
        self.mine = mine
        self._weight = frequencies.weights.__getitem__
        known = min(TELLING, max(2.0, frequencies.articles / LEARNING))
        self._telling = 1 + math.log(known)
        self._keys = mine.terms.keys() | mine.names.keys()
        self._terms = self._vector(mine.terms)
        self._names = self._vector(mine.names)

    def nearness(self, other: Features) -> float:
        """A quick guess of how much `weigh` will find: telling terms and wording in common."""
        floor = self._telling
        weights = map(self._weight, self._keys & (other.terms.keys() | other.names.keys()))
        wording = len(self.mine.shingles & other.shingles)
        return sum(w - floor for w in weights if w > floor) + wording

    def weigh(self, other: Features, days: float) -> Evidence:
        """Compare with ``other``, which is ``days`` older."""
        mine = self.mine
        overlap = len(mine.shingles & other.shingles)
        wording = overlap / max(min(len(mine.shingles), len(other.shingles)), 8)
        common = self._keys & (other.terms.keys() | other.names.keys())
        terms = _cosine(self._terms, self._vector(other.terms))
        names = _cosine(self._names, self._vector(other.names))
        same = len(mine.places.items() & other.places.items())
        clashing = len(mine.places.keys() & other.places.keys()) - same
        parts = (
            terms,
            names,
            self._contained(mine.figures, other.figures, 15.0),
            self._alike(mine.heading, other.heading),
            (self._told(mine.heading, other.lead) + self._told(other.heading, mine.lead)) / 2,
            days / 14,
            (self._named_in(mine, other) + self._named_in(other, mine)) / 2,
            float(_other_years(mine, other)),
            math.log1p(clashing),
            math.log1p(same),
            math.log1p(sum(max(0.0, self._weight(t) - self._telling) for t in common)) / 4,
        )
        logit = WEIGHTS[0] + sum(w * p for w, p in zip(WEIGHTS[1:], parts, strict=True))
        fewest = min(len(mine.names), len(other.names))
        named = self._contained(mine.names, other.names, 0.0) if mine.names and other.names else 1.0
        return Evidence(wording, overlap, named, fewest, terms, names, logit, parts)

    def _vector(self, counts: Mapping[int, int]) -> dict[int, float]:
        weight = self._weight
        return {t: weight(t) * _LOGS[n] for t, n in counts.items()}

    def _contained(self, a: Collection[int], b: Collection[int], floor: float) -> float:
        weight = self._weight
        shared = sum(weight(t) for t in a if t in b)
        if not shared:
            return 0.0
        return shared / max(min(sum(map(weight, a)), sum(map(weight, b))), floor)

    def _told(self, some: frozenset[int], where: frozenset[int]) -> float:
        """The share of ``some``, by squared weight, that stands in ``where``."""
        weight = self._weight
        total = sum(weight(t) ** 2 for t in some)
        return sum(weight(t) ** 2 for t in some & where) / total if total else 0.0

    def _alike(self, a: frozenset[int], b: frozenset[int]) -> float:
        weight = self._weight
        both = sum(weight(t) ** 2 for t in a & b)
        if not both:
            return 0.0
        return both / math.sqrt(sum(weight(t) ** 2 for t in a) * sum(weight(t) ** 2 for t in b))

    def _named_in(self, one: Features, other: Features) -> float:
        """The share of the names in one's headline and lead that the other has too."""
        names = frozenset(t for t in one.lead if t in one.names)
        return self._told(
            names, frozenset(t for t in names if t in other.names or t in other.terms)
        )


_LOGS = (0.0, *(1 + math.log(n) for n in range(1, 256)))

WEIGHTS = (-3.42, 5.17, 2.13, 2.61, 0.87, 0.43, -1.64, 1.46, -1.24, -0.82, 0.94, 3.46)
"""The constant, then one for each part of `Probe.weigh`, in order."""


def _cosine(a: dict[int, float], b: dict[int, float]) -> float:
    dot = sum(a[t] * b[t] for t in a.keys() & b.keys())
    if not dot:
        return 0.0
    return dot / math.sqrt(sum(x * x for x in a.values()) * sum(x * x for x in b.values()))


def _other_years(a: Features, b: Features) -> bool:
    mine, theirs = a.figures & YEARS, b.figures & YEARS
    return bool(mine) and bool(theirs) and not mine & theirs
