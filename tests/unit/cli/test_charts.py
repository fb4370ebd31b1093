"""Small charts: bars, numbers, days."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from monitor.cli import charts


def test_the_highest_value_has_the_highest_bar_and_nothing_is_a_dot() -> None:
    assert charts.bars([0, 1, 4, 8]) == "·▁▄█"
    assert charts.bars([0, 0]) == "··"
    assert charts.bars([]) == ""
    assert charts.numbers([0, 12]) == "0 12"


@given(st.lists(st.integers(0, 10_000), max_size=90))
def test_a_higher_value_never_has_a_lower_bar(values: list[int]) -> None:
    drawn = charts.bars(values)
    assert len(drawn) == len(values)
    heights = ["·▁▂▃▄▅▆▇█".index(bar) for bar in drawn]
    pairs = sorted(zip(values, heights, strict=True))
    assert [h for _, h in pairs] == sorted(heights)


@given(st.lists(st.integers(0, 99)), st.integers(1, 40))
def test_binning_loses_nothing_and_fits(values: list[int], room: int) -> None:
    binned, size = charts.binned(values, room)
    assert len(binned) <= room
    assert sum(binned) == sum(values)
    assert size * len(binned) >= len(values)


def test_days_have_both_ends() -> None:
    days = charts.days(date(2026, 2, 27), date(2026, 3, 1))
    assert [charts.short(day) for day in days] == ["27 Feb", "28 Feb", "1 Mar"]
