"""Stories, their articles, and what has been told of them.

What makes two articles one story is decided in ``stories/``, by the features in `storyindex`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.alerts.policy import PastAlert, StoryHistory
from monitor.model import (
    ArticleId,
    ChannelName,
    DeliveryState,
    Outlet,
    Reason,
    RuleId,
    Severity,
    StoryId,
)
from monitor.store.leases import chunks
from monitor.store.schema import (
    alert_rules,
    alerts,
    articles,
    deliveries,
    message_alerts,
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
    now: datetime,
) -> None:
    """Put an article, which must be in none yet, into a story; ``reason`` is for the timeline.

    `storyindex.put` makes it known to the articles that come after it.
    """
    conn.execute(
        sa.insert(story_articles).values(
            article=article,
            story=story,
            joined_at=now,
            source=source,
            reason=reason,
            **_FIRST_VERSION,
        )
    )
    joined = sa.literal(now, stories.c.last_at.type)
    conn.execute(
        sa.update(stories)
        .where(stories.c.id == story)
        .values(
            articles=stories.c.articles + 1,
            last_at=sa.case((stories.c.last_at < joined, joined), else_=stories.c.last_at),
        )
    )


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


def outlets(conn: Connection, story: StoryId) -> list[Outlet]:
    """The sources that carry a story, each with its first article, in order of joining."""
    return outlets_of(conn, [story]).get(story, [])


def outlets_of(conn: Connection, ids: Collection[StoryId]) -> dict[StoryId, list[Outlet]]:
    """`outlets` for many stories at once."""
    found: dict[StoryId, dict[str, Outlet]] = {}
    s, a = story_articles, articles
    for part in chunks(ids):
        rows = conn.execute(
            sa.select(s.c.story, s.c.source, a.c.feed, a.c.url, a.c.title, a.c.published)
            .join(a, a.c.id == s.c.article)
            .where(s.c.story.in_(part))
            .order_by(s.c.joined_at, s.c.article)
        )
        for r in rows:
            name = r.source or r.feed
            found.setdefault(r.story, {}).setdefault(
                name, Outlet(name, r.url, r.title, r.published)
            )
    return {story: list(by_name.values()) for story, by_name in found.items()}


def history(conn: Connection, story: StoryId) -> StoryHistory:
    """What has been said about a story, and the loudest that each channel was told (or is about
    to be told; dead and discarded deliveries told nobody). Raises LookupError for no such story."""
    about = get(conn, story)
    if about is None:
        raise LookupError(f"no story {story}")
    rules: dict[int, list[RuleId]] = {}
    for r in conn.execute(
        sa.select(alert_rules.c.alert, alert_rules.c.rule).where(alert_rules.c.story == story)
    ):
        rules.setdefault(r.alert, []).append(r.rule)
    past = conn.execute(
        sa.select(alerts.c.id, alerts.c.reason, alerts.c.severity, alerts.c.created_at)
        .where(alerts.c.story == story)
        .order_by(alerts.c.id)
    )
    return StoryHistory(
        first_at=about.created_at,
        last_at=about.last_at,
        alerts=tuple(
            PastAlert(
                r.id,
                Reason(r.reason),
                tuple(sorted(rules.get(r.id, ()))),
                Severity(r.severity),
                r.created_at,
            )
            for r in past
        ),
        told=_told(conn, story),
    )


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


def _told(conn: Connection, story: StoryId) -> dict[ChannelName, Severity]:
    told: dict[ChannelName, Severity] = {}
    rows = conn.execute(
        sa.select(deliveries.c.channel, alerts.c.severity)
        .join(message_alerts, message_alerts.c.message == deliveries.c.message)
        .join(alerts, alerts.c.id == message_alerts.c.alert)
        .where(
            alerts.c.story == story,
            deliveries.c.state.not_in([DeliveryState.DEAD.value, DeliveryState.DISCARDED.value]),
        )
        .distinct()
    )
    for r in rows:
        severity = Severity(r.severity)
        loudest = told.get(r.channel)
        if loudest is None or severity.rank > loudest.rank:
            told[r.channel] = severity
    return told
