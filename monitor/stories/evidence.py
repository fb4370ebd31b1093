"""What speaks for and against two articles telling one event, and how much. Pure.

The weights were fitted by logistic regression on pairs of three labelled sets of real reports, all
three weighing the same (docs/design-notes.md); each part is a number of about 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from monitor.stories.features import Features, hashed, month, weekday
from monitor.stories.frequencies import Frequencies

_YEARS = frozenset(hashed(f"# {year}") for year in range(1900, 2100))
_WEEKDAYS = frozenset(map(weekday, range(1, 8)))
_MONTHS = frozenset(map(month, range(1, 13)))
_CALENDAR = _WEEKDAYS | _MONTHS


@dataclass(frozen=True, slots=True)
class Evidence:
    """One pair. ``wording`` and ``overlap`` are the share and number of common shingles, of the
    sampled ones. ``named`` is the share of the names' weight that the poorer side has in common, 1
    where a side has none. ``rival`` is above 0 when each headline has a telling
    name that the other text has not: the weight of the lesser one. ``terms`` and ``names`` are how
    alike both are in what an event is recognised by in other words. ``logit`` sums all up: 0 is
    even odds among the pairs it was fitted on."""

    wording: float
    overlap: int
    named: float
    rival: float
    terms: float
    names: float
    logit: float
    parts: tuple[float, ...]


SOME_NAMES = 4
"""Two reports that have so many names and none in common seldom tell one event."""
TELLING = 100
LEARNING = 20
"""A term tells an event when fewer than one report in so many holds it: one in a hundred, or in a
twentieth of what has been seen as long as that is less."""


class Probe:
    """One article, made ready to be compared with many."""

    __slots__ = ("_figures", "_headed", "_keys", "_names", "_telling", "_terms", "_weight", "mine")

    def __init__(self, mine: Features, frequencies: Frequencies) -> None:
        self.mine = mine
        self._weight = frequencies.weights.__getitem__
        known = min(TELLING, max(2.0, frequencies.articles / LEARNING))
        self._telling = 1 + math.log(known)
        self._keys = mine.terms.keys() | mine.names.keys()
        self._figures = mine.figures - _CALENDAR
        self._headed = [t for t in mine.heading if t in mine.names]
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
        fewest = min(len(mine.names), len(other.names))
        named = self._contained(mine.names, other.names, 0.0) if mine.names and other.names else 1.0
        headed, rival = self._headline_names(other)
        weekdays, no_weekday = _both(mine, other, _WEEKDAYS)
        months, no_month = _both(mine, other, _MONTHS)
        parts = (
            _cosine(self._terms, self._vector(other.terms)),
            _cosine(self._names, self._vector(other.names)),
            self._contained(self._figures, other.figures - _CALENDAR, 15.0),
            self._alike(mine.heading, other.heading),
            (self._told(mine.heading, other.lead) + self._told(other.heading, mine.lead)) / 2,
            days / 14,
            (self._named_in(mine, other) + self._named_in(other, mine)) / 2,
            float(_both(mine, other, _YEARS)[1]),
            *self._places(other),
            *self._telling_common(other),
            float(weekdays),
            float(no_weekday),
            float(months),
            float(no_month),
            headed,
            float(named == 0 and fewest >= SOME_NAMES),
        )
        logit = WEIGHTS[0] + sum(w * p for w, p in zip(WEIGHTS[1:], parts, strict=True))
        return Evidence(wording, overlap, named, rival, parts[0], parts[1], logit, parts)

    def _places(self, other: Features) -> tuple[float, float]:
        """How many words stand beside another figure, and how many beside the same one."""
        mine = self.mine.places
        same = len(mine.items() & other.places.items())
        clashing = len(mine.keys() & other.places.keys()) - same
        return math.log1p(clashing), math.log1p(same)

    def _telling_common(self, other: Features) -> tuple[float, float]:
        """The weight of common telling terms, and of those that are names in neither."""
        weight, floor = self._weight, self._telling
        all_of_them = no_names = 0.0
        for term in self._keys & (other.terms.keys() | other.names.keys()):
            over = weight(term) - floor
            if over > 0:
                all_of_them += over
                if term not in self.mine.names and term not in other.names:
                    no_names += over
        return math.log1p(all_of_them) / 4, math.log1p(no_names) / 4

    def _headline_names(self, other: Features) -> tuple[float, float]:
        """The share of the headlines' names that the other text has too; and `Evidence.rival`."""
        weight = self._weight
        theirs = [t for t in other.heading if t in other.names]
        shares, excess = 0.0, []
        for some, text in ((self._headed, other), (theirs, self.mine)):
            missing = [weight(t) for t in some if t not in text.terms and t not in text.names]
            shares += 1.0 - sum(missing) / sum(map(weight, some)) if missing else 1.0
            excess.append(sum(max(0.0, w - self._telling) for w in missing))
        return shares / 2, min(excess)

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

# fmt: off
WEIGHTS = (
    -3.20, 3.15, 1.95, 2.20, 0.74, 0.58, -1.54, 1.21, -0.94, -0.92,
    0.94, 3.71, -0.90, 0.24, -0.80, 1.26, -0.30, 2.05, -1.42,
)
# fmt: on
"""The constant, then one for each part of `Probe.weigh`, in order."""


def _cosine(a: dict[int, float], b: dict[int, float]) -> float:
    dot = sum(a[t] * b[t] for t in a.keys() & b.keys())
    if not dot:
        return 0.0
    return dot / math.sqrt(sum(x * x for x in a.values()) * sum(x * x for x in b.values()))


def _both(a: Features, b: Features, of: frozenset[int]) -> tuple[bool, bool]:
    """Whether both have figures of a set and share one; and whether both have and share none."""
    mine, theirs = a.figures & of, b.figures & of
    share = bool(mine & theirs)
    return share, bool(mine) and bool(theirs) and not share
