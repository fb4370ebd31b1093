"""The archive: articles under their keys, entries of feeds, matches of versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.model import (
    Article,
    ArticleId,
    EntityId,
    Excerpt,
    FeedName,
    Match,
    RuleId,
    Span,
    TextField,
)
from monitor.store import articles, stories
from monitor.store.articles import KnownEntry
from monitor.store.database import Connection, Database
from tests.integration.store.helpers import DAY, HOUR, NOW, add_article, add_story, article

A = FeedName("a")
FULL = Article(
    key="fleuve.example/1",
    title="Нигер: конвой",
    body="Первый абзац.\n\nВторой.",
    url="https://fleuve.example/1?x=1",
    source="Le Fleuve",
    feed="a",
    author="A. Diallo",
    lang="ru",
    published=NOW - HOUR,
    tags=("niger", "convoi"),
)


def test_an_article_comes_back_as_it_was(database: Database) -> None:
    id, new = database.transact_now(
        lambda conn: articles.insert(conn, FULL, content_hash="h", now=NOW)
    )
    assert new
    assert database.read_now(lambda conn: articles.get(conn, id)) == FULL
    assert database.read_now(lambda conn: articles.get_many(conn, [id, id])) == {id: FULL}
    assert database.read_now(lambda conn: articles.get(conn, ArticleId(99))) is None


def test_what_no_database_can_hold_does_not_stop_an_article(database: Database) -> None:
    odd = replace(FULL, key="k\x00\ud800", title="a\x00b", body="\udfffx", tags=("t\x00", "\ud800"))

    def work(conn: Connection) -> None:
        id, _ = articles.insert(conn, odd, content_hash="h", now=NOW)
        kept = articles.get(conn, id)
        assert kept is not None
        assert (kept.title, kept.body) == ("a\ufffdb", "\ufffdx")
        assert articles.known_articles(conn, [odd.key])[odd.key].id == id

    database.transact_now(work)


@pytest.mark.parametrize("length", [100, 513, 100_000])
def test_keys_of_any_length_are_told_apart_by_their_end(database: Database, length: int) -> None:
    long = "é" * length
    keys = [long + "1", long + "2"]

    def work(conn: Connection) -> None:
        made = [(article(key), "h") for key in keys]
        assert [new for _, new in articles.insert_many(conn, made, now=NOW)] == [True, True]
        known = articles.known_articles(conn, [*keys, long])
        assert set(known) == set(keys)
        (one, two) = (known[key].id for key in keys)
        articles.put_entries(conn, A, [(keys[0], one, "h"), (keys[1], two, "h")], now=NOW)
        assert articles.known_entries(conn, A, [*keys, long]) == {
            keys[0]: KnownEntry(one, "h"),
            keys[1]: KnownEntry(two, "h"),
        }

    database.transact_now(work)


def test_a_key_is_stored_once_and_the_second_is_told_the_first_ones_id(database: Database) -> None:
    def work(conn: Connection) -> None:
        one, new = articles.insert(conn, article("k"), content_hash="h", now=NOW)
        assert new
        again = articles.insert(conn, article("k", title="Other"), content_hash="i", now=NOW)
        assert again == (one, False)
        kept = articles.get(conn, one)
        assert kept is not None
        assert kept.title == "Convoi"

    database.transact_now(work)


def test_many_at_once_answer_in_order_with_doubles_and_known_ones_among_them(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        known = add_article(conn, article("m"))
        made = articles.insert_many(
            conn, [(article(key), "h") for key in ("z", "m", "a", "z")], now=NOW
        )
        ids = [id for id, _ in made]
        assert [new for _, new in made] == [True, False, True, False]
        assert ids[1] == known
        assert ids[0] == ids[3]
        assert len(set(ids)) == 3
        assert articles.insert_many(conn, [], now=NOW) == []

    database.transact_now(work)


def test_a_new_version_keeps_key_and_first_date(database: Database) -> None:
    def work(conn: Connection) -> None:
        id = add_article(conn, article("k"))
        changed = replace(FULL, key="ignored")
        assert articles.update(conn, id, changed, content_hash="i", now=NOW + HOUR) == 2
        assert articles.get(conn, id) == replace(FULL, key="k")
        stored = articles.known_articles(conn, ["k"])["k"]
        assert (stored.version, stored.content_hash, stored.story) == (2, "i", None)
        ((_, _, first_seen),) = articles.page(conn, since=NOW, after_id=0, limit=9)
        assert first_seen == NOW

    database.transact_now(work)


def test_a_known_article_names_its_story(database: Database) -> None:
    def work(conn: Connection) -> None:
        story, id = add_story(conn)
        got = articles.get(conn, id)
        assert got is not None
        assert articles.known_articles(conn, [got.key])[got.key].story == story

    database.transact_now(work)


def test_entries_belong_to_their_feed_and_change_with_it(database: Database) -> None:
    def work(conn: Connection) -> None:
        one, two = add_article(conn), add_article(conn)
        articles.put_entries(conn, A, [("g", one, "h"), ("silent", None, "s")], now=NOW)
        articles.put_entries(conn, FeedName("b"), [("g", two, "h")], now=NOW)
        articles.put_entries(conn, A, [("g", two, "i")], now=NOW + HOUR)
        articles.put_entries(conn, A, [], now=NOW)
        assert articles.known_entries(conn, A, ["g", "silent", "new"]) == {
            "g": KnownEntry(two, "i"),
            "silent": KnownEntry(None, "s"),
        }

    database.transact_now(work)


def test_a_document_of_thousands_of_entries_is_looked_up_whole(database: Database) -> None:
    keys = [f"g{n}" for n in range(2345)]

    def work(conn: Connection) -> None:
        articles.put_entries(conn, A, [(key, None, "h") for key in keys], now=NOW)
        assert set(articles.known_entries(conn, A, [*keys, "new"])) == set(keys)

    database.transact_now(work)


def test_touching_writes_at_most_once_a_day(database: Database) -> None:
    from monitor.store.schema import entries

    def seen(conn: Connection) -> object:
        return conn.execute(entries.select()).one().last_seen_at

    def work(conn: Connection) -> None:
        articles.put_entries(conn, A, [("g", None, "h")], now=NOW)
        articles.touch_entries(conn, A, ["g"], now=NOW + DAY)
        assert seen(conn) == NOW
        articles.touch_entries(conn, A, ["g"], now=NOW + DAY + HOUR)
        assert seen(conn) == NOW + DAY + HOUR

    database.transact_now(work)


def test_matches_are_kept_by_version_and_a_second_time_changes_nothing(database: Database) -> None:
    match = Match(
        RuleId("r"),
        (
            Span(TextField.TITLE, 0, 5, "Нигер", "Niger", EntityId("niger"), "Russian"),
            Span(TextField.BODY, 3, 4, "x", "x"),
        ),
        Excerpt("Нигер: конвой", ((0, 5), (7, 13))),
        ("ALL niger: Нигер",),
    )
    bare = Match(RuleId("q"), (), Excerpt(""))

    def work(conn: Connection) -> None:
        id = add_article(conn)
        articles.add_matches(conn, id, 1, [match, bare], now=NOW)
        articles.add_matches(conn, id, 1, [match], now=NOW)
        articles.add_matches(conn, id, 2, [match], now=NOW)
        articles.add_matches(conn, id, 3, [], now=NOW)
        assert articles.list_matches(conn, id) == [(1, bare), (1, match), (2, match)]

    database.transact_now(work)


def test_pages_go_through_all_articles_since_a_moment_once(database: Database) -> None:
    def work(conn: Connection) -> None:
        add_article(conn, now=NOW - DAY)
        wanted = [add_article(conn, now=NOW + n * HOUR) for n in range(5)]
        got: list[int] = []
        while batch := articles.page(
            conn, since=NOW, after_id=ArticleId(got[-1] if got else 0), limit=2
        ):
            got += [id for id, _, _ in batch]
        assert got == wanted

    database.transact_now(work)


def test_ids_are_never_given_twice(database: Database) -> None:
    from monitor.store.schema import articles as table

    def work(conn: Connection) -> None:
        first = add_article(conn)
        conn.execute(table.delete())
        assert add_article(conn) > first
        assert stories.create(conn, title="", now=NOW)

    database.transact_now(work)
