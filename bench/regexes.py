"""The baseline of matching: every rule as one regular expression, the way scripts do it.

It knows no distances: NEAR counts as AND, which is less work than what the rule asks for. Entities
and fields are beyond it.
"""

from __future__ import annotations

import re

from monitor.rules.ast import And, Near, Node, Not, Or, Term


class Beyond(Exception):
    """What no regular expression of ours stands for."""


def compiled(tree: Node) -> re.Pattern[str]:
    """Matches (at the start of a text) where ``tree`` holds. Raises Beyond."""
    return re.compile(_holds(tree), re.IGNORECASE | re.DOTALL)


def is_exact(tree: Node) -> bool:
    """Whether the expression means exactly what the rule does: there is no distance in it."""
    match tree:
        case Near():
            return False
        case And(nodes) | Or(nodes):
            return all(is_exact(node) for node in nodes)
        case Not(node):
            return is_exact(node)
    return True


def _holds(tree: Node) -> str:
    match tree:
        case Term():
            return f"(?=.*?{_words(tree)})"
        case And(nodes):
            return "".join(_holds(node) for node in nodes)
        case Near():
            return _holds(tree.left) + _holds(tree.right)
        case Not(node):
            return f"(?!{_holds(node)})"
        case Or(nodes):
            terms = [node for node in nodes if isinstance(node, Term)]
            if len(terms) == len(nodes):
                return f"(?=.*?(?:{'|'.join(_words(term) for term in terms)}))"
            return f"(?:{'|'.join(_holds(node) for node in nodes)})"
    raise Beyond(type(tree).__name__)


def _words(term: Term) -> str:
    """A word or phrase; phrases cross no sentence."""
    if term.exact:
        raise Beyond("exact")
    words = [re.escape(word) for word in term.text.split()]
    if term.wildcard:
        words = [w.replace(r"\*", r"\w*").replace(r"\?", r"\w") for w in words]
    return r"\b" + r"[^\w.!?]+".join(words) + r"\b"
