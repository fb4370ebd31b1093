"""OPML, the list format of feed readers: in as feeds with their faults told, out as XML.

Ill-formed lists are common (bare ``&``), hostile ones possible: no entity is ever expanded, sizes
are capped. Reading and writing files is the caller's business.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from monitor.errors import Problem, ProblemLevel
from monitor.feeds.decode import decode
from monitor.model import Feed, FeedName

LARGEST = 5_242_880
"""Bytes; 10,000 feeds take about two million."""
MOST_FEEDS = 20_000
_DEEPEST = 20
_LONGEST_NAME = 200
_LONGEST_URL = 4_000
_LONGEST_TAG = 20_000


@dataclass(frozen=True, slots=True)
class OpmlList:
    """What a list holds; a feed that cannot be used is a problem instead."""

    feeds: tuple[Feed, ...]
    problems: tuple[Problem, ...]
    title: str = ""


def read(data: bytes, *, file: str, taken: Iterable[FeedName] = ()) -> OpmlList:
    """The feeds of an OPML document, in its order; folders and ``category`` become tags.

    Names are made unique, also against ``taken``. Repeated addresses are kept once (with the tags
    of all) and reported. Never raises for what stands in the file.
    """
    if len(data) > LARGEST:
        message = f"the list is larger than {LARGEST // 1_048_576} MiB"
        return OpmlList((), (Problem(file, 0, 0, message),))
    text, _ = decode(data, None)
    reader = _Outlines(file, set(taken))
    reader.feed(text)
    if not reader.is_opml:
        reader.complain("this is no OPML list: it has no <outline> elements", nowhere=True)
    elif not reader.found:
        reader.complain("the list names no feed (no outline has an xmlUrl)", nowhere=True)
    return OpmlList(
        tuple(_feed(found) for found in reader.found.values()),
        tuple(reader.problems),
        reader.title,
    )


def write(feeds: Iterable[Feed], *, title: str, now: datetime) -> str:
    """An OPML 2.0 document: feeds under a folder named after their first tag, further tags as
    categories. User names and passwords in addresses are left out: lists are passed on."""
    folders: dict[str, list[Feed]] = {}
    for feed in feeds:
        folders.setdefault(feed.tags[0] if feed.tags else "", []).append(feed)
    out = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>"]
    out.append(f"    <title>{_escaped(title)}</title>")
    out.append(f"    <dateCreated>{format_datetime(now)}</dateCreated>")
    out += ["  </head>", "  <body>"]
    for folder, members in folders.items():
        indent = "    "
        if folder:
            out.append(f"{indent}<outline text={_quoted(folder)} title={_quoted(folder)}>")
            indent += "  "
        out += [f"{indent}{_outline(feed)}" for feed in members]
        if folder:
            out.append("    </outline>")
    out += ["  </body>", "</opml>", ""]
    return "\n".join(out)


# --- reading -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Found:
    name: FeedName
    url: str
    tags: list[str]
    lang: str | None = None
    line: int = 0


_TAG = re.compile(r"<(/?)outline\b|</(?:body|opml)\b", re.IGNORECASE)
_NOT_NEWLINE = re.compile(r"[^\n]")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([A-Za-z_][\w:.-]{0,60})\s*=\s*([\"'])")
_ENDS = {
    mark: re.compile(rf"{mark}(?=\s+[A-Za-z_][\w:.-]*\s*=\s*[\"']|\s*/?>?\s*\Z)") for mark in "\"'"
}
"""Where a value ends: people leave quotation marks inside unescaped, so one alone is not enough."""


def _attributes(text: str) -> dict[str, str]:
    """The attributes of one tag, names in small letters, values unescaped; the first one counts."""
    found: dict[str, str] = {}
    at = 0
    endless: set[str] = set()
    while (start := _ATTRIBUTE.search(text, at)) is not None:
        mark = start[2]
        end = None if mark in endless else _ENDS[mark].search(text, start.end())
        if end is None:  # there is none further on either: from here the next mark has to do
            endless.add(mark)
        stop = end.start() if end else text.find(mark, start.end())
        if stop < 0:
            break
        found.setdefault(start[1].lower(), html.unescape(text[start.end() : stop]).strip())
        at = stop + 1
    return found


def _without_comments(text: str) -> str:
    """Comments blanked out, not cut out: places count characters of the file."""
    parts = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts += [text[at:start], _NOT_NEWLINE.sub(" ", text[start : end + 3])]
        at = end + 3
    return "".join(parts) + text[at:]


class _Outlines:
    """Goes from ``<outline`` to ``<outline``: three of four lists in the wild are no proper XML."""

    def __init__(self, file: str, taken: set[FeedName]) -> None:
        self.file = file
        self.found: dict[str, _Found] = {}
        self.problems: list[Problem] = []
        self.is_opml = False
        self.title = ""
        self._taken: set[str] = set(taken)
        self._folders: list[str | None] = []
        """Open outlines: a folder's name, or None for a feed that has not been closed."""
        self._full = False
        self._place = (0, 0)

    def complain(self, message: str, *, error: bool = True, nowhere: bool = False) -> None:
        line, column = (0, 0) if nowhere else self._place
        level = ProblemLevel.ERROR if error else ProblemLevel.WARNING
        self.problems.append(Problem(self.file, line, column, message, level=level))

    def feed(self, text: str) -> None:
        text = _without_comments(text)
        title = _TITLE.search(text[:10_000])
        self.title = _one_line(html.unescape(title[1])) if title else ""
        tags = list(_TAG.finditer(text))
        line, line_start, counted = 1, 0, 0
        for index, tag in enumerate(tags):
            newlines = text.count("\n", counted, tag.start())
            if newlines:
                line, line_start = line + newlines, text.rindex("\n", counted, tag.start()) + 1
            counted = tag.start()
            self._place = (line, tag.start() - line_start + 1)
            if tag[1]:
                if self._folders:
                    self._folders.pop()
            elif tag[1] is not None:
                end = tags[index + 1].start() if index + 1 < len(tags) else len(text)
                inside = text[tag.end() : min(end, tag.end() + _LONGEST_TAG)].rstrip()
                name = self._outline(_attributes(inside))
                if not inside.endswith("/>"):
                    self._folders.append(name)

    def _outline(self, given: dict[str, str]) -> str | None:
        """Takes in one outline; its name when it is a folder."""
        self.is_opml = True
        label = _one_line(given.get("title") or given.get("text") or "")
        url = given.get("xmlurl") or (given.get("url", "") if given.get("type") == "rss" else "")
        if not url:
            return label or None
        if url.startswith("feed:"):
            url = url.removeprefix("feed:")
            url = f"http:{url}" if url.startswith("//") else url
        if not _is_usable(url):
            shown = url[:100]
            self.complain(f"{shown!r} is no address that can be polled")
            return None
        tags = self._tags(given.get("category", ""))
        twin = self.found.get(url)
        if twin is not None:
            self.complain(
                f"{url} stands here again; it is already in line {twin.line} as {twin.name!r}",
                error=False,
            )
            twin.tags += [t for t in tags if t not in twin.tags]
        elif len(self.found) >= MOST_FEEDS:
            if len(self.found) == MOST_FEEDS and not self._full:
                self._full = True
                self.complain(f"more than {MOST_FEEDS} feeds; the rest is left out")
        else:
            self.found[url] = _Found(
                self._name(label or url, url),
                url,
                tags,
                given.get("language") or None,
                self._place[0],
            )
        return None

    def _tags(self, category: str) -> list[str]:
        folders = [f for f in self._folders[-_DEEPEST:] if f]
        categories = [_one_line(c.strip("/ ")) for c in category.split(",")]
        return list(dict.fromkeys(t for t in [*folders, *categories] if t))

    def _name(self, label: str, url: str) -> FeedName:
        """A name nobody else has: the label, with the host, then with a number."""
        host = urlsplit(url).hostname or ""
        name, number = label, 1
        while name in self._taken:
            name = f"{label} ({host})" if number == 1 else f"{label} ({host} {number})"
            number += 1
        self._taken.add(name)
        return FeedName(name)


def _feed(found: _Found) -> Feed:
    return Feed(name=found.name, url=found.url, tags=tuple(found.tags), lang=found.lang)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:_LONGEST_NAME]


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        return usable and len(url) <= _LONGEST_URL and url.isprintable() and " " not in url
    except ValueError:
        return False


# --- writing -----------------------------------------------------------------------------------


def _outline(feed: Feed) -> str:
    parts = ['<outline type="rss"', f"text={_quoted(feed.name)}", f"title={_quoted(feed.name)}"]
    parts.append(f"xmlUrl={_quoted(_without_login(feed.url))}")
    if feed.lang:
        parts.append(f"language={_quoted(feed.lang)}")
    if len(feed.tags) > 1:
        parts.append(f"category={_quoted(','.join(feed.tags[1:]))}")
    return " ".join(parts) + "/>"


def _without_login(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    host, slash, tail = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{tail}"


def _valid(text: str) -> str:
    """XML has no place for control characters, even escaped (XML 1.0, 2.2)."""
    return "".join(c for c in text if c >= " " and not 0xD800 <= ord(c) <= 0xDFFF)


def _escaped(text: str) -> str:
    return _valid(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return quoteattr(_valid(text))
