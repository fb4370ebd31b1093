"""Where sentences and paragraphs begin and end in plain text.

Rules of punctuation only, for the watch languages; no model and no dictionary beyond common
abbreviations. A paragraph ends at a blank line; a single line break ends nothing, because wire
texts are hard-wrapped.
"""

from __future__ import annotations

import re
from bisect import bisect_right

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*|\u2029\s*")
# A run of full stops with its closing quotes, then space; or a full stop that needs no space.
_MARKS = "[.!?…؟۔։።।॥‼⁇⁈⁉]"
_STOP = re.compile(
    rf"(?<!{_MARKS})(?P<mark>{_MARKS}++)[\"'”’»›)\]*]*+(?P<gap>\s+)"
    r"|[。！？｡．]+[」』”’）】》]*(?P<thin>\s*)"
)
_WORD_BEFORE = re.compile(r"[^\W_]+(?:\.[^\W_]+)*\Z")
_INITIALS = re.compile(r"[^\W\d_](?:\.[^\W\d_])*\Z")
_LONGEST_WORD = 24
_OPENING = "\"'“”„«»‹›‘’([¿¡*•–—- "


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Words whose full stop ends no sentence, folded to small letters.
_ABBREVIATIONS = _words(
    """
    mr mrs ms dr prof st sr jr gen lt col maj capt cmdr sgt cpl adm brig gov sen rep pres hon rev
    fr vs v vol approx dept inc ltd co corp bros jan feb mar apr jun jul
    aug sep sept oct nov dec tue thu fri mme mlle mm me env av bd hr frau nr bzw
    ca usw evtl abs sog ing dipl sig sra sta ud uds ee ex av dra exmo gral tte cap
    г гг ул им тыс млн
    млрд проф акад ген св см стр руб коп д т
    """
)
# Abbreviations before a figure, words otherwise.
_BEFORE_FIGURES = _words(
    """
    no nos p pp art fig est nr n vol abs ch chap sec
    """
)
# After an initialism (U.S.) a new sentence shows only by its first word.
_STARTERS = _words(
    """
    the a an he she it they we i but and in on at this that these those there its his her their
    our as after before when while if for from by with meanwhile however officials police
    le la les il elle ils un une der die das er sie es el los las
    """
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence, in order, without the white space between; none is empty."""
    spans = []
    for first, last in paragraph_spans(text):
        start = first
        for stop in _STOP.finditer(text, first, last):
            if stop.end() < last and _ends_sentence(text, stop):
                end = stop.start("gap" if stop["gap"] else "thin")
                spans.append((start, end))
                start = stop.end()
        spans.append((start, last))
    return spans


def paragraph_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of every paragraph, in order, trimmed; none is empty."""
    spans = []
    position = 0
    for gap in [*(m.span() for m in _BLANK_LINE.finditer(text)), (len(text), len(text))]:
        piece = text[position : gap[0]]
        start = position + len(piece) - len(piece.lstrip())
        end = position + len(piece.rstrip())
        if start < end:
            spans.append((start, end))
        position = gap[1]
    return spans


def is_broken(text: str, start: int, end: int) -> bool:
    """Whether a sentence or paragraph ends between ``start`` and ``end``, both at words."""
    if _BLANK_LINE.search(text, start, end):
        return True
    return any(_ends_sentence(text, stop) for stop in _STOP.finditer(text, start, end))


def holding(spans: list[tuple[int, int]], offset: int) -> int:
    """The index of the span that ``offset`` lies in (or follows); 0 when it precedes them all."""
    return max(0, bisect_right(spans, (offset, len(spans) and spans[-1][1] + offset + 1)) - 1)


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    if stop["mark"] is None:
        return True
    following = text[stop.end() : stop.end() + 40].lstrip(_OPENING)
    if following[:1].islower():
        return False
    if stop["mark"] != ".":
        return True
    before = text[max(0, stop.start() - _LONGEST_WORD) : stop.start()]
    word = _WORD_BEFORE.search(before)
    if word is None:
        return True
    if _INITIALS.fullmatch(word[0]):
        first = re.match(r"\w*", following)
        return "." in word[0] and first is not None and first[0].lower() in _STARTERS
    if word[0].lower() in _BEFORE_FIGURES and following[:1].isdigit():
        return False
    return word[0].lower() not in _ABBREVIATIONS
