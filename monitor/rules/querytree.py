"""Builds the tree of a query while Lark parses it, and refuses what the grammar cannot.

Faults are collected rather than raised, so that one reading names them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lark import Token, Transformer

from monitor.errors import RuleTooBroad
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
)
from monitor.rules.format import format_node
from monitor.rules.queryfaults import operator_like
from monitor.rules.queryterms import COMMON_WORDS, Outcome, Resolve, Suggest, Terms, listed

MAX_DEPTH = 50
"""Nodes from the root to a leaf; whoever walks a tree may recurse."""
FAR = 100
"""Words; beyond, NEAR hardly asks for more than AND."""
EXCLUSIONS_ALONE = "a query of exclusions alone would match nearly everything"
TEXT_FIELDS = frozenset({FieldName.TITLE, FieldName.LEAD, FieldName.BODY})


@dataclass(slots=True)
class Part:
    """A node and its stretch of the query.

    ``unfit`` is what must not stand inside NEAR or ATLEAST (its name and place), ``field`` the
    place of a field limit inside, ``bare`` whether no brackets were written around it.
    """

    node: Node
    start: int
    end: int
    depth: int = 1
    unfit: tuple[str, int, int] | None = None
    field: tuple[int, int] | None = None
    bare: bool = True


class Builder(Terms, Transformer[Token, Part]):
    """Lark calls one method per rule of the grammar, with its parts in order."""

    def begin(self, resolve: Resolve, suggest: Suggest) -> None:
        super().begin(resolve, suggest)
        self.too_deep = False

    def finish(self, part: Part | None) -> Outcome:
        """The outcome of a parse; ``part`` is None when the grammar refused."""
        if part is not None and not self.errors and not positive(part.node):
            self.wrong(
                part.start,
                part.end - part.start,
                EXCLUSIONS_ALONE,
                "say what must be there, then AND NOT what must not",
                RuleTooBroad,
            )
        node = part.node if part is not None and not self.errors else None
        return Outcome(node, tuple(self.errors), tuple(self.warnings))

    def start(self, parts: list[Part]) -> Part:
        return parts[0]

    # --- terms

    def word(self, parts: list[Token]) -> Part:
        return self._word(parts[0], parts[0].start_pos or 0, exact=False)

    def exact_word(self, parts: list[Token]) -> Part:
        return self._word(parts[1], parts[0].start_pos or 0, exact=True)

    def _word(self, token: Token, at: int, *, exact: bool) -> Part:
        text, inner = str(token), token.start_pos or 0
        end = inner + len(text)
        if not exact:
            meant = operator_like(text, between=False)
            if meant is not None:
                self.wrong(at, end - at, *meant)
        return Part(self.make_term(text, at, end, inner=inner, exact=exact), at, end)

    def phrase(self, parts: list[Token]) -> Part:
        return self._phrase(parts[0], parts[0].start_pos or 0, exact=False)

    def exact_phrase(self, parts: list[Token]) -> Part:
        return self._phrase(parts[1], parts[0].start_pos or 0, exact=True)

    def _phrase(self, token: Token, at: int, *, exact: bool) -> Part:
        text, inner = str(token)[1:-1], (token.start_pos or 0) + 1
        end = inner + len(text) + 1
        if text.startswith("@") and not text[1:].isspace():
            hint = f"write {text} without quotes for the entity"
            self.doubt(at, end - at, "in quotes this is the text itself, not an entity", hint)
        if text.rstrip().endswith("?"):
            hint = "leave out the question mark"
            self.doubt(at, end - at, "the ? at the end stands for one more letter", hint)
        return Part(self.make_term(text, at, end, inner=inner, exact=exact), at, end)

    def entity(self, parts: list[Token]) -> Part:
        at = parts[0].start_pos or 0
        return Part(self.make_entity(str(parts[0])[1:], at), at, at + len(parts[0]))

    def plain_list(self, parts: list[Token]) -> Part:
        text, at = str(parts[0]), parts[0].start_pos or 0
        terms: list[Node] = []
        for term, start in listed(text):
            if term in COMMON_WORDS:
                self.make_term(term, at + start, at + start + len(term), inner=at + start)
            terms.append(Term(term, False, False, at + start))
        node = terms[0] if len(terms) == 1 else Or(tuple(terms))
        return Part(node, at, at + len(text), 1 if len(terms) == 1 else 2, bare=False)

    # --- operators

    def group(self, parts: list[Any]) -> Part:
        opening, inner, closing = parts
        inner.start, inner.end = opening.start_pos or 0, (closing.start_pos or 0) + 1
        inner.bare = False
        return self._part(inner)

    def any_of(self, parts: list[Part]) -> Part:
        for part in parts:
            if isinstance(part.node, And) and part.bare:
                node = any_of([p.node for p in parts])
                read_as = " OR ".join(_bracketed(n) for n in _alternatives(node))
                self.doubt(
                    parts[0].start,
                    parts[-1].end - parts[0].start,
                    "AND and OR mixed without brackets",
                    f"it is read as {_shortened(read_as)}; write the brackets",
                )
                break
        return self._joined(any_of([p.node for p in parts]), parts)

    def all_of(self, parts: list[Part]) -> Part:
        part = self._joined(all_of([p.node for p in parts]), parts)
        part.unfit = ("AND", part.start, part.end)
        return part

    def exclusion(self, parts: list[Any]) -> Part:
        sign, inner = parts
        start = sign.start_pos or 0
        node = inner.node.node if isinstance(inner.node, Not) else Not(inner.node)
        unfit = ("NOT", start, inner.end)
        return self._part(Part(node, start, inner.end, inner.depth + 1, unfit, inner.field))

    def near(self, parts: list[Any]) -> Part:
        left, sign, right = parts
        name = str(sign)
        self._operand(left, name, chain=isinstance(left.node, Near))
        self._operand(right, name)
        kind, _, number = name.partition("/")
        distance: int | Scope
        if number in ("s", "p"):
            distance = Scope.SENTENCE if number == "s" else Scope.PARAGRAPH
        else:
            distance = int(number)
            if distance > FAR:
                message = f"{name} reaches over most of an article"
                self.doubt(sign.start_pos or 0, len(name), message, "AND asks for little less")
        node = Near(left.node, right.node, distance, kind in ("PRE", "ONEAR"))
        part = self._joined(node, [left, right])
        part.unfit = ("NEAR", part.start, part.end)
        return part

    def in_field(self, parts: list[Any]) -> Part:
        token, inner = parts
        start, name = token.start_pos or 0, FieldName(str(token)[:-1].casefold())
        if inner.field is not None:
            hint = f"close {name}: before it, and join the two with AND"
            at, end = inner.field
            self.wrong(at, end - at, f"a field inside {name}:", hint)
        if name not in TEXT_FIELDS:
            self._metadata(name, inner)
        node = InField(name, inner.node)
        unfit = (f"{name}:", start, inner.end)
        return self._part(
            Part(node, start, inner.end, inner.depth + 1, unfit, (start, start + len(token)))
        )

    def _metadata(self, name: FieldName, inner: Part) -> None:
        for node in leaves(inner.node):
            if isinstance(node, (EntityRef, Near, AtLeast)):
                what = "an entity" if isinstance(node, EntityRef) else "NEAR or ATLEAST"
                hint = f"write the words themselves, as in {name}:word or {name}:(a OR b)"
                width = inner.end - inner.start
                self.wrong(inner.start, width, f"{name}: cannot hold {what}", hint)
                return

    def at_least(self, parts: list[Any]) -> Part:
        token, inner = parts
        start, count = token.start_pos or 0, int(str(token).partition("/")[2])
        if count < 1:
            self.wrong(start, len(token), "ATLEAST/0 asks for nothing", "write ATLEAST/2 or more")
        limited = inner.node
        if isinstance(limited, InField) and limited.name in TEXT_FIELDS:
            # ATLEAST/3 title:a means title:ATLEAST/3 a
            node: Node = InField(limited.name, AtLeast(count, limited.node))
        else:
            self._operand(inner, str(token))
            node = AtLeast(count, inner.node)
        unfit = ("ATLEAST", start, inner.end)
        return self._part(Part(node, start, inner.end, inner.depth + 2, unfit, inner.field))

    def k_of(self, parts: list[Any]) -> Part:
        token, _, *items, closing = parts
        start, end = token.start_pos or 0, (closing.start_pos or 0) + 1
        count = int(str(token).split()[0])
        if not 0 < count <= len(items):
            counted = "1 item" if len(items) == 1 else f"{len(items)} items"
            message = f"{count} OF {counted} can never be met" if count else "0 OF asks for nothing"
            self.wrong(start, len(token), message, f"write a number from 1 to {len(items)}")
        part = self._joined(KOf(count, tuple(p.node for p in items)), items)
        part.start, part.end = start, end
        part.unfit = ("OF", start, end)
        return part

    def _operand(self, part: Part, name: str, *, chain: bool = False) -> None:
        """Refuses what is no term, phrase, entity or OR-group of them."""
        if part.unfit is None or chain:
            return
        what, start, end = part.unfit
        if what.endswith(":"):
            where = f"put the field around it: {what}(a {name} b)"
        elif what == "NEAR" and name.startswith("ATLEAST"):
            where = "it counts words, phrases, entities or (a OR b); join the two with AND"
        elif what == "NEAR":
            where = "put the brackets around the first two: (a NEAR/5 b) NEAR/9 c"
        else:
            where = "it stands between words, phrases, entities or (a OR b); take the rest outside"
        self.wrong(start, end - start, f"{what} cannot stand inside {name}", where)

    def _joined(self, node: Node, parts: Sequence[Part]) -> Part:
        unfit = next((p.unfit for p in parts if p.unfit is not None), None)
        field = next((p.field for p in parts if p.field is not None), None)
        depth = max(p.depth for p in parts) + 1
        return self._part(Part(node, parts[0].start, parts[-1].end, depth, unfit, field))

    def _part(self, part: Part) -> Part:
        if part.depth > MAX_DEPTH:
            if not self.too_deep:
                message = f"nested more than {MAX_DEPTH} levels deep"
                self.wrong(part.start, 1, message, "make it several rules")
                self.too_deep = True
            # Keep the tree shallow, or whoever frees or compares it recurses too deep.
            return Part(Term("deep"), part.start, part.end, 1)
        return part


# --- the tree ---------------------------------------------------------------------------------


def all_of(nodes: Sequence[Node]) -> Node:
    """AND, flattened."""
    flat = [n for node in nodes for n in (node.nodes if isinstance(node, And) else (node,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(nodes: Sequence[Node]) -> Node:
    """OR, flattened."""
    flat = [n for node in nodes for n in (node.nodes if isinstance(node, Or) else (node,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def positive(node: Node) -> bool:
    """Whether something has to be there for the node to hold."""
    match node:
        case Not():
            return False
        case And():
            return any(positive(n) for n in node.nodes)
        case Or():
            return all(positive(n) for n in node.nodes)
        case KOf():
            return sum(not positive(n) for n in node.nodes) < node.count
        case Term() | EntityRef() | Near():
            return True
        case _:
            return positive(node.node)


def leaves(node: Node) -> list[Node]:
    """Every node below and including this one that is no AND, OR, NOT or OF."""
    match node:
        case And() | Or() | KOf():
            return [leaf for n in node.nodes for leaf in leaves(n)]
        case Not():
            return leaves(node.node)
        case _:
            return [node]


def _alternatives(node: Node) -> tuple[Node, ...]:
    return node.nodes if isinstance(node, Or) else (node,)


def _bracketed(node: Node) -> str:
    text = format_node(node)
    return f"({text})" if isinstance(node, And) else text


def _shortened(text: str, limit: int = 90) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
