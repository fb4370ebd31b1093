"""The terminal as a channel: a panel per alert, or plain lines when the output is no terminal.

``Rendered.text`` is Rich markup with its parts divided by form feeds; the first line of a part is
its title. A part that is only one line, the summary of several alerts, gets no panel.
"""

from __future__ import annotations

import sys
from typing import TextIO

from rich import box
from rich.console import Console
from rich.errors import MarkupError
from rich.panel import Panel
from rich.text import Text

from monitor.channels.receipt import Receipt
from monitor.channels.runner import Runner
from monitor.errors import ChannelBroken, DeliveryDeferred
from monitor.model import Channel, Rendered, TextFormat

PART = "\f"
_WIDEST = 110
"""Columns of a panel at most: longer lines are hard to read."""


class ConsoleNotifier:
    """Standard output, or ``stream``."""

    format = TextFormat.CONSOLE

    def __init__(
        self, channel: Channel, *, runner: Runner[str], stream: TextIO | None = None
    ) -> None:
        self._name = channel.name
        self._runner = runner
        self._stream = stream

    def __repr__(self) -> str:
        return f"ConsoleNotifier({self._name!r})"

    async def send(self, rendered: Rendered, *, key: str, under: str = "") -> Receipt:
        """Prints one message."""
        return Receipt(await self._runner.run(lambda: self._print(rendered)))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _print(self, rendered: Rendered) -> str:
        stream = self._stream or sys.stdout
        broken = ""
        try:
            # Written in one piece, and by us: Rich ends the process at a closed pipe.
            stream.write(printable(rendered, stream))
            stream.flush()
        except (BrokenPipeError, ValueError):
            broken = "its output is closed"
        except OSError as exc:
            raise DeliveryDeferred(self._name, f"cannot write: {exc.strerror}") from exc
        if broken:
            raise ChannelBroken(self._name, broken)
        return ""


def printable(rendered: Rendered, stream: TextIO) -> str:
    """What to write to ``stream``, in characters that it can take. Raises ValueError if closed."""
    console = Console(file=stream, highlight=False, emoji=False)
    with console.capture() as capture:
        show(console, rendered)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return capture.get().encode(encoding, "replace").decode(encoding)


def show(console: Console, rendered: Rendered) -> None:
    """Prints the parts of a message on ``console``."""
    for part in (rendered.text or rendered.subject).split(PART):
        title, _, body = part.strip("\n").partition("\n")
        if not title:
            continue
        heading, content = _markup(title), _markup(body.strip("\n"))
        if not console.is_terminal:
            console.print(heading, soft_wrap=True)
            if body:
                console.print(content, soft_wrap=True)
            console.print()
        elif body:
            console.print(_panel(heading, content, min(console.width, _WIDEST)))
        else:
            console.print(heading)


def _panel(heading: Text, content: Text, width: int) -> Panel:
    if heading.cell_len > width - 6:  # Rich would cut it off
        return Panel(Text("\n").join([heading, content]), box=box.ROUNDED, width=width)
    return Panel(content, title=heading, title_align="left", box=box.ROUNDED, width=width)


def _markup(text: str) -> Text:
    try:
        return Text.from_markup(text, emoji=False)
    except MarkupError:  # a desk's template gone wrong: the words matter more than the colours
        return Text(text)
