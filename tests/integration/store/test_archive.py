"""The stored past: how much there is, in pages, and what rules have matched."""

from __future__ import annotations

from sqlalchemy import Connection

from monitor.model import Excerpt, Match, RuleId
from monitor.store import Database, archive, articles
from tests.integration.store.helpers import DAY, HOUR, NOW, add_article


def test_the_extent_of_a_time_has_its_articles_and_no_others(database: Database) -> None:
    def work(conn: Connection) -> None:
        assert archive.extent(conn, since=NOW) is None
        add_article(conn, now=NOW - DAY)
        first = add_article(conn, now=NOW)
        last = add_article(conn, now=NOW + HOUR)
        assert archive.extent(conn, since=NOW) == archive.Extent(first, last, 2)
        assert archive.extent(conn, since=NOW + DAY) is None

    database.transact_now(work)


def test_the_newest_are_counted_from_the_end(database: Database) -> None:
    def work(conn: Connection) -> None:
        assert archive.newest(conn, count=3) is None
        ids = [add_article(conn, now=NOW + n * HOUR) for n in range(5)]
        assert archive.newest(conn, count=3) == archive.Extent(ids[2], ids[4], 3)
        assert archive.newest(conn, count=9) == archive.Extent(ids[0], ids[4], 5)

    database.transact_now(work)


def test_a_page_holds_its_ids_in_order_and_leaves_out_what_is_older(database: Database) -> None:
    def work(conn: Connection) -> None:
        ids = [add_article(conn, now=NOW + n * HOUR) for n in (0, -30, 1, 2)]
        everything = archive.page(conn, first=ids[0], last=ids[3])
        assert [kept.id for kept in everything] == ids
        assert everything[2].seen_at == NOW + HOUR
        assert everything[0].article == articles.get(conn, ids[0])
        assert [k.id for k in archive.page(conn, first=ids[1], last=ids[2], since=NOW)] == [ids[2]]

    database.transact_now(work)


def test_a_rules_history_counts_articles_not_versions(database: Database) -> None:
    def work(conn: Connection) -> None:
        rule = Match(RuleId("convoys"), (), Excerpt(""))
        old, new = add_article(conn), add_article(conn)
        articles.add_matches(conn, old, 1, [rule], now=NOW - 9 * DAY)
        articles.add_matches(conn, new, 1, [rule], now=NOW)
        articles.add_matches(conn, new, 2, [rule], now=NOW + HOUR)
        found = archive.histories(conn, since=NOW - 7 * DAY)
        assert found == {"convoys": archive.History(NOW + HOUR, 1)}
        assert archive.histories(conn, since=NOW + DAY)["convoys"].recent == 0

    database.transact_now(work)
