"""``monitor demo``: the whole pipeline on sample feeds, alerts on the terminal, no network."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.context import ExitCode


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("demo")(demo)


def demo(
    fast: Annotated[bool, typer.Option("--fast", help="The same show in a few seconds.")] = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep the show's configuration, database and log in this folder."
        ),
    ] = None,
) -> None:
    """See it work: sample feeds on this machine, the real daemon, alerts on the terminal."""
    with ExitStack() as stack:
        if keep is None:
            folder = Path(tempfile.mkdtemp(prefix="monitor-demo-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        else:
            folder = _empty(keep)
        from monitor import logs
        from monitor.demo import result, show

        log = stack.enter_context((folder / "monitor.log").open("w", encoding="utf-8"))
        logs.configure(format="console", stream=log)
        try:
            pace = show.FAST_PACE if fast else 1.0
            happened = asyncio.run(show.run(folder, sys.stdout, pace=pace))
        except KeyboardInterrupt:
            output.say("The show was ended before it had begun.")
            raise typer.Exit(ExitCode.RUNTIME) from None
        finally:
            logs.configure()
    result.show(happened, sys.stdout)
    if keep is not None:
        output.say(
            f"\nKept: {folder}. Look around with: monitor -c {folder / 'config.toml'} status"
        )
    else:
        output.say("\nNow with real feeds: make run. Your own rules: rules/, config.toml.")


def _empty(folder: Path) -> Path:
    """The folder, made if need be. One that holds something is refused: nothing is overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        output.error(f"{folder} is not empty")
        raise typer.Exit(ExitCode.INPUT)
    return folder.resolve()
