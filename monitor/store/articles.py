"""The archive: articles, what the feeds said of them (entries), and the rules that held.

Whether an entry is new, and what identifies it, is decided in ``feeds/identity``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Article, ArticleId, FeedName, Match, StoryId
from monitor.store import codec
from monitor.store.leases import Row, chunks
from monitor.store.leases import insert as insert_into
from monitor.store.schema import articles as t
from monitor.store.schema import entries, matches, story_articles
from monitor.store.types import stored_key

TOUCH_EVERY = timedelta(days=1)
"""How exactly it is known when an entry was last in its document."""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """An entry seen before. ``article`` is None when retention has taken the article away."""

    article: ArticleId | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """What deciding on a new version needs of an article."""

    id: ArticleId
    key: str
    content_hash: str
    version: int
    story: StoryId | None


def known_entries(conn: Connection, feed: FeedName, keys: Collection[str]) -> dict[str, KnownEntry]:
    """Those of ``keys`` that ``feed`` has shown before."""
    asked = {stored_key(key): key for key in keys}
    found: dict[str, KnownEntry] = {}
    for part in chunks(asked):
        rows = conn.execute(
            sa.select(entries.c.key, entries.c.article, entries.c.content_hash).where(
                entries.c.feed == feed, entries.c.key.in_(part)
            )
        )
        found.update((asked[r.key], KnownEntry(r.article, r.content_hash)) for r in rows)
    return found


def known_articles(conn: Connection, keys: Collection[str]) -> dict[str, StoredArticle]:
    """Those of ``keys`` that are in the archive, whichever feed brought them."""
    asked = {stored_key(key): key for key in keys}
    found: dict[str, StoredArticle] = {}
    for part in chunks(asked):
        rows = conn.execute(
            sa.select(t.c.id, t.c.key, t.c.content_hash, t.c.version, story_articles.c.story)
            .outerjoin(story_articles, story_articles.c.article == t.c.id)
            .where(t.c.key.in_(part))
        )
        for r in rows:
            key = asked[r.key]
            found[key] = StoredArticle(r.id, key, r.content_hash, r.version, r.story)
    return found


def insert(
    conn: Connection, article: Article, *, content_hash: str, now: datetime
) -> tuple[ArticleId, bool]:
    """Store a new article; False beside the id when its key was there already (a race)."""
    return insert_many(conn, [(article, content_hash)], now=now)[0]


def insert_many(
    conn: Connection, new: Sequence[tuple[Article, str]], *, now: datetime
) -> list[tuple[ArticleId, bool]]:
    """`insert` for many (article, content hash) at once, in their order.

    Of several with one key the first is stored.
    """
    if not new:
        return []
    keys = [stored_key(article.key) for article, _ in new]
    rows: dict[str, dict[str, Any]] = {}
    for key, (article, content_hash) in zip(keys, new, strict=True):
        rows.setdefault(key, {**_values(article, content_hash, now), **_first(key, now)})
    # In the order of keys: two processes with the same articles then wait for each other in turn.
    statement = insert_into(conn, t).on_conflict_do_nothing(index_elements=[t.c.key])
    made: dict[str, ArticleId] = {
        r.key: r.id
        for r in conn.execute(
            statement.returning(t.c.id, t.c.key), [rows[key] for key in sorted(rows)]
        )
    }
    raced = [key for key in rows if key not in made]
    there = {key: stored.id for key, stored in known_articles(conn, raced).items()}
    answer: list[tuple[ArticleId, bool]] = []
    given: set[str] = set()
    for key in keys:
        answer.append((made[key], key not in given) if key in made else (there[key], False))
        given.add(key)
    return answer


def update(
    conn: Connection, id: ArticleId, article: Article, *, content_hash: str, now: datetime
) -> int:
    """Store a new version of an article and return its number. Key and first date stay."""
    version: int = conn.execute(
        sa.update(t)
        .where(t.c.id == id)
        .values(**_values(article, content_hash, now), version=t.c.version + 1)
        .returning(t.c.version)
    ).scalar_one()
    return version


def put_entries(
    conn: Connection,
    feed: FeedName,
    seen: Sequence[tuple[str, ArticleId | None, str]],
    *,
    now: datetime,
) -> None:
    """Remember (key, article, content hash) of entries that are in the feed's document now."""
    if not seen:
        return
    rows = {
        stored_key(key): {
            "feed": feed,
            "key": stored_key(key),
            "article": article,
            "content_hash": content_hash,
            "first_seen_at": now,
            "last_seen_at": now,
        }
        for key, article, content_hash in seen
    }
    statement = insert_into(conn, entries)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=[entries.c.feed, entries.c.key],
            set_={
                "article": statement.excluded.article,
                "content_hash": statement.excluded.content_hash,
                "last_seen_at": statement.excluded.last_seen_at,
            },
        ),
        list(rows.values()),
    )


def has_source(conn: Connection, name: str) -> bool:
    """Whether any article names ``name`` as its source, exactly."""
    return conn.execute(sa.select(t.c.id).where(t.c.source == name).limit(1)).first() is not None


def is_shown_by(conn: Connection, id: ArticleId, feed: FeedName) -> bool:
    """Whether ``feed`` has an entry for the article."""
    query = sa.select(entries.c.key).where(entries.c.article == id, entries.c.feed == feed)
    return conn.execute(query.limit(1)).first() is not None


def touch_entries(
    conn: Connection, feed: FeedName, keys: Collection[str], *, now: datetime
) -> None:
    """These known entries are still in the document. Writes at most once a day per entry."""
    for part in chunks(stored_key(key) for key in keys):
        conn.execute(
            sa.update(entries)
            .where(
                entries.c.feed == feed,
                entries.c.key.in_(part),
                entries.c.last_seen_at < now - TOUCH_EVERY,
            )
            .values(last_seen_at=now)
        )


def add_matches(
    conn: Connection, article: ArticleId, version: int, found: Sequence[Match], *, now: datetime
) -> None:
    """Record which rules hold for a version of an article; a second time changes nothing."""
    if found:
        conn.execute(
            insert_into(conn, matches).on_conflict_do_nothing(),
            [
                {
                    "article": article,
                    "version": version,
                    "rule": m.rule,
                    "created_at": now,
                    "detail": codec.match_detail(m),
                }
                for m in found
            ],
        )


def list_matches(conn: Connection, article: ArticleId) -> list[tuple[int, Match]]:
    """(version, match) of everything that ever held for an article, in that order."""
    rows = conn.execute(
        sa.select(matches.c.version, matches.c.rule, matches.c.detail)
        .where(matches.c.article == article)
        .order_by(matches.c.version, matches.c.rule)
    )
    return [(r.version, codec.to_match(r.rule, r.detail)) for r in rows]


def get(conn: Connection, id: ArticleId) -> Article | None:
    """An article in its newest version; None when retention has taken it away."""
    row = conn.execute(sa.select(t).where(t.c.id == id)).one_or_none()
    return None if row is None else to_article(row)


def version_of(conn: Connection, id: ArticleId, *, lock: bool = False) -> int | None:
    """An article's newest version; None when it is gone. ``lock``: it stays the newest until this
    transaction ends."""
    query = sa.select(t.c.version).where(t.c.id == id)
    version: int | None = conn.execute(
        query.with_for_update(key_share=True) if lock else query
    ).scalar_one_or_none()
    return version


def get_many(conn: Connection, ids: Collection[ArticleId]) -> dict[ArticleId, Article]:
    """`get` for many; those that are gone are missing."""
    found: dict[ArticleId, Article] = {}
    for part in chunks(ids):
        rows = conn.execute(sa.select(t).where(t.c.id.in_(part)))
        found.update((r.id, to_article(r)) for r in rows)
    return found


def page(
    conn: Connection, *, since: datetime, after_id: int, limit: int
) -> list[tuple[ArticleId, Article, datetime]]:
    """Articles first seen at or after ``since`` with an id above ``after_id``, by id, and when
    they were first seen. Start with ``after_id=0``, go on with the last id got."""
    rows = conn.execute(
        sa.select(t).where(t.c.created_at >= since, t.c.id > after_id).order_by(t.c.id).limit(limit)
    )
    return [(r.id, to_article(r), r.created_at) for r in rows]


def _first(key: str, now: datetime) -> dict[str, Any]:
    return {"key": key, "created_at": now, "version": 1}


def _values(article: Article, content_hash: str, now: datetime) -> dict[str, Any]:
    return {
        "content_hash": content_hash,
        "updated_at": now,
        "published": article.published,
        "lang": article.lang,
        "source": article.source,
        "feed": article.feed,
        "author": article.author,
        "url": article.url,
        "title": article.title,
        "tags": list(article.tags),
        "body": article.body,
    }


def to_article(row: Row) -> Article:
    """The article of a whole row of the table."""
    return Article(
        key=row.key,
        title=row.title,
        body=row.body,
        url=row.url,
        source=row.source,
        feed=row.feed,
        author=row.author,
        lang=row.lang,
        published=row.published,
        tags=tuple(row.tags),
    )
