"""``monitor explain``: one rule, one text, every clause."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import typer

from monitor.cli.articles import BadLine, read_article
from monitor.cli.matching import match_as_json, with_language
from monitor.model import Article, EntityId, Match
from monitor.rules.entity import Entity
from monitor.rules.format import format_node
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from monitor.rules.whynot import Clause, Outcome, why

_MARKS = {Outcome.HOLDS: "✓", Outcome.FAILS: "✗"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule matches an article, or does not."""

    article: Article
    match: Match | None
    clauses: tuple[Clause, ...]


def articles(data: bytes) -> tuple[list[Article], list[str]]:
    """The articles of a file, and what is wrong with its lines.

    JSON Lines when it begins with a brace, else one plain text with the title in its first line.
    """
    if not data.lstrip().startswith(b"{"):
        text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").strip("\n")
        title, _, body = text.partition("\n")
        if not body.strip():
            title, body = "", text
        return [Article(key="text", title=title, body=body.strip("\n"))], []
    found, bad = [], []
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            try:
                found.append(read_article(line)[1])
            except BadLine as error:
                bad.append(f"line {number}: {error}")
    return found, bad


def explained(rule: Rule, entities: Mapping[EntityId, Entity], article: Article) -> Explanation:
    """Every clause of the rule for one article; whether the rule is in force does not matter."""
    if article.lang is None:
        article = with_language(article)
    ruleset = RuleSet.compile([replace(rule, enabled=True, expires=None)], list(entities.values()))
    matches = ruleset.match(article, today=date(2000, 1, 1))
    return Explanation(article, next(iter(matches), None), tuple(why(rule, entities, article)))


def as_json(explanation: Explanation) -> dict[str, Any]:
    """As ``--json`` prints it."""
    match = explanation.match
    return {
        "id": explanation.article.key,
        "matches": match is not None,
        "why": list(match.why) if match else [],
        "spans": match_as_json(match.rule, match.spans)["spans"] if match else [],
        "clauses": [
            {"clause": c.text, "holds": c.outcome is Outcome.HOLDS, "reason": c.reason}
            for c in explanation.clauses
        ],
    }


def show(rule: Rule, explanations: Sequence[Explanation]) -> None:
    """For people, on standard output."""
    typer.echo(f"{rule.id} ({rule.file}:{rule.line})\n    {format_node(rule.tree)}")
    for explanation in explanations:
        article = explanation.article
        verdict = "matches" if explanation.match else "does not match"
        name = article.title or article.body[:60]
        typer.echo(f"\n{verdict}: {json.dumps(name, ensure_ascii=False)}")
        if explanation.match and explanation.match.excerpt.text:
            typer.echo(f"    {marked(explanation.match)}")
        for clause in explanation.clauses:
            pad = "  " * (clause.depth + 1)
            reason = f"\n{pad}    {clause.reason}" if clause.reason else ""
            typer.echo(f"{pad}{_MARKS[clause.outcome]} {clause.text}{reason}")


def marked(match: Match) -> str:
    """The sentence with the matched words in brackets."""
    text, done, at = match.excerpt.text, [], 0
    for start, end in sorted(match.excerpt.marks):
        if start >= at:
            done += [text[at:start], "[", text[start:end], "]"]
            at = end
    return " ".join("".join([*done, text[at:]]).split())
