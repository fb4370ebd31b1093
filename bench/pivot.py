"""The baseline of matching: the plain way to make one scan serve many rules.

Words and phrases in one Aho-Corasick automaton, every rule posted under its rarest group, sets for
the rest, positions only for NEAR. It knows words, OR-lists of them, AND, NOT and NEAR, but neither
sentences nor scripts without spaces, entities, wildcards, fields or offsets: rules that need them
it leaves out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.rules.ast import And, Near, Node, Not, Or, Term
from monitor.rules.rule import Rule

_SEPARATORS = re.compile(r"[\W_]+")
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f]+")
_SPELT_OUT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})
_ASCII = "".join(chr(i).lower() if chr(i).isalnum() else " " for i in range(128))
_UNSEEN = 0.3
"""Texts in which a word is taken to stand that stands in none of those counted."""

_Spans = Mapping[int, list[tuple[int, int]]]


class Beyond(Exception):
    """What this matcher does not know."""


def normalised(text: str) -> str:
    """Small letters without accents, one space between words and at each end."""
    if text.isascii():
        words = text.translate(_ASCII).split()
    else:
        apart = unicodedata.normalize("NFKD", text.casefold()).translate(_SPELT_OUT)
        words = _SEPARATORS.sub(" ", _MARKS.sub("", apart)).split()
    return f" {' '.join(words)} "


@dataclass(frozen=True, slots=True)
class _Compiled:
    id: str
    rest: tuple[frozenset[int], ...]
    excluded: frozenset[int]
    near: tuple[tuple[frozenset[int], frozenset[int], int], ...]


class PivotMatcher:
    """Answers which of the rules hold for a text."""

    def __init__(self, rules: Iterable[Rule], texts_with: Mapping[str, int]) -> None:
        """``texts_with`` counts in how many texts a word or phrase stands."""
        self._numbers: dict[str, int] = {}
        self._patterns: list[str] = []
        self._posted: dict[int, list[_Compiled]] = {}
        self._texts_with = texts_with
        for rule in rules:
            try:
                self._add(rule)
            except Beyond:
                continue
        self._find = AhoCorasick(
            self._patterns, matchkind=MatchKind.Standard, store_patterns=False
        ).find_matches_as_indexes

    def _add(self, rule: Rule) -> None:
        groups: list[frozenset[int]] = []
        near: list[tuple[frozenset[int], frozenset[int], int]] = []
        excluded: set[int] = set()
        for node in rule.tree.nodes if isinstance(rule.tree, And) else (rule.tree,):
            if isinstance(node, Not):
                excluded |= self._group(node.node)
            elif isinstance(node, Near):
                near.append(self._near(node))
                groups += near[-1][:2]
            else:
                groups.append(self._group(node))
        groups.sort(key=self._cost)
        compiled = _Compiled(rule.id, tuple(groups[1:]), frozenset(excluded), tuple(near))
        for number in groups[0]:
            self._posted.setdefault(number, []).append(compiled)

    def _cost(self, group: frozenset[int]) -> float:
        return sum(self._texts_with.get(self._patterns[number], _UNSEEN) for number in group)

    def _group(self, node: Node) -> frozenset[int]:
        terms = node.nodes if isinstance(node, Or) else (node,)
        numbers = set()
        for term in terms:
            if not isinstance(term, Term) or term.exact or term.wildcard:
                raise Beyond(type(term).__name__)
            pattern = normalised(term.text)
            if pattern not in self._numbers:
                self._numbers[pattern] = len(self._patterns)
                self._patterns.append(pattern)
            numbers.add(self._numbers[pattern])
        return frozenset(numbers)

    def _near(self, node: Near) -> tuple[frozenset[int], frozenset[int], int]:
        if not isinstance(node.distance, int) or node.ordered:
            raise Beyond("NEAR of another kind")
        return self._group(node.left), self._group(node.right), node.distance

    @property
    def patterns(self) -> Sequence[str]:
        """Every word and phrase, normalised, in the order of their numbers."""
        return self._patterns

    def present(self, text: str) -> set[int]:
        """The numbers of the patterns in a text."""
        return {found[0] for found in self._find(normalised(text), overlapping=True)}

    def match(self, text: str) -> list[str]:
        """The ids of the rules that hold, sorted."""
        folded = normalised(text)
        occurrences = self._find(folded, overlapping=True)
        present = {found[0] for found in occurrences}
        spans: _Spans | None = None
        holding = set()
        for number in present & self._posted.keys():
            for rule in self._posted[number]:
                if any(group.isdisjoint(present) for group in rule.rest):
                    continue
                if not rule.excluded.isdisjoint(present):
                    continue
                if rule.near:
                    spans = spans if spans is not None else _spans(folded, occurrences)
                    if not all(_is_near(spans, *pair) for pair in rule.near):
                        continue
                holding.add(rule.id)
        return sorted(holding)


def _spans(folded: str, occurrences: Iterable[tuple[int, int, int]]) -> _Spans:
    """The first and last word of every occurrence, by pattern."""
    words = {m.start(): number for number, m in enumerate(re.finditer(" ", folded))}
    spans: dict[int, list[tuple[int, int]]] = {}
    for number, start, end in occurrences:
        spans.setdefault(number, []).append((words[start], words[end - 1]))
    return spans


def _is_near(spans: _Spans, left: frozenset[int], right: frozenset[int], distance: int) -> bool:
    for start, end in (span for n in left & spans.keys() for span in spans[n]):
        for other, its_end in (span for n in right & spans.keys() for span in spans[n]):
            gap = max(start, other) - min(end, its_end)
            if gap <= distance:
                return True
    return False
