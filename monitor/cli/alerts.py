"""``monitor alerts``: what was raised, and the whole story behind one alert."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import database, output, show
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.model import AlertView

When = Callable[[datetime | None], str]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List and show alerts.", no_args_is_help=True)
    group.command("list")(list_alerts)
    group.command("show")(show_alert)
    app.add_typer(group, name="alerts")


def list_alerts(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    json: Json = False,
) -> None:
    """List alerts, the newest first."""
    from monitor.store import alerts

    found = database.read(ctx, partial(alerts.list_recent, limit=limit))
    if json:
        output.print_json([as_json(a) for a in found])
        return
    when = show.clock(ctx)
    output.table(
        ["id", "raised", "rules", "title", "source", "also"],
        (
            (a.id, when(a.created_at), ", ".join(h.rule for h in a.hits), a.title, a.source,
             len(a.outlets) or "")
            for a in found
        ),
        empty="No alerts yet.",
    )  # fmt: skip


def show_alert(
    ctx: typer.Context,
    id: Annotated[int, typer.Argument(help="The alert's id, as `alerts list` shows it.")],
    json: Json = False,
) -> None:
    """Show one alert: why it was raised, who reports it, and which article joined when."""
    from monitor.model import AlertId
    from monitor.store import alerts, outbox, stories

    def load(conn: Any) -> Any:
        view = alerts.view(conn, AlertId(id))
        if view is None:
            return None
        return view, stories.timeline(conn, view.story), outbox.of_alert(conn, view.id)

    found = database.read(ctx, load)
    if found is None:
        output.error(f"no alert {id}")
        raise typer.Exit(ExitCode.INPUT)
    view, timeline, sent = found
    if json:
        output.print_json({
            **as_json(view),
            "why": [{"rule": h.rule, "title": h.title, "severity": h.severity, "why": list(h.why),
                     "excerpt": h.excerpt} for h in view.hits],
            "timeline": timeline,
            "deliveries": [{"id": d.id, "channel": d.channel, "state": d.state} for d in sent],
        })  # fmt: skip
        return
    _print(view, timeline, sent, show.clock(ctx))


def _print(view: AlertView, timeline: Any, sent: Any, when: When) -> None:
    out = output.stdout()
    out.print(show.safe(view.title), style="bold")
    where = [view.source, when(view.published), view.url or ""]
    out.print(show.safe("  ".join(w for w in where if w)))
    out.print(f"alert {view.id} of story {view.story}: {view.reason.value}, ", end="")
    out.print(f"raised {when(view.created_at)}")
    for hit in view.hits:
        out.print(f"\n{hit.title} ({hit.rule}, {hit.severity.value})")
        out.print(show.marked(hit.excerpt))
        for line in hit.why:
            out.print(show.safe(f"  {line}"))
    out.print("\nThe story so far")
    for joined in timeline:
        line = f"  {when(joined.at)}  {joined.source}: {joined.title} ({joined.reason})"
        out.print(show.safe(line))
    out.print("\nDeliveries")
    for d in sent:
        out.print(show.safe(f"  {d.channel}: {d.state.value} {d.reason}"))


def as_json(view: AlertView) -> dict[str, Any]:
    """The contract of ``--json``."""
    return {
        "id": view.id,
        "rules": [h.rule for h in view.hits],
        "story": view.story,
        "reason": view.reason,
        "title": view.title,
        "url": view.url,
        "source": view.source,
        "published": view.published,
        "created_at": view.created_at,
        "outlets": [o.name for o in view.outlets],
        "severity": view.severity,
    }
