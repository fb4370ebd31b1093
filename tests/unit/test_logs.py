"""Log lines: one JSON object or one readable line each, ours and the libraries', no secrets."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from monitor import logs


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    names = (*logs.QUIET, *logs.SILENT)
    levels = {name: logging.getLogger(name).level for name in names}
    yield
    root.handlers[:], root.level = handlers, level
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def lines() -> Callable[..., Callable[[], list[dict[str, Any]]]]:
    def configured(**options: Any) -> Callable[[], list[dict[str, Any]]]:
        out = io.StringIO()
        logs.configure(stream=out, **{"format": "json", **options})
        return lambda: [json.loads(line) for line in out.getvalue().splitlines()]

    return configured


Lines = Callable[..., Callable[[], list[dict[str, Any]]]]


def test_an_event_is_one_json_object_with_its_fields(lines: Lines) -> None:
    read = lines()
    structlog.get_logger("monitor.polling").info("feed.polled", new=3, feed="Afrique é\nx")
    (line,) = read()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "feed.polled",
        "level": "info",
        "logger": "monitor.polling",
        "new": 3,
        "feed": "Afrique é\nx",
    }


def test_records_of_libraries_become_the_same_kind_of_line(lines: Lines) -> None:
    read = lines()
    logging.getLogger("somebody").warning("%d things", 3)
    (line,) = read()
    assert (line["event"], line["level"], line["logger"]) == ("3 things", "warning", "somebody")


def test_a_traceback_is_part_of_the_line(lines: Lines) -> None:
    read = lines(secrets=["hunter2"])
    try:
        raise RuntimeError("the password hunter2")
    except RuntimeError:
        structlog.get_logger("monitor").exception("job.unexpected")
    (line,) = read()
    assert "RuntimeError: the password ***" in line["exception"]
    assert line["level"] == "error"


def test_the_level_holds_for_all_and_libraries_are_quiet_below_a_warning(lines: Lines) -> None:
    read = lines(level="info")
    structlog.get_logger("monitor").debug("story.decided")
    logging.getLogger("httpx").info("GET https://example.org/?token=1")
    logging.getLogger("apscheduler.executors").info("Running job")
    logging.getLogger("pymorphy3.opencorpora_dict.wrapper").info("Loading dictionaries")
    logging.getLogger("httpx").warning("odd")
    assert [line["event"] for line in read()] == ["odd"]
    read = lines(level="debug")
    structlog.get_logger("monitor").debug("story.decided")
    logging.getLogger("httpcore").debug("connect")
    assert [line["event"] for line in read()] == ["story.decided"]


def test_nothing_of_apprise_is_emitted(lines: Lines) -> None:
    read = lines(level="debug")
    logging.getLogger("apprise").error("Failed to send to https://hooks.example.org/SECRET")
    logging.getLogger("apprise.plugins").error("the same")
    assert read() == []


def test_configuring_again_replaces_level_secrets_and_stream(lines: Lines) -> None:
    first = lines(level="error")
    second = lines(level="info", secrets=["hunter2"])
    structlog.get_logger("monitor").info("a.b", x="hunter2")
    assert first() == []
    assert [line["x"] for line in second()] == ["***"]


def test_warnings_of_python_are_logged(lines: Lines) -> None:
    read = lines()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("something is old", stacklevel=1)
    assert "something is old" in read()[0]["event"]


def test_the_format_for_people_is_one_line_without_colours_in_a_file() -> None:
    out = io.StringIO()
    logs.configure(stream=out, format="console", secrets=["hunter2"])
    structlog.get_logger("monitor").warning("feed.failing", feed="A", why="hunter2")
    assert out.getvalue().count("\n") == 1
    assert "feed.failing" in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "hunter2" not in out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "is_json"), [(io.StringIO(), True), (Terminal(), False)])
def test_a_terminal_gets_the_format_for_people(stream: io.StringIO, is_json: bool) -> None:
    logs.configure(stream=stream)
    structlog.get_logger("monitor").info("daemon.started")
    assert stream.getvalue().startswith("{") is is_json


def test_secrets_are_found_in_every_depth_and_quoted_for_urls() -> None:
    scrub = logs.Scrubber(["pass word/1", "abc"])
    event = scrub(
        None,
        "info",
        {
            "event": "x pass word/1",
            "url": "https://u:pass%20word%2F1@h/",
            "deep": [{"pass word/1": ("pass word/1", 5)}],
            "object": ValueError("pass word/1"),
            "number": 7,
            "short": "abc",
        },
    )
    assert event == {
        "event": "x ***",
        "url": "https://u:***@h/",
        "deep": [{"***": ["***", 5]}],
        "object": "***",
        "number": 7,
        "short": "abc",
    }


def test_a_secret_that_begins_like_another_is_replaced_whole() -> None:
    assert logs.Scrubber(["abcd", "abcdefgh"]).text("abcdefgh abcd") == "*** ***"


@given(
    st.lists(st.text(min_size=4, max_size=12), min_size=1, max_size=4),
    st.text(max_size=8),
    st.text(max_size=8),
)
def test_no_secret_survives_whatever_stands_around_it(
    secrets: list[str], before: str, after: str
) -> None:
    scrubber = logs.Scrubber(secrets)
    for secret in secrets:
        cleaned = scrubber.text(f"{before}\0{secret}\0{after}")
        assert f"\0{secret}\0" not in cleaned or secret.strip("*") == ""
