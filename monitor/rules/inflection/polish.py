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


_PERSONS = {"k": "cy", "r": "rzy", "t": "ci"}
"""How the plural of persons ends: najemnik, najemnicy."""
_SOFT = ("rz", "sz", "cz", "ż", "l", "j", "ń", "ć", "ś", "ź", "c")
_PL, _GENPL = "plural", "genitive plural"
_OBLIQUE = [
    ("om", "dative plural"), ("ami", "instrumental plural"), ("ach", "locative plural"),
]  # fmt: skip
_MIN_BARE = 4
"""Letters that are left where the genitive plural has no ending: "min" of "mina" is a minute."""


def noun(word: str) -> Forms:
    """The cases of a common noun, also in the plural."""
    made = name(word)
    low = word.lower()
    if low.endswith(("y", "i")):  # listed as a plural
        return with_endings(word[:-1], [("ów", _GENPL), *_OBLIQUE])
    if low.endswith(("ia", "ja")):
        return [*made, *with_endings(word[:-1], [("e", _PL), *_OBLIQUE])]
    if low[-1] in "ao":
        stem = word[:-1]
        plural = "a" if low[-1] == "o" else "i" if stem[-1:] in "kg" else "y"
        made = [*made, (stem + plural, _PL), *with_endings(stem, _OBLIQUE)]
        if len(stem) >= _MIN_BARE:
            made.append((stem, _GENPL))
            made += [(stem[:-1] + "ek", _GENPL)] if stem.endswith("k") else []
        return made
    if low[-1] in "ąeęu":
        return made
    made = [*made, (word + "ów", _GENPL), *with_endings(word, _OBLIQUE)]
    if low.endswith(_SOFT):
        return [*made, (word + "e", _PL), (word + "y", _GENPL), (word + "i", _GENPL)]
    made.append((word + ("i" if low[-1] in "kg" else "y"), _PL))
    if low[-1] in _PERSONS:
        made.append((word[:-1] + _PERSONS[low[-1]], "plural of persons"))
    return made


def pair(first: str, second: str) -> Forms:
    """A noun and the adjective after it: Korea Północna, Stany Zjednoczone."""
    if first.endswith("a") and second.endswith("a"):
        adjective = {_GEN: "ej", _ACC: "ą", _INS: "ą", _LOC: "ej"}
        stem = second[:-1]
        return [(f"{f} {stem}{adjective[note]}", note) for f, note in name(first)]
    if first.endswith(("y", "i")) and second.endswith("e"):
        stem = second[:-1] if second.endswith("ie") else second[:-1] + "y"
        ends = {"ów": "ch", "om": "m", "ami": "mi", "ach": "ch"}
        cases = [("ów", _GENPL), *_OBLIQUE]
        return [(f"{first[:-1]}{e} {stem}{ends[e]}", note) for e, note in cases]
    return []


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
