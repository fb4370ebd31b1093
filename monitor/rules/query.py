"""Queries as written to the tree of a rule, and back.

`read` reports every fault it can with its place in the query; `parse` raises the first. What the
tree means is `evaluate`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import cast

from lark import Lark
from lark.exceptions import LarkError

from monitor.errors import QuerySyntaxError, RuleError
from monitor.rules.ast import Node
from monitor.rules.format import format_node as format
from monitor.rules.placed import SourceText
from monitor.rules.queryfaults import MAX_FAULTS, Fault, diagnose
from monitor.rules.queryterms import (
    Atom,
    Error,
    Outcome,
    Resolve,
    Suggest,
    leaf_errors,
)
from monitor.rules.querytree import Builder, Part

__all__ = ["MAX_LENGTH", "Fault", "Reading", "format", "parse", "read", "read_atom"]

MAX_LENGTH = 200_000
"""Characters of one query."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as read: the tree where it has no errors, and everything to tell its author.

    The places of ``errors`` count from the start of the query; ``faults`` are the same as offsets,
    in the same order. ``warnings`` disable nothing.
    """

    node: Node | None
    errors: tuple[RuleError, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


class _Parser:
    """One Lark parser that builds the tree as it goes. It keeps state, so one query at a time."""

    def __init__(self) -> None:
        self._builder = Builder()
        grammar = files("monitor.rules").joinpath("query.lark").read_text(encoding="utf-8")
        self._lark = Lark(
            grammar,
            parser="lalr",
            lexer="contextual",
            regex=True,
            transformer=self._builder,
            maybe_placeholders=False,
        )
        self._lock = Lock()

    def run(self, text: str, resolve: Resolve, suggest: Suggest) -> Outcome:
        with self._lock:
            self._builder.begin(resolve, suggest)
            part: Part | None
            try:
                part = cast("Part", self._lark.parse(text))
            except LarkError:
                part = None
            return self._builder.finish(part)


@cache
def _parser() -> _Parser:
    return _Parser()


def read(text: str, resolve: Resolve, suggest: Suggest) -> Reading:
    """The whole truth about a query: its tree, or every fault found, and the warnings."""
    if len(text) > MAX_LENGTH:
        message = f"the query has {len(text):,} characters; at most {MAX_LENGTH:,} are read"
        return _refused(text, [(QuerySyntaxError, Fault(0, 1, message, "make it several rules"))])
    outcome = _parser().run(text, resolve, suggest)
    if outcome.node is None:
        faults = diagnose(text)
        if faults:
            return _refused(
                text, _together(faults, outcome.errors, leaf_errors(text, resolve, suggest))
            )
        if not outcome.errors:
            unknown = Fault(0, 1, "this is not a query", "docs/rules.md lists the operators")
            return _refused(text, [(QuerySyntaxError, unknown)])
    if outcome.errors:
        return _refused(text, outcome.errors)
    return Reading(outcome.node, warnings=outcome.warnings)


def parse(text: str, resolve: Resolve, suggest: Suggest) -> Node:
    """The tree of a query.

    Raises the first of its errors: QuerySyntaxError, UnknownEntity or RuleTooBroad, whose problem
    has the line and column within the query, 1-based.
    """
    reading = read(text, resolve, suggest)
    if reading.node is None:
        raise reading.errors[0]
    return reading.node


def read_atom(text: str, resolve: Resolve, suggest: Suggest) -> Reading:
    """One item of ``terms``: a word, phrase (quoted or not), wildcard, ``=…`` or ``@entity``."""
    outcome = Atom(resolve, suggest).read(text)
    if outcome.errors:
        return _refused(text, outcome.errors)
    return Reading(outcome.node, warnings=outcome.warnings)


def _together(
    faults: Sequence[Fault], seen: Sequence[Error], leaves: Sequence[Error]
) -> list[Error]:
    """What is wrong with the grammar, what the builder saw before, and the words behind: once."""
    found: dict[int, Error] = {fault.offset: (QuerySyntaxError, fault) for fault in faults}
    for error in (*seen, *leaves):
        found.setdefault(error[1].offset, error)
    return sorted(found.values(), key=lambda error: error[1].offset)[:MAX_FAULTS]


def _refused(text: str, errors: Sequence[Error]) -> Reading:
    source = SourceText("", text)
    ordered = sorted(errors, key=lambda e: e[1].offset)
    raised = tuple(
        kind(source.problem(fault.offset, fault.message, fault.hint, fault.width))
        for kind, fault in ordered
    )
    return Reading(None, raised, tuple(fault for _, fault in ordered))
