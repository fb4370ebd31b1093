"""What ``monitor match`` does with a line: an article in, its matches out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from json.encoder import encode_basestring as _quoted

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
        answers: list[str] = []
        bad = 0
        for number, line in enumerate(lines, first):
            try:
                key, article = read_article(line)
            except BadLine as error:
                bad += 1
                answers.append(f'{{"line": {number}, "error": {_quoted(str(error))}}}\n')
            else:
                answers.append(self.answer(key, article))
        # What UTF-8 cannot say, half of a surrogate pair, is written as the escape it came as.
        return "".join(answers).encode("utf-8", "backslashreplace"), bad

    def answer(self, key: ArticleKey, article: Article) -> str:
        """A line of JSON, written by hand: making objects first takes three times as long."""
        if self._asks_language and article.lang is None:
            article = with_language(article)
        if self.spans:
            located = self.ruleset.spans(article, today=self.today)
            matches = [_match(rule, spans) for rule, spans in located]
        else:
            found = self.ruleset.find(article, today=self.today)
            matches = [f'{{"rule": {_quoted(rule)}}}' for rule in found]
        id_ = _quoted(key) if isinstance(key, str) else key
        return f'{{"id": {id_}, "matches": [{", ".join(matches)}]}}\n'


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


def _span(span: Span) -> str:
    entity = "null" if span.entity is None else _quoted(span.entity)
    return (
        f'{{"field": "{span.field.value}", "start": {span.start}, "end": {span.end}, '
        f'"text": {_quoted(span.text)}, "entity": {entity}, "alias": {_quoted(span.alias)}}}'
    )


def _match(rule: RuleId, spans: Sequence[Span]) -> str:
    listed = ", ".join(map(_span, spans))
    return f'{{"rule": {_quoted(rule)}, "spans": [{listed}]}}'
