"""Which entry is which, and which entries are one article. Pure.

Entry keys are unique within a feed and stable from poll to poll; article keys are shared between
feeds that carry the same page. Both are bounded in length and safe to store.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.model import Entry, FeedName, ParsedFeed
from monitor.text.fold import SPACELESS, fold
from monitor.text.urls import url_key

HASH_VERSION = 1
"""Raised when the content hash is computed differently: an upgrade must not alert the world."""
_LONGEST_KEY = 400
"""Characters. PostgreSQL takes 2,700 bytes in an index row, and a character may be four."""

SAME_TEXT = 0.25
"""Two texts that share no more of the smaller one's three-word shingles are not versions of one."""
SAME_TITLE = 0.5
"""And of the smaller headline's words: two that a rule finds share its term in any case."""
_REVISION_DIGITS = 12

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(rf"[{SPACELESS}]|[^\s{SPACELESS}]+")


@dataclass(frozen=True, slots=True)
class KeyedEntry:
    """An entry with its identity in the feed, its article's in the archive, and its content's."""

    entry: Entry
    key: str
    article_key: str
    content_hash: str


def assign_keys(feed_name: FeedName, feed_url: str, parsed: ParsedFeed) -> tuple[KeyedEntry, ...]:
    """Keys for every entry of one document, in its order; literal repeats are left out.

    The entry key is the guid; where several entries share it, guid and link; then the link, then
    title and content. The article key is the link's URL key, unless the link is missing, leads to
    the feed's or a site's home, or stands under several guids; then feed and guid, else the hash.
    Two versions of one item (same guid, same link, other text) are two entries of one article.
    """
    entries = _without_repeats(parsed.entries)
    homes = frozenset(url_key(url) for url in (feed_url, parsed.home) if url)
    links = [_page_key(e, homes) for e, _ in entries]
    shared = _shared_links(entries, links)
    guids = Counter(e.guid for e, _ in entries if e.guid)
    pairs = Counter((e.guid, link) for (e, _), link in zip(entries, links, strict=True))
    keyed: dict[str, KeyedEntry] = {}
    for (entry, content), link in zip(entries, links, strict=True):
        if entry.guid and guids[entry.guid] == 1:
            key = f"g:{entry.guid}"
        elif entry.guid and link and pairs[entry.guid, link] == 1:
            key = f"gu:{entry.guid} {link}"
        elif not entry.guid and link and pairs[None, link] == 1 and link not in shared:
            key = f"u:{link}"
        elif entry.guid:
            key = f"gh:{entry.guid} {content}"
        else:
            key = f"h:{content}"
        if key in keyed:  # the same words under another link
            key = f"{key} {entry.link}"
        if link and link not in shared:
            article = link
        elif key.startswith("h:"):
            article = f"h:{content}"
        else:
            article = f"{feed_name} {key}"
        keyed.setdefault(key, KeyedEntry(entry, _bounded(key), _bounded(article), content))
    return tuple(keyed.values())


def content_hash(entry: Entry) -> str:
    """Equal for equal words: white space, punctuation, case and markup do not count.

    ``v<version>:`` and 128 bits of SHA-256 over title and body.
    """
    return text_hash(entry.title, entry.body)


def text_hash(title: str, body: str) -> str:
    """`content_hash` of a title and a body."""
    text = unicodedata.normalize("NFKC", f"{title}\n{body}").casefold()
    words = " ".join(_WORD.findall(text))
    return f"v{HASH_VERSION}:{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()[:32]}"


def settled_key(
    feed_name: FeedName, keyed: KeyedEntry, old_key: str, old: tuple[str, str], *, known: bool
) -> str:
    """The article key of an entry whose article the same feed seems to have brought before.

    ``old_key`` and ``old`` (title, body) are of the stored article: what the entry was the last
    time (``known``), or what stood at its link under another guid. Wholly other text is another
    article: under a key of the entry's own, or, in a known entry, of its own and the text's.
    """
    title, body = keyed.entry.title, keyed.entry.body
    own = _bounded(f"{feed_name} {keyed.key}")
    if not known:
        texts = _shingles(" ".join(old)), _shingles(f"{title} {body}")
        return own if _is_other(*texts) else keyed.article_key
    base = next(
        (b for b in (keyed.article_key, own) if old_key == b or _is_revision(old_key, b)), None
    )
    if base is None:  # the link is another
        return keyed.article_key
    titles = _telling_words(old[0]), _telling_words(title)
    bodies = _shingles(old[1]), _shingles(body)
    if all(bodies):
        replaced = _is_other(*bodies) and _is_other(*titles, same=SAME_TITLE)
    else:
        replaced = _is_other(*titles)
    if replaced:
        digest = keyed.content_hash.partition(":")[2]
        return f"{_revision_base(base)}{digest[:_REVISION_DIGITS]}"
    return old_key


def is_backfill(entry: Entry, now: datetime, backfill: timedelta) -> bool:
    """Whether an entry of a feed's first document is old news, to be taken in quietly.

    It is when it is older than ``backfill`` or tells no date at all.
    """
    at = entry.published or entry.updated
    return at is None or at < now - backfill


# --- the inside --------------------------------------------------------------------------------


def _without_repeats(entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
    """Entries with their content hashes, without those that say the same twice."""
    seen: set[tuple[str | None, str | None, str]] = set()
    kept = []
    for entry in entries:
        content = content_hash(entry)
        mark = (entry.guid, entry.link, content)
        if mark not in seen:
            seen.add(mark)
            kept.append((entry, content))
    return kept


def _page_key(entry: Entry, homes: Collection[str]) -> str | None:
    """The URL key of the entry's own page; None when its link is none or leads home."""
    if not entry.link or _is_root(entry.link):
        return None
    key = url_key(entry.link)
    return None if key in homes else key


def _is_root(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return True
    return parts.path in {"", "/"} and not parts.query


def _shared_links(
    entries: Sequence[tuple[Entry, str]], links: Sequence[str | None]
) -> frozenset[str]:
    """Links that stand under several guids, or several times without one: no article's own."""
    under: dict[str, set[str]] = defaultdict(set)
    for (entry, content), link in zip(entries, links, strict=True):
        if link:
            under[link].add(f"g:{entry.guid}" if entry.guid else f"h:{content}")
    return frozenset(link for link, ids in under.items() if len(ids) > 1)


def _is_revision(key: str, base: str) -> bool:
    """Whether ``key`` is ``base`` with the mark of a wholly other text."""
    return key[:-_REVISION_DIGITS] == _revision_base(base)


def _revision_base(base: str) -> str:
    return _bounded(base, _LONGEST_KEY - _REVISION_DIGITS - 2) + "#v"


def _is_other(old: frozenset[str], new: frozenset[str], same: float = SAME_TEXT) -> bool:
    """Whether the smaller text is hardly contained in the larger: a text that grows, or of which
    only the beginning is shown, is the same."""
    if not old or not new:
        return False
    return len(old & new) <= same * min(len(old), len(new))


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(fold(text))


def _telling_words(text: str) -> frozenset[str]:
    """The words of a headline without the short ones, unless it has no others."""
    tokens = _tokens(text)
    return frozenset(t for t in tokens if len(t) > 3) or frozenset(tokens)


def _shingles(text: str) -> frozenset[str]:
    """Runs of three words; a shorter text is one."""
    tokens = _tokens(text)
    if not tokens:
        return frozenset()
    return frozenset(" ".join(tokens[i : i + 3]) for i in range(max(len(tokens) - 2, 1)))


def _bounded(key: str, longest: int = _LONGEST_KEY) -> str:
    key = key.replace("\0", "")
    if len(key) <= longest:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{key[: longest - 33]}…{digest}"
