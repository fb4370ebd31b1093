"""Draws docs/demo.svg: what `monitor demo` really shows on a terminal, shortened.

    python tools/picture.py

Runs the demo behind a pseudo-terminal, keeps the first English alert, the first in another script
and the account at the end, and lets Rich draw them. Alerts differ a little from run to run (which
outlet was polled first), so the picture is drawn by hand before a release, not by the tests.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
COLUMNS, LINES = 100, 50
_ANSI = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x1b\x07]*(\x1b\\|\x07))")
_TOP, _BOTTOM = "╭", "╰"
_OTHER_SCRIPT = re.compile("[\u0400-\u04ff]")
_GAP = "        ⋮"

FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" \
xmlns="http://www.w3.org/2000/svg">
<title>Alerts of monitor demo on a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; \
font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" \
height="{terminal_height}"/></clipPath>
{lines}
</defs>
<rect fill="#272822" x="0" y="0" width="{width}" height="{height}" rx="8"/>
<g transform="translate(9, 9)" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Rich's own, without the window frame and without fonts from the web."""


def record() -> str:
    """The demo's output with its colours, as a terminal of ``COLUMNS`` gets it."""
    ours, theirs = pty.openpty()
    environment = os.environ | {
        "TERM": "xterm-256color", "COLORTERM": "truecolor",
        "COLUMNS": str(COLUMNS), "LINES": str(LINES),
    }  # fmt: skip
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "monitor", "demo", "--fast"]
    with subprocess.Popen(  # noqa: S603 (our own interpreter and program)
        command, stdout=theirs, stderr=theirs, env=environment, cwd=ROOT
    ) as demo:
        os.close(theirs)
        pieces = []
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux says so when the other side has closed
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(ours)
    if demo.returncode:
        raise SystemExit(f"the demo ended with {demo.returncode}")
    return b"".join(pieces).decode("utf-8").replace("\r\n", "\n")


def shorten(output: str) -> list[str]:
    """The lines of the picture: the command, two alerts, and what happened."""
    lines = output.split("\n")
    plain = [_ANSI.sub("", line) for line in lines]
    panels = [
        range(start, next(i for i in range(start, len(plain)) if plain[i].startswith(_BOTTOM)) + 1)
        for start, line in enumerate(plain)
        if line.startswith(_TOP)
    ]
    *alerts, account = panels
    foreign = [p for p in alerts if any(_OTHER_SCRIPT.search(plain[i]) for i in p)]
    english = [p for p in alerts if p not in foreign]
    if not english or not foreign:
        raise SystemExit("this run showed no alert of its own in English and in Russian: again")
    first_rule = range(foreign[0][0], _gaps(plain, foreign[0])[1])  # the other rules say the like
    counts = range(account[0], next(i for i in account[1:] if "Alerts" in plain[i]) - 1)
    shown = ["$ monitor demo", ""]
    for part, bottom in ((english[0], english[0][-1]), (first_rule, foreign[0][-1])):
        shown += [*(lines[i] for i in part if i != bottom), lines[bottom], _GAP]
    return [*shown, *(lines[i] for i in counts), lines[account[-1]]]


def _gaps(plain: list[str], panel: range) -> list[int]:
    """The empty lines of a panel."""
    return [i for i in panel if not plain[i].strip("│ ")]


def draw(lines: list[str]) -> str:
    """The lines as SVG."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    for line in lines:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop", crop=True)
    return console.export_svg(theme=MONOKAI, code_format=FORMAT, unique_id="demo")


if __name__ == "__main__":
    PICTURE.write_text(draw(shorten(record())), encoding="utf-8")
