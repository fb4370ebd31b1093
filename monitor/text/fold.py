"""Folding: one spelling for everything that a reader takes for the same word.

Lives here: the folded form ``" tok tok tok "`` that matching searches in, and the map from it back
to the original characters. It knows characters only: no words of any language, no rules.

Case, Latin and Greek accents and ё are ignored, й is kept; Arabic vowel signs, tatweel and Hebrew
points are dropped, alef, ya and ta marbuta forms unified; marks of Thai, Indic scripts and kana
are kept, because without them the words are others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

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
_DROPPED_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text and, for each of its characters, where it comes from in the original.

    ``text[i]`` stands for ``original[starts[i]:ends[i]]``; for the spaces that is what separates
    the words (nothing at the very ends, or between scripts).
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of the folded characters ``start`` to ``end`` (not empty)."""
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> str:
    """The words of ``text``, folded, one space between and one at each end (``" "`` if none)."""
    words = spread(text).split()
    return f" {' '.join(words)} " if words else " "


def spread(text: str) -> str:
    """The folded characters before runs of separators shrink to one space.

    Every separator gives at least one space, a full stop of a script that needs no space after it
    two: words with a single space between them stand in one sentence and one paragraph.
    """
    if text.isascii():
        return text.translate(_ASCII)
    text = _compose(text)
    if len(text.encode("utf-8", "surrogatepass")) < len(text) * 1.2:
        latin = _NON_ASCII_RUN.sub(_fold_run, text)
        if latin.isascii():
            return latin.translate(_ASCII)
    folded = text.translate(_TABLE)
    return _SPACELESS_RUN.sub(r" \g<0> ", folded)


def fold_map(text: str) -> Folded:
    """`fold` with the way back to the original. Slower: for texts that have matched."""
    out, starts, ends = [" "], [0], [0]
    last = ""  # the script of the last character: "word", "run" (spaceless) or "" for a separator
    for start, end, kind, folded in _pieces(text):
        if kind == "gap":
            if last:
                _append(out, starts, ends, " ", start, end)
                last = ""
            continue
        if not folded:
            if last and unicodedata.category(text[start]).startswith("M"):
                ends[-1] = end
            continue
        if kind:
            if last and kind != last:
                _append(out, starts, ends, " ", start, start)
            out.append(folded)
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            last = kind
            continue
        for char in folded:
            here = "" if char == " " else "run" if _SPACELESS_RUN.match(char) else "word"
            if here != last and last:
                _append(out, starts, ends, " ", start, end if not here else start)
            if here:
                _append(out, starts, ends, char, start, end)
            last = here
    if last:
        _append(out, starts, ends, " ", len(text), len(text))
    return Folded("".join(out), tuple(starts), tuple(ends))


def _append(
    out: list[str], starts: list[int], ends: list[int], char: str, start: int, end: int
) -> None:
    out.append(char)
    starts.append(start)
    ends.append(end)


def _pieces(text: str) -> Iterator[tuple[int, int, str | None, str]]:
    """(start, end, kind, folded) of stretches of ``text`` that fold on their own.

    ``kind`` is set when every character of the stretch folds to one; ``gap`` is separators.
    """
    position = 0
    for cluster in () if text.isascii() else _CLUSTER.finditer(text):
        yield from _simple_pieces(text, position, cluster.start())
        yield cluster.start(), cluster.end(), None, _normal(cluster.group()).translate(_TABLE)
        position = cluster.end()
    yield from _simple_pieces(text, position, len(text))


def _simple_pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int, str | None, str]]:
    for piece in _PIECE.finditer(text, start, end):
        kind = piece.lastgroup
        folded = " " if kind == "gap" else piece.group().translate(_TABLE)
        yield piece.start(), piece.end(), kind, folded


def _compose(text: str) -> str:
    """``text`` with letters and their following marks composed: и + breve is й."""
    return _CLUSTER.sub(lambda m: _normal(m.group()), text)


@lru_cache(maxsize=4096)
def _normal(cluster: str) -> str:
    return unicodedata.normalize("NFKC", cluster)


def _fold_run(match: re.Match[str]) -> str:
    return match.group().translate(_TABLE)


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


def _one_to_one(first: int, last: int) -> str:
    """The characters from ``first`` to ``last`` that fold to one character which is no space."""
    folded = ((chr(i), _fold_char(chr(i))) for i in range(first, last))
    return "".join(char for char, to in folded if len(to) == 1 and to != " ")


# Stretches whose map is trivial, in the blocks that the watch languages are written in.
_PIECE = re.compile(
    f"(?P<word>[{_one_to_one(0x30, 0x700)}{_one_to_one(0x900, 0xE00)}\uac00-\ud7a3]+)"
    f"|(?P<run>[{_one_to_one(0xE01, 0xF00)}{_one_to_one(0x3041, 0x3100)}\u4e00-\u9fff]+)"
    r"|(?P<gap>[\x00-/:-@\[-`{-\x7f]+)|.",
    re.DOTALL,
)
