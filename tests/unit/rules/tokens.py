"""Words with their places, counted off plainly: what the matcher is held against."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.text.fold import SPACELESS, align

_TOKEN = re.compile(f"[{SPACELESS}]|[^ {SPACELESS}]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: ``text`` is folded, ``original[start:end]`` is as written.

    In scripts without spaces every character is a token.
    """

    start: int
    end: int
    text: str


def words(text: str) -> list[Token]:
    """The words of ``text`` in order."""
    aligned = align(text)
    return [Token(*aligned.original(*m.span()), m.group()) for m in _TOKEN.finditer(aligned.text)]
