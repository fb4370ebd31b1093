"""Puts an article into its story, and says what is new in it: the story step of one transaction.

Everything here runs under the stories' lock. What makes one story, and what is news, is decided in
``stories/``; what is told of it, in ``alerts/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model import Article, ArticleId, StoryId
from monitor.store import Connection, stories, storyindex
from monitor.stories.across import across
from monitor.stories.decide import WINDOW, Kind, decide
from monitor.stories.features import Features
from monitor.stories.news import News, doubted, what_is_new


@dataclass(frozen=True, slots=True)
class Place:
    """The story an article is in, why that one, and what it brings that the story had not."""

    story: StoryId
    is_new_story: bool
    why: str
    news: News | None = None


def place(
    conn: Connection, id: ArticleId, article: Article, mine: Features, *, now: datetime
) -> Place:
    """Find the story of an article that is in none yet, or open one, and index the article."""
    known = storyindex.frequencies(conn)
    candidates, keys = storyindex.look_up(conn, mine, since=now - WINDOW)
    chosen = decide(mine, candidates, known, now)
    if chosen.story is None:
        chosen = across(mine, candidates, known, now) or chosen
    source, reason = article.source or article.feed, chosen.reason
    news: News | None = None
    if chosen.story is None:
        story = stories.open_with(
            conn, id, title=article.title, source=source, reason=reason, now=now
        )
    else:
        story = chosen.story
        age = now - min(c.story_since for c in candidates if c.story == story)
        news = what_is_new(mine, storyindex.members(conn, story), age=age)
        if news is None and chosen.doubt:
            news = doubted(chosen.doubt)
        stories.join(conn, story, id, source=source, reason=reason, now=now)
    rival = chosen.score if chosen.kind is Kind.OPENS else None
    storyindex.put(conn, id, mine, now=now, keys=keys, rival=rival)
    return Place(story, chosen.story is None, chosen.reason, news)


def place_version(
    conn: Connection, id: ArticleId, story: StoryId, mine: Features, *, now: datetime
) -> Place:
    """The story of another version of a known article, and what is new in it."""
    news = what_is_new(mine, storyindex.members(conn, story))
    storyindex.replace(conn, id, mine)
    return Place(story, False, "a version of a known article", news)
