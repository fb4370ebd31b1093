"""``monitor explain``: one rule, one text, every clause."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import typer

from monitor.cli import output
from monitor.cli.articles import BadLine, read_article
from monitor.cli.matching import with_language
from monitor.model import Article, EntityId, Match
from monitor.rules.entity import Entity
from monitor.rules.format import format_node
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from monitor.rules.whynot import Clause, Outcome, why

_MARKS = {Outcome.HOLDS: "✓", Outcome.FAILS: "✗"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a rule matches an article, or does not.

    ``match`` is what its condition finds, also where a filter keeps the rule away from the article.
    """

    article: Article
    match: Match | None
    clauses: tuple[Clause, ...]

    @property
    def matches(self) -> bool:
        """Whether the daemon would find the rule to match."""
        return self.match is not None and not self.kept_away

    @property
    def kept_away(self) -> bool:
        """Whether the condition holds and a filter of the rule does not."""
        failed = any(c.outcome is Outcome.FAILS for c in self.clauses)
        return self.match is not None and failed


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


def explained(
    rule: Rule, entities: Mapping[EntityId, Entity], article: Article, *, today: date
) -> Explanation:
    """Every clause of the rule for one article, its filters first."""
    if article.lang is None:
        article = with_language(article)
    open_to_all = replace(rule, enabled=True, expires=None, lang=(), sources=(), not_sources=())
    ruleset = RuleSet.compile([open_to_all], list(entities.values()))
    match = next(iter(ruleset.match(article, today=today)), None)
    return Explanation(article, match, tuple(why(rule, entities, article, today=today)))


def as_json(rule: Rule, explanation: Explanation) -> dict[str, Any]:
    """As ``--json`` prints it; docs/rules.md lists the keys."""
    match = explanation.match
    excerpt = match.excerpt if match else None
    return {
        "id": explanation.article.key,
        "rule": rule.id,
        "file": rule.file,
        "line": rule.line,
        "tree": format_node(rule.tree),
        "matches": explanation.matches,
        "condition": match is not None,
        "why": list(match.why) if match else [],
        "excerpt": None
        if excerpt is None
        else {"text": excerpt.text, "marks": [list(mark) for mark in excerpt.marks]},
        "spans": [
            {
                "field": span.field.value,
                "start": span.start,
                "end": span.end,
                "text": span.text,
                "entity": span.entity,
                "alias": span.alias,
                "form": span.form,
                "kind": span.kind,
            }
            for span in (match.spans if match else ())
        ],
        "clauses": [
            {
                "clause": c.text,
                "holds": c.outcome is Outcome.HOLDS,
                "reason": c.reason,
                "depth": c.depth,
            }
            for c in explanation.clauses
        ],
    }


def show(rule: Rule, explanations: Sequence[Explanation]) -> None:
    """For people, on standard output; in colour on a terminal."""
    typer.secho(f"{rule.id} ({rule.file}:{rule.line})", bold=True)
    typer.echo(f"    {format_node(rule.tree)}")
    for explanation in explanations:
        article = explanation.article
        verdict = "matches" if explanation.matches else "does not match"
        name = json.dumps(article.title or article.body[:60], ensure_ascii=False)
        colour = typer.colors.GREEN if explanation.matches else typer.colors.RED
        typer.echo(f"\n{typer.style(verdict, fg=colour, bold=True)}: {name}")
        if explanation.kept_away:
            typer.echo("    its condition holds, but the rule does not look at this article")
        if explanation.match and explanation.match.excerpt.text:
            typer.echo(f"    {marked(explanation.match)}")
        for clause in explanation.clauses:
            _show_clause(clause)


def _show_clause(clause: Clause) -> None:
    holds = clause.outcome is Outcome.HOLDS
    pad = "  " * (clause.depth + 1)
    mark = typer.style(_MARKS[clause.outcome], fg=typer.colors.GREEN if holds else typer.colors.RED)
    typer.echo(f"{pad}{mark} {_printable(clause.text)}")
    for line in output.wrapped(_printable(clause.reason), indent=len(pad) + 4):
        typer.echo(f"{pad}    {line if holds else typer.style(line, fg=typer.colors.YELLOW)}")


def _printable(text: str) -> str:
    """Without anything from an article that could steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def marked(match: Match) -> str:
    """The sentence with the matched words in brackets, and in bold on a terminal."""
    text, done, at = match.excerpt.text, [], 0
    for start, end in sorted(match.excerpt.marks):
        if start >= at:
            done += [_printable(text[at:start]), _highlighted(text[start:end])]
            at = end
    return " ".join("".join([*done, _printable(text[at:])]).split(" "))


def _highlighted(text: str) -> str:
    return typer.style(f"[{_printable(text)}]", fg=typer.colors.CYAN, bold=True)
