"""The shipped rules on sentences of our own, in many languages: every one right.

``snippets*.jsonl``: text, lang, rule, expect, why. A rule ``@georgia`` is the entity by itself.
Each sentence is tried as a title and as a body, and never with its language.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from monitor import rulefiles
from monitor.model import Article, ChannelName, EntityId, RuleId
from monitor.rules.ast import EntityRef
from monitor.rules.builtin import builtin_entities
from monitor.rules.rule import Rule, Sample
from monitor.rules.ruleset import RuleSet

RULES = Path(__file__).parents[2] / "rules"
TODAY = date(2026, 1, 1)


@dataclass(frozen=True)
class Snippet:
    text: str
    lang: str
    rule: str
    expect: bool
    why: str


SNIPPETS = [
    Snippet(**json.loads(line))
    for file in sorted(Path(__file__).parent.glob("snippets*.jsonl"))
    for line in file.read_text("utf-8").splitlines()
]
NAMES = sorted({s.rule for s in SNIPPETS})


@cache
def shipped() -> rulefiles.Loaded:
    return rulefiles.load(RULES)


@cache
def ruleset() -> RuleSet:
    loaded = shipped()
    entities = [n.removeprefix("@") for n in NAMES if n.startswith("@")]
    bare = [Rule(RuleId(f"@{name}"), EntityRef(EntityId(name))) for name in entities]
    return RuleSet.compile([*loaded.rules, *bare], list(loaded.entities.values()))


def fires(rule: str, title: str, body: str) -> bool:
    return rule in ruleset().find(Article(key="k", title=title, body=body), today=TODAY)


def test_there_are_enough_sentences_in_enough_languages() -> None:
    assert len(SNIPPETS) >= 120
    assert len({s.lang for s in SNIPPETS}) >= 8
    by_rule = Counter((s.rule, s.expect) for s in SNIPPETS)
    for rule in shipped().rules:
        assert by_rule[rule.id, True], rule.id
        assert by_rule[rule.id, False], rule.id


@pytest.mark.parametrize("rule", NAMES)
def test_every_sentence_is_judged_right(rule: str) -> None:
    wrong = [
        f"{'missed' if s.expect else 'false alarm'} in the {place}: {s.text} ({s.why})"
        for s in SNIPPETS
        if s.rule == rule
        for place, title, body in (("title", s.text, ""), ("body", "", s.text))
        if fires(rule, title, body) is not s.expect
    ]
    assert not wrong, "\n".join(wrong)


def starters() -> list[Rule]:
    return list(shipped().rules)


def test_the_starters_load_without_a_word() -> None:
    assert [str(p) for p in shipped().problems] == []
    assert len(starters()) >= 9


@pytest.mark.parametrize("rule", starters(), ids=lambda r: str(r.id))
def test_a_starter_passes_its_own_tests(rule: Rule) -> None:
    def wrong(samples: tuple[Sample, ...], expect: bool) -> list[str]:
        return [
            sample.text
            for sample in samples
            for title, body in _places(sample)
            if fires(rule.id, title, body) is not expect
        ]

    assert wrong(rule.should_match, True) == []
    assert wrong(rule.should_not_match, False) == []


def _places(sample: Sample) -> list[tuple[str, str]]:
    if sample.title:
        return [(sample.title, sample.text)]
    return [(sample.text, ""), ("", sample.text)]


@pytest.mark.parametrize("rule", starters(), ids=lambda r: str(r.id))
def test_a_starter_is_a_good_example(rule: Rule) -> None:
    assert rule.title
    assert rule.owner
    assert rule.notify == (ChannelName(""),)[:0]  # the config's default channels
    assert len(rule.should_match) >= 4
    assert len(rule.should_not_match) >= 3
    assert len({s.lang for s in rule.should_match}) >= 3


@cache
def fired_by_countries() -> dict[str, list[str]]:
    """By rule, the names of countries that it fires on: each name is matched once for all rules."""
    found: dict[str, list[str]] = {}
    countries = [e for e in builtin_entities().values() if e.type == "country"]
    for name in {name: None for e in countries for names in e.names.values() for name in names}:
        article = Article(key="k", title=f"{name} at a glance", body=f"All about {name}")
        for rule in ruleset().find(article, today=TODAY):
            found.setdefault(rule, []).append(name)
    return found


def test_the_name_of_a_country_alone_is_enough_for_the_entity() -> None:
    assert "Niger" in fired_by_countries()["@niger"]


@pytest.mark.parametrize("rule", starters(), ids=lambda r: str(r.id))
def test_no_starter_fires_on_the_name_of_a_country_alone(rule: Rule) -> None:
    assert fired_by_countries().get(rule.id, []) == []
