"""What an operator corrects of the grouping: two stories become one, articles become their own.

An article stays where it was put: the engine asks for a story only when an article is in none, and
finds the corrected one through the same index. What was told follows its article (``history``), so
that a correction by itself alerts nobody. The caller holds the stories' lock.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.errors import MonitorError
from monitor.model import ArticleId, StoryId
from monitor.store import stories as stored
from monitor.store.schema import (
    alert_rules,
    alerts,
    articles,
    corrections,
    holds,
    stories,
    story_articles,
    story_shingles,
)

MERGE, SPLIT = "merge", "split"


class CannotRegroup(MonitorError):
    """The correction makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction on record: ``articles`` went from ``story`` into ``into``."""

    at: datetime
    kind: str
    story: StoryId
    into: StoryId
    articles: tuple[ArticleId, ...]
    author: str
    comment: str


def merge(
    conn: Connection, story: StoryId, into: StoryId, *, author: str, comment: str, now: datetime
) -> Correction:
    """Put every article of ``story`` into ``into``. Raises CannotRegroup."""
    if story == into:
        raise CannotRegroup("a story cannot be merged into itself")
    for id in (story, into):
        if not _members(conn, id):
            where = merged_into(conn, id)
            hint = f": it was merged into story {where}" if where else ""
            raise CannotRegroup(f"there is no story {id}{hint}")
    moved = _members(conn, story)
    _move(conn, moved, story, into)
    return _record(conn, MERGE, story, into, moved, author, comment, now)


def split(
    conn: Connection, ids: Collection[ArticleId], *, author: str, comment: str, now: datetime
) -> Correction:
    """Put articles of one story into a new story of their own. Raises CannotRegroup.

    Alerts about them go along, so that each of the two stories knows what it was told.
    """
    moved = sorted(set(ids))
    s = story_articles
    rows = conn.execute(sa.select(s.c.article, s.c.story).where(s.c.article.in_(moved))).all()
    found = {row.article: row.story for row in rows}
    if missing := [str(id) for id in moved if id not in found]:
        raise CannotRegroup(f"no story has article {', '.join(missing)}")
    if len(set(found.values())) > 1:
        raise CannotRegroup("the articles are of several stories: split one story at a time")
    story = StoryId(next(iter(found.values())))
    if len(_members(conn, story)) == len(moved):
        raise CannotRegroup(f"these are all articles of story {story}")
    first = conn.execute(sa.select(articles.c.title).where(articles.c.id == moved[0])).scalar_one()
    into = stored.create(conn, title=first, now=now)
    _move(conn, moved, story, into)
    mine = sa.select(alerts.c.id).where(alerts.c.story == story, alerts.c.article.in_(moved))
    ids_ = conn.scalars(mine).all()
    conn.execute(sa.update(alert_rules).where(alert_rules.c.alert.in_(ids_)).values(story=into))
    conn.execute(sa.update(alerts).where(alerts.c.id.in_(ids_)).values(story=into))
    return _record(conn, SPLIT, story, into, moved, author, comment, now)


def merged_into(conn: Connection, story: StoryId) -> StoryId | None:
    """Where a story went that has no articles any more."""
    t = corrections
    query = sa.select(t.c.into).where(t.c.story == story, t.c.kind == MERGE)
    found = conn.scalar(query.order_by(t.c.id.desc()).limit(1))
    return None if found is None else StoryId(found)


def of_story(conn: Connection, story: StoryId) -> list[Correction]:
    """The corrections that a story took part in, oldest first."""
    t = corrections
    query = sa.select(t).where(sa.or_(t.c.story == story, t.c.into == story)).order_by(t.c.id)
    return [
        Correction(
            r.at, r.kind, r.story, r.into, tuple(r.articles["ids"]), r.author, r.comment
        )
        for r in conn.execute(query)
    ]  # fmt: skip


def _members(conn: Connection, story: StoryId) -> list[ArticleId]:
    s = story_articles
    query = sa.select(s.c.article).where(s.c.story == story).order_by(s.c.article)
    return list(conn.scalars(query))


def _move(conn: Connection, moved: Sequence[ArticleId], story: StoryId, into: StoryId) -> None:
    """The articles, the index by which others find them, and what is held of them."""
    for table in (story_articles, story_shingles, holds):
        conn.execute(sa.update(table).where(table.c.article.in_(moved)).values(story=into))
    for id in (story, into):
        members = sa.select(sa.func.count()).where(story_articles.c.story == id).scalar_subquery()
        conn.execute(sa.update(stories).where(stories.c.id == id).values(articles=members))
    latest = sa.select(sa.func.max(story_articles.c.joined_at)).where(
        story_articles.c.story == into
    )
    conn.execute(
        sa.update(stories).where(stories.c.id == into).values(last_at=latest.scalar_subquery())
    )


def _record(
    conn: Connection,
    kind: str,
    story: StoryId,
    into: StoryId,
    moved: Sequence[ArticleId],
    author: str,
    comment: str,
    now: datetime,
) -> Correction:
    made = Correction(now, kind, story, into, tuple(moved), author, comment)
    conn.execute(
        sa.insert(corrections).values(
            at=now, kind=kind, story=story, into=into, articles={"v": 1, "ids": list(moved)},
            author=author, comment=comment,
        )
    )  # fmt: skip
    return made
