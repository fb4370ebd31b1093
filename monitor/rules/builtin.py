"""The built-in entities, read once a process from the gazetteer's files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from monitor import gazetteer
from monitor.errors import MonitorError
from monitor.model import EntityId
from monitor.rules.build import check_file
from monitor.rules.build_entities import EntityDraft, assemble, read_entities
from monitor.rules.entity import Entity
from monitor.rules.placed import SourceText, read_yaml


@cache
def builtin_entities() -> Mapping[EntityId, Entity]:
    """Every built-in entity. Raises MonitorError when a shipped file is faulty."""
    drafts: list[EntityDraft] = []
    for name, text in gazetteer.files():
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
    assembly = assemble({}, drafts, {})
    if assembly.failed:
        raise MonitorError(f"the built-in gazetteer is faulty: {assembly.problems[0]}")
    return MappingProxyType(dict(assembly.catalogue.entities))
