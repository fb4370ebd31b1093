"""When feeds are asked, and what is believed of their answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import (
    BlockedAddress,
    FeedError,
    FeedGone,
    FeedUnreadable,
    FetchFailed,
    FetchFault,
)
from monitor.feeds import schedule
from monitor.feeds.schedule import Answer, Intervals, Plan
from monitor.model import FeedName, FeedState, FeedStatus, Validators

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://example.org/feed"
POLICY = Intervals()
KNOWN = FeedState(
    FeedName("a"),
    URL,
    status=FeedStatus.OK,
    validators=Validators('"one"', "Sun, 01 Mar 2026 10:00:00 GMT"),
    first_parsed_at=NOW - timedelta(days=3),
    full_fetch_at=NOW - timedelta(hours=1),
    interval=timedelta(minutes=10),
)


def success(state: FeedState, answer: Answer, *, jitter: float = 0.5, **policy: object) -> Plan:
    intervals = replace(POLICY, **policy)  # type: ignore[arg-type]
    return schedule.after_success(state, answer, now=NOW, policy=intervals, jitter=jitter)


def failure(state: FeedState, error: FeedError, *, jitter: float = 0.0, **policy: object) -> Plan:
    intervals = replace(POLICY, **policy)  # type: ignore[arg-type]
    return schedule.after_failure(state, error, now=NOW, policy=intervals, jitter=jitter)


def failed(fault: FetchFault, retry_after: float | None = None) -> FetchFailed:
    return FetchFailed(URL, "no", fault=fault, retry_after=retry_after)


def wait(plan: Plan) -> timedelta:
    assert plan.state.next_poll_at is not None
    assert plan.reason
    return plan.state.next_poll_at - NOW


def test_a_feed_that_brings_news_is_asked_sooner_and_one_that_does_not_later() -> None:
    news = success(KNOWN, Answer(new=3))
    none = success(KNOWN, Answer(unchanged=True))
    assert wait(news) == timedelta(minutes=7)
    assert wait(none) == timedelta(minutes=11.5)
    assert "3 new" in news.reason
    assert "nothing new" in none.reason


def test_a_feed_that_has_slept_for_a_week_is_slowed_down_faster() -> None:
    plan = success(KNOWN, Answer(newest=NOW - timedelta(days=30)))
    assert wait(plan) == timedelta(minutes=15)


@given(st.lists(st.booleans(), max_size=60), st.floats(0, 1, exclude_max=True))
def test_the_interval_never_leaves_its_bounds(news: list[bool], jitter: float) -> None:
    state = KNOWN
    for new in news:
        plan = success(state, Answer(new=int(new)), jitter=jitter)
        state = plan.state
        assert state.interval is not None
        assert POLICY.minimum <= state.interval <= POLICY.maximum
        assert POLICY.minimum * 0.9 <= wait(plan) <= POLICY.maximum * 1.1


def test_the_first_document_starts_at_the_default() -> None:
    fresh = FeedState(FeedName("a"), URL)
    plan = success(fresh, Answer(new=50))
    assert wait(plan) == POLICY.default
    assert plan.state.first_parsed_at == NOW
    assert plan.state.status is FeedStatus.OK
    assert (plan.state.articles, plan.state.polls) == (50, 1)


def test_a_short_fixed_interval_is_kept_and_counted_from_when_it_was_due() -> None:
    second = timedelta(seconds=1)
    due = replace(KNOWN, next_poll_at=NOW - timedelta(milliseconds=300))
    for jitter in (0.0, 0.5, 0.999):
        plan = success(due, Answer(unchanged=True, min_interval=3600), jitter=jitter, fixed=second)
        assert abs(wait(plan) - timedelta(milliseconds=700)) <= timedelta(milliseconds=20)
    late = replace(KNOWN, next_poll_at=NOW - timedelta(seconds=30))
    assert wait(success(late, Answer(), fixed=second)) == second
    early = replace(KNOWN, next_poll_at=NOW + timedelta(hours=5))  # polled by hand before its time
    assert wait(success(early, Answer(), fixed=second)) == second


def test_freshness_lengthens_an_adaptive_interval_but_not_beyond_the_maximum() -> None:
    assert wait(success(KNOWN, Answer(new=1, min_interval=1800))) == timedelta(minutes=30)
    assert wait(success(KNOWN, Answer(new=1, min_interval=86_400))) == POLICY.maximum
    assert wait(success(KNOWN, Answer(new=1, min_interval=5))) == timedelta(minutes=7)


def test_retry_after_on_a_good_answer_is_honoured_even_by_a_fixed_interval() -> None:
    plan = success(KNOWN, Answer(retry_after=600), fixed=timedelta(seconds=1), jitter=0.5)
    assert timedelta(seconds=600) <= wait(plan) <= timedelta(seconds=660)
    assert "asks for" in plan.reason


def test_validators_are_saved_on_every_200_and_merged_on_304() -> None:
    bare = Answer(validators=Validators('"two"'), unchanged=True)
    assert success(KNOWN, bare).state.validators == Validators('"two"')
    plan = schedule.after_not_modified(KNOWN, bare, now=NOW, policy=POLICY, jitter=0.5)
    assert plan.state.validators == Validators('"two"', KNOWN.validators.last_modified)
    later = Answer(validators=Validators(None, "Sun, 01 Mar 2026 11:00:00 GMT"))
    dated = schedule.after_not_modified(KNOWN, later, now=NOW, policy=POLICY, jitter=0.5)
    assert dated.state.validators == Validators('"one"', later.validators.last_modified)
    assert plan.state.full_fetch_at == KNOWN.full_fetch_at
    assert plan.state.last_success_at == NOW


def test_an_unreadable_document_clears_what_would_hide_its_repair() -> None:
    before = replace(KNOWN, body_hash="abc")
    after = failure(before, FeedUnreadable(URL, "web page")).state
    assert not after.validators
    assert after.body_hash is None
    kept = failure(before, failed(FetchFault.HTTP_SERVER)).state
    assert kept.validators == KNOWN.validators
    assert kept.last_error == "no"


def test_a_full_fetch_is_wanted_every_twelve_hours_or_so_by_each_feed_at_its_own_time() -> None:
    assert not schedule.wants_full_fetch(KNOWN, NOW)
    late = replace(KNOWN, full_fetch_at=NOW - timedelta(hours=14))
    assert schedule.wants_full_fetch(late, NOW)
    assert schedule.wants_full_fetch(replace(KNOWN, validators=Validators()), NOW)
    edge = [replace(KNOWN, name=FeedName(f"f{i}"), full_fetch_at=NOW) for i in range(200)]
    wants = [schedule.wants_full_fetch(s, NOW + timedelta(hours=12)) for s in edge]
    assert 50 < sum(wants) < 150
    assert success(late, Answer(conditional=True)).state.full_fetch_at == late.full_fetch_at
    assert success(late, Answer(conditional=False)).state.full_fetch_at == NOW


@pytest.mark.parametrize(
    ("error", "weight"),
    [
        (failed(FetchFault.DNS), 0.25),
        (failed(FetchFault.TIMEOUT), 0.5),
        (failed(FetchFault.CONNECT), 0.5),
        (failed(FetchFault.HTTP_SERVER), 0.5),
        (failed(FetchFault.THROTTLED), 0.5),
        (failed(FetchFault.HTTP_CLIENT), 1),
        (failed(FetchFault.TLS), 1),
        (failed(FetchFault.URL), 1),
        (FeedUnreadable(URL, "x"), 1),
    ],
)
def test_failures_back_off_by_class(error: FeedError, weight: float) -> None:
    plan = failure(KNOWN, error)
    assert plan.state.failures == weight
    assert plan.state.status is FeedStatus.FAILING
    assert wait(plan) == timedelta(minutes=10) * 2**weight


def test_backing_off_ends_at_a_day_for_hard_errors_and_at_hours_for_soft_ones() -> None:
    hard = soft = fast = KNOWN
    for _ in range(200):
        hard = failure(hard, failed(FetchFault.HTTP_CLIENT)).state
        soft = failure(soft, failed(FetchFault.TIMEOUT)).state
        last = failure(fast, failed(FetchFault.HTTP_CLIENT), fixed=timedelta(seconds=1))
        fast = last.state
    assert hard.next_poll_at == NOW + timedelta(hours=24)
    assert soft.next_poll_at == NOW + timedelta(hours=4)
    assert wait(last) == timedelta(hours=24)
    once = failure(KNOWN, failed(FetchFault.TIMEOUT), fixed=timedelta(seconds=1))
    assert wait(once) < timedelta(seconds=2)


def test_backing_off_never_asks_more_often_than_a_long_interval() -> None:
    plan = failure(KNOWN, failed(FetchFault.DNS), fixed=timedelta(days=3))
    assert wait(plan) == timedelta(days=3)


def test_retry_after_is_never_undercut() -> None:
    for jitter in (0.0, 0.7):
        plan = failure(KNOWN, failed(FetchFault.THROTTLED, 7200), jitter=jitter)
        assert timedelta(hours=2) <= wait(plan) <= timedelta(hours=2.2)
    assert "server asks" in plan.reason
    assert wait(failure(KNOWN, failed(FetchFault.THROTTLED, 1))) > timedelta(minutes=10)


def test_gone_and_blocked_are_states_of_their_own_and_hardly_asked() -> None:
    gone = failure(KNOWN, FeedGone(URL, "410"))
    assert gone.state.status is FeedStatus.GONE
    assert wait(gone) >= timedelta(days=7)
    blocked = failure(KNOWN, BlockedAddress(URL, "inside"))
    assert blocked.state.status is FeedStatus.BLOCKED
    assert wait(blocked) >= timedelta(hours=24)


def test_a_good_answer_forgives_all_failures() -> None:
    bad = failure(KNOWN, failed(FetchFault.HTTP_CLIENT)).state
    good = success(bad, Answer()).state
    assert (good.failures, good.status, good.last_error) == (0, FeedStatus.OK, None)
    assert good.last_error_at == NOW, "when it last failed stays on record"


def test_a_move_is_believed_after_several_polls_that_agree() -> None:
    there, elsewhere = (
        Answer(moved_to="https://new.example/"),
        Answer(moved_to="https://x.example/"),
    )
    state = KNOWN
    for count in range(1, schedule.MOVED_AFTER):
        state = success(state, there).state
        assert (state.url, state.moved_count) == (URL, count)
    assert success(state, elsewhere).state.moved_count == 1
    assert success(state, Answer()).state.moved_count == 0
    assert failure(state, failed(FetchFault.TIMEOUT)).state.moved_count == 0
    moved = success(state, there).state
    assert (moved.url, moved.moved_to, moved.moved_count) == ("https://new.example/", None, 0)


def test_dates_in_the_future_are_not_the_newest() -> None:
    dates = [None, NOW - timedelta(days=2), NOW + timedelta(days=400)]
    assert schedule.newest_date(dates, NOW) == NOW - timedelta(days=2)
    assert schedule.newest_date([], NOW) is None
