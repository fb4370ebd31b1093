"""From a rule's keys to its tree and settings. What is refused stands in tests/golden/problems."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from monitor.errors import Problem, ProblemLevel
from monitor.model import EntityId, Severity, Updates
from monitor.rules import build, schema
from monitor.rules.ast import And, EntityRef, KOf, Node, Not, Or, Scope, Term, Within
from monitor.rules.build_entities import assemble, read_entities
from monitor.rules.catalogue import Catalogue
from monitor.rules.entity import Case, Entity
from monitor.rules.placed import (
    Listing,
    Scalar,
    SourceText,
    Table,
    Unreadable,
    from_json,
    read_yaml,
    to_json,
)
from monitor.rules.places import locate
from monitor.rules.rule import AlertWhen, Rule, Sample

BUILTIN = {
    EntityId(n): Entity(EntityId(n), type="country", names={"*": (n.capitalize(),)})
    for n in ("niger", "mali", "nigeria")
}
CATALOGUE = Catalogue(BUILTIN)
NIGER, MALI = EntityRef(EntityId("niger")), EntityRef(EntityId("mali"))
COUP, JUNTA = Term("coup"), Term("junta")


def rules(text: str, channels: list[str] | None = None) -> tuple[list[Rule], list[Problem]]:
    source = SourceText("rules.yaml", text)
    root = read_yaml(source)
    assert isinstance(root, Table)
    value = root.get("rules")
    assert value is not None
    drafts, problems = build.read_rules(source, value, CATALOGUE, channels)
    return [d.rule for d in drafts if d.rule is not None], problems


def rule(body: str) -> Rule:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (found,), problems = rules(f"rules:\n  - id: one\n{lines}")
    assert [p for p in problems if p.level is ProblemLevel.ERROR] == []
    return found


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        ("entities: [niger, mali]", And((NIGER, MALI))),
        ("entities: niger", NIGER),
        ('entities: ["@niger"]', NIGER),
        ("entities: [niger, mali]\nat_least: 1", KOf(1, (NIGER, MALI))),
        ("entities: [niger, mali]\nat_least: 2", And((NIGER, MALI))),
        ("terms: [coup, [junta, coup]]", And((COUP, Or((JUNTA, COUP))))),
        ("terms: [[coup, junta]]", Or((COUP, JUNTA))),
        ("terms: [2024]", Term("2024")),
        ("terms: [no]", Term("no")),
        ('terms: [[coup, "@niger"]]', Or((COUP, NIGER))),
        ("entities: [niger]\nterms: [coup]", And((NIGER, COUP))),
        (
            "entities: [niger, mali]\nat_least: 1\nterms: [coup]",
            And((KOf(1, (NIGER, MALI)), COUP)),
        ),
        ("entities: [niger, mali]\nwithin: 30 words", Within(30, And((NIGER, MALI)))),
        ("entities: [niger, mali]\nwithin: 30", Within(30, And((NIGER, MALI)))),
        ("entities: [niger]\nwithin: title", Within(Scope.TITLE, NIGER)),
        ("entities: [niger]\nwithin: article", NIGER),
        ("entities: [niger]\nunless: coup OR junta", And((NIGER, Not(Or((COUP, JUNTA)))))),
        (
            "entities: [niger]\nwithin: sentence\nunless: coup",
            And((Within(Scope.SENTENCE, NIGER), Not(COUP))),
        ),
        ("query: coup AND @niger", And((COUP, NIGER))),
        ("query: coup AND @niger\nunless: junta", And((COUP, NIGER, Not(JUNTA)))),
    ],
)
def test_keys_become_one_tree(body: str, tree: Node) -> None:
    assert rule(body).tree == tree


def test_every_key_arrives() -> None:
    found = rule(
        """\
title: A title
description: What for
owner: desk
severity: flash
query: |
  coup
notify: [desk, duty]
lang: [en, no]
sources: BBC
not_sources: [spam.example]
updates: all
enabled: false
expires: 2026-12-31
tags: [a, b]
tests:
  match:
    - A coup.
    - {title: Coup, text: It happened., lang: fr, todo: true, url: "https://e.example/a"}
  no_match:
    - {text: None, todo: later, source: BBC, author: Ann, tags: [x]}
"""
    )
    assert found.severity is Severity.FLASH
    assert found.updates is Updates.ALL
    assert found.notify == ("desk", "duty")
    assert found.lang == ("en", "no")
    assert (found.sources, found.not_sources) == (("BBC",), ("spam.example",))
    assert (found.enabled, found.expires, found.tags) == (False, date(2026, 12, 31), ("a", "b"))
    assert (found.title, found.description, found.owner) == ("A title", "What for", "desk")
    assert (found.file, found.line, found.query) == ("rules.yaml", 2, "coup\n")
    assert found.should_match == (
        Sample("A coup.", line=19),
        Sample("It happened.", "Coup", "fr", todo=True, line=20, url="https://e.example/a"),
    )
    assert found.should_not_match == (
        Sample("None", todo=True, line=22, source="BBC", author="Ann", tags=("x",)),
    )


def test_one_bad_rule_leaves_the_others_alone() -> None:
    found, problems = rules(
        "rules:\n  - {id: a, query: coup}\n  - {id: b, query: coup and}\n  - {id: c, terms: [x1]}\n"
    )
    assert [r.id for r in found] == ["a", "c"]
    (error,) = (p for p in problems if p.level is ProblemLevel.ERROR)
    assert (error.rule, error.line) == ("b", 3)


def test_an_unknown_channel_is_an_error_but_the_rule_stays_usable() -> None:
    text = "rules:\n  - {id: a, query: coup, notify: [dsk, duty]}\n"
    source = SourceText("rules.yaml", text)
    root = read_yaml(source)
    assert isinstance(root, Table)
    value = root.get("rules")
    assert value is not None
    (draft,), problems = build.read_rules(source, value, CATALOGUE, ["desk", "duty"])
    assert draft.flawed
    assert draft.rule is not None
    assert draft.rule.notify == ("duty",)
    assert any("no channel is called dsk" in p.message for p in problems)


def test_channels_are_not_checked_when_they_are_not_known() -> None:
    found, problems = rules("rules:\n  - {id: a, query: coup, notify: anything}\n", None)
    assert found[0].notify == ("anything",)
    assert not any(p.level is ProblemLevel.ERROR for p in problems)


# --- when to alert --------------------------------------------------------------------------------


def test_a_rule_can_wait_for_volume() -> None:
    made = rule(
        "entities: [niger]\n"
        "alert_when: {stories: 5, sources: 3, in: 2 hours, quiet_for: 1d, above_normal: 2.5}"
    )
    assert made.alert_when == AlertWhen(5, 3, timedelta(hours=2), timedelta(days=1), 2.5)


def test_volume_counts_any_source_and_is_quiet_as_long_as_its_window() -> None:
    made = rule("entities: [niger]\nalert_when: {stories: 5, in: 30 minutes}")
    assert made.alert_when == AlertWhen(5, 1, timedelta(minutes=30), timedelta(minutes=30), None)


def test_a_rule_can_ask_for_repetition_and_for_its_own_cooldown() -> None:
    made = rule("entities: [niger]\nrepeat: 12 hours\ncooldown: 0")
    assert (made.repeat, made.cooldown) == (timedelta(hours=12), timedelta(0))
    assert (rule("entities: [niger]").repeat, rule("entities: [niger]").cooldown) == (None, None)


def test_a_rule_with_a_broken_volume_is_not_used() -> None:
    found, problems = rules("rules:\n  - {id: a, terms: [coup], alert_when: {stories: 5}}\n")
    assert found == []
    assert [p.message for p in problems] == ["alert_when without in"]


# --- entities -----------------------------------------------------------------------------------


def joined(text: str) -> tuple[dict[EntityId, Entity], list[str]]:
    source = SourceText("entities.yaml", text)
    root = read_yaml(source)
    assert isinstance(root, Table)
    value = root.get("entities")
    assert value is not None
    drafts, problems = read_entities(source, value)
    assembly = assemble(BUILTIN, drafts, {})
    messages = [p.message for p in (*problems, *assembly.problems)]
    return dict(assembly.catalogue.entities), messages


def test_an_entity_has_all_its_keys() -> None:
    found, messages = joined(
        """\
entities:
  tchiani:
    type: person
    case: exact
    names: {"*": [Tchiani], no: Tsjiani}
    adjectives: {en: [Tchianist]}
    weak: {fr: [Tiani]}
    confirm: [junta]
    doubt: [street]
    not: [Tchiani Street]
    not_after: [given-name]
    not_before: [capitalised]
    surnames: [Tchiani]
    given: [Abdourahamane]
    titles: [General]
    includes: [niger]
    also: [tiani]
"""
    )
    assert messages == []
    assert found[EntityId("tchiani")] == Entity(
        EntityId("tchiani"),
        "person",
        Case.EXACT,
        {"*": ("Tchiani",), "no": ("Tsjiani",)},
        {"en": ("Tchianist",)},
        {"fr": ("Tiani",)},
        ("junta",),
        ("street",),
        ("Tchiani Street",),
        ("given-name",),
        ("capitalised",),
        ("Tchiani",),
        ("Abdourahamane",),
        ("General",),
        (EntityId("niger"),),
        (EntityId("tiani"),),
        "entities.yaml",
        2,
    )


def test_a_desks_entity_replaces_the_built_in_one() -> None:
    found, _ = joined('entities:\n  niger:\n    names: {"*": [Niamey]}\n')
    assert found[EntityId("niger")].names == {"*": ("Niamey",)}


def test_with_extends_it_adds_to_it() -> None:
    found, _ = joined(
        'entities:\n  niger:\n    extends: true\n    names: {"*": [Niamey], fr: [Niger]}\n'
        "    not: [Niger State]\n"
    )
    niger = found[EntityId("niger")]
    assert niger.names == {"*": ("Niger", "Niamey"), "fr": ("Niger",)}
    assert (niger.type, niger.not_) == ("country", ("Niger State",))


def test_a_name_that_the_extension_calls_weak_no_longer_counts_by_itself() -> None:
    found, _ = joined(
        "entities:\n  niger:\n    extends: true\n    names: {fr: [République du Niger]}\n"
        "    weak: {pt: [Níger]}\n    confirm: [Niamey]\n"
    )
    niger = found[EntityId("niger")]
    assert niger.names == {"fr": ("République du Niger",)}
    assert niger.weak == {"pt": ("Níger",)}


def test_includes_may_use_other_ids_and_end_up_with_the_own_one() -> None:
    found, messages = joined(
        "entities:\n"
        '  congo: {names: {"*": [Congo]}, also: [drc]}\n'
        "  lakes: {includes: [drc, niger]}\n"
    )
    assert messages == []
    assert found[EntityId("lakes")].includes == ("congo", "niger")


def test_an_id_that_is_taken_cannot_be_a_further_name() -> None:
    _, messages = joined('entities:\n  sahel: {names: {"*": [Sahel]}, also: [niger]}\n')
    assert messages == ["niger already means niger"]


def test_a_circle_of_includes_is_told_for_each_of_its_entities() -> None:
    _, messages = joined(
        "entities:\n  a: {includes: [b]}\n  b: {includes: [a]}\n  c: {includes: [a]}\n"
    )
    assert messages == [
        "includes goes in a circle: a → b → a",
        "includes goes in a circle: b → a → b",
    ]


# --- values and places ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "|\n      (coup)\n        AND @x\n      OR y\n",
        "|-\n      (coup) AND @x\n",
        ">\n      (coup)\n      AND @x\n\n      OR y\n",
        '"(coup) \\"a\\" \\u00e9 \\\n      AND @x"\n',
        "'it''s (coup)\n      AND @x'\n",
        "(coup)\n      AND @x\n",
        "&anchor (coup) AND @x\n",
        "!tag '(coup) AND @x'\n",
    ],
)
def test_every_character_of_a_value_is_found_in_its_file(written: str) -> None:
    source = SourceText("f", f"rules:\n  - id: a\n    query: {written}    title: end\n")
    root = read_yaml(source)
    assert isinstance(root, Table)
    listed = root.get("rules")
    assert isinstance(listed, Listing)
    entry = listed.items[0]
    assert isinstance(entry, Table)
    value = entry.get("query")
    assert isinstance(value, Scalar)
    for offset, char in enumerate(value.value):
        if char in '"é':
            assert source.text[locate(source, value, offset)] == "\\"
        elif not char.isspace():
            assert source.text[locate(source, value, offset)] == char


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested more than 20 levels deep"),
        ("- " * 50_000, "nested more than 20 levels deep"),
        (
            "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{after}: &{after} [{','.join([f'*{before}'] * 10)}]\n"
                for before, after in zip("abcdefg", "bcdefgh", strict=True)
            ),
            "more than 500,000 values",
        ),
    ],
)
def test_files_made_to_hurt_are_refused_at_once(text: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read_yaml(SourceText("f", text))


def test_merge_keys_work() -> None:
    found, _ = rules("rules:\n  - &one {id: a, terms: [coup]}\n  - {<<: *one, id: b}\n")
    assert [(r.id, r.tree) for r in found] == [("a", COUP), ("b", COUP)]


def test_a_remembered_rule_is_the_same_rule() -> None:
    text = (
        'rules:\n  - {id: a, terms: ["true", 007, 12], enabled: false, lang: [no], title: ~,'
        " alert_when: {stories: 5, in: 2 hours, above_normal: 2.50}}\n"
    )
    (first,), _ = rules(text)
    source = SourceText("rules.yaml", text)
    root = read_yaml(source)
    assert isinstance(root, Table)
    listed = root.get("rules")
    assert isinstance(listed, Listing)
    table = from_json(to_json(listed.items[0]))
    assert isinstance(table, Table)
    problems: list[Problem] = []
    again = build.read_rule(SourceText("", ""), table, CATALOGUE, None, problems)
    assert again.rule is not None
    assert replace(again.rule, file=first.file, line=first.line) == first


# --- schemas --------------------------------------------------------------------------------------


def test_the_shipped_schemas_are_those_of_the_tables() -> None:
    from importlib.resources import files

    folder = files("monitor.rules").joinpath("schemas")
    shipped = {name: folder.joinpath(name).read_text("utf-8") for name in schema.files()}
    assert shipped == schema.files(), "run: python tools/generate.py"


def test_a_schema_knows_every_key_and_choice() -> None:
    made: dict[str, Any] = json.loads(schema.files()["rules.schema.json"])
    one = made["properties"]["rules"]["items"]["properties"]
    assert set(one) == set(schema.RULE)
    assert one["severity"]["enum"] == ["low", "normal", "high", "flash"]
    assert all("description" in key for key in one.values())
