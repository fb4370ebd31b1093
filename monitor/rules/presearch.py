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
_LEARN_FROM = 200
"""Texts after which it is known which patterns are common."""
_LEARN_AT_ALL = 1000
"""Rules from which it pays."""
_AT_A_TIME = 100
"""Rules posted anew with one text: under a millisecond."""
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
    """The postings of a rule set. `add` the rules, then `close`, then ask for `candidates`."""

    def __init__(self) -> None:
        self._always: list[int] = []
        self._short: dict[int, list[_Posted]] = {}
        self._split: dict[int, dict[int, list[_Posted]]] = {}
        self._wide: dict[Group, list[_Posted]] = {}
        self._by_group: dict[int, list[_Shared]] = {}
        self._keys: Group = _NOTHING
        self._group_keys: Group = _NOTHING
        self._split_keys: dict[int, Group] = {}

    def add(self, index: int, groups: tuple[Group, ...]) -> None:
        """Posts rule ``index`` under the first of its groups, the rarest."""
        if not groups:
            self._always.append(index)
            return
        second = groups[1] if len(groups) > 1 else groups[0]
        posted = (index, second, groups[2:])
        if len(groups[0]) > _WIDE:
            self._wide.setdefault(groups[0], []).append(posted)
            return
        for pid in groups[0]:
            self._short.setdefault(pid, []).append(posted)

    def close(self) -> None:
        """Splits the long postings and shares the wide ones."""
        self._keys = frozenset(self._short)
        for pid in [p for p, posting in self._short.items() if len(posting) > _SPLIT_ABOVE]:
            posting = self._short.pop(pid)
            split = self._split[pid] = {}
            for posted in posting:
                for second_pid in posted[1] if len(posted[1]) <= _WIDE else ():
                    split.setdefault(second_pid, []).append(posted)
            shared = _shared(p for p in posting if len(p[1]) > _WIDE)
            if shared:
                self._by_group[pid] = [shared]
        for first, posting in self._wide.items():
            shared = _shared(posting)
            for pid in first:
                self._by_group.setdefault(pid, []).append(shared)
        self._wide.clear()
        self._group_keys = frozenset(self._by_group)
        self._split_keys = {pid: frozenset(split) for pid, split in self._split.items()}

    def candidates(self, present: frozenset[int]) -> set[int]:
        """The rules whose every group has a pattern in ``present``."""
        found = set(self._always)
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


class LearningPresearch:
    """A `Presearch` that is posted anew, once, by how often patterns have really been met.

    The first postings rest on a guess. After `_LEARN_FROM` texts the rules are posted again, a
    few with every text so that none waits long. Which rules hold does not depend on any of it.
    """

    def __init__(self, rules: Sequence[tuple[Group, ...]]) -> None:
        self._rules = rules
        self._postings = Presearch()
        for index, groups in enumerate(rules):
            self._postings.add(index, groups)
        self._postings.close()
        self._met: Counter[int] = Counter()
        self._common: Group = _NOTHING
        self._texts = 0
        self._next: Presearch | None = Presearch() if len(rules) >= _LEARN_AT_ALL else None
        self._reposted = 0

    def candidates(self, present: frozenset[int]) -> set[int]:
        """The rules whose every group has a pattern in ``present``."""
        if self._next is not None:
            self._learn(self._next, present)
        return self._postings.candidates(present)

    def _learn(self, postings: Presearch, present: frozenset[int]) -> None:
        if self._texts < _LEARN_FROM:
            self._texts += 1
            self._met.update(present)
            self._common = frozenset(self._met) if self._texts == _LEARN_FROM else _NOTHING
            return
        end = min(self._reposted + _AT_A_TIME, len(self._rules))
        for index in range(self._reposted, end):
            groups = self._rules[index]
            if groups and not groups[0].isdisjoint(self._common):
                groups = tuple(sorted(groups, key=self._frequency))
            postings.add(index, groups)
        self._reposted = end
        if end == len(self._rules):
            postings.close()
            self._postings, self._next = postings, None
            self._met.clear()
            self._common = _NOTHING

    def _frequency(self, group: Group) -> float:
        met = self._met
        return sum([met[pid] for pid in group if pid in met])


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
