"""The JSON Schemas for editors: they accept what the reader accepts, and refuse with it."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from monitor.errors import ProblemLevel
from monitor.rules import build, build_entities
from monitor.rules.builtin import builtin_entities
from monitor.rules.catalogue import Catalogue
from monitor.rules.placed import SourceText, Table, from_plain, read_yaml, to_json
from tests.docs.pages import PAGES, blocks

ROOT = Path(__file__).parents[3]
FOLDER = files("monitor.rules").joinpath("schemas")
RULES = Draft202012Validator(json.loads(FOLDER.joinpath("rules.schema.json").read_text("utf-8")))
ENTITIES = Draft202012Validator(
    json.loads(FOLDER.joinpath("entities.schema.json").read_text("utf-8"))
)
CATALOGUE = Catalogue(builtin_entities())


def plain(text: str) -> Any:
    """YAML as an editor sees it: texts, numbers, true and false."""
    value = read_yaml(SourceText("f", text))
    assert value is not None
    return json.loads(to_json(value))


def complaints(schema: Draft202012Validator, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(value)]


def test_the_schemas_are_schemas() -> None:
    Draft202012Validator.check_schema(RULES.schema)
    Draft202012Validator.check_schema(ENTITIES.schema)


SHIPPED = [
    *sorted((ROOT / "rules").rglob("*.yaml")),
    *sorted((ROOT / "monitor" / "gazetteer").glob("*.yaml")),
]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_every_shipped_file_holds_to_the_schema_that_it_names(path: Path) -> None:
    text = path.read_text("utf-8")
    named = re.search(r"\$schema=(\S+)", text)
    if named is not None:  # the generated one is for no editor
        target = (path.parent / named[1]).resolve()
        assert target.is_relative_to(ROOT / "monitor" / "rules" / "schemas")
        assert target.is_file()
    else:
        assert "generated" in text[:400].lower()
    entities = named is None or named[1].endswith("entities.schema.json")
    assert complaints(ENTITIES if entities else RULES, plain(text)) == []


def test_every_example_of_the_pages_holds_to_the_schema() -> None:
    found = [b for page in PAGES for b in blocks(page) if b.language == "yaml"]
    checked = 0
    for block in found:
        if block.file is not None and block.file.startswith(("rules/", "other/")):
            assert complaints(RULES, plain(block.body)) == [], block.place
            checked += 1
    assert checked >= 4


@pytest.mark.parametrize(
    "rule",
    [
        {"id": "a"},
        {"query": "coup"},
        {"id": "two words", "query": "coup"},
        {"id": "a", "query": "coup", "within": "30 words"},
        {"id": "a", "query": "coup", "at_least": 2},
        {"id": "a", "query": "coup", "entities": ["niger"]},
        {"id": "a", "terms": ["coup"], "at_least": 2},
        {"id": "a", "query": ["coup"]},
        {"id": "a", "terms": [[]]},
        {"id": "a", "terms": {"coup": True}},
        {"id": "a", "entities": ["niger"], "within": "thirty words"},
        {"id": "a", "entities": ["niger"], "within": 0},
        {"id": "a", "query": "coup", "severity": "loud"},
        {"id": "a", "query": "coup", "updates": "always"},
        {"id": "a", "query": "coup", "enabled": "no"},
        {"id": "a", "query": "coup", "lang": "english"},
        {"id": "a", "query": "coup", "expires": "tomorrow"},
        {"id": "a", "query": "coup", "tests": ["coup"]},
        {"id": "a", "query": "coup", "tests": {"match": "coup"}},
        {"id": "a", "query": "coup", "tests": {"match": [{"lang": "fr"}]}},
        {"id": "a", "query": "coup", "tests": {"matches": ["coup"]}},
        {"id": "a", "query": "coup", "alert_when": {"stories": 5}},
        {"id": "a", "query": "coup", "alert_when": {"stories": 5, "in": "2"}},
        {"id": "a", "query": "coup", "alert_when": {"stories": 0, "in": "2h"}},
        {"id": "a", "query": "coup", "alert_when": {"stories": 5, "in": "2h", "against": "x"}},
        {"id": "a", "query": "coup", "repeat": "often"},
        {"id": "a", "query": "coup", "cooldown": 5},
        {"id": "a", "query": "coup", "colour": "red"},
    ],
    ids=str,
)
def test_what_the_reader_refuses_in_a_rule_the_schema_refuses_too(rule: dict[str, Any]) -> None:
    assert not accepted(rule)
    assert complaints(RULES, {"rules": [rule]}) != []


@pytest.mark.parametrize(
    ("id_", "entity"),
    [
        ("Bad Id", {"names": {"*": ["Niger"]}}),
        ("a", {}),
        ("a", {"type": "place"}),
        ("a", {"extends": False}),
        ("a", {"extends": "yes"}),
        ("a", {"names": ["Niger"]}),
        ("a", {"names": {"english": ["Niger"]}}),
        ("a", {"names": {"EN": ["Niger"]}}),
        ("a", {"names": {"*": [["Niger"]]}}),
        ("a", {"names": {"*": "Niger"}, "case": "Cap"}),
        ("a", {"name": {"*": "Niger"}}),
        ("a", {"names": {"*": "Niger"}, "also": ["Not An Id"]}),
    ],
    ids=str,
)
def test_what_the_reader_refuses_in_an_entity_the_schema_refuses_too(
    id_: str, entity: dict[str, Any]
) -> None:
    table = from_plain({id_: entity})
    drafts, _ = build_entities.read_entities(SourceText("f", ""), table)
    assert drafts[0].entity is None
    assert complaints(ENTITIES, {"entities": {id_: entity}}) != []


def accepted(rule: dict[str, Any]) -> bool:
    """Whether the reader takes the rule."""
    table = from_plain(rule)
    assert isinstance(table, Table)
    problems: list[Any] = []
    build.read_rule(SourceText("f.jsonl", ""), table, CATALOGUE, None, problems)
    return not any(p.level is ProblemLevel.ERROR for p in problems)


TEXTS = st.sampled_from(["coup", "2024", "a b"])
DURATIONS = st.sampled_from(["2 hours", "30 minutes", "1d", "1h 30m", "0.5 h", "soon", "2"])
MAYBE_LIST = st.one_of(TEXTS, st.lists(TEXTS, max_size=2))
KEYS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.one_of(TEXTS, st.just(2024), st.just(["a"])),
    "owner": TEXTS,
    "severity": st.sampled_from(["low", "flash", "High", "loud"]),
    "updates": st.sampled_from(["all", "none", "never"]),
    "query": st.sampled_from(["coup", "coup AND junta", 2024]),
    "entities": st.lists(st.sampled_from(["niger", "mali", "@niger", "us"]), max_size=3),
    "at_least": st.sampled_from([1, 0, "many"]),
    "terms": st.one_of(TEXTS, st.lists(st.one_of(TEXTS, st.lists(TEXTS, max_size=2)), max_size=2)),
    "within": st.sampled_from([30, "30 words", "1 word", "sentence", "lead", "headline", 0, "x"]),
    "unless": st.sampled_from(["chess", 5]),
    "lang": st.sampled_from(["en", ["en", "no"], "EN", [], ["english"]]),
    "sources": MAYBE_LIST,
    "not_sources": MAYBE_LIST,
    "notify": MAYBE_LIST,
    "enabled": st.sampled_from([True, False, "yes"]),
    "expires": st.sampled_from(["2026-12-31", "2026-12"]),
    "tags": st.one_of(MAYBE_LIST, st.just([2024])),
    "repeat": DURATIONS,
    "cooldown": st.one_of(DURATIONS, st.just("0")),
    "tests": st.fixed_dictionaries(
        {}, optional={"match": st.lists(TEXTS, max_size=2), "no_match": st.just([{"text": "x"}])}
    ),
    "alert_when": st.fixed_dictionaries(
        {"stories": st.sampled_from([1, 5, 0]), "in": DURATIONS},
        optional={"sources": st.just(2), "quiet_for": DURATIONS,
                  "above_normal": st.sampled_from([2, 2.5, 1, "much"])},
    ),
}  # fmt: skip


@given(st.fixed_dictionaries({"id": st.just("a")}, optional=KEYS))
@settings(max_examples=500, deadline=None)
def test_what_the_reader_accepts_the_schema_accepts_too(rule: dict[str, Any]) -> None:
    if accepted(rule):
        assert complaints(RULES, {"rules": [rule]}) == []
