"""What is held instead of told, on record: open holds, and what became of the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.alerts.holding import TIMED, Cause, Held, Hold
from monitor.alerts.volume import Counted
from monitor.model import AlertId, ArticleId, RuleId, StoryId
from monitor.store.leases import Row, chunks
from monitor.store.schema import articles, stories
from monitor.store.schema import holds as t

_COLUMNS = (
    t.c.id,
    t.c.story,
    t.c.article,
    t.c.rule,
    t.c.cause,
    t.c.at,
    t.c.until,
    t.c.why,
    t.c.note,
)


@dataclass(frozen=True, slots=True)
class Record:
    """A hold as listed. ``outcome`` is "" while it is open, ``alert`` the one that told of it."""

    held: Held
    story_title: str
    title: str
    source: str
    url: str | None
    published: datetime | None
    settled_at: datetime | None
    outcome: str
    alert: AlertId | None


def add(
    conn: Connection,
    story: StoryId,
    article: ArticleId,
    holds: Sequence[Hold],
    *,
    source: str,
    now: datetime,
) -> None:
    """Put ``holds`` of one article on record. ``source`` is its outlet, for counting volumes."""
    if holds:
        conn.execute(
            sa.insert(t),
            [
                {
                    "story": story, "article": article, "rule": h.rule, "cause": h.cause.value,
                    "at": now, "until": h.until, "why": h.why, "note": h.note, "source": source,
                    "outcome": "",
                }
                for h in holds
            ],
        )  # fmt: skip


def of_story(conn: Connection, story: StoryId) -> tuple[Held, ...]:
    """The open holds of a story, oldest first."""
    query = (
        sa.select(*_COLUMNS).where(t.c.story == story, t.c.settled_at.is_(None)).order_by(t.c.id)
    )
    return tuple(_held(row) for row in conn.execute(query))


def due_stories(conn: Connection, *, now: datetime, limit: int = 100) -> list[StoryId]:
    """Stories with an open hold whose time has come, the longest due first."""
    timed = t.c.cause.in_([cause.value for cause in TIMED])
    return list(
        conn.scalars(
            sa.select(t.c.story)
            .where(t.c.settled_at.is_(None), timed, t.c.until <= now)
            .group_by(t.c.story)
            .order_by(sa.func.min(t.c.until), t.c.story)
            .limit(limit)
        )
    )


def is_due(conn: Connection, *, now: datetime) -> bool:
    """Whether any open hold's time has come."""
    query = sa.select(t.c.id).where(t.c.settled_at.is_(None), t.c.until <= now).limit(1)
    return conn.execute(query).first() is not None


def waits(conn: Connection, rule: RuleId) -> bool:
    """Whether anything is held for a rule that is to be told when its time has come."""
    timed = t.c.cause.in_([cause.value for cause in TIMED])
    query = sa.select(t.c.id).where(t.c.rule == rule, t.c.settled_at.is_(None), timed)
    return conn.execute(query.limit(1)).first() is not None


def told(
    conn: Connection, story: StoryId, rules: Collection[RuleId], alert: AlertId, *, now: datetime
) -> None:
    """Settle what is held for ``rules`` on a story, now that ``alert`` tells of it.

    Here and below ``until`` goes when a hold is settled: what is due is looked for every few
    seconds, in an index that holds only what is open.

    What counts towards a volume counts on; what was silenced was not told itself.
    """
    silenced = t.c.cause == Cause.SILENCE.value
    for which, outcome in (
        (silenced, f"silenced; the story was told with alert {alert}"),
        (t.c.cause.in_([cause.value for cause in TIMED]), f"told with alert {alert}"),
    ):
        conn.execute(
            sa.update(t)
            .where(t.c.story == story, t.c.rule.in_(sorted(rules)), t.c.settled_at.is_(None), which)
            .values(settled_at=now, until=None, alert=alert, outcome=outcome)
        )


def settle(conn: Connection, ids: Collection[int], outcome: str, *, now: datetime) -> None:
    """Close holds that no alert will tell of, and say why."""
    for part in chunks(ids):
        conn.execute(
            sa.update(t).where(t.c.id.in_(part)).values(settled_at=now, until=None, outcome=outcome)
        )


def silence(conn: Connection, ids: Collection[int], why: str) -> None:
    """Holds whose time has come under a silence are silenced from now on."""
    conn.execute(
        sa.update(t)
        .where(t.c.id.in_(sorted(ids)))
        .values(cause=Cause.SILENCE.value, until=None, why=why)
    )


# --- volumes -----------------------------------------------------------------------------------


def counted(conn: Connection, rule: RuleId, *, since: datetime) -> Counted:
    """The stories and sources that count towards a rule's volume since ``since``."""
    row = conn.execute(
        sa.select(sa.func.count(t.c.story.distinct()), sa.func.count(t.c.source.distinct())).where(
            *_counting(rule), t.c.at > since
        )
    ).one()
    return Counted(row[0], row[1])


def explain_volume(conn: Connection, article: ArticleId, rule: RuleId, why: str) -> None:
    """Say of an article that counts what it was counted with."""
    conn.execute(sa.update(t).where(*_counting(rule), t.c.article == article).values(why=why))


def was_counted(conn: Connection, rule: RuleId, story: StoryId) -> bool:
    """Whether a story has counted for the rule before, told or not."""
    found = sa.select(t.c.id).where(
        t.c.story == story, t.c.rule == rule, t.c.cause == Cause.VOLUME.value
    )
    return conn.execute(found.limit(1)).first() is not None


def told_volume(
    conn: Connection, rule: RuleId, alert: AlertId, *, since: datetime, now: datetime
) -> None:
    """``alert`` tells of what counted since ``since``."""
    conn.execute(
        sa.update(t)
        .where(*_counting(rule), t.c.at > since)
        .values(settled_at=now, until=None, alert=alert, outcome=f"told with alert {alert}")
    )


def expire_volume(conn: Connection, *, now: datetime) -> int:
    """Close what counted towards a volume that was not reached within its window; how many."""
    return conn.execute(
        sa.update(t)
        .where(t.c.settled_at.is_(None), t.c.cause == Cause.VOLUME.value, t.c.until <= now)
        .values(settled_at=now, until=None, outcome="the volume was not reached in time")
    ).rowcount


def _counting(rule: RuleId) -> tuple[sa.ColumnElement[bool], ...]:
    return t.c.rule == rule, t.c.cause == Cause.VOLUME.value, t.c.settled_at.is_(None)


# --- lists -------------------------------------------------------------------------------------


def records(
    conn: Connection,
    *,
    story: StoryId | None = None,
    rule: RuleId | None = None,
    since: datetime | None = None,
    open_only: bool = False,
    limit: int = 1000,
) -> list[Record]:
    """Holds, the newest first."""
    query = _listed().order_by(t.c.id.desc()).limit(limit)
    if story is not None:
        query = query.where(t.c.story == story)
    if rule is not None:
        query = query.where(t.c.rule == rule)
    if since is not None:
        query = query.where(t.c.at >= since)
    if open_only:
        query = query.where(t.c.settled_at.is_(None))
    return [_record(row) for row in conn.execute(query)]


def of_alerts(conn: Connection, ids: Collection[AlertId]) -> dict[AlertId, list[Record]]:
    """What each alert on volume counted: one hold per story, the newest article of each first."""
    found: dict[AlertId, dict[StoryId, Record]] = {}
    for part in chunks(ids):
        query = _listed().where(t.c.alert.in_(part), t.c.cause == Cause.VOLUME.value)
        for row in conn.execute(query.order_by(t.c.id.desc())):
            found.setdefault(row.alert, {}).setdefault(row.story, _record(row))
    return {alert: list(by_story.values()) for alert, by_story in found.items()}


def open_counts(conn: Connection) -> dict[Cause, tuple[int, int]]:
    """Open holds by cause: how many stories, how many articles."""
    rows = conn.execute(
        sa.select(
            t.c.cause,
            sa.func.count(t.c.story.distinct()).label("stories"),
            sa.func.count(t.c.article.distinct()).label("articles"),
        )
        .where(t.c.settled_at.is_(None))
        .group_by(t.c.cause)
    )
    return {Cause(r.cause): (r.stories, r.articles) for r in rows}


def _listed() -> sa.Select[Any]:
    a = articles.c
    return (
        sa.select(
            *_COLUMNS, t.c.settled_at, t.c.outcome, t.c.alert, t.c.source,
            stories.c.title.label("story_title"), a.title, a.url, a.published,
        )
        .join(articles, a.id == t.c.article)
        .join(stories, stories.c.id == t.c.story)
    )  # fmt: skip


def _record(row: Row) -> Record:
    return Record(
        _held(row), row.story_title, row.title, row.source, row.url, row.published,
        row.settled_at, row.outcome, row.alert,
    )  # fmt: skip


def _held(row: Row) -> Held:
    return Held(
        row.id, row.story, row.article, RuleId(row.rule), Cause(row.cause), row.at, row.until,
        row.why, row.note,
    )  # fmt: skip
