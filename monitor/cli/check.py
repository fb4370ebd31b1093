"""``monitor check``: all that the user wrote, read as the daemon would read it, judged at once.

Nothing is started and nothing is sent; the network is not touched.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli import context, output
from monitor.cli.context import ExitCode
from monitor.errors import ConfigError, Problem, ProblemLevel


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", help=check.__doc__)(check)


def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON array on standard output.")
    ] = False,
) -> None:
    """Check the config, rules, entities and channels.

    All faults at once, each with its place; exit 1 when there is an error.
    """
    path = context.config_path(ctx)
    problems, checked = examine(path)
    if json:
        output.print_json([as_json(p) for p in problems])
    else:
        output.problems(problems, err=False)
        output.say(summary(path, problems, checked))
    failing = [p for p in problems if strict or p.level is ProblemLevel.ERROR]
    raise typer.Exit(ExitCode.INPUT if failing else ExitCode.FINE)


def examine(path: Path) -> tuple[list[Problem], str]:
    """Every problem of the configuration at ``path`` and of what it names, and what was read."""
    from monitor import config

    try:
        settings = config.load(path, environ=os.environ)
    except ConfigError as error:
        return [*error.problems, *_rules_alone(path)], ""
    from monitor import loading
    from monitor.channels.build import fault

    loaded = loading.load(settings, ())
    reasons = [(channel.name, fault(channel)) for channel in settings.channel_list()]
    problems = [
        *settings.warnings,
        *(settings.problem_at(("channels", name), why) for name, why in reasons if why),
        *loaded.rule_problems,
    ]
    desk = loaded.desk
    counts = ((desk.feeds, "feed"), (desk.channels, "channel"), (desk.ruleset.rules, "rule"))
    return problems, ", ".join(_number(len(things), noun) for things, noun in counts)


def _rules_alone(path: Path) -> list[Problem]:
    """The problems of the rules, though the configuration cannot be used (but perhaps be read)."""
    from monitor import rulefiles

    try:
        named = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("rules", "rules")
    except (OSError, ValueError):
        named = "rules"
    folder = path.parent / (named if isinstance(named, str) else "rules")
    if not folder.exists():
        return []
    return list(rulefiles.load(folder, channels=None).problems)


def as_json(problem: Problem) -> dict[str, Any]:
    """As ``--json`` prints it: places from 1 on, null where there is none."""
    return {
        "file": problem.file,
        "line": problem.line or None,
        "column": problem.column or None,
        "level": problem.level,
        "message": problem.message,
        "hint": problem.hint,
        "rule": problem.rule,
    }


def summary(path: Path, problems: list[Problem], checked: str) -> str:
    """The last line: what was found, in what."""
    errors = sum(p.level is ProblemLevel.ERROR for p in problems)
    warnings = len(problems) - errors
    found = [_number(n, noun) for n, noun in ((errors, "error"), (warnings, "warning")) if n]
    verdict = ", ".join(found) or "no problems"
    return f"{path}: {verdict}" + (f" ({checked})" if checked else "")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
