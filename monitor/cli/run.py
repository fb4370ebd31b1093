"""``monitor run``: the daemon, or one round of it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from monitor.cli import context, output
from monitor.cli.context import ExitCode


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run", help=run.__doc__)(run)


def run(
    ctx: typer.Context,
    once: Annotated[
        bool,
        typer.Option("--once", help="Poll every feed once, deliver what is pending, and exit."),
    ] = False,
) -> None:
    """Run the daemon: poll, match, alert.

    It stops on SIGTERM or Ctrl-C when what is under way is done, and reads its files anew on SIGHUP
    or when they change.

    Examples:

      monitor run                      with config.toml of this folder

      monitor run -c desk.toml --once  one round, for a cron job or to try a configuration
    """
    from monitor import logs
    from monitor.config import Settings

    settings: Settings = context.settings(ctx)
    logs.configure(level=settings.log.level, format=settings.log.format, secrets=settings.secrets())
    code = asyncio.run(_run(ctx, settings, once=once))
    raise typer.Exit(code)


async def _run(ctx: typer.Context, settings: object, *, once: bool) -> ExitCode:
    from monitor.config import Settings
    from monitor.daemon import Daemon
    from monitor.once import run_once

    assert isinstance(settings, Settings)
    daemon = Daemon(settings, read_settings=context.settings_loader(ctx))
    try:
        loaded = await daemon.open()
        output.problems(loaded.rule_problems)
        if not once:
            await daemon.run()
            return ExitCode.FINE
        summary = await run_once(daemon)
        _report(summary)
        return ExitCode.FINE if summary.worked else ExitCode.RUNTIME
    finally:
        await daemon.close()


def _report(summary: object) -> None:
    """What one round did, on standard error: standard output is the console channel's."""
    from monitor.model import DeliveryState
    from monitor.once import Summary

    assert isinstance(summary, Summary)
    totals = summary.totals
    output.say(
        f"{totals.polls} feeds polled, {totals.failed} failed; {totals.articles} new articles, "
        f"{totals.matches} matches, {totals.stories} new stories, {totals.alerts} alerts."
    )
    for outcome in summary.failed:
        output.say(f"  {outcome.feed}: {outcome.error}")
    if summary.unrecorded:
        output.error(f"{summary.unrecorded} polls could not be recorded, see the log")
    waiting = {s: n for s, n in summary.deliveries.items() if s is not DeliveryState.SENT}
    if waiting:
        said = ", ".join(f"{n} {s.value}" for s, n in waiting.items())
        output.say(f"Deliveries not sent: {said} (see `monitor deliveries list`).")
