"""How well the story step groups labelled articles: B³, and what is told twice or not at all.

B³ is the precision and recall of each article's story, averaged over articles (Bagga and Baldwin,
1998). *Leak* is the share of repeats that alert, *missed* the share of stories none of which did;
articles that bring news by their label are left out of the leak and counted as ``material``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Table, row
from monitor.grouping import Grouper
from monitor.model import Article
from monitor.store.scratch import scratch
from monitor.text.urls import url_key

GOLDEN = ROOT / "tests" / "golden" / "stories.jsonl"
MATERIAL = frozenset(("update", "followup"))
COLUMNS = (
    "articles",
    "stories",
    "B³ precision",
    "B³ recall",
    "B³ F1",
    "leak",
    "missed",
    "material",
)


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares between 0 and 1; ``material`` is the share of those articles that alert."""

    articles: int
    stories: int
    precision: float
    recall: float
    leak: float
    missed: float
    material: float | None

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def measure(path: Path = GOLDEN) -> Table:
    """The labelled set that is part of the project, or another of the same form."""
    q = judge([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    values = row(
        COLUMNS, q.articles, q.stories, q.precision, q.recall, q.f1, q.leak, q.missed, q.material
    )
    title = "the labelled set, grouped as monitor stories does it"
    return Table("grouping", title, COLUMNS, (values,))


def judge(labelled: Sequence[Mapping[str, Any]]) -> Quality:
    """Group ``labelled`` articles, in order of time, and compare with their labels."""
    found: list[tuple[int, bool]] = []
    with scratch() as database:
        grouper = Grouper(database)
        for number, line in enumerate(labelled):
            grouped = grouper.take(_article(line, number), _time(line))
            found.append((grouped.story, grouped.alert))
    return compare(
        [str(line["story"]) for line in labelled],
        [line["kind"] in MATERIAL for line in labelled],
        found,
    )


def compare(
    truth: Sequence[str], material: Sequence[bool], found: Sequence[tuple[int, bool]]
) -> Quality:
    """``found``: the story that each article was put into, and whether it alerted."""
    both = Counter(zip((story for story, _ in found), truth, strict=True))
    ours, theirs = Counter(story for story, _ in found), Counter(truth)
    repeats = Counter(t for t, m in zip(truth, material, strict=True) if not m)
    told = Counter(t for t, m, (_, a) in zip(truth, material, found, strict=True) if a and not m)
    alerted = {t for t, (_, a) in zip(truth, found, strict=True) if a}
    news = [a for m, (_, a) in zip(material, found, strict=True) if m]
    again = sum(n - 1 for n in repeats.values())
    return Quality(
        articles=len(truth),
        stories=len(theirs),
        precision=sum(n * n / ours[o] for (o, _), n in both.items()) / len(truth),
        recall=sum(n * n / theirs[t] for (_, t), n in both.items()) / len(truth),
        leak=sum(n - 1 for n in told.values()) / again if again else 0.0,
        missed=sum(t not in alerted for t in theirs) / len(theirs),
        material=sum(news) / len(news) if news else None,
    )


def _article(line: Mapping[str, Any], number: int) -> Article:
    url = line.get("url")
    key = url_key(url) if url else f"line {number}"
    return Article(key=key, title=line["title"], body=line["text"], url=url)


def _time(line: Mapping[str, Any]) -> datetime:
    published = line.get("published")
    return datetime.fromisoformat(published) if published else datetime(1970, 1, 1, tzinfo=UTC)
