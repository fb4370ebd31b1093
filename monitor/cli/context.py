"""What the commands share: which configuration is meant, and what an exit code says.

Commands take a ``typer.Context`` and ask here; nothing is kept in module globals. Heavy imports
wait until a command needs them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from monitor.config import Settings

DEFAULT_CONFIG: Final = Path("config.toml")
_CONFIG: Final = "monitor.config"
_SETTINGS: Final = "monitor.settings"


class ExitCode(IntEnum):
    """What a script may rely on. Warnings never change it."""

    FINE = 0
    INPUT = 1
    """The user's input is at fault, or a check failed."""
    USAGE = 2
    RUNTIME = 3
    """Network, database, or a fault of our own."""


def choose_config(ctx: typer.Context, file: Path | None) -> None:
    """Remember the file of ``-c``; one given after the command wins over one before it."""
    if file is not None:
        ctx.meta[_CONFIG] = file


def config_path(ctx: typer.Context) -> Path:
    """The file of ``-c``, else of MONITOR_CONFIG, else config.toml here."""
    chosen: Path | None = ctx.meta.get(_CONFIG)
    return chosen or Path(os.environ.get("MONITOR_CONFIG") or DEFAULT_CONFIG)


def settings(ctx: typer.Context, *, warn: bool = True) -> Settings:
    """The configuration, read once a command; its warnings go to standard error.

    Raises ConfigError with every fault.
    """
    from monitor.cli import output
    from monitor.config import load

    loaded: Settings | None = ctx.meta.get(_SETTINGS)
    if loaded is None:
        loaded = load(config_path(ctx), environ=os.environ)
        ctx.meta[_SETTINGS] = loaded
        if warn:
            output.problems(loaded.warnings)
    return loaded


def settings_loader(ctx: typer.Context) -> Callable[[], Settings]:
    """Reads the same file anew, for reloading."""
    from monitor.config import load

    path = config_path(ctx)
    return lambda: load(path, environ=os.environ)
