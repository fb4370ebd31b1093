"""Whether a rule's tree holds for a document, and by which words.

A `Clause` is a node of the tree bound to the patterns of a rule set. `holds` answers yes or no,
`hits` gives the occurrences it rests on; both within a region of the text, or all of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import Protocol

from monitor.model import EntityId
from monitor.rules.ast import FieldName, Scope
from monitor.rules.document import Document, Hit, Region
from monitor.rules.mentions import Gazetteer
from monitor.rules.needles import Needle, Pattern

by_place = itemgetter(0, 1)
"""Orders hits by where they start and end."""
MAX_PAIRS = 20_000
"""Pairs of occurrences that one NEAR hands on to the next; a bound against hostile texts."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text, and what is known of its article beside it, worked out when asked for."""

    text: Document
    meta: Callable[[FieldName], Document]
    """The words of a field."""
    value: Callable[[FieldName], str]
    """The domain, or the primary language code ("" when unknown)."""


class Clause(Protocol):
    """A node of a rule bound to the patterns of its rule set."""

    def holds(self, source: Source, region: Region | None) -> bool:
        """Whether it is true of the text in ``region`` (None: all of it)."""
        ...

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        """The occurrences it rests on, in order; empty when it does not hold."""
        ...


def inside(hits: Sequence[Hit], region: Region | None) -> list[Hit]:
    """Those of ``hits``, which are in order, that lie in ``region`` whole.

    It looks at no others: a long text is asked of each of its sentences.
    """
    if region is None:
        return list(hits)
    start, end = region
    found = []
    for at in range(bisect_left(hits, start, key=_start), len(hits)):
        hit = hits[at]
        if hit.start >= end:
            break
        if hit.end <= end:
            found.append(hit)
    return found


def _start(hit: Hit) -> int:
    return hit.start


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Any of these words, phrases and entities.

    ``plain`` are the terms, by pattern, that need nothing but their place; ``checked`` the rest.
    """

    plain: Mapping[Pattern, str]
    checked: tuple[Needle, ...]
    entities: tuple[EntityId, ...]
    gazetteer: Gazetteer

    def holds(self, source: Source, region: Region | None) -> bool:
        if region is not None:
            return next(self._found(source.text, region), None) is not None
        document = source.text
        for pattern in document.present.intersection(self.plain):
            if document.has(pattern):
                return True
        return next(self._checked(document, None), None) is not None

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        found = list(self._found(source.text, region))
        if len(found) > 1:
            found.sort(key=by_place)
        return found

    def _found(self, document: Document, region: Region | None) -> Iterator[Hit]:
        for pattern in document.present.intersection(self.plain):
            hits = document.plain_hits(pattern, self.plain[pattern])
            yield from hits if region is None else inside(hits, region)
        yield from self._checked(document, region)

    def places(self, document: Document) -> list[tuple[int, int]] | None:
        """(first, last) of every occurrence, in order; None where more than the place counts."""
        if self.checked or self.entities:
            return None
        patterns = document.present.intersection(self.plain)
        return sorted([place for pattern in patterns for place in document.places(pattern)])

    def _checked(self, document: Document, region: Region | None) -> Iterator[Hit]:
        for needle in self.checked:
            if needle.pattern in document.present:
                yield from inside(document.needle_hits(needle), region)
        for entity in self.entities:
            if not self.gazetteer.names(entity).isdisjoint(document.present):
                yield from inside(self.gazetteer.mentions(entity, document).hits, region)


@dataclass(frozen=True, slots=True, eq=False)
class All:
    clauses: tuple[Clause, ...]

    def holds(self, source: Source, region: Region | None) -> bool:
        return all(c.holds(source, region) for c in self.clauses)

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        if not self.holds(source, region):
            return []
        return _merged(self.clauses, source, region)


@dataclass(frozen=True, slots=True, eq=False)
class Some:
    """At least ``count`` of the clauses (OR is one of them)."""

    count: int
    clauses: tuple[Clause, ...]

    def holds(self, source: Source, region: Region | None) -> bool:
        left = self.count
        for clause in self.clauses:
            if left and clause.holds(source, region):
                left -= 1
        return left <= 0

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        if not self.holds(source, region):
            return []
        return _merged(self.clauses, source, region)


def _merged(clauses: Iterable[Clause], source: Source, region: Region | None) -> list[Hit]:
    unique = dict.fromkeys(h for c in clauses for h in c.hits(source, region))
    return sorted(unique, key=by_place)


@dataclass(frozen=True, slots=True, eq=False)
class No:
    clause: Clause

    def holds(self, source: Source, region: Region | None) -> bool:
        return not self.clause.holds(source, region)

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        return []


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A clause within a part of the text."""

    name: FieldName
    clause: Clause

    def holds(self, source: Source, region: Region | None) -> bool:
        return self.clause.holds(source, self._region(source, region))

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        return self.clause.hits(source, self._region(source, region))

    def _region(self, source: Source, region: Region | None) -> Region:
        return narrowed(part(source.text, self.name), region)


def part(document: Document, name: FieldName | Scope) -> Region:
    """The region of the title, the lead or the body."""
    if name in (FieldName.TITLE, Scope.TITLE):
        return document.title_region
    return document.lead_region if name in (FieldName.LEAD, Scope.LEAD) else document.body_region


def narrowed(region: Region, outer: Region | None) -> Region:
    """What ``region`` and ``outer`` have in common."""
    if outer is None:
        return region
    return max(region[0], outer[0]), min(region[1], outer[1])


@dataclass(frozen=True, slots=True, eq=False)
class Meta:
    """A clause about what is known of the article: source, tags, author, address."""

    name: FieldName
    clause: Clause

    def holds(self, source: Source, region: Region | None) -> bool:
        about = source.meta(self.name)
        return self.clause.holds(Source(about, source.meta, source.value), None)

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        return []


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """``domain:`` and ``lang:``: the value itself, not words of it."""

    name: FieldName
    value: str

    def holds(self, source: Source, region: Region | None) -> bool:
        value = source.value(self.name)
        if self.name is FieldName.DOMAIN:
            return f".{value}".endswith(f".{self.value}")
        return value == self.value

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        return []


def _are_near(
    folded: str,
    left: Sequence[tuple[int, int]],
    right: Sequence[tuple[int, int]],
    words: int,
    ordered: bool,
) -> bool:
    """Whether at most ``words`` words lie between one of ``left`` and one of ``right``.

    Only neighbours are looked at: what ends last before an occurrence, what begins first after it.
    """
    firsts = [first for first, _ in right]
    latest = list(accumulate([last for _, last in right], max))
    for first, last in left:
        after = bisect_left(firsts, last)
        if after < len(firsts) and folded.count(" ", last, firsts[after]) <= words + 1:
            return True
        if ordered or not after:
            continue
        before = latest[after - 1]
        if folded.count(" ", before, first) <= words + 1:  # 0 where they overlap
            return True
    return False


@dataclass(frozen=True, slots=True, eq=False)
class Nearby:
    """Two clauses at most ``halves`` apart, or within one sentence or paragraph."""

    left: Clause
    right: Clause
    halves: int | Scope
    ordered: bool

    def holds(self, source: Source, region: Region | None) -> bool:
        if region is None and isinstance(self.halves, int) and source.text.is_spaced:
            near = self._is_near(source.text, self.halves // 2)
            if near is not None:
                return near
        return next(self.pairs(source, region), None) is not None

    def _is_near(self, document: Document, words: int) -> bool | None:
        """Whether plain words stand near each other; None where there are others.

        Most candidates fail here, so it counts words between neighbours alone, not from the start.
        """
        if not (isinstance(self.left, Words) and isinstance(self.right, Words)):
            return None
        left, right = self.left.places(document), self.right.places(document)
        if left is None or right is None:
            return None
        return _are_near(document.folded, left, right, words, self.ordered)

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        spans: dict[tuple[int, int], Hit] = {}
        for number, (a, b) in enumerate(self.pairs(source, region)):
            if number >= MAX_PAIRS:
                break
            first, last = min(a.first, b.first), max(a.last, b.last)
            if (first, last) not in spans:
                around = min(a.start, b.start), max(a.end, b.end)
                spans[first, last] = Hit(*around, first, last, None, None, (a, b))
        return sorted(spans.values(), key=by_place)

    def pairs(self, source: Source, region: Region | None) -> Iterator[tuple[Hit, Hit]]:
        """Every (left, right) near enough to each other."""
        left = self.left.hits(source, region)
        right = self.right.hits(source, region) if left else []
        if not right:
            return
        if isinstance(self.halves, Scope):
            yield from self._in_one(left, right, source.text)
            return
        starts = [h.start for h in right]
        longest = max(h.end - h.start for h in right)
        for a in left:
            earliest = a.end if self.ordered else a.start - self.halves - longest
            for at in range(bisect_left(starts, earliest), len(right)):
                b = right[at]
                if b.start - a.end > self.halves:
                    break
                if a.start - b.end <= self.halves:
                    yield a, b

    def _in_one(
        self, left: Sequence[Hit], right: Sequence[Hit], text: Document
    ) -> Iterator[tuple[Hit, Hit]]:
        whole = self.halves is Scope.SENTENCE
        for region in text.sentence_regions if whole else text.paragraph_regions:
            ours, theirs = inside(left, region), inside(right, region)
            yield from (
                (a, b) for a in ours for b in theirs if not self.ordered or b.start >= a.end
            )


@dataclass(frozen=True, slots=True, eq=False)
class Often:
    """At least ``count`` occurrences, none overlapping another."""

    count: int
    clause: Clause

    def holds(self, source: Source, region: Region | None) -> bool:
        return self.counted(source, region) >= self.count

    def counted(self, source: Source, region: Region | None) -> int:
        """How many occurrences fit side by side (earliest end first gives the most)."""
        total, last = 0, -1
        for hit in sorted(self.clause.hits(source, region), key=lambda h: h.last):
            if hit.first >= last:
                total, last = total + 1, hit.last
        return total

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        return self.clause.hits(source, region) if self.holds(source, region) else []


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Some window of ``limit`` halves, or some sentence or other part, holds the clause."""

    limit: int | Scope
    clause: Clause

    def holds(self, source: Source, region: Region | None) -> bool:
        return next(self.windows(source, region), None) is not None

    def hits(self, source: Source, region: Region | None) -> list[Hit]:
        best = self.best(source, region)
        return [] if best is None else self.clause.hits(source, best)

    def windows(self, source: Source, region: Region | None) -> Iterator[Region]:
        """Every window that holds the clause; of words, those that begin with an occurrence."""
        if not self.clause.holds(source, region):
            return
        for window in self._candidates(source, region):
            if self.clause.holds(source, window):
                yield window

    def best(self, source: Source, region: Region | None) -> Region | None:
        """The tightest window: the first with the fewest words around its occurrences."""
        tightest: Region | None = None
        for window in self.windows(source, region):
            shrunk = self._shrunk(source, window)
            if tightest is None or shrunk[1] - shrunk[0] < tightest[1] - tightest[0]:
                tightest = shrunk
        return tightest

    def _candidates(self, source: Source, region: Region | None) -> Iterable[Region]:
        text = source.text
        if self.limit is Scope.ARTICLE:
            return [narrowed((0, text.end), region)]
        if self.limit is Scope.SENTENCE:
            return [narrowed(r, region) for r in text.sentence_regions]
        if self.limit is Scope.PARAGRAPH:
            return [narrowed(r, region) for r in text.paragraph_regions]
        if isinstance(self.limit, Scope):
            return [narrowed(part(text, self.limit), region)]
        starts = sorted({h.start for h in self.clause.hits(source, region)})
        return [narrowed((start, start + self.limit), region) for start in starts]

    def _shrunk(self, source: Source, window: Region) -> Region:
        """``window`` cut to the smallest prefix that still holds, from its first occurrence on."""
        hits = self.clause.hits(source, window)
        for end in sorted({h.end for h in hits}):
            if self.clause.holds(source, (window[0], end)):
                starts = [h.start for h in inside(hits, (window[0], end))]
                return min(starts, default=window[0]), end
        return window
