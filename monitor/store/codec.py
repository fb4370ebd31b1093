"""How our values lie in JSON columns. Every object carries its version under ``v``.

Readers take every version ever written, writers only the newest. Nothing here knows of tables.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from monitor.model import (
    EntityId,
    Excerpt,
    Match,
    OperatorNotice,
    Rendered,
    RuleHit,
    RuleId,
    Severity,
    Span,
    TextField,
    TextFormat,
)

VERSION = 1


class UnknownVersionError(ValueError):
    """A JSON column written by a newer program; migrations should have made this impossible."""


def _check(value: dict[str, Any]) -> None:
    if value.get("v") != VERSION:
        raise UnknownVersionError(f"stored JSON of version {value.get('v')!r}")


def _excerpt(excerpt: Excerpt) -> dict[str, Any]:
    return {"text": excerpt.text, "marks": [list(mark) for mark in excerpt.marks]}


def _to_excerpt(value: dict[str, Any]) -> Excerpt:
    return Excerpt(value["text"], tuple((start, end) for start, end in value["marks"]))


def match_detail(match: Match) -> dict[str, Any]:
    """Why a rule holds; the rule itself is a column."""
    return {
        "v": VERSION,
        "spans": [
            [s.field.value, s.start, s.end, s.text, s.alias, s.entity, s.form, s.kind]
            for s in match.spans
        ],
        "excerpt": _excerpt(match.excerpt),
        "why": list(match.why),
    }


def to_match(rule: str, value: dict[str, Any]) -> Match:
    _check(value)
    return Match(
        rule=RuleId(rule),
        spans=tuple(
            Span(
                TextField(field), start, end, text, alias,
                None if entity is None else EntityId(entity), form, *kind,
            )
            for field, start, end, text, alias, entity, form, *kind in value["spans"]
        ),
        excerpt=_to_excerpt(value["excerpt"]),
        why=tuple(value["why"]),
    )  # fmt: skip


def hits(values: tuple[RuleHit, ...]) -> dict[str, Any]:
    """The rules of an alert as they stood when it was raised."""
    return {
        "v": VERSION,
        "hits": [
            {
                "rule": hit.rule,
                "title": hit.title,
                "severity": hit.severity.value,
                "why": list(hit.why),
                "excerpt": _excerpt(hit.excerpt),
            }
            for hit in values
        ],
    }


def to_hits(value: dict[str, Any]) -> tuple[RuleHit, ...]:
    _check(value)
    return tuple(
        RuleHit(
            rule=RuleId(hit["rule"]),
            title=hit["title"],
            severity=Severity(hit["severity"]),
            why=tuple(hit["why"]),
            excerpt=_to_excerpt(hit["excerpt"]),
        )
        for hit in value["hits"]
    )


def rendered(value: Rendered) -> dict[str, Any]:
    """The frozen text of a delivery."""
    return {
        "v": VERSION,
        "format": value.format.value,
        "subject": value.subject,
        "text": value.text,
        "html": value.html,
        "thread": value.thread,
    }


def to_rendered(value: dict[str, Any]) -> Rendered:
    _check(value)
    return Rendered(
        format=TextFormat(value["format"]),
        subject=value["subject"],
        text=value["text"],
        html=value["html"],
        thread=value["thread"],
    )


def notice(value: OperatorNotice) -> dict[str, Any]:
    """What the operator is told."""
    return {
        "v": VERSION,
        "key": value.key,
        "title": value.title,
        "text": value.text,
        "at": value.at.isoformat(),
        "resolved": value.resolved,
    }


def to_notice(value: dict[str, Any]) -> OperatorNotice:
    _check(value)
    return OperatorNotice(
        key=value["key"],
        title=value["title"],
        text=value["text"],
        at=datetime.fromisoformat(value["at"]),
        resolved=value["resolved"],
    )
