"""How a backtest is told: a table of many rules, one rule in detail, or JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from monitor.cli import charts, output
from monitor.cli.problems import width
from monitor.cli.replay import Seen
from monitor.cli.show import safe
from monitor.cli.tally import Ground, Listed, Outcome, rate, source_of

_CHART = 31
"""Columns of the chart in the table: the last 30 days and today."""
_WIDE_CHART = 62
"""Columns of the chart of one rule."""
_SOURCES = 5
_NAMES = 8
"""Names of one entity that are told apart."""
_LABEL = 13


def show(
    outcomes: Sequence[Outcome],
    a_day: float | None,
    ground: Ground,
    *,
    json: bool,
    detailed: bool,
) -> None:
    """All of it. The last line, on what it rests, goes to standard error."""
    if json:
        output.print_json([as_json(o, ground) for o in outcomes])
    elif detailed or len(outcomes) == 1:
        for number, outcome in enumerate(outcomes):
            output.lines(["", *detail(outcome, ground)] if number else detail(outcome, ground))
    else:
        _table(outcomes, ground)
        for outcome in outcomes:
            for warning in outcome.warnings:
                output.say(f"{place(outcome)}: warning: {outcome.rule.id} {warning}")
    output.say(summary(outcomes, a_day, ground))


def place(outcome: Outcome) -> str:
    """Where the rule stands."""
    return f"{outcome.rule.file}:{outcome.rule.line}"


def summary(outcomes: Sequence[Outcome], a_day: float | None, ground: Ground) -> str:
    """What was replayed, and what all rules together come to."""
    noun = "rule" if len(outcomes) == 1 else "rules"
    return f"{on(ground)}, {len(outcomes)} {noun}: {rate(a_day)}"


def on(ground: Ground) -> str:
    """What a figure rests on: "4,310 articles of 30 days (27 Oct to 25 Nov)"."""
    noun = "article" if ground.articles == 1 else "articles"
    told = f"{ground.articles:,} {noun}"
    if ground.days:
        days = len(ground.days)
        span = f"{charts.short(ground.days[0])} to {charts.short(ground.days[-1])}"
        told += f" of {days} days ({span})" if days > 1 else f" of {charts.short(ground.days[0])}"
    if ground.undated and ground.days:
        told += f", {ground.undated:,} of them without a date"
    return told


def _table(outcomes: Sequence[Outcome], ground: Ground) -> None:
    drawn = output.stdout().is_terminal
    rows = []
    for o in sorted(outcomes, key=lambda o: -o.articles):
        values, _ = charts.binned(o.days, _CHART if drawn else max(1, len(o.days)))
        chart = charts.bars(values) if drawn else charts.numbers(values)
        rows.append((o.rule.id, o.articles, f"{o.share:.1%}", o.stories, _short_rate(o), chart))
    _, size = charts.binned([0] * len(ground.days), _CHART)
    heading = "hits a day" if size == 1 or not drawn else f"hits in {size} days"
    output.table(
        ["rule", "articles", "share", "stories", "alerts a day", heading], rows, empty="No rules."
    )


def _short_rate(outcome: Outcome) -> str:
    if outcome.a_day is None:
        return "?"
    return f"{outcome.a_day:.0f}" if outcome.a_day >= 10 else f"{outcome.a_day:.1f}"


# --- one rule ---------------------------------------------------------------------------------


def detail(outcome: Outcome, ground: Ground) -> Iterator[str]:
    """One rule, line by line."""
    rule = outcome.rule
    yield f"{rule.id}  {safe(rule.title)}".rstrip() + f"  ({place(outcome)})"
    yield from _row(
        "matched",
        f"{outcome.articles:,} of {ground.articles:,} articles ({outcome.share:.1%}), "
        f"{outcome.stories:,} {'story' if outcome.stories == 1 else 'stories'}: "
        f"{rate(outcome.a_day)}",
    )
    yield from _chart(outcome, ground)
    if outcome.sources:
        yield from _row("sources", _counted(outcome.sources, _SOURCES))
    yield from _aliases("fired", outcome.fired, counts=True)
    yield from _aliases("never fired", outcome.never, counts=False)
    label = "samples"
    for seen in outcome.samples:
        yield from _row(label, headline(seen))
        label = ""
    for warning in outcome.warnings:
        yield from _row("warning", warning)


def _row(label: str, text: str) -> Iterator[str]:
    return output.row(label, text, width=_LABEL)


def _chart(outcome: Outcome, ground: Ground) -> Iterator[str]:
    if not ground.days or not outcome.articles:
        return
    drawn = output.stdout().is_terminal
    values, size = charts.binned(outcome.days, _WIDE_CHART)
    label = "hits a day" if size == 1 else f"in {size} days"
    first, last = charts.short(ground.days[0]), charts.short(ground.days[-1])
    top = max(range(len(values)), key=values.__getitem__)
    most = f"most: {values[top]} on {charts.short(ground.days[top * size])}"
    if not drawn:
        yield from _row(label, f"{charts.numbers(values)}  ({first} to {last}; {most})")
        return
    bars = charts.bars(values)
    yield from _row(label, f"{bars}  {most}")
    gap = len(bars) - width(first) - width(last)
    yield from _row("", f"{first}{' ' * gap}{last}" if gap > 0 else first)


def _counted(found: Sequence[tuple[str, int]], shown: int) -> str:
    told = [f"{safe(name)} {count}" for name, count in found[:shown]]
    if len(found) > shown:
        told.append(f"{len(found) - shown} more")
    return " · ".join(told)


def _aliases(label: str, found: Sequence[Listed], *, counts: bool) -> Iterator[str]:
    """The names and terms, entity by entity."""
    groups: dict[str, list[Listed]] = defaultdict(list)
    for one in found:
        groups[f"@{one.entity}" if one.entity else "words"].append(one)
    for group, names in groups.items():
        told = [_name(n, counts=counts) for n in names[:_NAMES]]
        more = len(names) - _NAMES
        text = f"{group}: {', '.join(told)}" + (f" and {more} more" if more > 0 else "")
        yield from _row(label, text)
        label = ""


def _name(name: Listed, *, counts: bool) -> str:
    lang = f" ({name.lang})" if name.lang not in ("", "*") else ""
    return f"{safe(name.alias)}{lang}" + (f" {name.articles}" if counts else "")


def headline(seen: Seen) -> str:
    """An article in a line: when, what, where."""
    article = seen.article
    title = " ".join(safe(article.title or article.body[:80]).split())
    day = f"{charts.short(seen.at.date())}  " if seen.at else ""
    return f"{day}{title} ({safe(source_of(seen))})"


# --- JSON -------------------------------------------------------------------------------------


def as_json(outcome: Outcome, ground: Ground) -> dict[str, Any]:
    """One element of ``--json``."""
    rule = outcome.rule
    return {
        "rule": rule.id,
        "title": rule.title,
        "place": place(outcome),
        "of": ground.articles,
        "articles": outcome.articles,
        "share": round(outcome.share, 4),
        "stories": outcome.stories,
        "alerts_a_day": None if outcome.a_day is None else round(outcome.a_day, 3),
        "estimate": rate(outcome.a_day),
        "days": [
            {"day": day, "hits": hits} for day, hits in zip(ground.days, outcome.days, strict=True)
        ],
        "sources": [{"source": name, "articles": n} for name, n in outcome.sources],
        "fired": [_alias_as_json(a) | {"articles": a.articles} for a in outcome.fired],
        "never_fired": [_alias_as_json(a) for a in outcome.never],
        "samples": seen_as_json(outcome.samples),
        "warnings": list(outcome.warnings),
    }


def _alias_as_json(name: Listed) -> dict[str, Any]:
    return {"entity": name.entity, "alias": name.alias, "lang": name.lang or None}


def seen_as_json(articles: Iterable[Seen]) -> list[dict[str, Any]]:
    """Headlines for ``--json``."""
    return [
        {
            "title": seen.article.title,
            "url": seen.article.url,
            "source": source_of(seen),
            "at": seen.at,
        }
        for seen in articles
    ]
