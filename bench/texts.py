"""Generated news: words, articles, and rules about them. The same seed gives the same, always.

Words are invented, with common English ones among the most frequent; how often a word comes
follows Zipf's law, as in any language. Names of two words are strewn in, so that phrases occur.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

_COMMON = """
the of and to in a is that for it was on are as with his they at be this from have or by
one had not but what all were when we there can an your which their said if do will each
about how up out them then she many some so these would other into has more her two like
him see time could no make than first been its who now people my made over did down only
way find use may water long little very after words called just where most know government
minister army police city president report week country talks border soldiers market power
"""
COMMON = _COMMON.split()
_STARTS = "b br c ch d dr f fl g gr h j k kr l m n p pr r s sh st t tr v w z"
_VOWELS = "a e i o u ai ea ie oo ou"
_ENDS = ("", "", "", "", "n", "r", "l", "s", "nd")
WORDS = 40_000
NAMES = 6_000
ENTITIES = 2_500
_NAME_SHARE = 0.05
_ZIPF_SHIFT = 2.7
"""Mandelbrot's shift: without it the commonest word would be a tenth of the text."""


@dataclass(frozen=True, slots=True)
class Text:
    """One generated article."""

    id: str
    title: str
    body: str


class World:
    """A vocabulary, its names, and what rules are about."""

    def __init__(self, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.words = [*COMMON, *_invented(rng, WORDS - len(COMMON), taken=set(COMMON))]
        rare = self.words[300:]
        self.names = [
            f"{rng.choice(rare).capitalize()} {rng.choice(rare).capitalize()}" for _ in range(NAMES)
        ]
        self._word_weights = _zipf(len(self.words))
        self._name_weights = _zipf(NAMES)
        self._entities = [self._entity(rng) for _ in range(ENTITIES)]
        self._entity_weights = _zipf(ENTITIES, shift=60)

    # --- articles ---------------------------------------------------------------------------

    def article(self, rng: random.Random, number: int, *, words: int = 430) -> Text:
        """About ``words`` words (430 are 3 kB) in sentences and paragraphs."""
        title = self._draw(rng, rng.randint(6, 11))
        length = max(20, round(rng.lognormvariate(math.log(words), 0.35)))
        return Text(f"a{number:06}", _capitalised(" ".join(title)), self.prose(rng, length))

    def articles(self, count: int, *, seed: int = 2, words: int = 430) -> list[Text]:
        """Many of them."""
        rng = random.Random(seed)
        return [self.article(rng, number, words=words) for number in range(count)]

    def prose(self, rng: random.Random, words: int) -> str:
        """Paragraphs of two to five sentences of 8 to 26 words."""
        drawn = iter(self._draw(rng, words))
        paragraphs: list[str] = []
        sentences: list[str] = []
        wanted = rng.randint(2, 5)
        while sentence := list(itertools.islice(drawn, rng.randint(8, 26))):
            if len(sentence) > 12:
                at = rng.randrange(4, 9)
                sentence[at] += ","
            sentences.append(_capitalised(" ".join(sentence)) + ".")
            if len(sentences) == wanted:
                paragraphs.append(" ".join(sentences))
                sentences, wanted = [], rng.randint(2, 5)
        if sentences:
            paragraphs.append(" ".join(sentences))
        return "\n\n".join(paragraphs)

    def _draw(self, rng: random.Random, count: int) -> list[str]:
        words = rng.choices(self.words, cum_weights=self._word_weights, k=count)
        for at in range(count):
            if rng.random() < _NAME_SHARE:
                words[at] = rng.choices(self.names, cum_weights=self._name_weights)[0]
        return words

    # --- rules ------------------------------------------------------------------------------

    def queries(self, count: int, *, seed: int = 3) -> list[str]:
        """Rules in the query language: two to four groups of 2 to 15 names or words, all required;
        30 % want the first two near each other, 25 % exclude something."""
        rng = random.Random(seed)
        return [self._query(rng) for _ in range(count)]

    def _query(self, rng: random.Random) -> str:
        wanted = rng.choices((2, 3, 4), (5, 3, 2))[0]
        chosen: list[int] = []
        while len(chosen) < wanted:
            (entity,) = rng.choices(range(ENTITIES), cum_weights=self._entity_weights)
            if entity not in chosen:
                chosen.append(entity)
        groups = [_any_of(self._entities[entity]) for entity in chosen]
        if rng.random() < 0.30:
            first, second, *rest = groups
            groups = [f"{first} NEAR/{rng.choice((5, 10, 30))} {second}", *rest]
        query = " AND ".join(groups)
        if rng.random() < 0.25:
            query += f" AND NOT {_any_of([self._alias(rng) for _ in range(rng.randint(1, 3))])}"
        return query

    def _entity(self, rng: random.Random) -> list[str]:
        return list(dict.fromkeys(self._alias(rng) for _ in range(rng.randint(2, 15))))

    def _alias(self, rng: random.Random) -> str:
        """A name, or a word that is neither one of the commonest nor always one of the rarest."""
        if rng.random() < 0.4:
            return self.names[int(NAMES ** rng.uniform(0.7, 1.0)) - 1]
        return self.words[int(WORDS ** rng.uniform(0.86, 1.0)) - 1]


def _any_of(aliases: Sequence[str]) -> str:
    quoted = [f'"{a.lower()}"' if " " in a else a for a in aliases]
    return f"({' OR '.join(quoted)})" if len(quoted) > 1 else quoted[0]


def _invented(rng: random.Random, count: int, taken: set[str]) -> list[str]:
    starts, vowels = _STARTS.split(), _VOWELS.split()
    found: list[str] = []
    while len(found) < count:
        # The commoner the shorter: that is the other law of Zipf's.
        syllables = rng.choice((1, 2) if len(found) < count // 20 else (2, 2, 3))
        word = "".join(
            rng.choice(starts) + rng.choice(vowels) + rng.choice(_ENDS) for _ in range(syllables)
        )
        if len(word) > 2 and word not in taken:
            taken.add(word)
            found.append(word)
    return found


def _zipf(count: int, shift: float = _ZIPF_SHIFT) -> list[float]:
    """Cumulative weights of ranks 1 to ``count``."""
    return list(itertools.accumulate(1 / (rank + shift) for rank in range(1, count + 1)))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
