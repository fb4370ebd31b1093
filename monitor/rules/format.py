"""The tree of a rule written out as a query. `query.parse` reads it back to the same tree."""

from __future__ import annotations

import regex

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

_OR, _AND, _NOT, _NEAR, _OPERAND = range(5)
_BARE = regex.compile(
    r"(?!(?i:and|or|not|near\d*|onear\d*|atleast\d*|pre|w)$)[\p{L}\p{N}][\p{L}\p{M}\p{N}*?'’&.+#-]*"
)
_QUOTES = (('"', '"', '"“”„‟＂'), ("«", "»", "«»"), ("「", "」", "「」"), ("《", "》", "《》"))


def format_node(node: Node) -> str:
    """The query for a tree; ``within:`` has no operator and is written ``WITHIN 30 WORDS (…)``."""
    return _format(node, _OR)


def _format(node: Node, room: int) -> str:
    text, binding = _written(node)
    return text if binding >= room else f"({text})"


def _written(node: Node) -> tuple[str, int]:
    """The text of a node and how tightly it binds."""
    match node:
        case Term():
            return _term(node), _OPERAND
        case EntityRef():
            return f"@{node.id}", _OPERAND
        case InField():
            return f"{node.name}:{_format(node.node, _OPERAND)}", _OPERAND
        case Near():
            left, right = _format(node.left, _NEAR), _format(node.right, _OPERAND)
            return f"{left} {_near(node)} {right}", _NEAR
        case Not():
            return f"NOT {_format(node.node, _NOT)}", _NOT
        case And():
            return " AND ".join(_format(n, _NOT) for n in node.nodes), _AND
        case Or():
            return " OR ".join(_format(n, _AND) for n in node.nodes), _OR
        case AtLeast():
            return f"ATLEAST/{node.count} {_format(node.node, _OPERAND)}", _OPERAND
        case KOf():
            return f"{node.count} OF ({', '.join(_format(n, _OR) for n in node.nodes)})", _OPERAND
        case Within():
            return f"WITHIN {_limit(node.limit)} ({_format(node.node, _OR)})", _OPERAND


def _limit(limit: int | Scope) -> str:
    return limit.value.upper() if isinstance(limit, Scope) else f"{limit} WORDS"


def _near(node: Near) -> str:
    if isinstance(node.distance, Scope):
        return "W/s" if node.distance is Scope.SENTENCE else "W/p"
    return f"{'PRE' if node.ordered else 'NEAR'}/{node.distance}"


def _term(term: Term) -> str:
    prefix = "=" if term.exact else ""
    if _BARE.fullmatch(term.text):
        return prefix + term.text
    for opening, closing, taken in _QUOTES:
        if not any(c in term.text for c in taken):
            return f"{prefix}{opening}{term.text}{closing}"
    bare = "".join(" " if c in '"“”„‟＂' else c for c in term.text)
    return f'{prefix}"{bare}"'
