"""Which of the past's articles told the same story: the seam between a replay and the story engine.

In memory and in order of time, by the daemon's own step: `grouped` is all that a replay knows of
stories.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.cli.replay import Seen
from monitor.grouping import Grouper
from monitor.store.scratch import scratch

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def grouped(articles: Sequence[Seen]) -> list[int]:
    """The number of the story of each article, in the order given. Articles without a date come
    first."""
    order = sorted(range(len(articles)), key=lambda i: articles[i].at or _LONG_AGO)
    stories = [0] * len(articles)
    with scratch() as database:
        grouper = Grouper(database)
        for index in order:
            seen = articles[index]
            stories[index] = grouper.take(seen.article, (), seen.at or _LONG_AGO).story
    return stories
