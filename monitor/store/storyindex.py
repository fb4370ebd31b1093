"""The reports by which a new article finds its story, and what is learnt from them.

Which keys an article has, which of those found are worth comparing and what makes two articles one
story is decided in ``stories/``; here lie the rows. What finds them is in memory: each process
reads on, under the stories' lock, from the last row it has seen, whoever has written it. So an
article costs a row and not sixty, and the same however many the window holds.
"""

from __future__ import annotations

import struct
import sys
import weakref
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection, Engine

from monitor.model import ArticleId, StoryId
from monitor.store.leases import insert
from monitor.store.prepared import Prepared
from monitor.store.schema import stories, story_articles
from monitor.store.schema import story_frequencies as saved
from monitor.store.schema import story_reports as reports
from monitor.stories.decide import WINDOW, Candidate
from monitor.stories.features import VERSION, Features, sampled
from monitor.stories.frequencies import Frequencies
from monitor.stories.index import (
    COMPARED,
    OF_SHINGLE,
    OF_TERM,
    Found,
    Keys,
    index_keys,
    rank,
)
from monitor.stories.packing import Report, pack
from monitor.stories.window import Window

log = structlog.get_logger()

SAVE_EVERY = 2_000
"""Reports after which the frequencies are saved; those since are counted again at a start."""
SAVE_WITHIN = WINDOW / 3
"""Or the age of the oldest of them: retention must not take what has not been counted."""
MEMBERS = 12
"""Reports of a story that a new one is compared with for news: the first, and the latest."""
READ_AT_ONCE = 1_000
SCRATCH = "monitor_scratch"
"""The execution option of an engine whose database is read by nobody later."""


_NUMBERS = [f"n{i}" for i in range(COMPARED)]
_CANDIDATES = Prepared(
    sa.select(
        reports.c.number,
        reports.c.article,
        story_articles.c.story,
        reports.c.packed,
        reports.c.title,
        story_articles.c.joined_at,
        stories.c.created_at,
    )
    .join(story_articles, story_articles.c.article == reports.c.article)
    .join(stories, stories.c.id == story_articles.c.story)
    # Not a list of any length, which would be written into the statement each time.
    .where(reports.c.number.in_([sa.bindparam(n, type_=sa.BigInteger) for n in _NUMBERS]))
)
_SINCE = Prepared(
    sa.select(
        reports.c.number,
        reports.c.article,
        reports.c.joined_at,
        reports.c.version,
        reports.c.replaces,
        reports.c.rival,
        reports.c.terms,
        reports.c.packed,
    )
    .where(reports.c.number > sa.bindparam("upto"))
    .order_by(reports.c.number)
    .limit(sa.bindparam("limit"))
)
_OF_STORY = (
    sa.select(reports.c.article, reports.c.packed, reports.c.title)
    .join(story_articles, story_articles.c.article == reports.c.article)
    .where(story_articles.c.story == sa.bindparam("story"), reports.c.version == VERSION)
)
_NEWEST = MEMBERS - MEMBERS // 3
_LATEST = Prepared(_OF_STORY.order_by(reports.c.article.desc()).limit(_NEWEST))
_EARLIEST = Prepared(_OF_STORY.order_by(reports.c.article).limit(MEMBERS // 3))
_PUT = Prepared(sa.insert(reports).returning(reports.c.number))
_OLD = sa.select(reports.c.number, reports.c.joined_at).where(
    reports.c.article == sa.bindparam("article")
)
_DELETE = sa.delete(reports).where(reports.c.article == sa.bindparam("article"))


class _New(NamedTuple):
    """A row that this process has not seen, as `_SINCE` selects it."""

    number: int
    article: ArticleId
    joined_at: datetime
    version: int
    replaces: int | None
    rival: float | None
    terms: bytes
    packed: bytes


class _Learnt:
    """What one engine's transactions know: the committed rows up to ``upto``.

    ``put`` and ``forgotten`` are of ``transaction`` alone, which may be undone.
    """

    __slots__ = (
        "counted",
        "forgotten",
        "frequencies",
        "last_at",
        "put",
        "transaction",
        "unsaved",
        "unsaved_since",
        "upto",
        "window",
    )

    def __init__(self, frequencies: Frequencies, counted: int) -> None:
        self.frequencies = frequencies
        self.counted = counted
        """The last row in the saved frequencies."""
        self.window = Window()
        self.upto = 0
        self.unsaved = 0
        self.unsaved_since: datetime | None = None
        self.last_at: datetime | None = None
        self.transaction: sa.Transaction | None = None
        self.put = Found({}, {})
        self.forgotten: set[int] = set()


_learnt: weakref.WeakKeyDictionary[Engine, _Learnt] = weakref.WeakKeyDictionary()
"""Under the stories' lock only, so that what is counted has been committed."""


def frequencies(conn: Connection) -> Frequencies:
    """How common each term is, as of what had joined stories when this transaction began to ask.

    Ask after the lock. What the transaction itself puts is not counted in it: it may be undone.
    """
    return _current(conn).frequencies


def read_on(conn: Connection, limit: int = READ_AT_ONCE) -> bool:
    """Read ``limit`` of the rows that this process has not seen; False when there are no more.

    For a start, before anything else asks: the first report would wait for the whole window. Ask
    after the lock.
    """
    return _read_on(conn, _known(conn), limit)


def _known(conn: Connection) -> _Learnt:
    learnt = _learnt.get(conn.engine)
    if learnt is None:
        learnt = _learnt[conn.engine] = _load(conn)
    return learnt


def _current(conn: Connection) -> _Learnt:
    learnt = _known(conn)
    transaction = conn.get_transaction()
    if learnt.transaction is not transaction:
        while _read_on(conn, learnt, READ_AT_ONCE):
            pass
        # Saving also forgets the rarest words, which a long scratch needs as well.
        is_kept = not conn.get_execution_options().get(SCRATCH, False)
        if learnt.unsaved >= SAVE_EVERY or (is_kept and _is_old(learnt)):
            _save(conn, learnt)
        learnt.transaction = transaction
        learnt.put, learnt.forgotten = Found({}, {}), set()
    return learnt


def _read_on(conn: Connection, learnt: _Learnt, limit: int) -> bool:
    rows = [_New(*row) for row in _SINCE.rows(conn, {"upto": learnt.upto, "limit": limit})]
    for row in rows:
        if row.version == VERSION:
            try:
                _take(learnt, row)
            except (struct.error, ValueError):
                # One damaged row must not stop all stories; that report is found by nobody.
                log.exception("report.unreadable", article=row.article)
        learnt.upto = row.number
    return len(rows) == limit


def _take(learnt: _Learnt, row: _New) -> None:
    """Count one report and make it findable."""
    report = Report(row.packed, "")
    counted = report.counted
    keys = Keys(_from_bytes("I", row.terms), sampled(report.shingles))
    if row.replaces is not None:
        learnt.window.drop(row.replaces)
    learnt.window.add(row.number, row.joined_at, keys)
    if row.number > learnt.counted and row.replaces is None:
        learnt.frequencies.add(counted, row.rival)
        learnt.unsaved += 1
        learnt.unsaved_since = learnt.unsaved_since or row.joined_at
        learnt.last_at = row.joined_at


def _is_old(learnt: _Learnt) -> bool:
    since, last = learnt.unsaved_since, learnt.last_at
    return since is not None and last is not None and last - since > SAVE_WITHIN


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
    learnt.unsaved, learnt.unsaved_since = 0, None


def look_up(
    conn: Connection, mine: Features, *, since: datetime
) -> tuple[tuple[Candidate, ...], Keys]:
    """The articles since ``since`` that share the most telling keys, best first; and the keys."""
    learnt = _current(conn)
    keys = index_keys(mine, learnt.frequencies)
    found = learnt.window.find(keys, since, learnt.forgotten)
    _with_own(found.by_term, learnt.put.by_term, keys.terms, OF_TERM)
    _with_own(found.by_shingle, learnt.put.by_shingle, keys.shingles, OF_SHINGLE)
    best = rank(found, learnt.frequencies)
    return tuple(_candidates(conn, best, since)), keys


def _with_own(
    found: dict[int, list[int]], own: Mapping[int, Sequence[int]], keys: Iterable[int], most: int
) -> None:
    """Add what this transaction has put."""
    for key in own.keys() & keys:
        found[key] = [*found.get(key, ()), *own[key]][-most:]


def put(
    conn: Connection,
    article: ArticleId,
    mine: Features,
    *,
    now: datetime,
    keys: Keys | None = None,
    rival: float | None = None,
) -> None:
    """Make an article that has just joined a story findable.

    ``keys`` are those of `look_up`, if there was one; ``rival``: as in `Frequencies.add`.
    """
    _put(conn, article, mine, now, keys=keys, rival=rival)


def replace(conn: Connection, article: ArticleId, mine: Features) -> None:
    """Make another version of an article findable, in place of the one before.

    An article that has left the window stays out of it.
    """
    learnt = _current(conn)
    old = conn.execute(_OLD, {"article": article}).one_or_none()
    if old is None:
        return
    conn.execute(_DELETE, {"article": article})
    learnt.forgotten.add(old.number)
    for under in learnt.put:
        for numbers in under.values():
            if old.number in numbers:
                numbers.remove(old.number)
    _put(conn, article, mine, old.joined_at, replaces=old.number)


def _put(
    conn: Connection,
    article: ArticleId,
    mine: Features,
    at: datetime,
    *,
    keys: Keys | None = None,
    rival: float | None = None,
    replaces: int | None = None,
) -> None:
    learnt = _current(conn)
    if keys is None:
        keys = index_keys(mine, learnt.frequencies)
    values = {
        "article": article,
        "version": VERSION,
        "joined_at": at,
        "replaces": replaces,
        "rival": rival,
        "title": mine.title,
        "terms": _to_bytes("I", keys.terms),
        "packed": pack(mine),
    }
    ((number,),) = _PUT.rows(conn, values)
    for under, of in zip(learnt.put, keys, strict=True):
        for key in of:
            under.setdefault(key, []).append(number)


def members(conn: Connection, story: StoryId) -> list[Features]:
    """The features of a story's first reports and of its latest, `MEMBERS` at most."""
    newest = _LATEST.rows(conn, {"story": story})
    known = {article: Report(*report) for article, *report in reversed(newest)}
    if len(newest) == _NEWEST:
        earliest = _EARLIEST.rows(conn, {"story": story})
        known = {article: Report(*report) for article, *report in earliest} | known
    return [report.features for report in known.values()]


def purge(conn: Connection, before: datetime, limit: int) -> int:
    """Forget at most ``limit`` articles that joined their stories before ``before``; how many."""
    old = (
        sa.select(reports.c.number)
        .where(reports.c.joined_at < before)
        .order_by(reports.c.joined_at)
        .limit(limit)
    )
    return conn.execute(sa.delete(reports).where(reports.c.number.in_(old))).rowcount


def _candidates(conn: Connection, best: Sequence[int], since: datetime) -> Iterable[Candidate]:
    if not best:
        return
    asked = dict.fromkeys(_NUMBERS, best[0]) | dict(zip(_NUMBERS, best, strict=False))
    found = {row[0]: row[1:] for row in _CANDIDATES.rows(conn, asked)}
    for number in best:
        # Retention may have taken it.
        if number in found:
            article, story, packed, title, at, story_since = found[number]
            # Times and numbers need not have one order.
            if at >= since:
                yield Candidate(
                    ArticleId(article), StoryId(story), Report(packed, title), at, story_since
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
