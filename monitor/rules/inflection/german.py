"""German cases and plurals.

All nouns have capitals, so a country cannot be told from a common noun: names get every noun
ending that fits their shape. Umlauts of the plural need no form, as accents are folded away.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms, proper, with_endings

_ADJECTIVE = [
    ("e", "inflected"),
    ("en", "inflected"),
    ("er", "inflected"),
    ("es", "inflected"),
    ("em", "inflected"),
]
_GEN, _PL, _DAT = "genitive", "plural", "dative plural"
_WOMEN = [("in", "feminine"), ("innen", "feminine plural")]


def noun(word: str) -> Forms:
    """Genitive, plural and the feminine of persons."""
    low = word.lower()
    if low.endswith("nis"):
        return with_endings(word, [("ses", _GEN), ("se", _PL), ("sen", _DAT)])
    if low.endswith("e"):
        # -in: Russe, Russin; Truppe has none, and no text holds "Truppin"
        return [(word + "n", _PL), (word + "s", _GEN), *with_endings(word[:-1], _WOMEN)]
    if low.endswith("er"):
        return with_endings(word, [("s", _GEN), ("n", _DAT), *_WOMEN])
    if low.endswith("el"):
        return with_endings(word, [("s", _GEN), ("n", _DAT)])
    if low.endswith("en"):
        return with_endings(word, [("s", _GEN)])
    if low.endswith(("ung", "heit", "keit", "schaft", "ion", "tät")):
        return with_endings(word, [("en", _PL), ("s", _GEN)])
    if low.endswith(("a", "i", "o", "u", "y")):
        return with_endings(word, [("s", _GEN)])
    if low.endswith(("s", "ß", "x", "z")):
        return with_endings(word, [("es", _GEN), ("e", _PL), ("en", _DAT)])
    person = low.endswith(("at", "ent", "ant", "ist"))
    women = _WOMEN if person else []
    return with_endings(word, [("s", _GEN), ("es", _GEN), ("e", _PL), ("en", _PL), *women])


def name(word: str) -> Forms:
    """The genitive, which is all that a name listed for every language can take."""
    if word.lower().endswith(("s", "ß", "x", "z", "ce")):
        return []
    return [(word + "s", "genitive or plural")]


def adjective(word: str) -> Forms:
    """Endings of an adjective, or of the people when it is written as a noun (``Nigrer``)."""
    if proper(word) and not word.endswith(("isch", "ige")):
        return noun(word)
    stem = word[:-1] if word.endswith("e") else word
    return with_endings(stem, _ADJECTIVE)


def attribute(word: str) -> Forms | None:
    """Other endings of the adjective inside a name (``Afrikanische Union``); None: it is none."""
    for ending in ("er", "es", "e"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            stem = word[: -len(ending)]
            return [(stem + e, n) for e, n in _ADJECTIVE if e != ending]
    return None
