"""Stories, their articles, and what has been told of them.

What makes two articles one story is decided in ``stories/``, by the features in `storyindex`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    ArticleId,
    StoryId,
)
from monitor.store.prepared import Prepared
from monitor.store.schema import (
    stories,
    story_articles,
)

_FIRST_VERSION = {
    "features_version": 0,
    "title": "",
    "entities": {"v": 1, "names": []},
    "shingles": b"I",
}
"""What a program of the first version needs to find in columns that are not used any more."""

_CREATE = Prepared(sa.insert(stories).returning(stories.c.id))
_JOIN = Prepared(sa.insert(story_articles).values(**_FIRST_VERSION))
_AT = sa.bindparam("at", type_=stories.c.last_at.type)
_COUNT = Prepared(
    sa.update(stories)
    .where(stories.c.id == sa.bindparam("joined"))
    .values(
        articles=stories.c.articles + 1,
        last_at=sa.case((stories.c.last_at < _AT, _AT), else_=stories.c.last_at),
    )
)

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


def lock(conn: Connection) -> None:
    """Decide on stories one transaction at a time, until this one ends.

    SQLite has one writer anyway. Take it last and briefly.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def create(conn: Connection, *, title: str, now: datetime, articles: int = 0) -> StoryId:
    """Open a story for ``articles``, which have to be put into it in the same transaction."""
    values = {"title": title, "created_at": now, "last_at": now, "articles": articles}
    ((id,),) = _CREATE.rows(conn, values)
    return StoryId(id)


def open_with(
    conn: Connection, article: ArticleId, *, title: str, source: str, reason: str, now: datetime
) -> StoryId:
    """Open a story with an article that is in none yet; the rest is as for `join`."""
    story = create(conn, title=title, now=now, articles=1)
    _put(conn, story, article, source, reason, now)
    return story


def join(
    conn: Connection,
    story: StoryId,
    article: ArticleId,
    *,
    source: str,
    reason: str,
    now: datetime,
) -> None:
    """Put an article, which must be in none yet, into a story; ``reason`` is for the timeline.

    `storyindex.put` makes it known to the articles that come after it.
    """
    _put(conn, story, article, source, reason, now)
    _COUNT.run(conn, {"joined": story, "at": now})


def _put(
    conn: Connection, story: StoryId, article: ArticleId, source: str, reason: str, now: datetime
) -> None:
    values = {"article": article, "story": story, "joined_at": now, "source": source}
    _JOIN.run(conn, values | {"reason": reason})


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
