"""Puts the past through rules: stored articles or a file of them, on all cores where it pays.

A job is a stretch of the past, small enough to be read in one short transaction. A worker process
reads its jobs itself (it is forked, so the compiled rules are there already), and only what matched
comes back.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from monitor.cli.articles import BadLine, read_article
from monitor.cli.matching import asks_language, with_language
from monitor.model import Article, ArticleId, EntityId, RuleId
from monitor.rules.ruleset import RuleSet

if TYPE_CHECKING:
    from monitor.store import Database

JOB = 500
"""Articles of one job: a page of about 2 MB."""
POUR = 4
"""Jobs from which on it pays to use more than one process."""
KEPT_TEXT = 6_000
"""Characters kept of the text of an article that matched: all that grouping looks at."""

Alias: TypeAlias = tuple[EntityId | None, str]
"""The entity, None for a word of the rule itself; and the name or term as it is listed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One article of the past. ``at``: when it came out, as far as that is known."""

    article: Article
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that holds, and the names and terms it rests on."""

    rule: RuleId
    fired: frozenset[Alias]


@dataclass(frozen=True, slots=True)
class Matched:
    """An article that some rule holds for; ``hits`` has a tuple for each rule set."""

    seen: Seen
    day: date | None
    hits: tuple[tuple[Hit, ...], ...]


@dataclass(slots=True)
class Part:
    """What became of one job. ``days`` counts its articles by day (None: without a date)."""

    articles: int = 0
    days: Counter[date | None] = field(default_factory=Counter)
    matched: list[Matched] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)


class Past(Protocol):
    """Where the articles come from. `read` may be called in another process than `jobs`."""

    def jobs(self) -> Iterator[object]: ...

    def read(self, job: object) -> tuple[list[Seen], list[str]]: ...

    def length(self) -> int:
        """About how many jobs there are."""
        ...


# --- the sources ------------------------------------------------------------------------------


@dataclass
class Archive:
    """Articles of the database with ids from ``first`` to ``last``.

    An article counts for the day on which it was published; for the one on which it was first seen
    when it says nothing, or a day that had not come yet.
    """

    url: str = field(repr=False)
    first: ArticleId
    last: ArticleId
    since: datetime
    _opened: tuple[int, Database] | None = field(default=None, repr=False)

    def length(self) -> int:
        return -(-(self.last - self.first + 1) // JOB)

    def jobs(self) -> Iterator[tuple[int, int]]:
        for first in range(self.first, self.last + 1, JOB):
            yield first, min(first + JOB - 1, self.last)

    def read(self, job: object) -> tuple[list[Seen], list[str]]:
        from monitor.store import archive

        assert isinstance(job, tuple)
        first, last = job
        page = self.database().read_now(
            lambda conn: archive.page(conn, first=first, last=last, since=self.since)
        )
        seen = [Seen(k.article, _came_out(k.article.published, k.seen_at)) for k in page]
        return [s for s in seen if s.at is None or s.at >= self.since], []

    def database(self) -> Database:
        """A connection of this process: one that a fork carried along must not be used."""
        from monitor.store import Database

        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = os.getpid(), Database(self.url)
        return self._opened[1]

    def close(self) -> None:
        if self._opened is not None and self._opened[0] == os.getpid():
            self._opened[1].close_now()
        self._opened = None


def _came_out(published: datetime | None, seen_at: datetime) -> datetime:
    return published if published is not None and published <= seen_at else seen_at


@dataclass(frozen=True)
class Lines:
    """Articles of a JSON Lines file. Those without a date count, under no day."""

    path: Path
    since: datetime | None = None

    def length(self) -> int:
        return -(-self.count() // JOB)

    def count(self) -> int:
        """Lines of the file, about."""
        with self.path.open("rb") as stream:
            return 1 + sum(chunk.count(b"\n") for chunk in iter(partial(stream.read, 1 << 20), b""))

    def jobs(self) -> Iterator[tuple[int, list[bytes]]]:
        with self.path.open("rb") as stream:
            lines: list[bytes] = []
            number = 1
            for line in stream:
                lines.append(line)
                if len(lines) == JOB:
                    yield number, lines
                    number, lines = number + len(lines), []
            if lines:
                yield number, lines

    def close(self) -> None:
        """Nothing is held open."""

    def read(self, job: object) -> tuple[list[Seen], list[str]]:
        assert isinstance(job, tuple)
        first, lines = job
        seen, bad = [], []
        for number, line in enumerate(lines, first):
            if not line.strip():
                continue
            try:
                article = read_article(line)[1]
            except BadLine as error:
                bad.append(f"{self.path}:{number}: {error}")
                continue
            at = article.published
            if self.since is None or at is None or at >= self.since:
                seen.append(Seen(article, at))
        return seen, bad


# --- the work ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Replay:
    """Does one job: reads it, matches it against every rule set. Days are those of ``timezone``."""

    past: Past
    rulesets: tuple[RuleSet, ...]
    timezone: tzinfo
    today: date
    _asks_language: bool = field(init=False)

    def __post_init__(self) -> None:
        asks = any(asks_language(ruleset) for ruleset in self.rulesets)
        object.__setattr__(self, "_asks_language", asks)

    def __call__(self, job: object) -> Part:
        seen, bad = self.past.read(job)
        part = Part(articles=len(seen), bad=bad)
        for one in seen:
            day = one.at.astimezone(self.timezone).date() if one.at is not None else None
            part.days[day] += 1
            article = one.article
            if self._asks_language and article.lang is None:
                article = with_language(article)
            hits = tuple(self.hits(ruleset, article) for ruleset in self.rulesets)
            if any(hits):
                kept = replace(article, body=article.body[:KEPT_TEXT])
                part.matched.append(Matched(Seen(kept, one.at), day, hits))
        return part

    def hits(self, ruleset: RuleSet, article: Article) -> tuple[Hit, ...]:
        found = ruleset.match(article, today=self.today)
        return tuple(Hit(m.rule, frozenset((s.entity, s.alias) for s in m.spans)) for m in found)


def run(
    replay: Replay, *, processes: int | None = None, done: Callable[[Part], None] = lambda _: None
) -> Iterator[Part]:
    """The parts of the past, in its order. ``processes`` None: one for each core there is.

    ``done`` hears of every part as it comes.
    """
    count = processes if processes is not None else len(os.sched_getaffinity(0))
    jobs = replay.past.jobs()
    if count < 2 or replay.past.length() < POUR or not _can_fork():
        parts: Iterator[Part] = map(replay, jobs)
    else:
        parts = _on_all_cores(replay, jobs, count)
    for part in parts:
        done(part)
        yield part


_replays: list[Replay] = []
"""Set in a worker process only."""


def _can_fork() -> bool:
    return "fork" in multiprocessing.get_all_start_methods()


def _on_all_cores(replay: Replay, jobs: Iterator[object], count: int) -> Iterator[Part]:
    sys.stdout.flush()
    fork = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(
        count, mp_context=fork, initializer=_become_worker, initargs=(replay,)
    )
    waiting: deque[tuple[object, Future[Part]]] = deque()
    try:
        for job in jobs:
            waiting.append((job, _submitted(pool, job)))
            if len(waiting) > 4 * count:
                yield _answer(replay, *waiting.popleft())
        while waiting:
            yield _answer(replay, *waiting.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, job: object) -> Future[Part]:
    try:
        return pool.submit(_in_worker, job)
    except BrokenExecutor as error:
        failed: Future[Part] = Future()
        failed.set_exception(error)
        return failed


def _answer(replay: Replay, job: object, future: Future[Part]) -> Part:
    try:
        return future.result()
    except BrokenExecutor:  # a worker was killed: its job is done here
        return replay(job)


def _become_worker(replay: Replay) -> None:
    _replays[:] = [replay]


def _in_worker(job: object) -> Part:
    return _replays[0](job)
