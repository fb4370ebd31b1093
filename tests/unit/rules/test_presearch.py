"""The presearch gives exactly the rules whose every group is there, whatever it has learned."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.presearch import Presearch

PATTERNS = [f"word {number}" for number in range(60)]
groups = st.frozensets(st.sampled_from(PATTERNS), min_size=1, max_size=4)
wide_groups = st.frozensets(st.sampled_from(PATTERNS), min_size=33, max_size=40)
rules = st.lists(groups | wide_groups, max_size=4).map(tuple)
texts = st.frozensets(st.sampled_from(PATTERNS), max_size=30)


def brute_force(listed: list[tuple[frozenset[str], ...]], present: frozenset[str]) -> set[int]:
    return {i for i, required in enumerate(listed) if all(g & present for g in required)}


@given(st.lists(rules, max_size=40), st.lists(texts, max_size=5))
def test_candidates_are_the_rules_whose_every_group_is_there(
    listed: list[tuple[frozenset[str], ...]], presents: list[frozenset[str]]
) -> None:
    presearch = Presearch(listed)

    for present in presents:
        assert presearch.candidates(present) == brute_force(listed, present)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_common_is_learned_without_losing_a_rule(seed: int) -> None:
    rng = random.Random(seed)
    common = [1 / (rank + 1) for rank in range(len(PATTERNS))]

    def group() -> frozenset[str]:
        return frozenset(rng.sample(PATTERNS, 35 if rng.random() < 0.05 else rng.randint(1, 4)))

    listed = [tuple(group() for _ in range(rng.randint(1, 4))) for _ in range(1500)]
    presearch = Presearch(listed)
    posted = list(presearch._groups)

    for _ in range(400):
        present = frozenset(rng.choices(PATTERNS, common, k=12))
        assert presearch.candidates(present) == brute_force(listed, present)
    assert presearch._groups != posted  # it has moved some


def test_a_rule_that_can_never_hold_is_no_candidate_and_one_without_groups_always_is() -> None:
    presearch = Presearch([(frozenset(), frozenset({"a"})), ()])

    assert presearch.candidates(frozenset({"a"})) == {1}
    assert presearch.candidates(frozenset()) == {1}
