"""The nearest known name to one that is not known: cheap with thousands of names, bounded work."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection

_CUTOFF = 0.6


def nearest(word: str, known: Collection[str], cutoff: float = _CUTOFF) -> str | None:
    """The known name most like ``word``, or None when none is like it (difflib's ratio)."""
    if len(word) > 100:
        return None
    around = len(word) // 2 + 1
    close = [name for name in known if abs(len(name) - len(word)) <= around]
    found = difflib.get_close_matches(word, close, 1, cutoff)
    return found[0] if found else None


class Suggester:
    """`nearest` over one set of names, remembering its answers.

    Gives up after ``budget`` different words: whoever has that many wrong names has a wrong file,
    and the hints would take longer than the reading.
    """

    def __init__(self, known: Callable[[], Collection[str]], budget: int = 100) -> None:
        self._known = known
        self._left = budget
        self._answers: dict[str, str | None] = {}

    def __call__(self, word: str) -> str | None:
        key = word.casefold()
        if key not in self._answers:
            if self._left <= 0:
                return None
            self._left -= 1
            self._answers[key] = nearest(key, self._known())
        return self._answers[key]
