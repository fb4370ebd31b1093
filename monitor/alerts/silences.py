"""Silences: what is not told for a while, by rule, entity, source or story. Pure.

Every condition that a silence names has to hold. What it covers is stored, joins its story and is
shown as silenced; a story that was never told is told with its next article after the silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitor.model import Article, Feed, RuleId, StoryId
from monitor.text.urls import host


@dataclass(frozen=True, slots=True)
class Silence:
    """``id`` is a number for one from the command line, its place for one from the file.

    ``source`` is a feed, a source, a tag or a domain, as in a rule's ``sources``. ``until`` None
    never ends.
    """

    id: str
    rule: str = ""
    entity: str = ""
    source: str = ""
    story: StoryId | None = None
    until: datetime | None = None
    author: str = ""
    comment: str = ""
    created_at: datetime | None = None

    @property
    def conditions(self) -> str:
        """``rule sahel, source TASS``: what it names."""
        named = [
            f"rule {self.rule}" if self.rule else "",
            f"entity @{self.entity}" if self.entity else "",
            f"source {self.source}" if self.source else "",
            f"story {self.story}" if self.story is not None else "",
        ]
        return ", ".join(n for n in named if n)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a silence is held against: an article of a story, and the entities it names."""

    story: StoryId
    article: Article
    entities: frozenset[str]


def in_force(silences: Iterable[Silence], now: datetime) -> tuple[Silence, ...]:
    """Those that have not ended."""
    return tuple(s for s in silences if s.until is None or now < s.until)


def silenced_by(silences: Sequence[Silence], rule: RuleId, subject: Subject) -> str:
    """Why ``rule`` is not told of ``subject``, in words; "" when nothing silences it."""
    for silence in silences:
        if covers(silence, rule, subject):
            until = f"until {silence.until:%Y-%m-%d %H:%M} UTC" if silence.until else "for good"
            by = f" by {silence.author}" if silence.author else ""
            comment = f": {silence.comment}" if silence.comment else ""
            return f"silenced {until}{by} ({silence.conditions}; silence {silence.id}){comment}"
    return ""


def covers(silence: Silence, rule: RuleId, subject: Subject) -> bool:
    """Whether every condition of the silence holds. One without conditions covers nothing."""
    if not silence.conditions:
        return False
    return (
        (not silence.rule or silence.rule == rule)
        and (not silence.entity or silence.entity in subject.entities)
        and (not silence.source or _is_from(subject.article, silence.source))
        and (silence.story is None or silence.story == subject.story)
    )


def _is_from(article: Article, wanted: str) -> bool:
    """As a rule's ``sources`` are read: feed, source or tag by name, or a domain."""
    name = wanted.casefold().strip()
    names = {article.feed.casefold(), article.source.casefold()}
    names.update(tag.casefold() for tag in article.tags)
    domain = host(article.url or "").removeprefix("www.")
    return name in names or f".{domain}".endswith(f".{name.removeprefix('www.')}")


@dataclass(frozen=True, slots=True)
class Known:
    """What a silence may name, to find those that will match nothing. ``sources`` are the names and
    tags of feeds, folded."""

    rules: frozenset[str]
    entities: frozenset[str]
    sources: frozenset[str]

    @classmethod
    def of(cls, rules: Iterable[str], entities: Iterable[str], feeds: Iterable[Feed]) -> Known:
        """From the desk's rules, entities and feeds."""
        named = {n.casefold() for f in feeds for n in (f.name, *f.tags)}
        return cls(frozenset(rules), frozenset(entities), frozenset(named))


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something odd about a silence, at one of its keys."""

    key: str
    message: str
    hint: str = ""


def doubts(silence: Silence, known: Known, now: datetime) -> list[Doubt]:
    """Why it may match nothing, or never end. None of it is an error."""
    found = []
    if silence.rule and silence.rule not in known.rules:
        found.append(Doubt("rule", f"it matches nothing: no rule is called {silence.rule}"))
    if silence.entity and silence.entity not in known.entities:
        found.append(Doubt("entity", f"it matches nothing: no entity is called {silence.entity}"))
    name = silence.source.casefold().strip()
    if name and name not in known.sources and "." not in name:
        message = f"no feed or tag is called {silence.source}"
        found.append(Doubt("source", message, "it matches only if a publisher is called so"))
    if silence.until is None:
        found.append(Doubt("until", "the silence never ends", "say until when"))
    elif silence.until <= now:
        found.append(Doubt("until", "the silence has ended", "remove it, or make it longer"))
    return found


def parse_until(text: str, timezone: ZoneInfo) -> datetime:
    """ "2026-12-01 08:00", a bare date (00:00 of that day) or RFC 3339; without an offset the
    clocks are those of ``timezone``. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError('not a time: write "2026-12-01 08:00"') from None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone)).astimezone(UTC)
    except OverflowError:
        raise ValueError("no clock shows such a time") from None
