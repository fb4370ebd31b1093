"""By which keys an article is found again, and which of those found are worth comparing. Pure.

Keys are whole numbers: a term's hash, or a shingle's above 2^32. The store keeps the newest
articles of each key and no more (`most`), which bounds what a look-up can cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter

from monitor.stories.features import DATES, Features
from monitor.stories.frequencies import Frequencies

TERMS = 24
"""Terms and names by which an article is found: the rarest of the desk's own stream."""
FIGURES = 4
"""Figures by which one that names entities is found in other scripts: the rarest."""
OF_TERM = 32
OF_SHINGLE = 16
"""Newest articles kept for a term, and for a shingle."""
COMPARED = 20
_SHINGLE = 1 << 32
_SHINGLE_WEIGHT = 8.0


def index_keys(features: Features, frequencies: Frequencies) -> list[int]:
    """The keys of an article, terms and figures first."""
    weight = frequencies.weights.__getitem__
    rated = {
        term: weight(term) ** 2 * (3 + count)
        for counts in (features.terms, features.names)
        for term, count in counts.items()
    }
    # Of equal ones the lesser first: the second sort keeps the order of the first.
    terms = sorted(sorted(rated), key=rated.__getitem__, reverse=True)[:TERMS]
    return terms + _figure_keys(features, frequencies) + shingle_keys(features)


def _figure_keys(features: Features, frequencies: Frequencies) -> list[int]:
    if not features.entities:
        return []
    weight = frequencies.weights.__getitem__
    return sorted(features.figures - DATES, key=lambda f: (-weight(f), f))[:FIGURES]


def shingle_keys(features: Features) -> list[int]:
    """Those of an article's keys that are shingles; they depend on nothing but the article."""
    return sorted(s + _SHINGLE for s in features.sample)


def most(key: int) -> int:
    """How many articles stand under ``key`` at most."""
    return OF_SHINGLE if key >= _SHINGLE else OF_TERM


def rank(found: Mapping[int, Sequence[int]], frequencies: Frequencies) -> list[int]:
    """The articles of ``found`` (key to articles) that share most, best first, `COMPARED` at most.

    A shingle weighs the less the more articles have it: an agency's closing sentence, little.
    """
    scores: dict[int, float] = {}
    for key, articles in found.items():
        shingle = key >= _SHINGLE
        worth = 1 + _SHINGLE_WEIGHT / len(articles) if shingle else frequencies.weights[key]
        for article in articles:
            scores[article] = scores.get(article, 0.0) + worth
    best = sorted(scores.items(), key=itemgetter(1, 0), reverse=True)[:COMPARED]
    return [article for article, _ in best]
