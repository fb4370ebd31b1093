"""Every operator of the rule language, at its limits."""

from __future__ import annotations

import time
from datetime import date

import pytest

from monitor.errors import UnknownEntity
from monitor.model import Article, RuleId
from monitor.rules.ast import (
    And,
    AtLeast,
    FieldName,
    InField,
    KOf,
    Near,
    Node,
    Not,
    Or,
    Scope,
    Within,
)
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from tests.unit.rules.matching import TODAY, article, entity, holds, match, term, words_between

A, B, C = term("alpha"), term("beta"), term("gamma")


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        ("niger", "NIGER's army", True),
        ("niger", "Nigeria", False),
        ("nigerien", "l’armée nigérienne", False),
        ("air base 201", "Air-Base 201", True),
        ("air base", "by air. Base closed", False),
        ("air base", "by air\n\nbase closed", False),
        ("air base", "by air\nbase closed", True),
        ("air base", "by air. Base. An air base", True),
        ("u.s. army", "The U.S. Army left", True),
        ("C++", "written in C++ today", True),
        ("C++", "vitamin C today", False),
        ("AT&T", "sold by AT&T Inc", True),
        ("AT&T", "look at t shirts", False),
        ("$100", "for $100 each", True),
        ("$100", "for 100 each", False),
        ("N'Djamena", "à N’Djamena", True),
        ("5G", "5g网络", True),
        ("尼日尔", "抵达尼日尔首都", True),
        ("尼日尔", "尼日。尔", False),
        ("air base", "by air。base closed", False),
        ("ทหาร", "กองทหารรัสเซีย", True),
        ("++", "++", False),
        ("=US", "US troops", True),
        ("=US", "told us", False),
        ("=Le Monde", "dans Le Monde hier", True),
        ("=Le Monde", "dans le monde", False),
        ("=Mali", "Malí", False),
        ("=عرب", "عرب", True),
        ("=عرب", "عربُ", False),
        ("evacuat*", "Evacuating Niamey", True),
        ("evacuat*", "evacuee", False),
        ("coup*", "a coup", True),
        ("wom?n", "two women", True),
        ("wom?n", "womn", False),
        ("military train*", "military trainers", True),
        ("military train*", "military. Trainers", False),
        ("=Niger*", "Nigerien", True),
        ("=Niger*", "NIGERIEN", False),
        ("尼日*", "在尼日尔", True),
    ],
)
def test_terms(written: str, text: str, expected: bool) -> None:
    assert holds(term(written), text) is expected


def test_a_phrase_does_not_reach_from_the_title_into_the_body() -> None:
    assert not holds(term("air base"), "base closed", title="By air")


@pytest.mark.parametrize(
    ("tree", "text", "expected"),
    [
        (And((A, B)), "beta alpha", True),
        (And((A, B)), "alpha", False),
        (Or((A, B)), "beta", True),
        (And((A, Not(B))), "alpha", True),
        (And((A, Not(B))), "alpha beta", False),
        (Not(A), "beta", True),
        (KOf(2, (A, B, C)), "alpha gamma", True),
        (KOf(2, (A, B, C)), "alpha alpha", False),
        (KOf(2, (And((A, B)), C, term("delta"))), "gamma delta", True),
        (AtLeast(3, Or((A, B))), "alpha beta alpha", True),
        (AtLeast(3, Or((A, B))), "alpha beta", False),
        (AtLeast(2, Or((term("air base"), term("base")))), "one air base", False),
    ],
)
def test_booleans(tree: Node, text: str, expected: bool) -> None:
    assert holds(tree, text) is expected


def test_near_counts_the_words_between() -> None:
    five, six = words_between(5), words_between(6)
    assert holds(Near(A, B, 5), f"alpha {five} beta")
    assert holds(Near(A, B, 5), f"beta {five} alpha")
    assert not holds(Near(A, B, 5), f"alpha {six} beta")
    assert not holds(Near(A, B, 5), f"beta {six} alpha")
    assert holds(Near(A, B, 5, ordered=True), f"alpha {five} beta")
    assert not holds(Near(A, B, 5, ordered=True), f"beta {five} alpha")
    assert holds(Near(A, B, 0), "alpha. Beta")
    assert holds(Near(A, B, 0), "beta", title="alpha")


def test_near_counts_the_same_where_more_than_the_place_counts() -> None:
    exact = term("=Alpha")
    five, six = words_between(5), words_between(6)
    assert holds(Near(exact, B, 5), f"beta {five} Alpha")
    assert not holds(Near(exact, B, 5), f"beta {six} Alpha")
    assert holds(Near(exact, B, 5), f"Alpha {five} beta")
    assert not holds(Near(exact, B, 5), f"Alpha {six} beta")
    # a long phrase begins far before what ends close by
    assert holds(
        Near(exact, Or((B, term("beta gamma delta so so"))), 0), "beta gamma delta so so Alpha"
    )


def test_spaces_beside_a_script_without_them_are_no_words() -> None:
    russia, niger = term("俄罗斯"), term("尼日尔")
    assert holds(Near(russia, niger, 0), "俄罗斯 尼日尔")
    assert holds(Near(russia, niger, 1), "俄罗斯 so 尼日尔")
    assert not holds(Near(russia, niger, 0), "俄罗斯 so 尼日尔")
    assert not holds(Near(russia, niger, 1), "俄罗斯 so一 尼日尔")


def test_near_counts_two_characters_as_a_word() -> None:
    assert holds(Near(term("俄罗斯"), term("尼日尔"), 2), "俄罗斯一二三四尼日尔")
    assert not holds(Near(term("俄罗斯"), term("尼日尔"), 2), "俄罗斯一二三四五尼日尔")


def test_a_chain_measures_from_the_span_of_what_came_before() -> None:
    chain = Near(Near(A, B, 2), C, 3)
    assert holds(chain, "alpha so so beta so so so gamma")
    assert not holds(chain, "alpha so so beta so so so so gamma")
    # the second beta is too near the limit for the first pair, but makes the span reach gamma
    assert holds(chain, "alpha beta so beta so so so gamma")


def test_near_within_a_sentence_or_paragraph() -> None:
    assert holds(Near(A, B, Scope.SENTENCE), "Alpha meets beta. Gamma")
    assert not holds(Near(A, B, Scope.SENTENCE), "Alpha. Beta.")
    assert holds(Near(A, B, Scope.PARAGRAPH), "Alpha. Beta.")
    assert not holds(Near(A, B, Scope.PARAGRAPH), "Alpha.\n\nBeta.")
    assert not holds(Near(A, B, Scope.PARAGRAPH), "beta", title="alpha")
    assert not holds(Near(A, B, Scope.SENTENCE), 'Alpha. "Beta," so gamma.')
    assert holds(Near(B, C, Scope.SENTENCE), 'Alpha. "Beta," so gamma.')


def test_occurrences_are_counted_so_that_most_fit_side_by_side() -> None:
    assert holds(AtLeast(2, Or((term("alpha beta gamma"), B, C))), "alpha beta gamma")
    assert not holds(AtLeast(2, Or((term("alpha beta"), B))), "alpha beta")
    assert holds(AtLeast(2, term("尼")), "尼尼")


def test_within_is_a_window_of_words() -> None:
    tree = Within(30, And((A, B)))
    assert holds(tree, f"alpha {words_between(28)} beta")
    assert not holds(tree, f"alpha {words_between(29)} beta")
    assert holds(tree, f"{words_between(27)} beta", title="alpha")
    assert holds(Within(3, And((A, Or((A, B)), B))), f"alpha {words_between(9)} beta so alpha")


def test_within_a_part_of_the_text() -> None:
    both = And((A, B))
    assert holds(Within(Scope.SENTENCE, both), "So. Alpha beta.")
    assert not holds(Within(Scope.SENTENCE, both), "Alpha. Beta.")
    assert holds(Within(Scope.PARAGRAPH, both), "Alpha. Beta.")
    assert not holds(Within(Scope.TITLE, both), "alpha beta", title="alpha")
    assert holds(Within(Scope.LEAD, both), f"{words_between(59)} beta", title="alpha")
    assert not holds(Within(Scope.LEAD, both), f"{words_between(60)} beta", title="alpha")
    assert holds(Within(Scope.ARTICLE, both), f"{words_between(600)} beta", title="alpha")


@pytest.mark.parametrize(
    ("name", "expected"), [(FieldName.TITLE, True), (FieldName.LEAD, True), (FieldName.BODY, False)]
)
def test_parts_of_the_text(name: FieldName, expected: bool) -> None:
    assert holds(InField(name, A), "beta", title="alpha") is expected
    assert not holds(InField(FieldName.TITLE, Near(A, B, 3)), "beta", title="alpha")


KNOWN = {
    "url": "https://www.example.co.uk/africa/niger-coup?id=4411",
    "source": "The Daily Example",
    "feed": "Example: Africa",
    "author": "Jane Doe",
    "tags": ("sahel watch",),
    "lang": "fr-CA",
}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (FieldName.URL, "niger", True),
        (FieldName.URL, "nig", False),
        (FieldName.URL, "niger coup", True),
        (FieldName.SOURCE, "daily example", True),
        (FieldName.SOURCE, "africa", True),
        (FieldName.DOMAIN, "example.co.uk", True),
        (FieldName.DOMAIN, "ample.co.uk", False),
        (FieldName.AUTHOR, "doe", True),
        (FieldName.TAG, "sahel", True),
        (FieldName.TAG, "africa", False),
        (FieldName.LANG, "fr", True),
        (FieldName.LANG, "en", False),
    ],
)
def test_what_is_known_beside_the_text(name: FieldName, value: str, expected: bool) -> None:
    tree = And((A, InField(name, term(value))))
    assert (match(tree, article("alpha", **KNOWN)) is not None) is expected
    assert match(InField(name, term(value)), article("x")) is None


def test_a_word_or_what_is_known_beside_the_text() -> None:
    either = Or((A, InField(FieldName.TAG, B)))
    assert match(either, article("nothing", tags=("beta",))) is not None
    assert match(either, article("alpha")) is not None
    assert match(either, article("beta")) is None


def test_a_field_word_does_not_count_in_the_text() -> None:
    assert match(InField(FieldName.SOURCE, A), article("alpha", source="beta")) is None


def found(rule: Rule, of: Article, today: date = TODAY) -> bool:
    return RuleSet.compile([rule], ()).find(of, today=today) == [rule.id]


def test_filters_of_a_rule() -> None:
    rule = RuleId("r")
    french = article("alpha", **KNOWN)
    assert found(Rule(rule, A, lang=("fr", "en")), french)
    assert not found(Rule(rule, A, lang=("de",)), french)
    assert found(Rule(rule, A, lang=("de",)), article("alpha"))
    for origin in ("Example: Africa", "the daily example", "example.co.uk", "Sahel Watch"):
        assert found(Rule(rule, A, sources=(origin,)), french)
        assert not found(Rule(rule, A, not_sources=(origin,)), french)
    assert not found(Rule(rule, A, sources=("other.org",)), french)
    assert not found(Rule(rule, A, enabled=False), french)
    assert found(Rule(rule, A, expires=TODAY), french)
    assert not found(Rule(rule, A, expires=date(2026, 2, 28)), french)


def test_an_unknown_entity_is_named() -> None:
    with pytest.raises(UnknownEntity, match="atlantis") as error:
        RuleSet.compile([Rule(RuleId("r"), entity("atlantis"), file="a.yaml", line=3)], ())
    assert error.value.problem.place == "a.yaml:3"


def test_rules_come_in_their_order() -> None:
    rules = [Rule(RuleId(f"r{i}"), Or((A, term(f"word{i}")))) for i in range(60)]
    ruleset = RuleSet.compile(rules, ())
    assert ruleset.find(article("alpha"), today=TODAY) == [r.id for r in rules]
    assert ruleset.find(article("word7 x"), today=TODAY) == ["r7"]
    assert ruleset.find(article(""), today=TODAY) == []
    assert list(ruleset.rules) == [r.id for r in rules]


def test_long_postings_are_split_without_loss() -> None:
    rules = [
        Rule(RuleId(f"r{i}"), And((A, Or((B, term(f"w{i}"))), Not(term(f"n{i}")))))
        for i in range(80)
    ]
    ruleset = RuleSet.compile(rules, ())
    assert ruleset.find(article("alpha w5"), today=TODAY) == ["r5"]
    assert len(ruleset.find(article("alpha beta n3"), today=TODAY)) == 79


def test_posting_anew_loses_and_adds_nothing() -> None:
    rules = [
        Rule(RuleId(f"r{i}"), And((Or((A, term(f"rare{i}"))), Or((B, term(f"w{i % 50}"))))))
        for i in range(1000)
    ]
    ruleset = RuleSet.compile(rules, ())
    texts = [article(text) for text in ("alpha w7", "beta rare9", "rare3 w3", "alpha", "gamma")]
    before = [ruleset.find(text, today=TODAY) for text in texts]
    assert [len(found) for found in before] == [20, 1, 1, 0, 0]
    for _ in range(60):
        assert [ruleset.find(text, today=TODAY) for text in texts] == before


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Near(A, B, Scope.SENTENCE), "Alpha so. Beta so. "),
        (Within(Scope.SENTENCE, And((A, B))), "Alpha so. Beta so. "),
        (Within(Scope.PARAGRAPH, And((A, B))), "Alpha so.\n\nBeta so.\n\n"),
        (Within(2, And((A, B))), "Alpha so so. Beta so so. "),
        (Near(B, term("=Alpha"), 9999, ordered=True), "Alpha "),
    ],
)
def test_a_long_text_of_many_sentences_is_matched_in_no_time(tree: Node, text: str) -> None:
    """A minute each, when every sentence looked at every word of the text."""
    long = text * 10_000 + ("Beta. " * 10_000 if text == "Alpha " else "")
    before = time.process_time()
    assert not holds(tree, long)
    assert time.process_time() - before < 10
