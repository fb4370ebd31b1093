"""What the watch finds wrong, as values in and troubles out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.model import Feed, FeedName, FeedState, FeedStatus
from monitor.upkeep import feed_troubles, queue_troubles

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = NOW - timedelta(days=3)
A, B = FeedName("a"), FeedName("b")
FEEDS = {n: Feed(n, f"https://{n}.example/feed") for n in (A, B)}
WELL = FeedState(
    A, "https://a.example/feed", FeedStatus.OK, last_poll_at=NOW, last_success_at=NOW,
    next_poll_at=NOW + timedelta(minutes=10),
)  # fmt: skip
FAILING = replace(WELL, status=FeedStatus.FAILING, last_error="no answer")


def find(*states: FeedState) -> dict[str, tuple[str, str]]:
    return feed_troubles(FEEDS, states, now=NOW, started_at=START)


def test_all_is_well() -> None:
    assert find(WELL, replace(WELL, name=B)) == {}


def test_a_feed_that_failed_for_a_day_is_dead() -> None:
    dead = replace(FAILING, last_success_at=NOW - timedelta(hours=25))
    found = find(dead, replace(WELL, name=B))
    assert list(found) == ["feed:a"]
    assert "no answer" in found["feed:a"][1]
    assert (
        find(replace(dead, last_success_at=NOW - timedelta(hours=23)), replace(WELL, name=B)) == {}
    )


def test_a_gone_and_a_blocked_feed_are_told_at_once() -> None:
    blocked = replace(WELL, name=B, status=FeedStatus.BLOCKED, last_error="an inner address")
    found = find(replace(WELL, status=FeedStatus.GONE), blocked)
    assert set(found) == {"feed:a", "feed:b"}


def test_when_every_feed_fails_that_is_one_trouble() -> None:
    since = NOW - timedelta(hours=30)
    both = [replace(FAILING, name=n, last_success_at=since) for n in (A, B)]
    assert list(find(*both)) == ["feeds:all"]


def test_a_gone_feed_does_not_hide_that_all_others_fail() -> None:
    failing = [
        replace(FAILING, name=FeedName(n), last_success_at=NOW - timedelta(hours=1)) for n in "bcd"
    ]
    configured = {s.name: Feed(s.name, s.url) for s in (*failing, WELL)}
    gone = replace(WELL, status=FeedStatus.GONE, last_success_at=NOW - timedelta(days=9))
    found = feed_troubles(configured, [gone, *failing], now=NOW, started_at=START)
    assert set(found) == {"feeds:all"}


def test_a_feed_that_could_never_be_read_is_told_and_stays_told() -> None:
    wrong = replace(FAILING, last_success_at=None, failures=4.0, last_error_at=NOW)
    assert list(find(wrong, replace(WELL, name=B))) == ["feed:a"]
    assert find(replace(wrong, failures=3.0), replace(WELL, name=B)) == {}


def test_a_login_in_a_url_is_told_to_nobody() -> None:
    name = FeedName("https://me:hunter2@a.example/feed")
    wrong = replace(FAILING, name=name, url=name, last_success_at=None, failures=4.0)
    for state in (wrong, replace(wrong, status=FeedStatus.GONE)):
        found = feed_troubles({name: Feed(name, name)}, [state], now=NOW, started_at=START)
        ((title, text),) = found.values()
        assert "https://a.example/feed" in title
        assert "https://a.example/feed" in text
        assert "hunter2" not in title + text


def test_disabled_and_removed_feeds_trouble_nobody() -> None:
    dead = replace(FAILING, last_success_at=NOW - timedelta(days=9))
    removed = replace(dead, name=FeedName("removed"))
    disabled = {A: replace(FEEDS[A], enabled=False)}
    assert feed_troubles(disabled, [dead, removed], now=NOW, started_at=START) == {}


def test_when_most_of_what_is_late_is_of_one_site_the_hint_is_about_that_site() -> None:
    late = [
        replace(
            WELL, name=FeedName(f"f{n}"), url=f"https://feeds{n}.example.org/",
            next_poll_at=NOW - timedelta(minutes=10),
        )
        for n in range(150)
    ]  # fmt: skip
    configured = {s.name: Feed(s.name, s.url) for s in late}
    _, text = feed_troubles(configured, late, now=NOW, started_at=START)["late:polls"]
    assert text.startswith("150 polls are overdue, the oldest by 10 minutes")
    assert "150 of them are of example.org" in text
    few = feed_troubles(configured, late[:50], now=NOW, started_at=START)
    assert "concurrency" in few["late:polls"][1]


def test_lateness_counts_from_the_start_of_the_daemon() -> None:
    late = replace(WELL, next_poll_at=NOW - timedelta(hours=5))
    assert "late:polls" in find(late)
    assert feed_troubles(FEEDS, [late], now=NOW, started_at=NOW - timedelta(minutes=1)) == {}


def test_a_message_due_for_long_is_reported() -> None:
    assert queue_troubles(None, now=NOW) == {}
    assert queue_troubles(NOW - timedelta(minutes=29), now=NOW) == {}
    assert "queue:stuck" in queue_troubles(NOW - timedelta(minutes=31), now=NOW)
