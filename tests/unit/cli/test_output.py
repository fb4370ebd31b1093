"""What the commands print."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from monitor.cli import output
from monitor.errors import Problem
from monitor.model import Severity


@dataclass(frozen=True)
class Thing:
    at: datetime
    wait: timedelta
    level: Severity
    path: Path
    digest: time
    names: frozenset[str]


def test_json_holds_times_in_utc_durations_in_seconds_and_enums_by_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    thing = Thing(at, timedelta(minutes=1), Severity.HIGH, Path("x"), time(7), frozenset("ba"))
    output.print_json([thing])
    assert json.loads(capsys.readouterr().out) == [
        {
            "at": "2026-01-02T03:04:05Z",
            "wait": 60.0,
            "level": "high",
            "path": "x",
            "digest": "07:00:00",
            "names": ["a", "b"],
        }
    ]


def test_what_has_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        output.print_json(object())


def test_a_table_in_a_pipe_is_neither_cut_nor_wrapped_nor_marked_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "x" * 300
    output.table(["name", "what"], [["[bold]a[/bold]", long], [None, "b\x1b[31m\nc"]])
    lines = capsys.readouterr().out.splitlines()
    assert any("[bold]a[/bold]" in line and long in line for line in lines)
    assert any("b [31m c" in line for line in lines)
    assert "\x1b" not in "".join(lines)


def test_an_empty_table_says_so_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["a"], [], empty="nothing yet")
    assert capsys.readouterr() == ("", "nothing yet\n")


def test_problems_go_to_standard_error_unless_they_are_the_result(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problem = Problem("c.toml", 2, 5, "is wrong", "mend it", "x = y", 1)
    output.problems([problem])
    assert capsys.readouterr().err.startswith("c.toml:2:5: is wrong\n")
    output.problems([problem], err=False)
    assert capsys.readouterr().out.startswith("c.toml:2:5: is wrong\n")
