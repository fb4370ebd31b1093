"""Adding a test to a rule where it stands in its file, leaving every other character as it is.

The places come from the same reader that loads the rules; what comes out is read again and has to
be the old rules with one test more, or nothing is changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from monitor.errors import MonitorError
from monitor.rules.placed import Listing, Scalar, SourceText, Table, Value, read_yaml, to_json


class CannotEdit(MonitorError):
    """The file cannot be edited safely; the text says why."""


def add_no_match(source: SourceText, rule: str, sample: Mapping[str, str]) -> str:
    """The text of ``source`` with ``sample`` under the ``no_match`` tests of ``rule``.

    ``sample`` are the keys of a test (text, title, lang…). The same text comes back when the rule
    has this test already. Raises CannotEdit, and Unreadable for a file that is no YAML.
    """
    root = read_yaml(source)
    table = _find(root, rule)
    tests = table.get("tests")
    listed = tests.get("no_match") if isinstance(tests, Table) else None
    if isinstance(listed, Listing) and any(_same(item, sample) for item in listed.items):
        return source.text
    text = _insert(source.text, table, tests, listed, sample)
    _verify(SourceText(source.file, text), root, rule, sample)
    return text


def _find(root: Value | None, rule: str) -> Table:
    rules = root.get("rules") if isinstance(root, Table) else None
    for item in rules.items if isinstance(rules, Listing) else ():
        id = item.get("id") if isinstance(item, Table) else None
        if isinstance(item, Table) and isinstance(id, Scalar) and id.value == rule:
            return item
    raise CannotEdit(f"the file has no rule {rule}")


def _same(item: Value, sample: Mapping[str, str]) -> bool:
    if isinstance(item, Scalar):
        return dict(sample) == {"text": item.value}
    return bool(json.loads(to_json(item)) == dict(sample))


def _insert(
    text: str, rule: Table, tests: Value | None, listed: Value | None, sample: Mapping[str, str]
) -> str:
    if tests is not None and not isinstance(tests, Table):
        raise CannotEdit("its tests are not a mapping")
    if listed is not None and not isinstance(listed, Listing):
        raise CannotEdit("its no_match tests are not a list")
    if listed is not None:
        if _is_flow(text, listed):
            return _into_flow(text, listed, _flow(sample))
        dash = text.rfind("-", 0, listed.items[0].start)
        return _after(text, listed, _block(sample, _column(text, dash)))
    if tests is not None:
        if _is_flow(text, tests):
            return _into_flow(text, tests, f"no_match: [{_flow(sample)}]")
        indent = _column(text, tests.entries[0][0].start)
        return _after(text, tests, f"{' ' * indent}no_match:\n{_block(sample, indent + 2)}")
    if _is_flow(text, rule):
        return _into_flow(text, rule, f"tests: {{no_match: [{_flow(sample)}]}}")
    indent = _column(text, rule.entries[0][0].start)
    key = f"{' ' * indent}tests:\n{' ' * (indent + 2)}no_match:\n"
    return _after(text, rule, key + _block(sample, indent + 4))


def _is_flow(text: str, value: Value) -> bool:
    return value.start >= 0 and text[value.start] in "[{"


def _column(text: str, offset: int) -> int:
    return offset - (text.rfind("\n", 0, offset) + 1)


def _into_flow(text: str, value: Value, addition: str) -> str:
    """Before the closing bracket of a list or mapping in brackets."""
    close = value.end - 1
    inside = text[value.start + 1 : close].rstrip()
    comma = "" if not inside.strip() or inside.endswith(",") else ", "
    at = value.start + 1 + len(inside)
    return f"{text[:at]}{comma}{addition}{text[close:]}"


def _after(text: str, value: Value, lines: str) -> str:
    """On the line after the last word of a block."""
    at = text.find("\n", _end(text, value))
    if at < 0:
        return f"{text}\n{lines}"
    return f"{text[: at + 1]}{lines}{text[at + 1 :]}"


def _end(text: str, value: Value) -> int:
    """Where the last word of a value ends; the parser counts what is blank after it, too."""
    if isinstance(value, Scalar) or _is_flow(text, value):
        if value.end < 0:
            raise CannotEdit("part of the rule stands elsewhere (an alias)")
        return value.start + len(text[value.start : value.end].rstrip())
    if isinstance(value, Table):
        key, last = value.entries[-1]
        return key.end if isinstance(last, Scalar) and last.is_null else _end(text, last)
    return _end(text, value.items[-1])


def _block(sample: Mapping[str, str], indent: int) -> str:
    lines = [f"{key}: {_quoted(value)}" for key, value in sample.items()]
    pad = " " * indent
    return "".join(f"{pad}{'- ' if n == 0 else '  '}{line}\n" for n, line in enumerate(lines))


def _flow(sample: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {_quoted(value)}" for key, value in sample.items()) + "}"


def _quoted(value: str) -> str:
    """A YAML text in double quotes, on one line; what cannot be seen is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"


def _verify(source: SourceText, before: Value | None, rule: str, sample: Mapping[str, str]) -> None:
    """The new text says the same as the old one, and has the test."""
    assert before is not None
    wanted: Any = json.loads(to_json(before))
    for item in wanted["rules"]:
        if item.get("id") == rule:
            tests = item["tests"] = item.get("tests") or {}
            tests["no_match"] = [*(tests.get("no_match") or []), dict(sample)]
            break
    after = read_yaml(source)
    if after is None or json.loads(to_json(after)) != wanted:
        raise CannotEdit("its layout is too unusual to edit; add the test by hand")
