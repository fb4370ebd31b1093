"""Feeds between polls: what the configuration changes, whose turn it is, who polls."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.model import FeedName, FeedState, FeedStatus, Validators
from monitor.store import feeds
from monitor.store.database import Connection, Database
from tests.integration.store.helpers import DAY, HOUR, MINUTE, NOW, feed

A, B, C = FeedName("a"), FeedName("b"), FeedName("c")


def claim(conn: Connection, owner: str = "me", **more: object) -> list[FeedState]:
    options = {"now": NOW, "limit": 10, "lease": MINUTE} | more
    return feeds.claim_due(conn, owner=owner, **options)  # type: ignore[arg-type]  # of claim_due


def names(states: list[FeedState]) -> list[str]:
    return [state.name for state in states]


def test_a_new_feed_is_due_at_once_and_claimed_by_one(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        assert names(claim(conn)) == ["a", "b"]
        assert claim(conn, owner="other") == []

    database.transact_now(work)


def test_everything_a_poll_learned_comes_back(database: Database) -> None:
    state = FeedState(
        name=A,
        url="https://a.example/moved",
        status=FeedStatus.FAILING,
        validators=Validators('W/"x"', "Sun, 01 Mar 2026 12:00:00 GMT"),
        full_fetch_at=NOW - HOUR,
        body_hash="beef",
        first_parsed_at=NOW - DAY,
        last_poll_at=NOW,
        last_success_at=NOW - 2 * HOUR,
        last_new_at=NOW - 3 * HOUR,
        next_poll_at=NOW + timedelta(microseconds=1),
        interval=timedelta(seconds=90.5),
        failures=1.75,
        last_error="connection refused",
        last_error_at=NOW,
        moved_to="https://a.example/new",
        moved_count=2,
        polls=7,
        articles=9,
    )

    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a")], now=NOW)
        claim(conn)
        assert feeds.save(conn, state, owner="me")

    database.transact_now(work)
    assert database.read_now(lambda conn: feeds.get(conn, A)) == state
    assert database.read_now(feeds.list_all) == [state]


def test_the_most_overdue_feeds_are_claimed_first_up_to_the_limit(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b"), feed("c")], now=NOW)
        states = {s.name: s for s in claim(conn)}
        for name, ago in ((A, 1), (B, 3), (C, 2)):
            state = replace(states[name], next_poll_at=NOW - ago * MINUTE)
            assert feeds.save(conn, state, owner="me")
        assert names(claim(conn, limit=2)) == ["b", "c"]
        assert names(claim(conn)) == ["a"]

    database.transact_now(work)


def test_a_feed_is_not_due_before_its_time_nor_without_one(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        first, second = claim(conn)
        feeds.save(conn, replace(first, next_poll_at=NOW + MINUTE), owner="me")
        feeds.save(conn, replace(second, next_poll_at=None), owner="me")
        assert claim(conn) == []
        assert names(claim(conn, now=NOW + MINUTE)) == ["a"]

    database.transact_now(work)


def test_a_lease_that_ran_out_lets_another_have_the_feed_and_refuses_the_late_one(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a")], now=NOW)
        (state,) = claim(conn)
        assert names(claim(conn, owner="other", now=NOW + MINUTE)) == ["a"]
        assert not feeds.save(conn, replace(state, body_hash="late"), owner="me")
        assert feeds.save(conn, replace(state, body_hash="timely"), owner="other")
        kept = feeds.get(conn, A)
        assert kept is not None
        assert kept.body_hash == "timely"

    database.transact_now(work)


def test_releasing_gives_back_only_what_is_ours(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        claim(conn, limit=1)
        claim(conn, owner="other")
        feeds.release(conn, [A, B], owner="me")
        assert names(claim(conn)) == ["a"]

    database.transact_now(work)


def test_many_saves_in_one_statement_say_how_many_were_still_held(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        states = claim(conn)
        feeds.release(conn, [B], owner="me")
        assert feeds.save_many(conn, states, owner="me") == 1
        assert feeds.save_many(conn, [], owner="me") == 0

    database.transact_now(work)


def test_a_feed_out_of_the_configuration_is_kept_and_not_polled(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        (state,) = claim(conn, limit=1)
        feeds.save(conn, replace(state, body_hash="beef", next_poll_at=NOW), owner="me")
        feeds.sync(conn, [feed("b")], now=NOW)
        assert names(feeds.list_all(conn)) == ["b"]
        assert names(feeds.list_all(conn, removed=True)) == ["a"]
        assert names(claim(conn, due_only=False)) == ["b"]

        feeds.sync(conn, [feed("a"), feed("b")], now=NOW + HOUR)
        (back,) = claim(conn, now=NOW + HOUR, names=[A])
        assert (back.name, back.body_hash, back.status) == ("a", "beef", FeedStatus.NEW)

    database.transact_now(work)


def test_another_url_or_a_long_absence_makes_a_feed_new(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        for state in claim(conn):
            parsed = replace(state, first_parsed_at=NOW, status=FeedStatus.OK, polls=3)
            feeds.save(conn, parsed, owner="me")
        feeds.sync(conn, [feed("a", "https://elsewhere.example/")], now=NOW)
        moved = feeds.get(conn, A)
        assert moved == FeedState(A, "https://elsewhere.example/", next_poll_at=NOW)

        later = NOW + feeds.FORGET_REMOVED
        feeds.sync(conn, [feed("b")], now=later)
        fresh = feeds.get(conn, B)
        assert fresh == FeedState(B, "https://b.example/feed", next_poll_at=later)

    database.transact_now(work)


def test_an_address_learned_from_redirects_survives_a_reload(database: Database) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a")], now=NOW)
        (state,) = claim(conn)
        feeds.save(conn, replace(state, url="https://new.example/"), owner="me")
        feeds.sync(conn, [feed("a")], now=NOW)
        kept = feeds.get(conn, A)
        assert kept is not None
        assert kept.url == "https://new.example/"

    database.transact_now(work)


def test_a_disabled_feed_is_never_claimed_even_if_switched_off_during_its_poll(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b", enabled=False)], now=NOW)
        (state,) = claim(conn)
        feeds.sync(conn, [feed("a", enabled=False), feed("b", enabled=False)], now=NOW)
        assert feeds.save(conn, replace(state, status=FeedStatus.OK), owner="me")
        assert claim(conn, due_only=False) == []
        assert claim(conn, due_only=False, names=[A, B]) == []
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        assert names(claim(conn)) == ["a", "b"]

    database.transact_now(work)


def test_whatever_the_time_means_all_but_the_gone_unless_they_are_named(
    database: Database,
) -> None:
    def work(conn: Connection) -> None:
        feeds.sync(conn, [feed("a"), feed("b")], now=NOW)
        first, second = claim(conn)
        feeds.save(conn, replace(first, status=FeedStatus.GONE, next_poll_at=None), owner="me")
        feeds.save(conn, replace(second, next_poll_at=NOW + DAY), owner="me")
        assert names(claim(conn, due_only=False)) == ["b"]
        assert names(claim(conn, due_only=False, names=[A])) == ["a"]

    database.transact_now(work)
