"""A feed document as the readers of the formats hand it over: strings as they stood. Pure.

What is common to all formats (plain text, dates, absolute links, caps) is made of it in ``parse``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime


class Doubt(Exception):
    """This reader is not sure that it understands the document."""


@dataclass(slots=True)
class Text:
    """A text, and whether it is markup."""

    text: str = ""
    html: bool = False


@dataclass(slots=True)
class RawEntry:
    """One item. Dates are as written, or already understood."""

    guid: str | None = None
    guid_is_link: bool = False
    link: str | None = None
    title: Text = field(default_factory=Text)
    content: Text = field(default_factory=Text)
    summary: Text = field(default_factory=Text)
    published: str | datetime | None = None
    updated: str | datetime | None = None
    author: str | None = None
    source: str | None = None
    lang: str | None = None
    tags: list[str] = field(default_factory=list)
    base: str = ""


@dataclass(slots=True)
class RawFeed:
    """One document; ``more`` says that items beyond the cap were left out, ``cut_off`` that its end
    is missing."""

    format: str
    title: Text = field(default_factory=Text)
    home: str | None = None
    lang: str | None = None
    entries: list[RawEntry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    more: bool = False
    cut_off: bool = False


_MARKUP = re.compile(
    r"</(?:a|abbr|b|blockquote|br|cite|code|del|div|em|figure|font|h[1-6]|i|iframe|img|li|ol|p|pre"
    r"|q|s|script|small|span|strong|style|sub|sup|table|td|tr|u|ul)\s*>|<(?:br|hr|img)\b[^<>]*/?>"
    r"|&(?:amp|apos|gt|lt|quot|nbsp|[lr][ds]quo|[mn]dash|hellip|#\d{2,6}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)


def guessed(text: str) -> Text:
    """A text declared plain, which many feeds fill with markup all the same."""
    return Text(text, _MARKUP.search(text) is not None)
