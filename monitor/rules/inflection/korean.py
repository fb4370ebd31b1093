"""Korean particles, which are written together with the noun: 북한 (North Korea), 북한이, 북한에서.

Which of a pair stands depends on whether the noun ends in a consonant. A few suffixes make a word
of their own from a name (북한군, its army) and take particles again.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms

_FIRST_SYLLABLE, _FINALS, _FINAL_L = 0xAC00, 28, 8
_BY_FINAL = (("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("이나", "나"), ("이라", "라"))
"""After a consonant, after a vowel."""
_ALWAYS = (
    "의",
    "에",
    "에서",
    "서",
    "에게",
    "도",
    "만",
    "까지",
    "부터",
    "보다",
    "에는",
    "에도",
    "에서는",
    "에서의",
)
_SUFFIXES = {
    "군": "its army",
    "측": "its side",
    "인": "its people",
    "산": "made there",
    "계": "of its descent",
    "들": "plural",
}


def noun(word: str) -> Forms:
    """The particles after ``word``, and after it with a suffix; none where it is not in Hangul."""
    if not "가" <= word[-1] <= "힣":
        return []
    made = [(form, "with a particle") for form in _with_particles(word)]
    for suffix, meaning in _SUFFIXES.items():
        made.append((word + suffix, f"with -{suffix} ({meaning})"))
        made += [
            (f, f"with -{suffix} ({meaning}) and a particle")
            for f in _with_particles(word + suffix)
        ]
    return made


def _with_particles(word: str) -> list[str]:
    final = (ord(word[-1]) - _FIRST_SYLLABLE) % _FINALS
    pairs = [word + (after if final else vowel) for after, vowel in _BY_FINAL]
    towards = word + ("으로" if final not in (0, _FINAL_L) else "로")
    return [*pairs, towards, *(word + particle for particle in _ALWAYS)]
