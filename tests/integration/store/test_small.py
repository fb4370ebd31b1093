"""The small aggregates: last good rules, troubles, status, the full-text queue."""

from __future__ import annotations

from datetime import datetime

from monitor.model import FeedName, OperatorNotice, RuleSource
from monitor.store import articles, fulltext, rules, status, troubles
from monitor.store.database import Connection, Database
from tests.integration.store.helpers import DAY, HOUR, MINUTE, NOW, add_article

FEED = FeedName("a")


def test_the_last_good_rules_are_exactly_those_saved_last(database: Database) -> None:
    one = RuleSource("rule", "convoys", "rules/a.yaml", "match: convoi")
    two = RuleSource("entity", "niger", "rules/entities/e.yaml", "имя: Нигер")
    same_id = RuleSource("rule", "niger", "rules/a.yaml", "x")

    def work(conn: Connection) -> None:
        assert rules.load_good(conn) == []
        rules.save_good(conn, [one, two, same_id], now=NOW)
        assert rules.load_good(conn) == [two, one, same_id]
        changed = RuleSource("rule", "convoys", "rules/b.yaml", "match: convois")
        rules.save_good(conn, [changed, two], now=NOW)
        assert rules.load_good(conn) == [two, changed]
        rules.save_good(conn, [], now=NOW)
        assert rules.load_good(conn) == []

    database.transact_now(work)


def test_saving_rules_again_writes_only_what_changed(database: Database) -> None:
    from monitor.store.schema import rule_sources

    def work(conn: Connection) -> None:
        kept, new = RuleSource("rule", "a", "f", "t"), RuleSource("rule", "b", "f", "t")
        rules.save_good(conn, [kept], now=NOW)
        rules.save_good(conn, [kept, new], now=NOW + HOUR)
        rows = conn.execute(rule_sources.select().order_by("id"))
        assert [r.saved_at for r in rows] == [NOW, NOW + HOUR]

    database.transact_now(work)


def test_a_trouble_is_new_once_and_its_end_is_told_once(database: Database) -> None:
    def work(conn: Connection) -> None:
        assert troubles.open(conn, "feed:a", "Feed a is dead", "3 days", now=NOW)
        assert not troubles.open(conn, "feed:a", "Feed a is dead", "4 days", now=NOW + DAY)
        assert troubles.open(conn, "disk", "Disk full", "no room", now=NOW - HOUR)
        assert troubles.list_open(conn) == [
            OperatorNotice("disk", "Disk full", "no room", NOW - HOUR),
            OperatorNotice("feed:a", "Feed a is dead", "4 days", NOW),
        ]
        over = troubles.close(conn, "feed:a", now=NOW + 2 * DAY)
        assert over == OperatorNotice(
            "feed:a", "Feed a is dead", "4 days", NOW + 2 * DAY, resolved=True
        )
        assert troubles.close(conn, "feed:a", now=NOW) is None
        assert troubles.open(conn, "feed:a", "again", "", now=NOW)

    database.transact_now(work)


def test_status_keeps_the_newest_value_of_any_shape(database: Database) -> None:
    def work(conn: Connection) -> None:
        assert status.get(conn, "rules") is None
        status.put(conn, "rules", {"loaded": 3, "bad": ["x"]}, now=NOW)
        status.put(conn, "rules", {"loaded": 4, "bad": []}, now=NOW + HOUR)
        status.put(conn, "nothing", None, now=NOW)
        assert status.get(conn, "rules") == ({"loaded": 4, "bad": []}, NOW + HOUR)
        assert status.get(conn, "nothing") == (None, NOW)
        assert list(status.all(conn)) == ["nothing", "rules"]

    database.transact_now(work)


def claim(conn: Connection, *, owner: str = "me", now: datetime = NOW) -> list[int]:
    jobs = fulltext.claim_due(conn, now=now, limit=2, lease=MINUTE, owner=owner)
    return [job.article for job in jobs]


def test_pages_are_claimed_by_one_in_order_and_end_done_or_failed(database: Database) -> None:
    def work(conn: Connection) -> None:
        a, b, c = (add_article(conn) for _ in range(3))
        for id, ago in ((a, 1), (b, 3), (c, 2)):
            fulltext.enqueue(conn, id, f"https://x.example/{id}", FEED, now=NOW - ago * MINUTE)
        (first, second) = fulltext.claim_due(conn, now=NOW, limit=2, lease=MINUTE, owner="me")
        assert (first.article, second.article) == (b, c)
        assert (first.url, first.feed, first.attempts) == (f"https://x.example/{b}", "a", 1)
        assert claim(conn, owner="other") == [a]
        assert not fulltext.done(conn, a, owner="me")
        assert fulltext.done(conn, b, owner="me")
        assert fulltext.give_up(conn, c, reason="404", owner="me")
        assert claim(conn, now=NOW + DAY) == [a]

    database.transact_now(work)


def test_a_page_waits_for_its_time_and_a_lost_lease_frees_it(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = add_article(conn)
        fulltext.enqueue(conn, id, "u", FEED, now=NOW)
        assert claim(conn) == [id]
        later = NOW + HOUR
        assert fulltext.defer(conn, id, reason="503", next_attempt_at=later, owner="me")
        assert not fulltext.is_due(conn, now=NOW)
        assert fulltext.is_due(conn, now=later)
        assert claim(conn) == []
        assert claim(conn, now=later) == [id]
        assert claim(conn, owner="other", now=later + MINUTE) == [id]
        assert not fulltext.defer(conn, id, reason="", next_attempt_at=NOW, owner="me")
        (job,) = fulltext.claim_due(
            conn, now=later + 2 * MINUTE, limit=1, lease=MINUTE, owner="third"
        )
        assert job.attempts == 4

    database.transact_now(work)


def test_a_new_version_has_its_page_fetched_again(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = add_article(conn)
        fulltext.enqueue(conn, id, "u", FEED, now=NOW)
        claim(conn)
        fulltext.give_up(conn, id, reason="404", owner="me")
        fulltext.enqueue(conn, id, "v", FEED, now=NOW + HOUR)
        (job,) = fulltext.claim_due(conn, now=NOW + HOUR, limit=9, lease=MINUTE, owner="me")
        assert (job.url, job.attempts) == ("v", 1)
        assert articles.get(conn, id) is not None

    database.transact_now(work)
