"""From the tree of a rule to the clauses that evaluate it, and to the groups it requires."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.model import EntityId
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
    Term,
    Within,
)
from monitor.rules.evaluate import (
    All,
    Clause,
    Field,
    Meta,
    Nearby,
    No,
    Often,
    Some,
    Value,
    Window,
    Words,
)
from monitor.rules.mentions import Gazetteer
from monitor.rules.needles import Lexicon, Needle, Pattern, is_plain, needle_of, pattern_of
from monitor.rules.presearch import TEXT_FIELDS
from monitor.text.fold import fold


class Terms:
    """The needles of a rule set's terms; each distinct term is folded once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._plain: dict[str, Pattern] = {}
        self._checked: dict[tuple[str, bool, bool], Pattern | None] = {}

    def pattern(self, term: Term) -> Pattern | None:
        """The pattern of ``term``, registered; None when it can never match."""
        known = self._plain.get(term.text)
        if known is not None and not (term.exact or term.wildcard):
            return known
        key = (term.text, term.exact, term.wildcard)
        if key in self._checked:
            return self._checked[key]
        if is_plain(term) and (text := pattern_of(fold(term.text))) is not None:
            pattern = self._plain[term.text] = self._lexicon.own(text)
            return pattern
        needle = needle_of(term, self._lexicon)
        self._checked[key] = None if needle is None else needle.pattern
        return self._checked[key]

    def plain(self, term: Term) -> Pattern | None:
        """The pattern of ``term``, registered, where it is all there is to it."""
        return None if term.exact or term.wildcard else self._plain.get(term.text)

    def needle(self, term: Term) -> Needle | None:
        """The needle of ``term``, None when it can never match. Made anew: few are ever needed."""
        return needle_of(term, self._lexicon)


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything under it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        match one:
            case Term() | EntityRef():
                pass
            case And(nodes) | Or(nodes) | KOf(_, nodes):
                waiting.extend(reversed(nodes))
            case Near(left, right):
                waiting += (right, left)
            case InField(_, inner) | Not(inner) | AtLeast(_, inner) | Within(_, inner):
                waiting.append(inner)


class Binder:
    """Binds trees to the patterns and entities of one rule set."""

    def __init__(self, terms: Terms, gazetteer: Gazetteer) -> None:
        self._terms, self._gazetteer = terms, gazetteer

    def bind(self, node: Node) -> Clause:
        """The clause that evaluates ``node``."""
        match node:
            case Term() | EntityRef():
                return self._words([node])
            case InField(name, inner):
                return self._field(name, inner)
            case Near(left, right, distance, ordered):
                halves = 2 * distance if isinstance(distance, int) else distance
                return Nearby(self.bind(left), self.bind(right), halves, ordered)
            case And(nodes):
                return All(tuple(map(self.bind, nodes)))
            case Or(nodes):
                return self._any(nodes)
            case Not(inner):
                return No(self.bind(inner))
            case AtLeast(count, inner):
                return Often(count, self.bind(inner))
            case KOf(count, nodes):
                return Some(count, tuple(map(self.bind, nodes)))
            case Within(limit, inner):
                return Window(2 * limit if isinstance(limit, int) else limit, self.bind(inner))

    def _any(self, nodes: tuple[Node, ...]) -> Clause:
        leaves: list[Term | EntityRef] = []
        others: list[Clause] = []
        for node in nodes:
            if isinstance(node, (Term, EntityRef)):  # a union would be made at every call
                leaves.append(node)
            else:
                others.append(self.bind(node))
        if leaves:
            others.insert(0, self._words(leaves))
        return others[0] if len(others) == 1 else Some(1, tuple(others))

    def _words(self, leaves: list[Term | EntityRef]) -> Words:
        plain: dict[Pattern, str] = {}
        checked: list[Needle] = []
        entities: list[EntityId] = []
        for leaf in leaves:
            if isinstance(leaf, EntityRef):
                entities.append(leaf.id)
                continue
            pattern = self._terms.plain(leaf)
            if pattern is not None:
                plain[pattern] = leaf.text
            elif (needle := self._terms.needle(leaf)) is not None:
                checked.append(needle)
        return Words(plain, tuple(checked), tuple(entities), self._gazetteer)

    def _field(self, name: FieldName, inner: Node) -> Clause:
        if name in TEXT_FIELDS:
            return Field(name, self.bind(inner))
        if name in (FieldName.DOMAIN, FieldName.LANG):
            return self._value(name, inner)
        return Meta(name, self.bind(inner))

    def _value(self, name: FieldName, node: Node) -> Clause:
        match node:
            case Term(text):
                value = text.strip().casefold()
                if name is FieldName.LANG:
                    return Value(name, value.partition("-")[0])
                return Value(name, value.removeprefix("www.").lstrip("."))
            case And(nodes):
                return All(tuple(self._value(name, n) for n in nodes))
            case Or(nodes):
                return Some(1, tuple(self._value(name, n) for n in nodes))
            case KOf(count, nodes):
                return Some(count, tuple(self._value(name, n) for n in nodes))
            case Not(inner):
                return No(self._value(name, inner))
            case _:
                return Some(1, ())  # an entity or a distance says nothing of a domain: never holds
