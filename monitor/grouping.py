"""Use case: group a stream of articles into stories, in memory, by the daemon's own step.

For `monitor stories` and for replays of the past: every article counts as matched, and nothing is
kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Article, ArticleId, StoryId
from monitor.placing import Place, place, place_version
from monitor.store import Connection
from monitor.store.scratch import Scratch, trim
from monitor.stories.decide import STORY_LIFE
from monitor.stories.features import Features, features

TRIM_EVERY = 1000
"""Articles after which what has left the window is forgotten."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """``alert``: whether it would be told, as a first report or for its news."""

    story: StoryId
    is_new: bool
    alert: bool
    why: str


@dataclass(frozen=True, slots=True)
class _Known:
    article: ArticleId
    story: StoryId
    at: datetime


class Grouper:
    """Takes articles in order of time. A time before the last one counts as the last one."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._by_key: OrderedDict[str, _Known] = OrderedDict()
        self._count = 0
        self._now: datetime | None = None

    def take(self, article: Article, at: datetime, entities: Iterable[str] = ()) -> Grouped:
        """Put ``article`` into a story; one whose ``key`` is known is a version of that.

        ``entities``: as for `features`.
        """
        now = self._now = max(at, self._now or at)
        mine = features(article, entities)
        place = self._scratch.transact(lambda conn: self._place(conn, article, mine, now))
        why = place.why if place.news is None else f"{place.why}; {place.news.text}"
        return Grouped(
            place.story, place.is_new_story, place.is_new_story or place.news is not None, why
        )

    def _place(self, conn: Connection, article: Article, mine: Features, now: datetime) -> Place:
        known = self._by_key.get(article.key)
        if known is not None and now - known.at < STORY_LIFE:
            return place_version(conn, known.article, known.story, mine, now=now)
        self._count += 1
        id = ArticleId(self._count)
        made = place(conn, id, article, mine, now=now)
        self._by_key[article.key] = _Known(id, made.story, now)
        if self._count % TRIM_EVERY == 0:
            self._trim(conn, now)
        return made

    def _trim(self, conn: Connection, now: datetime) -> None:
        trim(conn, now=now)
        while self._by_key:
            key, known = next(iter(self._by_key.items()))
            if now - known.at < STORY_LIFE + timedelta(days=1):
                return
            del self._by_key[key]
