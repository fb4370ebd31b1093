"""Which language a text is in, when that can be told. A wrong answer is worse than none.

A rule's ``lang`` filter passes what is unknown, so short or mixed texts are left unknown.
"""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from monitor.text.fold import SPACELESS

SURE = 0.8
"""Probability from which an answer counts; measured on headlines, wrong answers lie below."""
ENOUGH = 20
"""Letters that a text needs; in scripts without spaces a character counts as three."""
_READ = 3000
"""Characters looked at: more change nothing."""

# Languages that news is published in. Left out are those that the model confuses with a larger
# neighbour on a headline: regional forms (Egyptian Arabic, Wu), creoles, dead and made languages.
_LANGUAGES = (
    "af am ar as az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu ha he hi hr ht hu "
    "hy id ig is it ja jv ka kk km kn ko ku ky lg ln lo lt lv mg mk ml mn mr ms my ne nl no om or "
    "pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th tl tr ug uk ur uz vi xh yo zh zu"
)
_SPACELESS = re.compile(f"[{SPACELESS}]")
_ADDRESS = re.compile(r"\S*(?:://|@)\S*|www\.\S+")


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_LANGUAGES.split())
    return identifier


def detect(text: str) -> tuple[str, float] | None:
    """The ISO 639-1 code and probability (0 to 1) of the language of ``text``, None when unsure."""
    sample = _ADDRESS.sub(" ", text[:_READ])
    letters = sum(map(str.isalpha, sample)) + 2 * len(_SPACELESS.findall(sample))
    if letters < ENOUGH:
        return None
    code, probability = _identifier().classify(sample)
    return (str(code), float(probability)) if probability >= SURE else None
