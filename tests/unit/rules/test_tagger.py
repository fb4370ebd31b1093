"""The tagger finds what rules would, for entities that no rule asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from monitor.errors import UnknownEntity
from monitor.model import EntityId
from monitor.rules.builtin import builtin_entities
from monitor.rules.entity import Entity
from monitor.rules.tagger import EntityTagger

RUSSIA = Entity(EntityId("russia"), names={"*": ("Russia",), "ru": ("Россия",)})
WAGNER = Entity(
    EntityId("wagner"),
    names={"*": ("Wagner Group",)},
    weak={"*": ("Wagner",)},
    confirm=("mercenaries",),
)
NIGER = Entity(EntityId("niger"), names={"*": ("Niger",)}, not_=("Niger State",))
KREMLIN = Entity(EntityId("kremlin"), names={"*": ("Kremlin",)}, includes=(EntityId("russia"),))
MOSCOW = Entity(EntityId("moscow"), names={"*": ("Moscow",)}, includes=(EntityId("kremlin"),))


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("", "", set()),
        ("Storks over the harbour", "They were counted.", set()),
        ("Talks in Niger", "", {"niger"}),
        ("Floods in Niger State", "Dams broke.", set()),
        ("Floods in Niger State", "Niger sent boats.", {"niger"}),
        ("Wagner at the opera", "", set()),
        ("Wagner", "The mercenaries left.", {"wagner"}),
        ("The Kremlin denies it", "", {"kremlin", "moscow"}),
        ("Войска России", "", {"russia", "kremlin", "moscow"}),
    ],
)
def test_entities_count_in_a_text_as_they_do_in_rules(
    title: str, body: str, expected: set[str]
) -> None:
    tagger = EntityTagger([RUSSIA, WAGNER, NIGER, KREMLIN, MOSCOW])

    assert tagger.tag(title, body) == expected


def test_all_built_in_entities_can_be_looked_for_at_once() -> None:
    tagger = EntityTagger(builtin_entities().values())

    found = tagger.tag("Russian troops arrive in Niamey", "They came from Bamako, Mali.")

    assert {"russia", "niger", "mali"} <= found
    assert "nigeria" not in found


def test_no_built_in_entity_needs_the_russian_dictionaries() -> None:
    code = (
        "import sys\n"
        "from monitor.rules.builtin import builtin_entities\n"
        "from monitor.rules.tagger import EntityTagger\n"
        "assert EntityTagger(builtin_entities().values()).tag('Войска России', '') >= {'russia'}\n"
        "assert 'pymorphy3' not in sys.modules, 'run: python tools/generate.py'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_an_entity_that_includes_an_unknown_one_is_refused() -> None:
    with pytest.raises(UnknownEntity, match="russia"):
        EntityTagger([KREMLIN])
