"""The quick reader: well-formed RSS, RDF and Atom through the standard library's XML parser.

Raises ``Doubt`` wherever it might read something else than feedparser would; the caller then asks
that. Takes text, not bytes, and resolves nothing.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import urljoin

from monitor.feeds.raw import Doubt, RawEntry, RawFeed, Text, guessed

_PREFIXES = {
    "http://www.w3.org/2005/Atom": "atom:",
    "http://purl.org/atom/ns#": "atom:",
    "http://purl.org/rss/1.0/": "",
    "http://my.netscape.com/rdf/simple/0.9/": "",
    "http://channel.netscape.com/rdf/simple/0.9/": "",
    "http://my.netscape.com/publish/formats/rss-0.91.dtd": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/RSS2": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://purl.org/dc/elements/1.0/": "dc:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/rss/1.0/modules/content/": "content:",
    "http://search.yahoo.com/mrss/": "media:",
    "http://search.yahoo.com/mrss": "media:",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes:",
    "http://www.w3.org/1999/xhtml": "xhtml:",
}
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_DEEPEST = 100
_SKIPPED = frozenset({"script", "style"})

Element = ET.Element


_ITEM = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]")


def _is_item(element: Element) -> bool:
    return isinstance(element.tag, str) and element.tag.rpartition("}")[2] in {"item", "entry"}


@lru_cache(maxsize=4096)
def _name(tag: str) -> str:
    """``{namespace}local`` with the prefix usual for the namespace, ``?:`` for an unknown one."""
    if tag[0] != "{":
        return tag
    namespace, _, local = tag[1:].partition("}")
    return _PREFIXES.get(namespace, "?:") + local


def read(text: str, *, most: int) -> RawFeed:
    """The document, up to ``most`` items. Doubt; ParseError when it is not well-formed."""
    if "<!DOCTYPE" in text[:4096] or "<!ENTITY" in text:
        raise Doubt("it brings a document type of its own")
    root = ET.fromstring(text)  # noqa: S314 (no document type gets here, hence no entities)
    name = _name(root.tag)
    if name == "atom:feed":
        feed, items = _atom_feed(root)
        reader: Callable[[Element, str, str | None], RawEntry] = _atom_entry
    elif name in {"rss", "rdf:RDF"}:
        feed, items = _rss_feed(root, name)
        reader = _rss_item
    else:
        raise Doubt(f"its outermost element is {name}")
    if len(items) < len(_ITEM.findall(text)) and len(items) < sum(map(_is_item, root.iter())):
        raise Doubt("some items are not where they belong")
    base = root.get(_BASE, "")
    for item in items[:most]:
        feed.entries.append(reader(item, base, feed.lang))
    feed.more = len(items) > most
    return feed


# --- RSS ---------------------------------------------------------------------------------------


def _rss_feed(root: Element, name: str) -> tuple[RawFeed, list[Element]]:
    kind = "rdf" if name == "rdf:RDF" else f"rss {root.get('version', '')}".strip()
    feed = RawFeed(kind, lang=root.get(_LANG))
    channels = [e for e in root if _name(e.tag) == "channel"]
    items = [e for e in root if _name(e.tag) == "item"]
    for channel in channels:
        feed.lang = channel.get(_LANG) or feed.lang
        for child in channel:
            match _name(child.tag):
                case "item":
                    items.append(child)
                case "title" if not feed.title.text:
                    feed.title = Text(_text(child), True)
                case "link" if not feed.home:
                    feed.home = _text(child).strip() or None
                case "atom:link" if not feed.home and child.get("rel") == "alternate":
                    feed.home = child.get("href")
                case "language" | "dc:language":
                    feed.lang = _text(child).strip() or feed.lang
    return feed, items


def _rss_item(item: Element, base: str, _lang: str | None) -> RawEntry:
    entry = RawEntry(guid=item.get(_RDF_ABOUT), base=urljoin(base, item.get(_BASE, "")))
    entry.lang = item.get(_LANG)
    found: dict[str, Element] = {}
    for child in item:
        name = _name(child.tag)
        if name in {"category", "dc:subject"}:
            entry.tags.append(_text(child))
        elif name == "atom:link":
            if child.get("rel", "alternate") == "alternate":
                found.setdefault(name, child)
        elif name not in found or not (found[name].text or len(found[name])):
            found[name] = child

    def one(*names: str) -> str | None:
        for name in names:
            if name in found:
                text = _text(found[name]).strip()
                if text:
                    return text
        return None

    guid = found.get("guid")
    if guid is not None:
        entry.guid = _text(guid).strip() or entry.guid
        entry.guid_is_link = guid.get("isPermaLink", "true").strip().lower() != "false"
    elif entry.guid is None:
        entry.guid = one("atom:id", "id", "dc:identifier")
        entry.guid_is_link = True
    entry.link = one("link")
    if entry.link is None and "atom:link" in found:
        entry.link = found["atom:link"].get("href")
    entry.title = _markup(found, "title", "dc:title", "media:title", "itunes:title")
    entry.content = _markup(found, "content:encoded", "xhtml:body", "body", "atom:content")
    entry.summary = _markup(
        found, "description", "dc:description", "atom:summary", "itunes:summary", "summary"
    )
    if not entry.summary.text and not entry.content.text:
        entry.summary = _media(item)
    entry.published = one(
        "pubDate", "atom:published", "dc:date", "dcterms:issued", "dcterms:created", "published"
    )
    entry.updated = one("atom:updated", "dcterms:modified", "updated") or one("dc:date")
    entry.author = one("dc:creator", "author", "itunes:author") or _person(found.get("atom:author"))
    entry.source = one("source", "dc:publisher", "dc:source") or _source(found.get("atom:source"))
    entry.lang = one("dc:language", "language") or entry.lang
    return entry


def _markup(found: dict[str, Element], *names: str) -> Text:
    for name in names:
        if name in found:
            if name.startswith("atom:"):
                text = _construct(found[name])
            elif len(found[name]):
                text = Text(_inner(found[name]), True)
            else:
                text = Text(found[name].text or "", True)
            if text.text.strip():
                return text
    return Text()


# --- Atom --------------------------------------------------------------------------------------


def _atom_feed(root: Element) -> tuple[RawFeed, list[Element]]:
    version = "0.3" if "purl.org" in root.tag else "1.0"
    feed = RawFeed(f"atom {version}", lang=root.get(_LANG))
    items: list[Element] = []
    base = root.get(_BASE, "")
    for child in root:
        match _name(child.tag):
            case "atom:entry":
                items.append(child)
            case "atom:title" if not feed.title.text:
                feed.title = _construct(child)
            case "atom:link" if not feed.home and child.get("rel", "alternate") == "alternate":
                feed.home = urljoin(base, child.get("href", "").strip()) or None
            case "dc:language":
                feed.lang = _text(child).strip() or feed.lang
    return feed, items


def _atom_entry(item: Element, base: str, _lang: str | None) -> RawEntry:
    base = urljoin(base, item.get(_BASE, ""))
    entry = RawEntry(base=base, lang=item.get(_LANG))
    authors: list[str] = []
    links: list[Element] = []
    for child in item:
        match _name(child.tag):
            case "atom:id":
                entry.guid = _text(child).strip() or None
            case "atom:link" if child.get("rel", "alternate") in {"alternate", ""}:
                links.append(child)
            case "atom:title" if not entry.title.text:
                entry.title = _construct(child)
                entry.lang = entry.lang or child.get(_LANG)
            case "atom:content" if not entry.content.text:
                entry.content = _construct(child)
                entry.lang = entry.lang or child.get(_LANG)
            case "dc:title" if not entry.title.text:
                entry.title = Text(_text(child), True)
            case "dc:description" if not entry.summary.text:
                entry.summary = Text(_text(child), True)
            case "atom:summary" if not entry.summary.text:
                entry.summary = _construct(child)
            case "atom:published" | "atom:issued" | "dcterms:issued":
                entry.published = entry.published or _text(child)
            case "atom:updated" | "atom:modified":
                entry.updated = entry.updated or _text(child)
            case "atom:created" | "dc:date":
                entry.published = entry.published or _text(child)
            case "atom:author":
                authors.append(_person(child) or "")
            case "dc:creator":
                authors.append(_text(child).strip())
            case "atom:category":
                entry.tags.append(child.get("label") or child.get("term") or _text(child))
            case "dc:subject":
                entry.tags.append(_text(child))
            case "atom:source":
                entry.source = _source(child)
            case "dc:language":
                entry.lang = _text(child).strip() or entry.lang
    entry.link = _alternate(links)
    entry.guid_is_link = True
    entry.author = ", ".join(a for a in authors if a) or None
    if not entry.summary.text and not entry.content.text:
        entry.summary = _media(item)
    return entry


def _alternate(links: list[Element]) -> str | None:
    """The page of an entry: of several links the first to a web page, else the first."""
    hrefs: list[tuple[bool, int, str]] = []
    for link in links:
        href = urljoin(link.get(_BASE, ""), link.get("href", "").strip())
        page = "html" in link.get("type", "html") and not href.startswith(("gopher:", "gemini:"))
        if href:
            hrefs.append((not page, len(hrefs), href))
    return min(hrefs)[2] if hrefs else None


def _construct(element: Element) -> Text:
    """An Atom text (RFC 4287, 3.1 and 4.1.3) of either version."""
    kind = element.get("type", "text").strip().lower()
    if element.get("src"):
        return Text()
    if element.get("mode") == "base64":
        raise Doubt("base64")
    if len(element):
        return Text(_inner(element), True)
    text = element.text or ""
    if kind in {"html", "text/html", "xhtml", "application/xhtml+xml"}:
        return Text(text, True)
    if "/" in kind and not kind.startswith("text/") and not kind.endswith(("+xml", "/xml")):
        return Text()  # base64 of something that is no text
    return guessed(text)


def _person(element: Element | None) -> str | None:
    if element is None:
        return None
    for child in element:
        if _name(child.tag) == "atom:name":
            return _text(child).strip() or None
    return (element.text or "").strip() or None


def _source(element: Element | None) -> str | None:
    for child in element if element is not None else ():
        if _name(child.tag) == "atom:title":
            return _text(child).strip() or None
    return None


# --- both --------------------------------------------------------------------------------------


def _media(item: Element) -> Text:
    """What Media RSS says of an item that says nothing else (videos)."""
    for element in item.iter():
        if _name(element.tag) == "media:description" and (element.text or "").strip():
            return Text(element.text or "", True)
    return Text()


def _text(element: Element) -> str:
    if not len(element):
        return element.text or ""
    return "".join(element.itertext())


def _inner(element: Element) -> str:
    """The markup inside an element, without namespaces: it stood there unescaped."""
    out: list[str] = []
    _write(element, out, 0)
    return "".join(out)


def _write(element: Element, out: list[str], depth: int) -> None:
    if depth > _DEEPEST:
        out.extend(html.escape(t) for t in element.itertext())
        return
    out.append(html.escape(element.text or "", quote=False))
    for child in _elements(element):
        tag = child.tag.rpartition("}")[2]
        if tag not in _SKIPPED:
            out.append(f"<{tag}>")
            _write(child, out, depth + 1)
            out.append(f"</{tag}>")
        out.append(html.escape(child.tail or "", quote=False))


def _elements(element: Element) -> Iterable[Element]:
    return (child for child in element if isinstance(child.tag, str))
