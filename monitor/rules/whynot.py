"""Clause by clause: what of a rule holds for an article, what does not, and by how much.

Asks the matcher itself, with one clause at a time and with limits loosened, so that the answer
is always the matcher's own. For people who wait: far too slow for every article.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from monitor.model import Article, EntityId, Match, RuleId
from monitor.rules.ast import (
    And,
    AtLeast,
    EntityRef,
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
from monitor.rules.entity import Case, Entity
from monitor.rules.format import format_node
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet

_DAY = date(2000, 1, 1)
_ID = RuleId("clause")
_PROBES = 50
_FAR = 100_000
"""Words: farther apart than any article is long."""


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


def why(rule: Rule, entities: Mapping[EntityId, Entity], article: Article) -> list[Clause]:
    """Every clause of ``rule`` in the order written, as far as it matters for the outcome."""
    asker = _Asker(entities, article)
    found = [*asker.filters(rule)]
    asker.tell(rule.tree, 0, found)
    return found


def failures(rule: Rule, entities: Mapping[EntityId, Entity], article: Article) -> list[Clause]:
    """The innermost clauses because of which the rule does not hold."""
    clauses = why(rule, entities, article)
    return [
        clause
        for clause, after in zip(clauses, [*clauses[1:], None], strict=True)
        if clause.outcome is Outcome.FAILS and (after is None or after.depth <= clause.depth)
    ]


class _Asker:
    """Questions about one article."""

    def __init__(self, entities: Mapping[EntityId, Entity], article: Article) -> None:
        self.entities = entities
        self.article = article

    def match(self, node: Node, entities: Collection[Entity] | None = None) -> Match | None:
        every = list(self.entities.values()) if entities is None else entities
        ruleset = RuleSet.compile([Rule(_ID, node)], every)
        return next(iter(ruleset.match(self.article, today=_DAY)), None)

    def holds(self, node: Node) -> bool:
        if isinstance(node, Not):
            return not self.holds(node.node)
        if isinstance(node, And):
            return all(self.holds(n) for n in node.nodes)
        if isinstance(node, Or):
            return any(self.holds(n) for n in node.nodes)
        if isinstance(node, KOf):
            return sum(self.holds(n) for n in node.nodes) >= node.count
        return self.match(node) is not None

    # --- what is not in the tree

    def filters(self, rule: Rule) -> list[Clause]:
        """``lang``, ``sources`` and ``not_sources``."""
        found = []
        plain = replace(rule, tree=Term("x"), enabled=True, expires=None)
        probe = replace(self.article, title="x", body="x")
        for name in ("lang", "sources", "not_sources"):
            wanted: tuple[str, ...] = getattr(rule, name)
            if not wanted:
                continue
            alone = replace(
                plain,
                lang=rule.lang if name == "lang" else (),
                sources=rule.sources if name == "sources" else (),
                not_sources=rule.not_sources if name == "not_sources" else (),
            )
            held = bool(RuleSet.compile([alone], []).find(probe, today=_DAY))
            has = self.article.lang if name == "lang" else self.article.source
            reason = f"the article's is {has or 'unknown'}"
            outcome = Outcome.HOLDS if held else Outcome.FAILS
            found.append(Clause(f"{name}: {', '.join(wanted)}", outcome, reason))
        return found

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
                matched = self.match(node)
                reason = _reason(matched) if matched else self.missing(node)
                self.add(node, matched is not None, reason, depth, found)
                return matched is not None

    def add(self, node: Node, held: bool, reason: str, depth: int, found: list[Clause]) -> None:
        outcome = Outcome.HOLDS if held else Outcome.FAILS
        found.append(Clause(format_node(node), outcome, reason, depth))

    def tell_some(self, node: Or | KOf, depth: int, found: list[Clause]) -> bool:
        below: list[Clause] = []
        held = [self.tell(n, depth + 1, below) for n in node.nodes]
        count = node.count if isinstance(node, KOf) else 1
        enough = sum(held) >= count
        reason = f"{sum(held)} of {len(held)} hold, {count} needed"
        self.add(node, enough, reason, depth, found)
        found += below
        return enough

    def tell_not(self, node: Not, depth: int, found: list[Clause]) -> bool:
        held = self.holds(node.node)
        matched = self.match(node.node) if held else None
        reason = f"excluded by {_words(matched)}" if matched else "excluded"
        self.add(node, not held, reason if held else "nothing excluded", depth, found)
        return not held

    def tell_within(self, node: Within, depth: int, found: list[Clause]) -> bool:
        matched = self.match(node)
        limit = f"{node.limit} words" if isinstance(node.limit, int) else f"one {node.limit}"
        text = f"within {limit}: {format_node(node.node)}"
        if matched:
            found.append(Clause(text, Outcome.HOLDS, _reason(matched), depth))
            return True
        below: list[Clause] = []
        if self.tell(node.node, depth + 1, below):
            reason = "all are there, but never so close together"
            nearest = self.nearest(lambda n: Within(n, node.node))
            if isinstance(node.limit, int) and nearest is not None:
                reason = f"all are there, but the closest are within {nearest} words"
            elif node.limit in (Scope.TITLE, Scope.LEAD):
                reason = f"all are there, but not in the {node.limit}"
            elif isinstance(node.limit, Scope):
                reason = f"all are there, but not in {limit}"
        else:
            reason = "not all are there"
        found.append(Clause(text, Outcome.FAILS, reason, depth))
        found += [c for c in below if c.outcome is Outcome.FAILS]
        return False

    # --- why not

    def missing(self, node: Node) -> str:
        """Why a clause without parts of its own does not hold."""
        match node:
            case EntityRef():
                return self.missing_entity(node)
            case InField():
                if self.match(node.node) is not None:
                    return f"it is there, but not in {node.name}"
                return "not there"
            case AtLeast():
                count = self.most(node)
                return f"it occurs {_times(count)}"
            case Near():
                return self.missing_near(node)
            case Term() if node.exact and self.match(replace(node, exact=False)) is not None:
                return "only with other capitals or accents"
            case Or() | KOf():
                held = sum(self.holds(n) for n in node.nodes)
                count = node.count if isinstance(node, KOf) else 1
                return f"{held} of {len(node.nodes)} are there, {count} needed"
            case _:
                return "not there"

    def missing_entity(self, node: EntityRef) -> str:
        """What an entity's own conditions turned down, if anything."""
        entity = self.entities.get(node.id)
        if entity is None:
            return "not there"
        loosened = (
            ("only inside a phrase under not", replace(entity, not_=())),
            (
                "only beside a word of not_after or not_before",
                replace(entity, not_after=(), not_before=()),
            ),
            (
                "only beside a word of doubt, without a confirming word near",
                replace(entity, doubt=()),
            ),
            ("only with other capitals", replace(entity, case=Case.ANY)),
            (
                "only by a weak name, without a confirming word near",
                replace(entity, names=_both(entity), weak={}),
            ),
            (
                "only by a surname, without a given name or title near",
                replace(entity, names={**entity.names, "*": _with_surnames(entity)}),
            ),
        )
        for reason, changed in loosened:
            others = [e for e in self.entities.values() if e.id != entity.id]
            matched = self.match(node, [changed, *others])
            if matched is not None:
                return f"{reason}: {_words(matched)}"
        return "not there by any of its names"

    def missing_near(self, node: Near) -> str:
        for side in (node.left, node.right):
            if self.match(side) is None:
                return f"{format_node(side)} is not there"
        if isinstance(node.distance, Scope):
            return f"both are there, but in no {node.distance} together"
        loose = self.nearest(lambda n: replace(node, distance=n))
        if loose is None:
            return "both are there, but in the other order"
        return f"both are there, but with {loose} words between"

    def nearest(self, loosened: Callable[[int], Node]) -> int | None:
        """The smallest limit with which it would hold; None when none helps."""
        low, high = 0, _FAR
        if not self.any_holds([loosened(high)]):
            return None
        while high - low > 1:
            # One rule set asks many limits at once: compiling costs more than matching.
            step = max(1, (high - low) // _PROBES)
            limits = [*range(low + step, high, step), high]
            held = self.any_holds([loosened(n) for n in limits])
            high = limits[min(held)]
            low = max(low, high - step)
        return low if self.any_holds([loosened(low)]) else high

    def any_holds(self, nodes: list[Node]) -> list[int]:
        """The indexes of those nodes that hold."""
        rules = [Rule(RuleId(str(i)), node) for i, node in enumerate(nodes)]
        ruleset = RuleSet.compile(rules, list(self.entities.values()))
        return [int(i) for i in ruleset.find(self.article, today=_DAY)]

    def most(self, node: AtLeast) -> int:
        """The highest count that holds."""
        low, high = 0, node.count
        while low < high:
            middle = (low + high + 1) // 2
            if self.match(replace(node, count=middle)) is not None:
                low = middle
            else:
                high = middle - 1
        return low


def _both(entity: Entity) -> dict[str, tuple[str, ...]]:
    names = dict(entity.names)
    for lang, weak in entity.weak.items():
        names[lang] = (*names.get(lang, ()), *weak)
    return names


def _with_surnames(entity: Entity) -> tuple[str, ...]:
    return (*entity.names.get("*", ()), *entity.surnames)


def _times(count: int) -> str:
    return ("not at all", "once", "twice")[count] if count < 3 else f"{count} times"


def _words(matched: Match) -> str:
    """The matched words, each once."""
    texts = dict.fromkeys(" ".join(span.text.split()) for span in matched.spans)
    return ", ".join(f'"{text}"' for text in list(texts)[:5])


def _reason(matched: Match) -> str:
    return "; ".join(matched.why) or _words(matched)
