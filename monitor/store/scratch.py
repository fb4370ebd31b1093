"""A database in memory, for one run of a command that groups articles and keeps nothing.

The tables of the story step alone, so that the very same statements find the stories there as in
the daemon. References to articles are not checked: there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.pool import StaticPool

from monitor.store import storyindex
from monitor.store.schema import (
    metadata,
    stories,
    story_articles,
    story_frequencies,
    story_reports,
)
from monitor.store.types import to_json
from monitor.stories.decide import STORY_LIFE, WINDOW

T = TypeVar("T")
_TABLES = (stories, story_articles, story_reports, story_frequencies)


class Scratch:
    """Transactions on it are cheap; it is gone with the object."""

    def __init__(self) -> None:
        self._engine = sa.create_engine(
            "sqlite://",
            poolclass=StaticPool,
            json_serializer=to_json,
            connect_args={"check_same_thread": False},
            execution_options={storyindex.SCRATCH: True},
        )
        with self._engine.begin() as conn:
            metadata.create_all(conn, tables=list(_TABLES))

    def transact(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a transaction."""
        with self._engine.begin() as conn:
            return fn(conn)

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def scratch() -> Iterator[Scratch]:
    """A `Scratch` that is closed at the end."""
    made = Scratch()
    try:
        yield made
    finally:
        made.close()


def trim(conn: Connection, *, now: datetime) -> None:
    """Forget what no article after ``now`` can belong to, so that memory stays bounded."""
    while storyindex.purge(conn, now - WINDOW, 1000) == 1000:
        pass
    conn.execute(sa.delete(story_articles).where(story_articles.c.joined_at < now - STORY_LIFE))
    conn.execute(sa.delete(stories).where(stories.c.last_at < now - STORY_LIFE))
