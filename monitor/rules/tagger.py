"""Which entities a text names, whatever the rules ask for: what stories are compared by.

The same names, look-alikes and confirming words as in rules; only what counts is told.
"""

from __future__ import annotations

from collections.abc import Collection

from monitor.errors import Problem, UnknownEntity
from monitor.model import EntityId
from monitor.rules import inflect
from monitor.rules.entity import Entity
from monitor.rules.mentions import Forms, Gazetteer, compile_entity
from monitor.rules.needles import Lexicon
from monitor.rules.scan import Scanner


class EntityTagger:
    """Finds every entity of a collection in a text. It does not change once it is built.

    Build it once and keep it: it holds every inflected form of every name (half a thousand for an
    entity, about a kilobyte each).
    """

    def __init__(self, entities: Collection[Entity], *, forms: Forms = inflect.forms) -> None:
        """Over ``entities``, usually those of a load; ``forms`` inflects names (ours by default).

        Raises UnknownEntity when one of them includes another that is not there.
        """
        known = {entity.id for entity in entities}
        for entity in entities:
            for other in entity.includes:
                if other not in known:
                    message = f'there is no entity "{other}"'
                    raise UnknownEntity(Problem(entity.file, entity.line, 0, message))
        lexicon = Lexicon()
        self._gazetteer = Gazetteer([compile_entity(e, lexicon, forms) for e in entities])
        self._scanner = Scanner(lexicon)

    def tag(self, title: str, body: str) -> frozenset[EntityId]:
        """The entities that title and body name, look-alikes left out, including ones with them.

        The text is plain text, as an article's: ``includes`` makes an entity count where one of
        those it includes does.
        """
        return self._gazetteer.counted(self._scanner.document(title, body))
