"""One feed document, bytes to ``ParsedFeed``. Runs in a worker process; no input or output.

Finds the reader for the format, the quick one first, then makes of what it hands over what all
entries have in common: plain text, absolute links, moments in UTC, a language, bounded sizes.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from monitor.errors import FeedUnreadable
from monitor.feeds import dates, decode, discovery, jsonfeed, lenient, xmlfeed
from monitor.feeds.raw import Doubt, RawEntry, RawFeed, Text
from monitor.model import Entry, ParsedFeed
from monitor.text.html import to_text
from monitor.text.language import detect

MOST_ENTRIES = 2_000
LONGEST_TITLE = 1_000
LONGEST_TEXT = 200_000
"""Characters of content or summary; a long report has 30,000."""
_LONGEST_MARKUP = 2_000_000
_LONGEST_NAME = 300
_LONGEST_LINK = 4_000
_MOST_TAGS = 50
_TITLE_FROM_BODY = 100
_DETECT_FROM = 2_000
"""Characters that the language is detected from; more does not make it surer."""

_SPACES = re.compile(r"\s+")
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_MAIL_NAME = re.compile(r"^\S+@\S+\s*\((.+)\)$")
_MAIL = re.compile(r"\s*<?\S+@\S+\.\S+>?\s*")
_LANG = re.compile(r"^([a-z]{2,3})(?:[-_].*)?$")
_ISO_639_1 = {
    "eng": "en", "fre": "fr", "fra": "fr", "ger": "de", "deu": "de", "spa": "es", "ita": "it",
    "por": "pt", "rus": "ru", "ukr": "uk", "ara": "ar", "chi": "zh", "zho": "zh", "jpn": "ja",
    "kor": "ko", "tur": "tr", "per": "fa", "fas": "fa", "hin": "hi", "hau": "ha", "swa": "sw",
    "dut": "nl", "nld": "nl", "pol": "pl", "swe": "sv", "amh": "am", "som": "so", "iw": "he",
    "in": "id", "ji": "yi",
}  # fmt: skip
_NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})


def parse(body: bytes, content_type: str | None, url: str) -> ParsedFeed:
    """Reads a document that was fetched from ``url``; ``content_type`` as served.

    Raises FeedUnreadable, with a hint where there is one, when it is no feed. A feed without
    items is a feed. What had to be forgiven stands in ``notes``.
    """
    if not body.strip():
        raise FeedUnreadable(url, "the document is empty")
    text, note = decode.decode(body, content_type)
    raw = _read(text, url)
    if note is not None:
        raw.notes.append(note)
    return _finished(raw, url)


def _read(text: str, url: str) -> RawFeed:
    if jsonfeed.looks_like_json(text):
        try:
            return jsonfeed.read(text, most=MOST_ENTRIES)
        except Doubt as e:
            raise FeedUnreadable(url, str(e)) from e
    text = decode.without_declaration(text)
    raw = _quick(text)
    if raw is not None:
        return raw
    text = decode.without_impossible(text)
    try:
        raw = lenient.read(text.encode("utf-8", "replace"), most=MOST_ENTRIES)
    except Exception as e:  # feedparser fails in many ways of its own on damaged input
        message = f"neither reader can make sense of it ({type(e).__name__}: {e})"
        raise FeedUnreadable(url, message[:300]) from e
    if not raw.format and not raw.entries:
        raise FeedUnreadable(url, _what_it_is(text, url))
    if decode.is_cut_off(text):
        _mark_cut_off(raw, text, url)
    return raw


def _mark_cut_off(raw: RawFeed, text: str, url: str) -> None:
    """Leave out the item that a document ends within: half of an address is another address.

    Raises FeedUnreadable when no whole item is left: nobody may take that for an empty feed.
    """
    del raw.entries[decode.whole_items(text) :]
    if not raw.entries:
        raise FeedUnreadable(url, "the document is cut off before the end of its first item")
    raw.cut_off = True
    raw.notes.append("cut off: its end is missing, it is read in full next time")


def _quick(text: str) -> RawFeed | None:
    """The quick reader's view, after one attempt at mending; None when it has doubts."""
    try:
        return xmlfeed.read(text, most=MOST_ENTRIES)
    except (Doubt, RecursionError):
        return None
    except (ET.ParseError, ValueError) as e:
        broken = str(e)
    try:
        raw = xmlfeed.read(decode.mended(text), most=MOST_ENTRIES)
    except (Doubt, RecursionError, ET.ParseError, ValueError):
        return None
    raw.notes.append(f"not well-formed ({broken}), mended")
    return raw


def _what_it_is(text: str, url: str) -> str:
    """Why this is no feed, in words that help to find the right address."""
    if "<opml" in text[:2_000].lower():
        return "this is a list of feeds (OPML), not a feed; it can be imported"
    if discovery.looks_like_html(text):
        named = discovery.feeds_named(text, url)
        if named:
            listed = ", ".join(f.url for f in named[:5])
            return f"looks like a web page, not a feed; it names these feeds: {listed}"
        return "looks like a web page, not a feed, and names no feed"
    if text.lstrip().startswith("<"):
        start = _SPACES.sub(" ", text.lstrip()[:60])
        return f"XML, but no kind of feed that we know; it begins with {start!r}"
    return "not a feed: neither RSS, Atom, RDF nor JSON Feed"


# --- what all formats have in common -----------------------------------------------------------


def _finished(raw: RawFeed, url: str) -> ParsedFeed:
    notes = dict.fromkeys(raw.notes)
    if raw.more:
        notes[f"only the first {MOST_ENTRIES} items were read"] = None
    lang = language(raw.lang)
    cut = _Counter()
    entries = tuple(_entry(e, url, lang, cut) for e in raw.entries)
    notes.update(dict.fromkeys(cut.notes()))
    title = _line(_plain(raw.title, LONGEST_TITLE, cut), LONGEST_TITLE)
    return ParsedFeed(
        title=title,
        entries=entries,
        format=raw.format or "unknown",
        home=_link(raw.home, url),
        lang=lang,
        notes=tuple(notes),
        cut_off=raw.cut_off,
    )


class _Counter:
    """What had to be dropped from entries, to be told once per document."""

    def __init__(self) -> None:
        self.dates = 0
        self.texts = 0
        self.links = 0

    def notes(self) -> list[str]:
        told = []
        if self.dates:
            told.append(f"{self.dates} unreadable or impossible dates")
        if self.texts:
            told.append(f"{self.texts} texts cut at {LONGEST_TEXT} characters")
        if self.links:
            told.append(f"{self.links} links that lead nowhere")
        return told


def _entry(raw: RawEntry, url: str, lang: str | None, cut: _Counter) -> Entry:
    base = _join(url, raw.base) if raw.base else url
    link = _link(raw.link, base)
    guid = _clean(raw.guid)
    if link is None and raw.guid_is_link and guid is not None and guid.startswith("http"):
        link = _link(guid, base)
    if link is None and raw.link:
        cut.links += 1
    content = _plain(raw.content, LONGEST_TEXT, cut)
    summary = _plain(raw.summary, LONGEST_TEXT, cut)
    title = _line(_plain(raw.title, LONGEST_TITLE, cut), LONGEST_TITLE)
    if not title:
        title = start_of(content or summary)
    own = language(raw.lang) or lang
    if own is None:
        own = _detected(f"{title}\n{content or summary}")
    return Entry(
        guid=guid,
        link=link,
        title=title,
        content=content,
        summary=summary,
        published=_moment(raw.published, cut),
        updated=_moment(raw.updated, cut),
        author=_author(raw.author),
        source=_name(raw.source),
        lang=own,
        tags=_tags(raw.tags),
    )


def _plain(text: Text, longest: int, cut: _Counter) -> str:
    markup = text.text[:_LONGEST_MARKUP]
    if text.html:
        out = to_text(markup) if "<" in markup or "&" in markup else _tidy(markup)
    else:
        out = _tidy(markup)
    if len(out) > longest:
        cut.texts += 1
        out = out[:longest]
    return out


_LINE_SPACE = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")


def _tidy(text: str) -> str:
    """A text without markup: its paragraphs kept, other white space and controls single spaces."""
    if text.isprintable():  # nearly every title: no line breaks, no controls
        return " ".join(text.split())
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _LINE_SPACE.sub(" ", text)
    parts = _BLANK_LINES.split(text) if "\n" in text else [text]
    lines = (_CONTROLS.sub(" ", _SPACES.sub(" ", p)).strip() for p in parts)
    return "\n\n".join(line for line in lines if line)


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def start_of(text: str) -> str:
    """The beginning of a body, as the title of an entry that has none."""
    line = _SPACES.sub(" ", text[: 4 * _TITLE_FROM_BODY]).strip()
    if len(line) <= _TITLE_FROM_BODY:
        return line
    head = line[: _TITLE_FROM_BODY + 1]
    return (head.rpartition(" ")[0] or head[:-1]).rstrip(" ,;:.–-") + "…"


def _bare(text: str) -> str:
    """Without control characters, white space at the ends included."""
    return text if text.isprintable() else _CONTROLS.sub("", text).strip()


def _clean(text: str | None) -> str | None:
    if text is None:
        return None
    return _bare(" ".join(text.split()))[:_LONGEST_LINK] or None


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def _link(link: str | None, base: str) -> str | None:
    """An absolute http(s) link, or None for what leads nowhere (``javascript:`` and the like)."""
    if link is None:
        return None
    link = _bare(link.strip())
    if not link or len(link) > _LONGEST_LINK:
        return None
    link = link.replace(" ", "%20")
    if link.startswith("www."):
        link = f"http://{link}"
    absolute = _join(base, link)
    try:
        parts = urlsplit(absolute)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    return absolute if usable else None


def _moment(given: str | datetime | None, cut: _Counter) -> datetime | None:
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    found = dates.plausible(given) if isinstance(given, datetime) else dates.read(given)
    cut.dates += found is None
    return found


def _author(text: str | None) -> str | None:
    if text is None:
        return None
    text = _SPACES.sub(" ", text).strip()
    named = _MAIL_NAME.match(text)
    return _name(named[1] if named else _MAIL.sub(" ", text))


def _name(text: str | None) -> str | None:
    if not text:
        return None
    plain = to_text(text) if "<" in text or "&" in text else text
    return _bare(" ".join(plain.split()))[:_LONGEST_NAME] or None


def _tags(tags: list[str]) -> tuple[str, ...]:
    names = (_name(t) for t in tags[: 4 * _MOST_TAGS])
    return tuple(dict.fromkeys(n for n in names if n))[:_MOST_TAGS]


def language(code: str | None) -> str | None:
    """ISO 639-1 (or 639-2 where there is no shorter code) of a language tag; None for none."""
    match = _LANG.match((code or "").strip().lower())
    if match is None or match[1] in _NO_LANGUAGE:
        return None
    return _ISO_639_1.get(match[1], match[1])


def _detected(text: str) -> str | None:
    found = detect(text[:_DETECT_FROM])
    return found[0] if found is not None else None
