"""The index by which a new article finds the stories it may belong to, and what it learns from.

Which keys an article has, which of those found are worth comparing and what makes two articles one
story is decided in ``stories/``; here lie the rows. Everything but the first reading of the
frequencies costs the same however many articles the window holds, up to the depth of a B-tree.
"""

from __future__ import annotations

import sys
import weakref
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import postgresql, sqlite

from monitor.model import ArticleId, StoryId
from monitor.store.leases import Row, chunks, insert
from monitor.store.schema import stories, story_articles, story_features
from monitor.store.schema import story_frequencies as saved
from monitor.store.schema import story_keys as index
from monitor.stories.decide import Candidate
from monitor.stories.features import VERSION, Features
from monitor.stories.frequencies import Frequencies
from monitor.stories.index import index_keys, most, rank, shingle_keys
from monitor.stories.packing import pack, unpack

SAVE_EVERY = 500
"""Articles after which the frequencies are saved; those since are counted again at a start."""
MEMBERS = 12
"""Reports of a story that a new one is compared with for news: the first, and the latest."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of a look-up: articles to compare with, and what `put` needs to know of it."""

    candidates: tuple[Candidate, ...]
    under: Mapping[int, Sequence[int]]
    """Every key of the article, with the articles of the window that stand under it already."""


# Built once: building a statement costs more than SQLite needs to answer it.
_FIRST = (
    sa.select(story_articles.c.article)
    .where(story_articles.c.joined_at >= sa.bindparam("since"))
    .order_by(story_articles.c.joined_at)
    .limit(1)
)
_UNDER = sa.select(index.c.key, index.c.articles).where(
    index.c.key.in_(sa.bindparam("keys", expanding=True))
)
_CANDIDATES = (
    sa.select(
        story_features.c.article,
        story_features.c.title,
        story_features.c.packed,
        story_articles.c.story,
        story_articles.c.joined_at,
        stories.c.created_at,
    )
    .join(story_articles, story_articles.c.article == story_features.c.article)
    .join(stories, stories.c.id == story_articles.c.story)
    .where(
        story_features.c.article.in_(sa.bindparam("best", expanding=True)),
        story_features.c.version == VERSION,
        story_articles.c.joined_at >= sa.bindparam("since"),
    )
)
_SINCE = (
    sa.select(
        story_features.c.article,
        story_features.c.rival,
        story_features.c.packed,
        story_features.c.title,
    )
    .where(story_features.c.article > sa.bindparam("upto"), story_features.c.version == VERSION)
    .order_by(story_features.c.article)
)
_OLDEST = sa.select(sa.func.coalesce(sa.func.min(story_features.c.article), 2**63 - 1))
_LET_GO = sa.delete(index).where(
    index.c.key == sa.bindparam("k"), index.c.newest <= sa.bindparam("upto")
)
_OF_STORY = (
    sa.select(story_features.c.packed, story_features.c.title, story_features.c.article)
    .join(story_articles, story_articles.c.article == story_features.c.article)
    .where(story_articles.c.story == sa.bindparam("story"), story_features.c.version == VERSION)
)
_NEWEST = MEMBERS - MEMBERS // 3
_LATEST = _OF_STORY.order_by(story_features.c.article.desc()).limit(_NEWEST)
_EARLIEST = _OF_STORY.order_by(story_features.c.article).limit(MEMBERS // 3)
_PUT = sa.insert(story_features)


def _writing(statement: sqlite.Insert | postgresql.Insert) -> sa.Insert:
    """Under its key, whether or not anything stands there."""
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["key"], set_={"newest": new.newest, "articles": new.articles}
    )


_WRITE = {
    "sqlite": _writing(sqlite.insert(index)),
    "postgresql": _writing(postgresql.insert(index)),
}


class _Learnt:
    """What one engine's transactions have learnt so far, up to article ``upto``."""

    __slots__ = ("frequencies", "since", "transaction", "upto")

    def __init__(self, frequencies: Frequencies, upto: int) -> None:
        self.frequencies = frequencies
        self.upto = upto
        self.since = 0
        self.transaction: sa.Transaction | None = None


_learnt: weakref.WeakKeyDictionary[Engine, _Learnt] = weakref.WeakKeyDictionary()
"""Under the stories' lock only, so that what is counted has been committed."""


def frequencies(conn: Connection) -> Frequencies:
    """How common each term is, as of what had joined stories when this transaction began to ask.

    Ask after the lock and before the first `put`. What the transaction itself puts is not counted
    in it: it may be undone.
    """
    learnt = _learnt.get(conn.engine)
    if learnt is not None and learnt.transaction is conn.get_transaction():
        return learnt.frequencies
    if learnt is None:
        learnt = _learnt[conn.engine] = _load(conn)
    for row in conn.execute(_SINCE, {"upto": learnt.upto}):
        features = unpack(row.packed, row.title)
        learnt.frequencies.add(
            features.terms.keys() | features.names.keys() | features.figures | features.entities,
            row.rival,
        )
        learnt.upto = row.article
        learnt.since += 1
    if learnt.since >= SAVE_EVERY:
        _save(conn, learnt)
    learnt.transaction = conn.get_transaction()
    return learnt.frequencies


def _load(conn: Connection) -> _Learnt:
    row = conn.execute(sa.select(saved).where(saved.c.version == VERSION)).one_or_none()
    if row is None:
        return _Learnt(Frequencies(), 0)
    half = len(row.counts) // 2
    terms, counts = _from_bytes("I", row.counts[:half]), _from_bytes("f", row.counts[half:])
    known = dict(zip(terms, counts, strict=True))
    return _Learnt(Frequencies(known, row.articles, row.noise), row.upto)


def _save(conn: Connection, learnt: _Learnt) -> None:
    counts, articles = learnt.frequencies.snapshot()
    values = {
        "version": VERSION,
        "upto": learnt.upto,
        "articles": articles,
        "noise": learnt.frequencies.noise,
        "counts": _to_bytes("I", counts) + _to_bytes("f", counts.values()),
    }
    statement = insert(conn, saved).values(id=1, **values)
    conn.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    learnt.since = 0


def look_up(conn: Connection, mine: Features, known: Frequencies, *, since: datetime) -> Found:
    """The articles since ``since`` that share the most telling keys, best first."""
    under: dict[int, Sequence[int]] = dict.fromkeys(index_keys(mine, known), ())
    # Times and numbers of articles need not have one order: the window is asked again below.
    first = conn.scalar(_FIRST, {"since": since}) or 0
    under.update(_under(conn, under, first))
    best = rank({k: found for k, found in under.items() if found}, known)
    return Found(tuple(_candidates(conn, best, since)), under)


def put(
    conn: Connection,
    article: ArticleId,
    mine: Features,
    found: Found,
    *,
    rival: float | None = None,
) -> None:
    """Index an article that has just joined a story. ``rival``: as in `Frequencies.add`."""
    terms = [k for k in found.under if k < 2**32]
    values = {
        "article": article,
        "version": VERSION,
        "rival": rival,
        "title": mine.title,
        "terms": _to_bytes("I", terms),
        "packed": pack(mine),
    }
    conn.execute(_PUT, values)
    _write(conn, {k: [*others[1 - most(k) :], article] for k, others in found.under.items()})


def members(conn: Connection, story: StoryId) -> list[Features]:
    """The features of a story's first reports and of its latest, `MEMBERS` at most."""
    newest = conn.execute(_LATEST, {"story": story}).all()
    rows = {row.article: row for row in reversed(newest)}
    if len(newest) == _NEWEST:
        rows = {row.article: row for row in conn.execute(_EARLIEST, {"story": story})} | rows
    return [unpack(row.packed, row.title) for row in rows.values()]


def forget(conn: Connection, article: ArticleId) -> None:
    """Take one article out of the index, to `look_up` and `put` another version of it."""
    keys = _forget(conn, story_features.c.article == article, 1).get(article, [])
    oldest: int = conn.execute(_OLDEST).scalar_one()
    under = _under(conn, keys, oldest)  # without what `purge` has left: nobody would delete it
    without = {key: [a for a in found if a != article] for key, found in under.items()}
    _write(conn, {key: others for key, others in without.items() if others})
    upto = max(article, oldest)
    _let_go(conn, [(key, upto) for key, others in without.items() if not others])


def purge(conn: Connection, before: datetime, limit: int) -> int:
    """Forget at most ``limit`` articles that joined their stories before ``before``; how many.

    Where newer ones stand under a key its number stays until the key is written again.
    """
    gone = _forget(conn, story_articles.c.joined_at < before, limit)
    _let_go(conn, [(key, article) for article, keys in gone.items() for key in keys])
    return len(gone)


def _forget(
    conn: Connection, which: sa.ColumnElement[bool], limit: int
) -> dict[ArticleId, list[int]]:
    """Delete the features of articles; the keys that each of them had, which may be none."""
    rows = conn.execute(
        sa.select(story_features.c.article, story_features.c.terms, story_features.c.packed)
        .join(story_articles, story_articles.c.article == story_features.c.article)
        .where(which)
        .order_by(story_articles.c.joined_at)
        .limit(limit)
    ).all()
    gone = {
        ArticleId(row.article): [
            *_from_bytes("I", row.terms),
            *shingle_keys(unpack(row.packed, "")),
        ]
        for row in rows
    }
    for part in chunks(gone):
        conn.execute(sa.delete(story_features).where(story_features.c.article.in_(part)))
    return gone


def _under(conn: Connection, keys: Iterable[int], first: int = 0) -> dict[int, Sequence[int]]:
    """The articles from ``first`` on under each of ``keys`` that has a row, the newest last."""
    under: dict[int, Sequence[int]] = {}
    for part in chunks(keys):
        for key, raw in conn.execute(_UNDER, {"keys": part}).all():
            found = _from_bytes("Q", raw)
            under[key] = found if found[0] >= first else [a for a in found if a >= first]
    return under


def _write(conn: Connection, under: Mapping[int, Sequence[int]]) -> None:
    # In order, here and below: retention does not wait for the stories' lock.
    rows = [
        {"key": key, "newest": max(articles), "articles": _to_bytes("Q", articles)}
        for key, articles in sorted(under.items())
    ]
    if rows:
        conn.execute(_WRITE[conn.dialect.name], rows)


def _let_go(conn: Connection, gone: Collection[tuple[int, int]]) -> None:
    """Delete keys under which nothing newer stands. ``gone``: (key, article) each."""
    if gone:
        conn.execute(_LET_GO, [{"k": key, "upto": article} for key, article in sorted(gone)])


def _candidates(conn: Connection, best: Sequence[int], since: datetime) -> Iterable[Candidate]:
    if not best:
        return
    rows: dict[int, Row] = {
        row.article: row for row in conn.execute(_CANDIDATES, {"best": best, "since": since}).all()
    }
    for article in best:
        row = rows.get(article)
        if row is not None:
            yield Candidate(
                ArticleId(article),
                StoryId(row.story),
                unpack(row.packed, row.title),
                at=row.joined_at,
                story_since=row.created_at,
            )


def _to_bytes(code: str, values: Iterable[float]) -> bytes:
    numbers = array(code, values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _from_bytes(code: str, raw: bytes) -> array[int]:
    numbers = array(code)
    numbers.frombytes(raw)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
