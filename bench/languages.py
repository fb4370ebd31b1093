"""How reports of one event in several languages come into one story, and what entities add to it.

The labelled set is one stream behind the single-language one, from which the step learns how common
words are; its first half was there to choose bounds by, its second half judges. *Across* counts
reports that joined a story without one in their own language: right when it is of their event. The
recalls are the shares of an event's pairs in two languages that ended in one story, by script.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import Any

from bench.grouping import GOLDEN, MATERIAL, Quality, compare
from bench.measure import ROOT, Table, row
from monitor import rulefiles
from monitor.grouping import Grouper
from monitor.model import Article, RuleId
from monitor.rules.ast import EntityRef
from monitor.rules.ruleset import RuleSet
from monitor.store.scratch import scratch
from monitor.stories.across import script

SET = ROOT / "tests" / "golden" / "stories-languages.jsonl"
SCRIPTS = (("LATIN", "LATIN"), ("CYRILLIC", "LATIN"), ("ARABIC", "LATIN"))
COLUMNS = (
    "half, and entities of",
    "B³ precision",
    "B³ recall",
    "leak",
    "missed",
    "across, right",
    "across, wrong",
    "recall of Latin pairs",
    "Cyrillic and Latin",
    "Arabic and Latin",
)
PAIRS = ("languages", "pairs of an event", "in one story", "wrongly in one story")
Line = Mapping[str, Any]
Entities = Callable[[Article], Collection[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """A labelled report and the story it was put into."""

    line: Line
    story: int
    alert: bool

    @property
    def event(self) -> str:
        return str(self.line["story"])

    @property
    def lang(self) -> str:
        return str(self.line["lang"])

    @property
    def script(self) -> str:
        return script(self.line["title"])


@dataclass(frozen=True, slots=True)
class Judged:
    """One half. ``recalls`` has the same keys as `SCRIPTS`, and ``pairs`` every pair of languages
    to the number of an event's pairs, those in one story, and those of two events in one."""

    quality: Quality
    right: int
    wrong: int
    recalls: Mapping[tuple[str, str], float]
    pairs: Mapping[tuple[str, str], Sequence[int]]


def measure() -> list[Table]:
    """Without entities, with those of the starter rules, with the whole gazetteer."""
    named = {"no rules": _nothing, "the starter rules": starter(), "the gazetteer": gazetteer()}
    rows = []
    pairs = None
    for name, entities in named.items():
        found = tell(entities)
        for half in ("fit", "test"):
            j = judge(found, half)
            q = j.quality
            rows.append(
                row(
                    COLUMNS, f"{half}: {name}", q.precision, q.recall, q.leak, q.missed,
                    j.right, j.wrong, *(j.recalls[pair] for pair in SCRIPTS),
                )
            )  # fmt: skip
            pairs = j.pairs
    assert pairs is not None
    listed = sorted(pairs.items(), key=lambda item: (-item[1][0], item[0]))
    by_pair = [row(PAIRS, f"{a}, {b}", *counts) for (a, b), counts in listed if counts[0] >= 3]
    return [
        Table("languages", "reports of one event in nine languages", COLUMNS, tuple(rows)),
        Table("languages", "the last row by pair of languages", PAIRS, tuple(by_pair)),
    ]


def starter() -> Entities:
    """The entities that the shipped rules name."""
    loaded = rulefiles.load(ROOT / "rules")
    return RuleSet.compile(loaded.rules, list(loaded.entities.values())).entities


def gazetteer() -> Entities:
    """Every entity there is, as if rules named them all."""
    loaded = rulefiles.load(ROOT / "rules")
    entities = list(loaded.entities.values())
    some = loaded.rules[0]
    rules = [replace(some, id=RuleId(f"@{e.id}"), tree=EntityRef(e.id)) for e in entities]
    return RuleSet.compile(rules, entities).entities


def tell(entities: Entities) -> list[Told]:
    """The labelled reports in their stories, as the daemon would put them."""
    told = []
    with scratch() as database:
        grouper = Grouper(database)
        for line in [*_lines(GOLDEN.read_text("utf-8")), *_lines(SET.read_text("utf-8"))]:
            article = Article(line["id"], line["title"], line["text"], lang=line["lang"])
            found = grouper.take(
                article, datetime.fromisoformat(line["published"]), entities(article)
            )
            told.append(Told(line, found.story, found.alert))
    return told


def judge(told: Iterable[Told], half: str) -> Judged:
    """The reports of ``half``, "fit" or "test"."""
    reports = [t for t in told if t.line["set"] == half]
    quality = compare(
        [t.event for t in reports],
        [t.line["kind"] in MATERIAL for t in reports],
        [(t.story, t.alert) for t in reports],
    )
    right, wrong = _joined(reports)
    pairs: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    scripts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for a, b in combinations(reports, 2):
        if a.lang != b.lang:
            for table, key in ((pairs, (a.lang, b.lang)), (scripts, (a.script, b.script))):
                counts = table[min(key), max(key)]
                counts[0] += a.event == b.event
                counts[1] += a.event == b.event and a.story == b.story
                counts[2] += a.event != b.event and a.story == b.story
    recalls = {pair: scripts[pair][1] / max(1, scripts[pair][0]) for pair in SCRIPTS}
    return Judged(quality, right, wrong, recalls, pairs)


def _joined(reports: Iterable[Told]) -> tuple[int, int]:
    """How many joined a story without a report in their language, rightly and wrongly."""
    right = wrong = 0
    members: dict[int, list[Told]] = defaultdict(list)
    for report in reports:
        earlier = members[report.story]
        if earlier and report.lang not in {e.lang for e in earlier}:
            is_right = report.event in {e.event for e in earlier}
            right, wrong = right + is_right, wrong + (not is_right)
        earlier.append(report)
    return right, wrong


def _nothing(article: Article) -> Collection[str]:
    return ()


def _lines(text: str) -> list[Line]:
    return [json.loads(line) for line in text.splitlines()]
