"""How common a term is in the desk's own stream: document frequencies that forget slowly. Pure.

They start from nothing and are learnt article by article. Each new article counts a little more
than the one before (which is the same as letting all older ones count a little less, without
touching them), so that half the memory is the last `HALF_LIFE` articles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

HALF_LIFE = 20_000
"""Articles. Long against a story, short against a change of the desk's subjects."""
MAX_TERMS = 120_000
"""Kept when pruned: the most frequent. A term that is not known counts as never seen."""
STALE = 1.02
START_NOISE = -1.5
NOISE_STEP = 0.03
"""How fast the noise is learnt; a hundred openings move it by two at most."""
REMEMBERED = 1024
"""Reports that are compared again and again: those of running stories."""
_GROWTH = 2 ** (1 / HALF_LIFE)
_RESCALE = 1e6


class Weights(dict[int, float]):
    """Weights as asked for, each worked out once."""

    __slots__ = ("_of", "worked_out")

    def __init__(self, of: Frequencies) -> None:
        self._of = of
        self.worked_out: dict[Hashable, Any] = {}

    def of(self, terms: Sequence[int]) -> list[float]:
        """The weight of each of ``terms``: all at once costs a third."""
        weights = list(map(self.get, terms))
        if None in weights:
            unknown = [t for t, weight in zip(terms, weights, strict=True) if weight is None]
            self.update(self._of.weigh(unknown))
            return list(map(self.__getitem__, terms))
        return weights  # type: ignore[return-value]  # no None is left

    def __missing__(self, term: int) -> float:
        weight = self[term] = self._of.weight(term)
        return weight


class Frequencies:
    """Decayed counts of terms over ``articles`` (a decayed count too).

    ``weight`` is the inverse document frequency, and ``weights`` remembers it while the number of
    articles grows by less than `STALE`: the same terms are asked for thousands of times.
    """

    __slots__ = ("_counts", "_fresh", "_step", "_total", "noise", "weights")

    def __init__(
        self,
        counts: Mapping[int, float] | None = None,
        articles: float = 0.0,
        noise: float = START_NOISE,
    ) -> None:
        self._counts = dict(counts or {})
        self._total = articles
        self.noise = noise
        self._step = 1.0
        self._fresh = 0.0
        self.weights = Weights(self)

    @property
    def articles(self) -> float:
        """How many there were; the newest counts as one, those before it as a little less."""
        return self._total / self._step

    def add(self, terms: Iterable[int], rival: float | None = None) -> None:
        """Count one article that holds ``terms``.

        ``rival`` is the best score among strangers, of an article that opened a story. Three of
        four stay below ``noise``: a step up for one above it, a third of it down for one below.
        """
        counts, step = self._counts, self._step
        for term in terms:
            counts[term] = counts.get(term, 0.0) + step
        if rival is not None:
            self.noise += NOISE_STEP * (0.75 if rival > self.noise else -0.25)
        self._total += step
        self._step = step * _GROWTH
        if self._step > _RESCALE:
            self._rescale()
        if self._total >= self._fresh * STALE:
            self._refresh()

    def weight(self, term: int) -> float:
        """1 for a term that every article holds, 1 + log N for one never seen."""
        return self.weigh((term,))[0][1]

    def weigh(self, terms: Iterable[int]) -> list[tuple[int, float]]:
        """Each of ``terms`` with its `weight`."""
        count, log, step = self._counts.get, math.log, self._step
        all_of_them = step + self._total
        return [(t, 1.0 + log(all_of_them / (step + count(t, 0.0)))) for t in terms]

    def worked_out(self, of: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` makes of something with the present weights; remembered as long as they.

        Ask for one kind of result only.
        """
        memory = self.weights.worked_out
        found: T | None = memory.get(of)
        if found is None:
            if len(memory) >= REMEMBERED:
                memory.clear()
            found = memory[of] = make()
        return found

    def _refresh(self) -> None:
        self._fresh = self._total
        self.weights = Weights(self)

    def snapshot(self) -> tuple[dict[int, float], float]:
        """The counts of the most frequent terms and of the articles, the newest article being 1.

        What is rarer is forgotten; nothing else changes.
        """
        if len(self._counts) > MAX_TERMS:
            kept = sorted(self._counts, key=lambda t: (-self._counts[t], t))[:MAX_TERMS]
            self._counts = {t: self._counts[t] for t in kept}
        return {t: n / self._step for t, n in self._counts.items()}, self.articles

    def _rescale(self) -> None:
        step = self._step
        self._counts = {t: n / step for t, n in self._counts.items()}
        self._total /= step
        self._step = 1.0
        self._refresh()
