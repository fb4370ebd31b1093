"""What ``monitor match`` does with a line: an article in, its matches out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from monitor.cli.articles import ArticleKey, BadLine, read_article
from monitor.model import Article, RuleId, Span
from monitor.rules.ast import FieldName, InField
from monitor.rules.clauses import walk
from monitor.rules.ruleset import RuleSet


@dataclass(frozen=True)
class Matcher:
    """Answers lines of articles with lines of matches."""

    ruleset: RuleSet
    spans: bool
    today: date
    _asks_language: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_asks_language", asks_language(self.ruleset))

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
                answers.append(_encoded(self.answer(key, article)))
        return b"".join(answers), bad

    def answer(self, key: ArticleKey, article: Article) -> dict[str, Any]:
        if self._asks_language and article.lang is None:
            article = with_language(article)
        if not self.spans:
            found = self.ruleset.find(article, today=self.today)
            return {"id": key, "matches": [{"rule": rule} for rule in found]}
        located = self.ruleset.spans(article, today=self.today)
        return {"id": key, "matches": [match_as_json(rule, spans) for rule, spans in located]}


def asks_language(ruleset: RuleSet) -> bool:
    """Whether some rule looks at the language, so that it is worth detecting."""
    return any(
        rule.lang
        or any(isinstance(n, InField) and n.name is FieldName.LANG for n in walk(rule.tree))
        for rule in ruleset.rules.values()
    )


def with_language(article: Article) -> Article:
    """The article with its language, where that can be told with confidence."""
    from monitor.text.language import detect

    detected = detect(f"{article.title}\n\n{article.body}")
    return replace(article, lang=detected[0]) if detected else article


def match_as_json(rule: RuleId, spans: Sequence[Span]) -> dict[str, Any]:
    """A match as the batch contract has it."""
    return {
        "rule": rule,
        "spans": [
            {
                "field": span.field.value,
                "start": span.start,
                "end": span.end,
                "text": span.text,
                "entity": span.entity,
                "alias": span.alias,
            }
            for span in spans
        ],
    }


_encode = json.JSONEncoder(ensure_ascii=False).encode
"""Made once: `json.dumps` would make an encoder for every line."""


def _encoded(value: dict[str, Any]) -> bytes:
    try:
        return _encode(value).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair in the input: written as an escape again
        return json.dumps(value).encode() + b"\n"
