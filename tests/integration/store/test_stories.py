"""Stories, their outlets and timelines."""

from __future__ import annotations

import pytest

from monitor.model import (
    AlertId,
    ChannelName,
    DeliveryId,
    DeliveryState,
    Reason,
    RuleId,
    Severity,
    StoryId,
)
from monitor.store import alerts, articles, history, outbox, stories, versions
from monitor.store.database import Connection, Database
from tests.integration.store.helpers import (
    DESK,
    DUTY,
    HOUR,
    MINUTE,
    NOW,
    add_alert,
    add_article,
    add_story,
    add_to_story,
    article,
    hit,
)


def test_a_story_counts_its_articles_and_remembers_its_last(database: Database) -> None:
    def work(conn: Connection) -> None:
        story, _ = add_story(conn, now=NOW)
        add_to_story(conn, story, now=NOW + HOUR)
        add_to_story(conn, story, now=NOW + MINUTE)
        other, _ = add_story(conn, now=NOW + MINUTE)
        expected = stories.Story(story, "Convoi", NOW, NOW + HOUR, 3)
        assert stories.get(conn, story) == expected
        assert [s.id for s in stories.list_recent(conn, limit=5)] == [story, other]
        assert stories.list_recent(conn, limit=5, since=NOW + HOUR) == [expected]
        assert stories.get(conn, StoryId(99)) is None

    database.transact_now(work)


def test_an_outlet_is_named_once_with_its_first_article(database: Database) -> None:
    def work(conn: Connection) -> None:
        story, first = add_story(conn, source="Le Fleuve")
        add_to_story(conn, story, now=NOW + 2 * HOUR, source="Sahel Post")
        add_to_story(conn, story, now=NOW + HOUR, source="Agence")
        add_to_story(conn, story, now=NOW + 3 * HOUR, source="Le Fleuve")
        got = versions.outlets_of(conn, [story])[story]
        assert [o.name for o in got] == ["Le Fleuve", "Agence", "Sahel Post"]
        original = articles.get(conn, first)
        assert original is not None
        assert got[0].url == original.url
        assert versions.outlets_of(conn, [StoryId(99)]) == {}

    database.transact_now(work)


def test_history_says_what_was_alerted_and_the_loudest_each_channel_was_told(
    database: Database,
) -> None:
    def tell(conn: Connection, alert: AlertId, story: StoryId, channel: ChannelName) -> DeliveryId:
        return outbox.enqueue(
            conn, alert, story=story, channel=channel, release_at=NOW, grouped=False, now=NOW
        )

    def work(conn: Connection) -> None:
        where = add_story(conn)
        story = where[0]
        one, _ = add_alert(conn, story=where, hits=[hit("b"), hit("a", Severity.HIGH)])
        two, _ = add_alert(
            conn, story=where, now=NOW + HOUR, hits=[hit("c")], reason=Reason.ANOTHER_RULE
        )
        tell(conn, one, story, DESK)
        tell(conn, two, story, DESK)
        tell(conn, two, story, DUTY)
        gone = tell(conn, two, story, ChannelName("void"))
        assert outbox.discard(conn, gone, "by hand")
        # An alert on another story tells nothing of this one.
        other, elsewhere = add_alert(conn, hits=[hit("d", Severity.FLASH)])
        tell(conn, other, elsewhere, DESK)

        got = history.of(conn, story)
        assert [(p.id, p.reason, p.rules, p.severity, p.created_at) for p in got.alerts] == [
            (one, Reason.FIRST, ("a", "b"), Severity.HIGH, NOW),
            (two, Reason.ANOTHER_RULE, ("c",), Severity.NORMAL, NOW + HOUR),
        ]
        assert got.told == {DESK: Severity.HIGH, DUTY: Severity.NORMAL}
        assert got.first_at == NOW
        with pytest.raises(LookupError):
            history.of(conn, StoryId(99))

    database.transact_now(work)


def test_a_dead_delivery_told_nobody_but_its_fallback_did(database: Database) -> None:
    def work(conn: Connection) -> None:
        alert, story = add_alert(conn)
        outbox.enqueue(
            conn, alert, story=story, channel=DESK, release_at=NOW, grouped=False, now=NOW
        )
        (claim,) = outbox.claim_due(
            conn, channels=[DESK], now=NOW, lease=MINUTE, owner="me", limit=9
        )
        outbox.dead(conn, claim.delivery, reason="no room", now=NOW, owner="me", fallback=DUTY)
        assert history.of(conn, story).told == {DUTY: Severity.NORMAL}
        assert outbox.counts(conn)[DESK] == {DeliveryState.DEAD: 1}

    database.transact_now(work)


def test_an_alert_shows_rules_article_and_the_other_outlets(database: Database) -> None:
    def work(conn: Connection) -> None:
        where = add_story(conn, source="Le Fleuve")
        story, id = where
        add_to_story(conn, story, now=NOW + HOUR, source="Le Fleuve")
        add_to_story(conn, story, now=NOW + HOUR, source="Agence")
        alert = alerts.add(
            conn, story=story, article=id, reason=Reason.MATERIAL_UPDATE,
            hits=[hit("b", Severity.HIGH), hit("a")], note="3 dead, not 2", now=NOW,
        )  # fmt: skip
        view = alerts.view(conn, alert)
        assert view is not None
        assert (view.story, view.reason, view.note) == (
            story,
            Reason.MATERIAL_UPDATE,
            "3 dead, not 2",
        )
        assert (view.title, view.source) == ("Convoi", "Le Fleuve")
        assert view.hits == (hit("b", Severity.HIGH), hit("a"))
        assert view.severity is Severity.HIGH
        assert [o.name for o in view.outlets] == ["Agence"]
        assert alerts.view(conn, AlertId(99)) is None

    database.transact_now(work)


def test_alerts_are_listed_newest_first(database: Database) -> None:
    def work(conn: Connection) -> None:
        ids = [add_alert(conn, now=NOW + n * HOUR)[0] for n in range(3)]
        assert [v.id for v in alerts.list_recent(conn, limit=2)] == [ids[2], ids[1]]
        recent = alerts.list_recent(conn, limit=9, since=NOW + HOUR)
        assert [v.id for v in recent] == [ids[2], ids[1]]

    database.transact_now(work)


def test_each_rule_counts_its_alerts_on_a_story(database: Database) -> None:
    from monitor.store.schema import alert_rules

    def work(conn: Connection) -> None:
        where = add_story(conn)
        add_alert(conn, story=where, hits=[hit("a")])
        add_alert(conn, story=where, hits=[hit("a"), hit("b"), hit("a")])
        add_alert(conn, hits=[hit("a")])
        rows = conn.execute(
            alert_rules.select().where(alert_rules.c.story == where[0]).order_by("rule", "seq")
        )
        assert [(r.rule, r.seq) for r in rows] == [("a", 1), ("a", 2), ("b", 1)]

    database.transact_now(work)


def test_an_article_is_in_one_story_only(database: Database) -> None:
    from monitor.errors import StoreError

    def work(conn: Connection) -> None:
        _, id = add_story(conn)
        other = stories.create(conn, title="x", now=NOW)
        stories.join(conn, other, id, source="", reason="", now=NOW)

    with pytest.raises(StoreError):
        database.transact_now(work)
    assert database.read_now(lambda conn: stories.list_recent(conn, limit=9)) == []


def test_a_source_without_name_goes_by_its_feed(database: Database) -> None:
    from dataclasses import replace

    def work(conn: Connection) -> None:
        story = stories.create(conn, title="x", now=NOW)
        id = add_article(conn, replace(article(source=""), feed="fleuve"))
        stories.join(conn, story, id, source="", reason="", now=NOW)
        alert, _ = add_alert(conn, story=(story, id), hits=[])
        view = alerts.view(conn, alert)
        assert view is not None
        assert (view.source, view.outlets) == ("fleuve", ())
        assert [o.name for o in versions.outlets_of(conn, [story])[story]] == ["fleuve"]
        assert RuleId("a") not in history.of(conn, story).rules

    database.transact_now(work)
