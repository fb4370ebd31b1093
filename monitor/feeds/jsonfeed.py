"""JSON Feed, versions 1 and 1.1 (jsonfeed.org). Pure; hostile shapes are skipped, not trusted."""

from __future__ import annotations

import json
from typing import Any

from monitor.feeds.raw import Doubt, RawEntry, RawFeed, Text


def looks_like_json(text: str) -> bool:
    """Whether the document can only be JSON."""
    return text[:64].lstrip("\ufeff \t\r\n").startswith("{")


def read(text: str, *, most: int) -> RawFeed:
    """The feed, up to ``most`` items; Doubt with the reason when it is none."""
    try:
        document = json.loads(text.lstrip("\ufeff \t\r\n"), strict=False)
    except (ValueError, RecursionError) as e:
        raise Doubt(f"damaged JSON: {e}") from e
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise Doubt("JSON, but no JSON Feed (it has no list of items)")
    version = _string(document, "version") or ""
    feed = RawFeed("json")
    if version.startswith("https://jsonfeed.org/version/"):
        feed.format = f"json {version.rpartition('/')[2]}"[:20]
    feed.title = Text(_string(document, "title") or "")
    feed.home = _string(document, "home_page_url")
    feed.lang = _string(document, "language")
    feed.more = len(items) > most
    for item in items[:most]:
        if isinstance(item, dict):
            feed.entries.append(_item(item, feed))
    return feed


def _item(item: dict[str, Any], feed: RawFeed) -> RawEntry:
    entry = RawEntry(guid=_string(item, "id"))
    entry.link = _string(item, "url") or _string(item, "external_url")
    entry.guid_is_link = True
    entry.title = Text(_string(item, "title") or "")
    markup = _string(item, "content_html")
    entry.content = Text(markup, True) if markup else Text(_string(item, "content_text") or "")
    entry.summary = Text(_string(item, "summary") or "")
    entry.published = _string(item, "date_published")
    entry.updated = _string(item, "date_modified")
    people = item.get("authors")
    people = people if isinstance(people, list) else [item.get("author")]
    names = [_string(p, "name") for p in people if isinstance(p, dict)]
    entry.author = ", ".join(n for n in names if n) or None
    entry.lang = _string(item, "language")
    tags = item.get("tags")
    entry.tags = [t for t in tags if isinstance(t, str)] if isinstance(tags, list) else []
    return entry


def _string(source: dict[str, Any], key: str) -> str | None:
    """A value that should be text; numbers occur as ids, anything else counts as absent."""
    value = source.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None
