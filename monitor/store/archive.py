"""The stored past, for what replays it: which articles there are, and pages of them.

Every function is one short read. Whoever goes through the archive asks for page after page, each in
a transaction of its own, so that neither the daemon's writer nor the server's vacuum waits for
somebody's backtest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import Article, ArticleId, RuleId
from monitor.store.articles import to_article
from monitor.store.schema import articles as t
from monitor.store.schema import matches


@dataclass(frozen=True, slots=True)
class Extent:
    """``count`` articles of some time, with ids from ``first`` to ``last``."""

    first: ArticleId
    last: ArticleId
    count: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An article in its newest version, and when the monitor first saw it."""

    id: ArticleId
    article: Article
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """What a rule has matched: when last, and how many articles since the moment asked for."""

    last_at: datetime
    recent: int


def extent(conn: Connection, *, since: datetime) -> Extent | None:
    """The articles first seen at or after ``since``; None when there are none."""
    row = conn.execute(
        sa.select(
            sa.func.count().label("n"), sa.func.min(t.c.id).label("first"), sa.func.max(t.c.id)
        ).where(t.c.created_at >= since)
    ).one()
    return Extent(row[1], row[2], row[0]) if row[0] else None


def newest(conn: Connection, *, count: int) -> Extent | None:
    """The newest ``count`` articles, or as many as there are; None when there are none."""
    ids = sa.select(t.c.id).order_by(t.c.id.desc()).limit(count).subquery()
    row = conn.execute(sa.select(sa.func.count(), sa.func.min(ids.c.id), sa.func.max(ids.c.id)))
    found, first, last = row.one()
    return Extent(first, last, found) if found else None


def page(
    conn: Connection, *, first: ArticleId, last: ArticleId, since: datetime | None = None
) -> list[Kept]:
    """The articles with ids from ``first`` to ``last``, both included, in order of id.

    It is the caller who keeps the range short. Those first seen before ``since`` are left out: with
    several writers ids are not quite in order of time.
    """
    query = sa.select(t).where(t.c.id >= first, t.c.id <= last).order_by(t.c.id)
    rows = conn.execute(query)
    return [
        Kept(r.id, to_article(r), r.created_at)
        for r in rows
        if since is None or r.created_at >= since
    ]


def histories(conn: Connection, *, since: datetime) -> Mapping[RuleId, History]:
    """Of every rule that has matched what is still stored: when last, and how often since then."""
    m = matches.c
    recent = sa.case((m.created_at >= since, m.article))
    rows = conn.execute(
        sa.select(m.rule, sa.func.max(m.created_at), sa.func.count(sa.distinct(recent))).group_by(
            m.rule
        )
    )
    return {RuleId(rule): History(last, count) for rule, last, count in rows}
