"""``tests:`` of a rule: the texts that it must find, and those that it must not."""

from __future__ import annotations

from monitor.rules.fields import Item, kind
from monitor.rules.placed import Listing, Scalar, Table, Value
from monitor.rules.rule import Sample
from monitor.rules.schema import SAMPLE, TESTS


def samples(rule: Item) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """The samples under ``match`` and under ``no_match``; faults are told on the way."""
    value = rule.table.get("tests")
    if value is None:
        return (), ()
    if not isinstance(value, Table):
        rule.error(value, f"tests is {kind(value)}", "write tests: {match: […], no_match: […]}")
        return (), ()
    tests = Item(rule.source, value, rule.problems, rule.id)
    tests.check_keys(tuple(TESTS), "tests")
    found = []
    for key in TESTS:
        listed = value.get(key)
        items = listed.items if isinstance(listed, Listing) else ()
        if listed is not None and not isinstance(listed, Listing):
            tests.error(listed, f"{key} is {kind(listed)}", "write a list, one text a line")
        found.append(tuple(s for i in items if (s := _sample(i, tests)) is not None))
    rule.failed |= tests.failed
    return found[0], found[1]


def _sample(value: Value, tests: Item) -> Sample | None:
    line, _ = tests.source.place(value.start)
    if isinstance(value, Scalar) and not value.is_null and value.value.strip():
        return Sample(value.value, line=line)
    if not isinstance(value, Table):
        tests.error(value, "an empty sample or a list", "write a text, or {text: …, lang: fr}")
        return None
    item = Item(tests.source, value, tests.problems, tests.id)
    item.check_keys(tuple(SAMPLE), "a sample")
    if value.get("text") is None and value.get("title") is None:
        item.error(value, "a sample without text", "write {text: …}")
    todo = value.get("todo")
    known_to_fail = isinstance(todo, Scalar) and todo.value.lower() != "false"
    langs = item.languages("lang")
    tests.failed |= item.failed
    return Sample(
        item.text("text"),
        item.text("title"),
        langs[0] if langs else None,
        known_to_fail,
        line,
        item.text("url") or None,
        item.text("source"),
        item.text("author") or None,
        item.texts("tags"),
    )
