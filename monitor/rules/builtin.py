"""The built-in entities, read once a process from the gazetteer's files.

Reading YAML with places takes a second where JSON takes ten milliseconds, so the package carries
the entities as JSON too (`snapshot`, written by ``tools/generate.py``). It is used only while it
was made from exactly the YAML files that are there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from monitor import gazetteer
from monitor.errors import MonitorError
from monitor.model import EntityId
from monitor.rules.build import check_file
from monitor.rules.build_entities import EntityDraft, assemble, read_entities
from monitor.rules.entity import Case, Entity
from monitor.rules.placed import SourceText, read_yaml

SNAPSHOT = "builtin.json"
GENERATED = "cldr.yaml"
"""The names of all countries; the files written by hand add to them."""
FURTHER = "names-in-more-languages.yaml"
"""Adds to entities of all other files."""
_VERSION = "2"
"""Of the snapshot's form; a change makes older ones unused."""


@cache
def builtin_entities() -> Mapping[EntityId, Entity]:
    """Every built-in entity. Raises MonitorError when a shipped file is faulty."""
    texts = gazetteer.files()
    stored = files("monitor.rules").joinpath(SNAPSHOT)
    if stored.is_file():
        known = _from_snapshot(stored.read_text(encoding="utf-8"), digest(texts))
        if known is not None:
            return MappingProxyType(known)
    return MappingProxyType(parse(texts))


def digest(texts: list[tuple[str, str]]) -> str:
    """What a snapshot is known by: the names and texts it was made from."""
    made = sha256(_VERSION.encode())
    for name, text in texts:
        made.update(f"\0{name}\0{text}".encode())
    return made.hexdigest()


def parse(texts: list[tuple[str, str]]) -> dict[EntityId, Entity]:
    """The entities of gazetteer files, by name and text. Raises MonitorError.

    Those written by hand are to the generated ones what a desk's are to the built-in, and so are
    the names in further languages to both.
    """
    known: dict[EntityId, Entity] = {}
    for layer in ({GENERATED}, {n for n, _ in texts} - {GENERATED, FURTHER}, {FURTHER}):
        known = _assembled(known, [(name, text) for name, text in texts if name in layer])
    return known


def _assembled(
    base: Mapping[EntityId, Entity], texts: list[tuple[str, str]]
) -> dict[EntityId, Entity]:
    drafts: list[EntityDraft] = []
    for name, text in texts:
        source = SourceText(f"built-in/{name}", text)
        root = read_yaml(source)
        table, problems = check_file(source, root) if root is not None else (None, [])
        value = table.get("entities") if table is not None else None
        if value is not None:
            found, more = read_entities(source, value)
            drafts += found
            problems += more
        if problems:
            raise MonitorError(f"the built-in gazetteer is faulty: {problems[0]}")
    assembly = assemble(base, drafts, {})
    if assembly.failed:
        raise MonitorError(f"the built-in gazetteer is faulty: {assembly.problems[0]}")
    return dict(assembly.catalogue.entities)


def snapshot() -> str:
    """The built-in entities as JSON, one on each line."""
    texts = gazetteer.files()
    lines = [json.dumps(asdict(e), ensure_ascii=False) for e in parse(texts).values()]
    return f'{{"made_from": "{digest(texts)}", "entities": [\n' + ",\n".join(lines) + "\n]}\n"


def _from_snapshot(text: str, made_from: str) -> dict[EntityId, Entity] | None:
    data = json.loads(text)
    if data["made_from"] != made_from:
        return None
    return {EntityId(e["id"]): _entity(e) for e in data["entities"]}


def _entity(data: dict[str, Any]) -> Entity:
    values: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, list):
            values[name] = tuple(value)
        elif isinstance(value, dict):
            values[name] = {lang: tuple(names) for lang, names in value.items()}
        else:
            values[name] = value
    values["case"] = Case(values["case"])
    return Entity(**values)
