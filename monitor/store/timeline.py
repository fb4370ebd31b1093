"""What happened to a story, in order: articles, alerts, deliveries, holds, corrections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import StoryId
from monitor.store import holds, regroup
from monitor.store.leases import Row
from monitor.store.schema import (
    alerts,
    articles,
    deliveries,
    matches,
    message_alerts,
    story_articles,
)

Kind: TypeAlias = Literal["article", "alert", "delivery", "held", "settled", "correction"]
_ORDER: tuple[Kind, ...] = ("correction", "article", "alert", "held", "settled", "delivery")
"""Of what happened at the same moment."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``text`` says what, ``reason`` why; the rest where it applies."""

    at: datetime
    kind: Kind
    text: str
    reason: str = ""
    article: int | None = None
    alert: int | None = None
    rules: tuple[str, ...] = ()
    source: str = ""
    title: str = ""
    url: str | None = None
    channel: str = ""
    state: str = ""
    until: datetime | None = None


def of_story(conn: Connection, story: StoryId) -> list[Event]:
    """Everything on record about a story, oldest first."""
    found = [
        *_joined(conn, story),
        *_alerts(conn, story),
        *_deliveries(conn, story),
        *_held(conn, story),
        *_corrections(conn, story),
    ]
    return sorted(found, key=lambda e: (e.at, _ORDER.index(e.kind), e.alert or 0, e.article or 0))


def _joined(conn: Connection, story: StoryId) -> list[Event]:
    s, a, m = story_articles, articles, matches
    rules: dict[int, dict[str, None]] = {}
    for row in conn.execute(
        sa.select(m.c.article, m.c.rule)
        .join(s, s.c.article == m.c.article)
        .where(s.c.story == story)
        .order_by(m.c.version, m.c.rule)
    ):
        rules.setdefault(row.article, {})[row.rule] = None
    rows = conn.execute(
        sa.select(s.c.article, s.c.joined_at, s.c.source, s.c.reason, a.c.title, a.c.url)
        .join(a, a.c.id == s.c.article)
        .where(s.c.story == story)
    )
    return [
        Event(
            r.joined_at, "article", f"{r.source}: {r.title}", r.reason, r.article,
            rules=tuple(rules.get(r.article, ())), source=r.source, title=r.title, url=r.url,
        )
        for r in rows
    ]  # fmt: skip


def _alerts(conn: Connection, story: StoryId) -> list[Event]:
    return [
        Event(
            r.created_at, "alert", f"alert {r.id}: {r.reason}", r.note, r.article, r.id,
            rules=tuple(hit["rule"] for hit in r.hits["hits"]),
        )
        for r in _alert_rows(conn, story)
    ]  # fmt: skip


def _alert_rows(conn: Connection, story: StoryId) -> list[Row]:
    t, members = alerts, sa.select(story_articles.c.article).where(story_articles.c.story == story)
    return list(conn.execute(sa.select(t).where(t.c.article.in_(members)).order_by(t.c.id)))


def _deliveries(conn: Connection, story: StoryId) -> list[Event]:
    d = deliveries
    ids = [row.id for row in _alert_rows(conn, story)]
    rows = conn.execute(
        sa.select(
            d.c.channel, d.c.state, d.c.reason, d.c.created_at, d.c.sent_at, d.c.next_attempt_at,
            message_alerts.c.alert,
        )
        .join(message_alerts, message_alerts.c.message == d.c.message)
        .where(message_alerts.c.alert.in_(ids))
    )  # fmt: skip
    return [
        Event(
            r.sent_at or r.created_at, "delivery", f"{r.channel}: {r.state}", r.reason,
            alert=r.alert, channel=r.channel, state=r.state, until=r.next_attempt_at,
        )
        for r in rows
    ]  # fmt: skip


def _held(conn: Connection, story: StoryId) -> list[Event]:
    found = []
    for record in holds.records(conn, story=story):
        h = record.held
        new = f" ({h.note})" if h.note else ""
        found.append(
            Event(
                h.at, "held", f"held, {h.cause}{new}", h.why, h.article, None, (h.rule,),
                until=h.until if not record.outcome else None,
                state="held" if not record.outcome else "settled",
            )
        )  # fmt: skip
        # What an alert tells of stands with the alert; only other ends need a line of their own.
        if record.settled_at is not None and record.alert is None:
            found.append(
                Event(
                    record.settled_at, "settled", "held no longer", record.outcome, h.article,
                    None, (h.rule,),
                )
            )  # fmt: skip
    return found


def _corrections(conn: Connection, story: StoryId) -> list[Event]:
    found = []
    for c in regroup.of_story(conn, story):
        count = f"{len(c.articles)} article{'' if len(c.articles) == 1 else 's'}"
        text = f"{c.kind} by {c.author or 'hand'}: {count} from story {c.story} into {c.into}"
        found.append(Event(c.at, "correction", text, c.comment))
    return found
