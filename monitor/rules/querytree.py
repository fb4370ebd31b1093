"""Builds the tree of a query while Lark parses it, and refuses what the grammar cannot.

Faults are collected rather than raised, so that one reading names them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import regex
from lark import Token, Transformer

from monitor.errors import QuerySyntaxError, RuleError, RuleTooBroad, UnknownEntity
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
    Scope,
    Term,
)
from monitor.rules.format import format_node
from monitor.rules.queryfaults import Fault, operator_like

Resolve: TypeAlias = Callable[[str], EntityId | None]
Suggest: TypeAlias = Callable[[str], str | None]
Error: TypeAlias = tuple[type[RuleError], Fault]

MAX_DEPTH = 50
"""Nodes from the root to a leaf; whoever walks a tree may recurse."""
MAX_ERRORS = 20
"""Of one query; more help nobody."""
MIN_STEM = 3
"""Letters before a ``*``."""
FAR = 100
"""Words; beyond, NEAR hardly asks for more than AND."""
COMMON_WORDS = frozenset(("US", "WHO", "IT", "AID", "ARM", "ACT", "CAR", "CAN", "MAY", "UN", "ICE"))
"""Acronyms that are also everyday words in small letters."""
TEXT_FIELDS = frozenset({FieldName.TITLE, FieldName.LEAD, FieldName.BODY})

_LETTER = regex.compile(r"[\p{L}\p{N}]")
_STEM = regex.compile(r"[\p{L}\p{M}\p{N}?]*$")
_OPERATOR_WORD = regex.compile(r"\b(?:AND|OR|NOT|NEAR/\d+|ONEAR/\d+|PRE/\d+|W/(?:\d+|[sp]))(?!\S)")
_QUOTED = regex.compile(r'["“”„‟＂«»‹›「『《〈‘](.*)["“”‟＂«»‹›」』》〉’]', regex.DOTALL)
_ATOM = regex.compile(r'"([^"]*)"|([^"\s]+)')


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one reading found."""

    node: Node | None
    errors: tuple[Error, ...]
    warnings: tuple[Fault, ...]


class Terms:
    """Reads words, phrases and entities; keeps the faults of one query."""

    errors: list[Error]
    warnings: list[Fault]
    resolve: Resolve
    suggest: Suggest

    def begin(self, resolve: Resolve, suggest: Suggest) -> None:
        self.errors, self.warnings = [], []
        self.resolve, self.suggest = resolve, suggest

    def wrong(
        self, at: int, width: int, message: str, hint: str = "", kind: type[RuleError] | None = None
    ) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append((kind or QuerySyntaxError, Fault(at, max(1, width), message, hint)))

    def doubt(self, at: int, width: int, message: str, hint: str = "") -> None:
        self.warnings.append(Fault(at, max(1, width), message, hint))

    def make_term(self, text: str, at: int, end: int, *, inner: int, exact: bool = False) -> Term:
        """A word or phrase whose text begins at ``inner``."""
        wildcard = "*" in text or "?" in text
        if wildcard:
            self.check_wildcards(text, inner)
        elif not text.isalnum() and _LETTER.search(text) is None:
            hint = "punctuation and symbols are not searched; write words"
            shown = f'"{text}"' if text.strip() else "the phrase"
            self.wrong(at, end - at, f"{shown} has no letter or digit", hint)
        if not exact and text in COMMON_WORDS:
            hint = f"write ={text} for exactly these capitals"
            self.doubt(at, end - at, f'{text} also finds the word "{text.lower()}"', hint)
        return Term(text, exact, wildcard, at)

    def check_wildcards(self, text: str, at: int) -> None:
        for found in regex.finditer(r"[^\s]*[*?][^\s]*", text):
            word = found.group()
            start, width = at + found.start(), len(word)
            star = word.find("*")
            first = min(i for i in (star, word.find("?")) if i >= 0)
            stem = _STEM.search(word[:star]) if star >= 0 else None
            if not word[:first] or not _LETTER.match(word[first - 1]):
                hint = "a wildcard needs the beginning of its word: coup*, wom?n"
                self.wrong(start, width, f'"{word}" begins with a wildcard', hint, RuleTooBroad)
            elif stem is not None and sum(c != "?" for c in stem.group()) < MIN_STEM:
                hint = f"write at least {MIN_STEM} letters before *"
                self.wrong(start, width, f'"{word}" would find too many words', hint, RuleTooBroad)

    def make_entity(self, name: str, at: int) -> EntityRef:
        """``name`` without its @, which stands at ``at``."""
        id_ = self.resolve(name)
        if id_ is None and name != name.casefold():
            id_ = self.resolve(name.casefold())
        if id_ is None:
            near = self.suggest(name)
            hint = f"did you mean @{near}?" if near else "define it in rules/entities/"
            message = f"no entity is called @{name}"
            self.wrong(at, len(name) + 1, message, hint, UnknownEntity)
            return EntityRef(EntityId(name), at)
        return EntityRef(id_, at)


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
                "a query of exclusions alone would match nearly everything",
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
        for term, start in _listed(text):
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


class Atom(Terms):
    """Reads one item of ``terms``: what stands there is a term whole, never an expression."""

    def __init__(self, resolve: Resolve, suggest: Suggest) -> None:
        self.begin(resolve, suggest)

    def read(self, text: str) -> Outcome:
        node = self._node(text)
        return Outcome(None if self.errors else node, tuple(self.errors), tuple(self.warnings))

    def _node(self, text: str) -> Node:
        word = text.strip()
        at = text.find(word)
        if word.startswith("@"):
            return self._entity(word, at)
        exact = word.startswith("=")
        inner, body = at + exact, word[exact:]
        quoted = _QUOTED.fullmatch(body)
        if quoted is not None:
            inner, body = inner + 1, quoted[1]
        elif operator := _OPERATOR_WORD.search(body):
            self.wrong(
                inner + operator.start(),
                len(operator.group()),
                f'"{operator.group()}" here would be searched as a word',
                "an item is one word or phrase: make it a list, or write a query: instead",
            )
        return self.make_term(body.strip(), at, at + len(word), inner=inner, exact=exact)

    def _entity(self, word: str, at: int) -> Node:
        name = word[1:]
        if not name or any(c.isspace() for c in name):
            self.wrong(at, len(word), f'"{word}" names no entity', 'one id after the @: "@niger"')
        return self.make_entity(name, at)


def _listed(text: str) -> list[tuple[str, int]]:
    """The terms of ``(a OR "b c")`` and their offsets; a loaded rule set has ten a rule."""
    found, at = [], 1
    for piece in text[1:-1].split(" OR "):
        if piece[0] == '"' == piece[-1]:
            found.append((piece[1:-1], at))
        elif piece.isalnum():
            found.append((piece, at))
        else:  # other white space, or OR inside a phrase
            pairs = (
                (m[1] or m[2], m.start(), m[1]) for m in _ATOM.finditer(text, 1, len(text) - 1)
            )
            return [(term, start) for term, start, quoted in pairs if quoted or term != "OR"]
        at += len(piece) + 4
    return found


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
