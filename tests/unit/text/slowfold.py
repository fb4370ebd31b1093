"""Folding one letter with its marks at a time: what `align` is held against."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

from monitor.text.fold import SPACELESS, spread


def characters(text: str) -> list[tuple[str, int, int]]:
    """Every folded character with the span of the original that it stands for."""
    found: list[tuple[str, int, int]] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and _is_mark(text[end]):
            end += 1
        found += _folded(text[start:end], start)
        start = end
    return found


def _folded(letter: str, start: int) -> list[tuple[str, int, int]]:
    folded = re.sub(f" ([{SPACELESS}]+) ", r"\1", spread(letter))  # scripts without spaces get some
    if len(folded) == len(letter):
        return [(char, start + i, start + i + 1) for i, char in enumerate(folded)]
    return [(char, start, start + len(letter)) for char in folded]


def _is_mark(char: str) -> bool:
    """Whether ``char`` belongs to the letter before it: it composes with one, or is dropped."""
    if char in _seconds():
        return True
    return not spread(char) and (unicodedata.category(char)[0] == "M" or char == "\u0640")


@cache
def _seconds() -> frozenset[str]:
    """The second halves of canonical compositions, half-width sound marks and joining jamo."""
    found = {"\uff9e", "\uff9f", *map(chr, range(0x1161, 0x1176)), *map(chr, range(0x11A8, 0x11C3))}
    for code in range(sys.maxunicode + 1):
        halves = unicodedata.decomposition(chr(code)).split()
        if len(halves) == 2 and not halves[0].startswith("<"):
            second = chr(int(halves[1], 16))
            if unicodedata.normalize("NFC", chr(code)) == chr(code) and code < 0x10000:
                found.add(second)
    return frozenset(found)
