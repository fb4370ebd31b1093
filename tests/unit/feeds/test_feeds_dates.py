"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds import dates

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 01 Mar 2026 12:00:00 GMT",
        "Sun, 1 Mar 2026 12:00 +0000",
        "01 Mar 26 13:00:00 +0100",
        "Sun, 01 Mar 2026 13:00:00 +01:00",
        "Sun, 01 Mar 2026 13:00:00 CET",
        "Sun, 01 Mar 2026 07:00:00 EST",
        "Sun, 01 Mar 2026 12:00:00 GMT (somewhere)",
        "Sun, 01 Mar 2026 13:00:00 GMT+1",
        "Sunday, 1 March 2026 12:00:00",
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00.123456+00:00",
        "2026-03-01 13:00:00 +0100",
        "20260301T120000Z",
        "2026/3/1 12:00:00",
        "March 1, 2026 12:00 pm",
        "1 March 2026, 12:00",
        "2026-03-01T12:00:00+00:0",
        "2026-03-01T12:00",
    ],
)
def test_moments(text: str) -> None:
    assert dates.read(text) == NOON


def test_days_and_odd_hours() -> None:
    assert dates.read("2026-03-01") == datetime(2026, 3, 1, tzinfo=UTC)
    assert dates.read("2026-03") == datetime(2026, 3, 1, tzinfo=UTC)
    assert dates.read("2026-02-28T24:00:00Z") == datetime(2026, 3, 1, tzinfo=UTC)
    assert dates.read("2026-03-01T11:59:60Z") == datetime(2026, 3, 1, 11, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "0001-01-01T00:00:00Z", "Mon, 01 Jan 0001 00:00:00 +0000",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "2026-13-45", "Sun, 99 Mar 2026 99:99:99 GMT", "2026-02-30",
        "0000-00-00 00:00:00", "1" * 5_000, "Thu, 01 Jan 1970 00:00:00 GMT",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_none(text: str) -> None:
    assert dates.read(text) is None


@given(st.text(max_size=60) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ [\d:+ -]+"))
def test_nothing_raises_and_everything_is_aware_and_plausible(text: str) -> None:
    found = dates.read(text)
    assert found is None or (found.tzinfo is UTC and 1971 <= found.year <= 2100)
