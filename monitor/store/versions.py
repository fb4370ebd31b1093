"""The versions of a story: which outlets carry it, and which version is the one to show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.alerts.credit import HEAD, TAIL, agency
from monitor.alerts.versions import Version, best
from monitor.model import AlertView, ArticleId, Outlet, Reason, RuleHit, StoryId
from monitor.store import articles as stored
from monitor.store.leases import Row, chunks
from monitor.store.schema import articles, matches, story_articles

_CHANGEABLE = (Reason.FIRST, Reason.REPEAT)
"""Alerts about the story as such; the others are about what one article brought."""


def outlets_of(conn: Connection, ids: Collection[StoryId]) -> dict[StoryId, list[Outlet]]:
    """The sources that carry each story, each with its first article, in order of joining."""
    found: dict[StoryId, dict[str, Outlet]] = {}
    s, a = story_articles, articles
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(
                s.c.story, s.c.source, a.c.feed, a.c.url, a.c.title, a.c.published, *credits_of()
            )
            .join(a, a.c.id == s.c.article)
            .where(s.c.story.in_(part))
            .order_by(s.c.joined_at, s.c.article)
        )
        for r in rows:
            name = r.source or r.feed
            by_name = found.setdefault(r.story, {})
            if name not in by_name:
                by_name[name] = Outlet(name, r.url, r.title, r.published, credit_of(name, r))
    return {story: list(by_name.values()) for story, by_name in found.items()}


def shown(
    conn: Connection, views: Sequence[AlertView], languages: Sequence[str]
) -> list[AlertView]:
    """``views``, those about a story as such each by the best of its matched versions."""
    return [
        _best_of(conn, v, languages) if v.reason in _CHANGEABLE and v.hits else v for v in views
    ]


def _best_of(conn: Connection, view: AlertView, languages: Sequence[str]) -> AlertView:
    rules = [hit.rule for hit in view.hits]
    s, a = story_articles, articles
    matched = sa.exists().where(matches.c.article == a.c.id, matches.c.rule.in_(rules))
    rows = conn.execute(
        sa.select(
            a.c.id, a.c.lang, a.c.title, a.c.url, a.c.published, a.c.feed, s.c.source,
            sa.func.length(a.c.body).label("length"), *credits_of(),
        )
        .join(a, a.c.id == s.c.article)
        .where(s.c.story == view.story, matched)
        .order_by(s.c.joined_at, s.c.article)
    ).all()  # fmt: skip
    names = {r.id: r.source or r.feed for r in rows}
    found = [Version(r.id, r.lang, r.length, credit_of(names[r.id], r)) for r in rows]
    if len(found) < 2:
        return view
    chosen = best(found, languages)
    if chosen.article == view.article:
        return view
    row = next(r for r in rows if r.id == chosen.article)
    everyone = outlets_of(conn, [view.story]).get(view.story, [])
    return replace(
        view,
        article=chosen.article,
        title=row.title,
        url=row.url,
        source=names[row.id],
        agency=chosen.agency,
        published=row.published,
        lang=row.lang,
        hits=_hits(conn, view, chosen.article),
        outlets=tuple(o for o in everyone if o.name != names[row.id]),
    )


def _hits(conn: Connection, view: AlertView, article: ArticleId) -> tuple[RuleHit, ...]:
    """The rules as they hold for ``article``; where one does not, as it held before."""
    newest = {m.rule: m for _, m in stored.list_matches(conn, article)}
    return tuple(
        replace(hit, why=m.why, excerpt=m.excerpt) if (m := newest.get(hit.rule)) else hit
        for hit in view.hits
    )


def credits_of() -> tuple[sa.ColumnElement[Any], ...]:
    """What `credit_of` reads of an article: author, and both ends of its text."""
    body, length = articles.c.body, sa.func.length(articles.c.body)
    start = sa.case((length > TAIL, length - TAIL + 1), else_=1)
    return (
        articles.c.author,
        sa.func.substr(body, 1, HEAD).label("head"),
        sa.func.substr(body, start).label("tail"),
    )


def credit_of(source: str, row: Row) -> str:
    """The agency that an article credits."""
    return agency(source=source, author=row.author, head=row.head, tail=row.tail)
