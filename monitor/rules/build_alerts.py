"""``alert_when`` of a rule, and what goes ill with it."""

from __future__ import annotations

from datetime import timedelta

import regex

from monitor.rules.fields import Item, kind
from monitor.rules.placed import Scalar, Table
from monitor.rules.rule import AlertWhen
from monitor.rules.schema import ALERT_WHEN

_EXAMPLE = "write alert_when: {stories: 5, sources: 3, in: 2 hours, quiet_for: 6 hours}"
_LONGEST_WINDOW = timedelta(days=30)
"""A story lives no longer, so nothing older could be counted."""
_MOST_ABOVE = 1000.0
_NUMBER = regex.compile(r"[0-9]{1,4}(\.[0-9]{1,6})?")


def alert_when(rule: Item) -> AlertWhen | None:
    """The volume that the rule waits for; None without the key, or with faults (then told)."""
    value = rule.table.get("alert_when")
    if value is None:
        return None
    if not isinstance(value, Table):
        rule.error(value, f"alert_when is {kind(value)}; it must be a mapping", _EXAMPLE)
        return None
    item = Item(rule.source, value, rule.problems, rule.id)
    item.check_keys(tuple(ALERT_WHEN), "alert_when")
    found = _read(item)
    rule.failed |= item.failed
    for key in ("updates", "repeat", "cooldown"):
        if rule.table.get(key) is not None:
            at = rule.table.key(key) or value
            hint = "single stories of this rule never alert: remove it, or alert_when"
            rule.warn(at, f"{key} has no effect beside alert_when", hint)
    return None if item.failed else found


def _read(item: Item) -> AlertWhen | None:
    stories = item.number("stories")
    sources = item.number("sources")
    window = item.duration("in", most=_LONGEST_WINDOW)
    quiet_for = item.duration("quiet_for")
    above = _above_normal(item)
    missing = [key for key in ("stories", "in") if item.table.get(key) is None]
    if missing and not item.failed:  # else a key is misspelt, and that has been said
        item.error(item.table, f"alert_when without {' and '.join(missing)}", _EXAMPLE)
    if stories is None or window is None:
        return None
    return AlertWhen(stories, sources or 1, window, quiet_for or window, above)


def _above_normal(item: Item) -> float | None:
    value = item.table.get("above_normal")
    if value is None:
        return None
    if isinstance(value, Scalar) and _NUMBER.fullmatch(value.value):
        times = float(value.value)
        if 1 < times <= _MOST_ABOVE:
            return times
    hint = "write above_normal: 3 for three times the normal of that hour of the week"
    item.error(value, f"above_normal must be a number above 1, at most {_MOST_ABOVE:.0f}", hint)
    return None
