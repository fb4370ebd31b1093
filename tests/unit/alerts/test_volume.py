"""What is normal for a rule, and when many are too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.volume import HOURS, Counted, Hour, count, judge, normal, slot
from monitor.rules.rule import AlertWhen

UTC_ZONE, NIAMEY = ZoneInfo("UTC"), ZoneInfo("Africa/Niamey")
WEDNESDAY = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
WEEK, HOUR = timedelta(weeks=1), timedelta(hours=1)
WHEN = AlertWhen(5, 3, 2 * HOUR, 6 * HOUR)


def weeks(*counts: int) -> list[Hour]:
    """One hour of the week after so many stories in each of these weeks."""
    known: Hour | None = None
    for n, stories in enumerate(counts):
        for _ in range(stories):
            known = count(known, WEDNESDAY + n * WEEK, UTC_ZONE)
    return [known] if known else []


def test_weeks_begin_on_monday_in_the_desks_timezone() -> None:
    monday = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert slot(monday, UTC_ZONE)[1] == 0
    assert slot(monday - timedelta(minutes=30), UTC_ZONE)[1] == HOURS - 1
    assert slot(monday - timedelta(minutes=30), NIAMEY) == slot(monday, UTC_ZONE)


def test_a_steady_rule_has_its_own_rate_as_its_normal() -> None:
    end = datetime(2026, 11, 25, 15, tzinfo=UTC) + 6 * WEEK
    hours = weeks(4, 4, 4, 4, 4, 4)
    assert normal(hours, within=HOUR, now=end, timezone=UTC_ZONE) == pytest.approx(4.0)


def test_weeks_without_any_count_as_none() -> None:
    end = datetime(2026, 11, 25, 15, tzinfo=UTC)
    assert normal(weeks(8), within=HOUR, now=end + WEEK, timezone=UTC_ZONE) is None
    usual = normal(weeks(8), within=HOUR, now=end + 3 * WEEK, timezone=UTC_ZONE)
    assert usual == pytest.approx(8 * 0.75**2 / (1 + 0.75 + 0.75**2))


def test_the_present_week_is_not_part_of_its_own_normal() -> None:
    now = datetime(2026, 11, 25, 15, tzinfo=UTC) + 2 * WEEK
    assert normal(weeks(2, 2, 90), within=HOUR, now=now, timezone=UTC_ZONE) == pytest.approx(2.0)


def test_every_hour_counts_by_how_much_of_it_lies_in_the_window() -> None:
    hours = weeks(6, 6)
    now = WEDNESDAY + 2 * WEEK
    assert normal(hours, within=HOUR, now=now, timezone=UTC_ZONE) == pytest.approx(3.0)
    assert normal(hours, within=5 * HOUR, now=now, timezone=UTC_ZONE) == pytest.approx(3.0)


@given(
    st.lists(st.integers(0, 9), min_size=3, max_size=12),
    st.integers(1, 40),
    st.integers(0, 10_000),
)
def test_a_normal_lies_between_the_least_and_the_most_there_was(
    counts: list[int], window: int, minutes: int
) -> None:
    now = WEDNESDAY + len(counts) * WEEK + timedelta(minutes=minutes % 60)
    usual = normal(
        weeks(1, *counts), within=timedelta(hours=window), now=now + WEEK, timezone=UTC_ZONE
    )
    assert usual is not None
    assert 0 <= usual <= max(1, *counts) + 1e-9


def test_a_clock_set_back_loses_no_count() -> None:
    known = count(None, WEDNESDAY, UTC_ZONE)
    again = count(known, WEDNESDAY - WEEK, UTC_ZONE)
    assert (again.week, again.count) == (known.week, 2)


@pytest.mark.parametrize(
    ("stories", "sources", "usual", "alerts", "said"),
    [
        (5, 3, None, True, "5 stories from 3 sources in 2 hours"),
        (4, 9, None, False, "it takes 5 stories from 3 sources"),
        (9, 2, None, False, "it takes 5 stories from 3 sources"),
        (
            9,
            5,
            1.23,
            True,
            "9 stories from 5 sources in 2 hours; normal for Wednesday 14:00 is 1.2",
        ),
        (1, 1, None, False, "1 story from 1 source in 2 hours"),
    ],
)
def test_stories_and_sources_have_to_be_many(
    stories: int, sources: int, usual: float | None, alerts: bool, said: str
) -> None:
    found = judge(
        WHEN, Counted(stories, sources), usual, last=None, now=WEDNESDAY, timezone=UTC_ZONE
    )
    assert found.alert is alerts
    assert said in found.why


def test_what_is_usual_is_no_surge_and_an_unknown_normal_asks_for_nothing() -> None:
    when = AlertWhen(5, 1, HOUR, HOUR, above_normal=3)
    many = Counted(8, 2)
    usual = judge(when, many, 3.0, last=None, now=WEDNESDAY, timezone=UTC_ZONE)
    assert not usual.alert
    assert "it takes 3 times that" in usual.why
    assert judge(when, many, 2.0, last=None, now=WEDNESDAY, timezone=UTC_ZONE).alert
    unknown = judge(when, many, None, last=None, now=WEDNESDAY, timezone=UTC_ZONE)
    assert unknown.alert
    assert "what is normal is not known yet" in unknown.why


def test_the_quiet_time_is_kept_and_a_clock_set_back_does_not_lengthen_it() -> None:
    many = Counted(9, 9)
    last = WEDNESDAY - 5 * HOUR
    quiet = judge(WHEN, many, None, last=last, now=WEDNESDAY, timezone=UTC_ZONE)
    assert not quiet.alert
    assert "quiet for 6 hours" in quiet.why
    assert judge(WHEN, many, None, last=last, now=WEDNESDAY + HOUR, timezone=UTC_ZONE).alert
