"""``monitor rules``: the rules there are, one of them in full, and a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import context, database, newrule, output, show
from monitor.cli.context import ExitCode
from monitor.cli.rules import RulesOption, load_rules, select
from monitor.model import RuleId, utcnow

if TYPE_CHECKING:
    from monitor.rules.rule import Rule
    from monitor.store.archive import History

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
RECENT = timedelta(days=7)
_WIDE = 120
"""Columns from which on the list has all there is."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List and show rules; write a new one.", no_args_is_help=True)
    group.command("list")(list_rules)
    group.command("show")(show_rule)
    group.command("new", help=newrule.new.__doc__)(newrule.new)
    app.add_typer(group, name="rules")


def list_rules(
    ctx: typer.Context,
    rules: RulesOption = None,
    json: Json = False,
) -> None:
    """List the rules, and how often they have matched where there is a database.

    Exit code 1 when a rule cannot be read.

    Examples:

      monitor rules list

      monitor rules list --rules drafts --json
    """
    loaded = load_rules(ctx, rules)
    output.problems(loaded.errors)
    histories = history(ctx)
    today = utcnow().date()
    if json:
        output.print_json([listed(r, histories, today) for r in loaded.rules])
    else:
        _table(loaded.rules, histories)
    raise typer.Exit(ExitCode.INPUT if loaded.errors else ExitCode.FINE)


def _table(rules: Sequence[Rule], histories: Mapping[RuleId, History] | None) -> None:
    """As much of it as the terminal has room for."""
    now = utcnow()
    wide = not output.stdout().is_terminal or output.stdout().width >= _WIDE
    columns = ["rule", "severity", "channels", "tests"]
    columns += ["last hit", "7 days"] if histories is not None else []
    columns += ["form", "where", "title"] if wide else []
    rows = (_row(rule, histories, now, wide=wide) for rule in rules)
    output.table(columns, rows, empty="No rules.")


def show_rule(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="RULE", help="The id of the rule.")],
    rules: RulesOption = None,
    json: Json = False,
) -> None:
    """Show one rule: as it is written, as the tree it becomes, its entities, tests and hits.

    Examples:

      monitor rules show niger-power
    """
    from monitor.cli import ruleview

    loaded = load_rules(ctx, rules)
    (rule,) = select(loaded, [name])
    found = ruleview.view(rule, loaded)
    histories = history(ctx)
    if json:
        output.print_json(listed(rule, histories, utcnow().date()) | ruleview.as_json(found))
    else:
        when = None
        if histories is not None:
            when = _told(histories.get(rule.id), utcnow())
        output.lines(ruleview.told(found, state(rule, utcnow().date()), when))


def history(ctx: typer.Context) -> Mapping[RuleId, History] | None:
    """What the rules have matched; None where there is no database to ask."""
    from monitor.errors import StoreError
    from monitor.store import archive

    if not context.config_path(ctx).exists() or not database.exists(ctx):
        return None
    try:
        return database.look(ctx, lambda conn: archive.histories(conn, since=utcnow() - RECENT))
    except StoreError as error:
        output.say(f"the database does not say what has matched: {error}")
        return None


def state(rule: Rule, today: date) -> str:
    """Whether it is in force, and since when not."""
    if not rule.enabled:
        return "disabled"
    if rule.expires is not None and rule.expires < today:
        return f"expired {rule.expires}"
    return "in force"


def form(rule: Rule) -> str:
    """Which of the two forms it is written in."""
    return "query" if rule.query else "entities"


def listed(rule: Rule, histories: Mapping[RuleId, History] | None, today: date) -> dict[str, Any]:
    """One element of ``--json``."""
    found = (histories or {}).get(rule.id)
    return {
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "state": state(rule, today),
        "form": form(rule),
        "channels": list(rule.notify),
        "owner": rule.owner,
        "tags": list(rule.tags),
        "tests": {"match": len(rule.should_match), "no_match": len(rule.should_not_match)},
        "file": rule.file,
        "line": rule.line,
        "last_hit": found.last_at if found else None,
        "hits_7d": (found.recent if found else 0) if histories is not None else None,
    }


def _row(
    rule: Rule, histories: Mapping[RuleId, History] | None, now: datetime, *, wide: bool
) -> list[object]:
    at_rest = state(rule, now.date())
    name = str(rule.id) if at_rest == "in force" else f"{rule.id} ({at_rest})"
    tests = len(rule.should_match) + len(rule.should_not_match)
    row: list[object] = [name, rule.severity, ", ".join(rule.notify) or "default", tests or "none"]
    if histories is not None:
        found = histories.get(rule.id)
        row += [show.ago(found.last_at if found else None, now), found.recent if found else 0]
    return row + ([form(rule), f"{rule.file}:{rule.line}", rule.title] if wide else [])


def _told(found: History | None, now: datetime) -> str:
    if found is None:
        return "never"
    return f"{show.ago(found.last_at, now)}; {found.recent} in the last 7 days"
