"""Small builders of what the store's tests put in. Nothing here asserts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from monitor.model import (
    AlertId,
    Article,
    ArticleId,
    ChannelName,
    Excerpt,
    Feed,
    FeedName,
    Reason,
    RuleHit,
    RuleId,
    Severity,
    StoryId,
)
from monitor.store import alerts, articles, history, stories

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DESK, DUTY = ChannelName("desk"), ChannelName("duty")

_numbers = itertools.count(1)


def feed(name: str, url: str | None = None, **more: object) -> Feed:
    return Feed(FeedName(name), url or f"https://{name}.example/feed", **more)  # type: ignore[arg-type]  # any field of Feed


def article(key: str | None = None, *, source: str = "Le Fleuve", title: str = "Convoi") -> Article:
    key = key or f"https://fleuve.example/{next(_numbers)}"
    return Article(key=key, title=title, body="Un convoi est parti.", url=key, source=source)


def hit(rule: str = "convoys", severity: Severity = Severity.NORMAL) -> RuleHit:
    return RuleHit(
        RuleId(rule),
        f"Rule {rule}",
        severity,
        ("ANY convoi: convoi",),
        Excerpt("Un convoi", ((3, 9),)),
    )


def add_article(conn: Connection, made: Article | None = None, *, now: datetime = NOW) -> ArticleId:
    return articles.insert(conn, made or article(), content_hash="h", now=now)[0]


def add_story(
    conn: Connection,
    *,
    now: datetime = NOW,
    source: str = "Le Fleuve",
) -> tuple[StoryId, ArticleId]:
    """A story of one article."""
    story = stories.create(conn, title="Convoi", now=now)
    return story, add_to_story(conn, story, now=now, source=source)


def add_to_story(
    conn: Connection,
    story: StoryId,
    *,
    now: datetime = NOW,
    source: str = "Le Fleuve",
) -> ArticleId:
    id = add_article(conn, article(source=source), now=now)
    put_into_story(conn, story, id, now=now, source=source)
    return id


def put_into_story(
    conn: Connection, story: StoryId, article: ArticleId, *, now: datetime, source: str
) -> None:
    """Join an article that is on record to a story."""
    stories.join(conn, story, article, source=source, reason="same words", now=now)


def add_alert(
    conn: Connection,
    *,
    now: datetime = NOW,
    story: tuple[StoryId, ArticleId] | None = None,
    hits: Sequence[RuleHit] | None = None,
    reason: Reason | None = None,
) -> tuple[AlertId, StoryId]:
    """An alert, by default the first of its story or another rule's."""
    where, what = story or add_story(conn, now=now)
    told = history.of(conn, where).alerts
    reason = reason or (Reason.ANOTHER_RULE if told else Reason.FIRST)
    alert = alerts.add(
        conn, story=where, article=what, reason=reason, hits=[hit()] if hits is None else hits,
        note="", now=now,
    )  # fmt: skip
    return alert, where
