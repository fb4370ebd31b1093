"""What a match says for itself: the words that count, the sentence, the reasons, for a journalist.

Values in, values out; deciding whether a rule holds is not done here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.model import EntityId, Match, Span, TextField
from monitor.rules.ast import FieldName, Scope
from monitor.rules.document import Document, Hit, Region
from monitor.rules.evaluate import (
    All,
    Clause,
    Field,
    Nearby,
    Often,
    Some,
    Source,
    Window,
    Words,
    by_place,
)
from monitor.rules.excerpts import excerpt
from monitor.rules.mentions import Gazetteer
from monitor.rules.needles import NameForm, capitals_fit
from monitor.rules.rule import Rule
from monitor.rules.words import LANGUAGES

MAX_SPANS = 200
"""Spans that one match carries at most; a live blog can name a country a thousand times."""
_SHOWN = 3
"""Occurrences of one clause that `why` tells apart."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What the clauses of a rule rest on, in the order they are written."""

    groups: list[tuple[str, list[Hit]]]
    """(label, hits) of every entity or any-of group that has occurrences."""
    notes: list[str]
    """Lines about distances and counts."""
    windows: list[Region]


@dataclass(frozen=True, slots=True)
class _Found:
    """``hits`` by place; ``core`` is one of each group, close together; ``ordered`` begins with it
    and has no more than a match carries."""

    told: _Told
    window: Region | None
    core: list[Hit]
    ordered: list[Hit]
    hits: list[Hit]


def located(clause: Clause, source: Source, gazetteer: Gazetteer) -> tuple[Span, ...]:
    """The words that ``clause``, which holds, rests on; those close together first."""
    found = _found(clause, source, gazetteer)
    return tuple([span_of(h, source.text) for h in found.ordered])


def explained(rule: Rule, clause: Clause, source: Source, gazetteer: Gazetteer) -> Match:
    """The match of ``rule``, whose ``clause`` holds for ``source``."""
    document = source.text
    found = _found(clause, source, gazetteer)
    told = found.told
    why = [
        *(_line(label, group, document, found.window, gazetteer) for label, group in told.groups),
        *told.notes,
    ]
    ignored = not_counted(_entities(clause), document, gazetteer)
    return Match(
        rule.id,
        tuple([span_of(h, document) for h in found.ordered]),
        excerpt(document, found.core, found.hits),
        (*why, *([ignored] if ignored else [])),
    )


def _found(clause: Clause, source: Source, gazetteer: Gazetteer) -> _Found:
    told = _Told([], [], [])
    _tell(clause, source, None, told)
    reader = _Reader(source.text, gazetteer, source.value(FieldName.LANG))
    told.groups[:] = [
        (label, [reader.read(h) for h in group] if label else group) for label, group in told.groups
    ]
    # Not a set: of two hits at one place the same is to come first every time.
    unique = dict.fromkeys(h for _, group in told.groups for h in group)
    hits = sorted(unique, key=by_place)
    window = told.windows[0] if told.windows else None
    core = _touching(hits, window) if window else _core([h for _, h in told.groups])
    seen = set(core)
    ordered = [*core, *(h for h in hits if h not in seen)][:MAX_SPANS]
    return _Found(told, window, core, ordered, hits)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Chooses among names that are spelt alike: *instructeurs* is French in a French text.

    Where the language is unknown and several have the name, none is told.
    """

    document: Document
    gazetteer: Gazetteer
    lang: str

    def read(self, hit: Hit) -> Hit:
        if hit.entity is None or not isinstance(hit.source, NameForm):
            return hit
        spellings = self.gazetteer.spellings(EntityId(hit.entity), hit.source.pattern)
        if len(spellings) < 2 or hit.source.lang in ("*", self.lang):
            return hit
        start, end = self.document.original(hit.first, hit.last)
        written = self.document.text[start:end]
        fitting = [f for f in spellings if capitals_fit(f, written)]
        ours = [f for f in fitting if f.lang == self.lang]
        if ours:
            return hit._replace(source=min(ours, key=lambda f: (f.text != written, f.note != "")))
        if len({f.lang for f in fitting}) > 1:
            return hit._replace(source=replace(hit.source, lang="*"))
        return hit


def _touching(hits: Iterable[Hit], window: Region) -> list[Hit]:
    """The hits that lie in ``window`` at least in part: a longer name may reach out of it."""
    return [h for h in hits if h.start < window[1] and h.end > window[0]]


def _tell(clause: Clause, source: Source, region: Region | None, told: _Told) -> None:
    match clause:
        case Words():
            for label, hits in _by_label(clause.hits(source, region)):
                told.groups.append((label, hits))
        case All(clauses):
            for one in clauses:
                _tell(one, source, region, told)
        case Some(_, clauses):
            for one in clauses:
                if one.holds(source, region):
                    _tell(one, source, region, told)
        case Field(_, inner):
            _tell(inner, source, clause._region(source, region), told)
        case Often(count, inner):
            told.notes.append(f"at least {count} times: {clause.counted(source, region)}")
            _tell(inner, source, region, told)
        case Nearby():
            _tell_near(clause, source, region, told)
        case Window():
            _tell_window(clause, source, region, told)
        case _:
            pass


def _tell_near(clause: Nearby, source: Source, region: Region | None, told: _Told) -> None:
    pairs = [p for p, _ in zip(clause.pairs(source, region), range(MAX_SPANS), strict=False)]
    if not pairs:
        return
    leaves = dict.fromkeys(leaf for pair in pairs for h in pair for leaf in leaves_of(h))
    told.groups.extend(_by_label(sorted(leaves, key=by_place)))
    if isinstance(clause.halves, Scope):
        told.notes.append(f"in the same {clause.halves}")
        return
    nearest = min(pairs, key=lambda p: gap(*p))
    limit = f"at most {clause.halves // 2} words between"
    told.notes.append(f"{limit}: {words_of(gap(*nearest))}")


def _tell_window(clause: Window, source: Source, region: Region | None, told: _Told) -> None:
    best = clause.best(source, region)
    if best is None:
        return
    told.windows.append(best)
    _tell(clause.clause, source, region, told)
    if isinstance(clause.limit, Scope):
        if clause.limit is not Scope.ARTICLE:
            told.notes.append(f"within one {clause.limit}")
        return
    told.notes.append(f"within {clause.limit // 2} words: {words_of(best[1] - best[0])} apart")


def gap(a: Hit, b: Hit) -> int:
    """The halves between two hits, 0 when they touch or overlap."""
    return max(0, a.start - b.end, b.start - a.end)


def words_of(halves: int) -> int:
    """Halves as words, rounded up."""
    return -(-halves // 2)


def leaves_of(hit: Hit) -> Iterator[Hit]:
    """The words that a hit is made of."""
    if hit.parts:
        for part in hit.parts:
            yield from leaves_of(part)
    else:
        yield hit


def _by_label(hits: Iterable[Hit]) -> list[tuple[str, list[Hit]]]:
    """The leaves of ``hits``: all terms of one any-of group together, each entity by itself."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        for leaf in leaves_of(hit) if hit.parts else (hit,):
            groups.setdefault(f"@{leaf.entity}" if leaf.entity else "", []).append(leaf)
    return [(label, _outermost(found)) for label, found in groups.items()]


def _outermost(hits: list[Hit]) -> list[Hit]:
    """The hits that lie in no longer one: "military trainers" tells all that "trainers" does."""
    if len(hits) < 2:
        return hits
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.first, -h.last)):
        if not kept or hit.last > kept[-1].last:
            kept.append(hit)
    return kept


def _line(
    label: str,
    hits: Sequence[Hit],
    document: Document,
    window: Region | None,
    gazetteer: Gazetteer,
) -> str:
    """One clause: which words, in which form, where; those of the window first."""
    first = _touching(hits, window) if window else []
    seen = set(first)
    ordered = [*first, *(h for h in hits if h not in seen)]
    told: dict[TextField, Counter[tuple[str, str]]] = {}
    for hit in ordered:
        span = span_of(hit, document)
        written = f'"{" ".join(span.text.split())}"'
        told.setdefault(span.field, Counter())[written, _described(span, hit, gazetteer)] += 1
    places = [place for field, counted in told.items() for place in _places(field, counted)]
    return f"{label}: {'; '.join(places)}" if label else "; ".join(places)


def _places(field: TextField, told: Counter[tuple[str, str]]) -> Iterator[str]:
    """The words as written that need no description together, then the others one by one."""
    where = f"in the {'title' if field is TextField.TITLE else 'text'}"
    shown = [
        (f"{written} ×{n}" if n > 1 else written, described)
        for (written, described), n in list(told.items())[:_SHOWN]
    ]
    plain = ", ".join(written for written, described in shown if not described)
    places = [f"{plain} {where}"] if plain else []
    places += [f"{written}, {described}, {where}" for written, described in shown if described]
    if len(told) > _SHOWN:
        places[-1] += f" and {len(told) - _SHOWN} more"
    yield from places


def _described(span: Span, hit: Hit, gazetteer: Gazetteer) -> str:
    """``feminine of "nigérien", French adjective of @niger``; "" for a name as it is listed."""
    if span.entity is None or not isinstance(hit.source, NameForm):
        return ""
    owner = gazetteer.owner(span.entity, hit.source.pattern)
    if not span.form and hit.source.kind == "name" and owner == span.entity:
        return ""
    form = f'{span.form} of "{span.alias}", ' if span.form else ""
    return f"{form}{span.kind} of @{owner}"


def _kind(form: NameForm) -> str:
    """``French adjective``."""
    what = {"adjective": "adjective", "surname": "surname", "weak": "weak name"}
    lang = "" if form.lang == "*" else LANGUAGES.get(form.lang, form.lang)
    return f"{lang} {what.get(form.kind, 'name')}".strip()


def span_of(hit: Hit, document: Document) -> Span:
    """The span of ``hit`` in the title or the body."""
    start, end = document.original(hit.first, hit.last)
    in_title = start < document.body_offset
    shift = 0 if in_title else document.body_offset
    alias, form, kind = "", "", ""
    if isinstance(hit.source, NameForm):
        alias, form, kind = hit.source.alias, hit.source.note, _kind(hit.source)
    elif hit.source is not None:
        alias = hit.source.term
    return Span(
        TextField.TITLE if in_title else TextField.BODY,
        start - shift,
        end - shift,
        document.text[start:end],
        alias,
        None if hit.entity is None else EntityId(hit.entity),
        form,
        kind,
    )


def _core(groups: Sequence[Sequence[Hit]]) -> list[Hit]:
    """One hit of each group, close together, around an occurrence of the rarest."""
    if not groups:
        return []
    best: list[Hit] = []
    width = -1
    for anchor in min(groups, key=len)[:50]:
        chosen = [
            min(group, key=lambda h: (gap(anchor, h), h.start)) if len(group) > 1 else group[0]
            for group in groups
        ]
        extent = max(h.end for h in chosen) - min(h.start for h in chosen)
        if width < 0 or extent < width:
            best, width = chosen, extent
    return sorted(dict.fromkeys(best), key=by_place)


def _entities(clause: Clause) -> list[EntityId]:
    match clause:
        case Words():
            return list(clause.entities)
        case All(clauses) | Some(_, clauses):
            return list(dict.fromkeys(e for c in clauses for e in _entities(c)))
        case Field(_, inner) | Often(_, inner) | Window(_, inner):
            return _entities(inner)
        case Nearby():
            return list(dict.fromkeys(_entities(clause.left) + _entities(clause.right)))
        case _:
            return []


def not_counted(entities: Iterable[EntityId], document: Document, gazetteer: Gazetteer) -> str:
    """``"Niger State" ×2 not counted``, or ""."""
    rejected = {r for e in entities for r in gazetteer.mentions(e, document).rejected}
    told = Counter(reason for _, reason in sorted(rejected, key=lambda r: r[0].start))
    if not told:
        return ""
    listed = [f"{words} ×{n}" if n > 1 else words for words, n in told.items()]
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return f"{', '.join(listed[:_SHOWN])}{more} not counted"
