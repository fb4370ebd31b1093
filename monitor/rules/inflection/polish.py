"""Polish cases of names in the singular, and of adjectives and people that end in the usual ways.

By rule, from the ending: what Polish changes beyond it (Niger, Nigru) is listed with the name.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms, with_endings

_SOFTENED = {
    "ch": "sz", "rz": "rz", "sz": "sz", "cz": "cz", "st": "ści", "d": "dzi", "t": "ci", "r": "rz",
    "k": "c", "g": "dz", "ł": "l", "n": "ni", "m": "mi", "b": "bi", "p": "pi", "w": "wi", "f": "fi",
    "s": "si", "z": "zi",
}  # fmt: skip
"""The end of a stem before the -e of the locative: Rwanda, Rwandzie."""
_HARDENED = ("k", "g", "ch", "l", "j", "c", "cz", "sz", "rz", "ż", "ć", "ń", "ś", "ź")
"""Consonants after which a masculine name has -u instead: w Irak-u, w Kraj-u."""
_GEN, _DAT, _ACC, _INS, _LOC = "genitive", "dative", "accusative", "instrumental", "locative"
_INDECLINABLE = 4
"""A name in -o of so many letters stays as it is: Togo, Oslo."""


def name(word: str) -> Forms:
    """The cases of a place, by its ending; plurals and what else has none of these: nothing."""
    low = word.lower()
    if low.endswith(("ia", "ja", "ea", "la")):
        genitive = "ii" if low.endswith("ia") else word[-2] + "i"
        return [
            (word[:-2] + genitive, _GEN),
            (word[:-1] + "ę", _ACC),
            (word[:-1] + "ą", _INS),
        ]
    if low.endswith("a"):
        stem = word[:-1]
        genitive = "i" if stem[-1:] in "kg" else "y"
        made = [(stem + genitive, _GEN), (stem + "ę", _ACC), (stem + "ą", _INS)]
        return [*made, *_softened(stem)]
    if low.endswith("o"):
        stem = word[:-1]
        with_i = "iem" if stem[-1:] in "kg" else "em"
        neuter = [("a", _GEN), ("u", _LOC), (with_i, _INS)]
        return with_endings(stem, neuter) if len(word) > _INDECLINABLE else []
    if low[-1] in "aeiouyęą":
        return []
    with_i = "iem" if low[-1] in "kg" else "em"
    made = with_endings(word, [("u", _GEN), ("a", _GEN), ("owi", _DAT), (with_i, _INS)])
    return made if low.endswith(_HARDENED) else [*made, *_softened(word)]


def _softened(stem: str) -> Forms:
    end = next((e for e in _SOFTENED if stem.endswith(e)), None)
    return [] if end is None else [(stem.removesuffix(end) + _SOFTENED[end] + "e", _LOC)]


_SKI = ("ski", "cki", "dzki", "zki")
_CZYK = [
    ("a", _GEN), ("owi", _DAT), ("iem", _INS), ("u", _LOC), ("ów", "genitive plural"),
    ("om", "dative plural"), ("ami", "instrumental plural"), ("ach", "locative plural"),
]  # fmt: skip
_KA = [("ki", "plural"), ("ce", _LOC), ("kę", _ACC), ("ką", _INS), ("ek", "genitive plural")]


def adjective(word: str) -> Forms:
    """An adjective in -ski, or people in -czyk and -ka."""
    if word.endswith(_SKI):
        endings = ("iego", "iemu", "im", "a", "iej", "ą", "ie", "ich", "imi")
        made: Forms = [(word[:-1] + ending, "inflected") for ending in endings]
        return [*made, (word[:-2] + "cy", "plural of persons")]
    if word.endswith("czyk"):
        return [*with_endings(word, _CZYK), (word[:-1] + "cy", "plural")]
    return with_endings(word[:-2], _KA) if word.endswith("ka") else []
