"""How commands speak: results on standard output, everything else on standard error.

``--json`` prints one array (or object) and nothing else. Text from feeds and files is never read as
Rich markup here: pass it as it is.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli.problems import problem_text
from monitor.errors import Problem

if TYPE_CHECKING:
    from rich.console import Console


def stdout() -> Console:
    """For results. Made anew: tests and pipes replace the stream."""
    from rich.console import Console

    return Console(file=sys.stdout, markup=False, highlight=False, soft_wrap=True)


def stderr() -> Console:
    """For everything else."""
    from rich.console import Console

    return Console(file=sys.stderr, markup=False, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A line for people, on standard error."""
    typer.echo(message, err=True)


@contextmanager
def busy(message: str) -> Iterator[None]:
    """Shows that something goes on, on a terminal; never around a fork, as a thread draws it."""
    console = stderr()
    if not console.is_terminal:
        yield
        return
    with console.status(message):
        yield


def say_all(messages: Sequence[str], *, most: int = 20) -> None:
    """Many lines of one kind, on standard error: the first of them, and how many more."""
    for message in messages[:most]:
        say(message)
    if len(messages) > most:
        say(f"… and {len(messages) - most} more")


def lines(texts: Iterable[str]) -> None:
    """Lines of a result, on standard output."""
    for text in texts:
        typer.echo(text)


def wrapped(text: str, *, indent: int) -> list[str]:
    """``text`` in lines that fit the terminal beside ``indent`` columns; whole in a pipe."""
    from rich.text import Text

    console = stdout()
    if not console.is_terminal:
        return [text]
    room = max(20, console.width - indent)
    return [line.plain.rstrip() for line in Text(text).wrap(console, room)]


def row(label: str, text: str, *, width: int) -> Iterator[str]:
    """Lines of ``text`` beside a label, broken to fit the terminal."""
    first = f"  {label:<{width}}"
    for line in wrapped(text, indent=len(first)):
        yield f"{first}{line}"
        first = " " * len(first)


def error(message: str) -> None:
    """What went wrong, on standard error."""
    typer.echo(typer.style("error: ", fg="red", bold=True) + message, err=True)


def print_json(value: object) -> None:
    """One JSON document: times as RFC 3339 in UTC, durations in seconds, enums by value."""
    typer.echo(json.dumps(value, default=_plain, ensure_ascii=False))


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, datetime):
        text = value.isoformat()
        return text.replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "") -> None:
    """Rows under headings on standard output; ``empty`` on standard error when there are none.

    On a terminal it fits the width; in a pipe nothing is cut or wrapped.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    listed = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not listed:
        if empty:
            say(empty)
        return
    console = stdout()
    cut = console.is_terminal
    shown = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        shown.add_column(Text(column), overflow="fold", no_wrap=not cut)
    for row in listed:
        shown.add_row(*(Text(_safe(cell)) for cell in row))
    if not cut:
        console = Console(file=sys.stdout, width=_WIDEST, highlight=False)
    console.print(shown, soft_wrap=False)


_WIDEST = 1_000_000
"""Columns of a table in a pipe: no limit, in effect."""


def _safe(text: str) -> str:
    """No control characters from feeds on the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def problems(found: Iterable[Problem], *, err: bool = True) -> None:
    """Every fault with its place, line and hint; on standard error unless they are the result."""

    for problem in found:
        typer.echo(problem_text(problem), err=err)
