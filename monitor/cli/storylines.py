"""What ``monitor stories`` does with a line: an article in, its story out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, Any

from monitor.cli.articles import ArticleKey, BadLine, read_article
from monitor.grouping import Grouper
from monitor.model import Article
from monitor.text.urls import url_key

_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
"""Of an article before the first that has a date."""


@dataclass
class StoryLines:
    """Answers lines of articles with lines of stories. ``seen`` is told of the bytes read."""

    grouper: Grouper
    seen: Callable[[int], None]
    now: datetime = _NO_DATE

    def __call__(self, lines: Sequence[bytes], first: int) -> tuple[bytes, int]:
        """One answer a line; how many of the lines were malformed."""
        answers: list[bytes] = []
        bad = 0
        for number, line in enumerate(lines, first):
            try:
                key, article = read_article(line)
            except BadLine as error:
                bad += 1
                answers.append(_encoded({"line": number, "error": str(error)}))
            else:
                answers.append(_encoded(self.answer(key, article, number)))
            self.seen(len(line) + 1)
        return b"".join(answers), bad

    def answer(self, key: ArticleKey, article: Article, number: int) -> dict[str, Any]:
        """An article without a URL is none that came before, whatever its id."""
        identity = url_key(article.url) if article.url else f"line {number}"
        if article.published is not None:
            self.now = article.published
        grouped = self.grouper.take(replace(article, key=identity), self.now)
        return {
            "id": key,
            "story": grouped.story,
            "new": grouped.is_new,
            "alert": grouped.alert,
            "reason": grouped.why,
        }


@contextmanager
def watched(source: IO[bytes]) -> Iterator[Callable[[int], None]]:
    """A bar on standard error while a file is read, where somebody sees it."""
    size = 0
    if sys.stderr.isatty() and not sys.stdout.isatty() and source is not sys.stdin.buffer:
        size = os.fstat(source.fileno()).st_size
    if not size:
        yield lambda _: None
        return
    from rich.progress import Progress

    from monitor.cli import output

    with Progress(console=output.stderr(), transient=True) as progress:
        task = progress.add_task("Grouping", total=size)
        yield lambda count: progress.update(task, advance=count)


def _encoded(value: dict[str, Any]) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair in the input: written as an escape again
        return json.dumps(value).encode() + b"\n"
