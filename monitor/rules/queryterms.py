"""Words, phrases and entities of a query: the leaves of its tree, with their own faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import regex

from monitor.errors import QuerySyntaxError, RuleError, RuleTooBroad, UnknownEntity
from monitor.model import EntityId
from monitor.rules.ast import EntityRef, FieldName, Node, Term
from monitor.rules.queryfaults import MAX_FAULTS, Fault, operator_like, tokens

Resolve: TypeAlias = Callable[[str], EntityId | None]
Suggest: TypeAlias = Callable[[str], str | None]
Error: TypeAlias = tuple[type[RuleError], Fault]

MIN_STEM = 3
"""Letters before a ``*``."""
COMMON_WORDS = frozenset(("US", "WHO", "IT", "AID", "ARM", "ACT", "CAR", "CAN", "MAY", "UN", "ICE"))
"""Acronyms that are also everyday words in small letters."""

_LETTER = regex.compile(r"[\p{L}\p{N}]")
_STEM = regex.compile(r"[\p{L}\p{M}\p{N}?]*$")
_OPERATOR_WORD = regex.compile(r"\b(?:AND|OR|NOT|NEAR/\d+|ONEAR/\d+|PRE/\d+|W/(?:\d+|[sp]))(?!\S)")
_QUOTED = regex.compile(r'["“”„‟＂«»‹›「｢『《〈〝‘](.*)["“”‟＂«»‹›」｣』》〉〞〟’]', regex.DOTALL)
_EXCLUDED = regex.compile(r"-(?=[^\s\d-])|!(?=\S)")
_FIELD = regex.compile(rf"(?i)(?:{'|'.join(FieldName)}):(?=\S)")
_SEPARATOR = regex.compile(r",(?=\s)|[;|]|&&")
_ATOM = regex.compile(r'"([^"]*)"|([^"\s]+)')


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
        if len(self.errors) < MAX_FAULTS:
            self.errors.append((kind or QuerySyntaxError, Fault(at, max(1, width), message, hint)))

    def doubt(self, at: int, width: int, message: str, hint: str = "") -> None:
        if len(self.warnings) < MAX_FAULTS:
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
                begins = "begins with a wildcard" if not word[:first] else "has a word of wildcards"
                self.wrong(start, width, f'"{word}" {begins}', hint, RuleTooBroad)
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
        else:
            self._check_bare(body, inner)
        return self.make_term(body.strip(), at, at + len(word), inner=inner, exact=exact)

    def _check_bare(self, text: str, at: int) -> None:
        """Refuse what only a query knows; without inner quotes it was meant as such."""
        hint = "an item is one word or phrase: make it a list, or write a query: instead"
        if operator := _OPERATOR_WORD.search(text):
            message = f'"{operator[0]}" here would be searched as a word'
            self.wrong(at + operator.start(), len(operator[0]), message, hint)
        elif field := _FIELD.match(text):
            message = f'"{field[0]}" here would be searched as a word'
            self.wrong(at, len(field[0]), message, "limit a rule with within:, or write a query:")
        elif sign := _EXCLUDED.match(text):
            message = f'"{sign[0]}" excludes nothing here'
            self.wrong(at, len(sign[0]), message, "write under unless: what must not be there")
        elif sign := _SEPARATOR.search(text):
            message = f'"{sign[0]}" separates nothing here: this is one phrase'
            hint = "write a list, or a phrase with signs in quotes of its own"
            self.doubt(at + sign.start(), len(sign[0]), message, hint)

    def _entity(self, word: str, at: int) -> Node:
        name = word[1:]
        if not name or any(c.isspace() for c in name):
            self.wrong(at, len(word), f'"{word}" names no entity', 'one id after the @: "@niger"')
            return EntityRef(EntityId(name), at)
        return self.make_entity(name, at)


def leaf_errors(text: str, resolve: Resolve, suggest: Suggest) -> list[Error]:
    """What is wrong with single words and entities of a query that the grammar refuses."""
    terms = Terms()
    terms.begin(resolve, suggest)
    for kind, word, at in tokens(text):
        if kind == "entity":
            terms.make_entity(word[1:], at)
        elif kind == "phrase":
            terms.make_term(word[1:-1], at, at + len(word), inner=at + 1)
        elif kind == "word" and operator_like(word, between=False) is None:
            terms.make_term(word, at, at + len(word), inner=at)
    return terms.errors


def listed(text: str) -> list[tuple[str, int]]:
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
