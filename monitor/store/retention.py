"""Takes away what is old, in bounded steps so that no other transaction waits long.

What is not final (pending, held, being sent) is never touched, and what something kept still needs
is kept with it: an article belongs to its story, a story to its alerts, an alert to its messages.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from monitor.model import DeliveryState, FeedName
from monitor.store import silences, storyindex
from monitor.store.feeds import FORGET_REMOVED
from monitor.store.leases import chunks
from monitor.store.schema import (
    alerts,
    articles,
    corrections,
    deliveries,
    entries,
    feeds,
    message_alerts,
    messages,
    stories,
    story_articles,
)
from monitor.stories.decide import WINDOW

STORY_LIFE = timedelta(days=31)
"""No story takes in articles for longer (30 days), and what was told is known as long."""
ENTRY_LIFE = timedelta(days=90)
"""How long an entry is known after it left its feed's document, should it come back."""
_FINAL = [s.value for s in (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.DISCARDED)]


def purge(
    conn: Connection,
    *,
    now: datetime,
    articles: timedelta,
    deliveries: timedelta,
    limit: int,
    left: dict[FeedName, datetime] | None = None,
) -> dict[str, int]:
    """Delete at most ``limit`` rows of each kind that are older than the given ages; how many.

    Call again while any count reaches ``limit``. Order matters: each step frees the next one's rows
    (deliveries, messages, alerts, stories, articles). What was told is kept for `STORY_LIFE` at
    least, or a story could be told twice. ``left`` comes from `left_before`, once for all steps,
    and feeds that are done with are taken out of it; without it every step looks anew.
    """
    said = now - max(deliveries, STORY_LIFE)
    return {
        "deliveries": _deliveries(conn, said, limit),
        "messages": _messages(conn, said, limit),
        "alerts": _alerts(conn, said, limit),
        "features": storyindex.purge(conn, now - WINDOW, limit),
        "stories": _stories(conn, said, limit),
        "silences": silences.purge(conn, said, limit),
        "corrections": _corrections(conn, said, limit),
        "articles": _articles(conn, now - articles, limit),
        "entries": _entries(conn, left_before(conn) if left is None else left, limit),
        "feeds": _feeds(conn, now - FORGET_REMOVED, limit),
    }


def _deliveries(conn: Connection, before: datetime, limit: int) -> int:
    t = deliveries
    old = (
        sa.select(t.c.seq)
        .where(t.c.created_at < before, t.c.state.in_(_FINAL))
        .order_by(t.c.created_at)
        .limit(limit)
    )
    return conn.execute(sa.delete(t).where(t.c.seq.in_(old))).rowcount


def _messages(conn: Connection, before: datetime, limit: int) -> int:
    t = messages
    used = sa.exists().where(deliveries.c.message == t.c.id)
    old = sa.select(t.c.id).where(t.c.created_at < before, ~used).limit(limit)
    return conn.execute(sa.delete(t).where(t.c.id.in_(old))).rowcount


def _alerts(conn: Connection, before: datetime, limit: int) -> int:
    """An alert stays as long as its story may still be told of: it is why nothing is told twice."""
    t = alerts
    told = sa.exists().where(message_alerts.c.alert == t.c.id)
    alive = sa.exists().where(stories.c.id == t.c.story, stories.c.last_at >= before)
    old = sa.select(t.c.id).where(t.c.created_at < before, ~told, ~alive).limit(limit)
    return conn.execute(sa.delete(t).where(t.c.id.in_(old))).rowcount


def _stories(conn: Connection, before: datetime, limit: int) -> int:
    """A story stays for an alert of its own, and for one whose article was merged into it."""
    t, of = stories, story_articles
    used = sa.or_(
        sa.exists().where(alerts.c.story == t.c.id),
        sa.exists().where(of.c.story == t.c.id, alerts.c.article == of.c.article),
        sa.exists().where(messages.c.story == t.c.id),
    )
    old = sa.select(t.c.id).where(t.c.last_at < before, ~used).order_by(t.c.last_at).limit(limit)
    return conn.execute(sa.delete(t).where(t.c.id.in_(old))).rowcount


def _corrections(conn: Connection, before: datetime, limit: int) -> int:
    """What operators regrouped long ago; their articles stay where they were put."""
    t = corrections
    old = sa.select(t.c.id).where(t.c.at < before).limit(limit)
    return conn.execute(sa.delete(t).where(t.c.id.in_(old))).rowcount


def _articles(conn: Connection, before: datetime, limit: int) -> int:
    t = articles
    used = sa.exists().where(story_articles.c.article == t.c.id)
    old = (
        sa.select(t.c.id)
        .where(t.c.created_at < before, t.c.updated_at < before, ~used)
        .order_by(t.c.created_at)
        .limit(limit)
    )
    return conn.execute(sa.delete(t).where(t.c.id.in_(old))).rowcount


def left_before(conn: Connection) -> dict[FeedName, datetime]:
    """By feed, when the entries were seen last that have left its document for `ENTRY_LIFE`.

    Only feeds that have such entries. An entry has left for as long as younger ones were seen after
    it: measured within the feed and not by the clock, for while a feed fails, answers "not
    modified", or the monitor is switched off, nothing has left anything. It reads the whole table,
    so it belongs beside the writers (`Database.read`).
    """
    t = entries
    seen = sa.select(
        t.c.feed,
        sa.func.min(t.c.last_seen_at).label("first"),
        sa.func.max(t.c.last_seen_at).label("last"),
    ).group_by(t.c.feed)
    return {
        feed: last - ENTRY_LIFE
        for feed, first, last in conn.execute(seen)
        if first < last - ENTRY_LIFE
    }


def _entries(conn: Connection, left: dict[FeedName, datetime], limit: int) -> int:
    t = entries
    gone = 0
    for feed, before in list(left.items()):
        room = limit - gone
        if room <= 0:
            break
        old = sa.select(t.c.key).where(t.c.feed == feed, t.c.last_seen_at < before).limit(room)
        keys = conn.scalars(old).all()
        for part in chunks(keys):
            gone += conn.execute(sa.delete(t).where(t.c.feed == feed, t.c.key.in_(part))).rowcount
        if len(keys) < room:
            del left[feed]
    return gone


def _feeds(conn: Connection, before: datetime, limit: int) -> int:
    """Feeds long out of the configuration, with their entries."""
    t = feeds
    names = conn.scalars(sa.select(t.c.name).where(t.c.removed_at < before).limit(limit)).all()
    for part in chunks(names):
        conn.execute(sa.delete(entries).where(entries.c.feed.in_(part)))
        conn.execute(sa.delete(t).where(t.c.name.in_(part)))
    return len(names)
