"""What goes into a column comes back, sorts, and never makes a statement fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from monitor.store.types import KEY_BYTES, Duration, UtcTime, storable, stored_key, to_json

SQLITE = sqlite.dialect()
times = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=()))


@given(times)
def test_a_time_comes_back_to_the_microsecond_in_utc(moment: datetime) -> None:
    column = UtcTime()
    back = column.process_result_value(column.process_bind_param(moment, SQLITE), SQLITE)
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


@given(times, times)
def test_times_sort_as_their_stored_form_does(one: datetime, other: datetime) -> None:
    stored = [UtcTime().process_bind_param(moment, SQLITE) for moment in (one, other)]
    assert (one < other) == (stored[0] < stored[1])


def test_a_time_without_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="without timezone"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), SQLITE)  # the mistake itself


@given(st.timedeltas(timedelta(days=-1000), timedelta(days=100_000)))
def test_a_duration_comes_back(duration: timedelta) -> None:
    column = Duration()
    assert column.process_result_value(column.process_bind_param(duration, SQLITE), SQLITE) == (
        duration
    )


@given(texts)
def test_any_text_can_be_stored_and_keeps_its_length(text: str) -> None:
    clean = storable(text)
    clean.encode()
    assert "\0" not in clean
    assert len(clean) == len(text)
    assert storable(clean) == clean


@given(st.dictionaries(texts, texts))
def test_any_json_can_be_stored(value: dict[str, str]) -> None:
    to_json(value).encode()
    assert len(json.loads(to_json(value))) <= len(value)


@given(texts, texts)
def test_a_stored_key_is_short_stable_and_its_own(one: str, other: str) -> None:
    for key in (one, one * 200):
        stored = stored_key(key)
        assert len(stored.encode()) <= KEY_BYTES
        assert stored_key(stored) == stored
    if storable(one) != storable(other):
        assert stored_key(one) != stored_key(other)
        assert stored_key(one + "x" * 600) != stored_key(other + "x" * 600)
