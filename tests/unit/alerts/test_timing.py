"""When a channel may be told: clock times, midnight, clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.alerts.timing import in_hours, next_time, release
from monitor.model import Channel, ChannelName, ConsoleTarget, Severity

NIAMEY = ZoneInfo("Africa/Niamey")  # UTC+1, no clock change
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 1, 11, tzinfo=UTC)  # 12:00 in Niamey


def channel(**values: object) -> Channel:
    return Channel(ChannelName("c"), ConsoleTarget(), **values)  # type: ignore[arg-type]


def test_a_plain_channel_is_told_at_once() -> None:
    when = release(channel(), Severity.LOW, now=NOON, timezone=NIAMEY)
    assert (when.at, when.held, when.grouped) == (NOON, "", False)


def test_grouping_waits_and_lets_others_join() -> None:
    wait = timedelta(seconds=30)
    when = release(channel(group_wait=wait), Severity.LOW, now=NOON, timezone=NIAMEY)
    assert (when.at, when.held, when.grouped) == (NOON + wait, "", True)


def test_quiet_hours_across_midnight_hold_until_their_end() -> None:
    quiet = channel(quiet_hours=(time(22), time(6)))
    night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # 00:30 in Niamey
    when = release(quiet, Severity.HIGH, now=night, timezone=NIAMEY)
    assert when.at == datetime(2026, 3, 2, 5, tzinfo=UTC)
    assert when.held == "quiet hours until 06:00"
    assert release(quiet, Severity.HIGH, now=NOON, timezone=NIAMEY).held == ""


def test_a_digest_is_the_next_one_and_collects() -> None:
    when = release(channel(digest=time(7)), Severity.HIGH, now=NOON, timezone=NIAMEY)
    assert when.at == datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert when.grouped
    assert when.held == "for the digest at 07:00"


@pytest.mark.parametrize(
    "held", [{"digest": time(7)}, {"quiet_hours": (time(0), time(23, 59))}, {}]
)
def test_a_flash_passes_everything(held: dict[str, object]) -> None:
    when = release(channel(**held), Severity.FLASH, now=NOON, timezone=NIAMEY)
    assert (when.at, when.held) == (NOON, "")


def test_the_end_of_quiet_hours_is_not_quiet() -> None:
    at_six = datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert not in_hours(time(22), time(6), now=at_six, timezone=NIAMEY)
    assert in_hours(time(22), time(6), now=at_six - timedelta(minutes=1), timezone=NIAMEY)


def test_a_time_that_the_clock_change_skips_comes_after_the_gap() -> None:
    evening = datetime(2026, 3, 28, 20, tzinfo=UTC)  # clocks go from 02:00 to 03:00 on the 29th
    assert next_time(time(2, 30), now=evening, timezone=BERLIN) == datetime(
        2026, 3, 29, 1, 30, tzinfo=UTC
    )


def test_the_same_minute_counts_as_past() -> None:
    assert next_time(time(12), now=NOON, timezone=NIAMEY) == NOON + timedelta(days=1)
