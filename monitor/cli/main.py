"""The command ``monitor``: finds the command's module, runs it, turns errors into exit codes.

Modules of commands are imported only when their command is called, so that ``--help`` and
``match`` start fast and a broken import of one does not touch the others. Each has a function
``register(app)`` that adds its commands to a Typer app; the table below says which has which.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from monitor.cli import context
from monitor.cli.context import ExitCode
from monitor.errors import ConfigError, MonitorError, RuleError

COMMANDS: Final = {
    "run": ("run", "Run the daemon: poll, match, alert."),
    "demo": ("demo", "See it work: sample feeds, alerts on the terminal, no network."),
    "check": ("check", "Check the config, rules, entities and channels."),
    "test": ("rules", "Run the tests that stand in the rule files."),
    "match": ("rules", "Match articles against rules: JSON Lines in, JSON Lines out."),
    "explain": ("rules", "Say clause by clause why a rule matches a text, or not."),
    "backtest": ("backtest", "Replay stored articles through rules: how many alerts a day?"),
    "rules": ("rulebook", "List and show rules; write a new one."),
    "entities": ("entities", "List, find and show what rules can name."),
    "feeds": ("feeds", "List feeds and how they fare; poll them now."),
    "status": ("status", "Show what the daemon does and what is wrong."),
    "alerts": ("alerts", "List, show and silence alerts; correct stories and rules."),
    "deliveries": ("deliveries", "List, retry and discard deliveries."),
    "channels": ("channels", "List channels and send a test message."),
    "health": ("health", "Ask the running daemon whether it is well (for containers)."),
}
"""Command: its module in ``monitor.cli``, and its line in the help."""


class LazyGroup(TyperGroup):
    """Knows all commands by name and imports a command's module when it is called."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, (_, line) in COMMANDS.items():
            self.commands[name] = TyperCommand(name, help=line)
        self._loaded: set[str] = set()

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command in place of its line in the help."""
        if args and args[0] in COMMANDS and args[0] not in self._loaded:
            self.commands[args[0]] = load_command(args[0])
            self._loaded.add(args[0])
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run, and turn what was raised on purpose into a message and an exit code."""
        try:
            return super().main(args, *rest, **extra)
        except MonitorError as error:
            sys.exit(report(error))


def load_command(name: str) -> Any:
    """Import the module of a command and build the command, with ``-c`` on it."""
    module = importlib.import_module(f"monitor.cli.{COMMANDS[name][0]}")
    part = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    module.register(part)
    command = typer.main.get_group(part).commands[name]
    _accept_config(command)
    return command


def _accept_config(command: Any) -> None:
    """``monitor run -c FILE`` is the same as ``monitor -c FILE run``."""
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            _accept_config(below)
        return
    if not any("--config" in param.opts for param in command.params):
        command.params.append(_config_option())


def _config_option() -> Any:
    """The option as Typer builds it, from a command that has nothing else."""
    donor = typer.Typer()

    @donor.command("donor")
    def _(
        config: Annotated[
            Path | None,
            typer.Option(
                "-c",
                "--config",
                help="The configuration file.",
                metavar="FILE",
                expose_value=False,
                callback=context.choose_config,
            ),
        ] = None,
    ) -> None: ...

    return typer.main.get_group(donor).commands["donor"].params[0]


def report(error: MonitorError) -> ExitCode:
    """Tell what went wrong, on standard error; the exit code says whose fault it is."""
    from monitor.cli import output

    if isinstance(error, ConfigError):
        output.problems(error.problems)
        return ExitCode.INPUT
    if isinstance(error, RuleError):
        output.problems([error.problem])
        return ExitCode.INPUT
    output.error(str(error))
    return ExitCode.RUNTIME


app = typer.Typer(
    cls=LazyGroup,
    name="monitor",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"monitor {version('media-monitor')}")
        raise typer.Exit


@app.callback()
def _monitor(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "-c",
            "--config",
            help="The configuration file.",
            metavar="FILE",
            envvar="MONITOR_CONFIG",
            show_default="config.toml",
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """A media monitor: polls news feeds, matches them against your rules, alerts once per story."""
    context.choose_config(ctx, config)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """The entry point of the command ``monitor``. Always exits."""
    try:
        app(args=args, prog_name="monitor")
    except Exception:  # noqa: BLE001 - the last resort: a fault of ours has its own exit code
        traceback.print_exc()
        sys.exit(ExitCode.RUNTIME)
    sys.exit(ExitCode.FINE)
