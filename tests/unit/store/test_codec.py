"""Every value that lies in a JSON column comes back as it was, through the JSON that is stored."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import (
    Excerpt,
    Match,
    OperatorNotice,
    Rendered,
    RuleHit,
    Span,
)
from monitor.store import codec
from monitor.store.types import to_json

text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
# Without local times that a clock change skipped: they do not come back as they went.
aware = st.datetimes(timezones=st.timezones(), allow_imaginary=False)
ints = st.integers(0, 10**6)
excerpts = st.builds(Excerpt, text, st.lists(st.tuples(ints, ints), max_size=3).map(tuple))
lines = st.lists(text, max_size=3).map(tuple)
st.register_type_strategy(str, text)
spans = st.builds(Span, start=ints, end=ints)
matches = st.builds(
    Match, spans=st.lists(spans, max_size=3).map(tuple), excerpt=excerpts, why=lines
)
hits = st.lists(st.builds(RuleHit, why=lines, excerpt=excerpts), max_size=3).map(tuple)
notices = st.builds(OperatorNotice, at=aware)


def stored(value: dict[str, Any]) -> dict[str, Any]:
    back: dict[str, Any] = json.loads(to_json(value))
    assert back["v"] == codec.VERSION
    return back


@given(matches)
def test_a_match_comes_back(match: Match) -> None:
    assert codec.to_match(match.rule, stored(codec.match_detail(match))) == match


@given(hits)
def test_hits_come_back(values: tuple[RuleHit, ...]) -> None:
    assert codec.to_hits(stored(codec.hits(values))) == values


@given(st.builds(Rendered))
def test_a_rendered_text_comes_back(value: Rendered) -> None:
    assert codec.to_rendered(stored(codec.rendered(value))) == value


@given(notices)
def test_a_notice_comes_back(value: OperatorNotice) -> None:
    assert codec.to_notice(stored(codec.notice(value))) == value


def test_json_of_a_newer_program_is_refused_not_guessed_at() -> None:
    with pytest.raises(codec.UnknownVersionError):
        codec.to_hits({"v": codec.VERSION + 1, "hits": []})
    with pytest.raises(codec.UnknownVersionError):
        codec.to_hits({})
