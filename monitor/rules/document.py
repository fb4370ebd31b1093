"""One article as the matcher sees it: folded once, everything else worked out when asked for.

Title and body are one text with a paragraph break between. Places are counted in *halves*: a word
is two, a character of a script without spaces one, so that two such characters count as a word.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, count
from typing import NamedTuple, TypeAlias

from monitor.rules.needles import NameForm, Needle, Pattern, exact_form, is_phrase, signs_in
from monitor.text.fold import SPACELESS, Alignment, align, spread
from monitor.text.sentences import holding, is_broken, paragraph_spans, sentence_spans

BREAK = "\n\n"
LEAD_WORDS = 60
_LIST_PAYS = 40
_SPACELESS = re.compile(f"[{SPACELESS}]")
_ANY_WORD = re.compile(f"[^ {SPACELESS}]+|[{SPACELESS}]+")

Region: TypeAlias = tuple[int, int]
"""From, to, in halves; end exclusive."""


class Hit(NamedTuple):
    """An occurrence: ``start``/``end`` in halves, ``first``/``last`` in folded characters.

    ``source`` is what occurs; a NEAR gives one hit around its ``parts``.
    """

    start: int
    end: int
    first: int
    last: int
    source: Needle | NameForm | None
    entity: str | None = None
    parts: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Mentions:
    """What was found of one entity: hits that count, in order, and those that do not, with why."""

    hits: list[Hit]
    rejected: list[tuple[Hit, str]]


class Document:
    """A text. ``present`` holds the patterns found in it."""

    def __init__(self, title: str, body: str) -> None:
        self.title = title
        self.text = f"{title}{BREAK}{body}" if title else body
        self.body_offset = len(title) + len(BREAK) if title else 0
        self.spread = f" {spread(self.text)} "
        self._pieces = self.spread.split("  ")
        words = filter(None, map(str.strip, self._pieces))
        self.folded = f" {' '.join(words)} " if not self.spread.isspace() else " "
        self.present: frozenset[Pattern] = frozenset()
        self.mentions: dict[str, Mentions] = {}
        """By entity; filled by the gazetteer."""
        self._places: dict[str, tuple[tuple[int, int], ...]] = {}
        self._hits: dict[Needle, list[Hit]] = {}
        self._plain_hits: dict[tuple[str, str], list[Hit]] = {}
        self._asked = 0

    # --- occurrences ------------------------------------------------------------------------

    def has(self, pattern: str) -> bool:
        """Whether ``pattern``, which is present, stands somewhere within one sentence."""
        if not is_phrase(pattern) or pattern in self.spread:
            return True
        return bool(self.places(pattern))

    def places(self, pattern: str) -> tuple[tuple[int, int], ...]:
        """(first, last) of every occurrence of a pattern, without its outer spaces."""
        known = self._places.get(pattern)
        if known is None:
            known = self._places[pattern] = self._find(pattern)
        return known

    def _find(self, pattern: str) -> tuple[tuple[int, int], ...]:
        text = self.folded
        lead, length = pattern[0] == " ", len(pattern.strip(" "))
        found = []
        at = text.find(pattern)
        while at >= 0:
            found.append((at + lead, at + lead + length))
            at = text.find(pattern, at + 1)
        if not is_phrase(pattern) or self.spread.count(pattern) == len(found):
            return tuple(found)
        return tuple(p for p in found if not self.crosses(*p))

    def crosses(self, first: int, last: int) -> bool:
        """Whether a sentence ends inside the folded characters ``first`` to ``last``."""
        return is_broken(self.text, *self.original(first, last))

    @property
    def is_spaced(self) -> bool:
        """Whether every word is written with spaces, so that spaces count words."""
        return self._halves is None

    def plain_hits(self, pattern: Pattern, term: str) -> list[Hit]:
        """Every occurrence of a term that is no more than its pattern, in order."""
        known = self._plain_hits.get((pattern, term))
        if known is None:
            needle = Needle(term, pattern)
            known = [self.hit(first, last, needle) for first, last in self.places(pattern)]
            self._plain_hits[pattern, term] = known
        return known

    def needle_hits(self, needle: Needle) -> list[Hit]:
        """Every occurrence of ``needle``, in order."""
        known = self._hits.get(needle)
        if known is None:
            places: Iterable[tuple[int, int]]
            if needle.regex is not None:
                found = needle.regex.finditer(self.folded)
                places = (m.span() for m in found if " " not in m[0] or not self.crosses(*m.span()))
            else:
                places = self.places(needle.pattern)
            known = self._hits[needle] = [
                self.hit(first, last, needle)
                for first, last in places
                if self._as_written(needle, first, last)
            ]
        return known

    def hit(
        self, first: int, last: int, source: Needle | NameForm, entity: str | None = None
    ) -> Hit:
        """The hit of ``source`` at the folded characters ``first`` to ``last``."""
        if self._halves is not None:
            return Hit(self._halves[first], self._halves[last], first, last, source, entity)
        start = 2 * (self._begun(first) - 1)
        end = start + 2 * self.folded.count(" ", first, last) + 2
        return Hit(start, end, first, last, source, entity)

    def _as_written(self, needle: Needle, first: int, last: int) -> bool:
        from_, to = self.original(first, last)
        if needle.exact and not needle.exact.fullmatch(exact_form(self.text[from_:to])):
            return False
        if needle.signs is None:
            return True
        before, inside, after = needle.signs
        return (
            signs_in(self.text[from_:to]) == inside
            and self.text[max(0, from_ - len(before)) : from_] == before
            and self.text[to : to + len(after)] == after
        )

    # --- places -----------------------------------------------------------------------------

    @cached_property
    def _word_starts(self) -> list[int]:
        """The folded index where each word begins, plus one past the last."""
        lengths = map(len, self.folded.split(" "))
        return list(map(operator.add, accumulate(lengths), count(1)))[:-1]

    @cached_property
    def _halves(self) -> list[int] | None:
        """Halves before each folded character; None when every word is written with spaces."""
        if self.folded.isascii() or not _SPACELESS.search(self.folded):
            return None
        halves, position = [], 0
        inside = False
        for char in self.folded:
            if char == " ":
                position += 2 if inside else 0
                inside = False
                halves.append(position)
            else:
                halves.append(position)
                if _SPACELESS.match(char):
                    position += 1
                else:
                    inside = True
        halves.append(position)
        return halves

    def half(self, first: int) -> int:
        """The halves before the word or spaceless character at folded index ``first``."""
        if self._halves is not None:
            return self._halves[first]
        return 2 * (self._begun(first) - 1)

    def _begun(self, at: int) -> int:
        """How many words have begun at folded index ``at``."""
        self._asked += 1
        if self._asked < _LIST_PAYS:
            return self.folded.count(" ", 0, at)
        return bisect_right(self._word_starts, at)

    @cached_property
    def _aligned(self) -> Alignment:
        return align(self.text)

    @cached_property
    def _stretches(self) -> tuple[list[int], list[int]]:
        """Folded indexes, and how far beyond them the aligned characters are from there on.

        They part where several separators became one space, and where a script without spaces got
        some.
        """
        if not self.is_spaced:
            starts = self._word_starts
            places = [m.start() for m in _ANY_WORD.finditer(self._aligned.text)]
            return starts, [place - start for start, place in zip(starts, places, strict=False)]
        starts, shifts = [0], [-1]
        folded, at = 1, -1
        for piece in self._pieces:
            words = piece.strip(" ")
            if words:
                starts.append(folded)
                shifts.append(at - folded + (piece[0] == " "))  # of three spaces one is left
                folded += len(words) + 1
            at += len(piece) + 2
        return starts, shifts

    def original(self, first: int, last: int) -> tuple[int, int]:
        """The original (start, end) of the folded characters given; they begin and end in words."""
        starts, shifts = self._stretches
        start = first + shifts[bisect_right(starts, first) - 1]
        end = last + shifts[bisect_right(starts, last - 1) - 1]
        return (start, end) if self.text.isascii() else self._aligned.original(start, end)

    def folded_at(self, offset: int) -> int:
        """The folded index of the first word at or after an original offset between words."""
        starts, shifts = self._stretches
        aligned = self._aligned.folded(offset)
        stretch = bisect_right(range(len(shifts)), aligned, key=lambda i: starts[i] + shifts[i]) - 1
        at = max(1, aligned - shifts[max(0, stretch)])
        at = min(at, starts[stretch + 1] if stretch + 1 < len(starts) else len(self.folded))
        return at + 1 if self.folded[at : at + 1] == " " else at

    # --- parts ------------------------------------------------------------------------------

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Original spans of the sentences of title and body."""
        return sentence_spans(self.text)

    @cached_property
    def paragraphs(self) -> list[tuple[int, int]]:
        """Original spans of the paragraphs of title and body."""
        return paragraph_spans(self.text)

    @cached_property
    def sentence_regions(self) -> list[Region]:
        return self._regions(self.sentences)

    @cached_property
    def paragraph_regions(self) -> list[Region]:
        return self._regions(self.paragraphs)

    def _regions(self, spans: list[tuple[int, int]]) -> list[Region]:
        starts = [self.half(self.folded_at(start)) for start, _ in spans]
        return list(zip(starts, [*starts[1:], self.end], strict=True))

    @cached_property
    def end(self) -> int:
        """All the halves of the text."""
        if self._halves is not None:
            return self._halves[-1]
        return 2 * (len(self._word_starts) - 1)

    @cached_property
    def title_region(self) -> Region:
        if not self.title:
            return 0, 0
        return 0, self.half(self.folded_at(self.body_offset))

    @cached_property
    def body_region(self) -> Region:
        return self.title_region[1], self.end

    @cached_property
    def lead_region(self) -> Region:
        return 0, min(self.end, self.title_region[1] + 2 * LEAD_WORDS)

    def sentence_of(self, offset: int) -> tuple[int, int]:
        """The original span of the sentence at an original offset."""
        return self.sentences[holding(self.sentences, offset)]
