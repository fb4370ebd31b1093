"""Sentences end where readers see an end."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.sentences import holding, is_broken, paragraph_spans, sentence_spans


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Gen. Tchiani met Mr. Smith on Jan. 5.", ["Gen. Tchiani met Mr. Smith on Jan. 5."]),
        ("The U.S. Army left.", ["The U.S. Army left."]),
        ("They left the U.S. The army", ["They left the U.S.", "The army"]),
        ("He met George W. The two spoke", ["He met George W. The two spoke"]),
        ("He said no. Then", ["He said no.", "Then"]),
        ("Order No. 5 stands", ["Order No. 5 stands"]),
        ("It fell to 3.5 percent. and rose", ["It fell to 3.5 percent. and rose"]),
        ('"Go." She went', ['"Go."', "She went"]),
        ("俄罗斯。尼日尔！好", ["俄罗斯。", "尼日尔！", "好"]),
        ("وصل إلى النيجر؟ نعم. لا", ["وصل إلى النيجر؟", "نعم.", "لا"]),
        ("Head\n\nBody line\nhard wrapped. End", ["Head", "Body line\nhard wrapped.", "End"]),
        ("М. Иванов, ул. Ленина. Да", ["М. Иванов, ул. Ленина.", "Да"]),
        ("नाइजर में। सेना", ["नाइजर में।", "सेना"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_paragraphs_end_at_blank_lines_only() -> None:
    text = "  One\ntwo \n \n\n three\n"
    assert [text[a:b] for a, b in paragraph_spans(text)] == ["One\ntwo", "three"]


@given(
    st.text(st.sampled_from("aB. \n!。\"'”)(é؟"), max_size=40),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_words_are_in_one_sentence_when_nothing_breaks_the_text_between_them(
    text: str, one: int, other: int
) -> None:
    letters = [i for i, char in enumerate(text) if char.isalnum()]
    start, end = min(one, other), max(one, other)
    if end >= len(letters):
        return
    spans = sentence_spans(text)
    together = holding(spans, letters[start]) == holding(spans, letters[end])

    assert is_broken(text, letters[start], letters[end] + 1) is not together


@given(st.text(st.sampled_from("aB. \n!。\"'”)(é؟"), max_size=40))
def test_every_letter_is_in_exactly_one_sentence(text: str) -> None:
    spans = sentence_spans(text)
    covered = [i for a, b in spans for i in range(a, b)]
    assert len(covered) == len(set(covered))
    assert all(a < b for a, b in spans)
    assert {i for i, c in enumerate(text) if not c.isspace()} <= set(covered)
    for number, (a, b) in enumerate(spans):
        assert holding(spans, a) == number
        assert holding(spans, b - 1) == number


@pytest.mark.parametrize(
    "text", ["a. " * 300_000, "。 a" * 200_000, "U.S. " * 100_000, "." * 10**6]
)
def test_long_texts_are_split_in_linear_time(text: str) -> None:
    started = time.perf_counter()
    sentence_spans(text)
    assert time.perf_counter() - started < 10
