"""One rule in full: as written, as a tree, with its entities, tests and warnings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.cli import output, ruletests
from monitor.cli.entities import form_count, form_sample
from monitor.cli.show import safe
from monitor.errors import Problem
from monitor.model import EntityId
from monitor.rulefiles import Loaded
from monitor.rules.ast import And, EntityRef, KOf, Node, Not, Or, Term, Within
from monitor.rules.clauses import walk
from monitor.rules.entity import Entity
from monitor.rules.format import format_node
from monitor.rules.rule import Rule

_FORMS = 6
"""Forms that are given as a sample of an entity's."""
_LINE = 76
"""Columns of a part of the tree that stays in one line."""
_LABEL = 11


@dataclass(frozen=True, slots=True)
class Named:
    """An entity of a rule: how many forms are looked for, and some of them."""

    entity: Entity
    forms: int
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """All there is to say of a rule."""

    rule: Rule
    source: tuple[str, ...]
    """The lines of its file, the tests left out; none when it cannot be read any more."""
    entities: tuple[Named, ...]
    results: tuple[ruletests.Result, ...]
    warnings: tuple[Problem, ...]


def view(rule: Rule, loaded: Loaded) -> View:
    """What the files say of ``rule``."""
    lines = _written(rule)
    ids = dict.fromkeys(n.id for n in walk(rule.tree) if isinstance(n, EntityRef))
    last = rule.line + max(len(lines), 1) - 1
    return View(
        rule,
        tuple(without_tests(lines)),
        tuple(_named(id_, loaded.entities) for id_ in ids if id_ in loaded.entities),
        tuple(ruletests.run([rule], loaded.entities)),
        tuple(p for p in loaded.problems if p.file == rule.file and rule.line <= p.line <= last),
    )


def _named(id_: EntityId, entities: Mapping[EntityId, Entity]) -> Named:
    sample = tuple(form_sample(id_, entities, _FORMS))
    return Named(entities[id_], form_count(id_, entities), sample)


# --- as written -------------------------------------------------------------------------------


def _written(rule: Rule) -> list[str]:
    try:
        text = Path(rule.file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return []
    return block(text.splitlines(), rule.line)


def block(lines: Sequence[str], first: int) -> list[str]:
    """The item of a YAML list that begins in line ``first`` (1-based), to its last line."""
    if not 0 < first <= len(lines):
        return []
    depth = _indent(lines[first - 1])
    last = first
    for number in range(first, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if _indent(line) <= depth:
            break
        last = number + 1
    return [line[depth:].rstrip() for line in lines[first - 1 : last]]


def without_tests(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a rule but those under its ``tests:``."""
    inside: int | None = None
    for line in lines:
        if inside is not None and line.strip() and _indent(line) <= inside:
            inside = None
        if inside is None and re.match(r"\s+tests:\s*(#.*)?$", line):
            inside = _indent(line)
        if inside is None:
            yield line


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# --- the tree ---------------------------------------------------------------------------------


def tree_lines(node: Node, depth: int = 0) -> Iterator[str]:
    """The tree a line a clause, indented by depth."""
    pad = "  " * depth
    match node:
        case Within(limit, inner):
            words = f"{limit} words" if isinstance(limit, int) else f"one {limit}"
            yield f"{pad}within {words}:"
            yield from tree_lines(inner, depth + 1)
        case And(nodes):
            for one in nodes:
                yield from tree_lines(one, depth)
        case Not(inner) if not isinstance(inner, Term | EntityRef):
            yield f"{pad}none of:"
            yield from _options(inner.nodes if isinstance(inner, Or) else (inner,), depth + 1)
        case Or(nodes) | KOf(_, nodes) if not _fits(node, depth) and not _flat(node):
            yield f"{pad}{node.count if isinstance(node, KOf) else 'any'} of:"
            yield from _options(nodes, depth + 1)
        case _:
            yield pad + format_node(node)


def _options(nodes: Sequence[Node], depth: int) -> Iterator[str]:
    """Nodes that stand beside each other without all being needed."""
    for node in nodes:
        if isinstance(node, And):
            yield f"{'  ' * depth}all of:"
            yield from tree_lines(node, depth + 1)
        else:
            yield from tree_lines(node, depth)


def _fits(node: Node, depth: int) -> bool:
    return len(format_node(node)) + 2 * depth <= _LINE


def _flat(node: Or | KOf) -> bool:
    return all(isinstance(n, Term | EntityRef) for n in node.nodes)


# --- telling ----------------------------------------------------------------------------------


def told(found: View, state: str, last_hit: str | None) -> Iterator[str]:
    """A rule, line by line. ``last_hit`` None: there is no database to know."""
    rule = found.rule
    yield f"{rule.id}  {safe(rule.title)}".rstrip()
    channels = ", ".join(rule.notify) or "the default channels"
    yield from _row(
        "", f"{rule.file}:{rule.line}, {state}, severity {rule.severity}, to {channels}"
    )
    if rule.description:
        yield from _row("", rule.description)
    if last_hit is not None:
        yield from _row("last hit", last_hit)
    yield from _row("tests", _tests(found.results))
    for result in found.results:
        if result.outcome is ruletests.Outcome.FAILED:
            yield from _row("", ruletests.told(result)[0])
    for problem in found.warnings:
        yield from _row(problem.level.value, f"{problem.place}: {problem.message}")
    if found.source:
        yield from ("", "As written:", *(f"    {safe(line)}".rstrip() for line in found.source))
    yield from ("", "As it is matched:")
    for line in tree_lines(rule.tree):
        indent = 4 + len(line) - len(line.lstrip(" "))
        for number, part in enumerate(output.wrapped(line.lstrip(" "), indent=indent + 2)):
            yield f"{' ' * indent}{'  ' if number else ''}{part}"
    if found.entities:
        yield from ("", "Entities:")
    width = max((len(n.entity.id) for n in found.entities), default=0) + 3
    for named in found.entities:
        sample = f", such as {', '.join(named.sample)}" if named.sample else ""
        text = f"{named.entity.type}, {named.forms:,} forms{sample}"
        yield from output.row(f"  @{named.entity.id}", text, width=width + 2)


def _row(label: str, text: str) -> Iterator[str]:
    return output.row(label, " ".join(safe(text).split()), width=_LABEL)


def _tests(results: Sequence[ruletests.Result]) -> str:
    if not results:
        return "none"
    match = sum(r.expected for r in results)
    counts = [
        f"{n} {outcome}"
        for outcome in ruletests.Outcome
        if (n := sum(r.outcome is outcome for r in results))
    ]
    return f"{match} that match, {len(results) - match} that do not: {', '.join(counts)}"


def as_json(found: View) -> dict[str, Any]:
    """What ``--json`` adds to the element of the list."""
    rule = found.rule
    return {
        "description": rule.description,
        "query": rule.query or None,
        "tree": format_node(rule.tree),
        "written": "\n".join(found.source),
        "lang": list(rule.lang),
        "sources": list(rule.sources),
        "not_sources": list(rule.not_sources),
        "updates": rule.updates,
        "expires": rule.expires,
        "entities": [
            {
                "id": named.entity.id,
                "type": named.entity.type,
                "forms": named.forms,
                "such_as": list(named.sample),
            }
            for named in found.entities
        ],
        "samples": [ruletests.as_json(r) for r in found.results],
        "warnings": [{"place": p.place, "message": p.message} for p in found.warnings],
    }
