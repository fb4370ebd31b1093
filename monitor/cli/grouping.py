"""Which of the past's articles told the same story: the seam between a replay and the story engine.

In memory and in order of time, by the decision that the daemon takes: `grouped` is all that the
rest of the command line knows of stories.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.cli.replay import Seen
from monitor.model import ArticleId, StoryId
from monitor.stories.decide import Candidate, decide
from monitor.stories.features import features

MOST_CANDIDATES = 10
"""Articles that a new one is compared with, those that share most."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def grouped(articles: Sequence[Seen]) -> list[int]:
    """The number of the story of each article, in the order given. Articles without a date come
    first."""
    order = sorted(range(len(articles)), key=lambda i: articles[i].at or _LONG_AGO)
    stories = [0] * len(articles)
    known: list[Candidate] = []
    sharing: dict[int, list[int]] = defaultdict(list)
    for index in order:
        at = articles[index].at or _LONG_AGO
        mine = features(articles[index].article)
        shared: dict[int, int] = defaultdict(int)
        for shingle in mine.sample:
            for other in sharing[shingle]:
                shared[other] += 1
        nearest = sorted(shared, key=lambda o: (-shared[o], -o))[:MOST_CANDIDATES]
        membership = decide(mine, [known[o] for o in nearest], now=at)
        number = len(known)
        story = membership.story if membership.story is not None else StoryId(number)
        known.append(
            Candidate(ArticleId(number), story, mine.shingles, mine.entities, mine.title, at, at)
        )
        for shingle in mine.sample:
            sharing[shingle].append(number)
        stories[index] = story
    return stories
