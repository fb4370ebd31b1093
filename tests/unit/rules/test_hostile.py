"""Files and queries made to hurt: nothing crashes or hangs, no work grows faster than its text.

Growth is told by counting the calls that a reading makes, which no busy machine changes; the work
inside one call (a regular expression) is held by a bound on processor time that a quadratic one
misses by far.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.cli.problems import problem_text
from monitor.errors import Problem
from monitor.model import EntityId
from monitor.rules import build, build_entities, jsonl, query
from monitor.rules.catalogue import Catalogue
from monitor.rules.entity import Entity
from monitor.rules.placed import SourceText, Table, Unreadable, read_yaml
from monitor.rules.salvage import salvage

NIGER = Entity(EntityId("niger"), type="country", names={"*": ("Niger",)})
CATALOGUE = Catalogue({NIGER.id: NIGER})

GOOD = """\
# a file
rules:
  - id: one
    title: "Quoted: é"
    entities: [niger]
    within: 30 words
    unless: 'chess'
    tests: {match: [Niger], no_match: [{text: Chad, lang: fr}]}
  - &two
    id: two
    query: |
      (coup OR "air base") AND @niger
    alert_when: {stories: 5, in: 2 hours}
  - {<<: *two, id: three}
entities:
  kestrel:
    names: {"*": [Kestrel], fr: [faucon]}
    not: [Kestrel Street]
"""


def read_file(text: str) -> list[Problem]:
    """Everything that a rule file goes through, and what is told of it."""
    source = SourceText("f.yaml", text)
    problems: list[Problem] = []
    try:
        value = read_yaml(source)
        root = None
        if value is not None:
            root, problems = build.check_file(source, value)
    except Unreadable as error:
        left = salvage(source)
        if left is None:
            return [error.problem]
        root, problems = left.root, list(left.problems)
    entities = root.get("entities") if isinstance(root, Table) else None
    if entities is not None:
        drafts, found = build_entities.read_entities(source, entities)
        problems += found
        problems += build_entities.assemble(CATALOGUE.entities, drafts, {}).problems
    rules = root.get("rules") if isinstance(root, Table) else None
    if rules is not None:
        problems += build.read_rules(source, rules, CATALOGUE, None)[1]
    return problems


def read_lines(text: str) -> list[Problem]:
    return jsonl.read_rules(SourceText("f.jsonl", text), CATALOGUE, None)[1]


def read_query(text: str) -> list[Problem]:
    return [e.problem for e in query.read(text, CATALOGUE.resolve, CATALOGUE.suggest).errors]


def check(text: str, problems: list[Problem]) -> None:
    """Every place lies in the file, and everything can be shown."""
    lines = text.split("\n")
    for number, problem in enumerate(problems):
        assert 0 <= problem.line <= len(lines)
        if problem.line:
            assert problem.source == lines[problem.line - 1]
            assert 1 <= problem.column <= len(problem.source) + 1
        assert len(problem.message) < 1_000
        if number < 5:
            problem_text(problem).encode("utf-8")


# --- fuzzing --------------------------------------------------------------------------------------

ODD = [
    *"[]{}\"':|>@%`#?,!~\\()-\n\t\0\ud800\u2028\x85\ufeffé",
    *("- ", "  ", "&a ", "*a", "---\n", "...", "<<: *two", "9" * 30, "1e999", "id:", "rules:"),
]


@st.composite
def spoilt(draw: st.DrawFn, good: str = GOOD) -> str:
    """A good file with some of it cut out and odd signs put in."""
    text = good
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from(["", *ODD])) + text[end:]
    return text


@given(spoilt())
@settings(max_examples=120, deadline=None)
def test_a_spoilt_rule_file_is_read_or_told_of(text: str) -> None:
    check(text, read_file(text))


@given(st.text(alphabet=st.sampled_from("ab:-[]{}\"'&*!|>#?,\n \t\\@%\0\ud800é1~<"), max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_as_a_rule_file_is_read_or_told_of(text: str) -> None:
    check(text, read_file(text))


LINE = '{"id": "a", "query": "coup AND @niger", "lang": ["fr"], "tests": {"match": ["x"]}}\n' * 2


@given(spoilt(LINE))
@settings(max_examples=300, deadline=None)
def test_spoilt_json_lines_are_read_or_told_of(text: str) -> None:
    check(text, read_lines(text))


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        '{"id":' * 50_000,
        '{"id": "a", "query": ' + "9" * 100_000 + "}",
        '{"id": "a", "query": 1e999, "at_least": -1}',
        '{"id": "a", "query": NaN}',
        '{"id": "\\ud800", "query": "\\ud800"}',
        '{"id": "a", "query": "a\\u0000b"}',
        '{"id": "a", "query": "' + "(" * 90_000 + '"}',
        '{"id": "a", "terms": ' + "[" * 30 + "]" * 30 + "}",
        '{"id": "a", "id": "b", "query": "coup"}',
        '"text"', "null", "17", "\ud800", "\0", "{}",
    ],
    ids=lambda line: line[:20],
)  # fmt: skip
def test_hostile_json_lines_are_told_of_one_by_one(line: str) -> None:
    good = '{"id": "good", "query": "coup"}'
    source = SourceText("f.jsonl", f"{line}\n{good}\n")
    drafts, problems = jsonl.read_rules(source, CATALOGUE, None)
    check(source.text, problems)
    assert [d.rule.id for d in drafts if d.rule is not None][-1] == "good"


# --- growth ---------------------------------------------------------------------------------------

QUERIES: dict[str, Callable[[int], str]] = {
    "open brackets": lambda n: "(" * n,
    "matched brackets": lambda n: "(" * (n // 2) + "coup" + ")" * (n // 2),
    "quotes": lambda n: '"' * n,
    "odd quotes": lambda n: '"a" ' * (n // 4) + '"',
    "low quotes": lambda n: "‚a " * (n // 3),
    "nots": lambda n: "NOT " * (n // 4) + "coup",
    "dashes": lambda n: "-" * n,
    "spaced dashes": lambda n: "- " * (n // 2),
    "letters": lambda n: "a" * n,
    "letters and a star": lambda n: "a" * n + "*",
    "stars": lambda n: "*a" * (n // 2),
    "words": lambda n: "coup " * (n // 5),
    "small operators": lambda n: "coup and " * (n // 9),
    "lists": lambda n: "(coup OR " * (n // 9),
    "fields": lambda n: "title:" * (n // 6),
    "unknown entities": lambda n: " OR ".join(f"@x{i}" for i in range(n // 10)),
    "near": lambda n: "a1 NEAR/3 " * (n // 10) + "b1",
    "commas": lambda n: "2 OF (" + "a1, " * (n // 4),
    "numbers": lambda n: "1 " * (n // 2),
    "surrogates": lambda n: "\ud800" * n,
    "nulls": lambda n: "\0" * n,
}

FILES: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: "[" * n,
    "braces": lambda n: "{" * n,
    "dashes": lambda n: "- " * (n // 2),
    "keys": lambda n: "".join(f"k{i}: v\n" for i in range(n // 8)),
    "one key": lambda n: "k: v\n" * (n // 5),
    "anchors": lambda n: "rules:\n" + "".join(f"  - &a{i} x\n" for i in range(n // 10)),
    "aliases": lambda n: "rules:\n  - &a x\n" + "  - *a\n" * (n // 7),
    "laughs": lambda n: (
        "a0: &a0 [x, x]\n"
        + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n // 25))
    ),
    "merges": lambda n: (
        "a0: &a0 {k: v}\n"
        + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}, k{i}: v}}\n" for i in range(1, n // 30))
    ),
    "broken items": lambda n: "rules:\n" + "  - id: @x\n" * (n // 11),
    "unclosed quotes": lambda n: "rules:\n" + '  - "x\n' * (n // 7),
    "unclosed brackets": lambda n: "rules:\n" + "  - [x\n" * (n // 7),
    "unknown keys": lambda n: "rules:\n" + "  - {id: a, querry: x}\n" * (n // 23),
    "quotes": lambda n: "rules: '" + "''" * (n // 2) + "'",
    "escapes": lambda n: 'rules: "' + "\\u00e9" * (n // 6) + '"',
    "block": lambda n: "rules: |\n" + "  x\n" * (n // 4),
    "digits": lambda n: "rules: " + "9" * n,
    "tabs": lambda n: "rules:\n" + "\t" * n,
    "nulls": lambda n: "rules: " + "\0" * n,
    "comments": lambda n: "# x\n" * (n // 4),
}

LINES: dict[str, Callable[[int], str]] = {
    "bad lines": lambda n: "{\n" * (n // 2),
    "brackets": lambda n: "[" * n,
    "broken queries": lambda n: '{"id": "a", "query": "coup and"}\n' * (n // 33),
    "long query": lambda n: '{"id": "a", "query": "' + "coup OR " * (n // 8) + 'x"}',
}

SMALL, LARGE = 2_000, 8_000
GROWTH = 4 * 1.35
"""Four times the text, and a third more for what is done once at a certain size."""
FULL = 100_000
"""Characters; a rule file of a desk has less."""
SECONDS = 20
"""Of processor time: some five times what the slowest takes; a quadratic one takes minutes."""

CASES = [
    *(pytest.param(read_query, make, id=f"query: {name}") for name, make in QUERIES.items()),
    *(pytest.param(read_file, make, id=f"file: {name}") for name, make in FILES.items()),
    *(pytest.param(read_lines, make, id=f"lines: {name}") for name, make in LINES.items()),
]


def calls(read: Callable[[str], object], text: str) -> int:
    """How many functions are called while ``text`` is read."""
    counted = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        read(text)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(("read", "make"), CASES)
def test_work_grows_no_faster_than_the_text(
    read: Callable[[str], list[Problem]], make: Callable[[int], str]
) -> None:
    read(make(100))  # whatever is made once
    small, large = calls(read, make(SMALL)), calls(read, make(LARGE))
    assert large <= GROWTH * small + 5_000


@pytest.mark.parametrize(("read", "make"), CASES)
def test_a_hundred_kilobytes_of_it_are_read_or_refused(
    read: Callable[[str], list[Problem]], make: Callable[[int], str]
) -> None:
    text = make(FULL)
    began = time.process_time()
    problems = read(text)
    assert time.process_time() - began < SECONDS
    check(text, problems)
