"""The queue of articles whose page has still to be fetched for its full text.

Like the outbox a leased queue, so that a crash or a slow site costs a delay and no article.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import ArticleId, FeedName
from monitor.store.leases import NO_LEASE, free, insert
from monitor.store.schema import fulltext as t


class FullTextState(StrEnum):
    """Where a page stands. ``done`` and ``failed`` are final."""

    PENDING = "pending"
    FETCHING = "fetching"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FullTextJob:
    """A page to fetch now. ``attempts`` counts this one."""

    article: ArticleId
    url: str
    feed: FeedName
    attempts: int
    created_at: datetime


def enqueue(
    conn: Connection, article: ArticleId, url: str, feed: FeedName, *, now: datetime
) -> None:
    """Ask for a page. Asked again (a new version of the article), it is fetched again."""
    afresh = {
        "url": url,
        "feed": feed,
        "state": FullTextState.PENDING.value,
        "reason": "",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": now,
        **NO_LEASE,
    }
    conn.execute(
        insert(conn, t)
        .values(article=article, **afresh)
        .on_conflict_do_update(index_elements=[t.c.article], set_=afresh)
    )


def claim_due(
    conn: Connection, *, now: datetime, limit: int, lease: timedelta, owner: str
) -> list[FullTextJob]:
    """Take up to ``limit`` pages whose time has come, the longest due first."""
    waiting = sa.and_(t.c.state == FullTextState.PENDING.value, t.c.next_attempt_at <= now)
    lost = sa.and_(t.c.state == FullTextState.FETCHING.value, free(t, now))
    due = (
        sa.select(t.c.article)
        .where(sa.or_(waiting, lost))
        .order_by(t.c.next_attempt_at, t.c.article)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = conn.execute(
        sa.update(t)
        .where(t.c.article.in_(sa.select(due.c.article)))
        .values(
            state=FullTextState.FETCHING.value,
            attempts=t.c.attempts + 1,
            lease_owner=owner,
            lease_until=now + lease,
        )
        .returning(t)
    ).all()
    return [
        FullTextJob(r.article, r.url, r.feed, r.attempts, r.created_at)
        for r in sorted(rows, key=lambda r: (r.next_attempt_at, r.article))
    ]


def done(conn: Connection, article: ArticleId, *, owner: str) -> bool:
    """The text is in the archive. False, here and below, when ``owner`` no longer holds it."""
    return _outcome(conn, article, owner, FullTextState.DONE)


def defer(
    conn: Connection, article: ArticleId, *, reason: str, next_attempt_at: datetime, owner: str
) -> bool:
    """Not this time; try again."""
    return _outcome(
        conn, article, owner, FullTextState.PENDING, reason=reason, next_attempt_at=next_attempt_at
    )


def give_up(conn: Connection, article: ArticleId, *, reason: str, owner: str) -> bool:
    """The page will not be had; the feed's own text has to do."""
    return _outcome(conn, article, owner, FullTextState.FAILED, reason=reason)


def is_due(conn: Connection, *, now: datetime) -> bool:
    """Whether `claim_due` would find anything."""
    waiting = sa.and_(t.c.state == FullTextState.PENDING.value, t.c.next_attempt_at <= now)
    lost = sa.and_(t.c.state == FullTextState.FETCHING.value, free(t, now))
    return (
        conn.execute(sa.select(t.c.article).where(sa.or_(waiting, lost)).limit(1)).first()
        is not None
    )


def _outcome(
    conn: Connection, article: ArticleId, owner: str, state: FullTextState, **values: Any
) -> bool:
    done = conn.execute(
        sa.update(t)
        .where(
            t.c.article == article,
            t.c.state == FullTextState.FETCHING.value,
            t.c.lease_owner == owner,
        )
        .values(state=state.value, **values, **NO_LEASE)
    )
    return done.rowcount == 1
