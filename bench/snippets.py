"""How often the shipped rules are right, by language, on the sentences of the golden tests.

The baseline has the same rules over whole words in English only: no other language, no inflection,
no look-alikes masked, no confirming words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bench.measure import ROOT, Table, Value, row
from monitor import rulefiles
from monitor.model import Article, EntityId, RuleId
from monitor.rules.ast import EntityRef
from monitor.rules.entity import Case, Entity
from monitor.rules.inflect import Form
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet

FILES = tuple(sorted((ROOT / "tests" / "golden").glob("snippets*.jsonl")))
TODAY = date(2026, 1, 1)
COLUMNS = ("language", "sentences", "precision", "recall", "baseline's precision", "its recall")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One sentence, the rule it is for, and whether that has to hold."""

    text: str
    lang: str
    rule: str
    expect: bool


@dataclass(slots=True)
class _Score:
    right: int = 0
    false: int = 0
    missed: int = 0

    def add(self, held: bool, expect: bool) -> None:
        self.right += held and expect
        self.false += held and not expect
        self.missed += expect and not held

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.false) if self.right + self.false else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None


def measure(*, files: Sequence[Path] = FILES, most: int | None = None) -> Table:
    """Every sentence as a title and as a body, for its rule."""
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()][:most]
    snippets = [
        Snippet(d["text"], d["lang"], d["rule"], d["expect"]) for d in map(json.loads, lines)
    ]
    loaded = rulefiles.load(ROOT / "rules")
    # "@georgia" in the file is the entity by itself.
    bare = {s.rule for s in snippets if s.rule.startswith("@")}
    extra = [Rule(RuleId(name), EntityRef(EntityId(name[1:]))) for name in sorted(bare)]
    rules = [*loaded.rules, *extra]
    entities = list(loaded.entities.values())
    ours = RuleSet.compile(rules, entities)
    simple = RuleSet.compile(rules, [_in_english(e) for e in entities], forms=_as_written)
    languages = sorted({s.lang for s in snippets})
    rows = [_row(lang, [s for s in snippets if s.lang == lang], ours, simple) for lang in languages]
    rows.append(_row("all", snippets, ours, simple))
    note = (
        "Upper bounds: sentences and names were written by the same hand. The golden tests fail on "
        "any sentence judged wrong; this shows what a simpler matcher would make of them."
    )
    title = "the shipped rules on the golden tests' sentences"
    return Table("snippets", title, COLUMNS, tuple(rows), note)


def _row(
    lang: str, snippets: Sequence[Snippet], ours: RuleSet, simple: RuleSet
) -> dict[str, Value]:
    mine, other = _score(snippets, ours), _score(snippets, simple)
    return row(
        COLUMNS, lang, len(snippets), mine.precision, mine.recall, other.precision, other.recall
    )


def _score(snippets: Iterable[Snippet], ruleset: RuleSet) -> _Score:
    score = _Score()
    for snippet in snippets:
        for title, body in ((snippet.text, ""), ("", snippet.text)):
            article = Article(key="k", title=title, body=body)
            score.add(snippet.rule in ruleset.find(article, today=TODAY), snippet.expect)
    return score


def _in_english(entity: Entity) -> Entity:
    """What somebody would type into a list of search words."""
    kinds = (entity.names, entity.adjectives, entity.weak)
    words = [name for kind in kinds for lang in ("en", "*") for name in kind.get(lang, ())]
    return replace(
        entity, case=Case.ANY, names={"en": (*words, *entity.surnames)}, adjectives={}, weak={},
        confirm=(), not_=(), not_after=(), not_before=(), surnames=(), given=(), titles=(),
    )  # fmt: skip


def _as_written(alias: str, lang: str, part: str) -> tuple[Form, ...]:
    return (Form(alias, ""),)
