"""What the story step costs as its window fills, and how well it groups the labelled set.

The cost is that of everything between a matched article in the archive and its place in a story:
its features, the look-up, the decision and its rows, in a transaction of its own on a SQLite file.
The window is filled beforehand with generated articles of which a part is told by several outlets,
and some are decided on before the first is measured, so that the noise of the stream is known.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.measure import Table, row
from bench.texts import Text, World
from monitor import memory
from monitor.model import Article, ArticleId
from monitor.placing import place
from monitor.store import Connection, Database, articles, stories, storyindex
from monitor.stories.decide import WINDOW
from monitor.stories.features import features

COLUMNS = (
    "articles in the window",
    "CPU ms an article",
    "of the first row",
    "slowest of 20",
    "bytes an article",
)
_START = datetime(2026, 3, 1, tzinfo=UTC)
_BATCH = 500
_LEARNING = 300
"""Articles decided on before any is measured."""
_LENGTHS = {40: 6, 150: 2, 430: 2}
"""Words about which articles are long, and how often: most feeds carry summaries, some full texts.
"""
_COPIES = 0.3
"""The share of articles that tell again, a little changed, what one of the last hundred told."""


def measure(*, windows: Sequence[int] = (1_000, 10_000, 100_000), probes: int = 500) -> Table:
    """Mean CPU time of ``probes`` articles with each of ``windows`` articles before them."""
    rows = []
    first = 0.0
    with tempfile.TemporaryDirectory(prefix="bench-stories-") as name:
        path = Path(name) / "monitor.db"
        database = Database(f"sqlite:///{path}")
        database.migrate()
        stream = _Stream()
        filled = _Filled(database)
        memory.settle()
        for window in windows:
            step = WINDOW * 0.9 / max(windows)
            if not rows:
                filled.fill(stream, window - _LEARNING, step)
                filled.probe(stream, _LEARNING)
            filled.fill(stream, window - filled.count, step)
            costs = filled.probe(stream, probes)
            parts = [sum(costs[i::20]) / len(costs[i::20]) for i in range(min(20, len(costs)))]
            mean = 1000 * sum(costs) / len(costs)
            first = first or mean
            rows.append(
                row(
                    COLUMNS, window, mean, mean / first, 1000 * max(parts),
                    _stored(path) // filled.count,
                )
            )  # fmt: skip
        database.close_now()
    title = "the story step, a transaction an article, on a SQLite file"
    note = (
        "Means, of articles of 40 (six of ten), 150 or 430 words or so; “slowest of 20” is the "
        "mean of the dearest twentieth part by turn. Bytes are those of the story tables and their "
        "indexes, without the articles' texts."
    )
    return Table("stories", title, COLUMNS, tuple(rows), note)


class _Stream:
    """Generated articles, some of which repeat one that came shortly before."""

    def __init__(self, seed: int = 3) -> None:
        self._world = World()
        self._rng = random.Random(seed)
        self._recent: deque[Text] = deque(maxlen=100)
        self._number = 0

    def take(self, count: int) -> Iterator[Article]:
        for _ in range(count):
            self._number += 1
            text = self._next()
            yield Article(key=f"k{self._number}", title=text.title, body=text.body, source="S")

    def _next(self) -> Text:
        rng = self._rng
        if self._recent and rng.random() < _COPIES:
            told = rng.choice(self._recent)
            sentences = told.body.split(". ")
            rng.shuffle(sentences)
            return Text(told.id, told.title, ". ".join(sentences[: max(3, len(sentences) // 2)]))
        (words,) = rng.choices(tuple(_LENGTHS), tuple(_LENGTHS.values()))
        text = self._world.article(rng, self._number, words=words)
        self._recent.append(text)
        return text


class _Filled:
    """A window: articles put into the index without deciding on them, and those decided on."""

    def __init__(self, database: Database) -> None:
        self.count = 0
        self.now = _START
        self._database = database

    def fill(self, stream: _Stream, count: int, step: timedelta) -> None:
        for begin in range(0, count, _BATCH):
            batch = list(stream.take(min(_BATCH, count - begin)))
            self._database.transact_now(lambda conn, batch=batch: self._put(conn, batch, step))  # type: ignore[misc]  # of batch

    def probe(self, stream: _Stream, count: int) -> list[float]:
        """CPU seconds for each of ``count`` articles, which are in the archive already."""
        batch = list(stream.take(count))

        def store(conn: Connection) -> list[tuple[ArticleId, bool]]:
            storyindex.frequencies(conn)  # reads what has been filled in
            return articles.insert_many(conn, [(a, "h") for a in batch], now=self.now)

        stored = self._database.transact_now(store)
        self.count += count
        return [
            _probe(self._database, id, article, self.now)
            for article, (id, _) in zip(batch, stored, strict=True)
        ]

    def _put(self, conn: Connection, batch: Sequence[Article], step: timedelta) -> None:
        stored = articles.insert_many(conn, [(a, "h") for a in batch], now=self.now)
        for article, (id, _) in zip(batch, stored, strict=True):
            self.count += 1
            self.now += step
            mine = features(article)
            story = stories.create(conn, title=article.title, now=self.now)
            stories.join(conn, story, id, source="S", reason="", now=self.now)
            storyindex.put(conn, id, mine, now=self.now)


def _probe(database: Database, id: ArticleId, article: Article, now: datetime) -> float:
    begun = time.process_time()
    mine = features(article)

    def work(conn: Connection) -> None:
        stories.lock(conn)
        place(conn, id, article, mine, now=now)

    database.transact_now(work)
    return time.process_time() - begun


def _stored(path: Path) -> int:
    """The bytes that the tables of stories and their indexes take."""
    with sqlite3.connect(path) as conn:
        try:
            (size,) = conn.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%stor%'"
            ).fetchone()
        except sqlite3.OperationalError:  # built without the table of sizes
            size = 0
    conn.close()
    return int(size)
