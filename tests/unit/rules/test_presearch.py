"""The presearch gives exactly the rules whose every group is there, whatever it has learned."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.needles import Lexicon, Pattern
from monitor.rules.presearch import Presearch
from monitor.rules.scan import Scanner

Listed = list[tuple[frozenset[int], ...]]
COUNT = 60
groups = st.frozensets(st.integers(0, COUNT - 1), min_size=1, max_size=4)
wide_groups = st.frozensets(st.integers(0, COUNT - 1), min_size=33, max_size=40)
rules = st.lists(groups | wide_groups, max_size=4).map(tuple)
texts = st.frozensets(st.integers(0, COUNT - 1), max_size=30)


class Searched:
    """A presearch over patterns that are known by number here."""

    def __init__(self, listed: Listed) -> None:
        self.patterns = [Pattern(f" {number} ") for number in range(COUNT)]
        self.presearch = Presearch(tuple(map(self.named, groups)) for groups in listed)

    def named(self, numbers: frozenset[int]) -> frozenset[Pattern]:
        return frozenset(self.patterns[number] for number in numbers)

    def candidates(self, present: frozenset[int]) -> set[int]:
        return self.presearch.candidates(self.named(present))


def brute_force(listed: Listed, present: frozenset[int]) -> set[int]:
    return {i for i, required in enumerate(listed) if all(g & present for g in required)}


@given(st.lists(rules, max_size=40), st.lists(texts, max_size=5))
def test_candidates_are_the_rules_whose_every_group_is_there(
    listed: Listed, presents: list[frozenset[int]]
) -> None:
    searched = Searched(listed)

    for present in presents:
        assert searched.candidates(present) == brute_force(listed, present)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_common_is_learned_without_losing_a_rule(seed: int) -> None:
    rng = random.Random(seed)
    some = range(COUNT)
    common = [1 / (number + 1) for number in some]

    def group() -> frozenset[int]:
        return frozenset(rng.sample(some, 35 if rng.random() < 0.05 else rng.randint(1, 4)))

    listed = [tuple(group() for _ in range(rng.randint(1, 4))) for _ in range(1500)]
    searched = Searched(listed)
    under_the_commonest = len(searched.patterns[0].rules)

    for _ in range(400):
        present = frozenset(rng.choices(some, common, k=12))
        assert searched.candidates(present) == brute_force(listed, present)
    assert len(searched.patterns[0].rules) < under_the_commonest / 2


def test_a_rule_that_can_never_hold_is_no_candidate_and_one_without_groups_always_is() -> None:
    searched = Searched([(frozenset(), frozenset({1})), ()])

    assert searched.candidates(frozenset({1})) == {1}
    assert searched.candidates(frozenset()) == {1}


def test_a_scan_gives_back_the_patterns_it_was_given() -> None:
    lexicon = Lexicon()
    patterns = [lexicon.own(text) for text in (" niger ", " le niger ", "ニジェール")]

    document = Scanner(lexicon).document("Niger", "Le Niger, ニジェール")

    assert {id(pattern) for pattern in document.present} == set(map(id, patterns))
