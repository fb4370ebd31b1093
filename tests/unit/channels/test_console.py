"""The console channel: panels on a terminal, plain lines elsewhere, and closed pipes."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from monitor.alerts.render import Templates, render
from monitor.channels.build import notifier
from monitor.channels.console import show
from monitor.errors import ChannelBroken
from monitor.model import (
    AlertView,
    Channel,
    ChannelName,
    ConsoleTarget,
    MessageKind,
    Rendered,
    TextFormat,
)
from tests.unit.alerts.messages import ALERT, ARABIC, HOSTILE, NIAMEY, UPDATE

GOLDEN = Path(__file__).parents[2] / "golden" / "messages"
CHANNEL = Channel(ChannelName("here"), ConsoleTarget())


def message(*views: AlertView, zone: ZoneInfo = NIAMEY) -> Rendered:
    templates = Templates()
    return render(
        TextFormat.CONSOLE, MessageKind.ALERTS, views=views, timezone=zone, templates=templates
    )


def printed(rendered: Rendered, *, terminal: bool, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=terminal, width=width, color_system=None, legacy_windows=False
    )
    show(console, rendered)
    return out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize(
    ("name", "views"), [("one", (ALERT,)), ("several", (ALERT, UPDATE)), ("hostile", (HOSTILE,))]
)
def test_what_is_printed_is_as_the_golden_file_has_it(
    name: str, views: tuple[AlertView, ...], terminal: bool
) -> None:
    shown = printed(message(*views), terminal=terminal).replace("\x1b", "⟨esc⟩")
    path = GOLDEN / f"{name}.printed.{'terminal' if terminal else 'piped'}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_piped_lines_are_never_wrapped_and_hold_no_control_characters() -> None:
    text = printed(message(ALERT, ARABIC, HOSTILE), terminal=False, width=20)
    assert str(ALERT.url) in text.splitlines()
    assert not [c for c in text if ord(c) < 32 and c != "\n"]


def test_a_panel_per_alert_and_the_summary_above() -> None:
    text = printed(message(ALERT, UPDATE), terminal=True)
    assert text.startswith("2 alerts on 1 story")
    assert text.count("╭") == text.count("╰") == 2
    assert max(map(len, text.replace("\x1b", "").splitlines()[1:4])) <= 80


def test_a_title_too_long_for_the_frame_is_not_cut_off() -> None:
    long = replace(ALERT, title="Russia sends a hundred soldiers and their trucks to Niger " * 2)
    text = printed(message(long), terminal=True, width=60)
    assert " ".join(text.replace("│", " ").split()).count("Russia sends a hundred soldiers") == 2
    assert "…" not in text


def test_a_broken_template_of_the_desk_still_shows_its_words() -> None:
    assert "[/nope] words" in printed(
        Rendered(TextFormat.CONSOLE, "s", "[/nope] words\nbody"), terminal=False
    )


def test_the_notifier_writes_to_its_stream() -> None:
    out = io.StringIO()
    asyncio.run(notifier(CHANNEL, stream=out).send(message(ALERT), key="d"))
    assert "Russia sends troops to Niger" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_a_closed_output_breaks_the_channel_not_the_process() -> None:
    out = io.StringIO()
    out.close()
    with pytest.raises(ChannelBroken, match="its output is closed"):
        asyncio.run(notifier(CHANNEL, stream=out).send(message(ALERT), key="d"))


def test_a_reader_that_goes_away_breaks_the_channel_not_the_process() -> None:
    code = (
        "import asyncio, sys\n"
        "from monitor.channels.build import notifier\n"
        "from monitor.model import *\n"
        "n = notifier(Channel('here', ConsoleTarget()))\n"
        "try:\n"
        "    asyncio.run(n.send(Rendered(n.format, 's', 'x' * 200_000), key='d'))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, file=sys.stderr)\n"
        "import os; os._exit(0)\n"
    )
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, text=True, timeout=30
    )
    os.close(write)
    assert done.stderr.strip() == "ChannelBroken"


def test_output_that_knows_only_ascii_still_gets_the_alert() -> None:
    code = (
        "import asyncio\n"
        "from monitor.channels.build import notifier\n"
        "from monitor.model import *\n"
        "n = notifier(Channel('here', ConsoleTarget()))\n"
        "asyncio.run(n.send(Rendered(n.format, 's', 'Нигер “x” ⁨قوات⁩'), key='d'))\n"
    )
    env = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=env, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    assert b"x" in done.stdout
