"""The text of a news page without what surrounds it. Runs in a worker process, on hostile bytes."""

from __future__ import annotations

from dataclasses import dataclass

import trafilatura

from monitor.text.html import to_text

MAX_TEXT = 100_000
"""Characters kept of one page; the longest reports are a third of it."""
MIN_TEXT = 200
"""Anything shorter is a consent wall or a teaser, and says less than the feed."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. ``text`` is plain, paragraphs a blank line apart."""

    text: str
    title: str = ""


def extract(body: bytes, content_type: str | None, url: str) -> Page:
    """The main text of a page; empty when there is none to be told from the rest."""
    if content_type is not None and "html" not in content_type.lower():
        return Page("")
    found = trafilatura.extract(
        body, url=url, include_comments=False, include_tables=False, favor_precision=True,
        with_metadata=False,
    )  # fmt: skip
    if not found:
        return Page("")
    # One line is one paragraph to trafilatura; `to_text` drops control and direction characters.
    paragraphs = (to_text(_escaped(line)) for line in found.splitlines() if line.strip())
    text = "\n\n".join(p for p in paragraphs if p)[:MAX_TEXT]
    return Page(text if len(text) >= MIN_TEXT else "")


def extract_titled(body: bytes, content_type: str | None, url: str) -> Page:
    """`extract`, with the headline: for a page that no feed has announced."""
    found = trafilatura.extract_metadata(body, default_url=url, extensive=False)
    title = to_text(_escaped(found.title or "")) if found is not None else ""
    return Page(extract(body, content_type, url).text, " ".join(title.split()))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
