"""Alerts: one decision each, the rules of one article that fired together on one story.

What is decided comes from ``alerts/policy``; whom it is sent to lies in ``outbox``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import (
    AlertId,
    AlertView,
    ArticleId,
    Outlet,
    Reason,
    RuleHit,
    RuleId,
    Severity,
    StoryId,
)
from monitor.store import codec, holds, versions
from monitor.store.leases import Row, chunks
from monitor.store.schema import alert_rules as r
from monitor.store.schema import alerts as t
from monitor.store.schema import articles, story_articles


def add(
    conn: Connection,
    *,
    story: StoryId,
    article: ArticleId,
    reason: Reason,
    hits: Sequence[RuleHit],
    note: str,
    now: datetime,
) -> AlertId:
    """Record an alert of ``hits`` (one per rule). Each rule counts its alerts on a story; that
    number is unique in the database, so that two processes cannot raise the same one."""
    loudest = max((h.severity for h in hits), key=lambda s: s.rank, default=Severity.NORMAL)
    alert = AlertId(
        conn.execute(
            sa.insert(t)
            .values(
                story=story,
                article=article,
                reason=reason.value,
                severity=loudest.value,
                created_at=now,
                note=note,
                hits=codec.hits(tuple(hits)),
            )
            .returning(t.c.id)
        ).scalar_one()
    )
    rules = sorted({hit.rule for hit in hits})
    before = _counts(conn, story, rules)
    if rules:
        conn.execute(
            sa.insert(r),
            [
                {"rule": rule, "story": story, "seq": before.get(rule, 0) + 1, "alert": alert}
                for rule in rules
            ],
        )
    return alert


def _counts(conn: Connection, story: StoryId, rules: Sequence[RuleId]) -> dict[RuleId, int]:
    rows = conn.execute(
        sa.select(r.c.rule, sa.func.max(r.c.seq).label("seq"))
        .where(r.c.story == story, r.c.rule.in_(rules))
        .group_by(r.c.rule)
    )
    return {row.rule: row.seq for row in rows}


def view(conn: Connection, id: AlertId) -> AlertView | None:
    """Everything a message says of an alert, with the outlets as of now."""
    return views(conn, [id]).get(id)


def views(conn: Connection, ids: Collection[AlertId]) -> dict[AlertId, AlertView]:
    """`view` for many; those that are gone are missing."""
    rows: list[Row] = []
    for part in chunks(ids):
        rows += conn.execute(_with_article().where(t.c.id.in_(part))).all()
    return {view.id: view for view in _views(conn, rows)}


def list_recent(
    conn: Connection,
    *,
    limit: int,
    since: datetime | None = None,
    rule: RuleId | None = None,
    story: StoryId | None = None,
) -> list[AlertView]:
    """The newest alerts first: raised at or after ``since``, by ``rule``, on ``story``."""
    query = _with_article().order_by(t.c.created_at.desc(), t.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(t.c.created_at >= since)
    if rule is not None:
        query = query.where(t.c.id.in_(sa.select(r.c.alert).where(r.c.rule == rule)))
    if story is not None:
        query = query.where(sa.func.coalesce(story_articles.c.story, t.c.story) == story)
    return _views(conn, conn.execute(query).all())


def _with_article() -> sa.Select[Any]:
    a, of = articles.c, story_articles.c.story
    return sa.select(
        t.c.id, sa.func.coalesce(of, t.c.story).label("story"), t.c.article, t.c.reason,
        t.c.created_at, t.c.note, t.c.hits,
        a.title, a.url, a.source, a.feed, a.published, a.lang,
        story_articles.c.source.label("outlet"), *versions.credits_of(),
    ).join(articles, a.id == t.c.article).outerjoin(
        story_articles, story_articles.c.article == t.c.article
    )  # fmt: skip


def _views(conn: Connection, rows: Sequence[Row]) -> list[AlertView]:
    outlets = versions.outlets_of(conn, {row.story for row in rows})
    surges = holds.of_alerts(conn, [r.id for r in rows if r.reason == Reason.VOLUME.value])
    return [_view(r, outlets.get(r.story, []), surges.get(r.id, [])) for r in rows]


def _view(row: Row, outlets: Sequence[Outlet], surge: Sequence[holds.Record]) -> AlertView:
    own = row.outlet or row.feed
    return AlertView(
        id=row.id,
        story=row.story,
        reason=Reason(row.reason),
        created_at=row.created_at,
        title=row.title,
        url=row.url,
        source=row.source or row.feed,
        published=row.published,
        lang=row.lang,
        hits=codec.to_hits(row.hits),
        outlets=tuple(outlet for outlet in outlets if outlet.name != own),
        note=row.note,
        article=row.article,
        agency=versions.credit_of(own, row),
        surge=tuple(Outlet(h.source, h.url, h.title, h.published) for h in surge),
    )
