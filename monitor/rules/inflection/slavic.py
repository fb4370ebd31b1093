"""Russian cases from the pymorphy3 dictionaries, Ukrainian ones by rule.

Both give a word's forms *by case* (and gender, for adjectives), so that the words of a name can
be put into the same case together. The Russian words of the built-in entities have been read
already (`shipped_words`): only a desk's own names need the dictionaries. The Ukrainian dictionaries
of pymorphy are GPL and not used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from monitor.rules.inflection import proper

Cases = dict[str, list[str]]
"""Forms by case: ``"genitive"``, ``"genitive plural"``, of adjectives ``"feminine genitive"``."""

_CASES = {
    "nomn": "nominative",
    "gent": "genitive",
    "datv": "dative",
    "accs": "accusative",
    "ablt": "instrumental",
    "loct": "prepositional",
    "gen2": "genitive",
    "loc2": "prepositional",
}
NOMINATIVE = "nominative"
_GENDERS = {"masc": "masculine", "femn": "feminine", "neut": "neuter"}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name: its forms by case, and the part it plays."""

    text: str
    cases: Cases
    adjective: bool
    gender: str = ""
    """Of a noun: which form of an adjective before it agrees."""
    place: bool = False
    """A place or person name: beside a noun it may stay as it is (``реки Нигер``)."""


@lru_cache(maxsize=1)
def _analyzer() -> Any:
    # Loaded at the first Russian alias only: it takes a tenth of a second and 15 MB.
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


SHIPPED = "russian.json"


@cache
def _shipped() -> dict[str, Any]:
    text = files("monitor.rules.inflection").joinpath(SHIPPED).read_text(encoding="utf-8")
    words: dict[str, Any] = json.loads(text)
    return words


def shipped_words(words: Iterable[str]) -> str:
    """What the file of words that have been read holds for these, one word a line.

    Cases that several words have in the same order are listed once, under ``""``.
    """
    read = {word: _read(word) for word in sorted(set(words))}
    orders = list(dict.fromkeys(tuple(known.cases) for known in read.values() if known))
    lines = {"": orders} | {
        word: None if known is None else _packed(known, orders.index(tuple(known.cases)))
        for word, known in read.items()
    }
    return (
        "{\n" + ",\n".join(f"{_json(word)}:{_json(line)}" for word, line in lines.items()) + "\n}\n"
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _packed(word: Word, order: int) -> tuple[object, ...]:
    """A word with the endings of its cases after what all of its forms begin with."""
    forms = [form for listed in word.cases.values() for form in listed]
    low, high = min(forms), max(forms)
    differing = (i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b)
    stem = low[: next(differing, len(low))]
    endings = ("/".join(form[len(stem) :] for form in listed) for listed in word.cases.values())
    return (order, int(word.adjective), word.gender, int(word.place), stem, " ".join(endings))


@lru_cache(maxsize=4096)
def russian(word: str) -> Word | None:
    """A word by its nominative reading, or None when it has none (it is left as it is)."""
    shipped = _shipped()
    packed = shipped.get(word)
    if packed is None:
        return None if word in shipped else _read(word)
    order, adjective, gender, place, stem, endings = packed
    cases = {
        case: [stem + ending for ending in listed.split("/")]
        for case, listed in zip(shipped[""][order], endings.split(" "), strict=True)
    }
    return Word(word, cases, bool(adjective), gender, bool(place))


def _read(word: str) -> Word | None:
    """The reading from the dictionaries.

    A geographical reading wins over others for words with a capital: the best guess for Чад is
    the plural of чадо. Names keep their number, common nouns get both.
    """
    parses = [p for p in _analyzer().parse(word) if "nomn" in p.tag]
    if proper(word):
        parses = [p for p in parses if "Geox" in p.tag] or parses
    parses = [p for p in parses if p.tag.POS in ("NOUN", "ADJF", "PRTF")]
    if not parses:
        return None
    parse = parses[0]
    is_adjective = parse.tag.POS != "NOUN"
    keep_number = proper(word) and not is_adjective
    cases: Cases = {}
    for form in parse.lexeme:
        if form.tag.case not in _CASES or not _same_word(form.tag, parse.tag):
            continue
        if keep_number and form.tag.number != parse.tag.number:
            continue
        case = _CASES[form.tag.case]
        if form.tag.number == "plur":
            case = f"{case} plural"
        elif is_adjective:
            case = f"{_GENDERS[form.tag.gender]} {case}"
        _put(cases, case, _recase(form.word, word))
    place = not is_adjective and any(g in parse.tag for g in ("Geox", "Name", "Surn"))
    gender = "" if is_adjective else _GENDERS.get(str(parse.tag.gender), "")
    return Word(word, cases, is_adjective, gender, place)


def _same_word(tag: Any, listed: Any) -> bool:
    """A lexeme of a verb holds all its participles: only the listed one counts."""
    return bool(tag.POS == listed.POS and tag.voice == listed.voice and tag.tense == listed.tense)


def _put(cases: Cases, key: str, form: str) -> None:
    forms = cases.setdefault(key, [])
    if form not in forms:
        forms.append(form)


def _recase(form: str, like: str) -> str:
    if "-" in like and "-" in form:
        pairs = zip(form.split("-"), like.split("-"), strict=False)
        return "-".join(_recase(part, model) for part, model in pairs)
    return form[:1].upper() + form[1:] if proper(like) else form


# --- Ukrainian -----------------------------------------------------------------------------------

_ORDER = (
    NOMINATIVE,
    "genitive",
    "dative",
    "accusative",
    "instrumental",
    "prepositional",
    "nominative plural",
    "genitive plural",
    "dative plural",
    "accusative plural",
    "instrumental plural",
    "prepositional plural",
)
# By ending of the nominative: the endings of each case in _ORDER, alternatives by "/".
_UK_NOUN = (
    ("ія", "ія ії ії ію ією ії ії ій іям ії іями іях"),
    ("ща", "ща щі щі щу щею щі щі щ щам щі/щ щами щах"),
    ("ея", "ея еї еї ею еєю еї еї ей еям еї еями еях"),
    ("ць", "ць ця цю/цеві ця/ць цем ці/цеві ці ців цям ців/ці цями цях"),
    ("ин", "ин ина ину/инові ина/ин ином ині/инові и - ам - ами ах"),
    ("ь", "ь я ю/еві я/ь ем і/еві і ів ям ів/і ями ях"),
    ("й", "й я ю/єві я/й єм ї/єві ї їв ям їв/ї ями ях"),
    ("о", "о а у о ом і а - ам а ами ах"),
    ("я", "я і і ю ею і і ь ям і/ь ями ях"),
    ("а", "а и і у ою і и - ам и/- ами ах"),
    ("", "- а/у у/ові -/а ом і/ові/у и ів ам и/ів ами ах"),
)
# A closed syllable opens with another vowel: Київ, Києва; Львів, Львова. Places only.
_UK_OPENED = {"їв": "єв", "ів": "ов"}
_UK_PLURAL = (
    ("ії", "- ій іям ії іями іях"),
    ("и", "- ів/ ам и/ів/ ами ах"),
    ("і", "- ів/ ям і/ів/ ями ях"),
)
"""Nouns that have no singular: вибори, Штати, Нації."""
_UK_PLURAL_ADJECTIVE = "і их им і/их ими их"
_UK_FLEETING = ("ець", "ець ця/цю цеві/цю ця цем ці/цеві ці ців цям ців цями цях")
# The same for adjectives: masculine, feminine, neuter, then the plural.
_UK_ADJECTIVE = (
    (
        "ий",
        "ий ого ому ий/ого им ому/ім",
        "а ої ій у ою ій",
        "е ого ому е им ому/ім",
        "і их им і/их ими их",
    ),
    (
        "ій",
        "ій ього ьому ій/ього ім ьому/ім",
        "я ьої ій ю ьою ій",
        "є ього ьому є ім ьому/ім",
        "і іх ім і/іх іми іх",
    ),
)


def ukrainian(word: str) -> Word:
    """A word by the shape of its ending; over-generates, never changes the stem."""
    for ending, *tables in _UK_ADJECTIVE:
        if word.endswith(ending) and len(word) > 4:
            return Word(word, _adjective(word.removesuffix(ending), tables), adjective=True)
    if word.endswith(("их", "іх")) and len(word) > 4:  # an adjective in the genitive plural
        return Word(word, {NOMINATIVE: [word]}, adjective=True)
    if word.endswith("и"):
        return Word(word, _plural_only(word), adjective=False, place=proper(word))
    if word.endswith(("і", "у", "е", "ю", "ї")):
        return Word(word, {NOMINATIVE: [word]}, adjective=False, place=proper(word))
    ending, table = next((e, t) for e, t in (_UK_FLEETING, *_UK_NOUN) if word.endswith(e))
    cases: Cases = {}
    stem = word.removesuffix(ending)
    for case, endings in zip(_ORDER, table.split(), strict=True):
        if not (proper(word) and "plural" in case):
            for e in endings.split("/"):
                _put(cases, case, stem + ("" if e == "-" else e))
    opened = _UK_OPENED.get(word[-2:]) if proper(word) else None
    if opened is not None:
        for case, ending in zip(_ORDER[1:6], ("а", "у", "", "ом", "і"), strict=True):
            _put(cases, case, word[:-2] + opened + ending if ending else word)
    gender = "feminine" if word[-1] in "ая" else "neuter" if word.endswith("о") else "masculine"
    return Word(word, cases, adjective=False, gender=gender, place=proper(word))


def ukrainian_plural(words: list[str]) -> list[Word] | None:
    """Adjectives and a noun in the plural (``Сполучені Штати``); None where they are no such.

    Of one word nobody could tell: Малі is a country, and *малі* are small ones.
    """
    *before, last = words
    plain = all(len(w) > 4 and w.endswith(("і", "ькі")) for w in before)
    if not before or not plain or not last.endswith(("и", "і", "ії")) or len(last) < 5:
        return None
    cases = [c for c in _ORDER if c.endswith("plural")]
    adjectives = []
    for word in before:
        made: Cases = {}
        for case, endings in zip(cases, _UK_PLURAL_ADJECTIVE.split(), strict=True):
            for ending in endings.split("/"):
                _put(made, case, word[:-1] + ending)
        adjectives.append(Word(word, made, adjective=True))
    return [*adjectives, Word(last, _plural_only(last), adjective=False)]


def _plural_only(word: str) -> Cases:
    ending, table = next((e, t) for e, t in _UK_PLURAL if word.endswith(e))
    stem = word.removesuffix(ending)
    cases: Cases = {}
    for case, endings in zip(_ORDER[6:], table.split(), strict=True):
        for e in endings.split("/"):
            _put(cases, case, word if e == "-" else stem + e)
    return cases


def _adjective(stem: str, tables: list[str]) -> Cases:
    cases: Cases = {}
    labels = [f"{gender} " for gender in _GENDERS.values()]
    for label, table in zip([*labels, ""], tables, strict=True):
        for case, endings in zip(_ORDER, table.split(), strict=False):
            for e in endings.split("/"):
                _put(cases, f"{label}{case}" if label else f"{case} plural", stem + e)
    return cases
