"""Which rules are worth evaluating, from the set of patterns found in a text.

A rule is reduced to groups of patterns of which each must have at least one in the text. It is
posted under the patterns of its rarest group; a long posting is split by the patterns of the next
group. This may let too much through, never too little.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import TypeAlias

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
from monitor.rules.needles import Lexicon

Group: TypeAlias = frozenset[int]
_Posted: TypeAlias = "tuple[int, Group, tuple[Group, ...]]"
_Shared: TypeAlias = "dict[Group, list[tuple[int, tuple[Group, ...]]]]"

TEXT_FIELDS = frozenset({FieldName.TITLE, FieldName.LEAD, FieldName.BODY})
_SPLIT_ABOVE = 16
_WIDE = 32
"""Patterns from which a group is posted once, as itself: an entity has thousands of name forms, and
hundreds of rules name the same one, so a posting under each form would be quadratic."""
_NOTHING: Group = frozenset()


class Groups:
    """What a tree requires, as groups of patterns. Equal groups are one object."""

    def __init__(
        self,
        term: Callable[[Term], int | None],
        entity: Callable[[EntityRef], Group],
        cost: Callable[[Group], float],
    ) -> None:
        self._term, self._entity, self._cost = term, entity, cost
        self._interned: dict[Group, Group] = {}

    def of(self, node: Node) -> tuple[Group, ...]:
        """The groups of ``node``, cheapest first; none when the text need not hold anything."""
        groups = {self._interned.setdefault(g, g) for g in self._required(node)}
        return tuple(sorted(groups, key=lambda g: (self._cost(g), len(g))))

    def _required(self, node: Node) -> list[Group]:
        match node:
            case Term():
                pid = self._term(node)
                return [_NOTHING if pid is None else frozenset((pid,))]
            case EntityRef():
                return [self._entity(node)]
            case InField(name, inner):
                return self._required(inner) if name in TEXT_FIELDS else []
            case Near(left, right):
                return self._required(left) + self._required(right)
            case And(nodes):
                return [g for n in nodes for g in self._required(n)]
            case Or(nodes):
                return self._any(1, nodes)
            case KOf(count, nodes):
                return self._any(count, nodes)
            case AtLeast(_, inner) | Within(_, inner):
                return self._required(inner)
            case Not():
                return []

    def _any(self, count: int, nodes: Sequence[Node]) -> list[Group]:
        """With ``count`` of n to hold, each choice of n - count + 1 nodes has one that holds."""
        if count <= 0:
            return []
        if count > len(nodes):
            return [_NOTHING]
        each = [self._required(n) for n in nodes]
        cheapest = [min(groups, key=self._cost) if groups else None for groups in each]
        wanted = len(nodes) - count + 1
        if count == 1:
            choices: Iterable[tuple[Group | None, ...]] = [tuple(cheapest)]
        elif count == len(nodes):
            return [g for groups in each for g in groups]
        else:
            known = sorted((g for g in cheapest if g is not None), key=self._cost)
            choices = combinations(known, wanted) if len(nodes) <= 6 else [tuple(known[:wanted])]
        return [
            frozenset().union(*(g for g in choice if g is not None))
            for choice in choices
            if len(choice) == wanted and None not in choice
        ]


class Presearch:
    """The postings of a rule set."""

    def __init__(self, rules: Iterable[tuple[int, tuple[Group, ...]]]) -> None:
        self.always: list[int] = []
        postings: dict[int, list[_Posted]] = {}
        wide: dict[Group, list[_Posted]] = {}
        for index, groups in rules:
            if not groups:
                self.always.append(index)
                continue
            second = groups[1] if len(groups) > 1 else groups[0]
            posted = (index, second, groups[2:])
            if len(groups[0]) > _WIDE:
                wide.setdefault(groups[0], []).append(posted)
                continue
            for pid in groups[0]:
                postings.setdefault(pid, []).append(posted)
        self._short: dict[int, tuple[_Posted, ...]] = {}
        self._split: dict[int, dict[int, list[_Posted]]] = {}
        self._by_group: dict[int, list[_Shared]] = {}
        for pid, posting in postings.items():
            if len(posting) <= _SPLIT_ABOVE:
                self._short[pid] = tuple(posting)
                continue
            split = self._split[pid] = {}
            for posted in posting:
                for second_pid in posted[1] if len(posted[1]) <= _WIDE else ():
                    split.setdefault(second_pid, []).append(posted)
            shared = _shared(p for p in posting if len(p[1]) > _WIDE)
            if shared:
                self._by_group[pid] = [shared]
        for first, posting in wide.items():
            shared = _shared(posting)
            for pid in first:
                self._by_group.setdefault(pid, []).append(shared)
        self._keys = frozenset(postings)
        self._group_keys = frozenset(self._by_group)
        self._split_keys = {pid: frozenset(split) for pid, split in self._split.items()}

    def candidates(self, present: frozenset[int]) -> set[int]:
        """The rules whose every group has a pattern in ``present``."""
        found = set(self.always)
        short, split, split_keys = self._short, self._split, self._split_keys
        for pid in self._keys & present:
            posting = short.get(pid)
            if posting is not None:
                for index, second, rest in posting:
                    if second.isdisjoint(present):
                        continue
                    for group in rest:
                        if group.isdisjoint(present):
                            break
                    else:
                        found.add(index)
                continue
            by_second = split[pid]
            for second_pid in split_keys[pid] & present:
                for index, _, rest in by_second[second_pid]:
                    for group in rest:
                        if group.isdisjoint(present):
                            break
                    else:
                        found.add(index)
        self._add_by_group(present, found)
        return found

    def _add_by_group(self, present: frozenset[int], found: set[int]) -> None:
        seen: set[int] = set()
        for pid in self._group_keys & present:
            for shared in self._by_group[pid]:
                if id(shared) in seen:
                    continue
                seen.add(id(shared))
                for second, posting in shared.items():
                    if second.isdisjoint(present):
                        continue
                    for index, rest in posting:
                        if not any(group.isdisjoint(present) for group in rest):
                            found.add(index)


def _shared(posting: Iterable[_Posted]) -> _Shared:
    """Rules by their second group, which is looked at once for all of them."""
    shared: _Shared = {}
    for index, second, rest in posting:
        shared.setdefault(second, []).append((index, rest))
    return shared


def rarity(lexicon: Lexicon, uses: Sequence[int]) -> Callable[[Group], float]:
    """A guess at how many texts of a hundred hold a group, before any has been seen.

    Short words are commoner than long ones, phrases rarer than their rarest word, and what many
    rules ask for is what the news is about (``uses``: by pattern). Only speed depends on it.
    """
    asked: Counter[str] = Counter()
    for pattern, times in zip(lexicon.patterns, uses, strict=True):
        for word in pattern.split():
            asked[word] += times
    guesses = [_guess(pattern.split(), asked) for pattern in lexicon.patterns]

    def cost(group: Group) -> float:
        return sum([guesses[pid] for pid in group])

    return cost


def _guess(words: Sequence[str], asked: Counter[str]) -> float:
    each = [40.0 / math.pow(len(word), 1.5) * math.sqrt(1 + asked[word]) for word in words]
    return min(each, default=100.0) * math.pow(0.3, len(words) - 1)
