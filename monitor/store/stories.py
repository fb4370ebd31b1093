"""Stories, their articles, and the index by which a new article finds the story it belongs to.

What makes two articles one story is decided in ``stories/``; here lie its features. Shingles are
whole numbers of up to 63 bits.
"""

from __future__ import annotations

import struct
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    ArticleId,
    StoryId,
)
from monitor.store.leases import Row, chunks
from monitor.store.schema import (
    articles,
    stories,
    story_articles,
    story_shingles,
)
from monitor.stories.decide import Candidate

WINDOW = timedelta(days=14)
"""How far back a new article looks for its story; older index rows do not count."""
MAX_INDEXED = 40
"""Articles of the window under one shingle; further ones are found by their other shingles. Keeps
the look-up short when a whole agency ends its reports with the same sentence."""
MAX_CANDIDATES = 64
"""The articles that share most; comparing each costs, and copies of one story are enough once."""

_LOCK = 0x6D6F6E73
"""Any number, as long as it is the same in every process."""


@dataclass(frozen=True, slots=True)
class Story:
    """A cluster of matched articles about one event."""

    id: StoryId
    title: str
    created_at: datetime
    last_at: datetime
    articles: int


@dataclass(frozen=True, slots=True)
class Joined:
    """One article's entry into a story. ``reason`` is one line for people."""

    at: datetime
    source: str
    title: str
    url: str | None
    reason: str


def lock(conn: Connection) -> None:
    """Decide on stories one transaction at a time, until this one ends.

    SQLite has one writer anyway. Take it last and briefly.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def candidates(
    conn: Connection,
    shingles: Collection[int],
    *,
    since: datetime,
    max_hits: int = 12,
    version: int = 1,
) -> list[Candidate]:
    """The articles since ``since`` that share indexed shingles, most shared first.

    A shingle that more than ``max_hits`` stories have is boilerplate and counts for nothing;
    stories and not articles, or the thirteenth copy of one report would no longer find it.
    ``version`` is that of the features: others cannot be compared.
    """
    x = story_shingles
    shared: dict[int, int] = {}
    for part in chunks(sorted(shingles)):
        telling = (
            sa.select(x.c.shingle)
            .where(x.c.shingle.in_(part), x.c.at >= since)
            .group_by(x.c.shingle)
            .having(sa.func.count(x.c.story.distinct()) <= max_hits)
        )
        rows = conn.execute(
            sa.select(x.c.article, sa.func.count().label("n"))
            .where(x.c.shingle.in_(telling), x.c.at >= since)
            .group_by(x.c.article)
        )
        for row in rows:
            shared[row.article] = shared.get(row.article, 0) + row.n
    best = sorted(shared, key=lambda a: (-shared[a], -a))[:MAX_CANDIDATES]
    if not best:
        return []
    sa_ = story_articles
    found = {
        row.article: row
        for row in conn.execute(
            sa.select(sa_, stories.c.created_at.label("story_since"))
            .join(stories, stories.c.id == sa_.c.story)
            .where(sa_.c.article.in_(best), sa_.c.features_version == version)
        )
    }
    return [_candidate(found[a]) for a in best if a in found]


def create(conn: Connection, *, title: str, now: datetime) -> StoryId:
    """Open a story; an article has to `join` it in the same transaction."""
    return StoryId(
        conn.execute(
            sa.insert(stories)
            .values(title=title, created_at=now, last_at=now, articles=0)
            .returning(stories.c.id)
        ).scalar_one()
    )


def join(
    conn: Connection,
    story: StoryId,
    article: ArticleId,
    *,
    source: str,
    reason: str,
    shingles: frozenset[int],
    sample: Collection[int],
    entities: frozenset[str],
    now: datetime,
    title: str = "",
    version: int = 1,
) -> None:
    """Put an article, which must be in none yet, into a story.

    ``sample`` are the shingles to be found by, ``title`` the headline to compare (folded), and
    ``reason`` one line for the timeline.
    """
    conn.execute(
        sa.insert(story_articles).values(
            article=article,
            story=story,
            joined_at=now,
            features_version=version,
            source=source,
            reason=reason,
            title=title,
            entities={"v": 1, "names": sorted(entities)},
            shingles=_pack(shingles),
        )
    )
    _index(conn, story, article, sample, now)
    joined = sa.literal(now, stories.c.last_at.type)
    conn.execute(
        sa.update(stories)
        .where(stories.c.id == story)
        .values(
            articles=stories.c.articles + 1,
            last_at=sa.case((stories.c.last_at < joined, joined), else_=stories.c.last_at),
        )
    )


def _index(
    conn: Connection, story: StoryId, article: ArticleId, sample: Collection[int], now: datetime
) -> None:
    x = story_shingles
    full: set[int] = set()
    for part in chunks(sorted(sample)):
        full.update(
            conn.scalars(
                sa.select(x.c.shingle)
                .where(x.c.shingle.in_(part), x.c.at >= now - WINDOW)
                .group_by(x.c.shingle)
                .having(sa.func.count() >= MAX_INDEXED)
            )
        )
    rows = [
        {"shingle": s, "article": article, "story": story, "at": now}
        for s in sorted(set(sample) - full)
    ]
    if rows:
        conn.execute(sa.insert(x), rows)


def get(conn: Connection, id: StoryId) -> Story | None:
    """One story; None when retention has taken it away."""
    row = conn.execute(sa.select(stories).where(stories.c.id == id)).one_or_none()
    return None if row is None else Story(*row)


def list_recent(conn: Connection, *, limit: int, since: datetime | None = None) -> list[Story]:
    """Stories by their latest article, newest first."""
    query = sa.select(stories).order_by(stories.c.last_at.desc(), stories.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(stories.c.last_at >= since)
    return [Story(*row) for row in conn.execute(query)]


def timeline(conn: Connection, story: StoryId) -> list[Joined]:
    """Which article joined a story when, and why; in order of joining."""
    s, a = story_articles, articles
    rows = conn.execute(
        sa.select(s.c.joined_at, s.c.source, a.c.title, a.c.url, s.c.reason)
        .join(a, a.c.id == s.c.article)
        .where(s.c.story == story)
        .order_by(s.c.joined_at, s.c.article)
    )
    return [Joined(*row) for row in rows]


def _candidate(row: Row) -> Candidate:
    return Candidate(
        article=row.article,
        story=row.story,
        shingles=_unpack(row.shingles),
        entities=frozenset(row.entities["names"]),
        title=row.title,
        at=row.joined_at,
        story_since=row.story_since,
    )


def _pack(shingles: Collection[int]) -> bytes:
    """One byte that says how wide the numbers are, then the numbers, little-endian."""
    code = "I" if all(0 <= s < 2**32 for s in shingles) else "q"
    return code.encode() + struct.pack(f"<{len(shingles)}{code}", *shingles)


def _unpack(raw: bytes) -> frozenset[int]:
    width = struct.calcsize("<" + chr(raw[0]))
    return frozenset(struct.unpack(f"<{(len(raw) - 1) // width}{chr(raw[0])}", raw[1:]))
