"""``monitor feeds``: how the feeds fare, and polling one now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import context, database, output, show
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.model import FeedState
    from monitor.polling import Outcome

Json = Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List feeds and poll them.", no_args_is_help=True)
    group.command("list")(list_feeds)
    group.command("poll")(poll)
    app.add_typer(group, name="feeds")


def list_feeds(ctx: typer.Context, json: Json = False) -> None:
    """List the configured feeds and how each fares."""
    from monitor.loading import all_feeds
    from monitor.store import feeds

    configured, problems = all_feeds(context.settings(ctx))
    output.problems(problems)
    states = {s.name: s for s in database.read(ctx, feeds.list_all)}
    rows = [_row(feed.name, feed.url, states.get(feed.name)) for feed in configured.values()]
    for row, feed in zip(rows, configured.values(), strict=True):
        if not feed.enabled:
            row["state"] = "disabled"
    if json:
        output.print_json(rows)
        return
    when = show.clock(ctx)
    output.table(
        ["name", "state", "last success", "next poll", "articles", "last error"],
        (
            (r["name"], r["state"], when(r["last_success"]), when(r["next_poll_at"]),
             r["articles"], r["last_error"] if r["state"] not in ("ok", "new") else "")
            for r in rows
        ),
        empty="No feeds are configured.",
    )  # fmt: skip


def poll(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Feeds; all of them if none.")] = None,
    json: Json = False,
) -> None:
    """Poll feeds now, whatever is due: stores, matches and queues alerts as the daemon does.

    Works beside a running daemon, which then delivers; without one, alerts wait for it.
    """
    from monitor.config import Settings
    from monitor.loading import all_feeds

    settings: Settings = context.settings(ctx)
    known = {str(name) for name in all_feeds(settings)[0]}
    for name in names or ():
        if name not in known:
            output.error(f"no feed is called {name!r}{show.nearest(name, known)}")
            raise typer.Exit(ExitCode.INPUT)
    outcomes = asyncio.run(_poll(ctx, settings, set(names or known)))
    if json:
        output.print_json([_outcome(o) for o in outcomes])
    else:
        output.table(
            ["feed", "result", "new", "matches", "alerts", "error"],
            (
                (o.feed, o.result.value, o.intake.new_articles, o.intake.matches, o.intake.alerts,
                 o.error or "")
                for o in outcomes
            ),
            empty="Nothing was polled.",
        )  # fmt: skip
    if outcomes and all(o.error for o in outcomes):
        raise typer.Exit(ExitCode.RUNTIME)


async def _poll(ctx: typer.Context, settings: Any, names: set[str]) -> list[Outcome]:
    from monitor import logs
    from monitor.daemon import Daemon
    from monitor.once import poll_all

    logs.configure(level="error", format="console", secrets=settings.secrets())
    daemon = Daemon(settings, read_settings=context.settings_loader(ctx), exclusive=False)
    try:
        await daemon.open()
        outcomes, unrecorded = await poll_all(daemon, names=names)
    finally:
        await daemon.close()
    if unrecorded:
        output.error(f"{unrecorded} polls could not be recorded")
        raise typer.Exit(ExitCode.RUNTIME)
    return outcomes


def _row(name: str, url: str, state: FeedState | None) -> dict[str, Any]:
    """The contract of ``--json``."""
    return {
        "name": name,
        "url": url,
        "state": state.status if state else "new",
        "last_success": state.last_success_at if state else None,
        "last_error": state.last_error if state else None,
        "next_poll_at": state.next_poll_at if state else None,
        "last_poll": state.last_poll_at if state else None,
        "last_new": state.last_new_at if state else None,
        "last_error_at": state.last_error_at if state else None,
        "interval": state.interval if state else None,
        "failures": state.failures if state else 0,
        "polls": state.polls if state else 0,
        "articles": state.articles if state else 0,
        "moved_to": state.moved_to if state else None,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    done = outcome.intake
    return {
        "feed": outcome.feed,
        "result": outcome.result,
        "new": done.new_articles,
        "changed": done.changed_articles,
        "matches": done.matches,
        "alerts": done.alerts,
        "error": str(outcome.error) if outcome.error else None,
        "next_poll_at": outcome.plan.state.next_poll_at,
    }
