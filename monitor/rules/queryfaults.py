"""Why a query does not parse, said to the person who wrote it.

The grammar decides that a query is wrong; this module walks its words once more and says where and
how to mend it, going on behind each fault as if it were mended. Linear in the length of the query.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
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


MAX_FAULTS = 100
"""Of one query, and warnings too; more help nobody."""
_TOKEN = regex.compile(
    r"""
    (?P<space>\s++)
  | (?P<phrase>["“”„‟＂][^"“”„‟＂\n]*+["“”‟＂]|[«»][^«»\n]*+[«»]|[‹›][^‹›\n]*+[‹›]
      |「[^「」\n]*+」|｢[^｢｣\n]*+｣|『[^『』\n]*+』|《[^《》\n]*+》|〈[^〈〉\n]*+〉
      |〝[^〝〞〟\n]*+[〞〟]|[‘‚](?:[^‘’\n]|’(?=\p{L}))*+[’‘])
  | (?P<quote>["“”„‟＂«»‹›「」｢｣『』《》〈〉〝〞〟‘‚])
  | (?P<open>\() | (?P<close>\)) | (?P<comma>,)
  | (?P<of>\d{1,4}\s++OF(?=\s*+\())
  | (?P<near>(?:(?:NEAR|ONEAR|PRE)/\d{1,4}|W/(?:\d{1,4}|[sp]))(?![\p{L}\p{M}\p{N}_/]|\.\d))
  | (?P<atleast>ATLEAST/\d{1,4}(?![\p{L}\p{M}\p{N}_/]))
  | (?P<operator>(?:AND|OR)(?![\p{L}\p{M}\p{N}_]))
  | (?P<not>NOT(?![\p{L}\p{M}\p{N}_])|(?<![^\s(])-(?=[^\s)\-]))
  | (?P<field>[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]*+:)
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
_LOOSE_NEAR = regex.compile(r"(?i)(near|onear|pre|within|w|adj|same)(/?)(\d*|(?<=/)\S*)")
_LOOSE_COUNT = regex.compile(r"(?i)atleast(\d*|/\S*)")
_LOOSE_OF = regex.compile(r"(?i)(\d{1,4})OF")
_NUMBER = regex.compile(r"/?([0-9]{1,4})")
_FULL_WIDTH = {
    "（": "(",
    "）": ")",
    "，": ",",
    "、": "OR",
    "：": ":",
    "＠": "@",
    "＝": "=",
    "＊": "*",
}
_DASHES = frozenset("-–—−‐‑")
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
    return None if near is None else _near_like(near, between)


def _near_like(near: regex.Match[str], between: bool) -> tuple[str, str] | None:
    """`operator_like` for a relative of NEAR: its name, perhaps a slash, perhaps a distance."""
    word, name, slash, rest = near[0], near[1].upper(), near[2], near[3]
    if not (between or slash or near[1] in ("NEAR", "ONEAR")):
        return None
    if not (slash or rest) and (name == "W" or (near[1] != name and "NEAR" not in name)):
        return None  # a word: the same, within
    if name == "SAME" or (slash and rest.casefold() in ("s", "p")):
        return f'"{word}" is not an operator', "write W/s (same sentence) or W/p (same paragraph)"
    name = {"ADJ": "PRE", "WITHIN": "NEAR"}.get(name, name)
    if not (rest.isascii() and rest.isdecimal()):
        hint = f"write {name}/5 for at most 5 words between"
        return f'"{word}" needs a distance in words', hint
    if len(rest) > 4:
        return f'"{word}" is too far', "write at most 9999 words, or AND"
    return f'"{word}" is not an operator', f"write {name}/{rest}"


def diagnose(text: str) -> list[Fault]:
    """The faults of a query that the grammar refused, in order; empty where none is seen."""
    return _Walk(text).run()


def tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and offset of every word and sign of a query; an unclosed quote takes its line."""
    at = 0
    while found := _TOKEN.match(text, at):
        kind, at = str(found.lastgroup), found.end()
        if kind == "quote":
            end = text.find("\n", at)
            at = end if end >= 0 else len(text)
        if kind != "space":
            yield kind, found.group(), found.start()


class _Walk:
    """Terms and operators must take turns: one pass with a stack of open brackets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokens(text))
        self.faults: list[Fault] = []
        self.open: list[tuple[int, bool]] = []
        self.wanted = True
        """A term has to come next."""
        self.beside = False
        """Terms side by side have just been told: no further word for each more of them."""
        self.unclosed = False
        self.choice = False
        """What stands for ``2 OF`` has just been told of."""
        self.number = False
        """A number may follow that belongs to the operator just told of, as in ``NEAR 5``."""
        self.before: tuple[str, str, int] = ("", "", 0)
        """The token before."""

    def run(self) -> list[Fault]:
        if not self.text.strip():
            return [Fault(0, 1, "the query is empty", "write at least one word, as in @niger")]
        for token in self.tokens:
            self.step(*token)
            self.before = token
        self.ending()
        return sorted(self.faults, key=lambda f: f.offset)

    def fault(self, at: int, width: int, message: str, hint: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(at, width, message, hint))

    def step(self, kind: str, word: str, at: int) -> None:
        match kind:
            case "quote":
                self.quote(at)
            case "other":
                self.stray(word, at)
            case "operator" | "near":
                self.operator(word, at)
            case "not":
                self.exclusion(word, at)
            case "close":
                self.close(at)
            case "comma":
                self.comma(at)
            case "equals" if self.before[0] == "word":
                hint = "= stands before a word that must be written exactly so: =US"
                self.fault(at, 1, '"=" in the middle', hint)
                self.wanted = True
            case _:
                self.operand(kind, word, at)

    def quote(self, at: int) -> None:
        self.unclosed = not self.unclosed  # a second one closes a phrase of several lines
        if self.unclosed:
            hint = "add the closing quote on the same line, or remove this one"
            self.fault(at, 1, "this quote is never closed", hint)
        self.wanted, self.beside = False, True

    # --- operators

    def operator(self, word: str, at: int) -> None:
        if self.wanted:
            kind, other, _ = self.before
            missing = "before it" if kind in ("", "open") else f'between "{other}" and "{word}"'
            hint = f'remove "{word}", or add what is missing'
            self.fault(at, len(word), f'"{word}": a term is missing {missing}', hint)
        self.wanted, self.beside = True, False

    def exclusion(self, word: str, at: int) -> None:
        kind, other, _ = self.before
        shown = "NOT" if word == "-" else word
        if kind == "near" or kind == "atleast":
            hint = "take the exclusion outside: (a NEAR/5 b) AND NOT c"
            self.fault(at, len(word), f"{shown} cannot stand inside {other}", hint)
        elif kind == "field":
            hint = f"write NOT {other}word, or {other}(word NOT other)"
            self.fault(at, len(word), f"{shown} right after {other}", hint)
        elif kind == "equals":
            self.fault(at, len(word), '"=" stands before a word or a phrase', f"write {shown} =US")
        self.wanted, self.beside = True, False

    def close(self, at: int) -> None:
        if not self.open:
            hint = "remove it, or open one before: ("
            self.fault(at, 1, "this bracket closes nothing", hint)
            return
        if self.wanted:
            self.missing_after(at)
        self.open.pop()
        self.wanted = self.beside = False

    def missing_after(self, at: int) -> None:
        kind, word, start = self.before
        if kind == "open":
            hint = "write a term, or remove them"
            self.fault(start, at - start + 1, "nothing between the brackets", hint)
        elif not (self.faults and self.faults[-1].offset == start):  # else that has been told
            message = f'a term is missing after "{word}"'
            self.fault(start, len(word), message, f'add it, or remove "{word}"')

    def comma(self, at: int) -> None:
        between = self.text[max(0, at - 1) : at + 2]
        if not (self.open and self.open[-1][1]):
            hint = "write OR between alternatives; commas stand only in 2 OF (a, b, c)"
            if len(between) == 3 and between[0].isdigit() and between[2].isdigit():
                hint = "put a number with a comma in quotes"
            self.fault(at, 1, "a comma is not an operator", hint)
        elif self.wanted:
            self.fault(at, 1, "a term is missing before this comma", "add it")
        self.wanted, self.beside = True, False

    def stray(self, word: str, at: int) -> None:
        meant = _FULL_WIDTH.get(word)
        if word == "@":
            hint = "write the entity's name right after it, as in @niger"
            self.fault(at, 1, "a bare @ names no entity", hint)
            self.wanted = False
        elif word in _SYMBOLS:
            hint = f"write {_SYMBOLS[word]}"
            self.fault(at, len(word), f'"{word}" is not an operator', hint)
            self.wanted, self.beside = True, False
        elif word in _DASHES:
            hint = "write -word or NOT word to exclude, or quote text with a dash"
            message = "a dash alone excludes nothing" if word == "-" else f'"{word}" is not "-"'
            self.fault(at, 1, message, hint)
            self.wanted, self.beside = True, False
        elif meant is not None:
            self.fault(at, 1, f'"{word}" is a full-width sign', f"write {meant}")
            self.beside = True
        else:
            shown, hint = word, "put text with punctuation in quotes"
            if not word.isprintable():
                shown, hint = f"U+{ord(word):04X}", "remove this character, which no one sees"
            self.fault(at, 1, f'"{shown}" cannot stand here', hint)
            self.beside = True

    # --- operands

    def operand(self, kind: str, word: str, at: int) -> None:
        if kind == "word" and self.meant_as_operator(word, at):
            return
        if kind == "field":
            self.field(word, at)
        if self.before[0] == "equals" and kind not in ("word", "phrase"):
            hint = "remove it: = asks for the capitals and accents of a word or a phrase"
            self.fault(self.before[2], 1, '"=" stands before a word or a phrase', hint)
        elif not self.wanted:
            if not self.beside:
                self.side_by_side(kind, word, at)
            self.beside = True
        if kind == "open":
            self.open.append((at, self.choice or self.before[0] == "of"))
        self.choice = False
        self.wanted = kind in ("open", "of", "field", "atleast", "equals")
        self.beside &= not self.wanted

    def meant_as_operator(self, word: str, at: int) -> bool:
        kind, other, _ = self.before
        number, self.number = self.number, False
        if number and kind == "word" and _NUMBER.fullmatch(word):
            return True
        if word.upper() == "OF" and kind == "word" and other.isdecimal():
            hint = f"write {other} OF (a, b, c)"
            message = '"of" in small letters is not an operator'
            if word == "OF":
                message = f'brackets are missing after "{other} OF"'
            self.fault(at, len(word), message, hint)
            self.choice, self.wanted, self.beside = True, True, False
            return True
        if loose := _LOOSE_OF.fullmatch(word):
            hint = f"write {loose[1]} OF (a, b, c)"
            self.fault(at, len(word), f'"{word}" is not an operator', hint)
            self.choice, self.wanted, self.beside = True, True, False
            return True
        meant = operator_like(word, between=not self.wanted)
        if meant is None:
            return False
        self.fault(at, len(word), *meant)
        self.number = not any(c.isdigit() for c in word)
        self.wanted, self.beside = True, False
        return True

    def field(self, word: str, at: int) -> None:
        name = word[:-1]
        if name.casefold() in _FIELDS:
            return
        if name.casefold() in ("http", "https"):
            hint = 'put an address in quotes, as in url:"…", or name its domain: domain:example.org'
            self.fault(at, len(word), f'"{word}" is not a field', hint)
        elif not name.replace("_", "").isalpha():
            hint = "put text with a colon in quotes"
            self.fault(at, len(word), f'"{word}" is not a field', hint)
        else:
            near = nearest(name.casefold(), (*_FIELDS, *_OTHER_NAMES))
            near = _OTHER_NAMES.get(near, near) if near else None
            fields = "the fields are " + " ".join(f"{f}:" for f in _FIELDS)
            hint = f"did you mean {near}:?" if near else fields
            self.fault(at, len(name), f'unknown field "{name}"', hint)

    def side_by_side(self, kind: str, word: str, at: int) -> None:
        hint = "write AND or OR between them"
        other_kind, other, start = self.before
        if kind == "word" and other_kind == "word":
            together = self.run_of_words(start).strip("'‘’").replace('"', "")
            hint += f', or quote them if you mean the phrase: "{together}"'
        if kind == "open" and other_kind == "word" and other.isupper() and len(other) < 8:
            hint = f"{other} is not an operator here; " + hint
        self.fault(at, len(word), "two terms side by side without an operator", hint)

    def run_of_words(self, start: int, most: int = 8) -> str:
        """The plain words that follow each other from an offset on, at most so many."""
        found: list[str] = []
        first = bisect_left(self.tokens, start, key=lambda token: token[2])
        for kind, word, _ in self.tokens[first : first + most]:
            if kind != "word" or (found and operator_like(word, between=True)):
                break
            found.append(word)
        return " ".join(found)

    def ending(self) -> None:
        if self.wanted:
            self.missing_after(len(self.text))
        for at, _ in self.open:
            self.fault(at, 1, "this bracket is never closed", "add the closing bracket: )")
