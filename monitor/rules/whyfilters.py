"""Why a rule does not look at an article at all: switched off, expired, or not its language or
source. The matcher's own answer, one filter at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from monitor.model import Article
from monitor.rules.ast import FieldName
from monitor.rules.evaluate import Source
from monitor.rules.rule import Rule
from monitor.rules.ruleset import admits


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter of a rule: as written, whether the article passes, and why."""

    text: str
    passes: bool
    reason: str


def filters(rule: Rule, article: Article, source: Source, today: date) -> Iterator[Filter]:
    """Every filter that ``rule`` has, with what it says to ``article`` on ``today``."""
    plain = replace(rule, enabled=True, expires=None, lang=(), sources=(), not_sources=())

    def passes(alone: Rule) -> bool:
        return admits(alone, article, source, today)

    if not rule.enabled:
        yield Filter("enabled: false", False, "the rule is switched off")
    if rule.expires is not None:
        days = (today - rule.expires).days
        ago = f"it expired {days} {'day' if days == 1 else 'days'} ago"
        held = passes(replace(plain, expires=rule.expires))
        yield Filter(f"expires: {rule.expires}", held, "it is still in force" if held else ago)
    if rule.lang:
        known = source.value(FieldName.LANG)
        reason = f"the article's language is {known}" if known else "its language is unknown"
        alone = replace(plain, lang=rule.lang)
        yield Filter(f"lang: {', '.join(rule.lang)}", passes(alone), reason)
    origin = _origin(article, source)
    for name in ("sources", "not_sources"):
        listed: tuple[str, ...] = getattr(rule, name)
        if listed:
            alone = replace(
                plain,
                sources=listed if name == "sources" else (),
                not_sources=listed if name == "not_sources" else (),
            )
            yield Filter(f"{name}: {', '.join(listed)}", passes(alone), origin)


def _origin(article: Article, source: Source) -> str:
    """Where the article comes from, as far as it is known."""
    known = (article.source, article.feed, source.value(FieldName.DOMAIN), *article.tags)
    listed = list(dict.fromkeys(name for name in known if name))
    return f"the article is from {', '.join(listed)}" if listed else "its source is unknown"
