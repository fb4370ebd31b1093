"""The demonstration keeps its promises: one alert per story, none for a decoy, and it ends well."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.demo import result, samples, show
from monitor.demo.samples import Expect
from monitor.model import DeliveryState

MONITOR = [sys.executable, "-m", "monitor"]
PROGRAMME = samples.load()


def environment(**more: str) -> dict[str, str]:
    """A plain pipe, whatever terminal the tests run on."""
    unset = ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR", "COLUMNS")
    return {**{k: v for k, v in os.environ.items() if k not in unset}, **more}


@pytest.fixture(scope="module")
def happened(tmp_path_factory: pytest.TempPathFactory) -> tuple[result.Result, str]:
    """One whole show, and what it wrote."""
    stream = io.StringIO()
    folder = tmp_path_factory.mktemp("demo")
    outcome = asyncio.run(show.run(folder, stream, pace=show.FAST_PACE))
    result.show(outcome, stream)
    return outcome, stream.getvalue()


def test_every_story_alerts_once(happened: tuple[result.Result, str]) -> None:
    outcome, _ = happened
    assert [s.title for s in outcome.missed] == []
    assert [s.title for s in outcome.repeats] == []
    assert outcome.alerts == len(PROGRAMME.expecting(Expect.NEWS))


def test_decoys_and_everyday_items_stay_silent(happened: tuple[result.Result, str]) -> None:
    outcome, _ = happened
    assert [s.title for s in outcome.false_alarms] == []
    quiet = (Expect.DECOY, Expect.BACKGROUND, Expect.OLD)
    assert len(outcome.silent) == sum(len(PROGRAMME.expecting(k)) for k in quiet)


def test_five_outlets_carry_the_wire_story_and_the_aggregator_is_none(
    happened: tuple[result.Result, str],
) -> None:
    outcome, _ = happened
    wire = max(outcome.stories, key=lambda s: len(s.outlets))
    assert len(wire.outlets) == 5
    assert wire.alerts == 1


def test_what_was_there_before_is_archived_without_an_alert(
    happened: tuple[result.Result, str],
) -> None:
    outcome, _ = happened
    (old,) = PROGRAMME.expecting(Expect.OLD)
    assert {s.title: s.alerts for s in outcome.stories}[old.title] == 0


def test_feeds_that_failed_for_a_moment_are_read_again(
    happened: tuple[result.Result, str],
) -> None:
    outcome, _ = happened
    assert {f.feed for f in outcome.recoveries} == {"La Gazette de Niamey", "Northern Star Online"}
    assert outcome.failing == ()


def test_the_figures_add_up(happened: tuple[result.Result, str]) -> None:
    outcome, _ = happened
    assert outcome.feeds == len(PROGRAMME.outlets)
    links = {s.link for s in PROGRAMME.samples} - {
        s.link for s in PROGRAMME.samples if s.outlet == "digest"
    }
    assert outcome.articles == len(links)
    assert set(outcome.deliveries) == {DeliveryState.SENT}
    assert 0 < outcome.unchanged < outcome.polls


def test_an_alert_says_what_a_desk_needs(happened: tuple[result.Result, str]) -> None:
    _, text = happened
    for words in (
        "Russische Militärausbilder mit Flugabwehrsystem in Niger eingetroffen",
        "Российские военные инструкторы прибыли в Нигер с системой ПВО",
        "Russian troops or trainers in Niger russia-niger-troops",
        "“Instructores militares rusos llegan a Níger con un sistema de defensa antiaérea",
        "Also reported by ",
        "What happened",
    ):
        assert words in text


def test_ctrl_c_ends_it_with_the_summary() -> None:
    process = subprocess.Popen(
        [*MONITOR, "demo"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        while "publishes" not in (line := process.stdout.readline()):
            assert line, "it ended before it began"
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        text, errors = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "What happened" in text
    assert "Missed" not in text
    assert time.monotonic() - begun < 20


def test_on_a_terminal_alerts_are_panels_and_the_folder_can_be_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = subprocess.run(
        [*MONITOR, "demo", "--fast", "--keep", str(kept)],
        capture_output=True, text=True, timeout=120, check=False,
        env=environment(FORCE_COLOR="1", COLUMNS="100"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "╭─" in done.stdout
    assert "╭─ What happened" in done.stdout
    listed = subprocess.run(
        [*MONITOR, "-c", str(kept / "config.toml"), "alerts", "list", "--json"],
        capture_output=True, text=True, timeout=60, check=False, env=environment(),
    )  # fmt: skip
    assert listed.stdout.count('"story"') == len(PROGRAMME.expecting(Expect.NEWS))


def test_a_folder_that_holds_something_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep me", encoding="utf-8")
    done = subprocess.run(
        [*MONITOR, "demo", "--keep", str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False, env=environment(),
    )  # fmt: skip
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
