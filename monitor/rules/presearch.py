"""Which rules are worth evaluating, from the set of patterns found in a text.

A rule is reduced to groups of patterns of which each must have at least one in the text, and posted
under the patterns of its rarest group: only where one of those is, the others are looked for. This
may let too much through, never too little.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
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
from monitor.rules.needles import Pattern

Group: TypeAlias = frozenset[Pattern]

TEXT_FIELDS = frozenset({FieldName.TITLE, FieldName.LEAD, FieldName.BODY})
_WIDE = 32
"""Patterns above which a group has a name of its own, as if it were a pattern: an entity has
thousands of name forms, and a posting under each for every rule that names it is quadratic."""
_LEARN_FROM = 200
"""Texts after which it is known which patterns are common."""
_LEARN_AT_ALL = 1000
"""Rules from which it pays."""
_COMMON = 2
"""Of those texts, how many hold a common pattern; to move what is rarer would not be felt."""
_AT_A_TIME = 100
"""Rules looked at anew with one text: under a millisecond."""
_NOTHING: Group = frozenset()


class Groups:
    """What a tree requires, as groups of patterns. Equal groups are one object."""

    def __init__(
        self,
        term: Callable[[Term], Pattern | None],
        entity: Callable[[EntityRef], Group],
        cost: Callable[[Group], float],
    ) -> None:
        self._term, self._entity, self._cost = term, entity, cost
        self._interned: dict[Group, Group] = {}

    def of(self, node: Node) -> tuple[Group, ...]:
        """The groups of ``node``, cheapest first; none when the text need not hold anything."""
        groups = {self._interned.setdefault(g, g) for g in self._required(node)}
        if len(groups) < 2:
            return tuple(groups)
        return tuple(sorted(groups, key=lambda g: (self._cost(g), len(g))))

    def _required(self, node: Node) -> list[Group]:
        match node:
            case Term():
                pattern = self._term(node)
                return [_NOTHING if pattern is None else frozenset((pattern,))]
            case EntityRef():
                return [self._entity(node)]
            case InField(name, inner):
                return self._required(inner) if name in TEXT_FIELDS else []
            case Near(left, right):
                return self._required(left) + self._required(right)
            case And(nodes):
                return [g for n in nodes for g in self._required(n)]
            case Or(nodes):
                if {type(n) for n in nodes} == {Term}:
                    return [self._words(nodes)]
                return self._any(1, nodes)
            case KOf(count, nodes):
                return self._any(count, nodes)
            case AtLeast(_, inner) | Within(_, inner):
                return self._required(inner)
            case Not():
                return []

    def _words(self, nodes: Sequence[Node]) -> Group:
        """Any of these terms: most of what rules are made of."""
        patterns = [self._term(n) for n in nodes if isinstance(n, Term)]
        return frozenset([pattern for pattern in patterns if pattern is not None])

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
    """Rules posted under their rarest groups, on the patterns themselves.

    A pattern serves one presearch. Which groups are rare is a guess at first. After `_LEARN_FROM`
    texts the rules that stand under common patterns are posted anew, a few with every text so that
    none waits long. Which rules hold does not depend on any of it.
    """

    def __init__(self, rules: Iterable[tuple[Group, ...]]) -> None:
        """``rules`` are known by their place."""
        self._named: dict[Group, Group] = {}
        wide: dict[Pattern, list[Pattern]] = {}
        self._groups = [tuple([self._narrow(g, wide) for g in groups]) for groups in rules]
        self._wide = {pattern: tuple(names) for pattern, names in wide.items()}
        self._wide_keys = frozenset(self._wide)
        self._always = [index for index, groups in enumerate(self._groups) if not groups]
        self._posted: dict[int, tuple[int, tuple[Group, ...]]] = {}
        self._post(index for index, groups in enumerate(self._groups) if groups)
        self._met: Counter[Pattern] | None = (
            Counter() if len(self._groups) >= _LEARN_AT_ALL else None
        )
        self._texts = 0
        self._doubtful: Iterator[int] = iter(())

    def _narrow(self, group: Group, wide: dict[Pattern, list[Pattern]]) -> Group:
        """``group``, or the name that stands for all of a wide one, added to ``wide``."""
        if len(group) <= _WIDE:
            return group
        known = self._named.get(group)
        if known is None:
            name = Pattern(f"@{len(self._named)}")  # found in no text: folded ones hold words only
            known = self._named[group] = frozenset((name,))
            for pattern in group:
                wide.setdefault(pattern, []).append(name)
        return known

    def _post(self, indexes: Iterable[int]) -> None:
        """All at once, for the tuples of a pattern are copied when something is added.

        Where a rule has no second group, the first stands for it.
        """
        by_pattern: dict[Pattern, list[int]] = {}
        for index in indexes:
            groups = self._groups[index]
            self._posted[index] = (index, groups[2:])
            for pattern in groups[0]:
                by_pattern.setdefault(pattern, []).append(index)
        for pattern, added in by_pattern.items():
            pattern.seconds += tuple([self._groups[index][:2][-1] for index in added])
            pattern.rules += tuple([self._posted[index] for index in added])

    def _take_back(self, index: int) -> None:
        for pattern in self._groups[index][0]:
            at = pattern.rules.index(self._posted[index])
            pattern.seconds = pattern.seconds[:at] + pattern.seconds[at + 1 :]
            pattern.rules = pattern.rules[:at] + pattern.rules[at + 1 :]

    def candidates(self, present: frozenset[Pattern]) -> set[int]:
        """The rules whose every group has a pattern in ``present``."""
        found = set(self._always)
        wide = self._wide_keys & present
        if wide:
            present = present.union(*[self._wide[pattern] for pattern in wide])
        if self._met is not None:
            self._learn(self._met, present)
        misses = present.isdisjoint
        for pattern in present:
            if not pattern.seconds:
                continue
            for place, second in enumerate(pattern.seconds):
                if misses(second):
                    continue
                index, rest = pattern.rules[place]
                for group in rest:
                    if misses(group):
                        break
                else:
                    found.add(index)
        return found

    def _learn(self, met: Counter[Pattern], present: frozenset[Pattern]) -> None:
        if self._texts < _LEARN_FROM:
            self._texts += 1
            met.update(present)
            if self._texts == _LEARN_FROM:
                common = [pattern for pattern in met if met[pattern] >= _COMMON]
                self._doubtful = iter(dict.fromkeys(i for p in common for i, _ in p.rules))
            return
        few = list(islice(self._doubtful, _AT_A_TIME))
        if not few:
            self._met = None
        for index in few:
            old = self._groups[index]
            groups = tuple(sorted(old, key=lambda g: sum([met[p] for p in g if p in met])))
            if groups[0] is not old[0]:
                self._take_back(index)
                self._groups[index] = groups
                self._post([index])


def rarity(patterns: Iterable[Pattern], uses: Mapping[Pattern, int]) -> Callable[[Group], float]:
    """A guess at how many texts of a hundred hold a group, before any has been seen.

    Short words are commoner than long ones, phrases rarer than their rarest word, and what many
    rules ask for is what the news is about (``uses``: by pattern). Only speed depends on it.
    """
    split = {pattern: pattern.split() for pattern in patterns}
    asked: dict[str, int] = {}
    for pattern, words in split.items():
        times = uses.get(pattern, 0)
        for word in words:
            asked[word] = asked.get(word, 0) + times
    each = {word: 40.0 * len(word) ** -1.5 * math.sqrt(1 + n) for word, n in asked.items()}
    guesses = {
        pattern: min([each[word] for word in words], default=100.0) * 0.3 ** (len(words) - 1)
        for pattern, words in split.items()
    }

    def cost(group: Group) -> float:
        return sum([guesses[pattern] for pattern in group])

    return cost
