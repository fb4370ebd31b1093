"""Where each key of a TOML text stands: tomllib reads values and forgets places.

``locate`` walks a text that tomllib has accepted already, so it need not judge it; it knows tables,
arrays of tables, dotted and quoted keys, inline tables, arrays and all four kinds of string. Lines
and columns are 1-based and count characters. Pure: text in, places out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

KeyPath: TypeAlias = tuple[str | int, ...]
"""From the top of the file: keys, and positions in arrays."""


@dataclass(frozen=True, slots=True)
class Place:
    """A key and its value; ``value_at`` and ``value_end`` are offsets into the text."""

    line: int
    column: int
    width: int
    value_line: int
    value_column: int
    value_width: int
    value_at: int
    value_end: int


_BLANK: Final = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL: Final = re.compile(r"'[^'\n]*'")
_LONG_BASIC: Final = re.compile(r'"""(?:[^\\]|\\.)*?"""("{0,2})', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''.*?'''('{0,2})", re.DOTALL)
_SCALAR: Final = re.compile(r"[^,\]}#\n]+")


def locate(text: str) -> Mapping[KeyPath, Place]:
    """The place of every key, table and array item of ``text`` (line ends as ``\\n``)."""
    return _Walk(text).run()


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._places: dict[KeyPath, Place] = {}
        self._counts: dict[KeyPath, int] = {}
        self._lines = [0, *(m.end() for m in re.finditer("\n", text))]

    def run(self) -> Mapping[KeyPath, Place]:
        table: KeyPath = ()
        self._skip()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip()
        return self._places

    def _skip(self) -> None:
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at

    def _header(self) -> KeyPath:
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        start = self._at
        path: KeyPath = ()
        for key, key_start, key_end in self._keys():
            path = (*path, key)
            self._put(path, key_start, key_end, key_start, key_end, again=False)
            path = self._inside(path)
        # [[a.b]]: the last key is an array, and this the next of its items.
        if many:
            array = path[:-1] if isinstance(path[-1], int) else path
            count = self._counts.get(array, 0)
            self._counts[array] = count + 1
            self._put(array, start, self._at, start, self._at, again=False)
            path = (*array, count)
        elif isinstance(path[-1], int):
            path = path[:-1]  # [a] cannot name an array: tomllib has refused it
        self._put(path, start, self._at, start, self._at)
        self._at += 2 if many else 1
        return path

    def _inside(self, path: KeyPath) -> KeyPath:
        """A key that names an array of tables means its last item."""
        count = self._counts.get(path)
        return path if count is None else (*path, count - 1)

    def _keys(self) -> Iterator[tuple[str, int, int]]:
        """A dotted key from here on: each part with its offsets."""
        while True:
            self._spaces()
            start = self._at
            found = next(
                m for p in (_BARE, _BASIC, _LITERAL) if (m := p.match(self._text, self._at))
            )
            self._at = found.end()
            raw = found.group()
            yield (_unquoted(raw), start, self._at)
            self._spaces()
            if self._text[self._at] != ".":
                return
            self._at += 1

    def _spaces(self) -> None:
        while self._text[self._at] in " \t":
            self._at += 1

    def _pair(self, table: KeyPath) -> None:
        keys = list(self._keys())
        self._at += 1  # the equals sign
        self._spaces()
        value_at = self._at
        path = (*table, *(k for k, _, _ in keys))
        self._value(path)
        for n, (_, start, end) in enumerate(keys, 1):
            last = n == len(keys)
            part = (*table, *(k for k, _, _ in keys[:n]))
            self._put(part, start, end, value_at, self._at, again=last)

    def _value(self, path: KeyPath) -> None:
        text, start = self._text, self._at
        if text.startswith(('"""', "'''"), start):
            pattern = _LONG_BASIC if text[start] == '"' else _LONG_LITERAL
            self._at = _end(pattern, text, start)
        elif text[start] in "\"'":
            self._at = _end(_BASIC if text[start] == '"' else _LITERAL, text, start)
        elif text[start] == "[":
            self._items(path)
        elif text[start] == "{":
            self._inline(path)
        else:
            scalar = _SCALAR.match(text, start)
            self._at = start + len(scalar.group().rstrip()) if scalar else start + 1

    def _items(self, path: KeyPath) -> None:
        self._at += 1
        number = 0
        while True:
            self._skip()
            if self._text[self._at] == "]":
                self._at += 1
                return
            start = self._at
            self._value((*path, number))
            self._put((*path, number), start, self._at, start, self._at)
            number += 1
            self._skip()
            if self._text[self._at] == ",":
                self._at += 1

    def _inline(self, path: KeyPath) -> None:
        self._at += 1
        while True:
            self._skip()
            if self._text[self._at] == "}":
                self._at += 1
                return
            self._pair(path)
            self._skip()
            if self._text[self._at] == ",":
                self._at += 1

    def _put(
        self, path: KeyPath, start: int, end: int, value_at: int, value_end: int, again: bool = True
    ) -> None:
        if not again and path in self._places:
            return
        line, column = self._position(start)
        value_line, value_column = self._position(value_at)
        self._places[path] = Place(
            line=line,
            column=column,
            width=max(1, len(self._text[start:end].partition("\n")[0].rstrip())),
            value_line=value_line,
            value_column=value_column,
            value_width=max(1, len(self._text[value_at:value_end].partition("\n")[0])),
            value_at=value_at,
            value_end=value_end,
        )

    def _position(self, offset: int) -> tuple[int, int]:
        low, high = 0, len(self._lines)
        while high - low > 1:
            middle = (low + high) // 2
            if self._lines[middle] <= offset:
                low = middle
            else:
                high = middle
        return low + 1, offset - self._lines[low] + 1


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start + 1


def _unquoted(raw: str) -> str:
    if raw[0] == '"':
        value = tomllib.loads(f"k = {raw}")["k"]
        return str(value)
    return raw[1:-1] if raw[0] == "'" else raw
