"""Where an entity is named in a text, and which look-alikes do not count.

Every name form is checked at its place: capitals, what stands before and after it, a confirming
word near, whether it lies inside a phrase that is something else. `includes` unites entities
after each has been judged on its own.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from monitor.model import EntityId
from monitor.rules.document import Document, Hit, Mentions
from monitor.rules.entity import Case, Entity, Names
from monitor.rules.inflect import Form, Part
from monitor.rules.needles import Lexicon, NameForm, Pattern, capitals_fit, name_form
from monitor.rules.words import COMMON_WORDS, DATES, GIVEN_NAMES, SURNAMES
from monitor.text.fold import fold

CONFIRM_WITHIN = 10
"""Words between a weak name and what confirms it, at most."""
TITLE_WITHIN = 5
"""Words between a surname and a given name or title, at most."""

_EVERY_LANGUAGE = "*"
_BEFORE = re.compile(r"([^\W_][^\s]*)[\s\-\u2010\u2011]+\Z")
_AFTER = re.compile(r"[\s\-\u2010\u2011]+([^\W_]\w*)")
_CLASSES = frozenset({"given-name", "surname", "capitalised"})
_ENDS_TOPIC = frozenset(":;–—?!|")
_REACH = 48
"""Characters looked at before and after a name for the word that rules it out."""
_TELLING = 1000
"""Characters of a sentence, each way, that its capitals are judged by: a hostile one has no end."""


Forms = Callable[[str, str, Part], Iterable[Form]]
"""``forms(alias, language, part)``, the alias itself first."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedEntity:
    """An entity compiled against a lexicon: pattern → the forms spelt like that."""

    id: EntityId
    names: Mapping[Pattern, tuple[NameForm, ...]]
    masks: Mapping[Pattern, tuple[NameForm, ...]]
    cues: Mapping[str, Mapping[Pattern, tuple[NameForm, ...]]]
    """By kind: ``confirm``, ``doubt``, ``given``, ``title``."""
    not_after: frozenset[str]
    not_before: frozenset[str]
    includes: tuple[EntityId, ...]
    weak: tuple[str, ...] = ()
    """The weak names, folded: what ends in one is as doubtful beside a surname (in Jordan)."""


def compile_entity(entity: Entity, lexicon: Lexicon, forms: Forms) -> NamedEntity:
    """``entity`` with all its forms registered in ``lexicon``."""

    def add(
        into: dict[Pattern, tuple[NameForm, ...]], names: Names, part: Part, kind: str, case: Case
    ) -> None:
        for lang, aliases in names.items():
            for alias in aliases:
                for form in forms(alias, lang, part):
                    made = name_form(form.text, alias, form.note, kind, case, lexicon, lang)
                    if made is not None:
                        into[made.pattern] = (*into.get(made.pattern, ()), made)

    def every(listed: tuple[str, ...]) -> Names:
        return {_EVERY_LANGUAGE: listed}

    names: dict[Pattern, tuple[NameForm, ...]] = {}
    add(names, entity.names, "name", "name", entity.case)
    add(names, entity.adjectives, "adjective", "adjective", Case.ANY)
    add(names, entity.weak, "name", "weak", entity.case)
    add(names, every(entity.surnames), "name", "surname", entity.case)
    masks: dict[Pattern, tuple[NameForm, ...]] = {}
    add(masks, every(entity.not_), "not", "not", Case.CAP)
    cues: dict[str, dict[Pattern, tuple[NameForm, ...]]] = {
        kind: {} for kind in ("confirm", "doubt", "given", "title")
    }
    add(cues["confirm"], every(entity.confirm), "confirm", "confirm", Case.ANY)
    add(cues["doubt"], every(entity.doubt), "confirm", "doubt", Case.CAP)
    add(cues["given"], every(entity.given), "name", "given", Case.CAP)
    add(cues["title"], every(entity.titles), "confirm", "title", Case.ANY)
    return NamedEntity(
        entity.id,
        names,
        masks,
        cues,
        frozenset(entity.not_after),
        frozenset(entity.not_before),
        entity.includes,
        tuple(fold(name) for listed in entity.weak.values() for name in listed),
    )


class Gazetteer:
    """The compiled entities of a rule set. `mentions` is worked out once per document."""

    def __init__(self, entities: Iterable[NamedEntity]) -> None:
        self.entities = {entity.id: entity for entity in entities}
        self._names: dict[EntityId, frozenset[Pattern]] = {}
        self._named_by: dict[Pattern, list[EntityId]] = {}
        self._included_by: dict[EntityId, list[EntityId]] = {}
        for entity in self.entities.values():
            for pattern in entity.names:
                self._named_by.setdefault(pattern, []).append(entity.id)
            for member in entity.includes:
                self._included_by.setdefault(member, []).append(entity.id)

    def names(self, entity: EntityId) -> frozenset[Pattern]:
        """The patterns of every name of ``entity`` and of what it includes."""
        known = self._names.get(entity)
        if known is None:
            members = self._members(entity)
            known = frozenset(pattern for e in members for pattern in self.entities[e].names)
            self._names[entity] = known
        return known

    def _members(self, entity: EntityId) -> list[EntityId]:
        members, waiting = [], [entity]
        while waiting:
            one = waiting.pop()
            if one not in members:
                members.append(one)
                waiting.extend(self.entities[one].includes)
        return members

    def owner(self, entity: EntityId, pattern: Pattern) -> EntityId:
        """Whose name ``pattern`` is: that of ``entity`` itself, or of one that it includes."""
        members = self._members(entity)
        return next((m for m in members if pattern in self.entities[m].names), entity)

    def spellings(self, entity: EntityId, pattern: Pattern) -> tuple[NameForm, ...]:
        """Every form of a name of ``entity`` that is spelt as the pattern ``pattern``."""
        return self.entities[self.owner(entity, pattern)].names.get(pattern, ())

    def mentions(self, entity: EntityId, document: Document) -> Mentions:
        """Everything in ``document`` that is ``entity`` or one it includes."""
        known = document.mentions.get(entity)
        if known is None:
            found = [_mentions(self.entities[e], document) for e in self._members(entity)]
            # Two members may be named in one place: it counts once, as the first of them.
            by_place: dict[tuple[int, int], Hit] = {}
            for hit in (h for m in found for h in m.hits):
                by_place.setdefault((hit.first, hit.last), hit._replace(entity=entity))
            hits = [by_place[place] for place in sorted(by_place)]
            known = Mentions(hits, [r for m in found for r in m.rejected])
            document.mentions[entity] = known
        return known

    def counted(self, document: Document) -> frozenset[EntityId]:
        """Every entity that ``document`` names, and those that include it."""
        named = {
            e
            for pattern in document.present & self._named_by.keys()
            for e in self._named_by[pattern]
        }
        waiting = [e for e in named if _mentions(self.entities[e], document).hits]
        found: set[EntityId] = set()
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(self._included_by.get(one, ()))
        return frozenset(found)


def _mentions(entity: NamedEntity, document: Document) -> Mentions:
    named = list(_named(entity.names, document, entity.id))
    if not named:
        return Mentions([], [])
    masks = _masks(entity, document, named)
    judge = _Judge(entity, document)
    hits: list[Hit] = []
    rejected: list[tuple[Hit, str]] = []
    bare: list[Hit] = []
    for hit in named:
        mask = masks.over(hit)
        reason = "" if mask is None else _written(document, mask)
        reason = reason or judge.reason_against(hit)
        if reason:
            rejected.append((mask or hit, reason))
        elif _form(hit).kind == "surname" and not judge.is_introduced(hit):
            bare.append(hit)
        else:
            hits.append(hit)
    if any(_form(h).kind == "surname" for h in hits):
        hits += bare  # introduced once with a given name or title, afterwards by surname alone
    else:
        rejected += [(h, f"{_written(document, h)} without a given name or title") for h in bare]
    return Mentions(sorted(hits), rejected)


def _named(
    patterns: Mapping[Pattern, tuple[NameForm, ...]],
    document: Document,
    entity: EntityId | None = None,
) -> Iterator[Hit]:
    """Every place where a pattern stands in one of its forms with the right capitals."""
    for pattern in sorted(document.present.intersection(patterns)):
        forms = patterns[pattern]
        for first, last in document.places(pattern):
            form: NameForm | None = forms[0]
            if len(forms) > 1 or forms[0].case is not Case.ANY:
                start, end = document.original(first, last)
                form = _fitting(forms, document.text[start:end])
            if form is not None:
                yield document.hit(first, last, form, entity)


def _fitting(forms: tuple[NameForm, ...], written: str) -> NameForm | None:
    """The form that ``written`` is: the same to the letter, else a listed one, else any."""
    fitting = [f for f in forms if capitals_fit(f, written)]
    return min(fitting, key=lambda f: (f.text != written, f.note != ""), default=None)


def _farther(one: Hit, other: Hit) -> Hit:
    return other if other.last > one.last else one


class _Covers:
    """Stretches of a text, and which of them lies over another: asked once for every name."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        ordered = sorted(hits, key=lambda h: (h.first, -h.last))
        self._firsts = [h.first for h in ordered]
        self._farthest: list[Hit] = list(accumulate(ordered, _farther))
        """Of those that begin there or before, the one that reaches farthest."""

    def over(self, hit: Hit) -> Hit | None:
        """One in which ``hit`` lies whole, the longer the better; None where there is none."""
        at = bisect_right(self._firsts, hit.first)
        if not at or self._farthest[at - 1].last < hit.last:
            return None
        return self._farthest[at - 1]


def _masks(entity: NamedEntity, document: Document, named: Collection[Hit]) -> _Covers:
    """The phrases that are something else, unless a longer name covers them."""
    names = _Covers(named)
    return _Covers(
        mask
        for mask in _named(entity.masks, document)
        if (name := names.over(mask)) is None or name.last - name.first <= mask.last - mask.first
    )


def _start(hit: Hit) -> int:
    return hit.start


def _form(hit: Hit) -> NameForm:
    assert isinstance(hit.source, NameForm)
    return hit.source


def _written(document: Document, hit: Hit) -> str:
    start, end = document.original(hit.first, hit.last)
    return f'"{" ".join(document.text[start:end].split())}"'


class _Judge:
    """Whether one occurrence of a name is ruled out by what stands around it."""

    def __init__(self, entity: NamedEntity, document: Document) -> None:
        self._entity = entity
        self._document = document
        self._cues: dict[str, tuple[list[Hit], int]] = {}
        """By kind: in order, and how long the longest is."""

    def reason_against(self, hit: Hit) -> str:
        """Why ``hit`` does not count, or ""."""
        form = _form(hit)
        if form.kind == "weak" and not self._near("confirm", hit, CONFIRM_WITHIN):
            return f"{_written(self._document, hit)} without a confirming word"
        is_doubtful = form.kind == "name" and self._near("doubt", hit, CONFIRM_WITHIN)
        if is_doubtful and not self._near("confirm", hit, CONFIRM_WITHIN):
            return f"{_written(self._document, hit)} beside a word that makes it doubtful"
        if self._shouted(form, hit) and not self._near("confirm", hit, CONFIRM_WITHIN):
            return f"{_written(self._document, hit)} in capitals without a confirming word"
        return self._neighbour(hit) if self._entity.not_after or self._entity.not_before else ""

    def is_introduced(self, hit: Hit) -> bool:
        """Whether a given name or title stands near the surname ``hit``."""
        return any(self._near(kind, hit, TITLE_WITHIN) for kind in ("given", "title"))

    def _near(self, kind: str, hit: Hit, words: int) -> bool:
        cues, longest = self._cues_of(kind)
        reach = 2 * words
        for at in range(bisect_left(cues, hit.start - reach - longest, key=_start), len(cues)):
            cue = cues[at]
            if cue.start - hit.end > reach:
                break
            if 0 <= max(hit.start - cue.end, cue.start - hit.end) <= reach:
                return True
        return False

    def _cues_of(self, kind: str) -> tuple[list[Hit], int]:
        if kind not in self._cues:
            cues = sorted(_named(self._entity.cues[kind], self._document), key=_start)
            self._cues[kind] = cues, max([cue.end - cue.start for cue in cues], default=0)
        return self._cues[kind]

    def _shouted(self, form: NameForm, hit: Hit) -> bool:
        """Whether an acronym that is also a word stands in a sentence wholly in capitals."""
        if form.case is not Case.EXACT or fold(form.text).strip() not in COMMON_WORDS:
            return False
        before, after = self._sentence_around(hit)
        return (before + after).isupper()

    def _sentence_around(self, hit: Hit) -> tuple[str, str]:
        """What stands before and after ``hit`` in its sentence, as far as it tells anything."""
        start, end = self._document.original(hit.first, hit.last)
        from_, to = self._document.sentence_of(start)
        text = self._document.text
        return text[max(from_, start - _TELLING) : start], text[end : min(to, end + _TELLING)]

    def _neighbour(self, hit: Hit) -> str:
        start, end = self._document.original(hit.first, hit.last)
        from_, to = self._document.sentence_of(start)
        text = self._document.text
        before = text[max(from_, start - _REACH) : start]
        after = text[end : min(to, end + _REACH)]
        if self._entity.not_after:
            neighbour = _BEFORE.search(before)
            if _listed(self._entity.not_after, before, True) or (
                neighbour is not None
                and self._is_name(hit, self._entity.not_after, neighbour, from_, before)
            ):
                return f'"{before.split()[-1]} {text[start:end]}"'
        # what follows a colon or dash is news of the place: "Mali: rolnicy protestują"
        if self._entity.not_before and after.lstrip()[:1] not in _ENDS_TOPIC:
            neighbour = _AFTER.match(after)
            if _listed(self._entity.not_before, after, False) or (
                neighbour is not None
                and not self._confirms(end + neighbour.start(1))
                and self._is_name(hit, self._entity.not_before, neighbour, from_, "")
            ):
                return f'"{text[start:end]} {after.split()[0]}"'
        return ""

    def _confirms(self, place: int) -> bool:
        """Whether a confirming word stands at ``place`` of the text: Jordan King Abdullah."""
        return place in self._confirmed

    @cached_property
    def _confirmed(self) -> frozenset[int]:
        cues, _ = self._cues_of("confirm")
        return frozenset([self._document.original(cue.first, cue.last)[0] for cue in cues])

    def _is_name(
        self, hit: Hit, words: frozenset[str], neighbour: re.Match[str], sentence: int, before: str
    ) -> bool:
        """Whether the neighbour shows by one of the classes in ``words`` that this is a person.

        ``before`` is the text before the name when the neighbour stands there, else "".
        """
        form = _form(hit)
        word = neighbour[1].rstrip(".,;:!?")
        if not word[:1].isupper() or form.kind == "adjective":
            return False
        folded = fold(word).strip()
        if before and "given-name" in words and folded in GIVEN_NAMES:
            return not before[neighbour.start() :].rstrip(" -").endswith((",", ";", ":"))
        if not before and "surname" in words and folded in SURNAMES:
            return True
        doubtful = not self._entity.weak or fold(form.text).endswith(self._entity.weak)
        if not doubtful or "capitalised" not in words or folded in DATES:
            return False
        return not (before and before.strip() == neighbour[1]) and self._tells(neighbour[1], hit)

    def _tells(self, word: str, hit: Hit) -> bool:
        """Whether the capital of a neighbour says anything: not where most words have one."""
        if word[-1:] in ",;:)" or word[:2].isupper():
            return False
        around = " ".join(self._sentence_around(hit)).split()
        others = [w for w in around if len(w) > 3 and not w.startswith(word)]
        return sum(w[:1].isupper() for w in others) * 2 <= len(others)


def _listed(words: frozenset[str], around: str, is_before: bool) -> bool:
    """Whether a listed word stands beside the name."""
    folded = fold(around)
    return any(
        folded.endswith(fold(word)) if is_before else folded.startswith(fold(word))
        for word in words - _CLASSES
    )
