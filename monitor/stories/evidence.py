"""What speaks for and against two articles telling one event, and how much. Pure.

The weights were fitted by logistic regression on pairs of three labelled sets of real reports
(docs/design-notes.md); each part is a number of about 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from operator import mul

from monitor.stories.features import Features, hashed, month, weekday
from monitor.stories.frequencies import Frequencies, Weights

_YEARS = frozenset(hashed(f"# {year}") for year in range(1900, 2100))
_WEEKDAYS = frozenset(map(weekday, range(1, 8)))
_MONTHS = frozenset(map(month, range(1, 13)))
_CALENDAR = _WEEKDAYS | _MONTHS


@dataclass(frozen=True, slots=True)
class Evidence:
    """One pair. ``wording`` and ``overlap`` are the share and number of common shingles, of the
    sampled ones. ``named`` is the share of the names' weight that the poorer side has in common, 1
    where a side has none. ``rival`` is above 0 when each headline has a telling name that the other
    text has not: the weight of the lesser one. ``terms`` and ``names`` are how alike both are in
    what an event is recognised by in other words. ``logit`` sums all up: 0 is even odds among the
    pairs it was fitted on."""

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


class _Side:
    """What one report brings to every comparison: it depends on the report and the weights alone.

    Sums of weights stand beside what they are of.
    """

    __slots__ = (
        "features",
        "figures",
        "figures_sum",
        "headed",
        "headed_sum",
        "heading_squares",
        "keys",
        "lead_names",
        "lead_names_squares",
        "names",
        "names_squares",
        "names_sum",
        "terms",
        "terms_squares",
    )

    def __init__(self, features: Features, weights: Weights) -> None:
        weight = weights.__getitem__
        names = features.names
        self.features = features
        self.keys = features.terms.keys() | names.keys()
        weights.get_ready(self.keys | features.figures)
        self.terms = {t: weight(t) * _LOGS[n] for t, n in features.terms.items()}
        self.terms_squares = sum(map(mul, self.terms.values(), self.terms.values()))
        self.names = {t: weight(t) * _LOGS[n] for t, n in names.items()}
        self.names_squares = sum(map(mul, self.names.values(), self.names.values()))
        self.names_sum = sum(map(weight, names))
        self.figures = features.figures - _CALENDAR
        self.figures_sum = sum(map(weight, self.figures))
        self.heading_squares = _squares(weights, features.heading)
        self.headed = [(t, weight(t)) for t in features.heading if t in names]
        self.headed_sum = sum(w for _, w in self.headed)
        self.lead_names = frozenset(t for t in features.lead if t in names)
        self.lead_names_squares = _squares(weights, self.lead_names)


class Probe:
    """One article, made ready to be compared with many."""

    __slots__ = ("_frequencies", "_mine", "_over", "_telling", "_weights")

    def __init__(self, mine: Features, frequencies: Frequencies) -> None:
        self._frequencies = frequencies
        self._weights = frequencies.weights
        known = min(TELLING, max(2.0, frequencies.articles / LEARNING))
        self._telling = 1 + math.log(known)
        self._mine = _Side(mine, self._weights)  # not remembered: what is read back is another
        over = ((t, self._weights[t] - self._telling) for t in self._mine.keys)
        self._over = {t: w for t, w in over if w > 0}

    def _side(self, features: Features) -> _Side:
        return self._frequencies.worked_out(features, lambda f: _Side(f, self._weights))

    def nearness(self, other: Features) -> float:
        """A quick guess of how much `weigh` will find: telling terms and wording in common."""
        over = self._over
        common = (over.keys() & other.terms.keys()) | (over.keys() & other.names.keys())
        # In order, or equal candidates would be told apart by rounding.
        telling = sum(map(over.__getitem__, sorted(common)))
        return telling + len(self._mine.features.shingles & other.shingles)

    def weigh(self, other: Features, days: float) -> Evidence:
        """Compare with ``other``, which is ``days`` older."""
        a, b = self._mine, self._side(other)
        mine = a.features
        overlap = len(mine.shingles & other.shingles)
        wording = overlap / max(min(len(mine.shingles), len(other.shingles)), 8)
        fewest = min(len(mine.names), len(other.names))
        named = 1.0
        if fewest:
            named = self._contained(mine.names, other.names, min(a.names_sum, b.names_sum))
        headed, rival = self._headline_names(a, b)
        weekdays, no_weekday = _both(mine, other, _WEEKDAYS)
        months, no_month = _both(mine, other, _MONTHS)
        parts = (
            _cosine(a.terms, b.terms, a.terms_squares * b.terms_squares),
            _cosine(a.names, b.names, a.names_squares * b.names_squares),
            self._contained(a.figures, b.figures, max(min(a.figures_sum, b.figures_sum), 15.0)),
            self._alike(a, b),
            (self._told(a, b) + self._told(b, a)) / 2,
            days / 14,
            (self._named_in(a, b) + self._named_in(b, a)) / 2,
            float(_both(mine, other, _YEARS)[1]),
            *_places(mine.places, other.places),
            *self._telling_common(a, b),
            float(weekdays),
            float(no_weekday),
            float(months),
            float(no_month),
            headed,
            float(named == 0 and fewest >= SOME_NAMES),
        )
        logit = WEIGHTS[0] + sum(w * p for w, p in zip(WEIGHTS[1:], parts, strict=True))
        return Evidence(wording, overlap, named, rival, parts[0], parts[1], logit, parts)

    def _telling_common(self, a: _Side, b: _Side) -> tuple[float, float]:
        """The weight of common telling terms, and of those that are names in neither."""
        weights, floor = self._weights, self._telling
        all_of_them = no_names = 0.0
        for term in a.keys & b.keys:
            over = weights[term] - floor
            if over > 0:
                all_of_them += over
                if term not in a.names and term not in b.names:
                    no_names += over
        return math.log1p(all_of_them) / 4, math.log1p(no_names) / 4

    def _headline_names(self, a: _Side, b: _Side) -> tuple[float, float]:
        """The share of the headlines' names that the other text has too; and `Evidence.rival`."""
        shares, least = 0.0, math.inf
        for one, text in ((a, b), (b, a)):
            missing = [w for t, w in one.headed if t not in text.keys]
            shares += 1.0 - sum(missing) / one.headed_sum if missing else 1.0
            least = min(least, sum(max(0.0, w - self._telling) for w in missing))
        return shares / 2, least

    def _contained(self, a: Collection[int], b: Collection[int], least: float) -> float:
        """The weight of what both have, as a share of ``least``, the lesser one's weight."""
        shared = sum(self._weights[t] for t in a if t in b)
        return shared / least if shared else 0.0

    def _told(self, a: _Side, b: _Side) -> float:
        """The share of a's headline, by squared weight, that stands in b's headline and lead."""
        common = _squares(self._weights, a.features.heading & b.features.lead)
        return common / a.heading_squares if a.heading_squares else 0.0

    def _alike(self, a: _Side, b: _Side) -> float:
        both = _squares(self._weights, a.features.heading & b.features.heading)
        return both / math.sqrt(a.heading_squares * b.heading_squares) if both else 0.0

    def _named_in(self, a: _Side, b: _Side) -> float:
        """The share of the names in a's headline and lead that b has too, by squared weight."""
        if not a.lead_names_squares:
            return 0.0
        return _squares(self._weights, a.lead_names & b.keys) / a.lead_names_squares


_LOGS = (0.0, *(1 + math.log(n) for n in range(1, 256)))

# fmt: off
WEIGHTS = (
    -3.20, 3.15, 1.95, 2.20, 0.74, 0.58, -1.54, 1.21, -0.94, -0.92,
    0.94, 3.71, -0.90, 0.24, -0.80, 1.26, -0.30, 2.05, -1.42,
)
# fmt: on
"""The constant, then one for each part of `Probe.weigh`, in order."""


def _squares(weights: Mapping[int, float], terms: Iterable[int]) -> float:
    return sum(weights[t] ** 2 for t in terms)


def _cosine(a: Mapping[int, float], b: Mapping[int, float], squares: float) -> float:
    """``squares``: the product of both sums of squares."""
    dot = sum(a[t] * b[t] for t in a.keys() & b.keys())
    return dot / math.sqrt(squares) if dot else 0.0


def _places(mine: Mapping[int, int], theirs: Mapping[int, int]) -> tuple[float, float]:
    """How many words stand beside another figure, and how many beside the same one."""
    same = len(mine.items() & theirs.items())
    clashing = len(mine.keys() & theirs.keys()) - same
    return math.log1p(clashing), math.log1p(same)


def _both(a: Features, b: Features, of: frozenset[int]) -> tuple[bool, bool]:
    """Whether both have figures of a set and share one; and whether both have and share none."""
    mine, theirs = a.figures & of, b.figures & of
    share = bool(mine & theirs)
    return share, bool(mine) and bool(theirs) and not share
