"""Persian endings: plurals, the indefinite -i, the -ye that links a word to the next.

The matcher drops the zero-width non-joiner, so each ending is made once, written together. Names
and common nouns look alike here, and so do a noun's adjective and its indefinite form: both are
-i, and both mean the noun. Short words get no ending that would make another word of them.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms, with_endings

_PLURAL, _ONE, _LINKED = "plural", "indefinite, or the adjective", "linked to the next word"
_PLURALS = [
    ("ها", _PLURAL),
    ("های", f"{_PLURAL}, {_LINKED}"),
    ("هایی", f"{_PLURAL}, indefinite"),
]
_MIN_PLURAL = 4
"""Letters from which there is a plural: قطر (Qatar) and قطرها (diameters) are shorter."""
_MIN_PERSONS = 5
"""Letters from which -an makes a plural of persons: مصر (Egypt) and مصران (bowels) are shorter."""
_MIN_LINKED = 5
"""Letters from which a final vowel takes -ye: غنا (Ghana) would become غنای (the wealth of)."""
_ALEF, _VAV, _YE, _HE = "ا", "و", "ی", "ه"


def noun(word: str) -> Forms:
    """The endings that the last letter allows."""
    length = len(word)
    if length < 3:
        return []
    made = with_endings(word, _PLURALS) if length >= _MIN_PLURAL else []
    if word.endswith((_ALEF, _VAV)):
        linked = [("ی", _LINKED), ("یی", _ONE)] if length >= _MIN_LINKED else []
        return [*made, *with_endings(word, linked)]
    if word.endswith(_HE):
        return [*made, *with_endings(word, [("ای", _ONE)])]
    if word.endswith((_YE, "ي")):
        # Not -haye: نیجری‌های (the Nigeriens of) is written like نیجریه‌ای (Nigerian).
        made = made[:1]
        persons = [("ان", "plural of persons")] if length >= _MIN_PERSONS else []
        return [*made, *with_endings(word, persons)]
    made += with_endings(word, [("ی", _ONE)])
    if length >= _MIN_PERSONS:
        made += with_endings(word, [("ان", "plural of persons"), ("انی", "plural, indefinite")])
    return made
