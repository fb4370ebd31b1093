"""Why a query does not parse, said to the person who wrote it.

The grammar decides that a query is wrong; this module walks its words once more and says where and
how to mend it. Linear in the length of the query.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex

from monitor.rules.ast import FieldName
from monitor.rules.suggest import nearest


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong or doubtful at a character offset of a query."""

    offset: int
    width: int
    message: str
    hint: str = ""


_TOKEN = regex.compile(
    r"""
    (?P<space>\s++)
  | (?P<phrase>["“”„‟＂][^"“”„‟＂\n]*+["“”‟＂]|[«»][^«»\n]*+[«»]|[‹›][^‹›\n]*+[‹›]
      |「[^「」\n]*+」|『[^『』\n]*+』|《[^《》\n]*+》|〈[^〈〉\n]*+〉|[‘‚](?:[^‘’\n]|’(?=\p{L}))*+[’‘])
  | (?P<quote>["“”„‟＂«»‹›「」『』《》〈〉‘‚])
  | (?P<open>\() | (?P<close>\)) | (?P<comma>,)
  | (?P<of>\d{1,4}\s++OF(?=\s*+\())
  | (?P<near>(?:(?:NEAR|ONEAR|PRE)/\d{1,4}|W/(?:\d{1,4}|[sp]))(?![\p{L}\p{M}\p{N}_/]))
  | (?P<atleast>ATLEAST/\d{1,4}(?![\p{L}\p{M}\p{N}_/]))
  | (?P<operator>(?:AND|OR)(?![\p{L}\p{M}\p{N}_]))
  | (?P<not>NOT(?![\p{L}\p{M}\p{N}_])|(?<![^\s(])-(?=[^\s)\-]))
  | (?P<field>[\p{L}\p{M}\p{N}_-]++:)
  | (?P<entity>@[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]*+)
  | (?P<equals>=)
  | (?P<word>[\p{L}\p{M}\p{N}*?\#$€£%.&'’ʼ+_/·][\p{L}\p{M}\p{N}\p{Cf}*?\#$€£%.&'’ʼ+_/·‑‐-]*+)
  | (?P<other>\|\||.)
    """,
    regex.VERBOSE,
)
_FIELDS = tuple(FieldName)
_OTHER_NAMES = {
    "headline": "title",
    "text": "body",
    "content": "body",
    "site": "domain",
    "host": "domain",
    "publisher": "source",
    "language": "lang",
    "byline": "author",
    "tags": "tag",
    "link": "url",
}
"""What other products call the fields."""
_LOOSE_NEAR = regex.compile(r"(?i)(near|onear|pre|w|adj|same)/?(\d*|[sp]|\w*)")
_LOOSE_COUNT = regex.compile(r"(?i)(atleast)/?(\d*|\w*)")
_SYMBOLS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "/": "OR", "!": "NOT"}


def operator_like(word: str, *, between: bool) -> tuple[str, str] | None:
    """Message and hint for a word that was probably meant as an operator, else None.

    ``between`` is set where an operator could stand: there, ``near`` alone is taken for one too.
    """
    folded = word.casefold()
    if folded in ("and", "or", "not"):
        how = "in small letters" if word == folded else "written like this"
        hint = f"write {folded.upper()}, or quote the words if you mean the phrase"
        return f'"{word}" {how} is not an operator', hint
    if word in _SYMBOLS:
        return f'"{word}" is not an operator', f"write {_SYMBOLS[word]}"
    if _LOOSE_COUNT.fullmatch(word) and (between or "/" in word or word.isupper()):
        return f'"{word}" is not a count', "write it with its number, as in ATLEAST/3 coup"
    near = _LOOSE_NEAR.fullmatch(word)
    if near is None or not (between or "/" in word or near[1] in ("NEAR", "ONEAR")):
        return None
    if near[1].casefold() in ("w", "pre", "adj", "same") and "/" not in word and not near[2]:
        return None
    number = near[2] if near[2].isascii() and near[2].isdecimal() else ""
    name = near[1].upper() if near[1].upper() not in ("ADJ", "SAME") else "PRE"
    if near[2] in ("s", "p"):
        return f'"{word}" is not an operator', "write W/s (same sentence) or W/p (same paragraph)"
    if not number:
        hint = f"write {name}/5 for at most 5 words between"
        return f'"{word}" needs a distance in words', hint
    if len(number) > 4:
        return f'"{word}" is too far', "write at most 9999 words, or AND"
    return f'"{word}" is not an operator', f"write {name}/{number}"


def diagnose(text: str) -> Fault | None:
    """The first fault of a query that the grammar refused; None where none is seen."""
    return _Walk(text).run()


class _Walk:
    """Terms and operators must take turns: one pass with a stack of open brackets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[tuple[int, bool]] = []
        self.wanted = True
        """A term has to come next."""
        self.before: tuple[str, str] = ("", "")
        """Kind and text of the token before."""

    def run(self) -> Fault | None:
        if not self.text.strip():
            return Fault(0, 1, "the query is empty", "write at least one word, as in @niger")
        for token in _TOKEN.finditer(self.text):
            kind, word = str(token.lastgroup), token.group()
            if kind == "space":
                continue
            fault = self.step(kind, word, token.start())
            if fault is not None:
                return fault
            self.before = kind, word
        return self.ending()

    def step(self, kind: str, word: str, at: int) -> Fault | None:
        match kind:
            case "quote":
                hint = "add the closing quote on the same line, or remove this one"
                return Fault(at, 1, "this quote is never closed", hint)
            case "other":
                return self.stray(word, at)
            case "operator" | "near":
                return self.operator(word, at)
            case "not":
                self.wanted = True
                return None
            case "close":
                return self.close(at)
            case "comma":
                return self.comma(at)
            case "field":
                return self.field(word, at)
            case "equals" if self.before[0] == "word":
                hint = "= stands before a word that must be written exactly so: =US"
                return Fault(at, 1, '"=" in the middle', hint)
            case _:
                return self.operand(kind, word, at)

    def operator(self, word: str, at: int) -> Fault | None:
        if self.wanted:
            kind, other = self.before
            missing = "before it" if kind in ("", "open") else f'between "{other}" and "{word}"'
            hint = f'remove "{word}", or add what is missing'
            return Fault(at, len(word), f'"{word}": a term is missing {missing}', hint)
        self.wanted = True
        return None

    def close(self, at: int) -> Fault | None:
        if not self.open:
            hint = "remove it, or open one before: ("
            return Fault(at, 1, "this bracket closes nothing", hint)
        if self.wanted:
            return self.missing_after(at)
        self.open.pop()
        return None

    def missing_after(self, at: int) -> Fault:
        kind, word = self.before
        if kind == "open":
            return Fault(at - 1, 2, "nothing between the brackets", "write a term, or remove them")
        start = self.text.rfind(word, 0, at)
        message = f'a term is missing after "{word}"'
        return Fault(start, len(word), message, f'add it, or remove "{word}"')

    def comma(self, at: int) -> Fault | None:
        if not (self.open and self.open[-1][1]):
            hint = "write OR between alternatives; commas stand only in 2 OF (a, b, c)"
            return Fault(at, 1, "a comma is not an operator", hint)
        if self.wanted:
            return Fault(at, 1, "a term is missing before this comma", "add it")
        self.wanted = True
        return None

    def field(self, word: str, at: int) -> Fault | None:
        name = word[:-1]
        if name.casefold() not in _FIELDS:
            if not name.replace("_", "").isalpha():
                hint = "put text with a colon in quotes"
                return Fault(at, len(word), f'"{word}" is not a field', hint)
            near = nearest(name.casefold(), (*_FIELDS, *_OTHER_NAMES))
            near = _OTHER_NAMES.get(near, near) if near else None
            fields = "the fields are " + " ".join(f"{f}:" for f in _FIELDS)
            hint = f"did you mean {near}:?" if near else fields
            return Fault(at, len(name), f'unknown field "{name}"', hint)
        return self.operand("field", word, at)

    def operand(self, kind: str, word: str, at: int) -> Fault | None:
        if kind == "word":
            meant = operator_like(word, between=not self.wanted)
            if meant is not None:
                return Fault(at, len(word), *meant)
        if not self.wanted:
            return self.side_by_side(kind, word, at)
        if kind in ("open", "of"):
            if kind == "open":
                self.open.append((at, self.before[0] == "of"))
        elif kind in ("word", "phrase", "entity"):
            self.wanted = False
        return None

    def side_by_side(self, kind: str, word: str, at: int) -> Fault:
        hint = "write AND or OR between them"
        other_kind, other = self.before
        if kind == "word" and other_kind == "word":
            together = f"{other} {word}".replace('"', "").replace("'", "")
            hint += f', or quote them if you mean the phrase: "{together}"'
        if kind == "open" and other_kind == "word" and other.isupper() and len(other) < 8:
            hint = f"{other} is not an operator here; " + hint
        return Fault(at, len(word), "two terms side by side without an operator", hint)

    def stray(self, word: str, at: int) -> Fault:
        if word == "@":
            hint = "write the entity's name right after it, as in @niger"
            return Fault(at, 1, "a bare @ names no entity", hint)
        if word in _SYMBOLS:
            return Fault(at, len(word), f'"{word}" is not an operator', f"write {_SYMBOLS[word]}")
        if word == "-":
            hint = "write -word or NOT word to exclude, or quote text with a dash"
            return Fault(at, 1, "a dash alone excludes nothing", hint)
        shown = word if word.isprintable() else f"U+{ord(word):04X}"
        return Fault(at, 1, f'"{shown}" cannot stand here', "put text with punctuation in quotes")

    def ending(self) -> Fault | None:
        if self.wanted:
            return self.missing_after(len(self.text))
        if self.open:
            hint = "add the closing bracket: )"
            return Fault(self.open[-1][0], 1, "this bracket is never closed", hint)
        return None
