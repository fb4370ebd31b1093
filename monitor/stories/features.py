"""What the story decision looks at in an article: shingles, terms, names, figures, claims. Pure.

Everything is hashed to 32 bits by CRC-32, which is stable across processes and versions of Python:
the stored index relies on it. `VERSION` changes when the features do, so that an upgrade does not
compare what cannot be compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from zlib import crc32

from monitor.model import Article
from monitor.stories.claims import Claim, Status, Toll, claims, tolls
from monitor.stories.lexicon import MONTHS, NUMBERS, STOP, WEEKDAYS
from monitor.text.fold import SPACELESS, fold

VERSION = 4
SHINGLE_WORDS = 3
SHINGLED_WORDS = 800
"""Wire copies differ in what follows, and longer texts only cost."""
TERM_WORDS = 250
"""Terms and figures of the body are taken from its first words: a report begins with its news."""
TITLE_WEIGHT = 3
"""A word of the headline counts as much as three of the body."""
NAME_CHARACTERS = 4000
LEAD_WORDS = 40
SAMPLE_ALL = 40
"""Up to so many shingles all are kept and indexed; above it every second and every eighth."""

_TAG = re.compile(
    r"^\s*(?:[A-Z]{2,}[A-Z\s]*|Breaking|Update|Exclusive|Urgent|Live|Watch|Video)(?:\s*#?\d{1,2})?"
    r"\s*(?:[:|]|\s?[-–—]\s?)\s*(?=\S)"
)
"""What a desk puts before a headline: "UPDATE 2-", "Breaking: "."""
_OUTLET = re.compile(r"\s+(?:[-–—|»·]|::)\s+[^-–—|»·:,.;?!\d]{2,40}(?:\s?\d{1,2})?\s*$")
"""What an outlet puts after one: " - The Daily Courier", " | News"."""
_AGE = re.compile(r"[,(]\s?\d{1,2}\s?(?=[,)])")
"""The age of a person as the press writes it: "Ida Renholt, 28, killed" counts no 28 dead."""
_WORD_AND_GAP = re.compile(r"([^\W\d_][\w'’\-]*)([^\w]*)")
_POSSESSIVE = re.compile(r"['’]s?$")
_POSSESSIVES = ("'", "’", "'s", "’s")
_INSIDE = frozenset((" ", ' "', " “", " '", " ‘", " (", "-", " «", "\n"))
"""What stands between two words of one sentence."""
_CALENDAR_WORDS = frozenset((*WEEKDAYS, *MONTHS))
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th|er)?")
_SENTENCE = re.compile(r"(?<=[.!?…؟۔])[\"”»]?\s+|(?<=[。！？])")
_SPACELESS = re.compile(f"[{SPACELESS}]")
_SOUTH_EAST_ASIAN = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


@dataclass(frozen=True, slots=True)
class Telling:
    """What an article says in words, for judging and explaining what is new. Not stored."""

    title: str
    opening: tuple[tuple[str, frozenset[int]], ...]
    """The first sentences, each with its shingles."""
    claims: tuple[Claim, ...]
    tolls: Mapping[Toll, int]
    """Of headline and first sentence."""
    shown: Mapping[int, str] = field(default_factory=dict)
    """The entities and figures, which are hashes elsewhere, as a person writes them."""


@dataclass(frozen=True, slots=True)
class Features:
    """``terms`` and ``names`` map a hash to how often it occurs; ``title`` is folded.

    ``heading`` and ``lead`` are the terms of the headline, and of headline and first sentence;
    ``figures`` are the numbers, weekdays and months; ``places`` maps the word beside a number to
    it: an otherwise equal sentence with another figure shows there. ``words`` is the length of the
    body. ``statuses`` and ``tolls`` are what the text says has happened. ``entities`` are those of
    the desk's rules, for comparing across scripts (`across`): within a script names say more, and
    whatever a desk watches is in many of its articles. ``telling`` is None when
    read from the store.
    """

    title: str
    words: int
    shingles: frozenset[int]
    terms: Mapping[int, int]
    names: Mapping[int, int]
    heading: frozenset[int]
    lead: frozenset[int]
    figures: frozenset[int]
    places: Mapping[int, int]
    statuses: frozenset[Status] = frozenset()
    tolls: Mapping[Toll, int] | None = None
    entities: frozenset[int] = frozenset()
    telling: Telling | None = None


def features(article: Article, entities: Iterable[str] = ()) -> Features:
    """Compute the features of ``article``; ``entities`` are the ids the gazetteer found in it."""
    named = {hashed("@" + entity): entity for entity in entities}
    title = headline(article.title)
    title_words = tokens(title)
    body_words = tokens(article.body[: SHINGLED_WORDS * 10])[:SHINGLED_WORDS]
    opened = opening(article.body)
    sentences = [tokens(sentence) for sentence in opened]
    lead_words = [word for sentence in sentences for word in sentence][:LEAD_WORDS]
    first = (opened[0], sentences[0]) if opened else ("", [])
    figures, places = _figures(title_words + body_words[:TERM_WORDS])
    heading = frozenset(hashed(w) for w in title_words if w not in STOP)
    said = claims(title_words, lead_words, body_words)
    return Features(
        title=" ".join(title_words),
        words=len(body_words),
        shingles=_kept(shingled(title_words + body_words)),
        terms=_terms(title_words, body_words[:TERM_WORDS]),
        names=_names(article, title),
        heading=heading,
        lead=heading | {hashed(w) for w in lead_words if w not in STOP},
        figures=frozenset(figures) | _calendar(title_words + body_words[:TERM_WORDS]),
        places=places,
        statuses=frozenset(c.status for c in said),
        tolls=tolls(title_words, lead_words, body_words),
        entities=frozenset(named),
        telling=Telling(
            title,
            tuple(zip(opened, map(frozenset, map(shingled, sentences)), strict=True)),
            said,
            tolls(_ageless(title, title_words), _ageless(*first), []),
            named | figures,
        ),
    )


def hashed(word: str) -> int:
    """The 32-bit hash under which ``word`` is stored."""
    return crc32(word.encode("utf-8", "surrogatepass"))


def _ageless(text: str, words: list[str]) -> list[str]:
    """The words of a text without the ages of persons; ``words`` are those with them."""
    bare = _AGE.sub("", text)
    return words if bare == text else tokens(bare)


def headline(title: str) -> str:
    """The headline without the desk's tag before it and the outlet's name behind it."""
    title = _TAG.sub("", title)
    bare = _OUTLET.sub("", title)
    return bare if len(bare.split()) >= 4 else title


def opening(body: str) -> list[str]:
    """The first three sentences of some length; the first may be furniture (a call to share)."""
    found: list[str] = []
    for line in body[:2000].split("\n"):
        for sentence in _SENTENCE.split(line):
            if len(sentence.split()) >= 7 or (len(sentence) >= 20 and _SPACELESS.search(sentence)):
                found.append(sentence.strip()[:400])
                if len(found) == 3:
                    return found
    return found


def tokens(text: str) -> list[str]:
    """The folded words; scripts without spaces give overlapping pieces of two or four letters."""
    words = fold(text).split()
    if text.isascii() or not _SPACELESS.search(text):
        return words
    pieces: list[str] = []
    for word in words:
        if not _SPACELESS.match(word):
            pieces.append(word)
            continue
        size = 4 if _SOUTH_EAST_ASIAN.match(word) else 2
        pieces.extend(word[i : i + size] for i in range(max(1, len(word) - size + 1)))
    return pieces


def shingled(words: list[str]) -> set[int]:
    """Hashes of three successive words. Fewer than three make one shingle, none none."""
    if len(words) < SHINGLE_WORDS:
        return {hashed(" ".join(words))} if words else set()
    # `hashed` written out: this is most of what an article's features cost.
    each = " ".join(words).encode("utf-8", "surrogatepass").split(b" ")
    return set(map(crc32, map(b" ".join, zip(each, each[1:], each[2:], strict=False))))


def _kept(shingles: set[int]) -> frozenset[int]:
    if len(shingles) <= SAMPLE_ALL:
        return frozenset(shingles)
    return frozenset(s for s in shingles if s % 2 == 0)


def sampled(shingles: Collection[int]) -> Collection[int]:
    """Those of an article's shingles by which it is found: every eighth, or all of a few."""
    return shingles if len(shingles) <= SAMPLE_ALL else [s for s in shingles if s % 8 == 0]


def _terms(title_words: list[str], body_words: list[str]) -> dict[int, int]:
    found = Counter([w for w in body_words if w not in STOP])
    for word in title_words:
        if word not in STOP:
            found[word] += TITLE_WEIGHT
    return {hashed(w): min(n, 255) for w, n in found.items()}


def _names(article: Article, title: str) -> dict[int, int]:
    text = _without_furniture(article.body[:NAME_CHARACTERS])
    if len(text) < 400:
        text = f"{text}\n{title}"
    return {hashed(w): min(n, 3) for w, n in names(text).items()}


def _without_furniture(text: str) -> str:
    """Without short lines, which are bylines and calls to subscribe, unless all are short."""
    lines = [line for line in text.split("\n") if len(line) >= 60]
    return "\n".join(lines) or text


def names(text: str) -> Counter[str]:
    """Words that stand with a capital and never without one, folded, with how often they occur.

    Two that stand together count as one more name ("john smith"). In a text wholly in capitals, or
    in a script without them, there are none.
    """
    pieces = _WORD_AND_GAP.findall(text)
    words = [word for word, _ in pieces]
    if "'" in text or "’" in text:
        words = [_POSSESSIVE.sub("", w) if w.endswith(_POSSESSIVES) else w for w in words]
    small = {word for word in words if word[0].islower()}
    if not small:
        return Counter()
    runs: list[list[str]] = []
    inner: set[str] = set()
    large = [i for i, word in enumerate(words) if word[0].isupper() and len(word) > 2]
    for i in large:
        word = words[i]
        if word.lower() in small:
            continue
        last, before = (words[i - 1], pieces[i - 1][1]) if i else ("", ".")
        inside = before in _INSIDE
        if not runs or not inside or not last[:1].isupper() or last.lower() in small:
            runs.append([])
        runs[-1].append(word)
        if inside or before == ", ":
            inner.add(word)
    found: list[str] = []
    for run in runs:
        # A sentence's first word is a name only where it stands capitalised inside one too.
        parts = fold(" ".join([word for word in run if word in inner])).split()
        parts = [w for w in parts if len(w) > 2 and w not in STOP]
        found += parts
        found += [f"{a} {b}" for a, b in pairwise(parts)]
    return Counter(found)


def weekday(n: int) -> int:
    """The figure that stands for a weekday, Monday being 1."""
    return hashed(f"# weekday {n}")


def month(n: int) -> int:
    """The figure that stands for a day of a month, January being 1."""
    return hashed(f"# month {n}")


def _calendar(words: list[str]) -> set[int]:
    """The weekdays that are named, and the months of dates ("14 March", "Mar. 14", "14 de marzo").

    Whether two reports speak of one day tells incidents of one kind apart.
    """
    found: set[int] = set()
    if _CALENDAR_WORDS.isdisjoint(words):
        return found
    for i, word in enumerate(words):
        if word in WEEKDAYS:
            found.add(weekday(WEEKDAYS[word]))
        elif word in MONTHS:
            before = words[max(0, i - 2) : i]
            if before[-1:] in (["de"], ["of"]):
                del before[-1]
            if any(_DAY.fullmatch(w) for w in before[-1:] + words[i + 1 : i + 2]):
                found.add(month(MONTHS[word]))
    return found


def _figures(words: list[str]) -> tuple[dict[int, str], dict[int, int]]:
    """The numbers among ``words``, and each by the word before it and by the word after it."""
    values: dict[int, str] = {}
    places: dict[int, int] = {}
    at, end = 0, len(words)
    for start in [i for i, w in enumerate(words) if w in NUMBERS or w[0].isdigit()]:
        if start < at:
            continue  # a part of the number before
        word, at = words[start], start + 1
        if word in NUMBERS:
            value = str(NUMBERS[word])
        else:
            while at < end and words[at].isdigit() and len(words[at]) < 4:
                at += 1
            value = _value(words[start:at])
        figure = hashed("# " + value)
        values[figure] = value
        if start:
            places.setdefault(hashed(f"{words[start - 1]} #"), figure)
        if at < end:
            places.setdefault(hashed(f"# {words[at]}"), figure)
    return values, places


def _value(parts: list[str]) -> str:
    """One spelling of a number that folding took apart: "1,200" and "1200", "4.6"."""
    if len(parts) > 1 and len(parts[0]) <= 3 and all(len(p) == 3 for p in parts[1:]):
        return "".join(parts)
    return ".".join(parts)


DATES = frozenset(
    [
        *(hashed(f"# {year}") for year in range(1900, 2100)),
        *map(weekday, range(1, 8)),
        *map(month, range(1, 13)),
    ]
)
"""Figures that tell when, not what."""
