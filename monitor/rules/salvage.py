"""A YAML file that cannot be read whole, read rule by rule and entity by entity.

One missing quote would otherwise take every rule of its file along. The file is cut at its
top-level keys and, below `rules:` and `entities:` written as blocks, at each of their items; every
piece is read by itself, so that only the pieces with a fault are lost, and each tells its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import regex

from monitor.errors import Problem
from monitor.rules.placed import Listing, Reader, Scalar, SourceText, Table, Unreadable, Value

_KEY = regex.compile(r"""(?m)^(?P<key>[A-Za-z_]+|"[^"\n]*"|'[^'\n]*')[ \t]*:(?=[ \t\n]|$)""")
_BLOCK = regex.compile(r"[^\n:]*:[ \t]*(?:#[^\n]*)?\n")
_ITEM = regex.compile(r"(?m)^(?P<indent> *)-(?=[ \n])")
_ENTRY = regex.compile(
    r"""(?m)^(?P<indent> +)(?P<key>[^\s#"'\-][^\s:]*|"[^"\n]*"|'[^'\n]*')[ \t]*:"""
)
_ID = regex.compile(
    r"""(?m)^[ \-]*["']?id["']?[ \t]*:[ \t]*["']?([^\s"'#,}]+)|\{[ \t]*id:[ \t]*([^\s,}]+)"""
)
_DOCUMENT = regex.compile(r"(?m)^(?:---|\.\.\.|%)")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What could be read, with the faults of the rest.

    ``lost`` are the section, the id as far as it can be guessed, and the place of every piece
    that could not be read.
    """

    root: Table
    problems: tuple[Problem, ...]
    lost: tuple[tuple[str, Scalar], ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a file: one item of ``section``, or a whole top-level key."""

    section: str
    start: int
    end: int
    id: str = ""


def salvage(source: SourceText) -> Salvaged | None:
    """The readable pieces of a file; None where it does not fall into pieces."""
    if _DOCUMENT.search(source.text) is not None:
        return None
    pieces = list(_pieces(source.text))
    if not pieces:
        return None
    reader = Reader(source)
    found: dict[str, list[Value]] = {"rules": [], "entities": []}
    rest: list[tuple[Scalar, Value]] = []
    problems: list[Problem] = []
    lost: list[tuple[str, Scalar]] = []
    for piece in pieces:
        try:
            value = reader.read(piece.start, piece.end)
        except Unreadable as error:
            problems.append(replace(error.problem, rule=piece.id or None))
            lost.append((piece.section, Scalar(piece.id, piece.start)))
            continue
        if piece.section and value is not None:
            found[piece.section].append(value)
        elif isinstance(value, Table):
            rest += value.entries
    if not problems:
        return None  # the pieces are no fault, so the whole is: leave it at that
    root = Table((*_sections(found), *rest))
    return Salvaged(root, tuple(problems), tuple(lost))


def _sections(found: dict[str, list[Value]]) -> Iterator[tuple[Scalar, Value]]:
    """``rules`` and ``entities`` put together again."""
    rules = [item for v in found["rules"] if isinstance(v, Listing) for item in v.items]
    if rules:
        yield Scalar("rules"), Listing(tuple(rules))
    entries: dict[str, tuple[Scalar, Value]] = {}
    repeated = []
    for table in found["entities"]:
        for key, value in table.entries if isinstance(table, Table) else ():
            if key.value in entries:
                repeated.append(key)
            else:
                entries[key.value] = key, value
    if entries:
        yield Scalar("entities"), Table(tuple(entries.values()), repeated=tuple(repeated))


def _pieces(text: str) -> Iterator[_Piece]:
    keys = list(_KEY.finditer(text))
    ends = [*(key.start() for key in keys[1:]), len(text)]
    for key, end in zip(keys, ends, strict=False):
        start = key.start()
        name = key["key"].strip("\"'")
        begin = _BLOCK.match(text, start, end)
        items = list(_items(name, text, begin.end(), end)) if begin is not None else []
        if items:
            yield from items
        else:
            yield _Piece("", start, end)


def _items(name: str, text: str, start: int, end: int) -> Iterator[_Piece]:
    """The items of ``rules:`` or ``entities:``; they begin in the column of the first."""
    pattern = {"rules": _ITEM, "entities": _ENTRY}.get(name)
    first = None if pattern is None else pattern.search(text, start, end)
    if pattern is None or first is None:
        return
    begins = [m for m in pattern.finditer(text, start, end) if m["indent"] == first["indent"]]
    for here, after in zip(begins, [*begins[1:], None], strict=True):
        stop = end if after is None else after.start()
        if name == "entities":
            id_ = here["key"].strip("\"'")
        else:
            told = _ID.search(text, here.start(), stop)
            id_ = (told[1] or told[2]) if told is not None else ""
        yield _Piece(name, here.start(), stop, id_)
