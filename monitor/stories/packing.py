"""`Features` as bytes and back: about six bytes a term, four a shingle. Pure.

The layout belongs to `features.VERSION`: bytes of another version are not to be unpacked. An
`Outline` is the step in between: what is stored, as numbers. Comparing two reports needs no more,
and it costs a third of the features.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, compress
from typing import NamedTuple

from monitor.stories.claims import Status, Toll
from monitor.stories.features import Features

_HEAD = struct.Struct("<HHHHHHHBB")
_TOLL = struct.Struct("<BI")
_STATUSES = tuple(Status)
_TOLLS = tuple(Toll)
_NAME, _HEADING, _LEAD = 3, 4, 8
# Tables for `bytes.translate`: a flag at a time takes ten times as long.
_OF_NAME, _OF_HEADING, _OF_LEAD = (
    bytes(flag & mask for flag in range(256)) for mask in (_NAME, _HEADING, _LEAD)
)
_MOST = 65_535
_REMEMBERED = 2048
"""Reports of which the outlines are remembered, and the features: those of running stories."""


class Outline(NamedTuple):
    """The features of a report as numbers, in the order of their bytes.

    ``flags`` says of each term how often it is a name (0 to 3), and whether it stands in headline
    and lead. ``names`` are the others, ``named`` how often each occurs. ``beside`` is the index of
    the figure at each place.
    """

    words: int
    shingles: tuple[int, ...]
    terms: tuple[int, ...]
    names: tuple[int, ...]
    figures: tuple[int, ...]
    places: tuple[int, ...]
    entities: tuple[int, ...]
    counts: bytes
    flags: bytes
    named: bytes
    beside: bytes
    statuses: int
    tolls: bytes

    def name_counts(self) -> dict[int, int]:
        """How often each name occurs, up to three."""
        often = self.flags.translate(_OF_NAME)
        counts = dict(zip(compress(self.terms, often), filter(None, often), strict=True))
        counts.update(zip(self.names, self.named, strict=True))
        return counts

    def heading(self) -> frozenset[int]:
        """The terms of the headline."""
        return frozenset(compress(self.terms, self.flags.translate(_OF_HEADING)))

    def lead(self) -> frozenset[int]:
        """The terms of headline and first sentence."""
        return frozenset(compress(self.terms, self.flags.translate(_OF_LEAD)))

    def figures_at(self) -> dict[int, int]:
        """The figure at each place."""
        figures = self.figures
        return {p: figures[i] for p, i in zip(self.places, self.beside, strict=True)}


class Report(NamedTuple):
    """Packed features and their headline, as they lie in the store."""

    packed: bytes
    title: str

    # Arrays make an object of a number when it is looked at; a tuple makes them all at once.

    @property
    def shingles(self) -> array[int]:
        """For a moment's look."""
        count = _HEAD.unpack_from(self.packed)[1]
        return self._numbers(0, count)

    @property
    def words(self) -> array[int]:
        """The terms and the names, for a moment's look."""
        _, shingles, terms, names, *_ = _HEAD.unpack_from(self.packed)
        return self._numbers(shingles, terms + names)

    @property
    def counted(self) -> set[int]:
        """What `Frequencies` count: terms, names, figures and entities."""
        _, shingles, terms, names, figures, places, _, _, entities = _HEAD.unpack_from(self.packed)
        words = terms + names
        behind = shingles + words + figures + places
        return {*self._numbers(shingles, words + figures), *self._numbers(behind, entities)}

    def _numbers(self, first: int, count: int) -> array[int]:
        begin = _HEAD.size + 4 * first
        numbers = array("I", self.packed[begin : begin + 4 * count])
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers

    @property
    def outline(self) -> Outline:
        """The numbers alone."""
        return read(self.packed)

    @property
    def features(self) -> Features:
        """All of it, but for the telling."""
        return unpack(self.packed, self.title)


def outlined(features: Features) -> Outline:
    """Everything but the headline, which is stored apart, and the telling, which is not."""
    terms = tuple(features.terms)
    heading, lead, named = features.heading, features.lead, features.names
    flags = bytes(
        named.get(t, 0) & _NAME | (_HEADING if t in heading else 0) | (_LEAD if t in lead else 0)
        for t in terms
    )
    names = tuple(n for n in named if n not in features.terms)
    figures = tuple(features.figures)[:255]
    number = {figure: i for i, figure in enumerate(figures)}
    places = [(p, number[f]) for p, f in features.places.items() if f in number]
    tolls = (features.tolls or {}).items()
    return Outline(
        words=min(features.words, _MOST),
        shingles=tuple(features.shingles),
        terms=terms,
        names=names,
        figures=figures,
        places=tuple(p for p, _ in places),
        entities=tuple(features.entities)[:255],
        counts=bytes(features.terms.values()),
        flags=flags,
        named=bytes(named[n] for n in names),
        beside=bytes(i for _, i in places),
        statuses=sum(1 << _STATUSES.index(s) for s in features.statuses),
        tolls=b"".join(_TOLL.pack(_TOLLS.index(k), min(n, 2**32 - 1)) for k, n in tolls),
    )


def pack(features: Features) -> bytes:
    """The outline of ``features`` as bytes."""
    o = outlined(features)
    return b"".join(
        (
            _HEAD.pack(
                o.words, len(o.shingles), len(o.terms), len(o.names), len(o.figures),
                len(o.places), o.statuses, len(o.tolls) // _TOLL.size, len(o.entities),
            ),
            *map(_to_bytes, (o.shingles, o.terms, o.names, o.figures, o.places, o.entities)),
            o.counts, o.flags, o.named, o.beside, o.tolls,
        )
    )  # fmt: skip


@lru_cache(maxsize=_REMEMBERED)
def read(raw: bytes) -> Outline:
    """The outline in what `pack` has made."""
    words, *sizes, statuses, tolls, entities = _HEAD.unpack_from(raw)
    sizes.append(entities)
    ends = list(accumulate(sizes))
    numbers = struct.unpack_from(f"<{ends[-1]}I", raw, _HEAD.size)
    shingles, terms, names, figures, places, of_rules = (
        numbers[end - size : end] for size, end in zip(sizes, ends, strict=True)
    )
    sizes = [len(terms), len(terms), len(names), len(places), _TOLL.size * tolls]
    begins = accumulate(sizes, initial=_HEAD.size + 4 * ends[-1])
    counts, flags, named, beside, told = (
        raw[begin : begin + size] for size, begin in zip(sizes, begins, strict=False)
    )
    return Outline(
        words, shingles, terms, names, figures, places, of_rules,
        counts, flags, named, beside, statuses, told,
    )  # fmt: skip


@lru_cache(maxsize=_REMEMBERED)
def unpack(raw: bytes, title: str) -> Features:
    """The features that `pack` made ``raw`` of."""
    o = read(raw)
    return Features(
        title=title,
        words=o.words,
        shingles=frozenset(o.shingles),
        terms=dict(zip(o.terms, o.counts, strict=True)),
        names=o.name_counts(),
        heading=o.heading(),
        lead=o.lead(),
        figures=frozenset(o.figures),
        places=o.figures_at(),
        statuses=frozenset(s for i, s in enumerate(_STATUSES) if o.statuses >> i & 1),
        tolls={_TOLLS[kind]: n for kind, n in _TOLL.iter_unpack(o.tolls)},
        entities=frozenset(o.entities),
    )


def _to_bytes(values: Iterable[int]) -> bytes:
    numbers = tuple(values)
    return struct.pack(f"<{len(numbers)}I", *numbers)
