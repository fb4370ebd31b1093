"""Entity files to entities: each one on its own first, then together with the built-in ones.

Pure: takes values with places, gives entities and problems. What to do about a broken one (its
last good version, the built-in one) is `rulefiles`' decision.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import regex

from monitor.errors import Problem
from monitor.model import EntityId
from monitor.rules.catalogue import Catalogue
from monitor.rules.entity import Case, Entity, Names
from monitor.rules.fields import Item, kind
from monitor.rules.lint_entities import doubt
from monitor.rules.placed import Scalar, SourceText, Table, Value, to_json
from monitor.rules.schema import ENTITY, ENTITY_ID
from monitor.text.fold import fold

T = TypeVar("T", bound=str)

_ID = regex.compile(ENTITY_ID)


@dataclass(frozen=True, slots=True)
class EntityDraft:
    """One entity of a file. ``entity`` is None when it cannot be used."""

    id: str
    key: Scalar
    source: SourceText
    entity: Entity | None
    extends: bool
    table: Table | None
    text: str
    """Its content as JSON, to be remembered; "" when it cannot be used."""

    @property
    def place(self) -> str:
        line, _ = self.source.place(self.key.start)
        return f"{self.source.file}:{line}" if line else self.source.file


def read_entities(source: SourceText, value: Value) -> tuple[list[EntityDraft], list[Problem]]:
    """Every entity under ``entities:``, the broken ones too."""
    problems: list[Problem] = []
    if not isinstance(value, Table):
        whole = Item(source, Table(()), problems)
        hint = "write each entity under its id, as in niger: {names: …}"
        whole.error(value, f"entities is {kind(value)}; it must be a mapping", hint)
        return [], problems
    drafts = [_draft(source, key, entry, problems) for key, entry in value.entries]
    repeated = Item(source, value, problems)
    for key in value.repeated:
        repeated.error(key, f"entity {key.value} is defined twice in this file", "keep one of them")
    return drafts, problems


def _draft(source: SourceText, key: Scalar, value: Value, problems: list[Problem]) -> EntityDraft:
    if not isinstance(value, Table):
        item = Item(source, Table(()), problems, key.value)
        hint = f'write {key.value}: {{names: {{"*": [Niger]}}}}'
        item.error(key, f"entity {key.value} has no keys", hint)
        return EntityDraft(key.value, key, source, None, False, None, "")
    item = Item(source, value, problems, key.value)
    entity, extends = _entity(item, key)
    usable = None if item.failed else entity
    return EntityDraft(
        key.value, key, source, usable, extends, value, to_json(value) if usable else ""
    )


def _entity(item: Item, key: Scalar) -> tuple[Entity, bool]:
    if not _ID.fullmatch(key.value):
        slug = regex.sub(r"[^a-z0-9]+", "-", key.value.casefold()).strip("-") or "niger"
        item.error(key, f'"{key.value}" cannot be an id', f"small letters and hyphens: {slug}")
    item.check_keys(tuple(ENTITY), "an entity")
    line, _ = item.source.place(key.start)
    entity = Entity(
        id=EntityId(key.value),
        type=item.text("type") or "topic",
        case=item.choice("case", Case, Case.CAP),
        names=item.by_language("names"),
        adjectives=item.by_language("adjectives"),
        weak=item.by_language("weak"),
        confirm=item.texts("confirm"),
        doubt=item.texts("doubt"),
        not_=item.texts("not"),
        not_after=item.texts("not_after"),
        not_before=item.texts("not_before"),
        surnames=item.texts("surnames"),
        given=item.texts("given"),
        titles=item.texts("titles"),
        includes=tuple(EntityId(name.removeprefix("@")) for name in item.texts("includes")),
        also=tuple(EntityId(name.removeprefix("@")) for name in item.texts("also")),
        file=item.source.file,
        line=line,
    )
    extends = item.flag("extends", False)
    named = (entity.names, entity.adjectives, entity.weak, entity.surnames, entity.includes)
    if not (extends or any(named) or item.failed):
        item.error(key, f"entity {key.value} has no names", 'add names: {"*": [Niger, Niamey]}')
    for also in item.scalars("also"):
        if not _ID.fullmatch(also.value.removeprefix("@")):
            item.error(also, f'"{also.value}" cannot be an id', "small letters and hyphens")
    return entity, extends


# --- together ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assembly:
    """All entities together; ``failed`` are the ids of the desk's that could not be joined."""

    catalogue: Catalogue
    problems: tuple[Problem, ...]
    failed: frozenset[str]


def assemble(
    builtin: Mapping[EntityId, Entity], drafts: Iterable[EntityDraft], broken: Mapping[str, str]
) -> Assembly:
    """Joins the desk's usable entities with the built-in ones and checks what they say of others.

    A desk's entity replaces the built-in one of its name, or adds to it with ``extends``.
    """
    problems: list[Problem] = []
    entities = dict(builtin)
    known = Catalogue(builtin)
    first: dict[str, EntityDraft] = {}
    failed: set[str] = set()
    for draft in drafts:
        if draft.entity is None or draft.table is None:
            continue
        item = Item(draft.source, draft.table, problems, draft.id)
        before = first.get(draft.id)
        if before is not None and not draft.extends:
            item.error(draft.key, f"entity {draft.id} is defined twice", f"first at {before.place}")
            continue
        id_ = known.resolve(draft.id) or EntityId(draft.id)
        if id_ != draft.id and not draft.extends:
            hint = f"to change that one write {id_}, or add extends: true"
            message = f"{draft.id} is a further id of {id_}; this defines another entity"
            item.warn(draft.key, message, hint)
            id_ = EntityId(draft.id)
        base = entities.get(id_)
        if draft.extends and base is None:
            near = known.suggest(draft.id)
            hint = f"did you mean {near}?" if near else "leave out extends to define it"
            at = draft.table.key("extends") or draft.key
            item.error(at, f"there is no built-in entity {draft.id} to add to", hint)
            failed.add(draft.id)
            continue
        first.setdefault(draft.id, draft)
        joined = _added(base, draft) if draft.extends and base is not None else draft.entity
        entities[id_] = joined
        doubt(item, joined)
    catalogue = _canonical(Catalogue(entities, broken))
    failed |= _check_references(catalogue, first, problems)
    return Assembly(catalogue, tuple(problems), frozenset(failed))


def _canonical(catalogue: Catalogue) -> Catalogue:
    """The same with every ``includes`` by the entity's own id."""
    entities = dict(catalogue.entities)
    for id_, entity in entities.items():
        includes = tuple(catalogue.resolve(name) or name for name in entity.includes)
        if includes != entity.includes:
            entities[id_] = replace(entity, includes=includes)
    return Catalogue(entities, catalogue.broken)


def _added(base: Entity, draft: EntityDraft) -> Entity:
    """The built-in entity with everything that the desk's adds.

    What the desk calls weak no longer counts by itself.
    """
    more, table = draft.entity, draft.table
    if more is None or table is None:
        return base
    weak = {fold(name) for names in more.weak.values() for name in names}
    return replace(
        base,
        type=more.type if table.get("type") is not None else base.type,
        case=more.case if table.get("case") is not None else base.case,
        names=_merged(_without(base.names, weak), more.names),
        adjectives=_merged(base.adjectives, more.adjectives),
        weak=_merged(base.weak, more.weak),
        confirm=_both(base.confirm, more.confirm),
        doubt=_both(base.doubt, more.doubt),
        not_=_both(base.not_, more.not_),
        not_after=_both(base.not_after, more.not_after),
        not_before=_both(base.not_before, more.not_before),
        surnames=_both(base.surnames, more.surnames),
        given=_both(base.given, more.given),
        titles=_both(base.titles, more.titles),
        includes=_both(base.includes, more.includes),
        also=_both(base.also, more.also),
        file=more.file,
        line=more.line,
    )


def _without(names: Names, folded: Collection[str]) -> Names:
    kept = {
        lang: tuple(n for n in listed if fold(n) not in folded) for lang, listed in names.items()
    }
    return {lang: listed for lang, listed in kept.items() if listed}


def _both(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _merged(one: Names, other: Names) -> Names:
    merged = dict(one)
    for lang, names in other.items():
        merged[lang] = _both(merged.get(lang, ()), names)
    return merged


def _check_references(
    catalogue: Catalogue, drafts: Mapping[str, EntityDraft], problems: list[Problem]
) -> set[str]:
    """The ids whose ``includes`` are unknown or circular, or whose ``also`` is taken."""
    failed: set[str] = set()
    taken: dict[str, str] = {}
    for entity in catalogue.entities.values():
        for also in entity.also:
            taken.setdefault(also, entity.id)
    for draft in drafts.values():
        assert draft.table is not None
        item = Item(draft.source, draft.table, problems, draft.id)
        for name in item.scalars("includes"):
            if catalogue.resolve(name.value.removeprefix("@")) is None:
                near = catalogue.suggest(name.value)
                hint = f"did you mean {near}?" if near else "define it in rules/entities/"
                item.error(name, f"no entity is called {name.value}", hint)
        for name in item.scalars("also"):
            other = name.value.removeprefix("@")
            owner = other if EntityId(other) in catalogue.entities else taken.get(other)
            if owner not in (None, draft.id):
                item.error(name, f"{other} already means {owner}", "leave it out here")
        circle = _circle(catalogue, catalogue.resolve(draft.id) or EntityId(draft.id))
        if circle:
            at = draft.table.key("includes") or draft.key
            item.error(at, f"includes goes in a circle: {' → '.join(circle)}", "break it somewhere")
        if item.failed:
            failed.add(draft.id)
    return failed


def _circle(catalogue: Catalogue, start: EntityId) -> list[str] | None:
    """The way from an entity through ``includes`` back to itself, if there is one."""
    path: list[str] = [start]
    seen = {start}
    stack: list[Iterator[EntityId]] = [_included(catalogue, start)]
    while stack:
        below = next(stack[-1], None)
        if below is None:
            stack.pop()
            path.pop()
        elif below == start:
            return [*path, start]
        elif below not in seen:
            seen.add(below)
            path.append(below)
            stack.append(_included(catalogue, below))
    return None


def _included(catalogue: Catalogue, id_: EntityId) -> Iterator[EntityId]:
    names = catalogue.entities[id_].includes if id_ in catalogue.entities else ()
    return iter([found for name in names if (found := catalogue.resolve(name)) is not None])
