"""What the story decision looks at in an article: word shingles and names. Pure.

A shingle is three consecutive folded words, hashed to 32 bits by CRC-32: stable across processes
and versions of Python, which the stored index relies on. `VERSION` changes when the features do,
so that an upgrade does not compare what cannot be compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from zlib import crc32

from monitor.model import Article
from monitor.text.fold import fold

VERSION = 1
SHINGLE_WORDS = 3
MAX_WORDS = 800
"""Wire copies differ in what follows, and longer texts only cost."""
SAMPLE_ALL = 40
"""Up to so many shingles all are indexed, above it every fourth (h mod 4 = 0)."""

_CAPITALISED = re.compile(r"\w[\w'’]*")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@dataclass(frozen=True, slots=True)
class Features:
    """``sample``: the shingles to index and look up; ``entities``: names and figures, folded."""

    title: str
    shingles: frozenset[int]
    sample: frozenset[int]
    entities: frozenset[str]


def features(article: Article, entities: frozenset[str] = frozenset()) -> Features:
    """Compute the features of ``article``; ``entities`` are the ids the gazetteer found in it.

    The title is left out of the shingles when the body begins with it, and its own shingles are
    always in the sample, so that two reports with one headline meet whatever the rest is.
    """
    title_words = fold(article.title).split()
    words = (title_words + fold(article.body).split())[:MAX_WORDS]
    shingles = _shingles(words)
    of_title = _shingles(title_words)
    sampled = shingles if len(shingles) <= SAMPLE_ALL else {s for s in shingles if s % 4 == 0}
    return Features(
        title=" ".join(title_words),
        shingles=frozenset(shingles),
        sample=frozenset(sampled | of_title),
        entities=names(article.body or article.title) | entities,
    )


def names(text: str) -> frozenset[str]:
    """Words that stand with a capital and never without one, and figures, folded.

    In a text wholly in capitals, or in a script without them, there are none of the first kind.
    """
    words = _CAPITALISED.findall(text[:6000])
    small = {w.casefold() for w in words if w[0].islower()}
    if not small:
        return frozenset(_NUMBER.findall(text[:6000]))
    capital = {w for w in words if w[0].isupper() and len(w) > 2 and w.casefold() not in small}
    # A sentence's first word is a name only when it stands capitalised elsewhere too; cheaper and
    # nearly as good: words that occur after a small word or comma at least once.
    inner = set(re.findall(r"(?<=[\w,] )\w[\w'’]*", text[:6000]))
    folded = {fold(w).strip() for w in capital & inner}
    return frozenset(folded | set(_NUMBER.findall(text[:6000])))


def _shingles(words: list[str]) -> set[int]:
    """Fewer than three words make one shingle, no words none."""
    if not words:
        return set()
    if len(words) < SHINGLE_WORDS:
        return {crc32(" ".join(words).encode())}
    stop = len(words) - SHINGLE_WORDS + 1
    return {crc32(" ".join(words[i : i + SHINGLE_WORDS]).encode()) for i in range(stop)}
