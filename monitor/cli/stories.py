"""``monitor stories``: articles in, the story of each out. Nothing is kept."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from monitor.cli.context import ExitCode
from monitor.cli.rules import opened


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("stories")(group)


def group(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="JSON Lines; - is standard input.")
    ] = "-",
) -> None:
    """Group articles into stories: JSON Lines in order of time in, one line out for each.

    Each input line is an object as `monitor match` takes it. Each output line has "id", the number
    of its "story", "new" when it opens the story, "alert" when an alert would be sent (a first
    report, or something new), and the "reason". Every article counts as matched. Without dates the
    order of lines is the order of time. A malformed line gives an error object, and exit code 1 at
    the end.
    """
    from monitor import memory
    from monitor.cli import batch
    from monitor.cli.storylines import StoryLines, watched
    from monitor.grouping import Grouper
    from monitor.store.scratch import scratch

    source = opened(file)
    try:
        with scratch() as database, watched(source) as seen:
            lines = StoryLines(Grouper(database), seen)
            memory.settle()
            bad = batch.run(source, sys.stdout.buffer, lines, processes=1)
    except BrokenPipeError:
        # Whoever read has had enough; nothing more must be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.FINE) from None
    finally:
        if source is not sys.stdin.buffer:
            source.close()
    raise typer.Exit(ExitCode.INPUT if bad else ExitCode.FINE)
