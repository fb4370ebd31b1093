"""What a feed writes stays text: in every markup, whatever it is."""

from __future__ import annotations

import html as html_module
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from monitor.alerts.markup import (
    CHAT,
    CONSOLE,
    EXCERPT_CAP,
    HTML,
    MATRIX,
    PLAIN,
    SLACK,
    clean,
    isolate,
    listed,
    pieces,
    shorten,
    web_url,
)
from monitor.alerts.render import Templates, render
from monitor.model import AlertView, Excerpt, MessageKind, Outlet, Rendered, TextFormat
from tests.servers.slack import fault_of
from tests.unit.alerts.messages import ALERT, HIT, HOSTILE, NIAMEY

BUILTIN = Templates()
nasty = st.text(
    st.one_of(
        st.sampled_from(list("<>&@[]()*_`~|\\/\"'{}%\n\r\t\x1b\u202e\u2066\u2069:!#")),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


def message(format: TextFormat, *views: AlertView) -> Rendered:
    return render(format, MessageKind.ALERTS, views=views, timezone=NIAMEY, templates=BUILTIN)


def hostile(text: str) -> AlertView:
    """An alert that says ``text`` wherever a feed or rule can say something."""
    hit = replace(HIT, title=text, why=(text,), excerpt=Excerpt(f"a {text} b", ((0, 3),)))
    return replace(
        ALERT,
        title=text,
        source=text,
        note=text,
        url=f"https://example.org/{text}",
        hits=(hit,),
        outlets=(Outlet(text, None, text, None),),
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert {name for name, _ in attrs} <= {"href", "style", "dir", "charset", "name", "content"}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(nasty)
def test_html_has_only_the_tags_of_the_template(text: str) -> None:
    for format in (TextFormat.MAIL, TextFormat.MATRIX):
        seen, plain = _Tags(), _Tags()
        seen.feed(message(format, hostile(text), hostile(text)).html)
        plain.feed(message(format, ALERT, ALERT).html)
        assert seen.tags <= plain.tags
        assert all(link.startswith("https://example.org/") for link in seen.links)


@given(nasty)
def test_slack_text_holds_no_control_sequence_but_our_links(text: str) -> None:
    got = message(TextFormat.SLACK, hostile(text))
    assert fault_of({"text": got.text, "blocks": []}) == ""
    assert not re.search(r"(?<!\w)@\w", re.sub(r"<https://[^>|]*", "", got.text))


@given(nasty)
def test_console_markup_shows_the_text_as_it_is(text: str) -> None:
    shown = Text.from_markup(message(TextFormat.CONSOLE, hostile(text)).text).plain
    assert clean(text) in shown
    assert all(unicodedata.category(c) != "Cc" or c in "\n\f" for c in shown)


@given(nasty)
def test_no_format_lets_a_control_character_or_override_through(text: str) -> None:
    for format in TextFormat:
        got = message(format, hostile(text))
        for told in (got.subject, got.text, got.html):
            assert not re.search("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066\u2067]", told)
            assert told.count("\u2068") == told.count("\u2069")


@given(nasty, st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=6))
def test_marks_never_change_the_words(text: str, marks: list[tuple[int, int]]) -> None:
    parts = pieces(Excerpt(text, tuple(marks)))
    marked = {i for a, b in marks for i in range(max(a, 0), min(b, len(text)))}
    assert sum(len(t) for t, hit in parts if hit) <= len(marked)
    whole = "".join(t for t, _ in parts)
    assert clean(whole) == clean(text)


def test_the_marked_words_are_marked() -> None:
    quoted = Excerpt("R&D in Niamey", ((0, 3), (7, 13)))
    assert PLAIN.excerpt(quoted) == "*R&D* in *Niamey*"
    assert HTML.excerpt(quoted) == "<strong>R&amp;D</strong> in <strong>Niamey</strong>"
    assert CONSOLE.excerpt(quoted) == "[bold yellow]R&D[/] in [bold yellow]Niamey[/]"
    assert SLACK.excerpt(quoted).replace("\u200b", "") == "*R&amp;D* in *Niamey*"


def test_a_long_sentence_is_cut_around_its_first_match() -> None:
    text = "x " * 1000 + "Niamey" + " y" * 1000
    parts = pieces(Excerpt(text, ((2000, 2006), (3990, 3999))))
    assert ("Niamey", True) in parts
    assert parts[0] == ("…", False)
    assert parts[-1] == ("…", False)
    assert sum(len(t) for t, _ in parts) <= EXCERPT_CAP + 2


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org/x",
        "ftp://example.org/x",
        "https://",
        "https://user@example.org/",
        "https://user:pw@example.org/",
        "https://example.org/a b",
        "https://example.org/a\nb",
        "https://[bad/",
        "https://example.org/" + "x" * 3000,
        "mailto:a@example.org",
    ],
)
def test_what_is_no_web_link_is_no_link(url: str | None) -> None:
    assert web_url(url) is None
    assert "href" not in message(TextFormat.MATRIX, replace(ALERT, url=url)).html


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"),
        ("HTTP://Example.org/", "HTTP://Example.org/"),
        ("https://example.org/@user/1", "https://example.org/%40user/1"),
        ('https://example.org/a|b>c]d"e', "https://example.org/a%7Cb%3Ec%5Dd%22e"),
        ("https://пример.example/статья", "https://пример.example/статья"),
        ("https://example.org/100%25", "https://example.org/100%25"),
    ],
)
def test_a_web_link_stays_one_and_cannot_end_early(url: str, link: str) -> None:
    assert web_url(url) == link


@pytest.mark.parametrize("markup", [CHAT, SLACK, MATRIX])
@pytest.mark.parametrize(
    "text", ["@room", "hey @everyone!", "(@here)", "/@channel", "<@U1>", "-@x"]
)
def test_nobody_is_mentioned_in_a_chat(markup: object, text: str) -> None:
    assert not re.search(r"@(?!\u200b)", str(markup.put(text)))  # type: ignore[attr-defined]


def test_an_address_is_no_mention() -> None:
    assert CHAT.escape("write to desk@example.org") == "write to desk@example.org"
    assert PLAIN.escape("@room") == "@room"


def test_right_to_left_text_is_isolated_and_other_text_is_not() -> None:
    assert isolate("قوات") == "\u2068قوات\u2069"
    assert isolate("troops") == "troops"


def test_shortening_says_so_and_ends_at_a_word() -> None:
    assert shorten("short", 10) == "short"
    assert shorten("several short words", 16) == "several short…"
    assert len(shorten("x" * 50, 10)) == 10


def test_lists_are_counted() -> None:
    assert listed([], 2) == ""
    assert listed(["A"], 2) == "A"
    assert listed(["A", "B", "C"], 2) == "A, B and C"
    assert listed(["A", "B", "C", "D"], 2) == "A, B and 2 more"


def test_the_hostile_example_reads_as_it_was_written() -> None:
    page = message(TextFormat.MAIL, HOSTILE).html
    assert "<script>" not in page
    assert "<script>alert(1)</script>" in html_module.unescape(page)
    assert "javascript:" not in page
    assert "{{ 7*7 }}" in page
