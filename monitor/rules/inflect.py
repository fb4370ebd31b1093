"""The forms of a name, made once when rules are loaded, so that texts never have to be stemmed.

`forms` is the one entrance; the endings of each language live in `monitor.rules.inflection`. Pure
apart from the Russian dictionaries that pymorphy3 reads at the first Russian name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product
from typing import Literal, NamedTuple, TypeAlias

from monitor.rules.inflection import (
    Forms,
    acronym,
    arabic,
    dutch,
    english,
    german,
    korean,
    persian,
    polish,
    proper,
    romance,
    slavic,
    swahili,
    turkish,
)

Part: TypeAlias = Literal["name", "adjective", "not", "confirm"]

ANY = "*"
"""Names under this language are meant for every text."""

_ANY_CUE = "**"

MAX_FORMS = 400
"""At most so many forms of one alias; beyond that a name has more words than inflect together."""


class Form(NamedTuple):
    """One written form. ``note`` says what it is in plain English, "" for the alias itself.

    A tuple, because a load makes a hundred thousand: a frozen dataclass takes three times as long.
    """

    text: str
    note: str


@lru_cache(maxsize=65536)
def forms(alias: str, lang: str, part: Part) -> tuple[Form, ...]:
    """Every form of ``alias`` in ``lang`` (ISO 639-1, or ``"*"``), the alias itself first.

    Capitals are kept as listed. ``not`` and ``confirm`` phrases, and names under ``"*"``, are
    taken by their script: Cyrillic as Russian (Ukrainian when the letters say so), Arabic with
    clitics, Latin with the -s that is an English plural and a German genitive (common words in
    ``not`` and ``confirm`` with what a Romance or German ending may be). Scripts without spaces and
    languages that we have no rules for have the alias alone.
    """
    alias = " ".join(alias.split())
    if not alias:
        return ()
    if lang == ANY or part in ("not", "confirm"):
        lang = _by_script(alias)
    if lang == ANY and part in ("not", "confirm"):
        lang = _ANY_CUE
    inflect = _LANGUAGES.get(lang)
    found: dict[str, str] = {alias: ""}
    if inflect is not None and not _has_digits_only(alias):
        for text, note in inflect(alias.split(" "), part == "adjective"):
            if len(found) >= MAX_FORMS:
                break
            found.setdefault(text, note)
    return tuple(map(Form._make, found.items()))


def _has_digits_only(alias: str) -> bool:
    return not any(c.isalpha() for c in alias)


def _by_script(alias: str) -> str:
    """The rules to use for a phrase whose language is not told."""
    letter = next((c for c in alias if c.isalpha()), " ")
    script = unicodedata.name(letter, "").partition(" ")[0]
    if script == "CYRILLIC":
        return "uk" if any(c in "іїєґІЇЄҐ" for c in alias) else "ru"
    return {"ARABIC": "ar", "HANGUL": "ko", "LATIN": ANY}.get(script, "")


# --- phrases, by language -------------------------------------------------------------------------


def _any_latin(words: list[str], adjective: bool) -> Forms:
    """-s on the last word, whatever the language; on the first too when it is a common noun."""
    del adjective
    *start, last = words
    if acronym(last) or not last[-1].isalpha():
        return []
    made = [(" ".join([*start, form]), note) for form, note in german.name(last)]
    if start and not proper(words[0]) and words[0][-1] not in "sxz" and len(words[0]) > 3:
        made.append((" ".join([words[0] + "s", *words[1:]]), "plural"))
    return made


_CUE_ENDINGS = {
    "o": ("a", "os", "as", "i", "e"),
    "isch": ("ische", "ischen", "ischer", "isches", "ischem"),
    "e": ("es", "en", "i"),
    "a": ("as", "e"),
    "s": ("se", "ses"),
    "": ("s", "e", "es", "en"),
}
"""What a common word of unknown language may end in: Romance gender and number, German cases."""


def _any_cue(words: list[str], adjective: bool) -> Forms:
    """Phrases that rule out or confirm, in whatever Latin-script language."""
    *start, last = words
    if proper(last) or not last[-1].isalpha():
        return _any_latin(words, adjective)
    ending = next(e for e in _CUE_ENDINGS if last.endswith(e))
    stem = last[: len(last) - len(ending)]
    made = [(" ".join([*start, stem + e]), "inflected") for e in _CUE_ENDINGS[ending]]
    if start and not proper(words[0]):
        made += [(f"{words[0]}s{form.removeprefix(words[0])}", "plural") for form, _ in made]
    return made


def _english(words: list[str], adjective: bool) -> Forms:
    """The head's plural: the last word, or the one before a preposition."""
    if adjective:
        return _at(words, len(words) - 1, english.adjective(words[-1]))
    head = next((i for i, w in enumerate(words) if i and w in ("of", "in", "for")), len(words)) - 1
    if proper(words[head]) or not words[head][-1].isalpha():
        return []
    return _at(words, head, english.noun(words[head]))


_FRENCH_LINKS = ("de", "du", "des", "d", "à", "au", "aux", "en", "pour", "par", "sans")
_ITALIAN_LINKS = ("del", "della", "delle", "degli", "dei", "di", "da", "a", "per")
_IBERIAN_LINKS = ("al", "con", "para", "por", "do", "dos", "das", "com")
_LINKS = frozenset((*_FRENCH_LINKS, *_ITALIAN_LINKS, *_IBERIAN_LINKS))


def _romance(lang: str) -> Callable[[list[str], bool], Forms]:
    def inflect(words: list[str], adjective: bool) -> Forms:
        """Common words agree with each other up to the first preposition; names stay."""
        ending = romance.ADJECTIVE[lang] if adjective else romance.NOUN[lang]
        agree = romance.ADJECTIVE[lang]
        end = next(
            (i for i, w in enumerate(words) if w in _LINKS or w[:2] in ("d'", "d’")), len(words)
        )
        if all(proper(w) for w in words[:end]) and not (adjective and len(words) == 1):
            return []
        head = dict[str, str]()
        if acronym(words[0]):
            return []
        for form, note in ending(words[0]):
            head.setdefault(note, form)
        if end == 1:
            return _at(words, 0, ending(words[0]))
        made: Forms = []
        for note in ("plural", "feminine", "feminine plural"):
            first = [head[note]] if note in head else []
            if note == "plural" and (proper(words[0]) or not head):
                first = [words[0]]  # a name, or a noun that has no plural of its own: raid aerei
            options = [first, *(_agreeing(w, note, agree) for w in words[1:end])]
            for combination in product(*options):
                made.append((" ".join([*combination, *words[end:]]), note))
        return made

    return inflect


def _agreeing(word: str, note: str, agree: Callable[[str], Forms]) -> list[str]:
    """A word in the gender and number that ``note`` tells; as it is where it does not change.

    The noun's own gender is not known, so the plural tries both.
    """
    if proper(word) or not word[-1].isalpha():
        return [word]
    by_note = agree(word)
    if note == "plural":
        found = [form for form, n in by_note if "plural" in n]
    else:
        found = [form for form, n in by_note if n == note]
    return found or [word]


def _german(words: list[str], adjective: bool) -> Forms:
    """Adjectives before the last word take every ending, the last word its own."""
    *start, last = words
    if acronym(last) or not last[-1].isalpha():
        return []
    ending = german.adjective if adjective else german.noun
    if start and not adjective and not any(german.attribute(w) for w in start) and proper(last):
        ending = german.name  # Burkina Faso: no adjective, so nothing but the genitive
    options: list[Forms] = [
        [(word, ""), *(german.attribute(word) or [])] if word[0].isalpha() else [(word, "")]
        for word in start
    ]
    options.append([(last, ""), *ending(last)])
    return _combined(options)


def _slavic(lang: str) -> Callable[[list[str], bool], Forms]:
    def inflect(words: list[str], adjective: bool) -> Forms:
        """The adjectives and the noun after them go into the same case; what follows stays.

        A place after the noun may also follow it: реки Нигер, реки Нигера.
        """
        if all(acronym(w) for w in words):
            return []
        plural = slavic.ukrainian_plural(words) if lang == "uk" else None
        if plural is not None:
            return _in_cases(words, [*plural])
        read: list[slavic.Word | None] = [
            None
            if acronym(w) or not w[-1].isalpha()
            else slavic.russian(w)
            if lang == "ru"
            else slavic.ukrainian(w)
            for w in words
        ]
        head = next(
            (i for i, w in enumerate(read) if w is not None and not w.adjective), len(words) - 1
        )
        made: Forms = []
        frozen = [w if i <= head else None for i, w in enumerate(read)]
        made += _in_cases(words, frozen)
        tail = read[head + 1 :]
        if any(w is not None and w.place for w in tail):
            follows = [*frozen[: head + 1], *(w if w and w.place else None for w in tail)]
            made += _in_cases(words, follows)
        return made

    return inflect


def _in_cases(words: list[str], read: list[slavic.Word | None]) -> Forms:
    nouns = [w for w in read if w is not None and not w.adjective]
    first = nouns[0] if nouns else next((w for w in read if w is not None), None)
    if first is None:
        return []
    made: Forms = []
    for case in first.cases:
        if any(case not in noun.cases for noun in nouns):
            continue  # a place that has no plural, beside a noun in the plural
        options = [
            [text] if word is None else _in_case(word, case, first)
            for text, word in zip(words, read, strict=True)
        ]
        made += [(" ".join(combination), case) for combination in product(*options)]
    return made


def _in_case(word: slavic.Word, case: str, head: slavic.Word) -> list[str]:
    if not word.adjective or head.adjective or case.endswith("plural"):
        return word.cases.get(case, [word.text])
    return word.cases.get(f"{head.gender} {case}", [word.text])


def _arabic(words: list[str], adjective: bool) -> Forms:
    """Clitics on the first word; with the article, the adjectives after it may have one too."""
    stems: list[tuple[list[str], str]] = [(words, "")]
    if adjective:
        *start, last = words
        stems += [([*start, form], note) for form, note in arabic.adjective_stems(last)]
    if not words[0].startswith(arabic.ARTICLE):
        for stem, note in list(stems):
            first = arabic.ARTICLE + stem[0]
            label = _join(note, "with the article al-")
            stems.append(([first, *stem[1:]], label))
            if len(stem) > 1:
                rest = [arabic.with_article(w) or w for w in stem[1:]]
                stems.append(([first, *rest], label))
    made: Forms = []
    for stem, note in stems:
        made.append((" ".join(stem), note))
        made += [
            (" ".join([form, *stem[1:]]), _join(note, clitic))
            for form, clitic in arabic.clitics(stem[0])
        ]
    return made


def _turkish(words: list[str], adjective: bool) -> Forms:
    """Suffixes go on the last word."""
    last = words[-1]
    if acronym(last) or not last[-1].isalpha():
        return []
    ending = turkish.adjective if adjective else turkish.noun
    return _at(words, len(words) - 1, ending(last))


def _hausa(words: list[str], adjective: bool) -> Forms:
    """The linker of a common noun before another: sojoji, sojojin Rasha. Plurals are listed."""
    del adjective
    made: Forms = []
    for index in dict.fromkeys((0, len(words) - 1)):
        word = words[index]
        if proper(word) or word[-1] not in "aeiou":
            continue
        stem = word[:-1] if word.endswith("ai") else word
        linked = [(stem + "n", "with the linker -n"), (word + "r", "with the linker -r")]
        made += _at(words, index, linked)
    return made


def _korean(words: list[str], adjective: bool) -> Forms:
    """Particles follow the last word."""
    del adjective
    return _at(words, len(words) - 1, korean.noun(words[-1]))


def _polish(words: list[str], adjective: bool) -> Forms:
    """Words by themselves, and a noun with the adjective after it."""
    if any(acronym(w) or not w[-1].isalpha() for w in words):
        return []
    if adjective:
        return polish.adjective(words[0]) if len(words) == 1 else []
    if len(words) == 1:
        return polish.name(words[0]) if proper(words[0]) else polish.noun(words[0])
    return polish.pair(*words) if len(words) == 2 else []


def _dutch(words: list[str], adjective: bool) -> Forms:
    """The -e of an adjective (Congolees, Congolese) and the genitive of a name."""
    *start, last = words
    if not adjective:
        if acronym(last) or not last[-1].isalpha():
            return []
        ending = german.name if proper(last) else dutch.noun
        return _at(words, len(start), ending(last))
    inflected = last.removesuffix("ees") + "ese" if last.endswith("ees") else last + "e"
    return [(" ".join([*start, inflected]), "inflected")]


def _persian(words: list[str], adjective: bool) -> Forms:
    """Endings go on the last word."""
    del adjective
    return _at(words, len(words) - 1, persian.noun(words[-1]))


def _swahili(words: list[str], adjective: bool) -> Forms:
    """The first word is the noun."""
    return [] if adjective else _at(words, 0, swahili.noun(words[0]))


def _at(words: list[str], index: int, made: Iterable[tuple[str, str]]) -> Forms:
    return [(" ".join([*words[:index], form, *words[index + 1 :]]), note) for form, note in made]


def _combined(options: list[Forms]) -> Forms:
    return [
        (" ".join(text for text, _ in combination), _join(*(note for _, note in combination)))
        for combination in product(*options)
    ]


def _join(*notes: str) -> str:
    return ", ".join(dict.fromkeys(note for note in notes if note))


_LANGUAGES: dict[str, Callable[[list[str], bool], Forms]] = {
    ANY: _any_latin,
    _ANY_CUE: _any_cue,
    "en": _english,
    "fr": _romance("fr"),
    "es": _romance("es"),
    "pt": _romance("pt"),
    "it": _romance("it"),
    "de": _german,
    "ru": _slavic("ru"),
    "uk": _slavic("uk"),
    "ar": _arabic,
    "tr": _turkish,
    "fa": _persian,
    "ha": _hausa,
    "ko": _korean,
    "nl": _dutch,
    "pl": _polish,
    "sw": _swahili,
}
