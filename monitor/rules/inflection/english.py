"""English plurals. The possessive needs no form: an apostrophe separates words."""

from __future__ import annotations

from monitor.rules.inflection import Forms

_VOWELS = "aeiou"
# Demonyms that are adjective and plural in one.
_NO_PLURAL = ("ese", "ish", "ch", "ss", "s")


def noun(word: str) -> Forms:
    """The plural of a common noun."""
    low = word.lower()
    if low.endswith(("men", "people", "ss'", "personnel", "aircraft")):
        return []
    if low.endswith("man") and len(low) > 3:
        return [(word[:-2] + "en", "plural")]
    if low.endswith("s") and not low.endswith(("ss", "us", "is")):
        return []  # listed as a plural already
    if low.endswith("is"):
        return [(word[:-2] + "es", "plural")]
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return [(word + "es", "plural")]
    if low.endswith("y") and low[-2:-1] not in _VOWELS:
        return [(word[:-1] + "ies", "plural")]
    return [(word + "s", "plural")]


def adjective(word: str) -> Forms:
    """The people: ``Nigerien`` gives ``Nigeriens``, ``Chinese`` nothing."""
    if word.lower().endswith(_NO_PLURAL):
        return []
    return noun(word)
