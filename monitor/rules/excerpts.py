"""The passage of an article that a message quotes, with the matched words marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.model import Excerpt
from monitor.rules.document import Document, Hit

MAX_EXCERPT = 400
"""Characters of an excerpt, about."""
_JOIN = " — "
_CUT = "…"
_UNEVEN = re.compile(r"\s\s|[^\S ]")
_MARGIN = 60
"""Characters kept around a mark when a passage has to be cut."""


def excerpt(document: Document, core: Sequence[Hit], hits: Sequence[Hit]) -> Excerpt:
    """The sentence that holds ``core``; with the title before it when they reach across.

    ``hits`` are marked too where they happen to stand in it.
    """
    if not core:
        return _first_words(document)
    marks = sorted({document.original(h.first, h.last) for h in (*core, *hits)})
    wanted = sorted({document.original(h.first, h.last) for h in core})
    pieces = _passages(document, wanted)
    room = MAX_EXCERPT - len(_JOIN) * (len(pieces) - 1)
    text, shifted = "", []
    for number, (start, end) in enumerate(pieces):
        if number:
            text += _JOIN
        share = (room - len(text)) // (len(pieces) - number)
        cut, moved = _cut(document.text, start, end, marks, wanted, share)
        shifted += [(a + len(text), b + len(text)) for a, b in moved]
        text += cut
    return Excerpt(text, tuple(shifted))


def _first_words(document: Document) -> Excerpt:
    if not document.text.strip():
        return Excerpt("")
    start, end = document.sentences[0]
    return Excerpt(_cut(document.text, start, end, [], [], MAX_EXCERPT)[0])


def _passages(document: Document, wanted: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The title and/or the sentences, as original spans, that the wanted marks lie in."""
    title = [w for w in wanted if w[0] < document.body_offset]
    body = [w for w in wanted if w[0] >= document.body_offset]
    passages = []
    if title:
        passages.append((document.sentences[0][0], len(document.title.rstrip())))
    if body:
        passages += _sentences(document, body)
    return passages


def _sentences(document: Document, marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentences of ``marks``, neighbours joined, at most two passages."""
    joined: list[tuple[int, int]] = []
    for start, _ in marks:
        from_, to = document.sentence_of(start)
        if joined and from_ <= joined[-1][1]:
            continue
        if (
            joined
            and not document.text[joined[-1][1] : from_].strip()
            and (to - joined[-1][0] <= MAX_EXCERPT)
        ):
            joined[-1] = (joined[-1][0], to)
        else:
            joined.append((from_, to))
    return joined[:2]


def _cut(
    text: str,
    start: int,
    end: int,
    marks: Sequence[tuple[int, int]],
    wanted: Sequence[tuple[int, int]],
    room: int,
) -> tuple[str, list[tuple[int, int]]]:
    """The passage in at most ``room`` characters around its wanted marks, white space made single.

    Returns it with the marks that are still in it, counted from its start.
    """
    if end - start > room:
        inner = [w for w in wanted if start <= w[0] and w[1] <= end]
        centre = inner[0][0] if inner else start
        last = next((b for _, b in reversed(inner) if b - centre <= room - _MARGIN), centre)
        first = max(start, min(centre - _MARGIN, end - room))
        first = max(first, min(centre, last - room + _MARGIN // 2))
        stop = min(end, first + room - 2 * len(_CUT))
        head, tail = _word_start(text, first, centre, start), _word_end(text, stop, last, end)
    else:
        head, tail = start, end
    inner_marks = [(a, b) for a, b in marks if head <= a and b <= tail]
    lead, trail = (_CUT if head > start else ""), (_CUT if tail < end else "")
    if not _UNEVEN.search(text, head, tail):
        shift = len(lead) - head
        return lead + text[head:tail] + trail, [(a + shift, b + shift) for a, b in inner_marks]
    evened, moved = _evened(text, head, tail, inner_marks)
    return lead + evened + trail, [(a + len(lead), b + len(lead)) for a, b in moved]


def _evened(
    text: str, head: int, tail: int, marks: Sequence[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    """``text[head:tail]`` with white space made single, and the marks counted from its start."""
    out: list[str] = []
    places: dict[int, int] = {}
    length = 0
    for i in range(head, tail):
        places[i] = length
        if text[i].isspace():
            if i == head or text[i - 1].isspace():
                continue
            out.append(" ")
        else:
            out.append(text[i])
        length += 1
    places[tail] = length
    return "".join(out), [(places[a], places[b]) for a, b in marks]


def _word_start(text: str, at: int, limit: int, start: int) -> int:
    """``at`` moved on to the start of a word, but not past ``limit``."""
    if at <= start:
        return start
    while at < limit and not text[at - 1].isspace():
        at += 1
    return at


def _word_end(text: str, at: int, limit: int, end: int) -> int:
    """``at`` moved back to the end of a word, but not before ``limit``."""
    if at >= end:
        return end
    back = at
    while back > limit and not text[back].isspace():
        back -= 1
    while back > limit and text[back - 1].isspace():
        back -= 1
    return back if back > limit else at
