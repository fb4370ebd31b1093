"""``monitor test``: the samples under ``tests:`` of the rules, and why one is not as it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

import typer

from monitor.cli import output
from monitor.cli.show import safe
from monitor.errors import Problem
from monitor.model import Article, EntityId, RuleId
from monitor.rules.entity import Entity
from monitor.rules.rule import Rule, Sample
from monitor.rules.ruleset import RuleSet
from monitor.rules.whynot import failures

_ANY_DAY = date(2000, 1, 1)
"""Samples have no date, and rules are tried without theirs."""
_SHOWN = 200
"""Characters of a sample."""


class Outcome(StrEnum):
    """What became of a sample."""

    PASSED = "passed"
    FAILED = "failed"
    TODO = "todo"
    """Known to fail, and does."""
    MENDED = "mended"
    """Marked todo, and passes now."""


@dataclass(frozen=True, slots=True)
class Result:
    """One sample tried. ``why`` has a line for every reason when it is not as it says."""

    rule: Rule
    sample: Sample
    expected: bool
    outcome: Outcome
    why: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return f"{self.rule.file}:{self.sample.line}" if self.sample.line else self.rule.file


def run(rules: Sequence[Rule], entities: Mapping[EntityId, Entity]) -> list[Result]:
    """Try every sample of ``rules``, disabled and expired rules included."""
    tried = {rule.id: tested(rule) for rule in rules}
    ruleset = RuleSet.compile(tried.values(), list(entities.values()))
    return [
        _result(tried[rule.id], sample, expected, ruleset, entities)
        for rule in rules
        for sample, expected in samples(rule)
    ]


def samples(rule: Rule) -> Iterator[tuple[Sample, bool]]:
    """Every sample of a rule and whether the rule has to match it."""
    for sample in rule.should_match:
        yield sample, True
    for sample in rule.should_not_match:
        yield sample, False


def tested(rule: Rule) -> Rule:
    """The rule as its samples see it: in force, and open to samples that name no source."""
    return replace(rule, enabled=True, expires=None, sources=(), not_sources=())


def article_of(sample: Sample) -> Article:
    """A plain sample is a body without a title."""
    return Article(
        key="sample",
        title=sample.title,
        body=sample.text,
        lang=sample.lang,
        url=sample.url,
        source=sample.source,
        author=sample.author,
        tags=sample.tags,
    )


def _result(
    rule: Rule,
    sample: Sample,
    expected: bool,
    ruleset: RuleSet,
    entities: Mapping[EntityId, Entity],
) -> Result:
    article = article_of(sample)
    found: Mapping[RuleId, Any] = {m.rule: m for m in ruleset.match(article, today=_ANY_DAY)}
    matched = found.get(rule.id)
    if (matched is not None) is expected:
        return Result(rule, sample, expected, Outcome.MENDED if sample.todo else Outcome.PASSED)
    if matched is not None:
        why = tuple(matched.why)
    else:
        why = tuple(
            f"{c.text}: {c.reason}" for c in failures(rule, entities, article, today=_ANY_DAY)
        )
    return Result(rule, sample, expected, Outcome.TODO if sample.todo else Outcome.FAILED, why)


# --- telling ----------------------------------------------------------------------------------


def as_json(result: Result) -> dict[str, Any]:
    """As ``--json`` prints it."""
    return {
        "rule": result.rule.id,
        "place": result.place,
        "title": result.sample.title,
        "text": result.sample.text,
        "lang": result.sample.lang,
        "expected": "match" if result.expected else "no_match",
        "outcome": result.outcome,
        "why": list(result.why),
    }


def show(results: Sequence[Result], rules: Sequence[Rule], broken: Sequence[Problem]) -> None:
    """The failures one by one, what is marked todo after them, then one line of counts."""
    for outcome, colour in _COLOURS.items():
        for result in results:
            if result.outcome is outcome:
                first, *rest = told(result)
                typer.secho(first, fg=colour)
                output.lines(
                    f"{' ' * 4}{line}" for text in rest for line in output.wrapped(text, indent=4)
                )
    counts = {o: sum(r.outcome is o for r in results) for o in Outcome}
    listed = [
        f"{counts[outcome]} {outcome}"
        for outcome in (Outcome.FAILED, Outcome.TODO, Outcome.MENDED)
        if counts[outcome]
    ]
    passed = counts[Outcome.PASSED] + counts[Outcome.MENDED]
    noun = "rule" if len(rules) == 1 else "rules"
    unusable = len({p.rule for p in broken if p.rule})
    if unusable:
        listed.append(f"{unusable} unusable")
    line = ", ".join([f"{passed} of {len(results)} samples of {len(rules)} {noun} passed", *listed])
    output.say(line)


_COLOURS = {Outcome.FAILED: "red", Outcome.TODO: "yellow", Outcome.MENDED: "green"}
"""What is told apart, in this order."""


def told(result: Result) -> list[str]:
    """A sample that is not as it says, for people: where and what, the text, every reason."""
    says = {
        (Outcome.FAILED, True): "should match, and does not",
        (Outcome.FAILED, False): "should not match, and does",
        (Outcome.TODO, True): "does not match yet (todo)",
        (Outcome.TODO, False): "still matches (todo)",
        (Outcome.MENDED, True): "matches now: remove its todo",
        (Outcome.MENDED, False): "does not match any more: remove its todo",
    }[result.outcome, result.expected]
    text = " · ".join(" ".join(t.split()) for t in (result.sample.title, result.sample.text) if t)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    lines = [f"{result.place}: {result.rule.id} {says}", shown]
    lines += [f"- {reason}" for reason in result.why]
    return [safe(line) for line in lines]
