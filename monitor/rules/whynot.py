"""Clause by clause: what of a rule holds for an article, what does not, and by how much.

Asks the matcher's own clauses, one at a time and with limits loosened, so that the answer is
always the matcher's. For people who wait: slower than matching, though not by much.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from monitor.model import Article, EntityId, Match, RuleId
from monitor.rules.ast import (
    And,
    AtLeast,
    EntityRef,
    FieldName,
    InField,
    KOf,
    Near,
    Node,
    Not,
    Or,
    Scope,
    Term,
    Within,
)
from monitor.rules.document import Hit
from monitor.rules.entity import Entity
from monitor.rules.evaluate import Nearby, Often, Window
from monitor.rules.explain import explained, gap, words_of
from monitor.rules.format import format_node
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from monitor.rules.whyfilters import filters
from monitor.rules.whymissing import (
    NO_NAME,
    NO_WORD,
    missing_entity,
    missing_term,
    missing_value,
)

_RULE = Rule(RuleId("clause"), And(()))
_FAR = 1_000_000
"""Words: farther apart than any article is long."""
_NOWHERE = (NO_WORD, NO_NAME)
_TOLD = 5
"""Reasons of one clause."""
_PAIRS = 20_000
"""Pairs of occurrences that are compared to find the nearest."""


class Outcome(StrEnum):
    """What became of a clause."""

    HOLDS = "holds"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a rule and what became of it; ``depth`` is how deep it stands in the rule."""

    text: str
    outcome: Outcome
    reason: str
    depth: int = 0


def why(
    rule: Rule, entities: Mapping[EntityId, Entity], article: Article, *, today: date
) -> list[Clause]:
    """Every clause of ``rule`` in the order written, as far as it matters for the outcome.

    Its filters come first: whether it is in force on ``today``, languages, sources.
    """
    asker = _Asker(rule, entities, article)
    found = [
        Clause(f.text, Outcome.HOLDS if f.passes else Outcome.FAILS, f.reason)
        for f in filters(rule, article, asker.source, today)
    ]
    asker.tell(rule.tree, 0, found)
    return found


def failures(
    rule: Rule, entities: Mapping[EntityId, Entity], article: Article, *, today: date
) -> list[Clause]:
    """The innermost clauses because of which the rule does not hold."""
    clauses = why(rule, entities, article, today=today)
    found = []
    settled = -1  # the depth of a clause that holds, whatever its alternatives do
    for clause, after in zip(clauses, [*clauses[1:], None], strict=True):
        if settled >= 0 and clause.depth > settled:
            continue
        holds = clause.outcome is Outcome.HOLDS
        settled = clause.depth if holds else -1
        if not holds and (after is None or after.depth <= clause.depth):
            found.append(clause)
    return found


class _Asker:
    """Questions about one rule and one article."""

    def __init__(self, rule: Rule, entities: Mapping[EntityId, Entity], article: Article) -> None:
        inquiry = RuleSet.compile([rule], list(entities.values())).inquire(article)
        self.article = article
        self.source = inquiry.source
        self.bind = inquiry.bind
        self.gazetteer = inquiry.gazetteer

    def holds(self, node: Node) -> bool:
        return self.bind(node).holds(self.source, None)

    def hits(self, node: Node) -> list[Hit]:
        return self.bind(node).hits(self.source, None)

    def match(self, node: Node) -> Match:
        """What a clause that holds rests on."""
        return explained(_RULE, self.bind(node), self.source, self.gazetteer)

    # --- the tree

    def tell(self, node: Node, depth: int, found: list[Clause]) -> bool:
        """Add the clauses of ``node``; whether it holds."""
        match node:
            case And():
                held = [self.tell(n, depth, found) for n in node.nodes]
                return all(held)
            case Or() | KOf() if not all(isinstance(n, Term | EntityRef) for n in node.nodes):
                return self.tell_some(node, depth, found)
            case Not():
                return self.tell_not(node, depth, found)
            case Within():
                return self.tell_within(node, depth, found)
            case _:
                matched = self.holds(node)
                reason = _reason(self.match(node)) if matched else self.missing(node)
                self.add(node, matched, reason, depth, found)
                return matched

    def add(self, node: Node, held: bool, reason: str, depth: int, found: list[Clause]) -> None:
        outcome = Outcome.HOLDS if held else Outcome.FAILS
        found.append(Clause(format_node(node), outcome, reason, depth))

    def tell_some(self, node: Or | KOf, depth: int, found: list[Clause]) -> bool:
        below: list[Clause] = []
        held = [self.tell(n, depth + 1, below) for n in node.nodes]
        count = node.count if isinstance(node, KOf) else 1
        reason = f"needs {count} of {len(held)}, has {sum(held)}"
        self.add(node, sum(held) >= count, reason, depth, found)
        found += below
        return sum(held) >= count

    def tell_not(self, node: Not, depth: int, found: list[Clause]) -> bool:
        if not self.holds(node.node):
            self.add(node, True, "nothing excluded", depth, found)
            return True
        words = _words(self.match(node.node))
        self.add(node, False, f"excluded by {words}" if words else "excluded", depth, found)
        return False

    def tell_within(self, node: Within, depth: int, found: list[Clause]) -> bool:
        limit = f"{node.limit} words" if isinstance(node.limit, int) else f"one {node.limit}"
        text = f"within {limit}: {format_node(node.node)}"
        if self.holds(node):
            found.append(Clause(text, Outcome.HOLDS, _reason(self.match(node)), depth))
            return True
        below: list[Clause] = []
        everything = self.tell(node.node, depth + 1, below)
        reason = self.apart(node) if everything else "not all are there"
        found.append(Clause(text, Outcome.FAILS, reason, depth))
        found += [c for c in below if c.outcome is Outcome.FAILS]
        return False

    # --- why not

    def missing(self, node: Node) -> str:
        """Why a clause without parts of its own does not hold."""
        match node:
            case EntityRef():
                return missing_entity(node, self.source.text, self.gazetteer)
            case Term():
                return missing_term(node, self.source.text)
            case InField():
                return self.missing_in_field(node)
            case AtLeast():
                often = self.bind(node)
                assert isinstance(often, Often)
                return f"needs {node.count}, has {often.counted(self.source, None)}"
            case Near():
                return self.missing_near(node)
            case Or() | KOf():
                return self.missing_some(node)
            case _:
                return NO_WORD

    def missing_in_field(self, node: InField) -> str:
        if node.name not in (FieldName.TITLE, FieldName.LEAD, FieldName.BODY):
            return missing_value(node.name, self.article, self.source)
        if self.holds(node.node):
            return f"it is there, but not in the {node.name}"
        return self.missing(node.node)

    def missing_some(self, node: Or | KOf) -> str:
        held = [n for n in node.nodes if self.holds(n)]
        count = node.count if isinstance(node, KOf) else 1
        has = f": {', '.join(map(format_node, held))}" if held else ""
        close = [
            f"{format_node(one)}: {reason}"
            for one in node.nodes
            if one not in held and (reason := self.missing(one)) not in _NOWHERE
        ]
        counted = f"needs {count} of {len(node.nodes)}, has {len(held)}{has}"
        return "; ".join([counted, *close[:_TOLD]])

    def missing_near(self, node: Near) -> str:
        for side in (node.left, node.right):
            if not self.holds(side):
                return f"{format_node(side)}: {self.missing(side)}"
        if isinstance(node.distance, Scope):
            names = f"{_named(node.left)} and {_named(node.right)}"
            return f"{names} stand in no {node.distance} together"
        loose = self.bind(replace(node, distance=_FAR))
        assert isinstance(loose, Nearby)
        pairs = zip(loose.pairs(self.source, None), range(_PAIRS), strict=False)
        nearest = min((pair for pair, _ in pairs), key=lambda pair: gap(*pair), default=None)
        if nearest is None:
            return f"{_named(node.left)} never stands before {_named(node.right)}"
        names = f"{_label(nearest[0])} and {_label(nearest[1])}"
        return f"{names} are {words_of(gap(*nearest))} words apart, {node.distance} allowed"

    def apart(self, node: Within) -> str:
        """All that ``node`` asks for is there; why no window holds it."""
        parts = node.node.nodes if isinstance(node.node, And) else (node.node,)
        wanted = [p for p in parts if not isinstance(p, Not)]
        names = _listed([_named(p) for p in wanted])
        if isinstance(node.limit, int):
            return self.nearest(node.node, node.limit) or f"{names} are never close enough"
        if node.limit in (Scope.TITLE, Scope.LEAD):
            absent = [p for p in wanted if not self.holds(Within(node.limit, p))]
            verb = "is" if len(absent) == 1 else "are"
            if absent:
                return f"{_listed([_named(p) for p in absent])} {verb} not in the {node.limit}"
        return f"{names} stand in no {node.limit} together"

    def nearest(self, node: Node, limit: int) -> str:
        """How far apart the ends of the tightest window are that would hold; "" for none."""
        loose = self.bind(Within(_FAR, node))
        assert isinstance(loose, Window)
        best = loose.best(self.source, None)
        if best is None:
            return ""
        around = [h for h in self.hits(node) if best[0] <= h.start and h.end <= best[1]]
        first = min(around, key=lambda h: h.start, default=None)
        last = max(around, key=lambda h: h.end, default=None)
        width = words_of(best[1] - best[0])
        if first is None or last is None or _label(first) == _label(last):
            return f"the closest are {width} words apart, {limit} allowed"
        return f"{_label(first)} and {_label(last)} are {width} words apart, {limit} allowed"


def _leaves(node: Node) -> Iterator[Node]:
    match node:
        case Or(nodes):
            for one in nodes:
                yield from _leaves(one)
        case _:
            yield node


def _named(node: Node) -> str:
    """A part of a rule, short."""
    leaves = [f'"{n.text}"' if isinstance(n, Term) else format_node(n) for n in _leaves(node)]
    shown = leaves if len(leaves) <= 3 else [*leaves[:2], "…"]
    return " or ".join(shown)


def _label(hit: Hit) -> str:
    """The entity, or the word, that stands at a hit."""
    if hit.parts:
        return f"{_label(hit.parts[0])} with {_label(hit.parts[1])}"
    if hit.entity is not None:
        return f"@{hit.entity}"
    return f'"{getattr(hit.source, "term", "")}"'


def _listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _words(matched: Match) -> str:
    """The matched words, each once."""
    texts = dict.fromkeys(" ".join(span.text.split()) for span in matched.spans)
    return ", ".join(f'"{text}"' for text in list(texts)[:5])


def _reason(matched: Match) -> str:
    return "; ".join(matched.why) or _words(matched)
