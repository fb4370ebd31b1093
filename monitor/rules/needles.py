"""What a term or a name looks like in folded text: the pattern to scan for, and what to check.

A pattern is a piece of folded text. It is a hint: finding it is necessary; the `Needle` or
`NameForm` says what else must hold there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from monitor.rules.ast import Term
from monitor.rules.entity import Case
from monitor.text.fold import SPACELESS, fold, spread

_SPACELESS = re.compile(f"[{SPACELESS}]")
_WILD = re.compile(r"[*?]+")
_WORD = re.compile(r"[^\W_]")
# Signs that make a name (C++, AT&T, C#, $100); all other punctuation only separates words.
_SIGNS = frozenset("+#&@$€£¥%§°")
_NOT_WORD = re.compile(r"[\W_]+")


class Pattern(str):
    """A piece of folded text to scan for, with the rules that the presearch posts under it.

    A scan hands out these very objects, so that nothing has to be looked up for what was found: a
    look-up in a table of all patterns finds the processor's caches cold, a hundred times a text.
    ``rules`` are numbers of rules with the third and further groups that each requires, ``seconds``
    their second groups, which stand apart because most rules fall by them.
    """

    __slots__ = ("rules", "seconds")
    seconds: tuple[frozenset[Pattern], ...]
    rules: tuple[tuple[int, tuple[frozenset[Pattern], ...]], ...]

    def __init__(self, _text: str) -> None:
        self.seconds = ()
        self.rules = ()


class Lexicon:
    """The patterns of a rule set, in order of first use. Equal ones are one object."""

    def __init__(self) -> None:
        self._patterns: dict[str, Pattern] = {}

    def own(self, text: str) -> Pattern:
        """The pattern that is ``text``, made when it is new."""
        known = self._patterns.get(text)
        if known is None:
            known = self._patterns[text] = Pattern(text)
        return known

    @property
    def patterns(self) -> Collection[Pattern]:
        return self._patterns.values()


@dataclass(frozen=True, slots=True, eq=False)
class Needle:
    """A term of a query, ready to be looked for.

    ``regex`` is set for wildcards, ``exact`` for ``=`` terms (see `exact_form`), ``signs`` for
    terms with signs: (before, inside, after).
    """

    term: str
    pattern: Pattern
    regex: re.Pattern[str] | None = None
    exact: re.Pattern[str] | None = None
    signs: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class NameForm:
    """One spelling of a name of an entity. ``capitals`` are the places of its capitals."""

    pattern: Pattern
    text: str
    alias: str
    note: str
    kind: str
    """name, adjective, weak, surname, not, confirm, given or title."""
    case: Case
    capitals: tuple[int, ...] = ()
    lang: str = "*"
    """The language that the alias is listed under."""


def pattern_of(folded: str) -> str | None:
    """The string to scan for, or None when ``folded`` holds no word.

    Words carry their spaces, so that they match whole; a spaceless script matches anywhere.
    """
    if folded == " ":
        return None
    start = 1 if _SPACELESS.match(folded, 1) else 0
    end = -1 if _SPACELESS.match(folded[-2]) else None
    return folded[start:end]


def is_phrase(pattern: str) -> bool:
    """Whether ``pattern`` has a space inside: only then can it cross the end of a sentence."""
    return pattern.find(" ", 1, -1) >= 0


def needle_of(term: Term, lexicon: Lexicon) -> Needle | None:
    """The needle of ``term``; None when it holds no letter or digit, so that it never matches."""
    if term.wildcard and _WILD.search(term.text):
        return _wild_needle(term, lexicon)
    pattern = pattern_of(fold(term.text))
    if pattern is None:
        return None
    exact = re.compile(re.escape(exact_form(term.text))) if term.exact else None
    return Needle(term.text, lexicon.own(pattern), None, exact, _signs(term.text))


def is_plain(term: Term) -> bool:
    """Whether the pattern is all there is to ``term``: no wildcard, capitals or signs to check."""
    return not (term.exact or term.wildcard or _SIGNS.intersection(term.text))


def _wild_needle(term: Term, lexicon: Lexicon) -> Needle | None:
    pieces = re.split(r"([*?])", term.text)
    squeezed = "".join(p if p in "*?" else spread(p) for p in pieces).split()
    tokens = [t for t in squeezed if t.strip("*")]
    if not any(t.strip("*?") for t in tokens):
        return None
    padded = f" {' '.join(tokens)} "
    free_start = _SPACELESS.match(tokens[0]) is not None
    free_end = _SPACELESS.match(tokens[-1][-1]) is not None
    body = "".join(_wild_char(c) for c in " ".join(tokens))
    regex = re.compile(("" if free_start else "(?<= )") + body + ("" if free_end else "(?= )"))
    bounded = padded[1 if free_start else 0 : -1 if free_end else None]
    hint = max(_WILD.split(bounded), key=len) or " "
    exact = None
    if term.exact:
        exact = re.compile("".join(_wild_char(c) for c in exact_form(term.text, keep="*?")))
    return Needle(term.text, lexicon.own(hint), regex, exact, None)


def _wild_char(char: str) -> str:
    if char == "*":
        return "[^ ]*"
    return "[^ ]" if char == "?" else re.escape(char)


def exact_form(text: str, keep: str = "") -> str:
    """``text`` with capitals and accents, one space for whatever separates its words."""
    normal = unicodedata.normalize("NFKC", text)
    return " ".join(
        "".join(c if c.isalnum() or c in keep or _is_mark(c) else " " for c in normal).split()
    )


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _signs(text: str) -> tuple[str, str, str] | None:
    if _SIGNS.isdisjoint(text):
        return None
    places = [m.start() for m in _WORD.finditer(text)]
    before, after = text[: places[0]].strip(), text[places[-1] + 1 :].strip()
    return before, signs_in(text[places[0] : places[-1] + 1]), after


def signs_in(text: str) -> str:
    """The signs of ``text`` in order."""
    return "".join(c for c in text if c in _SIGNS)


def letters_of(text: str) -> str:
    """Letters and digits of ``text``, composed, nothing between: what capitals are compared on."""
    if text.isalnum() and text.isascii():
        return text
    return _NOT_WORD.sub("", unicodedata.normalize("NFC", text))


def name_form(
    text: str, alias: str, note: str, kind: str, case: Case, lexicon: Lexicon, lang: str = "*"
) -> NameForm | None:
    """The form ``text`` of ``alias``; None when it holds no letter or digit."""
    pattern = pattern_of(fold(text))
    if pattern is None:
        return None
    capitals: tuple[int, ...] = ()
    if case is Case.CAP:
        if text != text.lower():
            capitals = tuple([i for i, c in enumerate(letters_of(text)) if c.isupper()])
        if not capitals:
            case = Case.ANY
    return NameForm(lexicon.own(pattern), text, alias, note, kind, case, capitals, lang)


def capitals_fit(form: NameForm, written: str) -> bool:
    """Whether ``written`` has the capitals that ``form`` asks for."""
    if form.case is Case.ANY or written == form.text:
        return True
    if form.case is Case.EXACT:
        return exact_form(written) == exact_form(form.text)
    letters = letters_of(written)
    if len(letters) == len(letters_of(form.text)):
        return all(letters[i].isupper() for i in form.capitals)
    wanted, got = form.text.split(), written.split()  # ß in capitals is SS: places shift
    return all(g[:1].isupper() for w, g in zip(wanted, got, strict=False) if w[:1].isupper())
