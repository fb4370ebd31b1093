"""YAML and JSON as values that know where they stand in their file.

Reads the parser's events itself instead of letting it build objects: every scalar keeps its place,
`[en, no]` stays two words, and depth and size are bounded whatever the file holds. What the
values mean is decided in `build`, never here.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from monitor.errors import MonitorError, Problem
from monitor.rules.yamlfaults import explain

MAX_DEPTH = 20
"""Levels of nesting in a file; a rule needs six."""
MAX_VALUES = 500_000
"""Values in a file with its aliases written out; more is an alias bomb or no rule file."""


_ENDLESS = re.compile(r"(\S{100})\S{150,}")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word or text. ``start`` and ``end`` are offsets in the file, -1 where it has none."""

    value: str
    start: int = -1
    end: int = -1
    plain: bool = False
    """Written without quotes, so that ``true``, ``3`` and ``~`` may be more than text."""

    @property
    def is_null(self) -> bool:
        return self.plain and self.value in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence."""

    items: tuple[Value, ...]
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the order written; ``repeated`` are the keys that stood there already."""

    entries: tuple[tuple[Scalar, Value], ...]
    start: int = -1
    end: int = -1
    repeated: tuple[Scalar, ...] = ()

    def get(self, key: str) -> Value | None:
        """The value under ``key``; None where it is absent or null."""
        for name, value in self.entries:
            if name.value == key:
                return None if isinstance(value, Scalar) and value.is_null else value
        return None

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its place."""
        return next((name for name, _ in self.entries if name.value == key), None)


Value: TypeAlias = Scalar | Listing | Table


class Unreadable(MonitorError):
    """A file that cannot be read at all; ``problem`` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class SourceText:
    """A file's name and text, and the way from offsets to lines and columns."""

    file: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, 1-based, in characters; (0, 0) for a value without one."""
        if offset < 0:
            return 0, 0
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """A line as written, without its end; "" for line 0."""
        if not 0 < number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)]

    def problem(self, offset: int, message: str, hint: str = "", width: int = 1) -> Problem:
        """A problem at an offset of this file; the width ends with the line.

        Words that no screen could show are cut in message and hint.
        """
        line, column = self.place(offset)
        source = self.line(line)
        width = max(1, min(width, len(source) - column + 1))
        return Problem(self.file, line, column, _cut(message), _cut(hint), source, width)


def _cut(text: str) -> str:
    return _ENDLESS.sub(lambda found: found[1] + "…", text)


def read_yaml(source: SourceText) -> Value | None:
    """The one value of a YAML file; None for a file with nothing but comments.

    Raises Unreadable: not YAML, several documents, nested too deep, too many values.
    """
    return Reader(source).read(0, len(source.text))


class Reader:
    """Reads a file, or one piece of it after the other; they share anchors and a bound."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._anchors: dict[str, tuple[Value, int]] = {}
        self._size = 0

    def read(self, start: int, end: int) -> Value | None:
        """The value written from ``start`` to ``end``. Raises Unreadable."""
        source, text = self._source, self._source.text[start:end]
        composer = _Composer(source, start, self._anchors, self._size)
        try:
            value = composer.run(YAML(typ="safe", pure=True).parse(text))
        except ReaderError as error:
            at = error.position if isinstance(error.position, int) else 0
            message = f"the character U+{ord(text[at]):04X} is not allowed in YAML"
            raise Unreadable(source.problem(start + at, message, "remove it")) from error
        except MarkedYAMLError as error:
            at, message, hint = explain(error, text)
            raise Unreadable(source.problem(start + at, message, hint)) from error
        except (YAMLError, ValueError, OverflowError) as error:
            message = f"not readable as YAML: {(str(error).splitlines() or [''])[0]}"
            raise Unreadable(source.problem(start, message)) from error
        self._size = composer.size
        return value


@dataclass(slots=True)
class _Open:
    """A collection being read. ``size`` counts its values with every alias written out."""

    mapping: bool
    start: int
    anchor: str | None
    children: list[Value]
    size: int = 1


class _Composer:
    """Events to values, without recursion."""

    def __init__(
        self, source: SourceText, base: int, anchors: dict[str, tuple[Value, int]], size: int
    ) -> None:
        self.source = source
        self.base = base
        """Where in the file the text begins."""
        self.stack: list[_Open] = []
        self.anchors = anchors
        self.size = size
        """Values in the file so far, with its aliases written out."""
        self.root: Value | None = None
        self.documents = 0

    def run(self, events: Iterator[Any]) -> Value | None:
        for event in events:
            match event:
                case ScalarEvent():
                    plain = event.style in (None, "")
                    start, end = self.at(event.start_mark), self.at(event.end_mark)
                    self.add(Scalar(event.value, start, end, plain), 1, event.anchor)
                case SequenceStartEvent() | MappingStartEvent():
                    self.open(event)
                case SequenceEndEvent() | MappingEndEvent():
                    self.close(self.at(event.end_mark))
                case AliasEvent():
                    self.alias(event)
                case DocumentStartEvent():
                    self.begin(self.at(event.start_mark))
                case DocumentEndEvent():
                    pass
        root = self.root
        return None if isinstance(root, Scalar) and root.is_null else root

    def at(self, mark: Any) -> int:
        """The offset of a mark in the file."""
        return self.base + int(mark.index)

    def begin(self, at: int) -> None:
        self.documents += 1
        if self.documents > 1:
            hint = "one file holds one document: remove the --- or use two files"
            self.fail(at, "a second document begins here", hint)

    def fail(self, at: int, message: str, hint: str) -> None:
        raise Unreadable(self.source.problem(at, message, hint))

    def open(self, event: Any) -> None:
        at = self.at(event.start_mark)
        if len(self.stack) >= MAX_DEPTH:
            hint = "no rule needs that: look for a bracket too many"
            self.fail(at, f"nested more than {MAX_DEPTH} levels deep", hint)
        mapping = isinstance(event, MappingStartEvent)
        self.stack.append(_Open(mapping, at, event.anchor, []))

    def alias(self, event: Any) -> None:
        at = self.at(event.start_mark)
        if event.anchor not in self.anchors:
            hint = f"no &{event.anchor} stands before it; quote a text that begins with *"
            if event.anchor == ":":
                self.fail(at, "a bare * cannot be a key", 'write "*" for every language')
            self.fail(at, f"*{event.anchor} repeats nothing", hint)
        value, size = self.anchors[event.anchor]
        self.add(value, size, None, at)

    def add(self, value: Value, size: int, anchor: str | None, at: int | None = None) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, size)
        if not self.stack:
            self.root = value
            self.size += size
            return
        into = self.stack[-1]
        into.children.append(value)
        into.size += size
        if self.size + into.size > MAX_VALUES:
            self.fail(
                value.start if at is None else at,
                f"more than {MAX_VALUES:,} values with the aliases written out",
                "split the file, and let no alias repeat another",
            )

    def close(self, end: int) -> None:
        done = self.stack.pop()
        value: Value
        if done.mapping:
            value = self.table(done, end)
        else:
            value = Listing(tuple(done.children), done.start, end)
        self.add(value, done.size, done.anchor)

    def table(self, done: _Open, end: int) -> Table:
        entries: list[tuple[Scalar, Value]] = []
        repeated: list[Scalar] = []
        merged: list[Table] = []
        seen: set[str] = set()
        pairs = iter(done.children)
        for key, value in zip(pairs, pairs, strict=True):
            if not isinstance(key, Scalar):
                hint = "a key is a word; quote it if it begins with [ or {"
                self.fail(key.start, "a list or mapping cannot be a key", hint)
            elif key.value == "<<" and key.plain:
                several = value.items if isinstance(value, Listing) else (value,)
                merged.extend(v for v in several if isinstance(v, Table))
            elif key.value in seen:
                repeated.append(key)
            else:
                seen.add(key.value)
                entries.append((key, value))
        for key, value in (entry for other in merged for entry in other.entries):
            if key.value not in seen:
                seen.add(key.value)
                entries.append((key, value))
        return Table(tuple(entries), done.start, end, tuple(repeated))


# --- values without places --------------------------------------------------------------------


def to_json(value: Value) -> str:
    """A value as JSON, to be remembered; `from_json` reads it back."""
    return json.dumps(_plain(value), ensure_ascii=False)


def from_json(text: str) -> Value:
    """What `to_json` wrote, without places. Raises ValueError on anything else."""
    return from_plain(json.loads(text))


def _plain(value: Value) -> Any:
    if isinstance(value, Listing):
        return [_plain(v) for v in value.items]
    if isinstance(value, Table):
        return {k.value: _plain(v) for k, v in value.entries}
    if value.is_null:
        return None
    if value.plain and value.value.lower() in ("true", "false"):
        return value.value.lower() == "true"
    if value.plain and value.value.isascii() and value.value.isdecimal() and len(value.value) < 10:
        number = int(value.value)
        return number if str(number) == value.value else value.value
    return value.value


def from_plain(data: Any, start: int = -1, depth: int = 0) -> Value:
    """Python's strings, numbers, lists and dicts as values, all standing at ``start``.

    Raises ValueError: nested too deep, or another type.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    match data:
        case str():
            return Scalar(data, start)
        case None:
            return Scalar("", start, plain=True)
        case bool():
            return Scalar("true" if data else "false", start, plain=True)
        case int() | float():
            return Scalar(str(data), start, plain=True)
        case list():
            return Listing(tuple(from_plain(d, start, depth + 1) for d in data), start)
        case dict():
            pairs = data.items()
            entries = ((Scalar(str(k), start), from_plain(v, start, depth + 1)) for k, v in pairs)
            return Table(tuple(entries), start)
    raise ValueError(f"not a plain value: {type(data).__name__}")
