"""Rules that are well written and hardly meant: they can never match, or match far too much."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
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
_NAMED = frozenset({"country", "place", "person", "organisation", "force"})


def doubts(tree: Node, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Message and hint for everything about a tree that is hardly meant."""
    found = [(f"this rule can never match: {why}", "") for why in never_matches(tree)]
    for word, hint in swallowed(tree, catalogue):
        found.append((f"{word} also finds other names", hint))
    return found


def never_matches(tree: Node) -> list[str]:
    """Reasons why no article can ever satisfy the tree; empty where none is seen."""
    nodes = tree.nodes if isinstance(tree, And) else (tree,)
    required = [inner for n in nodes for inner in _required(n)]
    reasons = []
    excluded = [n.node for n in nodes if isinstance(n, Not)]
    for node in excluded:
        alternatives = node.nodes if isinstance(node, Or) else (node,)
        reasons += [
            f"it asks for {format_node(a)} and excludes it" for a in alternatives if a in required
        ]
    for name in _SINGLE:
        values = [
            n.node
            for n in required
            if isinstance(n, InField) and n.name is name and isinstance(n.node, Term)
        ]
        texts = list(dict.fromkeys(v.text.casefold() for v in values if not v.wildcard))
        if len(texts) > 1 and not (name is FieldName.DOMAIN and _nested(texts)):
            reasons.append(f"an article has one {name}, not {' and '.join(texts)}")
    return reasons


def _required(node: Node) -> Iterator[Node]:
    """Nodes that must hold wherever ``node`` does."""
    yield node
    match node:
        case And():
            for inner in node.nodes:
                yield from _required(inner)
        case Within():
            yield from _required(node.node)
        case Near():
            yield from _required(node.left)
            yield from _required(node.right)
        case AtLeast():
            yield from _required(node.node)
        case _:
            return


def _nested(domains: list[str]) -> bool:
    longest = max(domains, key=len)
    return all(longest == d or longest.endswith(f".{d}") for d in domains)


def swallowed(tree: Node, catalogue: Catalogue) -> list[tuple[str, str]]:
    """Wildcards that find names of several entities, as ``Niger*`` does, each with a hint."""
    found = []
    for term in _terms(tree):
        if not term.wildcard or " " in term.text.strip():
            continue
        names = index(catalogue).matching(term.text)
        if len(names) > 1:
            first, *others = sorted(names, key=lambda id_: (len(names[id_]), id_))
            listed = ", ".join(f"{names[o]} (@{o})" for o in others[:3])
            hint = f"{listed}; write @{first} or @{others[0]} for the one you mean"
            found.append((term.text, hint))
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
