"""From articles to pending deliveries: matching before, and inside, one database transaction.

`prepare` does the work that needs no database (matches, story features); `record` runs inside the
caller's transaction, re-checks what another poll may have stored meanwhile, decides stories and
alerts, and queues the deliveries (invariant I1). Nothing here waits for the network.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from monitor import metrics
from monitor.desk import Desk
from monitor.model import Article, ArticleId, FeedName, Match, RuleId
from monitor.placing import Place, place, place_version
from monitor.store import Connection, articles, fulltext, history, stories
from monitor.stories.features import Features, features
from monitor.telling import Arrival, Decided, tell

log = structlog.get_logger()

SLICE_SECONDS = 0.02
"""Matching yields to the event loop this often."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that may be news. ``quiet`` is the reason to store it without telling anybody."""

    article: Article
    entry_key: str
    content_hash: str
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A candidate with everything computed that needs no database."""

    candidate: Candidate
    matches: tuple[Match, ...]
    features: Features | None
    entities: frozenset[str] = frozenset()
    """Of a matched article: what it names."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A prepared article and where it lies in the archive, as of the version it brought."""

    item: Prepared
    stored: articles.StoredArticle
    inserted: bool
    changed: bool

    @property
    def wants_page(self) -> bool:
        candidate = self.item.candidate
        fresh = self.inserted or self.changed
        return fresh and not candidate.quiet and candidate.article.url is not None


@dataclass(frozen=True, slots=True)
class Intake:
    """What one transaction stored."""

    new_articles: int = 0
    changed_articles: int = 0
    matches: int = 0
    new_stories: int = 0
    alerts: int = 0
    decided: tuple[Decided, ...] = ()


async def prepare(candidates: Sequence[Candidate], desk: Desk, *, now: datetime) -> list[Prepared]:
    """Match ``candidates`` against the desk's rules, giving way to the loop in between.

    One that fails unexpectedly is logged and left out, for the caller to bring again: an item must
    not take its feed with it. Old news of a first poll is kept without matches instead, since
    brought later it would be told as news.
    """
    prepared: list[Prepared] = []
    begun = time.perf_counter()
    for candidate in candidates:
        try:
            prepared.append(_prepare_one(candidate, desk, now))
        except Exception:
            article = candidate.article
            log.exception("article.unexpected", feed=article.feed, key=article.key)
            metrics.UNEXPECTED.labels(part="matching").inc()
            if candidate.quiet:
                prepared.append(Prepared(candidate, (), None))
        if time.perf_counter() - begun > SLICE_SECONDS:
            await asyncio.sleep(0)
            begun = time.perf_counter()
    return prepared


def _prepare_one(candidate: Candidate, desk: Desk, now: datetime) -> Prepared:
    today = now.astimezone(desk.timezone).date()
    matches = tuple(desk.ruleset.match(candidate.article, today=today))
    if not matches:
        return Prepared(candidate, (), None)
    entities = frozenset(str(e) for e in desk.ruleset.entities(candidate.article))
    return Prepared(candidate, matches, features(candidate.article, entities), entities)


def record(
    conn: Connection,
    feed: FeedName,
    prepared: Sequence[Prepared],
    desk: Desk,
    *,
    now: datetime,
    full_text: bool = False,
) -> Intake:
    """Store ``prepared`` and everything that follows from it, inside the caller's transaction.

    First every article, in the order of keys; then the stories, under their lock: no transaction
    that holds it waits for another's article. ``full_text``: ask for the page of what is new or
    changed.
    """
    placed, new, changed = _store_articles(conn, prepared, now)
    if full_text:
        wanted = {p.stored.id: p.item.candidate for p in placed if p.wants_page}
        for article, candidate in sorted(wanted.items()):
            assert candidate.article.url is not None
            fulltext.enqueue(conn, article, candidate.article.url, feed, now=now)
    matched = opened = alerted = 0
    decided: list[Decided] = []
    telling = [p for p in placed if p.item.matches]
    if telling:
        stories.lock(conn)
    for p in telling:
        afresh = p.inserted or _was_only_quiet(conn, p, feed)
        held = frozenset() if afresh else _held(conn, p.stored.id)
        outcomes, count = _match(
            conn, p.stored, p.item, desk, held=held, changed=p.changed, now=now
        )
        matched += count
        opened += sum(o.is_new_story for o in outcomes)
        alerted += sum(o.alert is not None for o in outcomes)
        decided += outcomes
    entries = [
        (p.item.candidate.entry_key, p.stored.id, p.item.candidate.content_hash) for p in placed
    ]
    articles.put_entries(conn, feed, entries, now=now)
    return Intake(new, changed, matched, opened, alerted, tuple(decided))


def _store_articles(
    conn: Connection, prepared: Sequence[Prepared], now: datetime
) -> tuple[list[_Placed], int, int]:
    """Insert what is new, then update what differs, both in the order of keys.

    Answers in the document's order, with how many articles are new and how many changed.
    """
    first: dict[str, Candidate] = {}
    for item in prepared:
        first.setdefault(item.candidate.article.key, item.candidate)
    known = articles.known_articles(conn, list(first))
    missing = [c for key, c in first.items() if key not in known]
    made = articles.insert_many(conn, [(c.article, c.content_hash) for c in missing], now=now)
    raced = []
    new: set[str] = set()
    for candidate, (article, inserted) in zip(missing, made, strict=True):
        key = candidate.article.key
        if inserted:
            new.add(key)
            known[key] = articles.StoredArticle(article, key, candidate.content_hash, 1, None)
        else:  # another poll was quicker
            raced.append(key)
    known |= articles.known_articles(conn, raced)
    count = len(new)
    placed: dict[int, _Placed] = {}
    changed = 0
    for number, item in sorted(enumerate(prepared), key=lambda p: p[1].candidate.article.key):
        stored = known[item.candidate.article.key]
        # A document may name an article twice; the second time it is known.
        inserted = stored.key in new
        new.discard(stored.key)
        differs = not inserted and _differs(conn, stored, item.candidate)
        if differs:
            stored = known[stored.key] = _update(conn, stored, item.candidate, now)
            changed += 1
        placed[number] = _Placed(item, stored, inserted, differs)
    return [placed[place] for place in range(len(prepared))], count, changed


def record_page(
    conn: Connection,
    article: ArticleId,
    item: Prepared,
    desk: Desk,
    *,
    read_version: int,
    now: datetime,
) -> Intake | None:
    """Store the full text of a known article, and what follows from rules that hold only now.

    None when ``read_version``, which the text was added to, has been replaced meanwhile.
    """
    candidate = item.candidate
    if articles.version_of(conn, article, lock=True) != read_version:
        return None
    version = articles.update(
        conn, article, candidate.article, content_hash=candidate.content_hash, now=now
    )
    key = candidate.article.key
    stored = articles.StoredArticle(article, key, candidate.content_hash, version, None)
    if not item.matches:
        return Intake(changed_articles=1)
    stories.lock(conn)
    decided, count = _match(
        conn, stored, item, desk, held=_held(conn, article), changed=True, now=now
    )
    opened = sum(d.is_new_story for d in decided)
    alerted = sum(d.alert is not None for d in decided)
    return Intake(0, 1, count, opened, alerted, tuple(decided))


def _match(
    conn: Connection,
    stored: articles.StoredArticle,
    item: Prepared,
    desk: Desk,
    *,
    held: frozenset[RuleId],
    changed: bool,
    now: datetime,
) -> tuple[list[Decided], int]:
    """Record the matches of rules not ``held`` and tell of them; how many there are is second.

    When the article has ``changed`` and brings news, every rule is told that holds. Under the
    stories' lock, as is all that follows from it.
    """
    fresh = tuple(m for m in item.matches if m.rule not in held)
    if fresh:
        articles.add_matches(conn, stored.id, stored.version, fresh, now=now)
    elif not changed:
        return [], 0
    placed = _place(conn, stored.id, item, now)
    told = item.matches if placed.news is not None else fresh
    if not told:
        return [], 0
    return _tell(conn, stored.id, replace(item, matches=told), placed, desk, now), len(fresh)


def _update(
    conn: Connection, stored: articles.StoredArticle, candidate: Candidate, now: datetime
) -> articles.StoredArticle:
    article, digest = candidate.article, candidate.content_hash
    version = articles.update(conn, stored.id, article, content_hash=digest, now=now)
    return replace(stored, content_hash=digest, version=version)


def _differs(conn: Connection, stored: articles.StoredArticle, candidate: Candidate) -> bool:
    """Whether a version replaces the stored one: by the same feed, or longer."""
    if stored.content_hash == candidate.content_hash:
        return False
    old = articles.get(conn, stored.id)
    new = candidate.article
    return old is None or old.feed == new.feed or len(new.body) > len(old.body)


def _held(conn: Connection, article: ArticleId) -> frozenset[RuleId]:
    """The rules that have held for this article before.

    An article that returns under another guid, or edited, is no news to a rule that knew it.
    """
    return frozenset(match.rule for _, match in articles.list_matches(conn, article))


def _was_only_quiet(conn: Connection, placed: _Placed, feed: FeedName) -> bool:
    """Whether nobody was told of a known article, and ``feed`` brings it now for the first time.

    One feed's first poll took it in quietly; in another it is news.
    """
    stored = placed.stored
    if placed.item.candidate.quiet or stored.story is None:
        return False
    if history.of(conn, stored.story).alerts:
        return False
    return not articles.is_shown_by(conn, stored.id, feed)


def _tell(
    conn: Connection,
    article_id: ArticleId,
    item: Prepared,
    placed: Place,
    desk: Desk,
    now: datetime,
) -> list[Decided]:
    """Tell of a matched article in its story whom the policy wants told."""
    news = placed.news
    arrival = Arrival(
        article_id, item.candidate.article, item.matches, item.entities, placed.story,
        placed.is_new_story, placed.why,
        news="" if news is None else news.text.removeprefix("new: "),
        urgent=news is not None and news.kind.is_urgent, quiet=item.candidate.quiet,
    )  # fmt: skip
    return tell(conn, arrival, desk, now=now)


def _place(conn: Connection, article_id: ArticleId, item: Prepared, now: datetime) -> Place:
    """The story of a matched article, and what is new in it."""
    assert item.features is not None
    article = item.candidate.article
    stored = articles.known_articles(conn, [article.key]).get(article.key)
    if stored is not None and stored.story is not None:
        return place_version(conn, article_id, stored.story, item.features, now=now)
    return place(conn, article_id, article, item.features, now=now)


def without_future(article: Article, now: datetime) -> Article:
    """A date in the future says when a publisher's clock is wrong, not when the news happens."""
    if article.published is not None and article.published > now:
        return replace(article, published=now)
    return article
