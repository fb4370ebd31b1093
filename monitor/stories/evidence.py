"""What speaks for and against two articles telling one event, and how much. Pure.

The weights were fitted by logistic regression on pairs of three labelled sets of real reports, all
three weighing the same (docs/design-notes.md); each part is a number of about 0 to 1.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
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
SIDES = 4096
"""Reports remembered with what was worked out of them: those that are unpacked (`packing`)."""


@dataclass(frozen=True, slots=True)
class _Side:
    """What of one report does not depend on the other: worked out once, compared many times.

    The sums are of weights, ``squares`` of squared ones.
    """

    of: Features
    terms_squares: float
    names_squares: float
    names_sum: float
    figures: frozenset[int]
    figures_sum: float
    heading_squares: float
    headed: tuple[int, ...]
    """The names in the headline."""
    headed_sum: float
    led: frozenset[int]
    """The names in headline and lead."""
    led_squares: float

    @staticmethod
    def made(of: Features, weight: Callable[[int], float]) -> _Side:
        figures = of.figures - _CALENDAR
        headed = tuple(t for t in of.heading if t in of.names)
        led = frozenset(t for t in of.lead if t in of.names)
        return _Side(
            of,
            terms_squares=_length(of.terms, weight),
            names_squares=_length(of.names, weight),
            names_sum=sum(map(weight, of.names)),
            figures=figures,
            figures_sum=sum(map(weight, figures)),
            heading_squares=sum(weight(t) ** 2 for t in of.heading),
            headed=headed,
            headed_sum=sum(map(weight, headed)),
            led=led,
            led_squares=sum(weight(t) ** 2 for t in led),
        )


class Probe:
    """One article, made ready to be compared with many."""

    __slots__ = ("_excess", "_names", "_side", "_sides", "_telling", "_terms", "_weight", "mine")

    def __init__(self, mine: Features, frequencies: Frequencies) -> None:
        self.mine = mine
        self._weight = weight = frequencies.weights.__getitem__
        self._sides = frequencies.worked_out
        known = min(TELLING, max(2.0, frequencies.articles / LEARNING))
        self._telling = floor = 1 + math.log(known)
        keys = mine.terms.keys() | mine.names.keys()
        self._excess = {t: weight(t) - floor for t in keys if weight(t) > floor}
        self._side = _Side.made(mine, weight)
        self._terms = {t: weight(t) ** 2 * _LOGS[n] for t, n in mine.terms.items()}
        self._names = {t: weight(t) ** 2 * _LOGS[n] for t, n in mine.names.items()}

    def nearness(self, other: Features) -> float:
        """A quick guess of how much `weigh` will find: telling terms and wording in common."""
        terms, names = other.terms, other.names
        wording = len(self.mine.shingles & other.shingles)
        return sum(x for t, x in self._excess.items() if t in terms or t in names) + wording

    def weigh(self, other: Features, days: float) -> Evidence:
        """Compare with ``other``, which is ``days`` older."""
        mine, one, two = self.mine, self._side, self._side_of(other)
        overlap = len(mine.shingles & other.shingles)
        wording = overlap / max(min(len(mine.shingles), len(other.shingles)), 8)
        fewest = min(len(mine.names), len(other.names))
        named = 1.0
        if mine.names and other.names:
            shared = self._sum(t for t in mine.names if t in other.names)
            named = shared / min(one.names_sum, two.names_sum)
        figures = self._sum(one.figures & two.figures)
        headed, rival = self._headline_names(two)
        weekdays, no_weekday = _both(mine, other, _WEEKDAYS)
        months, no_month = _both(mine, other, _MONTHS)
        parts = (
            _cosine(self._terms, one.terms_squares, other.terms, two.terms_squares),
            _cosine(self._names, one.names_squares, other.names, two.names_squares),
            figures and figures / max(min(one.figures_sum, two.figures_sum), 15.0),
            self._alike(two),
            (self._told(one, other.lead) + self._told(two, mine.lead)) / 2,
            days / 14,
            (self._named_in(one, other) + self._named_in(two, mine)) / 2,
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
        logit = WEIGHTS[0] + sum(map(operator.mul, WEIGHTS[1:], parts))
        return Evidence(wording, overlap, named, rival, parts[0], parts[1], logit, parts)

    def _side_of(self, other: Features) -> _Side:
        side = self._sides.get(id(other))
        if side is None or side.of is not other:
            if len(self._sides) >= SIDES:
                self._sides.clear()
            # It holds ``other``, so that nothing else can come to have the same id.
            side = self._sides[id(other)] = _Side.made(other, self._weight)
        return side

    def _places(self, other: Features) -> tuple[float, float]:
        """How many words stand beside another figure, and how many beside the same one."""
        mine = self.mine.places
        same = len(mine.items() & other.places.items())
        clashing = len(mine.keys() & other.places.keys()) - same
        return math.log1p(clashing), math.log1p(same)

    def _telling_common(self, other: Features) -> tuple[float, float]:
        """The weight of common telling terms, and of those that are names in neither."""
        mine, terms, names = self.mine.names, other.terms, other.names
        all_of_them = no_names = 0.0
        for term, over in self._excess.items():
            if term in names:
                all_of_them += over
            elif term in terms:
                all_of_them += over
                if term not in mine:
                    no_names += over
        return math.log1p(all_of_them) / 4, math.log1p(no_names) / 4

    def _headline_names(self, two: _Side) -> tuple[float, float]:
        """The share of the headlines' names that the other text has too; and `Evidence.rival`."""
        weight = self._weight
        shares, excess = 0.0, []
        for some, text in ((self._side, two.of), (two, self.mine)):
            missing = [
                weight(t) for t in some.headed if t not in text.terms and t not in text.names
            ]
            shares += 1.0 - sum(missing) / some.headed_sum if missing else 1.0
            excess.append(sum(max(0.0, w - self._telling) for w in missing))
        return shares / 2, min(excess)

    def _sum(self, terms: Iterable[int]) -> float:
        return sum(map(self._weight, terms))

    def _squares(self, terms: Iterable[int]) -> float:
        weight = self._weight
        return sum(weight(t) ** 2 for t in terms)

    def _told(self, some: _Side, where: frozenset[int]) -> float:
        """The share of a headline, by squared weight, that stands in ``where``."""
        total = some.heading_squares
        return self._squares(some.of.heading & where) / total if total else 0.0

    def _alike(self, two: _Side) -> float:
        both = self._squares(self.mine.heading & two.of.heading)
        if not both:
            return 0.0
        return both / math.sqrt(self._side.heading_squares * two.heading_squares)

    def _named_in(self, one: _Side, other: Features) -> float:
        """The share of the names in one's headline and lead that the other has too."""
        if not one.led_squares:
            return 0.0
        shared = self._squares(t for t in one.led if t in other.names or t in other.terms)
        return shared / one.led_squares


_LOGS = (0.0, *(1 + math.log(n) for n in range(1, 256)))

# fmt: off
WEIGHTS = (
    -3.20, 3.15, 1.95, 2.20, 0.74, 0.58, -1.54, 1.21, -0.94, -0.92,
    0.94, 3.71, -0.90, 0.24, -0.80, 1.26, -0.30, 2.05, -1.42,
)
# fmt: on
"""The constant, then one for each part of `Probe.weigh`, in order."""


def _length(counts: Mapping[int, int], weight: Callable[[int], float]) -> float:
    """The square of the length of the vector that `_cosine` compares."""
    return sum((weight(t) * _LOGS[n]) ** 2 for t, n in counts.items())


def _cosine(
    a: Mapping[int, float], a_squares: float, b: Mapping[int, int], b_squares: float
) -> float:
    """Of two vectors of weights times logarithms of counts; ``a`` holds the weights twice."""
    dot = sum(a[t] * _LOGS[b[t]] for t in a.keys() & b.keys())
    return dot / math.sqrt(a_squares * b_squares) if dot else 0.0


def _both(a: Features, b: Features, of: frozenset[int]) -> tuple[bool, bool]:
    """Whether both have figures of a set and share one; and whether both have and share none."""
    mine, theirs = a.figures & of, b.figures & of
    share = bool(mine & theirs)
    return share, bool(mine) and bool(theirs) and not share
