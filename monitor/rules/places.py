"""From an offset in a value to the place in its file, through quotes, escapes and folded lines."""

from __future__ import annotations

from monitor.rules.placed import Scalar, SourceText

_ESCAPES = {"x": 2, "u": 4, "U": 8}
"""Digits after the letter of an escape."""


def locate(source: SourceText, scalar: Scalar, offset: int) -> int:
    """Where character ``offset`` of a scalar's value stands in the file; -1 for one without place.

    Works for every YAML style and for JSON strings: what the styles change is white space,
    doubled quotes and escapes, so the other characters are followed one by one.
    """
    if scalar.start < 0:
        return -1
    text, value = source.text, scalar.value
    at = _content_start(text, scalar.start)
    quote = text[at : at + 1]
    if quote == "*":  # an alias: its text stands elsewhere
        return scalar.start
    if quote in ('"', "'"):
        at += 1
    elif quote in ("|", ">"):
        at, quote = text.find("\n", at) + 1, ""
    else:
        quote = ""
    last = at
    for index, wanted in enumerate(value):
        if wanted.isspace() and not (quote == '"' and text[at : at + 1] == "\\"):
            if index == offset:
                return at
            if text[at : at + 1] == wanted:
                at += 1
            continue
        at = _skip_space(text, at, quote)
        if index == offset:
            return min(at, len(text))
        if at >= len(text):
            return last
        last = at
        at += _width(text, at, quote)
    return at if offset >= len(value) else last


def _content_start(text: str, at: int) -> int:
    """Past anchors and tags."""
    while text[at : at + 1] in ("&", "!"):
        while at < len(text) and not text[at].isspace():
            at += 1
        while at < len(text) and text[at].isspace():
            at += 1
    return at


def _skip_space(text: str, at: int, quote: str) -> int:
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif quote == '"' and text.startswith("\\\n", at):
            at += 2
        else:
            break
    return at


def _width(text: str, at: int, quote: str) -> int:
    """Characters of the file that stand for one of the value."""
    if quote == "'" and text.startswith("''", at):
        return 2
    if quote == '"' and text[at] == "\\":
        pair = text[at : at + 3].lower() == "\\ud" and text[at + 6 : at + 8].lower() == "\\u"
        return 12 if pair else 2 + _ESCAPES.get(text[at + 1 : at + 2], 0)
    return 1
