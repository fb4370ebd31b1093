"""Gender and number in French, Spanish, Portuguese and Italian.

``noun`` and ``adjective`` give the same endings where the languages do; articles need no form, as
they are words of their own (`l'armée` is two).
"""

from __future__ import annotations

from collections.abc import Callable

from monitor.rules.inflection import Forms, with_endings

_F, _P, _FP = "feminine", "plural", "feminine plural"


def _french(word: str) -> Forms:
    low = word.lower()
    for ending, feminine in (
        ("ien", "ienne"),
        ("yen", "yenne"),
        ("éen", "éenne"),
        ("grec", "grecque"),
        ("turc", "turque"),
        ("teur", "trice"),
        ("f", "ve"),
        ("el", "elle"),
        ("er", "ère"),
    ):
        if low.endswith(ending):
            stem = word[: -len(ending)]
            return [(word + "s", _P), (stem + feminine, _F), (stem + feminine + "s", _FP)]
    if low.endswith("eux"):
        return [(word[:-1] + "se", _F), (word[:-1] + "ses", _FP)]
    if low.endswith("al"):
        return [(word[:-1] + "ux", _P), (word + "e", _F), (word + "es", _FP), (word + "s", _P)]
    if low.endswith(("au", "eu")):
        return [(word + "x", _P)]
    if low.endswith(("s", "x", "z")):
        return with_endings(word, [("e", _F), ("es", _FP)]) if low.endswith(("ais", "ois")) else []
    if low.endswith("e"):
        return [(word + "s", _P)]
    return with_endings(word, [("s", _P), ("e", _F), ("es", _FP)])


def _french_noun(word: str) -> Forms:
    # A noun that is no person has one gender; only -teur, -ien and the like have two.
    keep = word.lower().endswith(("ien", "yen", "éen", "teur", "ais", "ois", "é"))
    return [(form, note) for form, note in _french(word) if keep or note == _P]


def _spanish(word: str) -> Forms:
    low = word.lower()
    if low.endswith("o"):
        return with_endings(word[:-1], [("a", _F), ("os", _P), ("as", _FP)])
    if low.endswith(("ción", "sión")):
        return [(word[:-2] + "ones", _P)]
    for ending, plain in (("és", "es"), ("án", "an"), ("ón", "on"), ("ín", "in")):
        if low.endswith(ending):
            return with_endings(word[:-2] + plain, [("a", _F), ("es", _P), ("as", _FP)])
    if low.endswith(("or", "ol")):
        return with_endings(word, [("a", _F), ("es", _P), ("as", _FP)])
    if low.endswith("z"):
        return [(word[:-1] + "ces", _P)]
    if low.endswith("ís"):
        return [(word[:-2] + "ises", _P)]
    if low.endswith(("a", "e", "i", "u", "é", "á")):
        return [(word + "s", _P)]
    if low.endswith(("í", "ú")):
        return [(word + "es", _P), (word + "s", _P)]
    if low.endswith("s"):
        return []
    return [(word + "es", _P)]


def _portuguese(word: str) -> Forms:
    low = word.lower()
    if low.endswith("ão"):
        stem = word[:-2]
        return with_endings(
            stem, [("ões", _P), ("ãos", _P), ("ães", _P), ("ã", _F), ("ãs", _FP), ("ona", _F)]
        )
    if low.endswith("eu"):
        return [(word + "s", _P), (word[:-1] + "ia", _F), (word[:-1] + "ias", _FP)]
    if low.endswith("o"):
        return with_endings(word[:-1], [("a", _F), ("os", _P), ("as", _FP)])
    if low.endswith("ês"):
        return with_endings(word[:-2] + "es", [("a", _F), ("es", _P), ("as", _FP)])
    if low.endswith("or"):
        return with_endings(word, [("a", _F), ("es", _P), ("as", _FP)])
    if low.endswith("m"):
        return [(word[:-1] + "ns", _P)]
    if low.endswith("il"):
        return [(word[:-1] + "s", _P), (word[:-2] + "eis", _P)]
    if low.endswith("ol"):
        return [(word[:-1] + "is", _P), (word + "a", _F), (word + "as", _FP)]
    if low.endswith("l"):
        return [(word[:-1] + "is", _P)]
    if low.endswith(("r", "z")):
        return [(word + "es", _P)]
    return [] if low.endswith("s") else [(word + "s", _P)]


def _italian(word: str) -> Forms:
    low = word.lower()
    if low.endswith("io"):
        return with_endings(word[:-2], [("i", _P), ("ia", _F), ("ie", _FP)])
    if low.endswith(("co", "go")):
        stem = word[:-1]
        return with_endings(stem, [("a", _F), ("hi", _P), ("i", _P), ("he", _FP)])
    if low.endswith("tore"):
        return [(word[:-1] + "i", _P), (word[:-4] + "trice", _F), (word[:-4] + "trici", _FP)]
    if low.endswith("o"):
        return with_endings(word[:-1], [("a", _F), ("i", _P), ("e", _FP)])
    if low.endswith(("ista", "ota", "ita")):
        return with_endings(word[:-1], [("i", _P), ("e", _FP)])
    if low.endswith("ga"):
        return with_endings(word[:-1], [("hi", _P), ("i", _P), ("he", _FP)])
    if low.endswith("ca"):
        return [(word[:-1] + "he", _P)]
    if low.endswith("a"):
        return [(word[:-1] + "e", _P)]
    if low.endswith("e"):
        return [(word[:-1] + "i", _P)]
    return []


def _one_gender(inflect: Callable[[str], Forms], both: tuple[str, ...]) -> Callable[[str], Forms]:
    """Nouns keep their gender unless they name a person, which their ending tells."""

    def noun(word: str) -> Forms:
        keep = word.lower().endswith(both)
        return [(form, note) for form, note in inflect(word) if keep or note == _P]

    return noun


ADJECTIVE: dict[str, Callable[[str], Forms]] = {
    "fr": _french,
    "es": _spanish,
    "pt": _portuguese,
    "it": _italian,
}
NOUN: dict[str, Callable[[str], Forms]] = {
    "fr": _french_noun,
    "es": _one_gender(_spanish, ("or", "ado", "ero", "ano", "ario", "és")),
    "pt": _one_gender(_portuguese, ("or", "ado", "eiro", "ano", "ário", "ês")),
    "it": _one_gender(_italian, ("tore", "iere", "ano", "ario", "ista")),
}
