"""How the reports of the window are found again, against a plain list of all of them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from monitor.stories.index import OF_SHINGLE, OF_TERM, Keys
from monitor.stories.postings import Chains, Lists
from monitor.stories.window import Window

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOST = 5


class Plain:
    """Every report under every key, and nothing ever dropped."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._all: list[tuple[int, frozenset[int]]] = []

    def add(self, number: int, keys: Iterable[int]) -> None:
        self._all.append((number, frozenset(keys)))

    def find(self, keys: Iterable[int], first: int, without: set[int]) -> dict[int, list[int]]:
        under = {
            key: [n for n, has in self._all if key in has and n >= first and n not in without]
            for key in keys
        }
        return {key: numbers[-self._most :] for key, numbers in under.items() if numbers}


def add(held: Lists | Chains, number: int, keys: Iterable[int], first: int) -> None:
    if isinstance(held, Lists):
        held.add(number, keys, first, set())
    else:
        held.add(number, keys, first)


@pytest.mark.parametrize("kind", [Lists, Chains])
@pytest.mark.parametrize("seed", range(5))
def test_the_newest_reports_of_a_key_are_found(kind: type[Lists | Chains], seed: int) -> None:
    rng = random.Random(seed)
    # More than fit at first, of which some are frequent; all end in the same three bits.
    keys = [rng.getrandbits(29) << 3 for _ in range(12_000)]
    keys += keys[:40] * 100
    held, plain = kind(MOST), Plain(MOST)
    number = first = 0
    for _ in range(1500):
        number += rng.randint(1, 3)
        of = set(rng.sample(keys, rng.randint(0, 20)))
        # Two thousand reports are of use: the ring grows, and later takes the place of old ones.
        first = max(first, number - rng.randint(1500, 2000))
        add(held, number, of, first)
        plain.add(number, of)
        if rng.random() < 0.2:
            since = rng.randint(first, number)
            without = set(rng.sample(range(first, number + 1), 1))
            asked = [*of, *rng.sample(keys, 5)]
            assert held.find(asked, since, without) == plain.find(asked, since, without)


def test_what_is_of_no_more_use_makes_room() -> None:
    chains, lists = Chains(MOST), Lists(MOST)
    for number in range(1, 30_000):
        keys = [number * 40 + n for n in range(4)]
        add(chains, number, keys, number - 500)
        add(lists, number, keys, number - 500)
    assert len(chains._ring) == 4 * 4096
    assert len(lists._under) < 40_000
    for held in (chains, lists):
        assert held.find([29_999 * 40, 40], 0, set()) == {29_999 * 40: [29_999]}


def test_keys_of_one_bucket_cost_no_more_than_so_many_steps() -> None:
    chains = Chains(MOST)
    for number in range(1, 300):
        chains.add(number, [0], 0)
        chains.add(number, [1 << 30], 0)
    assert chains.find([0, 1 << 30], 0, set()) == {
        0: [295, 296, 297, 298, 299],
        1 << 30: [295, 296, 297, 298, 299],
    }
    chains.add(300, [2 << 30], 0)
    for number in range(301, 500):
        chains.add(number, [0], 0)
    assert chains.find([2 << 30], 0, set()) == {}


class TestWindow:
    """By time, and without what has been dropped."""

    def test_what_came_since_is_found(self) -> None:
        window = Window()
        for n in range(1, 4):
            window.add(10 * n, NOW + n * HOUR, Keys([7, n], [7, 8]))
        found = window.find(Keys([7, 1, 9], [8]), NOW)
        assert (found.by_term, found.by_shingle) == (
            {7: [10, 20, 30], 1: [10]},
            {8: [10, 20, 30]},
        )
        found = window.find(Keys([7, 1], [8]), NOW + 2 * HOUR)
        assert (found.by_term, found.by_shingle) == ({7: [20, 30]}, {8: [20, 30]})

    def test_an_empty_one_finds_nothing(self) -> None:
        assert Window().find(Keys([1], [2]), NOW) == ({}, {})

    def test_of_many_reports_the_newest_are_found(self) -> None:
        window = Window()
        for n in range(1, 200):
            window.add(n, NOW, Keys([7], [8]))
        found = window.find(Keys([7], [8]), NOW)
        assert found.by_term[7] == list(range(200 - OF_TERM, 200))
        assert found.by_shingle[8] == list(range(200 - OF_SHINGLE, 200))

    def test_what_is_dropped_is_not_found(self) -> None:
        window = Window()
        window.add(1, NOW, Keys([7], [8]))
        window.add(2, NOW, Keys([7], [8]))
        window.drop(1)
        assert window.find(Keys([7], [8]), NOW) == ({7: [2]}, {8: [2]})

    def test_a_clock_that_goes_back_hides_nothing(self) -> None:
        window = Window()
        for n, hours in enumerate((3, 4, 0, 1, 2), 1):
            window.add(n, NOW + hours * HOUR, Keys([7], []))
        assert window.find(Keys([7], []), NOW + HOUR).by_term == {7: [1, 2, 3, 4, 5]}
        window.find(Keys([7], []), NOW + timedelta(days=900))  # a clock that was ahead
        assert window.find(Keys([7], []), NOW + HOUR).by_term == {7: [1, 2, 3, 4, 5]}

    def test_a_report_of_a_clock_ahead_holds_nothing_up(self) -> None:
        window = Window()
        window.add(1, NOW, Keys([7], []))
        window.add(2, NOW + timedelta(days=900), Keys([7], []))
        for n in range(3, 20):
            window.add(n, NOW + n * HOUR, Keys([7], []))
        assert window.find(Keys([7], []), NOW + 15 * HOUR).by_term == {7: [15, 16, 17, 18, 19]}

    def test_many_versions_of_one_report_hide_no_other(self) -> None:
        window = Window()
        for n in range(1, 10):
            window.add(n, NOW, Keys([7], []))
        for n in range(10, 400):
            window.drop(n - 1)
            window.add(n, NOW, Keys([7], []))
        assert window.find(Keys([7], []), NOW).by_term == {7: [*range(1, 9), 399]}

    def test_old_reports_make_room(self) -> None:
        window = Window()
        for n in range(1, 60_000):
            window.add(n, NOW + n * HOUR / 100, Keys([n], [n]))
            if n % 100 == 0:
                window.find(Keys([], []), NOW + (n - 100) * HOUR / 100)
        window.drop(59_990)
        assert len(window._times) == len(window._numbers) < 40_000
        found = window.find(Keys([1, 59_950, 59_990, 59_998], []), NOW)
        assert found.by_term == {59_950: [59_950], 59_998: [59_998]}
