"""Rules that are well written and hardly meant: they can never match, or match far too much."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import regex

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
from monitor.rules.catalogue import Catalogue
from monitor.rules.format import format_node
from monitor.text.fold import fold

_SINGLE = frozenset({FieldName.LANG, FieldName.DOMAIN})
"""Fields that have one value an article."""
_TEXT_FIELDS = frozenset({FieldName.TITLE, FieldName.LEAD, FieldName.BODY})
_LANGUAGE = regex.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*")
_DOMAIN = regex.compile(r"(?:[\w-]+\.)+[\w-]{2,}")
_NAMED = frozenset({"country", "place", "person", "organisation", "force"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something hardly meant; ``term`` is the word of the query that it is about, if one is."""

    message: str
    hint: str
    term: Term | None = None


def doubts(tree: Node, catalogue: Catalogue) -> list[Doubt]:
    """Everything about a tree that is hardly meant."""
    found = [Doubt(f"this rule can never match: {d.message}", d.hint) for d in never_matches(tree)]
    return [*found, *swallowed(tree, catalogue)]


def never_matches(tree: Node) -> list[Doubt]:
    """Reasons why no article can ever satisfy the tree; empty where none is seen."""
    nodes = tree.nodes if isinstance(tree, And) else (tree,)
    required = [inner for n in nodes for inner in _required(n)]
    excluded = {
        alternative
        for n in nodes
        if isinstance(n, Not)
        for alternative in (n.node.nodes if isinstance(n.node, Or) else (n.node,))
    }
    reasons = []
    for node in dict.fromkeys(required):
        if _is_excluded(node, excluded):
            what = "it" if node in excluded else "too much of it"
            message = f"it asks for {format_node(node)} and excludes {what}"
            reasons.append(Doubt(message, "take it out of one of the two"))
        reasons += _odd_values(node)
    for name in _SINGLE:
        values = [
            n.node
            for n in required
            if isinstance(n, InField) and n.name is name and isinstance(n.node, Term)
        ]
        texts = list(dict.fromkeys(_single_value(name, v) for v in values if not v.wildcard))
        if len(texts) > 1 and not (name is FieldName.DOMAIN and _nested(texts)):
            hint = f"write {name}:({' OR '.join(texts)}) for any of them"
            reasons.append(Doubt(f"an article has one {name}, not {' and '.join(texts)}", hint))
    return reasons


def _single_value(name: FieldName, term: Term) -> str:
    text = term.text.casefold().strip()
    return text.partition("-")[0] if name is FieldName.LANG else text


def asked_languages(tree: Node) -> frozenset[str]:
    """The languages of which an article must have one, because of ``lang:`` in the query."""
    for node in _required(tree):
        if isinstance(node, InField) and node.name is FieldName.LANG:
            terms = list(_terms(node.node))
            if isinstance(node.node, (Term, Or)):
                return frozenset(_single_value(FieldName.LANG, t) for t in terms)
    return frozenset()


def _is_excluded(node: Node, excluded: Collection[Node]) -> bool:
    """Whether ``node`` cannot hold where none of ``excluded`` does."""
    if node in excluded:
        return True
    match node:
        case Or(alternatives):
            return all(_is_excluded(n, excluded) for n in alternatives)
        case KOf(count, alternatives):
            return sum(not _is_excluded(n, excluded) for n in alternatives) < count
        case _:
            return False


def _odd_values(node: Node) -> Iterator[Doubt]:
    """What no domain and no language code can be."""
    if not isinstance(node, InField) or node.name not in _SINGLE:
        return
    for term in _terms(node.node):
        value = term.text.strip()
        if term.wildcard:
            hint = "a domain stands for its subdomains too: domain:bbc.co.uk"
            yield Doubt(f"{node.name}: takes no wildcard, as in {value}", hint)
        elif node.name is FieldName.LANG and _LANGUAGE.fullmatch(value) is None:
            yield Doubt(f'"{value}" is no language code', "two or three letters: en, fr, ar")
        elif node.name is FieldName.DOMAIN and _DOMAIN.fullmatch(value) is None:
            hint = "write it as domain:bbc.co.uk, or source: for the name of a source"
            yield Doubt(f'"{value}" is no domain', hint)


def _required(node: Node) -> Iterator[Node]:
    """Nodes that must hold wherever ``node`` does."""
    yield node
    match node:
        case And():
            for inner in node.nodes:
                yield from _required(inner)
        case Within() | AtLeast():
            yield from _required(node.node)
        case InField() if node.name in _TEXT_FIELDS:
            yield from _required(node.node)
        case Near():
            yield from _required(node.left)
            yield from _required(node.right)
        case _:
            return


def _nested(domains: list[str]) -> bool:
    longest = max(domains, key=len)
    return all(longest == d or longest.endswith(f".{d}") for d in domains)


def swallowed(tree: Node, catalogue: Catalogue) -> list[Doubt]:
    """Wildcards that find names of several entities, as ``Niger*`` does."""
    found = []
    for term in _terms(tree):
        if not term.wildcard or " " in term.text.strip():
            continue
        names = index(catalogue).matching(term.text)
        if len(names) > 1:
            first, *others = sorted(names, key=lambda id_: (len(names[id_]), id_))
            listed = ", ".join(f"{names[o]} (@{o})" for o in others[:3])
            hint = f"{listed}; write @{first} or @{others[0]} for the one you mean"
            found.append(Doubt(f"{term.text} also finds other names", hint, term))
    return found


def _terms(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case EntityRef():
            return
        case And() | Or() | KOf():
            for inner in node.nodes:
                yield from _terms(inner)
        case Near():
            yield from _terms(node.left)
            yield from _terms(node.right)
        case _:
            yield from _terms(node.node)


class NameIndex:
    """The one-word names of real things in a catalogue, in alphabetical order."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @cached_property
    def _names(self) -> list[tuple[str, str, str]]:
        """Folded name, entity, name as listed."""
        found = {
            (folded, str(entity.id), name)
            for entity in self._catalogue.entities.values()
            if entity.type in _NAMED
            for names in (entity.names, entity.adjectives)
            for listed in names.values()
            for name in listed
            if " " not in (folded := fold(name).strip())
        }
        return sorted(found)

    def matching(self, wildcard: str) -> dict[str, str]:
        """Entities with a name that the wildcard finds, and the first such name."""
        folded = fold(wildcard.replace("*", "x").replace("?", "x")).strip()
        stem = fold(regex.split(r"[*?]", wildcard)[0]).strip()
        if not stem or " " in folded:
            return {}
        pieces = (fold(p).strip() if p not in "*?" else p for p in regex.split(r"([*?])", wildcard))
        pattern = "".join({"*": r"\w*", "?": r"\w"}.get(p, regex.escape(p)) for p in pieces)
        found: dict[str, str] = {}
        for name, entity, listed in self._names[bisect_left(self._names, (stem, "", "")) :]:
            if not name.startswith(stem):
                break
            if regex.fullmatch(pattern, name):
                found.setdefault(entity, listed)
        return found


def index(catalogue: Catalogue) -> NameIndex:
    """The catalogue's index, made at the first wildcard."""
    made: NameIndex | None = catalogue.__dict__.get("_lint_index")
    if made is None:
        made = NameIndex(catalogue)
        object.__setattr__(catalogue, "_lint_index", made)
    return made
