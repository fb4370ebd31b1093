"""A set of rules compiled for matching: the one face of this package to the rest of the program.

Compiling registers every term and name form as a pattern; matching scans a text once, asks the
presearch which rules may hold, and evaluates only those. A `RuleSet` does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from monitor.errors import Problem, UnknownEntity
from monitor.model import Article, EntityId, Match, RuleId, Span
from monitor.rules import inflect
from monitor.rules.ast import EntityRef, FieldName, Node, Term
from monitor.rules.clauses import Binder, Terms, walk
from monitor.rules.document import BREAK, Document
from monitor.rules.entity import Entity
from monitor.rules.evaluate import Clause, Source
from monitor.rules.explain import explained, located
from monitor.rules.mentions import Forms, Gazetteer, compile_entity
from monitor.rules.needles import Lexicon, Pattern
from monitor.rules.presearch import Groups, Presearch, rarity
from monitor.rules.rule import Rule
from monitor.rules.scan import Scanner
from monitor.text.urls import host


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An article under the patterns of a rule set.

    ``bind`` gives the clause of a node whose terms and entities are all in the set.
    """

    source: Source
    bind: Callable[[Node], Clause]
    gazetteer: Gazetteer


class RuleSet:
    """Rules that can be asked of articles. Build it with `compile`."""

    def __init__(
        self,
        rules: Mapping[RuleId, Rule],
        scanner: Scanner,
        presearch: Presearch,
        binder: Binder,
        gazetteer: Gazetteer,
    ) -> None:
        self.rules = rules
        self._listed = tuple(rules.values())
        self._scanner = scanner
        self._presearch = presearch
        self._binder = binder
        self._gazetteer = gazetteer
        self._bound: dict[int, Clause] = {}
        self._selective = frozenset(i for i, r in enumerate(self._listed) if _is_selective(r))

    @classmethod
    def compile(
        cls, rules: Iterable[Rule], entities: Collection[Entity], *, forms: Forms = inflect.forms
    ) -> RuleSet:
        """The rule set of ``rules`` over ``entities``; ``forms`` inflects names (ours by default).

        Raises `UnknownEntity` when a rule or entity names one that is not in ``entities``.
        """
        named = {rule.id: rule for rule in rules}
        lexicon = Lexicon()
        terms = Terms(lexicon)
        uses: dict[Pattern, int] = {}
        wanted: dict[EntityId, Rule] = {}
        for rule in named.values():
            for node in walk(rule.tree):
                if isinstance(node, Term):
                    pattern = terms.pattern(node)
                    if pattern is not None:
                        uses[pattern] = uses.get(pattern, 0) + 1
                elif isinstance(node, EntityRef):
                    wanted.setdefault(node.id, rule)
        gazetteer = _gazetteer(wanted, entities, lexicon, forms)
        cost = rarity(lexicon.patterns, uses)
        groups = Groups(terms.pattern, lambda ref: gazetteer.names(ref.id), cost)
        required = [groups.of(rule.tree) for rule in named.values()]
        presearch = Presearch(required)
        scanner = Scanner(lexicon)
        return cls(named, scanner, presearch, Binder(terms, gazetteer), gazetteer)

    def find(self, article: Article, *, today: date) -> list[RuleId]:
        """The rules that hold for ``article`` on ``today``, in the order of the set."""
        document = self._scanner.document(article.title, article.body)
        return [self._listed[i].id for i, _, _ in self._holding(article, document, today)]

    def spans(self, article: Article, *, today: date) -> list[tuple[RuleId, tuple[Span, ...]]]:
        """`find`, with the words of each; half the work of `match`."""
        document = self._scanner.document(article.title, article.body)
        return [
            (self._listed[i].id, located(clause, source, self._gazetteer))
            for i, clause, source in self._holding(article, document, today)
        ]

    def match(self, article: Article, *, today: date) -> list[Match]:
        """`find`, with the words, the sentence and the reasons of each."""
        document = self._scanner.document(article.title, article.body)
        return [
            explained(self._listed[i], clause, source, self._gazetteer)
            for i, clause, source in self._holding(article, document, today)
        ]

    def inquire(self, article: Article) -> Inquiry:
        """What it takes to ask more of ``article`` than whether the rules hold."""
        document = self._scanner.document(article.title, article.body)
        return Inquiry(self._source(article, document), self._binder.bind, self._gazetteer)

    def entities(self, article: Article) -> frozenset[EntityId]:
        """The entities of the rules that ``article`` names, look-alikes left out."""
        return self._gazetteer.counted(self._scanner.document(article.title, article.body))

    def _holding(
        self, article: Article, document: Document, today: date
    ) -> list[tuple[int, Clause, Source]]:
        candidates = self._presearch.candidates(document.present)
        if not candidates:
            return []
        source = self._source(article, document)
        holding = []
        for index in sorted(candidates):
            if index in self._selective and not admits(self._listed[index], article, source, today):
                continue
            clause = self._clause(index)
            if clause.holds(source, None):
                holding.append((index, clause, source))
        return holding

    def _clause(self, index: int) -> Clause:
        """Bound when first needed: most rules of a large set never get so far."""
        clause = self._bound.get(index)
        if clause is None:
            clause = self._bound[index] = self._binder.bind(self._listed[index].tree)
        return clause

    def _source(self, article: Article, document: Document) -> Source:
        known: dict[FieldName, Document] = {}

        def meta(name: FieldName) -> Document:
            if name not in known:
                known[name] = self._scanner.document("", BREAK.join(_values(article, name)))
            return known[name]

        def value(name: FieldName) -> str:
            if name is FieldName.LANG:
                return _primary(article.lang or "")
            return host(article.url or "").removeprefix("www.")

        return Source(document, meta, value)


def _values(article: Article, name: FieldName) -> list[str]:
    values: Mapping[FieldName, tuple[str | None, ...]] = {
        FieldName.URL: (article.url,),
        FieldName.SOURCE: (article.source, article.feed),
        FieldName.AUTHOR: (article.author,),
        FieldName.TAG: article.tags,
    }
    return [value for value in values.get(name, ()) if value]


def _is_selective(rule: Rule) -> bool:
    """Whether `admits` can say no to anything."""
    return bool(rule.lang or rule.sources or rule.not_sources or rule.expires or not rule.enabled)


def admits(rule: Rule, article: Article, source: Source, today: date) -> bool:
    """Whether ``rule`` is in force and wants articles of this language and origin at all.

    A rule still holds on the day it expires. An article of unknown language passes.
    """
    if not rule.enabled or (rule.expires is not None and today > rule.expires):
        return False
    lang = source.value(FieldName.LANG)
    if rule.lang and lang and lang not in map(_primary, rule.lang):
        return False
    if rule.sources and not any(_is_from(article, source, wanted) for wanted in rule.sources):
        return False
    return not any(_is_from(article, source, unwanted) for unwanted in rule.not_sources)


def _primary(code: str) -> str:
    return code.casefold().partition("-")[0]


def _is_from(article: Article, source: Source, listed: str) -> bool:
    wanted = listed.casefold().strip()
    names = {article.feed.casefold(), article.source.casefold()}
    names.update(tag.casefold() for tag in article.tags)
    domain = source.value(FieldName.DOMAIN)
    return wanted in names or f".{domain}".endswith(f".{wanted.removeprefix('www.')}")


def _gazetteer(
    wanted: Mapping[EntityId, Rule], entities: Collection[Entity], lexicon: Lexicon, forms: Forms
) -> Gazetteer:
    """The wanted entities and all that they include, compiled."""
    known = {entity.id: entity for entity in entities}
    compiled = {}
    waiting = [(id_, rule.file, rule.line, str(rule.id)) for id_, rule in wanted.items()]
    while waiting:
        id_, file, line, by = waiting.pop()
        if id_ in compiled:
            continue
        entity = known.get(id_)
        if entity is None:
            raise UnknownEntity(Problem(file, line, 0, f'there is no entity "{id_}"', rule=by))
        compiled[id_] = compile_entity(entity, lexicon, forms)
        waiting.extend((i, entity.file, entity.line, str(id_)) for i in entity.includes)
    return Gazetteer(compiled.values())
