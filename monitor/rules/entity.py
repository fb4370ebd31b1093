"""What an entity is once it has been read: its names by language, and what is not it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.model import EntityId

Names = Mapping[str, tuple[str, ...]]
"""By ISO 639-1 language; ``"*"`` is every language."""


class Case(StrEnum):
    """How capitals count. ``CAP``: capitals of the alias must be capitals in the text."""

    CAP = "cap"
    EXACT = "exact"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity of the gazetteer or of the desk. RULE-LANGUAGE: ``docs/rules.md``."""

    id: EntityId
    type: str = "topic"
    case: Case = Case.CAP
    names: Names = field(default_factory=dict)
    adjectives: Names = field(default_factory=dict)
    weak: Names = field(default_factory=dict)
    """Counts only with one of ``confirm`` within ten words."""
    confirm: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()
    """Within ten words of one of these a name counts only with one of ``confirm`` as well."""
    not_: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()
    """Words, or the classes ``given-name`` and ``capitalised``, that rule out a name after them."""
    not_before: tuple[str, ...] = ()
    """Words, or the classes ``surname`` and ``capitalised``, that rule out a name before them."""
    surnames: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    includes: tuple[EntityId, ...] = ()
    also: tuple[EntityId, ...] = ()
    """Other ids that resolve to this one (``drc``, ``usa``)."""
    file: str = ""
    line: int = 0
