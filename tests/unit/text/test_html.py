"""Nothing of the markup, and nothing invisible, survives; the words do."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.html import to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("<p>Hello <b>N</b>iger &amp; co</p><p>Two<br>lines</p>", "Hello Niger & co\n\nTwo\nlines"),
        ("plain\n\ntext & x < y", "plain\n\ntext & x < y"),
        ("one\r\ntwo\r\n\r\nthree", "one\ntwo\n\nthree"),
        ("&lt;p&gt;Twice&lt;/p&gt; &lt;b&gt;escaped&lt;/b&gt;", "Twice\n\nescaped"),
        ("a<script>alert('<p>')</script>b<style>p{}</style>c", "abc"),
        ("kept<script>rest is code", "kept"),
        ('<a title=\'x>y\' href="a>b">link</a> <a title="open>rest', "link rest"),
        ("<![CDATA[ x <b>y</b> ]]>z", "x y z"),
        ("<ul><li>a<li>b</ul>", "a\n\nb"),
        ("a<!-- hidden -->b <!-- open", "ab open"),
        ("<table><tr><td>1<td>2</table>", "1 2"),
        ("<p>hard\n  wrapped</p>\n<p>next", "hard wrapped\n\nnext"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<noscript><img src=x></noscript>text <svg><title>t</title></svg>end", "text end"),
        ("caf&eacute; &#233; &#x202e;x", "café é x"),
        ("a\u202eb\x00c\u200bd\x9fe\ud800f\ufefff", "abcdeff"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("&lt;\u202esvg&gt;x", "x"),
    ],
)
def test_to_text(markup: str, text: str) -> None:
    assert to_text(markup) == text


_PIECES = st.sampled_from(
    ["<", "</", ">", "script", "p", "b", '"', "'", "<!--", "-->", "<![CDATA[", "]]>", "&lt;",
     "&gt;", "&amp;", "lt;", "x", " ", "\n", "/", "=", "svg", "!", "?", "&#60;", "\u202e",
     "&#x202e;"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=16).map("".join))
def test_no_tag_and_no_bidi_override_is_left(markup: str) -> None:
    text = to_text(markup)
    assert not re.search(r"</?[A-Za-z][^<>]*>", text)
    assert "\u202e" not in text
    assert "\n\n\n" not in text
    assert text == text.strip()


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 200_000 + "x",
        '<a "' * 100_000 + ">",
        "<a \"'>" * 100_000,
        "<!--" * 200_000 + ">",
        "<" * 300_000 + ">",
        "<svg>" * 100_000,
        "<![CDATA[" * 100_000 + ">",
        "</script" * 100_000 + "<script>" * 100_000,
        "&" * 300_000,
        "\n " * 300_000,
    ],
    ids=lambda markup: repr(markup[:8]),
)
def test_nothing_hangs(markup: str) -> None:
    started = time.perf_counter()
    to_text(markup)
    assert time.perf_counter() - started < 8
