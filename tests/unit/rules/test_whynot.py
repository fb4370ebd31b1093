"""Near misses: every kind of clause says what it lacks, and by how much."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.model import EntityId, RuleId
from monitor.rules import query
from monitor.rules.ast import And, KOf, Node, Not, Scope, Within
from monitor.rules.entity import Entity
from monitor.rules.rule import Rule
from monitor.rules.whynot import Outcome, failures, why
from tests.unit.rules.matching import TODAY, article, entity, words_between

NIGER = Entity(
    EntityId("niger"),
    names={"*": ("Niger", "Niamey")},
    not_=("Niger State",),
    not_after=("given-name",),
)
RUSSIA = Entity(EntityId("russia"), names={"*": ("Russia",)})
TROOPS = Entity(
    EntityId("troops"), names={"en": ("Troops",)}, weak={"en": ("Trainers",)}, confirm=("military",)
)
TCHIANI = Entity(EntityId("tchiani"), surnames=("Tchiani",), titles=("General",))
ENTITIES = {e.id: e for e in (NIGER, RUSSIA, TROOPS, TCHIANI)}


def tree(text: str) -> Node:
    return query.parse(text, lambda n: EntityId(n) if EntityId(n) in ENTITIES else None, str)


def reasons(node: Node, body: str, title: str = "", **known: object) -> list[str]:
    rule = Rule(RuleId("r"), node)
    found = failures(rule, ENTITIES, article(body, title, **known), today=TODAY)
    return [clause.reason for clause in found]


@pytest.mark.parametrize(
    ("text", "body", "reason"),
    [
        ("coup", "calm", "not there"),
        ("junta", "the juntas", 'not there, but "juntas" is'),
        ('"air base"', "a base in the air", "its words are there, but not as a phrase"),
        ('"air base"', "a base", "not there"),
        ("evacu*", "calm", "not there"),
        ("尼日尔", "俄罗斯", "not there"),
        ("=US", "told Us and us", 'only with other capitals or accents: "Us", "us"'),
        ("@niger", "calm", "not there by any of its names"),
        ("@niger", "niger and niamey", 'only with other capitals: "niger", "niamey"'),
        ("@niger", "Niger State. Niger State", '"Niger State" ×2 not counted'),
        ("@niger", "David Niger", '"David Niger" not counted'),
        ("@troops", "Trainers", '"Trainers" without a confirming word not counted'),
        ("@tchiani", "Tchiani", '"Tchiani" without a given name or title not counted'),
        ("coup NEAR/2 junta", "coup so so so junta",
         '"coup" and "junta" are 3 words apart, 2 allowed'),
        ("coup NEAR/2 (junta OR base)", "base so so so so coup so so so junta",
         '"coup" and "junta" are 3 words apart, 2 allowed'),
        ("@niger NEAR/2 coup", "Niger so so so coup",
         '@niger and "coup" are 3 words apart, 2 allowed'),
        ("coup NEAR/1 junta NEAR/1 base", "coup junta so so base",
         '"coup" with "junta" and "base" are 2 words apart, 1 allowed'),
        ("coup PRE/5 junta", "junta coup", '"coup" never stands before "junta"'),
        ("尼日尔 NEAR/1 俄罗斯", "尼日尔一二三俄罗斯",
         '"尼日尔" and "俄罗斯" are 2 words apart, 1 allowed'),
        ("coup NEAR/2 junta", "coup", "junta: not there"),
        ("@niger NEAR/2 coup", "Niger State coup", '@niger: "Niger State" not counted'),
        ("coup W/s junta", "A coup here. The junta there.",
         '"coup" and "junta" stand in no sentence together'),
        ("coup W/p junta", "A coup.\n\nThe junta.",
         '"coup" and "junta" stand in no paragraph together'),
        ("ATLEAST/3 coup", "coup, coup", "needs 3, has 2"),
        ("2 OF (coup, junta, base)", "the base", "needs 2 of 3, has 1: base"),
        ("coup OR @niger", "Niger State", 'needs 1 of 2, has 0; @niger: "Niger State" not counted'),
        ("title:coup", "a coup", "it is there, but not in the title"),
        ("title:coup", "calm", "not there"),
        ("lead:(coup NEAR/1 junta)", "coup so so junta",
         '"coup" and "junta" are 2 words apart, 1 allowed'),
        ("coup AND NOT chess", "coup and Chess", 'excluded by "Chess"'),
    ],
)  # fmt: skip
def test_a_clause_that_fails_says_by_how_much(text: str, body: str, reason: str) -> None:
    assert reasons(tree(text), body) == [reason]


def test_alternatives_that_are_not_needed_are_no_failures() -> None:
    node = tree("(base OR (coup AND junta)) AND chess")
    assert reasons(node, "A base.") == ["not there"]
    assert reasons(node, "A base, and chess.") == []
    told = reasons(node, "The junta.")
    assert told == ["not there", "not there", "not there"]  # base, coup, chess


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("domain:bbc.co.uk", "the article's domain is lemonde.fr"),
        ("lang:en", "the article's lang is fr"),
        ("tag:sahel", "the article's tag is africa"),
        ("source:bbc", "the article's source is Le Monde"),
        ("author:doe", "the article's author is unknown"),
        ("url:niger", "the article's url is https://www.lemonde.fr/x"),
    ],
)
def test_a_field_says_what_the_article_has_instead(text: str, reason: str) -> None:
    known = {
        "url": "https://www.lemonde.fr/x", "source": "Le Monde", "tags": ("africa",), "lang": "fr",
    }  # fmt: skip
    assert reasons(tree(f"coup AND {text}"), "coup", **known) == [reason]


PAIR = And((entity("russia"), entity("troops")))
THREE = And((entity("russia"), entity("niger"), entity("troops")))


@pytest.mark.parametrize(
    ("limit", "node", "body", "reason"),
    [
        (30, PAIR, f"Russia {words_between(41)} Troops",
         "@russia and @troops are 43 words apart, 30 allowed"),
        (3, THREE, "Russia so so Niger so so Troops",
         "@russia and @troops are 7 words apart, 3 allowed"),
        (3, THREE, "Troops Niger so so so Russia",
         "@troops and @russia are 6 words apart, 3 allowed"),
        (Scope.SENTENCE, THREE, "Russia. Niger. Troops.",
         "@russia, @niger and @troops stand in no sentence together"),
        (Scope.PARAGRAPH, PAIR, "Russia.\n\nTroops.",
         "@russia and @troops stand in no paragraph together"),
        (Scope.TITLE, PAIR, "Russia. Troops.", "@russia and @troops are not in the title"),
        (Scope.LEAD, PAIR, f"Russia {words_between(70)} Troops", "@troops is not in the lead"),
    ],
)  # fmt: skip
def test_within_says_how_far_apart_the_closest_are(
    limit: int | Scope, node: Node, body: str, reason: str
) -> None:
    assert reasons(Within(limit, node), body) == [reason]


def test_within_names_what_is_not_there_at_all() -> None:
    assert reasons(Within(30, THREE), "Russia and Niger") == ["not there by any of its names"]


def test_so_many_of_a_list_says_how_many_there_are() -> None:
    node = KOf(2, (entity("russia"), entity("niger"), And((tree("coup"), Not(tree("chess"))))))
    assert reasons(node, "Russia") == ["not there by any of its names", "not there"]
    clauses = why(Rule(RuleId("r"), node), ENTITIES, article("Russia"), today=TODAY)
    assert (clauses[0].reason, clauses[0].outcome) == ("needs 2 of 3, has 1", Outcome.FAILS)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule(RuleId("r"), tree("coup"), enabled=False), "the rule is switched off"),
        (Rule(RuleId("r"), tree("coup"), expires=date(2026, 2, 28)), "it expired 1 day ago"),
        (Rule(RuleId("r"), tree("coup"), lang=("de", "en")), "the article's language is fr"),
        (Rule(RuleId("r"), tree("coup"), sources=("AFP",)), "the article is from Le Monde, africa"),
        (
            Rule(RuleId("r"), tree("coup"), not_sources=("le monde",)),
            "the article is from Le Monde, africa",
        ),
    ],
)
def test_a_rule_that_does_not_look_at_the_article_says_so(rule: Rule, reason: str) -> None:
    french = article("coup", source="Le Monde", lang="fr", tags=("africa",))
    assert [c.reason for c in failures(rule, ENTITIES, french, today=TODAY)] == [reason]


def test_filters_that_let_the_article_pass_are_told_too() -> None:
    rule = Rule(RuleId("r"), tree("coup"), expires=TODAY, lang=("fr",), sources=("x.org",))
    clauses = why(rule, ENTITIES, article("coup", url="https://www.x.org/1"), today=TODAY)
    assert [(c.text, c.reason) for c in clauses] == [
        ("expires: 2026-03-01", "it is still in force"),
        ("lang: fr", "its language is unknown"),
        ("sources: x.org", "the article is from x.org"),
        ("coup", '"coup" in the text'),
    ]
    assert all(c.outcome is Outcome.HOLDS for c in clauses)


def test_explaining_a_long_hostile_text_stays_cheap() -> None:
    """Bounded work, whatever the number of pairs: a naive search would compare 100 million."""
    body = "Niger so coup so so so so " * 10_000
    (reason,) = reasons(tree("@niger NEAR/0 junta PRE/2 coup"), body + "junta")
    assert "junta" in reason
