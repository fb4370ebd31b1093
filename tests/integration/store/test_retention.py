"""What is old goes, in steps; what is not final, or still needed, stays."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from monitor.alerts.holding import Cause, Hold
from monitor.alerts.silences import Silence
from monitor.model import AlertId, DeliveryState, FeedName, RuleId, StoryId
from monitor.store import (
    alerts,
    articles,
    feeds,
    fulltext,
    history,
    holds,
    outbox,
    regroup,
    retention,
    silences,
    stories,
)
from monitor.store.database import Connection, Database
from tests.integration.store.helpers import (
    DAY,
    DESK,
    HOUR,
    MINUTE,
    NOW,
    add_alert,
    add_article,
    add_story,
    add_to_story,
    feed,
)

A, B = FeedName("a"), FeedName("b")


def purge(conn: Connection, now: datetime, limit: int = 100) -> dict[str, int]:
    """The kinds of which something went."""
    gone = retention.purge(conn, now=now, articles=60 * DAY, deliveries=90 * DAY, limit=limit)
    return {kind: n for kind, n in gone.items() if n}


def told(conn: Connection, *, sent: bool = True) -> tuple[AlertId, StoryId]:
    alert, story = add_alert(conn)
    outbox.enqueue(conn, alert, story=story, channel=DESK, release_at=NOW, grouped=False, now=NOW)
    if sent:
        (claim,) = outbox.claim_due(
            conn, channels=[DESK], now=NOW, lease=MINUTE, owner="me", limit=9
        )
        outbox.sent(conn, claim.delivery, now=NOW, owner="me")
    return alert, story


def test_everything_told_goes_together_when_its_time_is_over(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert, story = told(conn)
        assert purge(conn, NOW + 90 * DAY) == {}
        late = NOW + 90 * DAY + HOUR
        assert purge(conn, late) == {
            "deliveries": 1, "messages": 1, "alerts": 1, "stories": 1, "articles": 1,
        }  # fmt: skip
        assert alerts.view(conn, alert) is None
        assert stories.get(conn, story) is None
        assert purge(conn, late) == {}

    database.transact_now(work)


def test_what_is_not_final_is_never_taken(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert, story = told(conn, sent=False)
        outbox.hold(conn, DESK, "gone")
        assert purge(conn, NOW + 1000 * DAY) == {}
        assert alerts.view(conn, alert) is not None
        assert outbox.counts(conn) == {DESK: {DeliveryState.HELD: 1}}
        assert history.of(conn, story).alerts

    database.transact_now(work)


def test_a_story_stays_for_an_alert_that_was_merged_into_it(database: Database) -> None:
    def work(conn: Connection) -> None:
        untold, _ = add_story(conn)
        alert, story = told(conn, sent=False)
        regroup.merge(conn, story, untold, author="", comment="", now=NOW)
        outbox.hold(conn, DESK, "gone")
        assert purge(conn, NOW + 1000 * DAY) == {"corrections": 1}
        view = alerts.view(conn, alert)
        assert view is not None
        assert view.story == untold

    database.transact_now(work)


def test_a_living_story_remembers_what_it_told(database: Database) -> None:
    def work(conn: Connection) -> None:
        _, story = told(conn)
        now = NOW + 20 * DAY
        gone = retention.purge(conn, now=now, articles=DAY, deliveries=DAY, limit=9)
        assert not any(gone.values())
        past = history.of(conn, story)
        assert past.alerts
        assert past.told

    database.transact_now(work)


def test_a_story_still_growing_keeps_its_first_alert(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert, story = told(conn)
        now = NOW + 91 * DAY
        add_to_story(conn, story, now=now)
        assert purge(conn, now) == {"deliveries": 1, "messages": 1}
        assert alerts.view(conn, alert) is not None

    database.transact_now(work)


def test_articles_outside_stories_go_with_their_matches_but_their_entries_stay(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        old, young = add_article(conn), add_article(conn, now=NOW + 30 * DAY)
        fulltext.enqueue(conn, old, "u", A, now=NOW)
        articles.put_entries(conn, A, [("g", old, "h"), ("n", young, "h")], now=NOW)
        assert purge(conn, NOW + 61 * DAY) == {"articles": 1}
        assert articles.get(conn, old) is None
        assert articles.get(conn, young) is not None
        assert articles.known_entries(conn, A, ["g"])["g"].article is None
        assert not fulltext.is_due(conn, now=NOW + 99 * DAY)

    database.transact_now(work)


def test_an_article_changed_lately_stays(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = add_article(conn)
        same = articles.get(conn, id)
        assert same is not None
        articles.update(conn, id, same, content_hash="i", now=NOW + 59 * DAY)
        assert purge(conn, NOW + 61 * DAY) == {}

    database.transact_now(work)


def test_entries_go_ninety_days_after_they_left_the_document(database: Database) -> None:
    def work(conn: Connection) -> None:
        articles.put_entries(conn, A, [("left", None, "h"), ("stays", None, "h")], now=NOW)
        articles.put_entries(conn, B, [("left", None, "h")], now=NOW)
        articles.touch_entries(conn, A, ["stays"], now=NOW + 90 * DAY)
        assert purge(conn, NOW + 91 * DAY) == {}
        articles.touch_entries(conn, A, ["stays"], now=NOW + 92 * DAY)
        assert purge(conn, NOW + 92 * DAY) == {"entries": 1}
        assert set(articles.known_entries(conn, A, ["left", "stays"])) == {"stays"}
        # Feed b showed no document since: nothing has left it, however long that is ago.
        assert set(articles.known_entries(conn, B, ["left"])) == {"left"}

    database.transact_now(work)


def test_feeds_long_unconfigured_are_forgotten_with_their_entries(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        articles.put_entries(conn, A, [("g", None, "h")], now=NOW)
        articles.put_entries(conn, B, [("g", None, "h")], now=NOW)
        feeds.sync(conn, [feed("b")], now=NOW)
        assert purge(conn, NOW + 89 * DAY) == {}
        assert purge(conn, NOW + 91 * DAY) == {"feeds": 1}
        assert feeds.get(conn, A) is None
        assert articles.known_entries(conn, A, ["g"]) == {}
        assert articles.known_entries(conn, B, ["g"])

    database.transact_now(work)


def test_a_step_takes_no_more_than_it_may(database: Database) -> None:
    def work(conn: Connection) -> None:
        for _ in range(5):
            add_article(conn)
        articles.put_entries(conn, A, [(f"g{n}", None, "h") for n in range(5)], now=NOW)
        articles.put_entries(conn, A, [("new", None, "h")], now=NOW + 91 * DAY)
        assert purge(conn, NOW + 91 * DAY, limit=2) == {"articles": 2, "entries": 2}
        assert purge(conn, NOW + 91 * DAY, limit=9) == {"articles": 3, "entries": 3}

    database.transact_now(work)


def test_the_entries_are_looked_through_once_for_all_steps(database: Database) -> None:
    def work(conn: Connection) -> None:
        for feed_name in (A, B):
            old = [(f"g{n}", None, "h") for n in range(3)]
            articles.put_entries(conn, feed_name, old, now=NOW)
            articles.put_entries(conn, feed_name, [("new", None, "h")], now=NOW + 91 * DAY)
        left = retention.left_before(conn)
        assert left == {A: NOW + DAY, B: NOW + DAY}
        articles.touch_entries(conn, B, ["g0"], now=NOW + 92 * DAY)  # it is back meanwhile

        def step() -> int:
            return retention.purge(
                conn, now=NOW + 92 * DAY, articles=DAY, deliveries=DAY, limit=2, left=left
            )["entries"]

        asked: list[str] = []
        sa.event.listen(conn, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert [step(), step(), step(), step()] == [2, 2, 1, 0]
        assert left == {}
        assert not [text for text in asked if "max(entries.last_seen_at)" in text.lower()]
        assert set(articles.known_entries(conn, B, ["g0", "g1", "new"])) == {"g0", "new"}

    database.transact_now(work)


def test_holds_go_with_their_story_and_old_silences_and_corrections_by_age(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        story, article = add_story(conn)
        silenced = Hold(RuleId("convoys"), Cause.SILENCE, "silenced")
        holds.add(conn, story, article, [silenced], source="Le Fleuve", now=NOW)
        silences.add(conn, Silence("", rule="convoys", until=NOW + DAY), now=NOW)
        silences.add(conn, Silence("", rule="convoys"), now=NOW)
        other, _ = add_story(conn)
        regroup.merge(conn, other, story, author="amina", comment="", now=NOW)
        later = NOW + 40 * DAY
        while any(retention.purge(conn, now=later, articles=DAY, deliveries=DAY, limit=9).values()):
            pass
        assert holds.records(conn) == []
        assert regroup.of_story(conn, story) == []
        (left,) = silences.list_all(conn, now=later, ended=True)
        assert left.until is None, "what never ends is kept"

    database.transact_now(work)
