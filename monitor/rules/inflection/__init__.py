"""Word by word inflection, one module per language family.

`monitor.rules.inflect` puts the words of a name together. Every function here takes one word as
listed and gives ``(form, note)`` pairs without the word itself. They over-generate where a rule
cannot know better: a form that no text holds costs a few bytes, a missing one costs an alert. What
they never do is change the stem, because Нигер and Нигерия or nigérien and nigérian differ by less.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Forms: TypeAlias = list[tuple[str, str]]
"""(form, note in plain English) pairs."""


def with_endings(stem: str, endings: Iterable[tuple[str, str]]) -> Forms:
    """``stem`` with each ending: ``[("s", "plural")]``."""
    return [(stem + ending, note) for ending, note in endings]


def proper(word: str) -> bool:
    """Whether a word is written as a name (its first letter is a capital)."""
    return word[:1].isupper()


def acronym(word: str) -> bool:
    """Whether a word is all capitals (``RDC``, ``США``): such take no endings."""
    letters = [c for c in word if c.isalpha()]
    return len(letters) > 1 and all(c.isupper() for c in letters)
