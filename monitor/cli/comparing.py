"""``monitor backtest --against``: what another rule set gains and loses on the same articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from monitor.cli import output
from monitor.cli.backtestview import headline, on, seen_as_json
from monitor.cli.replay import Seen
from monitor.cli.tally import Ground, Outcome, Tally, rate
from monitor.model import RuleId

_SHOWN = 5
"""Headlines of each kind."""

Side = tuple[list[Outcome], float | None]
"""What one rule set would have done, and all its alerts a day."""


class Kind(StrEnum):
    """What became of a rule."""

    NEW = "new"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """One rule in both sets; the newest articles come first in ``gained`` and ``lost``."""

    rule: RuleId
    kind: Kind
    before: Outcome | None
    after: Outcome | None
    gained: tuple[Seen, ...]
    lost: tuple[Seen, ...]


def changes(tally: Tally, sides: Sequence[Side]) -> list[Change]:
    """Rule by rule, from the first set to the second: what matches now and did not, and the other
    way round."""
    before, after = ({o.rule.id: o for o in side[0]} for side in sides)
    gained: dict[RuleId, list[Seen]] = {}
    lost: dict[RuleId, list[Seen]] = {}
    for matched in reversed(tally.matched):
        old, new = ({hit.rule for hit in hits} for hits in matched.hits)
        for rule in new - old:
            gained.setdefault(rule, []).append(matched.seen)
        for rule in old - new:
            lost.setdefault(rule, []).append(matched.seen)
    found = []
    for rule in dict.fromkeys((*before, *after)):
        plus, minus = tuple(gained.get(rule, ())), tuple(lost.get(rule, ()))
        kind = _kind(rule in before, rule in after, bool(plus or minus))
        found.append(Change(rule, kind, before.get(rule), after.get(rule), plus, minus))
    return found


def _kind(was: bool, is_: bool, differs: bool) -> Kind:
    if not was:
        return Kind.NEW
    if not is_:
        return Kind.REMOVED
    return Kind.CHANGED if differs else Kind.SAME


def show(changes: Sequence[Change], sides: Sequence[Side], ground: Ground, *, json: bool) -> None:
    """The rules that differ, with headlines; what it comes to goes to standard error."""
    if json:
        output.print_json([as_json(c) for c in changes])
    else:
        for change in changes:
            if change.kind is not Kind.SAME:
                output.lines(told(change))
    counts = {kind: sum(c.kind is kind for c in changes) for kind in Kind}
    listed = ", ".join(f"{n} {kind}" for kind, n in counts.items() if n) or "no rules"
    (_, old), (_, new) = sides
    output.say(f"{on(ground)}: {listed}")
    output.say(f"before: {rate(old)}; after: {rate(new)}")


def told(change: Change) -> Iterator[str]:
    """One rule that differs, line by line."""
    counts = f"+{len(change.gained)} −{len(change.lost)} articles"
    yield f"{change.rule}  {change.kind}  {counts}  ({_estimates(change)})"
    for sign, articles in (("+", change.gained), ("−", change.lost)):
        for seen in articles[:_SHOWN]:
            for number, line in enumerate(output.wrapped(headline(seen), indent=6)):
                yield f"    {' ' if number else sign} {line}"
        if len(articles) > _SHOWN:
            yield f"    {sign} {len(articles) - _SHOWN} more"


def _estimates(change: Change) -> str:
    before = rate(change.before.a_day) if change.before else None
    after = rate(change.after.a_day) if change.after else None
    if before is not None and after is not None and before != after:
        return f"{before}, then {after}"
    return after or before or ""


def as_json(change: Change) -> dict[str, Any]:
    """One element of ``--json``."""
    return {
        "rule": change.rule,
        "change": change.kind,
        "before": _side(change.before),
        "after": _side(change.after),
        "gained": seen_as_json(change.gained),
        "lost": seen_as_json(change.lost),
    }


def _side(outcome: Outcome | None) -> dict[str, Any] | None:
    if outcome is None:
        return None
    return {
        "articles": outcome.articles,
        "stories": outcome.stories,
        "alerts_a_day": None if outcome.a_day is None else round(outcome.a_day, 3),
    }
