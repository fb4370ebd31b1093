"""Folding: one spelling for everything that a reader takes for the same word.

Lives here: the folded form ``" tok tok tok "`` that matching searches in, and the way back to the
original characters. It knows characters only: no words of any language, no rules.

Case, Latin and Greek accents and ё are ignored, й is kept; Arabic vowel signs, tatweel and Hebrew
points are dropped, alef, ya and ta marbuta forms unified; marks of Thai, Indic scripts and kana
are kept, because without them the words are others.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache

SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a1-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Character class of the scripts that write no spaces: Thai, Lao, Burmese, Khmer, kana, Han."""

_SPACELESS_RUN = re.compile(f"[{SPACELESS}]+")
_NON_ASCII_RUN = re.compile("[^\x00-\x7f]+")

# Second halves of canonical compositions (Unicode's composition table) plus the half-width kana
# sound marks. Four at most: normalising a hostile run of thousands is quadratic.
_JOINING = (
    "\u0300-\u0345\u0653-\u0655\u093c\u09bc\u09be\u09d7\u0b3c\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0c56"
    "\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dca\u0dcf\u0ddf\u102e\u1161-\u1175\u11a8-\u11c2"
    "\u3099\u309a\uff9e\uff9f"
)
_CLUSTER = re.compile(f"[^{_JOINING}\x00-\x40][{_JOINING}]{{1,4}}")
_JOINS = re.compile(f"[{_JOINING}]")

_SPELT_OUT = {
    "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d",
    "ħ": "h", "ŧ": "t", "ɗ": "d", "ɓ": "b", "ƙ": "k", "ƴ": "y", "ё": "е",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ۃ": "ه",
    "ہ": "ه", "ک": "ك", "™": " ", "℠": " ",
}  # fmt: skip
# Letters by their Unicode category that readers take for apostrophes (Nʼdjamena, Qurʾan).
_APOSTROPHES = frozenset("ʹʺʻʼʽʾʿˈˊˋ՚ꞌ＇")
# A break even without a space after it: one separator alone is never a break (see `spread`).
_FULL_STOPS = frozenset("。！？｡．؟۔।॥‼⁇⁈⁉…\u2028\u2029\x85")
_DROPPED = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef"
)
_DROPPED_MARKS = re.compile(f"[{_DROPPED}]")


@dataclass(frozen=True, slots=True)
class Alignment:
    """The folded characters of a text, and where each comes from in the original.

    Both are cut into the same stretches; stretch ``i`` begins at ``folded_starts[i]`` and at
    ``starts[i]``, and the last entries are the two lengths. In a stretch as long in both, character
    stands for character; in any other, each stands for all of the original's (``ß`` for ``ss``).
    """

    text: str
    """Folded, but for its spaces: as many as there were separators, none around scripts without."""
    folded_starts: tuple[int, ...]
    starts: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original span of the folded characters ``start`` to ``end`` (not empty)."""
        if len(self.starts) == 2 and self._is_even(0):
            return start, end
        first = bisect_right(self.folded_starts, start) - 1
        last = bisect_right(self.folded_starts, end - 1) - 1
        from_ = self.starts[first]
        to = self.starts[last + 1]
        if self._is_even(first):
            from_ += start - self.folded_starts[first]
        if self._is_even(last):
            to += end - self.folded_starts[last + 1]
        return from_, to

    def folded(self, offset: int) -> int:
        """The first folded character that comes from ``offset`` in the original, or from later."""
        stretch = bisect_right(self.starts, offset) - 1
        into = offset - self.starts[stretch]
        if into == 0 or self._is_even(stretch):
            return self.folded_starts[stretch] + into
        return self.folded_starts[stretch + 1]

    def _is_even(self, stretch: int) -> bool:
        folded = self.folded_starts[stretch + 1] - self.folded_starts[stretch]
        return folded == self.starts[stretch + 1] - self.starts[stretch]


def fold(text: str) -> str:
    """The words of ``text``, folded, one space between and one at each end (``" "`` if none)."""
    words = spread(text).split()
    return f" {' '.join(words)} " if words else " "


def spread(text: str) -> str:
    """The folded characters before runs of separators shrink to one space.

    Every separator gives at least one space, a full stop of a script that needs no space after it
    two: words with a single space between them stand in one sentence and one paragraph.
    """
    folded = _characters(text)
    return folded if folded.isascii() else _SPACELESS_RUN.sub(r" \g<0> ", folded)


def _characters(text: str) -> str:
    """The folded characters one after the other."""
    if text.isascii():
        return text.translate(_ASCII)
    if len(text.encode("utf-8", "surrogatepass")) < len(text) * 1.2:
        latin = _NON_ASCII_RUN.sub(_fold_run, text)
        if latin.isascii():
            return latin.translate(_ASCII)
    return _compose(text).translate(_TABLE)


def align(text: str) -> Alignment:
    """`spread` with the way back to the original, for texts in which something was found."""
    folded_starts, starts = [0], [0]
    position = 0
    was_even = True
    for piece in () if text.isascii() else _pieces().finditer(text):
        start, end = piece.span()
        length = end - start
        is_even = piece.lastgroup == "even"
        if not is_even:
            folded = len(_compose(piece[0]).translate(_TABLE))
            is_even, length = folded == length, folded
        if start and not (is_even and was_even):
            folded_starts.append(position)
            starts.append(start)
        position += length
        was_even = is_even
    characters = _characters(text)
    folded_starts.append(len(characters))
    starts.append(len(text))
    return Alignment(characters, tuple(folded_starts), tuple(starts))


def _compose(text: str) -> str:
    """``text`` with letters and their following marks composed: и + breve is й."""
    if _JOINS.search(text) is None:
        return text
    return _CLUSTER.sub(lambda m: _normal(m.group()), text)


@lru_cache(maxsize=4096)
def _normal(cluster: str) -> str:
    return unicodedata.normalize("NFKC", cluster)


def _fold_run(match: re.Match[str]) -> str:
    """A run without its neighbours: of marks on an ASCII letter none changes what it folds to."""
    return _compose(match.group()).translate(_TABLE)


class _Table(dict[int, str]):
    """The folded form of every code point, worked out when first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


def _fold_char(char: str) -> str:
    if char in _FULL_STOPS:
        return "  "
    if char in _SPELT_OUT:
        return _SPELT_OUT[char]
    normal = unicodedata.normalize("NFKC", char).casefold()
    return "".join(_fold_normal(c) for c in unicodedata.normalize("NFKC", normal))


def _fold_normal(char: str) -> str:
    """The folded form of one character that is NFKC and case folded already."""
    if char in _SPELT_OUT:
        return _SPELT_OUT[char]
    if _DROPPED_MARKS.match(char):
        return ""
    category = unicodedata.category(char)
    if category == "Cf":
        return ""
    if char in _APOSTROPHES or category[0] not in "LMN":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    base = unicodedata.normalize("NFD", char)[0]
    if base != char and unicodedata.name(base, "").startswith(("LATIN", "GREEK")):
        return _SPELT_OUT.get(base, base)
    return char


_TABLE = _Table()
_ASCII = "".join(chr(i).lower() if chr(i).isalnum() else " " for i in range(128))


# Blocks that the watch languages are written in; others are looked at character by character.
_BLOCKS = ((0x80, 0x700), (0x900, 0x1200), (0x1780, 0x1800), (0x1E00, 0x2070), (0x3001, 0x3100))


@cache
def _pieces() -> re.Pattern[str]:
    """Cuts a text into stretches of which each character folds to one, and what does not.

    A letter with marks is one piece with them, whether they are kept or dropped.
    """
    marks = _JOINING + _DROPPED
    is_mark = re.compile(f"[{marks}]").match
    singly = "".join(
        char
        for first, last in _BLOCKS
        for char in map(chr, range(first, last))
        if len(_fold_char(char)) == 1 and not is_mark(char)
    )
    even = f"[\x00-\x7f{singly}\u4e00-\u9fff\uac00-\ud7a3]+"
    return re.compile(f"(?P<even>{even}(?![{marks}]))|.[{marks}]*", re.DOTALL)
