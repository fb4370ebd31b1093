"""From the HTML of feeds to plain text. The HTML is hostile until proven otherwise.

A single pass over the characters, no tree: nesting costs nothing, every branch moves forward, and
what is not understood is dropped. Rendering for a channel (escaping) is not done here.
"""

from __future__ import annotations

import html
import re

_BLOCKS = frozenset(
    [
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog",
        "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
        "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li", "main", "menu", "nav", "ol", "p",
        "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
    ]
)  # fmt: skip
_BREAKS = frozenset(["br"])
_CELLS = frozenset(["td", "th", "option", "img", "input", "wbr"])
# Content that is not text. An unclosed one hides the rest only where a browser would.
_HIDDEN_TO_THE_END = frozenset(["script", "style"])
_HIDDEN = frozenset(
    [
        "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "head",
        "select", "textarea", "canvas", "audio", "video", "noembed", "noframes", "title",
    ]
)  # fmt: skip
_TAG_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:-]*)")
_QUOTE_OR_END = re.compile("[\"'>]")
_LEFT_OVER = re.compile(r"<[!/?]?[A-Za-z][^<>]*>?|<!--|-->")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!--|<!\[CDATA\[")
_ROUNDS = 3
"""Feeds escape their HTML once or twice; a text that still holds tags after this is stripped."""
_FAILED_QUOTES = 32
"""Tags with a quote that swallows the rest, after which quotes are no longer trusted."""

# Not text: control characters, bidi controls, zero-width and invisible ones, tag characters,
# surrogates, non-characters. Zero-width (non-)joiners stay: Persian and Indic words need them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff0-\ufffc\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e00ff]"
)
_LINE_SEPARATORS = str.maketrans({"\u2028": "\n", "\u2029": "\n\n", "\r": "\n", "\x85": "\n"})
_MANY_LINES = re.compile(r"\n{3,}")


def to_text(markup: str) -> str:
    """The text of ``markup``: blocks between blank lines, ``<br>`` as a line break, nothing else.

    No tag, script, control character or bidi override survives, entities are decoded. Text
    without any tag keeps its lines.
    """
    text = _UNWANTED.sub("", markup)
    for _ in range(_ROUNDS):
        has_entities = "&" in text
        text = _stripped(text)
        if has_entities:  # which may stand for anything
            text = _UNWANTED.sub("", text)
        if not _MARKUP.search(text):
            break
    else:
        text = _LEFT_OVER.sub(" ", text)
    if "\r" in text or not text.isascii():
        text = text.replace("\r\n", "\n").translate(_LINE_SEPARATORS)
    # Splitting and joining takes a tenth of the time of an expression that meets every space.
    lines = "\n".join([" ".join(line.split()) for line in text.split("\n")])
    return _MANY_LINES.sub("\n\n", lines).strip("\n")


def _stripped(text: str) -> str:
    """``text`` without its tags and with its entities decoded, once."""
    if "<" not in text:
        return html.unescape(text)
    scanner = _Scanner(text)
    scanner.run()
    pieces = scanner.pieces
    if scanner.has_blocks:
        pieces = [p if p in ("\n\n", "\n") else _on_one_line(p) for p in pieces]
    return html.unescape("".join(pieces))


def _on_one_line(text: str) -> str:
    """``text`` with every run of white space, at its ends too, a single space."""
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{words}{' ' if text[-1].isspace() else ''}"


class _Scanner:
    """Collects the text between tags. ``position`` only ever grows."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces: list[str] = []
        self.has_blocks = False
        self._last_end = text.rfind(">")
        self._absent: set[str] = set()
        self._failed_quotes = 0

    def run(self) -> None:
        position = 0
        while True:
            at = self.text.find("<", position)
            if at < 0 or at > self._last_end:
                self.pieces.append(self.text[position:])
                return
            self.pieces.append(self.text[position:at])
            position = self._markup(at)

    def _markup(self, at: int) -> int:
        """Deals with the ``<`` at ``at``; gives the position after it."""
        text = self.text
        if text.startswith("<!--", at):
            return self._after("-->", at + 2, otherwise=at + 4)
        if text.startswith("<![CDATA[", at):
            end = self._find("]]>", at)
            if end < 0:
                return at + 9
            self.pieces.append(html.escape(text[at + 9 : end], quote=False))
            return end + 3
        if text.startswith(("<!", "<?"), at):
            return self._after(">", at, otherwise=at + 2)
        name = _TAG_NAME.match(text, at + 1)
        if name is None:
            self.pieces.append("&lt;")
            return at + 1
        return self._tag(name[1].lower(), text[at + 1] == "/", self._tag_end(name.end()))

    def _tag(self, name: str, closing: bool, end: int) -> int:
        name = name.rpartition(":")[2]
        if name in _BLOCKS or name in _BREAKS:
            self.has_blocks = True
            self.pieces.append("\n\n" if name in _BLOCKS else "\n")
        elif name in _CELLS:
            self.pieces.append(" ")
        elif name in _HIDDEN and not closing and self.text[end - 2] != "/":
            return self._after_hidden(name, end)
        return end

    def _after_hidden(self, name: str, start: int) -> int:
        if name in self._absent:
            return start
        close = re.compile(f"</{name}(?![A-Za-z0-9-])", re.IGNORECASE).search(self.text, start)
        if close is not None:
            return self._after(">", close.end(), otherwise=len(self.text))
        self._absent.add(name)
        return len(self.text) if name in _HIDDEN_TO_THE_END else start

    def _tag_end(self, position: int) -> int:
        """After the ``>`` that ends a tag: one in a quoted value does not, unless it must."""
        plain = self.text.find(">", position)
        if plain < 0:
            return len(self.text)
        if self._failed_quotes >= _FAILED_QUOTES:
            return plain + 1
        while (mark := _QUOTE_OR_END.search(self.text, position)) is not None:
            if mark[0] == ">":
                return mark.end()
            close = self._find(mark[0], mark.end())
            position = close + 1 if close >= 0 else mark.end()
        self._failed_quotes += 1
        return plain + 1

    def _after(self, token: str, start: int, *, otherwise: int) -> int:
        end = self._find(token, start)
        return otherwise if end < 0 else end + len(token)

    def _find(self, token: str, start: int) -> int:
        """`str.find` that looks in vain only once: past the last one there are no more."""
        if token in self._absent:
            return -1
        end = self.text.find(token, start)
        if end < 0:
            self._absent.add(token)
        return end
