"""The front of the command line: help without imports, exit codes, the configuration's place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli import context, main
from monitor.cli.context import ExitCode
from monitor.errors import (
    ConfigError,
    DatabaseBusy,
    DeliveryRejected,
    FeedGone,
    MonitorError,
    Problem,
    RuleError,
    ServiceError,
)

HEAVY = (
    "pydantic", "sqlalchemy", "apprise", "httpx", "apscheduler", "structlog", "feedparser",
    "monitor.config", "monitor.daemon", "rich.table",
)  # fmt: skip


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom monitor.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit as e: assert e.code == 0\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == "[]\n"
    for command, (_, line) in main.COMMANDS.items():
        assert f"  {command} " in done.stdout
        assert line in done.stdout


def leaves(command: Any) -> Iterator[Any]:
    """The command, or those of its group and of the groups in it."""
    below = getattr(command, "commands", {})
    for inner in below.values():
        yield from leaves(inner)
    if not below:
        yield command


@pytest.mark.parametrize("command", sorted(main.COMMANDS))
def test_every_command_can_be_loaded_and_takes_the_config_option(command: str) -> None:
    done = CliRunner().invoke(main.app, [command, "--help"])
    assert done.exit_code == 0, done.output
    loaded = main.load_command(command)
    for leaf in leaves(loaded):
        options = [option for param in leaf.params for option in param.opts]
        assert options.count("--config") == 1


def test_an_unknown_command_is_a_usage_error_with_the_nearest_name() -> None:
    done = CliRunner().invoke(main.app, ["chek"])
    assert done.exit_code == ExitCode.USAGE
    assert "'check'" in done.output


def test_the_version_is_shown() -> None:
    done = CliRunner().invoke(main.app, ["--version"])
    assert (done.exit_code, done.output.split()[0]) == (0, "monitor")


def test_without_a_command_the_help_is_shown_as_a_usage_error() -> None:
    done = CliRunner().invoke(main.app, [])
    assert done.exit_code == ExitCode.USAGE
    assert "Commands:" in done.output


def app_with(body: Any) -> typer.Typer:
    """The front with one command of the test's own in it."""
    app = typer.Typer(cls=main.LazyGroup, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback()(lambda: None)
    app.command("try-it")(body)
    return app


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError([Problem("c.toml", 3, 1, "is wrong", "mend it")]), 1),
        (RuleError(Problem("r.yaml", 3, 1, "is wrong", "mend it")), 1),
        (DatabaseBusy("is wrong"), 3),
        (FeedGone("https://x.org/", "is wrong"), 3),
        (DeliveryRejected("desk", "is wrong"), 3),
        (ServiceError("is wrong"), 3),
    ],
)
def test_an_error_of_ours_is_a_message_and_an_exit_code(error: MonitorError, code: int) -> None:
    def body() -> None:
        raise error

    done = CliRunner().invoke(app_with(body), ["try-it"])
    assert done.exit_code == code
    assert done.stdout == ""
    assert "is wrong" in done.stderr
    assert ("mend it" in done.stderr) is (code == 1)
    assert "Traceback" not in done.stderr


def test_a_fault_of_the_program_is_3_with_a_traceback() -> None:
    code = (
        "from monitor.cli import main\n"
        "main.COMMANDS['run'] = ('no_such_module', '')\n"
        "main.main(['run'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == ExitCode.RUNTIME
    assert "no_such_module" in done.stderr


def test_one_broken_module_does_not_touch_the_others() -> None:
    code = (
        "from monitor.cli import main\n"
        "main.COMMANDS['run'] = ('no_such_module', 'broken')\n"
        "main.main(['health', '--help'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert "HOST:PORT" in done.stdout


@pytest.mark.parametrize(
    ("args", "variable", "expected"),
    [
        ([], None, "config.toml"),
        ([], "env.toml", "env.toml"),
        (["-c", "a.toml"], "env.toml", "a.toml"),
        (["-c", "a.toml"], None, "a.toml"),
        (["--config", "a.toml"], None, "a.toml"),
    ],
)
def test_the_config_file_is_that_of_the_option_else_of_the_variable(
    args: list[str],
    variable: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for line in ([*args, "check"], ["check", *args]):
        done = CliRunner().invoke(main.app, line, env={"MONITOR_CONFIG": variable})
        assert done.exit_code == ExitCode.INPUT
        assert f"{expected}: there is no such file" in done.output


def test_the_option_after_the_command_wins(tmp_path: Path) -> None:
    one, two = str(tmp_path / "a.toml"), str(tmp_path / "b.toml")
    done = CliRunner().invoke(main.app, ["-c", one, "check", "-c", two])
    assert "b.toml: there is no such file" in done.output


def test_settings_are_read_once_and_warn_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[[feeds]]\nurl="https://u:p@example.org/"\n')
    seen: list[bool] = []

    def body(ctx: typer.Context) -> None:
        context.choose_config(ctx, tmp_path / "c.toml")
        seen.append(context.settings(ctx) is context.settings(ctx))

    done = CliRunner().invoke(app_with(body), ["try-it"])
    assert seen == [True]
    assert done.stderr.count("warning:") == 1
    assert done.stdout == ""


def test_a_closed_pipe_is_no_traceback() -> None:
    done = subprocess.run(
        f"{sys.executable} -m monitor --help | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(main.__file__).parents[2],
    )
    assert "Traceback" not in done.stderr
