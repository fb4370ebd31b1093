"""The query language as a whole: formatted, it reads back the same; whatever is read ends soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import EntityId
from monitor.rules import query
from monitor.rules.ast import (
    And,
    AtLeast,
    EntityRef,
    FieldName,
    InField,
    KOf,
    Near,
    Node,
    Not,
    Or,
    Scope,
    Term,
    Within,
)
from monitor.rules.queryfaults import MAX_FAULTS
from monitor.rules.querytree import all_of, any_of, positive

KNOWN = ("niger", "burkina-faso", "russia")


def resolve(name: str) -> EntityId | None:
    return EntityId(name) if name in KNOWN else None


def read(text: str) -> query.Reading:
    return query.read(text, resolve, lambda _: None)


SPECIAL = ["and", "near", "W", "OR", "air base", "l'armée russe", 'say "no"', "«a» text", "x: y"]
WRITTEN = ["coup", "US", "C++", "AT&T", "N'Djamena", "5G", "Ilyushin-76", "нигер", "尼日尔", "عسكر"]
words = st.sampled_from([*WRITTEN, *SPECIAL])
wild = st.sampled_from(["evacuat*", "wom?n", "air strike*", "нигер*"])
terms = st.one_of(
    st.builds(Term, words, exact=st.booleans()), st.builds(Term, wild, wildcard=st.just(True))
)
atoms = st.one_of(terms, st.builds(EntityRef, st.sampled_from(KNOWN).map(EntityId)))
plain_groups = st.one_of(atoms, st.lists(atoms, min_size=2, max_size=4).map(any_of))
ranges = st.one_of(st.integers(0, 99), st.sampled_from([Scope.SENTENCE, Scope.PARAGRAPH]))


@st.composite
def nears(draw: st.DrawFn) -> Node:
    node = draw(plain_groups)
    for _ in range(draw(st.integers(1, 3))):
        distance = draw(ranges)
        ordered = isinstance(distance, int) and draw(st.booleans())
        node = Near(node, draw(plain_groups), distance, ordered)
    return node


counts = st.builds(AtLeast, st.integers(1, 9), plain_groups)
metadata = st.builds(
    InField,
    st.sampled_from([FieldName.URL, FieldName.DOMAIN, FieldName.TAG, FieldName.LANG]),
    st.builds(Term, st.sampled_from(["niger", "bbc.co.uk", "fr"])),
)


def negated(node: Node) -> Node:
    return node.node if isinstance(node, Not) else Not(node)


def k_of(count: int, nodes: list[Node]) -> Node:
    return KOf(min(count, len(nodes)), tuple(nodes))


def _larger(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(nodes, min_size=2, max_size=4)
    return st.one_of(
        several.map(all_of),
        several.map(any_of),
        nodes.map(negated),
        st.builds(k_of, st.integers(1, 4), several),
    )


inside_fields = st.recursive(st.one_of(atoms, nears(), counts), _larger, max_leaves=6)
fields = st.builds(
    InField, st.sampled_from([FieldName.TITLE, FieldName.LEAD, FieldName.BODY]), inside_fields
)
trees = st.recursive(st.one_of(atoms, nears(), counts, fields, metadata), _larger, max_leaves=20)


@given(trees.filter(positive))
@settings(max_examples=400, deadline=None)
def test_a_formatted_tree_reads_back_the_same(tree: Node) -> None:
    text = query.format(tree)
    reading = read(text)
    assert reading.node == tree, (text, reading.faults)


PIECES = (
    *("a1", "b*", "wom?n", '"air base"', "@niger", "@nigr", "2", "AND", "OR", "NOT", "-", "and"),
    *("NEAR/5", "PRE/3", "W/s", "near", "ATLEAST/2", "2 OF (", "(", ")", ",", "=", "title:"),
    *("lang:", "headline:", '"', "“", "&", "@", "*", "\n", "（", "…"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
@settings(max_examples=600, deadline=None)
def test_whatever_the_grammar_refuses_has_a_reason_that_helps(text: str) -> None:
    for fault in read(text).faults:
        assert fault.message != "this is not a query", text
        assert fault.hint, fault


@given(st.text(alphabet='ab1"()*?=@-, :/|&«»“”„‘’\n\tANDORNOTNEAR.', max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    reading = read(text)
    assert (reading.node is None) == bool(reading.errors)
    assert all(fault.message != "this is not a query" for fault in reading.faults)
    for fault in reading.faults + reading.warnings:
        assert 0 <= fault.offset <= len(text)
        assert fault.width >= 1
    for error in reading.errors:
        lines = text.split("\n")
        problem = error.problem
        assert problem.source == lines[problem.line - 1]
        assert 1 <= problem.column <= len(problem.source) + 1
    if reading.node is not None:
        assert read(query.format(reading.node)).node == reading.node


def test_within_has_a_form_for_people() -> None:
    tree = Within(30, And((Term("coup"), Or((Term("a"), Term("b"))))))
    assert query.format(tree) == "WITHIN 30 WORDS (coup AND (a OR b))"
    assert query.format(Within(Scope.TITLE, Term("coup"))) == "WITHIN TITLE (coup)"


HOSTILE = {
    "open brackets": "(" * 100_000,
    "closed brackets": "(" * 50_000 + "coup" + ")" * 50_000,
    "deep operators": "(ambush OR (base AND " * 4_000 + "coup" + "))" * 4_000,
    "unfinished operators": "(ambush OR (base AND " * 4_000,
    "quotes": '"' * 100_001,
    "opened quotes": '"air ' * 20_000,
    "curly quotes": "‘’" * 50_000,
    "list never closed": "(" + "coup OR " * 12_000,
    "lists in lists": "(coup OR base " * 7_000,
    "fields": "title:" * 16_000 + "coup",
    "counts": "ATLEAST/2 " * 10_000 + "coup",
    "choices": "2 OF (" * 16_000,
    "nots": "NOT " * 25_000 + "coup",
    "chain": "coup" + " NEAR/5 base" * 8_000,
    "dashes": "-" * 100_000,
    "stars": "*" * 100_000,
    "numbers": "1 " * 50_000,
    "spaces": "coup" + " " * 100_000 + "base",
    "spaces before OF": "2" + " " * 100_000 + "OF base",
    "unknown entities": " AND ".join(f"@e{i}" for i in range(8_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_queries_end_soon_and_without_recursion(name: str) -> None:
    began = time.process_time()
    reading = read(HOSTILE[name])
    # A quadratic reader takes minutes for these; a busy machine two seconds.
    assert time.process_time() - began < 8
    assert len(reading.errors) <= MAX_FAULTS
    if reading.node is not None:
        query.format(reading.node)


def test_deep_nesting_says_so() -> None:
    reading = read("(a1 OR (b1 AND " * 40 + "c1" + "))" * 40)
    assert [f.message for f in reading.faults] == ["nested more than 50 levels deep"]


def test_a_query_may_be_long_but_not_endless() -> None:
    assert read(" OR ".join(f"word{i}" for i in range(5_000))).node is not None
    (fault,) = read("coup OR " * 30_000 + "base").faults
    assert "at most 200,000" in fault.message
