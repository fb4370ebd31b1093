"""By which keys an article is found again, and which of those found are worth comparing. Pure.

The newest reports of each key are found and no more (`OF_TERM`, `OF_SHINGLE`), which bounds what a
look-up can cost.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from monitor.stories.features import DATES, Features, sampled
from monitor.stories.frequencies import Frequencies

TERMS = 24
"""Terms and names by which an article is found: the rarest of the desk's own stream."""
FIGURES = 4
"""Figures by which one that names entities is found in other scripts: the rarest."""
OF_TERM = 24
OF_SHINGLE = 16
"""Newest reports found by a term, and by a shingle."""
COMPARED = 12
_SHINGLE_WEIGHT = 8.0


class Keys(NamedTuple):
    """Those of one article: terms, names and figures; and shingles. 32-bit hashes."""

    terms: Collection[int]
    shingles: Collection[int]


class Found(NamedTuple):
    """The reports under each key that has any, which are numbers that grow, the newest last."""

    by_term: dict[int, list[int]]
    by_shingle: dict[int, list[int]]


def index_keys(features: Features, frequencies: Frequencies) -> Keys:
    """The keys of an article."""
    counts = {**features.terms, **features.names}
    weighed = zip(counts, frequencies.weights.of(tuple(counts)), counts.values(), strict=True)
    rated = {term: weight * weight * (3 + count) for term, weight, count in weighed}
    # Of equal ones the lesser first: the second sort keeps the order of the first.
    terms = sorted(sorted(rated), key=rated.__getitem__, reverse=True)[:TERMS]
    return Keys(terms + _figure_keys(features, frequencies), sorted(sampled(features.shingles)))


def _figure_keys(features: Features, frequencies: Frequencies) -> list[int]:
    if not features.entities:
        return []
    weight = frequencies.weights.__getitem__
    return sorted(features.figures - DATES, key=lambda f: (-weight(f), f))[:FIGURES]


def rank(found: Found, frequencies: Frequencies) -> list[int]:
    """The reports that share most, best first, `COMPARED` at most.

    A shingle weighs the less the more reports have it: an agency's closing sentence, little.
    """
    weights = frequencies.weights
    scores: dict[int, float] = {}
    score = scores.get
    for key, reports in found.by_term.items():
        worth = weights[key]
        for report in reports:
            scores[report] = score(report, 0.0) + worth
    for reports in found.by_shingle.values():
        worth = 1 + _SHINGLE_WEIGHT / len(reports)
        for report in reports:
            scores[report] = score(report, 0.0) + worth
    # Most are told apart by their scores alone, which sort faster than what belongs to them.
    least = sorted(scores.values())[-COMPARED:][:1]
    best = [(worth, report) for report, worth in scores.items() if worth >= least[0]]
    return [report for _, report in sorted(best, reverse=True)[:COMPARED]]
