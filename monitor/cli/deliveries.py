"""``monitor deliveries``: the outbox, and what an operator may do with what is stuck in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import context, database, output, show
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.model import Delivery
    from monitor.store import Connection

Json = Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List, retry and discard deliveries.", no_args_is_help=True)
    group.command("list")(list_deliveries)
    group.command("retry")(retry)
    group.command("discard")(discard)
    app.add_typer(group, name="deliveries")


def list_deliveries(
    ctx: typer.Context,
    state: Annotated[
        str | None,
        typer.Option(help="Only these: pending, sending, sent, held, dead or discarded."),
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel's.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 100,
    json: Json = False,
) -> None:
    """List deliveries, the newest first: what went where, what waits, and why.

    Example: monitor deliveries list --state dead
    """
    from monitor.model import ChannelName, DeliveryState
    from monitor.store import outbox

    states = [s.value for s in DeliveryState]
    if state is not None and state not in states:
        raise typer.BadParameter(f"{state!r} is not one of {', '.join(states)}")
    found = database.read(
        ctx,
        partial(
            outbox.list_recent,
            state=DeliveryState(state) if state else None,
            channel=ChannelName(channel) if channel else None,
            limit=limit,
        ),
    )
    if json:
        output.print_json([as_json(d) for d in found])
        return
    when = show.clock(ctx)
    output.table(
        ["id", "channel", "state", "tries", "next try", "what", "why"],
        (
            (d.id, d.channel, d.state.value, d.attempts, when(d.next_attempt_at),
             d.subject or d.kind.value, d.reason)
            for d in found
        ),
        empty="No deliveries.",
    )  # fmt: skip


def retry(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(help="Ids, as `deliveries list` shows them.")],
) -> None:
    """Send dead or waiting deliveries now; the running daemon picks them up at once.

    One whose channel is not configured waits until it is.
    """
    from monitor.model import DeliveryId, utcnow
    from monitor.store import outbox

    configured = {c.name for c in context.settings(ctx).channel_list()}

    def act(i: str, conn: Connection) -> str:
        if not outbox.retry(conn, DeliveryId(i), utcnow()):
            return ""
        found = outbox.get(conn, DeliveryId(i))
        if found is None or found.channel in configured:
            return "will be retried"
        return f"waits until the channel {found.channel} is configured again"

    _each(ctx, ids, act)


def discard(
    ctx: typer.Context,
    ids: Annotated[list[str], typer.Argument(help="Ids, as `deliveries list` shows them.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "discarded by hand",
) -> None:
    """Give up deliveries that are not sent; they stay on record."""
    from monitor.model import DeliveryId
    from monitor.store import outbox

    def act(i: str, conn: Connection) -> str:
        return "discarded" if outbox.discard(conn, DeliveryId(i), reason) else ""

    _each(ctx, ids, act)


def _each(ctx: typer.Context, ids: list[str], act: Callable[[str, Connection], str]) -> None:
    """Do it for every id and say what ``act`` did; where that is nothing, the id is at fault."""
    with database.opened(ctx) as opened:
        refused = 0
        for i in ids:
            done = opened.transact_now(partial(act, i))
            if done:
                output.say(f"{i}: {done}")
            else:
                refused += 1
                output.error(f"{i}: no such delivery, or its state does not allow it")
    if refused:
        raise typer.Exit(ExitCode.INPUT)


def as_json(delivery: Delivery) -> dict[str, Any]:
    """The contract of ``--json``."""
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "state": delivery.state,
        "reason": delivery.reason,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at,
        "alerts": list(delivery.alerts),
        "kind": delivery.kind,
        "subject": delivery.subject,
        "message": delivery.message,
        "created_at": delivery.created_at,
        "sent_at": delivery.sent_at,
    }
