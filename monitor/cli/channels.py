"""``monitor channels``: where alerts go, and a test message that tells the truth."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from monitor.cli import context, database, output, show
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.errors import DeliveryError
    from monitor.model import Channel

Json = Annotated[bool, typer.Option("--json", help="One JSON array on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List channels and send a test message.", no_args_is_help=True)
    group.command("list")(list_channels)
    group.command("test")(send_test)
    app.add_typer(group, name="channels")


def list_channels(ctx: typer.Context, json: Json = False) -> None:
    """List the channels: kind, what waits in each, and when it may be told."""
    from monitor.store import outbox

    settings = context.settings(ctx)
    counts = database.read(ctx, outbox.counts)
    rows: list[dict[str, Any]] = [
        {
            "name": c.name,
            "kind": _kind(c),
            "default": c.name in settings.default_channels,
            "operator": c.name in settings.operator_channels,
            "deliveries": {s.value: n for s, n in counts.get(c.name, {}).items()},
            "timing": _timing(c),
            "fallback": c.fallback,
        }
        for c in settings.channel_list()
    ]
    if json:
        output.print_json(rows)
        return
    output.table(
        ["name", "kind", "used for", "timing", "fallback", "deliveries"],
        (
            (r["name"], r["kind"], _use(r), r["timing"], r["fallback"],
             ", ".join(f"{n} {s}" for s, n in r["deliveries"].items()))
            for r in rows
        ),
    )  # fmt: skip


def send_test(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Channels; all if none.")] = None,
    json: Json = False,
) -> None:
    """Send a test message now and say what the service answered.

    "accepted" means that the service took the message; nothing less is called a success.
    """
    settings = context.settings(ctx)
    channels = {str(c.name): c for c in settings.channel_list()}
    for name in names or ():
        if name not in channels:
            output.error(f"no channel is called {name!r}{show.nearest(name, channels)}")
            raise typer.Exit(ExitCode.INPUT)
    # With --json, standard output is for the array alone.
    console = sys.stderr if json else sys.stdout
    chosen = [channels[n] for n in names or channels]
    results = asyncio.run(_send_all(chosen, settings, console))
    if json:
        output.print_json([_result(c, e) for c, e in results])
    else:
        for channel, error in results:
            if error is None:
                output.say(f"{channel.name}: accepted")
            else:
                output.error(f"{channel.name}: {_meaning(error)}: {error.reason}")
    raise typer.Exit(_exit_code([e for _, e in results if e is not None]))


async def _send_all(
    channels: list[Channel], settings: Any, console: TextIO
) -> list[tuple[Channel, DeliveryError | None]]:
    return list(
        zip(
            channels,
            await asyncio.gather(*(_send(c, settings, console) for c in channels)),
            strict=True,
        )
    )


async def _send(channel: Channel, settings: Any, console: TextIO) -> DeliveryError | None:
    """One test message, around the outbox: the answer is wanted now."""
    import secrets
    from zoneinfo import ZoneInfo

    from monitor.alerts.render import render
    from monitor.channels.build import notifier
    from monitor.errors import DeliveryError
    from monitor.loading import templates
    from monitor.model import MessageKind

    sender = notifier(channel, stream=console)
    found, _ = templates(settings)
    rendered = render(
        sender.format, MessageKind.TEST, views=(), notice=None,
        timezone=ZoneInfo(settings.timezone), templates=found,
    )  # fmt: skip
    try:
        await sender.send(rendered, key=secrets.token_hex(8))
    except DeliveryError as error:
        return error
    finally:
        await sender.close()
    return None


def _meaning(error: DeliveryError) -> str:
    from monitor.errors import ChannelBroken, DeliveryDeferred, DeliveryUnknown

    if isinstance(error, ChannelBroken):
        return "the channel is set up wrongly"
    if isinstance(error, DeliveryDeferred):
        return "not accepted for now"
    if isinstance(error, DeliveryUnknown):
        return "no answer, it may have arrived"
    return "refused"


def _exit_code(errors: list[DeliveryError]) -> ExitCode:
    from monitor.errors import ChannelBroken, DeliveryRejected

    if not errors:
        return ExitCode.FINE
    at_fault = any(isinstance(e, ChannelBroken | DeliveryRejected) for e in errors)
    return ExitCode.INPUT if at_fault else ExitCode.RUNTIME


def _result(channel: Channel, error: DeliveryError | None) -> dict[str, Any]:
    if error is None:
        return {"channel": channel.name, "accepted": True, "reason": ""}
    return {
        "channel": channel.name,
        "accepted": False,
        "reason": error.reason,
        "meaning": _meaning(error),
    }


def _kind(channel: Channel) -> str:
    return type(channel.target).__name__.removesuffix("Target").lower()


def _timing(channel: Channel) -> str:
    if channel.digest:
        return f"digest at {channel.digest:%H:%M}"
    wait = channel.group_wait.total_seconds()
    times = [f"grouped over {wait:g} s" if wait else "at once"]
    if channel.quiet_hours:
        start, end = channel.quiet_hours
        times.append(f"quiet {start:%H:%M}-{end:%H:%M}")
    return ", ".join(times)


def _use(row: dict[str, Any]) -> str:
    uses = [u for u in ("default", "operator") if row[u]]
    return ", ".join(uses) or "rules that name it"
