"""The entities of a load, by every name they answer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.model import EntityId
from monitor.rules.entity import Entity
from monitor.rules.suggest import Suggester


@dataclass(frozen=True)
class Catalogue:
    """Entities by id, and the further ids that resolve to them.

    ``broken`` says for ids that cannot be used where they are defined.
    """

    entities: Mapping[EntityId, Entity]
    broken: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names: dict[str, EntityId] = {}
        for entity in self.entities.values():
            for other in entity.also:
                names.setdefault(other, entity.id)
        names.update({id_: id_ for id_ in self.entities})
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "suggest", Suggester(names.keys))

    _names: Mapping[str, EntityId] = field(init=False, repr=False)
    suggest: Suggester = field(init=False, repr=False)
    """The nearest name to one that is not known."""

    def resolve(self, name: str) -> EntityId | None:
        """The id behind a name or further id."""
        return self._names.get(name)
