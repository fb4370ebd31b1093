"""How values look on the terminal: times in the desk's timezone, marked words, harmless text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import typer

from monitor.cli import context

if TYPE_CHECKING:
    from rich.text import Text

    from monitor.model import Excerpt


def clock(ctx: typer.Context) -> Callable[[datetime | None], str]:
    """A function that writes times as the desk's clocks show them; nothing for None."""
    timezone = ZoneInfo(context.settings(ctx).timezone)

    def when(moment: datetime | None) -> str:
        return f"{moment.astimezone(timezone):%Y-%m-%d %H:%M:%S}" if moment else ""

    return when


def ago(moment: datetime | None, now: datetime) -> str:
    """How long ago, roughly: "3 min ago", "in 20 s", "never"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if size >= 2 * length:
            text = f"{size / length:.0f} {unit}"
            break
    else:
        text = f"{size:.0f} s"
    return f"{text} ago" if seconds >= 0 else f"in {text}"


def safe(text: str) -> str:
    """Without control characters: what feeds wrote must not steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def marked(excerpt: Excerpt) -> Text:
    """The sentence with its matched words in bold."""
    from rich.text import Text

    text = Text(safe(excerpt.text))
    for start, end in excerpt.marks:
        text.stylize("bold yellow", start, end)
    return text


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean "…"?` when a known name is close, else nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def since(ctx: typer.Context, text: str | None) -> datetime | None:
    """The moment that ``--since`` names: so long ago (24h, 7 days), or a time of the desk."""
    from monitor.alerts.silences import parse_until
    from monitor.model import utcnow
    from monitor.text import durations

    if text is None:
        return None
    try:
        return utcnow() - durations.parse(text)
    except ValueError:
        pass
    try:
        return parse_until(text, ZoneInfo(context.settings(ctx).timezone))
    except ValueError:
        raise typer.BadParameter("not a time: write 24h, 7 days or 2026-12-01") from None
