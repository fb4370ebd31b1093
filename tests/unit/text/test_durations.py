"""Durations as people write them. What is no duration is refused, in tests of the configuration."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import durations


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2 hours", timedelta(hours=2)),
        ("30 minutes", timedelta(minutes=30)),
        ("1d", timedelta(days=1)),
        ("1h 30m", timedelta(minutes=90)),
        ("0", timedelta(0)),
    ],
)
def test_a_duration_is_numbers_with_units(written: str, expected: timedelta) -> None:
    assert durations.parse(written) == expected


@given(st.from_regex(re.compile(durations.PATTERN, re.ASCII), fullmatch=True))
def test_what_editors_accept_is_a_duration_or_too_long(written: str) -> None:
    assert read(written) in ("a duration", "a duration of more than a hundred years")


def read(written: str) -> str:
    """What became of reading: "a duration", or what was wrong."""
    try:
        durations.parse(written)
    except ValueError as error:
        return str(error)
    return "a duration"
