"""Dutch plurals, with the changes of spelling that keep the sound: soldaat, soldaten.

Whether a short vowel doubles its consonant depends on the stress (raket, raketten; oorlog,
oorlogen), which no spelling tells: both are made, and one of them is no word.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms, proper

_LONG = ("aa", "ee", "oo", "uu")
_VOWELS = "aeiou"
_PLURAL = "plural"
_WITH_S = ("aar", "er", "el", "em", "en", "eur", "oor", "ier", "ie", "é")


def noun(word: str) -> Forms:
    """The plural of a common noun; a name has none."""
    low = word.lower()
    if proper(word) or len(low) < 4:
        return []
    if low.endswith("heid"):
        return [(word[:-4] + "heden", _PLURAL)]
    if low.endswith("is") and low[-3] not in _VOWELS:
        return [(word[:-2] + "es", _PLURAL)]
    if low.endswith(_WITH_S) and not low.endswith(("ieel", "bel")):
        return [(word + "s", _PLURAL)]
    if low[-1] in _VOWELS:
        return [(word + "s", _PLURAL)]
    return [(form, _PLURAL) for form in _with_en(word, low)]


def _with_en(word: str, low: str) -> list[str]:
    last = {"f": "v", "s": "z"}.get(low[-1], low[-1])
    if low[-3:-1] in _LONG:
        return [word[:-2] + last + "en", word[:-2] + low[-1] + "en"]
    forms = [word + "en"]
    if low[-2] in _VOWELS and low[-3] not in _VOWELS:
        forms.append(word + low[-1] + "en")
    elif last != low[-1]:
        forms.append(word[:-1] + last + "en")
    return forms
