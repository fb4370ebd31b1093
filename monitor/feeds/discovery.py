"""The feeds that a web page names in its head (``<link rel="alternate">``). Pure."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin

_TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "text/xml",
        "application/xml",
    }
)
_READ = 400_000
"""Characters of a page that are looked at: heads can be long, bodies do not matter."""
_MOST = 20


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a page names."""

    url: str
    title: str


class _Links(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.found: dict[str, FoundFeed] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: (value or "").strip() for key, value in attrs}
        href = given.get("href", "")
        if tag == "base" and href:
            self.base = _join(self.base, href) or self.base
        if tag != "link" or not href or len(self.found) >= _MOST:
            return
        kind = given.get("type", "").lower().partition(";")[0]
        words = given.get("rel", "").lower().split()
        if "feed" in words or ("alternate" in words and kind in _TYPES):
            url = _join(self.base, href)
            # WordPress and others name their JSON interface just like a feed.
            if url and "/wp-json/" not in url and "oembed" not in url:
                self.found.setdefault(url, FoundFeed(url, given.get("title", "")[:200]))


def _join(base: str, href: str) -> str | None:
    try:
        url = urljoin(base, href)
    except ValueError:
        return None
    return url if url.startswith(("http://", "https://")) else None


def feeds_named(page: str, url: str) -> tuple[FoundFeed, ...]:
    """The feeds named by an HTML page that was found at ``url``, in the page's order."""
    parser = _Links(url)
    # The standard library's parser asserts that declarations are sane; what it found stays found.
    with contextlib.suppress(AssertionError):
        parser.feed(page[:_READ])
    return tuple(parser.found.values())


def looks_like_html(text: str) -> bool:
    """Whether a document is a web page rather than any kind of feed."""
    head = text[:2_000].lower()
    return any(mark in head for mark in ("<!doctype html", "<html", "<head>", "<body"))
