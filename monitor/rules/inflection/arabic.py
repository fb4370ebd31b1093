"""Arabic clitics: the article and the one-letter words written together with the next.

Vowel signs and the forms of alef, ya and ta marbuta are folded away by the matcher. Pronoun
suffixes are left out: they would turn مالي (Mali) into مالية (financial). Topics list theirs.
"""

from __future__ import annotations

from monitor.rules.inflection import Forms

ARTICLE = "ال"
_WITH = {"و": "and", "ف": "so", "ب": "in", "ل": "to", "ك": "as"}
_PROCLITICS: list[tuple[str, str]] = [
    *((letter, f'with {letter} ("{_WITH[letter]}")') for letter in "وفبلك"),
    *((a + b, f'with {a} and {b} ("{_WITH[a]} {_WITH[b]}")') for a in "وف" for b in "بلك"),
]


def clitics(word: str) -> Forms:
    """The word with each clitic before it; ``word`` may begin with the article."""
    if not word.startswith(ARTICLE):
        return [(prefix + word, note) for prefix, note in _PROCLITICS]
    forms = []
    for prefix, note in _PROCLITICS:
        # li- swallows the article's alef: ل + النيجر = للنيجر
        joined = prefix + word[1:] if prefix.endswith("ل") else prefix + word
        forms.append((joined, note))
    return forms


def adjective_stems(word: str) -> Forms:
    """Gender and number of an adjective in -ي (نيجري) or of a participle."""
    if word.endswith("ي"):
        return [
            (word + "ة", "feminine"),
            (word + "ون", "plural"),
            (word + "ين", "plural or dual"),
            (word + "ان", "dual"),
            (word + "ات", "feminine plural"),
        ]
    return []


def with_article(word: str) -> str | None:
    """The word with al-, or None when it has it."""
    return None if word.startswith(ARTICLE) else ARTICLE + word
