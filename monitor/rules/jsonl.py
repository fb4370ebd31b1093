"""Rules as JSON Lines: ``{"id", "query"}`` on each line, or any other keys of a rule."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import regex

from monitor.errors import Problem
from monitor.model import RuleId
from monitor.rules import query
from monitor.rules.build import RULE_ID_PATTERN, RuleDraft, read_rule
from monitor.rules.catalogue import Catalogue
from monitor.rules.lint import doubts
from monitor.rules.placed import Scalar, SourceText, Table, Value, from_plain
from monitor.rules.rule import Rule

_SHORT = {"id", "query"}
_DOUBTFUL = regex.compile(r"[*?:]|NOT|(?<![^\s(])-")
_KEY = regex.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*(?=")')


def read_rules(
    source: SourceText, catalogue: Catalogue, channels: Collection[str] | None
) -> tuple[list[RuleDraft], list[Problem]]:
    """One rule a line; empty lines are skipped, a line that is no rule is one problem."""
    drafts: list[RuleDraft] = []
    problems: list[Problem] = []
    start = 0
    for line in source.text.split("\n"):
        if line.strip():
            draft = _read_line(source, line, start, catalogue, channels, problems)
            drafts.append(draft)
        start += len(line) + 1
    return drafts, problems


def _read_line(
    source: SourceText,
    line: str,
    start: int,
    catalogue: Catalogue,
    channels: Collection[str] | None,
    problems: list[Problem],
) -> RuleDraft:
    nothing = RuleDraft(None, None, False, source, start, "")
    try:
        data = json.loads(line)
        if not isinstance(data, dict):
            raise ValueError("not an object")
        if data.keys() == _SHORT and (quick := _short_rule(source, data, start, catalogue)):
            return quick
        table = from_plain(data, start)
    except RecursionError:
        problems.append(source.problem(start, "nested too deep", "write one object a line"))
        return nothing
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg.lower()}"
        hint = 'write one object a line: {"id": "…", "query": "…"}'
        problems.append(source.problem(start + error.pos, message, hint))
        return nothing
    except ValueError as error:
        hint = 'write one object a line: {"id": "…", "query": "…"}'
        problems.append(source.problem(start, f"not a rule: {error}", hint))
        return nothing
    assert isinstance(table, Table)
    before = len(problems)
    draft = read_rule(source, table, catalogue, channels, problems)
    if len(problems) > before:
        # Only now is it worth knowing where each text stands.
        del problems[before:]
        draft = read_rule(source, _placed(table, line, start), catalogue, channels, problems)
    return draft


def _short_rule(
    source: SourceText, data: dict[str, Any], start: int, catalogue: Catalogue
) -> RuleDraft | None:
    """The rule of a plain ``{"id", "query"}``; None where there is anything to say about it."""
    id_, text = data["id"], data["query"]
    if not (isinstance(id_, str) and isinstance(text, str) and RULE_ID_PATTERN.fullmatch(id_)):
        return None
    reading = query.read(text, catalogue.resolve, catalogue.suggest)
    tree = reading.node
    if tree is None or reading.warnings:
        return None
    # Only wildcards, exclusions and fields can be doubted.
    if _DOUBTFUL.search(text) is not None and doubts(tree, catalogue):
        return None
    line, _ = source.place(start)
    rule = Rule(RuleId(id_), tree, file=source.file, line=line, query=text)
    return RuleDraft(id_, rule, False, source, start, json.dumps(data, ensure_ascii=False))


def _placed(table: Table, line: str, start: int) -> Table:
    """The same table with the places of its top-level texts."""
    places = {m[1]: (start + m.start(), start + m.end()) for m in _KEY.finditer(line)}

    def key(scalar: Scalar) -> Scalar:
        at = places.get(scalar.value, (scalar.start, 0))[0]
        return Scalar(scalar.value, at, at + len(scalar.value) + 2)

    def value(name: str, old: Value) -> Value:
        if name in places and isinstance(old, Scalar):
            return Scalar(old.value, places[name][1], plain=old.plain)
        return old

    return Table(tuple((key(k), value(k.value, v)) for k, v in table.entries), table.start)
