"""Entities that are well written and hardly meant: names that can never count, masks that mask
nothing. Every doubt stands at the key or text that it is about; nothing is disabled by it.
"""

from __future__ import annotations

from collections.abc import Iterator

import regex

from monitor.rules.entity import Entity, Names
from monitor.rules.fields import Item
from monitor.rules.placed import Listing, Scalar, Table, Value
from monitor.rules.suggest import nearest
from monitor.text.fold import SPACELESS, fold

_CLASSES = ("given-name", "capitalised")
_NAME_KEYS = ("names", "adjectives", "weak", "surnames", "given", "titles", "confirm", "not")
_WORD = regex.compile(r"[\p{L}\p{N}]")
_SPACELESS = regex.compile(f"[{SPACELESS}]")
_STEM = 4
"""Letters in common by which a word may be a form of another."""


def doubt(item: Item, joined: Entity) -> None:
    """Warns of what is doubtful in the entity that ``item`` reads; ``joined`` is all of it."""
    for key in _NAME_KEYS:
        for name in _texts(item.table.get(key)):
            _doubt_name(item, key, name)
    if joined.weak and not joined.confirm:
        hint = "add confirm: with the words that make it certain"
        _at(item, "weak", "weak names never count without confirming words", hint)
    if joined.surnames and not (joined.given or joined.titles):
        hint = "add given: or titles:, or write under names what counts by itself"
        _at(item, "surnames", "surnames never count without given names or titles", hint)
    if not joined.surnames:
        for key in ("given", "titles"):
            hint = "add surnames:, or write whole names under names"
            _at(item, key, f"{key} tells only which surnames count, and there are none", hint)
    named = list(_words_of(joined))
    for phrase in _texts(item.table.get("not")):
        if not _holds_a_name(phrase.value, named):
            hint = "a phrase under not has one of the entity's own names in it: Niger State"
            item.warn(phrase, f'"{phrase.value}" masks nothing', hint)
    for key in ("not_after", "not_before"):
        for word in _texts(item.table.get(key)):
            near = nearest(word.value.casefold(), _CLASSES, 0.8)
            if near is not None and word.value not in _CLASSES:
                item.warn(word, f'"{word.value}" is taken as a word', f"did you mean {near}?")


def _at(item: Item, key: str, message: str, hint: str) -> None:
    name = item.table.key(key)
    if name is not None:
        item.warn(name, message, hint)


def _doubt_name(item: Item, key: str, name: Scalar) -> None:
    if _WORD.search(name.value) is None:
        hint = "punctuation and symbols are not searched; write words"
        item.warn(name, f'"{name.value}" has no letter or digit and never counts', hint)
    elif "*" in name.value:
        hint = "names are found in all their forms as they are; list other spellings"
        item.warn(name, f"a * under {key} is no wildcard", hint)
    elif name.value.startswith(("@", "=")):
        hint = "other entities stand under includes:" if name.value[0] == "@" else "see case: exact"
        item.warn(name, f'"{name.value[0]}" is no sign here', hint)


def _texts(value: Value | None) -> Iterator[Scalar]:
    match value:
        case Scalar():
            if value.value.strip():
                yield value
        case Listing(items):
            for inner in items:
                yield from _texts(inner)
        case Table(entries):
            for _, inner in entries:
                yield from _texts(inner)


def _words_of(entity: Entity) -> Iterator[str]:
    """Every word of the entity's names, folded."""
    listed: tuple[Names, ...] = (entity.names, entity.adjectives, entity.weak)
    for names in (*(n for by in listed for n in by.values()), entity.surnames):
        for name in names:
            yield from fold(name).split()


def _holds_a_name(phrase: str, named: list[str]) -> bool:
    """Whether a word of ``phrase`` may be a form of a word of the names."""
    folded = fold(phrase)
    if _SPACELESS.search(folded) is not None:
        return any(word in folded for word in named)
    stems = tuple(word[:_STEM] for word in named)
    # An article or another one-letter word may be written together with a name (Arabic).
    return any(w[i:].startswith(stems) for w in folded.split() for i in range(min(4, len(w))))
