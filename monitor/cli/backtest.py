"""``monitor backtest``: what rules would have done with the articles of the past."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from monitor.cli import context, database, output
from monitor.cli.context import ExitCode
from monitor.cli.rules import RulesOption, load_rules, unknown_rule
from monitor.model import RuleId, utcnow

if TYPE_CHECKING:
    from monitor.cli.replay import Archive, Lines, Part
    from monitor.cli.tally import Tally
    from monitor.rulefiles import Loaded
    from monitor.rules.rule import Rule
    from monitor.rules.ruleset import RuleSet


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("backtest", help=backtest.__doc__)(backtest)


def backtest(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[RULE]...")] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            help="How far back: 30d, 12h, or a date. [default: 30d; all of --articles]",
            metavar="TIME",
        ),
    ] = None,
    rules: RulesOption = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Other rules: what would they match and what not?", metavar="DIR"),
    ] = None,
    articles: Annotated[
        Path | None,
        typer.Option(help="Articles as JSON Lines, in place of the database.", metavar="FILE"),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Replay stored articles through rules: hits a day, sources, names that fired, alerts a day.

    Nothing is stored and nobody is told. Without names all rules in force are replayed; one that is
    named is, whether in force or not.

    Examples:

      monitor backtest                          every rule, over the last 30 days

      monitor backtest niger-power --since 7d   one rule in detail

      monitor backtest --against new-rules      what other rules gain and lose

      monitor backtest --articles past.jsonl    without a database
    """
    from monitor.cli import backtestview, comparing
    from monitor.cli.grouping import grouped
    from monitor.cli.tally import outcomes

    now = utcnow()
    start = _start(since, now)
    base = load_rules(ctx, rules)
    other = _other(against)
    output.problems([*base.errors, *(other.errors if other else [])])
    chosen = _chosen([base, *([other] if other else [])], names or (), now.date())
    past = _past(ctx, articles, start, now)
    zone = _timezone(ctx)
    rulesets = tuple(_compiled(rules, loaded) for loaded, rules in chosen)
    tally = _replayed(past, rulesets, zone, now.date())
    output.say_all(tally.bad)
    with output.busy("grouping into stories"):
        told = [
            outcomes(tally, rules, loaded.entities, grouped, ruleset=number)
            for number, (loaded, rules) in enumerate(chosen)
        ]
    if other is not None:
        changes = comparing.changes(tally, told)
        comparing.show(changes, told, tally.ground(), json=json)
        warned = False
    else:
        backtestview.show(*told[0], tally.ground(), json=json, detailed=bool(names))
        warned = strict and any(o.warnings for o in told[0][0])
    faulty = bool(base.errors or tally.bad or warned or (other and other.errors))
    raise typer.Exit(ExitCode.INPUT if faulty else ExitCode.FINE)


# --- what is asked ----------------------------------------------------------------------------


def _start(since: str | None, now: datetime) -> datetime | None:
    """The moment that ``--since`` means; None without it."""
    from monitor.config.values import parse_positive_duration

    if since is None:
        return None
    try:
        day = date.fromisoformat(since)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        pass
    try:
        return now - parse_positive_duration(since)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{since!r} is no time: write 30d, 12h or a date like 2026-03-01",
            param_hint="--since",
        ) from error


def _other(against: Path | None) -> Loaded | None:
    from monitor import rulefiles

    if against is None:
        return None
    if not against.exists():  # every rule would be told as removed
        output.error(f"{against}: no such file or directory")
        raise typer.Exit(ExitCode.INPUT)
    return rulefiles.load(against)


def _chosen(
    sets: Sequence[Loaded], names: Collection[str], today: date
) -> list[tuple[Loaded, list[Rule]]]:
    """The rules to replay of each set: the named ones, else those in force."""
    for name in names:
        if all(RuleId(name) not in loaded.ruleset.rules for loaded in sets):
            output.error(unknown_rule(name, sets[0]))
            raise typer.Exit(ExitCode.INPUT)
    if names:
        return [
            (loaded, [loaded.ruleset.rules[RuleId(n)] for n in names if n in loaded.ruleset.rules])
            for loaded in sets
        ]
    return [
        (loaded, [r for r in loaded.rules if r.enabled and not (r.expires and r.expires < today)])
        for loaded in sets
    ]


def _compiled(rules: Sequence[Rule], loaded: Loaded) -> RuleSet:
    from monitor.rules.ruleset import RuleSet

    forced = [replace(rule, enabled=True, expires=None) for rule in rules]
    return RuleSet.compile(forced, list(loaded.entities.values()))


def _timezone(ctx: typer.Context) -> tzinfo:
    """The desk's, for days; UTC without a configuration."""
    if context.config_path(ctx).exists():
        return ZoneInfo(context.settings(ctx).timezone)
    return UTC


# --- the past ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Past:
    source: Archive | Lines
    articles: int


def _past(ctx: typer.Context, file: Path | None, start: datetime | None, now: datetime) -> _Past:
    """The articles to replay; ends the command when there are none."""
    from monitor.cli.replay import Archive, Lines
    from monitor.store import archive

    if file is not None:
        try:
            lines = Lines(file, start)
            return _Past(lines, lines.count())
        except OSError as error:
            output.error(f"{file}: {(error.strerror or str(error)).lower()}")
            raise typer.Exit(ExitCode.INPUT) from error
    since = start or now - timedelta(days=30)
    database.require(ctx)
    found = database.read(ctx, lambda conn: archive.extent(conn, since=since))
    if found is None:
        output.error(f"no article was stored since {since:%Y-%m-%d %H:%M} UTC: nothing to replay")
        raise typer.Exit(ExitCode.INPUT)
    url = context.settings(ctx).database.get_secret_value()
    return _Past(Archive(url, found.first, found.last, since), found.count)


def _replayed(past: _Past, rulesets: tuple[RuleSet, ...], zone: tzinfo, today: date) -> Tally:
    from monitor.cli.replay import Replay, run
    from monitor.cli.tally import Tally

    tally = Tally()
    gc.freeze()  # the rules stay: forked workers need not copy them
    with closing(past.source), _progress(past.articles) as done:
        for part in run(Replay(past.source, rulesets, zone, today), done=done):
            tally.add(part)
    return tally


@contextmanager
def _progress(articles: int) -> Iterator[Callable[[Part], None]]:
    """A bar on a terminal, drawn from here alone: a thread that draws must not be forked."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = output.stderr()
    if not console.is_terminal:
        yield lambda part: None
        return
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task("articles", total=articles)

        def done(part: Part) -> None:
            bar.update(task, advance=part.articles)
            bar.refresh()

        yield done
