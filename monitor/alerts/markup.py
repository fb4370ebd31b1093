"""The markups a message may be written in: how text from feeds is made harmless in each.

Pure. Everything a feed wrote passes ``clean`` once and the ``escape`` of the markup when it is put
out; nothing of it can become a link, a mention, a format or a control sequence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from markupsafe import Markup as SafeHtml
from markupsafe import escape as escape_html
from rich.markup import escape as escape_rich

from monitor.model import Excerpt

URL_CAP = 2_000
"""Characters. Slack refuses longer links, and no newspaper has them."""

EXCERPT_CAP = 400

_BREAK = "\u200b"
"""Zero-width space: after it an @ is no mention and a bracket no link."""

_BIDI = re.compile("[\u061c\u202a-\u202e\u2066-\u2069]")
"""Overrides and isolates (and the Arabic mark): ours are balanced, a feed's need not be."""

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Unicode's categories Cc, Zl, Zp and Cs."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")
"""The blocks of Hebrew, Arabic, Syriac, Thaana, N'Ko and their kin."""

_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_URL_SAFE = "%/:=&?~#+!$,;'()*-._"
"""The @ is not among them: nothing in a link shall look like a mention."""


class Safe(str):
    """Text that is escaped already."""

    __slots__ = ()


def clean(text: str, cap: int | None = None) -> str:
    """``text`` on one line, without control characters and direction marks, ``cap`` characters."""
    # Far more than is shown need not be looked at: texts from feeds can be very long.
    line = " ".join(_harmless(text[: 8 * cap] if cap else text).split())
    return shorten(line, cap) if cap else line


def clean_lines(text: str, cap: int) -> str:
    """Like ``clean``, but lines stay lines."""
    return shorten("\n".join(clean(line) for line in text.splitlines()).strip(), cap)


def _harmless(text: str) -> str:
    return _CONTROL.sub(" ", _BIDI.sub("", text))


def shorten(text: str, cap: int) -> str:
    """At most ``cap`` characters, ended by … where something is missing, at a word if it can be."""
    if len(text) <= cap:
        return text
    head = text[: cap - 1]
    space = head.rfind(" ")
    return (head[:space] if space > cap * 2 // 3 else head).rstrip(" ,;:–—-") + "…"


def isolate(text: str) -> str:
    """``text`` set apart when it runs right to left, so that it cannot turn its surroundings."""
    return f"\u2068{text}\u2069" if _RIGHT_TO_LEFT.search(text) else text


def web_url(url: str | None) -> str | None:
    """``url`` fit to be a link: http or https with a host, nothing in it that ends a link early."""
    if not url or len(url) > URL_CAP or any(c.isspace() or not c.isprintable() for c in url):
        return None
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or user is not None:
        return None
    return "".join(c if c.isalnum() or c in _URL_SAFE else quote(c) for c in url)


def unmention(text: str) -> str:
    """``text`` in which no @word calls anybody."""
    return _MENTION.sub("@" + _BREAK, text)


@dataclass(frozen=True, slots=True)
class Markup:
    """One markup: ``escape`` makes text literal, ``mark`` sets an escaped piece off."""

    name: str
    escape: Callable[[str], str]
    mark: Callable[[str], str]
    autoescape: bool = False
    """HTML: Jinja's own escaping is on as well."""

    def put(self, value: object) -> object:
        """What a template's ``{{ value }}`` writes."""
        if isinstance(value, (Safe, SafeHtml)):
            return value
        text = self.escape(str(value))
        return SafeHtml(text) if self.autoescape else Safe(text)  # noqa: S704  # just escaped

    def excerpt(self, excerpt: Excerpt) -> str:
        """The sentence with its words marked, cut around the first of them when it is long."""
        parts = pieces(excerpt)
        text = "".join(self.mark(self.escape(t)) if hit else self.escape(t) for t, hit in parts)
        turned = isolate("".join(t for t, _ in parts)).startswith("\u2068")
        text = f"\u2068{text}\u2069" if turned else text
        return SafeHtml(text) if self.autoescape else Safe(text)  # noqa: S704  # pieces are escaped


def pieces(excerpt: Excerpt) -> list[tuple[str, bool]]:
    """The excerpt as (text, marked), cleaned, at most ``EXCERPT_CAP`` characters."""
    spans = _spans(excerpt)
    first, last = 0, len(excerpt.text)
    if last > EXCERPT_CAP:
        centre = spans[0][0] if spans else 0
        first = max(0, min(centre - EXCERPT_CAP // 4, last - EXCERPT_CAP))
        last = first + EXCERPT_CAP
        spans = [(max(a, first), min(b, last)) for a, b in spans if b > first and a < last]
    found: list[tuple[str, bool]] = [("…", False)] if first else []
    at = first
    for start, end in spans:
        found += [(excerpt.text[at:start], False), (excerpt.text[start:end], True)]
        at = end
    found.append((excerpt.text[at:last], False))
    if last < len(excerpt.text):
        found.append(("…", False))
    return [(t, hit) for t, hit in ((_harmless(t), hit) for t, hit in found) if t]


def _spans(excerpt: Excerpt) -> list[tuple[int, int]]:
    """The marks within the text, in order, overlapping and touching ones joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(excerpt.marks):
        begin, stop = max(start, 0), min(end, len(excerpt.text))
        if begin >= stop:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((begin, stop))
    return joined


def _rich(text: str) -> str:
    return escape_rich(text)


def _slack(text: str) -> str:
    literal = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Slack has no escape for its formats: the look-alikes neither open nor close one. The break
    # keeps [words](address) from becoming a link on servers that read Markdown too.
    literal = literal.replace("*", "∗").replace("`", "ˋ").replace("](", f"]{_BREAK}(")
    return unmention(literal)


def _slack_mark(text: str) -> str:
    # A format needs a boundary on both sides; inside a word the break is one.
    return f"{_BREAK}*{text}*{_BREAK}" if text.strip() else text


def _html_mark(text: str) -> str:
    return f"<strong>{text}</strong>"


def listed(names: Sequence[str], shown: int) -> str:
    """``A, B and 3 more``; ``A and B``; ``A``."""
    if len(names) > shown + 1:  # "and 1 more" is never shorter than the name
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    if len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return names[0] if names else ""


PLAIN = Markup("plain", escape=str, mark=lambda t: f"*{t}*")
"""Mail's plain text: nothing is special there."""

CHAT = Markup("chat", escape=unmention, mark=lambda t: f"*{t}*")
"""Plain text that a chat service may search for mentions."""

CONSOLE = Markup("console", escape=_rich, mark=lambda t: f"[bold yellow]{t}[/]")
SLACK = Markup("slack", escape=_slack, mark=_slack_mark)
HTML = Markup("html", escape=lambda t: str(escape_html(t)), mark=_html_mark, autoescape=True)
MATRIX = Markup(
    "matrix", escape=lambda t: str(escape_html(unmention(t))), mark=_html_mark, autoescape=True
)
