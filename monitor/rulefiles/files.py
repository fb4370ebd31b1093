"""Rule files on disk: which there are, and their text and value, or why there is none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import Problem, ProblemLevel
from monitor.rules import build
from monitor.rules.placed import Scalar, SourceText, Table, Unreadable, read_yaml
from monitor.rules.salvage import salvage

MAX_YAML = 2_000_000
"""Bytes of one YAML file; some 5,000 rules, and ten seconds of reading."""
MAX_JSONL = 100_000_000
"""Bytes of one JSON Lines file."""
SUFFIXES = (".yaml", ".yml", ".jsonl")


@dataclass(slots=True)
class File:
    """One file. ``name`` is as shown, ``key`` as remembered; ``failed``: it has errors."""

    path: Path
    name: str
    key: str
    failed: bool = False
    source: SourceText | None = None
    root: Table | None = None
    lines: bool = False
    lost: tuple[tuple[str, Scalar], ...] = ()
    """Section and id of the pieces that could not be read."""


def rule_files(path: Path) -> list[Path]:
    """The rule and entity files of a directory, hidden ones left out, in order of name."""
    if not path.is_dir():
        return [path]
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        found += [Path(folder, n) for n in names if n.endswith(SUFFIXES) and not n.startswith(".")]
    return sorted(found)


def read_file(file: File, problems: list[Problem]) -> None:
    """Fills in the file's text and value, or says why it cannot be read."""
    try:
        file.lines = file.path.suffix == ".jsonl"
        text = _text(file, MAX_JSONL if file.lines else MAX_YAML)
        file.source = SourceText(file.name, text)
        if file.lines:
            return
        root = read_yaml(file.source)
        if root is None:
            problems.append(_empty(file, text))
            file.failed = not text.strip()
            return
        table, found = build.check_file(file.source, root)
        file.root = table
    except Unreadable as error:
        found = [error.problem]
        if file.source is not None and (left := salvage(file.source)) is not None:
            table, more = build.check_file(file.source, left.root)
            file.root, file.lost = table, left.lost
            found = [*left.problems, *more]
    file.failed |= bool(found)
    problems += found


def _empty(file: File, text: str) -> Problem:
    """An emptied file may be half of a save; one with nothing but comments is meant."""
    if not text.strip():
        hint = "write rules: [] if it shall hold none, or remove the file"
        return Problem(file.name, 1, 1, "the file is empty", hint)
    level = ProblemLevel.WARNING
    return Problem(file.name, 1, 1, "the file holds nothing but comments", level=level)


def _text(file: File, limit: int) -> str:
    """The file as text with plain line ends. Raises Unreadable."""
    try:
        with file.path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        problem = Problem(file.name, 0, 0, f"cannot be read: {reason}")
        raise Unreadable(problem) from error
    if len(data) > limit:
        hint = "split it into several files"
        problem = Problem(file.name, 0, 0, f"the file is larger than {limit:,} bytes", hint)
        raise Unreadable(problem)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        message = f"not UTF-8: the byte 0x{data[error.start]:02X}"
        problem = Problem(file.name, line, column, message, "save the file as UTF-8")
        raise Unreadable(problem) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shown(path: Path) -> str:
    """The path as people know it: relative to here when it lies below."""
    try:
        return os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)
    except OSError:
        return str(path)
