"""The forgiving reader: feedparser, for everything that the quick one doubts.

feedparser is imported on first use only. Sanitising and link resolution are switched off: texts
become plain later, and links are resolved for all formats in one place.
"""

from __future__ import annotations

import time
import warnings
from datetime import UTC, datetime
from typing import Any

from monitor.feeds.raw import RawEntry, RawFeed, Text, guessed


def read(body: bytes, *, most: int) -> RawFeed:
    """The document, up to ``most`` items; ``format`` is empty when it is no feed.

    ``body`` is UTF-8, whatever an XML declaration in it says.
    """
    import feedparser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about its own deprecated fields
        document: Any = feedparser.parse(
            body,
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        channel = document.feed
        feed = RawFeed(
            _format(document.get("version", "")),
            title=_detail(channel, "title"),
            home=channel.get("link"),
            lang=channel.get("language"),
        )
        if document.get("bozo"):
            reason = document.get("bozo_exception")
            feed.notes.append(f"not well-formed ({reason})"[:200])
        feed.more = len(document.entries) > most
        feed.entries = [_entry(e) for e in document.entries[:most]]
    return feed


def _format(version: str) -> str:
    if version.startswith("rss") and version[3:].isdigit():
        return f"rss {version[3]}.{version[4:]}"
    if version.startswith("atom") and version[4:].isdigit():
        return f"atom {version[4]}.{version[5:]}"
    return version


def _entry(source: Any) -> RawEntry:
    entry = RawEntry(guid=source.get("id"), guid_is_link=bool(source.get("guidislink")))
    entry.link = source.get("link")
    entry.title = _detail(source, "title")
    entry.summary = _detail(source, "summary")
    for content in source.get("content", ()):
        text = _typed(content.get("value") or "", content.get("type") or "")
        if text.text.strip():
            entry.content = text
            break
    if entry.content.text == entry.summary.text:
        entry.summary = Text()
    entry.published = _moment(source, "published") or _moment(source, "created")
    entry.updated = _moment(source, "updated")
    entry.author = source.get("author")
    origin = source.get("source")
    if isinstance(origin, dict):
        entry.source = origin.get("title")
    entry.source = entry.source or source.get("publisher")
    entry.lang = source.get("language") or _language(source)
    entry.tags = [t.get("label") or t.get("term") or "" for t in source.get("tags", ())]
    return entry


def _detail(source: Any, key: str) -> Text:
    detail = source.get(f"{key}_detail")
    if not detail:
        return guessed(source.get(key) or "")
    return _typed(detail.get("value") or "", detail.get("type") or "")


def _typed(text: str, kind: str) -> Text:
    if kind == "text/plain":
        return guessed(text)
    return Text(text, True)


def _language(source: Any) -> str | None:
    for key in ("title_detail", "summary_detail"):
        language = (source.get(key) or {}).get("language")
        if language:
            return str(language)
    return None


def _moment(source: Any, key: str) -> str | datetime | None:
    """The date as written where there is text; what feedparser made of it is the second choice."""
    text = source.get(key)
    parsed = source.get(f"{key}_parsed")
    if isinstance(text, str) and text.strip():
        from monitor.feeds import dates

        if parsed is None or dates.read(text) is not None or dates.hopeless(text):
            return text
    if isinstance(parsed, time.struct_time):
        return datetime(*parsed[:5], min(parsed[5], 59), tzinfo=UTC)
    return text if isinstance(text, str) else None
