"""Folding keeps what tells words apart and nothing else, and knows where it came from."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.fold import align, fold, spread
from tests.unit.text.slowfold import characters


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("", " "),
        ("...", " "),
        ("Niger", " niger "),
        ("L’armée nigérienne", " l armee nigerienne "),
        ("Niger's Ilyushin-76", " niger s ilyushin 76 "),
        ("AT&T, U.S., C++", " at t u s c "),
        ("STRASSE Straße ẞ", " strasse strasse ss "),
        ("Øl Łódź Đà Æsir œuvre ılık İzmir", " ol lodz da aesir oeuvre ilik izmir "),
        ("Αθήνα", " αθηνα "),
        ("ещё Ёлка", " еще елка "),
        ("Нижний й и\u0306 Ни\u0301гер", " нижний й й нигер "),
        ("Україна її", " україна її "),
        ("النَّيجرُ إلى أَمن الآن", " النيجر الي امن الان "),
        ("مدرسـة", " مدرسه "),
        ("שָׁלוֹם", " שלום "),
        ("ไนเจอร์", " ไนเจอร์ "),
        ("नाइजर में", " नाइजर में "),
        ("ニジェール ガ カ\u3099 ｶﾞ", " ニジェール ガ ガ ガ "),
        ("新iPhone手机", " 新 iphone 手机 "),
        ("５Ｇ ﬁn", " 5g fin "),
        ("٢٠١ २०१", " 201 201 "),
        ("tri\u00adpoli a\u200bb \u202ex", " tripoli ab x "),
        ("Nʼdjamena", " n djamena "),
        ("e\u0301te\u0301", " ete "),
    ],
)
def test_fold(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(align(written).text) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("Нигер", "Нигерия"), ("й", "и"), ("ガ", "カ"), ("ไม้", "ไม"), ("की", "का"), ("ї", "і")],
)
def test_what_tells_words_apart_is_kept(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_single_space_in_the_spread_text_never_ends_a_sentence() -> None:
    assert "尼日尔 军队" not in spread("尼日尔。军队")
    assert " end new " not in spread("an end. new")
    assert " at t " in spread(" AT&T ")


@pytest.mark.parametrize(
    ("text", "word", "original"),
    [
        ("Die Straße brennt", "strasse", "Straße"),
        ("Cafe\u0301 zu", "cafe", "Cafe\u0301"),
        ("in Fi\ufb01ve", "fifive", "Fi\ufb01ve"),
        ("俄罗斯 尼日尔军队", "尼日尔", "尼日尔"),
        ("到 النَّيجرِ من", "النيجر", "النَّيجرِ"),
        ("x tri\u00adpoli y", "tripoli", "tri\u00adpoli"),
    ],
)
def test_offsets_lead_back(text: str, word: str, original: str) -> None:
    aligned = align(text)
    at = aligned.text.index(word)
    start, end = aligned.original(at, at + len(word))
    assert text[start:end] == original
    assert aligned.folded(start) == at


_CHARS = st.sampled_from(
    "abXYZ .'-\n0é ßøİıЖйиё\u0306\u0301\u0308新俄。ｶﾞが゛\u3099ไนี้เ\u094dकहअأَـةى"
    "\u200d\u00ad\u1161\u1112…™½٢ᾧς\u2028😀\U00020000\ufe0fˈʼ,;’“"
)


@given(st.text(_CHARS, max_size=30) | st.text(max_size=30))
def test_every_folded_character_leads_back_to_where_it_came_from(text: str) -> None:
    aligned = align(text)
    slow = characters(text)
    assert aligned.text == "".join(char for char, _, _ in slow)
    assert aligned.text.replace(" ", "") == fold(text).replace(" ", "")
    for i, (_, start, end) in enumerate(slow):
        assert aligned.original(i, i + 1) == (start, end)
    starts = [start for _, start, _ in slow]
    for offset in range(len(text) + 1):
        first = next((i for i, start in enumerate(starts) if start >= offset), len(slow))
        assert aligned.folded(offset) == first


@given(st.text(_CHARS, max_size=15), st.text(_CHARS, max_size=15))
def test_paragraphs_fold_on_their_own(one: str, other: str) -> None:
    together = fold(one).rstrip(" ") + fold(other)
    assert fold(f"{one}\n\n{other}") == (together if together.startswith(" ") else " " + together)


def test_hostile_runs_of_marks_are_cheap() -> None:
    text = "a" + "\u0301\u0316" * 200_000
    started = time.perf_counter()
    assert fold(text) == " a "
    align(text)
    assert time.perf_counter() - started < 5
