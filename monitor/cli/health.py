"""``monitor health``: asks the daemon's own pages, for a container's HEALTHCHECK.

It reads nothing but the address, so that it starts fast and a config that someone is just editing
does not make a running daemon look ill.
"""

from __future__ import annotations

import http.client
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from monitor.cli import context, output

DEFAULT_LISTEN: Final = "127.0.0.1:8080"
_EVERYWHERE: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read, not bound


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command("health")(health)


def health(
    ctx: typer.Context,
    ready: Annotated[
        bool, typer.Option("--ready", help="Ask whether it can do its work, not only if it lives.")
    ] = False,
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Where to ask, instead of the configured address."),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait.", min=0.1)] = 5.0,
) -> None:
    """Ask the running daemon whether it is well: exit 0, or 1 with the reasons."""
    listen = address or listen_address(context.config_path(ctx), os.environ)
    if not listen:
        output.say('the service is off: [service] listen = ""')
        raise typer.Exit(context.ExitCode.INPUT)
    well, said = ask(listen, "/readyz" if ready else "/healthz", timeout)
    (typer.echo if well else output.say)(said)
    raise typer.Exit(context.ExitCode.FINE if well else context.ExitCode.INPUT)


def listen_address(path: Path, environ: Mapping[str, str]) -> str:
    """The address as configured: environment, file, default. Faults in the file are not told."""
    if (given := environ.get("MONITOR_SERVICE__LISTEN")) is not None:
        return given.strip()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return DEFAULT_LISTEN
    section = data.get("service")
    listen = section.get("listen") if isinstance(section, dict) else None
    return listen.strip() if isinstance(listen, str) else DEFAULT_LISTEN


def ask(listen: str, page: str, timeout: float) -> tuple[bool, str]:
    """Is all well, and in words. ``listen`` as the daemon listens, every interface included."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not port.isdecimal():
        return False, f"no address to ask: {listen}"
    connection = http.client.HTTPConnection(_EVERYWHERE.get(host, host), int(port), timeout=timeout)
    try:
        connection.request("GET", page)
        answer = connection.getresponse()
        body = answer.read(65536)
    except (OSError, http.client.HTTPException) as error:
        return False, f"no answer from {listen}: {error or type(error).__name__}"
    finally:
        connection.close()
    if answer.status == 200:
        return True, "ok"
    try:
        reasons = json.loads(body)["reasons"]
        return False, "\n".join(map(str, reasons))
    except (ValueError, KeyError, TypeError):
        return False, f"{listen}{page} answered {answer.status}"
