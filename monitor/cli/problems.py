"""A problem as people read it: the place, the line, a caret under the fault, how to mend it."""

from __future__ import annotations

import unicodedata

from monitor.errors import Problem, ProblemLevel

MAX_LINE = 100
"""Columns of a source line that are shown; of a longer one, the part around the fault."""
_INDENT = "    "


def problem_text(problem: Problem) -> str:
    """``file:line:column: message``, then the source line with its caret, then the hint.

    ::

        rules/africa.yaml:14:18: "and" in small letters is not an operator
            query: Niger and Russia
                         ^^^
            write AND, or quote the words if you mean the phrase
    """
    level = "warning: " if problem.level is ProblemLevel.WARNING else ""
    message = _visible(problem.message)
    lines = [f"{_visible(problem.place)}: {level}{message}" if problem.file else level + message]
    if problem.source.strip():
        lines += _underlined(problem)
    if problem.hint:
        lines.append(_INDENT + _visible(problem.hint))
    return "\n".join(lines)


def _underlined(problem: Problem) -> list[str]:
    """The source line without its indentation, at most `MAX_LINE` columns of it, and the caret."""
    line = _visible(problem.source)
    start = len(line) - len(line.lstrip())
    line = line.rstrip()
    at = max(0, problem.column - 1)
    if at < start or problem.column == 0:
        start = min(start, at)
    end = len(line)
    before = after = ""
    if width(line[start:]) > MAX_LINE:
        left = max(start, min(at - MAX_LINE // 3, max(start, end - MAX_LINE)))
        before = "…" if left > start else ""
        start = left
        right = _reach(line, start, MAX_LINE)
        after = "…" if right < end else ""
        end = right
    shown = f"{_INDENT}{before}{line[start:end]}{after}"
    if problem.column == 0:
        return [shown]
    marked = line[at : min(at + problem.width, end)]
    gap = " " * (len(_INDENT) + len(before) + width(line[start:at]))
    return [shown, gap + "^" * max(1, width(marked))]


def _reach(line: str, start: int, room: int) -> int:
    """The end of the longest stretch from ``start`` that fits into ``room`` columns."""
    end = start
    while end < len(line) and room > 0:
        room -= width(line[end])
        end += 1
    return end


def width(text: str) -> int:
    """Columns that a text takes on a terminal: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _visible(text: str) -> str:
    """Without anything that could steer a terminal; a tab is one space, to keep the columns."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _KEPT else _replaced(c) for c in text)


_KEPT = frozenset("\u200c\u200d")
"""Joiners that Persian and Indic words need."""


def _replaced(char: str) -> str:
    return " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"
