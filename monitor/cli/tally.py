"""What a replay comes to, rule by rule: days, sources, names that fired, alerts a day. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from monitor.cli import charts
from monitor.cli.replay import Alias, Matched, Part, Seen
from monitor.model import EntityId, RuleId
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
from monitor.rules.entity import Entity
from monitor.rules.rule import Rule

GROUPED_OF_ONE = 200
"""Articles of a rule that are grouped into stories: the newest, which stand for the others."""
GROUPED = 1_500
"""The same of all rules together: some fifteen seconds of work."""
ENOUGH = 100
"""Articles that a warning rests on at least."""
TOO_BROAD = 0.1
"""A rule that holds for so large a part of everything is about nothing. A desk's feeds have a
beat, and its country alone is in a twentieth of them."""
TOO_LOUD = 40.0
"""Alerts a day that nobody reads any more."""
BUSY = 0.1
"""Days with less than this part of the busiest day's articles are no measure: what a feed still
held of last week when it was first polled."""
SAMPLES = 5

Group = Callable[[Sequence[Seen]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Listed:
    """A name or term of a rule. ``lang`` is "" for words of the rule itself."""

    entity: EntityId | None
    alias: str
    lang: str = ""
    articles: int = 0


@dataclass(frozen=True, slots=True)
class Ground:
    """What a replay rests on. ``days`` are those from the first to the last, empty without dates;
    ``busy`` those with enough articles to be a measure."""

    articles: int
    undated: int
    days: tuple[date, ...]
    busy: frozenset[date]
    bad: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule would have done. ``a_day``: alerts, None without dates to count by."""

    rule: Rule
    articles: int
    share: float
    stories: int
    a_day: float | None
    days: tuple[int, ...]
    """Hits on each of the ground's days."""
    sources: tuple[tuple[str, int], ...]
    fired: tuple[Listed, ...]
    never: tuple[Listed, ...]
    samples: tuple[Seen, ...]
    warnings: tuple[str, ...]


@dataclass
class Tally:
    """Collects the parts of a replay."""

    articles: int = 0
    days: Counter[date | None] = field(default_factory=Counter)
    matched: list[Matched] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def add(self, part: Part) -> None:
        self.articles += part.articles
        self.days += part.days
        self.matched += part.matched
        self.bad += part.bad

    def ground(self) -> Ground:
        dated = {day: n for day, n in self.days.items() if day is not None}
        enough = BUSY * max(dated.values(), default=0)
        busy = frozenset(day for day, n in dated.items() if n >= enough)
        every = tuple(charts.days(min(busy), max(dated))) if busy else ()
        return Ground(self.articles, self.days[None], every, busy, tuple(self.bad))


def outcomes(
    tally: Tally,
    rules: Sequence[Rule],
    entities: Mapping[EntityId, Entity],
    group: Group,
    *,
    ruleset: int = 0,
) -> tuple[list[Outcome], float | None]:
    """What each rule of the rule set of that number would have done, and all alerts a day.

    An alert of two rules on one story is one.
    """
    ground = tally.ground()
    grouped = [m for m in tally.matched if m.hits[ruleset]]
    by_rule: dict[RuleId, list[int]] = defaultdict(list)
    for index, matched in enumerate(grouped):
        for hit in matched.hits[ruleset]:
            by_rule[hit.rule].append(index)
    stories = _stories(grouped, by_rule, group)
    told = [
        _outcome(rule, by_rule[rule.id], grouped, stories, ground, entities, ruleset)
        for rule in rules
    ]
    return told, _a_day(range(len(grouped)), grouped, stories, ground)


def _stories(
    matched: Sequence[Matched], by_rule: Mapping[RuleId, Sequence[int]], group: Group
) -> Mapping[int, int]:
    """The story of each of the newest articles of each rule, by their place in ``matched``."""
    newest = {place for places in by_rule.values() for place in places[-GROUPED_OF_ONE:]}
    places = sorted(newest)[-GROUPED:]
    return dict(zip(places, group([matched[p].seen for p in places]), strict=True))


def _outcome(
    rule: Rule,
    places: Sequence[int],
    matched: Sequence[Matched],
    stories: Mapping[int, int],
    ground: Ground,
    entities: Mapping[EntityId, Entity],
    ruleset: int,
) -> Outcome:
    days = Counter(matched[p].day for p in places)
    fired: Counter[Alias] = Counter()
    for place in places:
        for hit in matched[place].hits[ruleset]:
            if hit.rule == rule.id:
                fired.update(hit.fired)
    names = list(listed(rule, entities))
    share = len(places) / ground.articles if ground.articles else 0.0
    a_day = _a_day(places, matched, stories, ground)
    return Outcome(
        rule=rule,
        articles=len(places),
        share=share,
        stories=round(_counted(places, stories)),
        a_day=a_day,
        days=tuple(days[day] for day in ground.days),
        sources=tuple(Counter(source_of(matched[p].seen) for p in places).most_common()),
        fired=tuple(_fired(names, fired)),
        never=tuple(n for n in names if not fired[n.entity, n.alias]),
        samples=tuple(_samples(places, matched, stories)),
        warnings=tuple(warnings(len(places), share, a_day, ground.articles)),
    )


def source_of(seen: Seen) -> str:
    """Who published an article, as far as it is known."""
    return seen.article.source or seen.article.feed or "unknown"


def _counted(places: Sequence[int], stories: Mapping[int, int]) -> float:
    """Stories behind the articles at ``places``; by ratio where not all were grouped."""
    known = [stories[p] for p in places if p in stories]
    return len(set(known)) * len(places) / len(known) if known else float(len(places))


def _a_day(
    places: Sequence[int],
    matched: Sequence[Matched],
    stories: Mapping[int, int],
    ground: Ground,
) -> float | None:
    if not ground.busy:
        return None
    counted = [p for p in places if matched[p].day in ground.busy]
    return _counted(counted, stories) / len(ground.busy)


def _fired(names: Sequence[Listed], fired: Mapping[Alias, int]) -> Iterator[Listed]:
    """The names and terms that fired, most often first, else in the order written."""
    places = {(n.entity, n.alias): i for i, n in reversed(list(enumerate(names)))}
    order = sorted(fired, key=lambda a: (-fired[a], places.get(a, len(names)), a[1]))
    for alias in order:
        if alias[1]:
            lang = names[places[alias]].lang if alias in places else ""
            yield Listed(*alias, lang, fired[alias])


def _samples(
    places: Sequence[int], matched: Sequence[Matched], stories: Mapping[int, int]
) -> Iterator[Seen]:
    """The newest headlines, one of each story."""
    told: set[int] = set()
    for place in reversed(places):
        story = stories.get(place, -place - 1)
        if story not in told:
            told.add(story)
            yield matched[place].seen
        if len(told) == SAMPLES:
            return


def listed(rule: Rule, entities: Mapping[EntityId, Entity]) -> Iterator[Listed]:
    """Every name and term that could make ``rule`` fire, in the order written."""
    seen: set[Alias] = set()
    for node in _counting(rule.tree):
        found: Iterable[Listed] = ()
        if isinstance(node, EntityRef):
            found = _names(node.id, node.id, entities, set())
        elif isinstance(node, Term):
            found = (Listed(None, node.text),)
        for name in found:
            if (name.entity, name.alias) not in seen:
                seen.add((name.entity, name.alias))
                yield name


def _counting(node: Node) -> Iterator[Node]:
    """What can make a tree hold by words of the text: nothing excluded, no other fields."""
    match node:
        case Not():
            return
        case InField(name) if name not in (FieldName.TITLE, FieldName.LEAD, FieldName.BODY):
            return
        case Term() | EntityRef():
            yield node
        case InField(_, inner) | AtLeast(_, inner) | Within(_, inner):
            yield from _counting(inner)
        case Near(left, right):
            yield from (*_counting(left), *_counting(right))
        case And(nodes) | Or(nodes) | KOf(_, nodes):
            for one in nodes:
                yield from _counting(one)


def _names(
    told_as: EntityId, id_: EntityId, entities: Mapping[EntityId, Entity], done: set[EntityId]
) -> Iterator[Listed]:
    """The names of an entity and of what it includes, which count as its own."""
    entity = entities.get(id_)
    if entity is None or id_ in done:
        return
    done.add(id_)
    for names in (entity.names, entity.adjectives, entity.weak):
        for lang, aliases in names.items():
            yield from (Listed(told_as, alias, lang) for alias in aliases)
    yield from (Listed(told_as, surname, "*") for surname in entity.surnames)
    for included in entity.includes:
        yield from _names(told_as, included, entities, done)


def warnings(articles: int, share: float, a_day: float | None, of: int) -> Iterator[str]:
    """What is suspicious about a rule that held for ``articles`` out of ``of``."""
    if of < ENOUGH:
        return
    if not articles:
        yield f"would have matched nothing in {of:,} articles"
    elif share >= TOO_BROAD:
        yield f"matched {share:.0%} of everything: too broad"
    elif a_day is not None and a_day > TOO_LOUD:
        yield f"{rate(a_day)} are more than anybody reads"


def rate(a_day: float | None) -> str:
    """Alerts a day in words: "about 3 alerts a day", "about one alert every 4 days"."""
    if a_day is None:
        return "no dates to tell how many alerts a day"
    if a_day == 0:
        return "no alert"
    if a_day >= 1.5:
        return f"about {a_day:.0f} alerts a day"
    if a_day > 2 / 3:
        return "about one alert a day"
    every = round(1 / a_day)
    return f"about one alert every {every} days"
