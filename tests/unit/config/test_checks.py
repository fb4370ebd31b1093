"""Names that refer to each other, and what is allowed but odd."""

from __future__ import annotations

import pytest

from monitor.errors import ProblemLevel
from tests.unit.config.conftest import Faults, Read, at, marked

CONSOLES = """\
[channels.a]
type = "console"
fallback = "b"
[channels.b]
type = "console"
fallback = "c"
[channels.c]
type = "console"
fallback = "b"
[alerts]
default_channels = ["a"]
"""


def test_fallbacks_in_a_circle_are_an_error_told_once(faults: Faults) -> None:
    (problem,) = faults(CONSOLES)
    assert problem.message == "fallbacks in a circle: b → c → b"
    assert at(problem) == ("config.toml", 9, 12)


def test_a_fallback_to_itself_is_a_circle(faults: Faults) -> None:
    (problem,) = faults(CONSOLES.replace('fallback = "b"', 'fallback = "c"'))
    assert problem.message == "fallbacks in a circle: c → c"


def test_a_chain_of_fallbacks_is_fine(read: Read) -> None:
    read(CONSOLES.replace('fallback = "b"\n[alerts]', "[alerts]"))


def test_the_console_may_be_a_fallback_without_being_configured(read: Read) -> None:
    settings = read(
        '[channels.a]\ntype = "slack"\nwebhook = "https://a.b/"\nfallback = "console"\n'
        '[alerts]\ndefault_channels = ["a"]'
    )
    assert [c.name for c in settings.channel_list()] == ["a", "console"]


@pytest.mark.parametrize("key", ["default_channels", "operator_channels"])
def test_an_unknown_channel_is_told_with_the_nearest(faults: Faults, key: str) -> None:
    text = f'[channels.desk]\ntype = "console"\n[alerts]\n{key} = ["desk", "dsk"]'
    (problem,) = (p for p in faults(text) if p.level is ProblemLevel.ERROR)
    assert (problem.message, marked(problem)) == ('unknown channel "dsk"', '"dsk"')
    assert '"desk"' in problem.hint


def test_two_feeds_of_one_name_or_url_are_an_error(faults: Faults) -> None:
    problems = faults(
        '[[feeds]]\nname = "A"\nurl = "https://a.org/"\n'
        '[[feeds]]\nname = "A"\nurl = "https://b.org/"\n'
        '[[feeds]]\nurl = "https://b.org/"\n'
    )
    assert [(p.line, p.message) for p in problems] == [
        (5, "feed 1 has the same name"),
        (8, "feed 2 has the same url"),
    ]


def test_a_channel_has_a_plain_name(faults: Faults) -> None:
    (problem,) = faults('[channels."a b"]\ntype = "console"\n[alerts]\ndefault_channels = ["a b"]')
    assert at(problem) == ("config.toml", 1, 2)


@pytest.mark.parametrize(
    ("url", "warned"),
    [("https://example.org/", True), ("http://127.0.0.1/", False), ("http://feeds/", False)],
)
def test_a_short_interval_on_a_public_host_is_only_warned_of(
    read: Read, url: str, warned: bool
) -> None:
    text = f'[[feeds]]\nurl = "{url}"\ninterval = "1s"'
    settings = read(text)
    assert [w.line for w in settings.warnings] == ([3] if warned else [])
    text = f'[polling]\ninterval = "30s"\n[[feeds]]\nurl = "{url}"'
    assert [w.line for w in read(text).warnings] == ([2] if warned else [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[[feeds]]\nurl = "https://u:p@example.org/"', 2),
        ('[channels.a]\ntype = "slack"\nwebhook = "http://example.org/x"', 3),
        (
            (
                '[channels.a]\ntype = "matrix"\nhomeserver = "http://example.org"\n'
                'token = "t"\nroom = "!a:b"'
            ),
            3,
        ),
        (
            (
                '[channels.a]\ntype = "email"\nhost = "mail.example.org"\nsecurity = "none"\n'
                'from = "a@b.org"\nto = "a@b.org"\nusername = "u"\npassword = "p"'
            ),
            4,
        ),
    ],
)
def test_a_secret_in_the_open_is_warned_of(read: Read, text: str, line: int) -> None:
    named = '\n[alerts]\ndefault_channels = ["a"]' if "channels.a" in text else ""
    (warning,) = read(text + named).warnings
    assert warning.line == line
    assert ":p@" not in repr(warning) or "feeds" in text


def test_named_files_must_be_there(faults: Faults) -> None:
    problems = faults('opml = ["none.opml"]\n[alerts]\ntemplates = "none"\n')
    assert [p.line for p in problems] == [1, 3]


def test_a_check_made_later_has_the_place_of_the_key(read: Read) -> None:
    settings = read('[channels.a]\ntype = "console"\n[alerts]\ndefault_channels = ["a"]')
    problem = settings.problem_at(("channels", "a"), "is broken")
    assert at(problem) == ("config.toml", 1, 2)
