"""What an entity answers to: its listed names and their forms; and who answers to a text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from monitor.model import EntityId
from monitor.rules.entity import Entity
from monitor.rules.inflect import Part, forms
from monitor.text.fold import fold


@dataclass(frozen=True, slots=True)
class Name:
    """One listed name. ``kind``: id, name, adjective, weak, surname, or not (what it is not)."""

    kind: str
    lang: str
    text: str


_PARTS: Mapping[str, Part] = {
    "name": "name", "adjective": "adjective", "weak": "name", "surname": "name", "not": "not",
}  # fmt: skip
_EVERY = "*"


def names(entity: Entity) -> Iterator[Name]:
    """Everything that is listed of an entity, in the order of its keys."""
    for id_ in (entity.id, *entity.also):
        yield Name("id", _EVERY, id_)
    listed = (("name", entity.names), ("adjective", entity.adjectives), ("weak", entity.weak))
    for kind, by_language in listed:
        for lang, texts in by_language.items():
            yield from (Name(kind, lang, text) for text in texts)
    yield from (Name("surname", _EVERY, text) for text in entity.surnames)
    yield from (Name("not", _EVERY, text) for text in entity.not_)


@dataclass(frozen=True, slots=True)
class Form:
    """One form that is looked for in texts; ``note`` says which of ``name`` it is."""

    text: str
    note: str
    name: Name


def inflected(entity: Entity) -> Iterator[Form]:
    """Every form of what counts as the entity, look-alikes left out."""
    for name in names(entity):
        if name.kind not in ("id", "not"):
            yield from _forms(name)


def _forms(name: Name) -> Iterator[Form]:
    for form in forms(name.text, name.lang, _PARTS[name.kind]):
        yield Form(form.text, form.note, name)


def members(id_: EntityId, entities: Mapping[EntityId, Entity]) -> list[Entity]:
    """The entity and all that it includes, at any depth."""
    found: list[Entity] = []
    waiting = [id_]
    while waiting:
        entity = entities.get(waiting.pop(0))
        if entity is not None and entity not in found:
            found.append(entity)
            waiting.extend(entity.includes)
    return found


class Closeness(IntEnum):
    """How near a text comes to a name; the smaller the nearer."""

    SAME = 0
    FORM = 1
    WORD = 2
    BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Found:
    """An entity that answers to a text, and the name (or form of it) by which it does."""

    entity: Entity
    name: Name
    closeness: Closeness
    note: str = ""


def find(text: str, entities: Iterable[Entity]) -> list[Found]:
    """The entities with a name like ``text``, the nearest first, each once.

    Inflected forms are looked through only when no listed name is the same: making all of them
    takes seconds.
    """
    wanted = fold(text)
    if not wanted.strip():
        return []
    every = list(entities)
    found = {e.id: best for e in every if (best := _closest(e, wanted)) is not None}
    if not any(f.closeness is Closeness.SAME for f in found.values()):
        for entity in every:
            form = _form(entity, wanted)
            if form is not None:
                found[entity.id] = form
    return sorted(found.values(), key=lambda f: (f.closeness, f.name.kind == "not", f.entity.id))


def _closest(entity: Entity, wanted: str) -> Found | None:
    best: Found | None = None
    for name in names(entity):
        folded = fold(name.text)
        if folded == wanted:
            closeness = Closeness.SAME
        elif wanted in folded:
            closeness = Closeness.WORD
        elif len(wanted) > 4 and wanted.rstrip() in folded:
            closeness = Closeness.BEGINNING
        else:
            continue
        if best is None or _rank(closeness, name) < _rank(best.closeness, best.name):
            best = Found(entity, name, closeness)
    return best


def _rank(closeness: Closeness, name: Name) -> tuple[int, bool]:
    return closeness, name.kind == "not"


def _form(entity: Entity, wanted: str) -> Found | None:
    for form in inflected(entity):
        if fold(form.text) == wanted:
            return Found(entity, form.name, Closeness.FORM, form.note)
    return None
