"""What speaks for and against two articles telling one event, and how much. Pure.

The weights were fitted by logistic regression on pairs of three labelled sets of real reports
(docs/design-notes.md); each part is a number of about 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from operator import mul
from typing import NamedTuple

from monitor.stories.features import Features, hashed, month, weekday
from monitor.stories.frequencies import Frequencies, Weights
from monitor.stories.packing import Outline, Report, outlined

_YEARS = frozenset(hashed(f"# {year}") for year in range(1900, 2100))
_WEEKDAYS = frozenset(map(weekday, range(1, 8)))
_MONTHS = frozenset(map(month, range(1, 13)))
_CALENDAR = _WEEKDAYS | _MONTHS


class Evidence(NamedTuple):
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

    Sums of weights stand beside what they are of. What only like reports are asked for is worked
    out when it is asked for: most candidates are strangers.
    """

    def __init__(self, outline: Outline, weights: Weights) -> None:
        self._outline = outline
        self._weights = weights
        self.shingles = outline.shingles
        weighed = weights.of(outline.terms + outline.names + outline.figures)
        rated = list(map(mul, weighed, map(_LOGS.__getitem__, outline.counts)))
        self.terms = dict(zip(outline.terms, rated, strict=True))
        self.terms_squares: float = sum(map(mul, rated, rated))
        self.name_counts = outline.name_counts()
        self.heading = outline.heading()
        self.lead = outline.lead()
        self.places = outline.figures_at()
        self.figures = frozenset(outline.figures) - _CALENDAR
        self.weekdays = _WEEKDAYS.intersection(outline.figures)
        self.months = _MONTHS.intersection(outline.figures)
        self.years = _YEARS.intersection(outline.figures)
        self.headed = [(t, weights[t]) for t in self.heading if t in self.name_counts]

    def holds(self, term: int) -> bool:
        """Whether the text has it, as a term or a name."""
        return term in self.terms or term in self.name_counts

    @cached_property
    def names(self) -> dict[int, float]:
        return {t: self._weights[t] * _LOGS[n] for t, n in self.name_counts.items()}

    @cached_property
    def names_squares(self) -> float:
        rated = self.names.values()
        squares: float = sum(map(mul, rated, rated))
        return squares

    @cached_property
    def names_sum(self) -> float:
        return sum(map(self._weights.__getitem__, self.name_counts))

    @cached_property
    def figures_sum(self) -> float:
        return sum(map(self._weights.__getitem__, self.figures))

    @cached_property
    def heading_squares(self) -> float:
        return _squares(self._weights, self.heading)

    @cached_property
    def lead_names(self) -> frozenset[int]:
        return self.lead.intersection(self.name_counts)

    @cached_property
    def lead_names_squares(self) -> float:
        return _squares(self._weights, self.lead_names)


class Probe:
    """One article, made ready to be compared with many."""

    __slots__ = (
        "_frequencies",
        "_mine",
        "_over",
        "_shingles",
        "_telling",
        "_telling_words",
        "_weights",
        "title",
    )

    def __init__(self, mine: Features, frequencies: Frequencies) -> None:
        self._frequencies = frequencies
        self._weights = frequencies.weights
        known = min(TELLING, max(2.0, frequencies.articles / LEARNING))
        self._telling = 1 + math.log(known)
        outline = outlined(mine)
        self._mine = _Side(outline, self._weights)  # not remembered: it is asked for once
        self._shingles = mine.shingles
        self.title = mine.title
        words = outline.terms + outline.names
        over = zip(words, self._weights.of(words), strict=True)
        self._over = {t: w - self._telling for t, w in over if w > self._telling}
        self._telling_words = frozenset(self._over)

    def nearness(self, other: Report) -> float:
        """A quick guess of how much `weigh` will find: telling terms and wording in common."""
        # In order, or equal candidates would be told apart by rounding.
        common = sorted(self._telling_words.intersection(other.words))
        telling = sum(map(self._over.__getitem__, common))
        return telling + len(self._shingles.intersection(other.shingles))

    def weigh(self, other: Report, days: float) -> Evidence:
        """Compare with ``other``, which is ``days`` older."""
        a = self._mine
        b = self._frequencies.worked_out(other.packed, lambda: _Side(other.outline, self._weights))
        overlap = len(self._shingles.intersection(b.shingles))
        wording = overlap / max(min(len(a.shingles), len(b.shingles)), 8)
        fewest = min(len(a.name_counts), len(b.name_counts))
        common = a.name_counts.keys() & b.name_counts.keys()
        named = 1.0
        if fewest:
            shared = sum(map(self._weights.__getitem__, common))
            named = shared / min(a.names_sum, b.names_sum) if shared else 0.0
        headed, rival = self._headline_names(a, b)
        weekdays, no_weekday = _both(a.weekdays, b.weekdays)
        months, no_month = _both(a.months, b.months)
        parts = (
            self._terms_alike(a, b),
            self._names_alike(a, b, common),
            self._figures_alike(a, b),
            self._alike(a, b),
            (self._told(a, b) + self._told(b, a)) / 2,
            days / 14,
            (self._named_in(a, b) + self._named_in(b, a)) / 2,
            float(_both(a.years, b.years)[1]),
            *_places(a.places, b.places),
            *self._telling_common(a, b),
            float(weekdays),
            float(no_weekday),
            float(months),
            float(no_month),
            headed,
            float(named == 0 and fewest >= SOME_NAMES),
        )
        logit = WEIGHTS[0] + sum(map(mul, WEIGHTS[1:], parts))
        return Evidence(wording, overlap, named, rival, parts[0], parts[1], logit, parts)

    def _terms_alike(self, a: _Side, b: _Side) -> float:
        """The cosine of the terms' weights."""
        dot = sum(a.terms[t] * b.terms[t] for t in a.terms.keys() & b.terms.keys())
        return dot / math.sqrt(a.terms_squares * b.terms_squares) if dot else 0.0

    def _names_alike(self, a: _Side, b: _Side, common: Collection[int]) -> float:
        """The cosine of the names' weights."""
        if not common:
            return 0.0
        dot = sum(a.names[t] * b.names[t] for t in common)
        return dot / math.sqrt(a.names_squares * b.names_squares)

    def _figures_alike(self, a: _Side, b: _Side) -> float:
        """The weight of common figures, as a share of the lesser side's."""
        common = a.figures & b.figures
        if not common:
            return 0.0
        shared = sum(map(self._weights.__getitem__, common))
        return shared / max(min(a.figures_sum, b.figures_sum), 15.0)

    def _telling_common(self, a: _Side, b: _Side) -> tuple[float, float]:
        """The weight of common telling terms, and of those that are names in neither."""
        over = self._over
        all_of_them = no_names = 0.0
        words = self._telling_words
        for term in words.intersection(b.terms) | words.intersection(b.name_counts):
            all_of_them += over[term]
            if term not in a.name_counts and term not in b.name_counts:
                no_names += over[term]
        return math.log1p(all_of_them) / 4, math.log1p(no_names) / 4

    def _headline_names(self, a: _Side, b: _Side) -> tuple[float, float]:
        """The share of the headlines' names that the other text has too; and `Evidence.rival`."""
        shares, least = 0.0, math.inf
        for one, text in ((a, b), (b, a)):
            missing = [w for t, w in one.headed if not text.holds(t)]
            all_of_them = sum(w for _, w in one.headed)
            shares += 1.0 - sum(missing) / all_of_them if missing else 1.0
            least = min(least, sum(max(0.0, w - self._telling) for w in missing))
        return shares / 2, least

    def _told(self, a: _Side, b: _Side) -> float:
        """The share of a's headline, by squared weight, that stands in b's headline and lead."""
        common = a.heading & b.lead
        return _squares(self._weights, common) / a.heading_squares if common else 0.0

    def _alike(self, a: _Side, b: _Side) -> float:
        common = a.heading & b.heading
        if not common:
            return 0.0
        return _squares(self._weights, common) / math.sqrt(a.heading_squares * b.heading_squares)

    def _named_in(self, a: _Side, b: _Side) -> float:
        """The share of the names in a's headline and lead that b has too, by squared weight."""
        common = [t for t in a.lead_names if b.holds(t)]
        return _squares(self._weights, common) / a.lead_names_squares if common else 0.0


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


def _places(mine: Mapping[int, int], theirs: Mapping[int, int]) -> tuple[float, float]:
    """How many words stand beside another figure, and how many beside the same one."""
    common = mine.keys() & theirs.keys()
    same = sum(mine[place] == theirs[place] for place in common)
    return math.log1p(len(common) - same), math.log1p(same)


def _both(mine: frozenset[int], theirs: frozenset[int]) -> tuple[bool, bool]:
    """Whether both have some and share one; and whether both have some and share none."""
    share = not mine.isdisjoint(theirs)
    return share, bool(mine) and bool(theirs) and not share
