"""`Features` as bytes and back: about six bytes a term, four a shingle. Pure.

The layout belongs to `features.VERSION`: bytes of another version are not to be unpacked.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress

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


def pack(features: Features) -> bytes:
    """Everything but the headline, which is a column, and the telling, which is not kept.

    A term's flags say how often it is a name (0 to 3), and whether it stands in headline and lead.
    """
    terms = list(features.terms)
    flags = bytes(
        features.names.get(t, 0) & _NAME
        | (_HEADING if t in features.heading else 0)
        | (_LEAD if t in features.lead else 0)
        for t in terms
    )
    others = [n for n in features.names if n not in features.terms]
    figures = list(features.figures)[:255]
    number = {figure: i for i, figure in enumerate(figures)}
    places = [(p, number[f]) for p, f in features.places.items() if f in number]
    tolls = features.tolls or {}
    entities = list(features.entities)[:255]
    return b"".join(
        (
            _HEAD.pack(
                min(features.words, _MOST), len(features.shingles), len(terms), len(others),
                len(figures), len(places),
                sum(1 << _STATUSES.index(s) for s in features.statuses), len(tolls),
                len(entities),
            ),
            _numbers(features.shingles),
            _numbers(terms),
            _numbers(others),
            _numbers(figures),
            _numbers(p for p, _ in places),
            _numbers(entities),
            bytes(features.terms.values()),
            flags,
            bytes(features.names[n] for n in others),
            bytes(i for _, i in places),
            b"".join(_TOLL.pack(_TOLLS.index(k), min(n, 2**32 - 1)) for k, n in tolls.items()),
        )
    )  # fmt: skip


@lru_cache(maxsize=4096)
def unpack(raw: bytes, title: str) -> Features:
    """The features that `pack` made ``raw`` of. Remembered: a report is compared many times."""
    words, shingles, terms, others, figures, places, statuses, tolls, entities = _HEAD.unpack_from(
        raw
    )
    at = _HEAD.size
    counts = (shingles, terms, others, figures, places, entities)
    numbers = struct.unpack_from(f"<{sum(counts)}I", raw, at)
    at += 4 * len(numbers)
    parts: list[tuple[int, ...]] = []
    begin = 0
    for count in counts:
        parts.append(numbers[begin : begin + count])
        begin += count
    bags: list[bytes] = []
    for count in (terms, terms, others, places):
        bags.append(raw[at : at + count])
        at += count
    hashes, flags = parts[1], bags[1]
    often = flags.translate(_OF_NAME)
    names = dict(zip(compress(hashes, often), filter(None, often), strict=True))
    names.update(zip(parts[2], bags[2], strict=True))
    return Features(
        title=title,
        words=words,
        shingles=frozenset(parts[0]),
        terms=dict(zip(hashes, bags[0], strict=True)),
        names=names,
        heading=frozenset(compress(hashes, flags.translate(_OF_HEADING))),
        lead=frozenset(compress(hashes, flags.translate(_OF_LEAD))),
        figures=frozenset(parts[3]),
        places={p: parts[3][i] for p, i in zip(parts[4], bags[3], strict=True)},
        statuses=frozenset(s for i, s in enumerate(_STATUSES) if statuses >> i & 1),
        tolls={_TOLLS[kind]: n for kind, n in _TOLL.iter_unpack(raw[at : at + _TOLL.size * tolls])},
        entities=frozenset(parts[5]),
    )


def _numbers(values: Iterable[int]) -> bytes:
    numbers = tuple(values)
    return struct.pack(f"<{len(numbers)}I", *numbers)
