"""Turkish suffixes, by vowel harmony.

Suffixes after an apostrophe (`Nijer'de`) need no form, as the apostrophe separates words; these
are for the many texts that leave it out, and for common nouns, which never have one. Dotless ı
and the marks of ş ğ ç ö ü are folded away by the matcher.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms, proper

_VOWELS = "aeıioöuü"
_HIGH = {"a": "ı", "ı": "ı", "e": "i", "i": "i", "o": "u", "u": "u", "ö": "ü", "ü": "ü"}
_VOICELESS = "fstkçşhp"
_SOFT = {"k": "ğ", "p": "b", "ç": "c", "t": "d"}


def _lower(word: str) -> str:
    return word.replace("İ", "i").replace("I", "ı").lower()


_FRONTED = ("al", "ol", "ul", "at")
"""Ends of borrowed words that take front vowels all the same: general, generaller; Senegal, -de."""


def _harmonies(low: str) -> list[tuple[str, str]]:
    """(high, low) vowel of the suffixes; both harmonies where the spelling does not tell."""
    last = next((c for c in reversed(low) if c in _VOWELS), "e")
    found = [(_HIGH[last], "a" if last in "aıou" else "e")]
    if low.endswith(_FRONTED):
        found.append(("ü" if last in "ou" else "i", "e"))
    return found


def _cases(word: str, *, soft: str | None = None) -> Forms:
    """The six cases of a stem; ``soft`` is the stem before a vowel when it differs."""
    low = _lower(word)
    vowel_final = low[-1] in _VOWELS
    t = "t" if low[-1] in _VOICELESS else "d"
    before = soft or word
    y, n = ("y", "n") if vowel_final else ("", "")
    made: Forms = []
    for high, low_vowel in _harmonies(low):
        made += [
            (f"{before}{n}{high}n", "genitive"),
            (f"{before}{y}{low_vowel}", "dative"),
            (f"{before}{y}{high}", "accusative"),
            (f"{word}{t}{low_vowel}", "locative"),
            (f"{word}{t}{low_vowel}n", "ablative"),
            (f"{word}{t}{low_vowel}ki", "locative, as an adjective"),
            (f"{word}{y}l{low_vowel}", "with -la"),
        ]
    return made


def noun(word: str) -> Forms:
    """Cases; for a common noun also the plural and the possessive with theirs."""
    low = _lower(word)
    if not any(c in _VOWELS for c in low):
        return []
    last = next(c for c in reversed(low) if c in _VOWELS)
    high = _HIGH[last]
    if proper(word):
        people = f"{word}l{high}"
        return [
            *_cases(word),
            (people, "its people"),
            *((form, f"its people, {note}") for form, note in _cases(people)),
            *((form, f"its people, {note}") for form, note in _plural(people)),
        ]
    soft = word[:-1] + _SOFT[low[-1]] if low[-1] in _SOFT and len(low) > 3 else None
    owned = f"{soft or word}{'s' if low[-1] in _VOWELS else ''}{high}"
    return [
        *_cases(word),
        *(_cases(word, soft=soft) if soft else []),
        *_plural(word),
        (owned, "possessive"),
        *((form, f"possessive {note}") for form, note in _owned_cases(owned)),
    ]


def adjective(word: str) -> Forms:
    """The people: ``Rus`` gives ``Ruslar``, ``Ruslara``."""
    return [*_cases(word), *_plural(word)]


def _plural(word: str) -> Forms:
    made: Forms = []
    for _, vowel in _harmonies(_lower(word)):
        plural = f"{word}l{vowel}r"
        owned = plural + ("ı" if vowel == "a" else "i")
        made += [
            (plural, "plural"),
            *((form, f"{note} plural") for form, note in _cases(plural)),
            *((form, f"possessive {note} plural") for form, note in _owned_cases(owned)),
        ]
    return made


def _owned_cases(owned: str) -> Forms:
    """After the possessive every case begins with n: askerlerine, askerlerinin."""
    last = next(c for c in reversed(_lower(owned)) if c in _VOWELS)
    high, low_vowel = _HIGH[last], "a" if last in "aıou" else "e"
    return [
        (f"{owned}n{high}n", "genitive"),
        (f"{owned}n{low_vowel}", "dative"),
        (f"{owned}n{high}", "accusative"),
        (f"{owned}nd{low_vowel}", "locative"),
        (f"{owned}nd{low_vowel}n", "ablative"),
    ]
