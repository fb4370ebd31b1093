"""``monitor entities``: found by any name, shown with all of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli.entities import form_count, form_sample
from monitor.cli.entitynames import find, members, names
from monitor.cli.main import app
from monitor.model import EntityId
from monitor.rules.builtin import builtin_entities
from monitor.rules.entity import Entity

OWN = """\
entities:
  heron-group:
    type: force
    also: [herons]
    names: {"*": [Heron Group]}
    weak: {"*": [Heron]}
    confirm: [fighters]
    not: [grey heron]
    includes: [niger]
rules:
  - {id: herons-seen, entities: [heron-group], tests: {match: [Heron Group]}}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text(OWN, "utf-8")
    return tmp_path


def run(rules: Path, *args: str) -> Result:
    done = CliRunner().invoke(app, ["entities", *args, "--rules", str(rules)])
    assert isinstance(done, Result)
    return done


def test_own_and_built_in_entities_are_listed(rules: Path) -> None:
    (own,) = json.loads(run(rules, "list", "--own", "--json").stdout)
    assert (own["id"], own["built_in"], own["names"]) == ("heron-group", False, 2)
    ids = {e["id"] for e in json.loads(run(rules, "list", "--json").stdout)}
    assert {"niger", "heron-group"} <= ids
    forces = json.loads(run(rules, "list", "--type", "force", "--json").stdout)
    assert {e["type"] for e in forces} == {"force"}
    assert "heron-group" in run(rules, "list", "--own").stdout
    unknown = run(rules, "list", "--type", "bird")
    assert unknown.exit_code == 1
    assert "country" in unknown.stderr


@pytest.mark.parametrize(
    ("text", "id", "match"),
    [
        ("Ouagadougou", "burkina-faso", "same"),
        ("Ouaga", "burkina-faso", "beginning"),
        ("нигерского", "niger", "form"),
        ("usa", "united-states", "same"),
        ("herons", "heron-group", "same"),
    ],
)
def test_an_entity_is_found_by_any_name(rules: Path, text: str, id: str, match: str) -> None:
    first, *_ = json.loads(run(rules, "find", text, "--json").stdout)
    assert (first["id"], first["match"]) == (id, match)


def test_a_look_alike_is_told_apart(rules: Path) -> None:
    found = json.loads(run(rules, "find", "grey heron", "--json").stdout)
    assert [(f["id"], f["kind"]) for f in found] == [("heron-group", "not")]
    assert "what it is not" in run(rules, "find", "grey heron").stdout


def test_what_nobody_is_called_ends_with_1(rules: Path) -> None:
    done = run(rules, "find", "Xyzzyq")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "rules/entities/" in done.stderr
    assert run(rules, "find", " ").exit_code == 1


def test_an_entity_is_shown_with_all_it_has(rules: Path) -> None:
    done = run(rules, "show", "herons")
    assert done.exit_code == 0
    for part in ("@heron-group  force, also herons", "confirmed by", "grey heron", "herons-seen"):
        assert part in done.stdout
    told = json.loads(run(rules, "show", "@heron-group", "--json").stdout)
    assert told["names"] == {"*": ["Heron Group"]}
    assert told["rules"] == ["herons-seen"]
    assert told["forms"] > 100  # those of what it includes count


def test_an_unknown_entity_names_who_is_called_so(rules: Path) -> None:
    done = run(rules, "show", "Bamako")
    assert done.exit_code == 1
    assert "did you mean mali?" in done.stderr


def test_every_built_in_entity_is_found_by_its_first_name() -> None:
    entities = builtin_entities()
    for entity in entities.values():
        name = next((n for n in names(entity) if n.kind == "name"), None)
        if name is not None:
            assert any(f.entity.id == entity.id for f in find(name.text, [entity])), entity.id


def test_forms_are_counted_once_and_included_entities_with_them() -> None:
    one = Entity(EntityId("one"), names={"en": ("raid", "raids")}, includes=(EntityId("two"),))
    two = Entity(EntityId("two"), names={"fr": ("bagarre",)}, includes=(EntityId("one"),))
    entities = {one.id: one, two.id: two}
    assert [e.id for e in members(one.id, entities)] == ["one", "two"]
    assert form_count(one.id, entities) == form_count(two.id, entities)
    assert len(set(form_sample(one.id, entities, 9))) == len(form_sample(one.id, entities, 9))
