"""A test is added where a rule stands, and no other character of the file changes."""

from __future__ import annotations

import difflib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rulefiles.editing import CannotEdit, add_no_match
from monitor.rules.placed import Listing, SourceText, Table, read_yaml, to_json

SAMPLE = {"title": "River prize", "text": 'A "book": it won #1.', "lang": "en"}
LAYOUTS = {
    "block list": """\
rules:
  - id: a   # the first
    terms: [otter]
    tests:
      match: [An otter]
      no_match:
        - A beaver   # no otter
        # a comment that belongs below

  - id: b
    terms: [heron]
""",
    "list at the key's own column": """\
rules:
- id: a
  tests:
    no_match:
    - A beaver
    - text: |
        Two lines
        of a beaver.

    match:
    - An otter
- id: b
  terms: [heron]
""",
    "brackets": 'rules:\n  - {id: a, tests: {no_match: ["A beaver", B]}}\n  - id: b\n',
    "empty brackets": "rules:\n  - id: a\n    tests: {match: [x], no_match: []}\n",
    "no no_match": "rules:\n  - id: a\n    tests:\n      match:\n        - An otter\n  - id: b\n",
    "no no_match in brackets": "rules: [{id: a, tests: {match: [x]}}, {id: b}]\n",
    "no tests": "rules:\n  - id: a\n    terms: [otter]\n    # to be mended\n  - id: b\n",
    "no tests in brackets": "rules: [{id: a}]",
    "no line end": "rules:\n  - id: a\n    terms: [otter]",
    "folded last": """\
rules:
  - id: a
    tests:
      no_match:
        - >-
          A long
          text


""",
}


def added(text: str, before: str) -> list[str]:
    """The lines of a diff, both ways."""
    diff = difflib.ndiff(before.splitlines(), text.splitlines())
    return [n for n in diff if n[:2] in ("+ ", "- ")]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_test_is_added_to_every_layout(layout: str) -> None:
    before = LAYOUTS[layout]
    after = add_no_match(SourceText("r.yaml", before), "a", SAMPLE)
    rule = json.loads(to_json(read_yaml(SourceText("r.yaml", after)) or Table(())))["rules"][0]
    assert rule["tests"]["no_match"][-1] == SAMPLE
    if "[" not in before or layout == "block list":
        assert all(line.startswith("+ ") for line in added(after, before))
    assert add_no_match(SourceText("r.yaml", after), "a", SAMPLE) == after, "once is enough"


def test_comments_and_blank_lines_stay_where_they_are() -> None:
    after = add_no_match(SourceText("r.yaml", LAYOUTS["block list"]), "a", SAMPLE)
    assert after == LAYOUTS["block list"].replace(
        "        - A beaver   # no otter\n",
        "        - A beaver   # no otter\n"
        '        - title: "River prize"\n'
        '          text: "A \\"book\\": it won #1."\n'
        '          lang: "en"\n',
    )


@given(st.text(max_size=200), st.sampled_from(sorted(LAYOUTS)))
def test_whatever_a_feed_wrote_is_read_back_as_it_was(text: str, layout: str) -> None:
    text = "".join(c for c in text if not 0xD800 <= ord(c) < 0xE000)
    sample = {"text": text or "x"}
    after = add_no_match(SourceText("r.yaml", LAYOUTS[layout]), "a", sample)
    root = read_yaml(SourceText("r.yaml", after))
    assert isinstance(root, Table)
    rules = root.get("rules")
    assert isinstance(rules, Listing)
    assert json.loads(to_json(rules.items[0]))["tests"]["no_match"][-1] == sample


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: []\n", "no rule a"),
        ("entities: {}\n", "no rule a"),
        ("rules:\n  - id: a\n    tests: yes\n", "not a mapping"),
        ("rules:\n  - id: a\n    tests: {no_match: x}\n", "not a list"),
        ("rules:\n  - id: a\n    tests:\n      match: [x]\n      no_match:\n", "by hand"),
        (
            "x: &t {no_match: [y]}\nrules:\n  - id: a\n    tests: *t\n  - {id: b, tests: *t}\n",
            "by hand",
        ),
    ],
)
def test_what_cannot_be_edited_safely_is_refused(text: str, said: str) -> None:
    with pytest.raises(CannotEdit, match=said):
        add_no_match(SourceText("r.yaml", text), "a", SAMPLE)
