"""Short hands for the tests of the matcher: one rule, one article, made in a line."""

from __future__ import annotations

from datetime import date

from monitor.model import Article, EntityId, Match, RuleId
from monitor.rules.ast import EntityRef, Node, Term
from monitor.rules.entity import Entity
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet

TODAY = date(2026, 3, 1)


def article(body: str = "", title: str = "", **known: object) -> Article:
    return Article(key="k", title=title, body=body, **known)  # type: ignore[arg-type]  # test data


def match(tree: Node, of: Article, entities: tuple[Entity, ...] = ()) -> Match | None:
    """The match of one rule, found as the daemon finds it; `find` must say the same."""
    ruleset = RuleSet.compile([Rule(RuleId("rule"), tree)], entities)
    matches = ruleset.match(of, today=TODAY)
    assert ruleset.find(of, today=TODAY) == [m.rule for m in matches]
    for span in (s for m in matches for s in m.spans):
        text = of.title if span.field == "title" else of.body
        assert text[span.start : span.end] == span.text
    return matches[0] if matches else None


def holds(tree: Node, body: str, *entities: Entity, title: str = "") -> bool:
    return match(tree, article(body, title), entities) is not None


def term(text: str) -> Term:
    """``=US`` is exact, ``*`` and ``?`` are wildcards."""
    return Term(text.removeprefix("="), text.startswith("="), "*" in text or "?" in text)


def entity(name: str) -> EntityRef:
    return EntityRef(EntityId(name))


def words_between(count: int) -> str:
    return " ".join(["so"] * count)
