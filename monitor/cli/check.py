"""``monitor check``: all that the user wrote, read as the daemon would read it, judged at once.

Nothing is started and nothing is sent. Of the network only a database server is asked, for the hint
on the stored past.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import context, output
from monitor.cli.context import ExitCode
from monitor.errors import ConfigError, Problem, ProblemLevel

if TYPE_CHECKING:
    from monitor.cli.hindsight import Hindsight
    from monitor.loading import Loaded

_NAMED = 8
"""Rules that a note on many names."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", help=check.__doc__)(check)


def check(
    ctx: typer.Context,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    archive: Annotated[
        bool, typer.Option(help="Also try the rules on the newest stored articles.")
    ] = True,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON array on standard output.")
    ] = False,
) -> None:
    """Check the config, rules, entities and channels.

    All faults at once, each with its place; exit 1 when there is an error. Where the database holds
    enough articles, a note names the rules that would have matched far too much of the newest, or
    nothing: a hint, that fails nothing.

    Examples:

      monitor check

      monitor check --strict --no-archive  for a script: what is written, and nothing else
    """
    path = context.config_path(ctx)
    problems, checked, loaded = examine(path)
    past = _look_back(loaded) if archive and loaded is not None else None
    if json:
        noted = notes_as_json(past) if past is not None else []
        output.print_json([*(as_json(p) for p in problems), *noted])
    else:
        output.problems(problems, err=False)
        output.say(summary(path, problems, checked))
        if past is not None:
            output.say_all(list(notes(past)))
    failing = [p for p in problems if strict or p.level is ProblemLevel.ERROR]
    raise typer.Exit(ExitCode.INPUT if failing else ExitCode.FINE)


def examine(path: Path) -> tuple[list[Problem], str, Loaded | None]:
    """Every problem of the configuration at ``path`` and of what it names, what was read in words,
    and as it is; None when the configuration cannot be used."""
    from monitor import config

    try:
        settings = config.load(path, environ=os.environ)
    except ConfigError as error:
        return [*error.problems, *_rules_alone(path)], "", None
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
    return problems, ", ".join(_number(len(things), noun) for things, noun in counts), loaded


def _look_back(loaded: Loaded) -> Hindsight | None:
    """The hint on the stored past; None where there is no database yet."""
    from monitor.cli import database
    from monitor.cli.hindsight import look_back

    if not database.is_there(loaded.settings):
        return None
    return look_back(loaded.settings.database.get_secret_value(), loaded.desk.ruleset)


def notes(past: Hindsight) -> Iterator[str]:
    """What the past says, for people."""
    if past.trouble:
        yield f"note: the stored articles were not looked at: {past.trouble}"
    newest = f"the newest {past.articles:,} stored articles"
    for rule, share in past.broad:
        yield (
            f"{rule.file}:{rule.line}: note: {rule.id} would have matched {share:.0%} of {newest}: "
            "too broad"
        )
    if past.nothing:
        named = ", ".join(rule.id for rule in past.nothing[:_NAMED])
        more = len(past.nothing) - _NAMED
        named += f" and {more:,} more" if more > 0 else ""
        yield f"note: of {newest}, nothing would have matched {named}"
        yield "    `monitor backtest RULE` says which of its names and words ever occur"


def notes_as_json(past: Hindsight) -> list[dict[str, Any]]:
    """The same as elements of ``--json``, of the level "note"."""
    newest = f"the newest {past.articles:,} stored articles"
    told = [
        (r, f"would have matched {share:.0%} of {newest}: too broad") for r, share in past.broad
    ]
    told += [(r, f"would have matched nothing of {newest}") for r in past.nothing]
    return [
        {
            "file": rule.file, "line": rule.line, "column": None, "level": "note",
            "message": message, "hint": "", "rule": rule.id,
        }
        for rule, message in told
    ]  # fmt: skip


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
