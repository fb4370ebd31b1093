"""Swahili plurals, which change the beginning of a common noun: mwasi, waasi; kikosi, vikosi.

A noun in m- may be a person (wa-) or a thing (mi-): both are made, one of them is no word. Names
do not change.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms, proper

_PLURAL = "plural"
_VOWELS = "aeiou"


def noun(word: str) -> Forms:
    """The plural of a common noun."""
    if proper(word) or len(word) < 4:
        return []
    if word.startswith("mwa"):
        return [("wa" + word[3:], _PLURAL), ("wa" + word[2:], _PLURAL), ("mi" + word[2:], _PLURAL)]
    if word.startswith(("mu", "m")) and len(word) >= 5 and word[1] not in "aeio":
        rest = word[1:]
        return [("wa" + rest, _PLURAL), ("mi" + rest, _PLURAL)]
    if word.startswith("ki"):
        return [(("vy" if word[2] in _VOWELS else "vi") + word[2:], _PLURAL)]
    if word.startswith("ch") and word[2] in _VOWELS:
        return [("vy" + word[2:], _PLURAL)]
    if word[0] in "munw":
        return []
    made = [("ma" + word, _PLURAL)]
    if word.endswith("lio"):  # shambulio, mashambulizi
        made.append(("ma" + word[:-3] + "lizi", _PLURAL))
    return made
