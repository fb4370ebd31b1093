"""The commands that work with rules and texts alone: ``match``, ``test`` and ``explain``."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from monitor.cli import context, output
from monitor.cli.context import ExitCode
from monitor.errors import Problem, ProblemLevel
from monitor.model import RuleId, utcnow

if TYPE_CHECKING:
    from monitor.rulefiles import Loaded
    from monitor.rules.rule import Rule

RulesOption = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        help="A directory of rule files, or one .yaml or .jsonl file. [default: the config's]",
        metavar="DIR",
    ),
]
FileArgument = Annotated[
    str, typer.Argument(help="The file to read; - is standard input.", metavar="[FILE|-]")
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``app``."""
    app.command("match")(match)
    app.command("test")(run_tests)
    app.command("explain")(explain)


def load_rules(ctx: typer.Context, rules: Path | None, *, must_exist: bool = True) -> Loaded:
    """The rules of ``--rules``, else of the configuration, else of ``rules`` here.

    A ``--rules`` that is not there ends the command: without it nothing matches, which looks like
    an answer.
    """
    from monitor import rulefiles

    if rules is None:
        config = context.config_path(ctx)
        rules = context.settings(ctx).rules if config.exists() else Path("rules")
    elif must_exist and not rules.exists():
        output.error(f"{rules}: no such file or directory")
        raise typer.Exit(ExitCode.INPUT)
    return rulefiles.load(rules)


def select(loaded: Loaded, names: Collection[str]) -> list[Rule]:
    """The rules of these ids, all without any. An unknown one ends the command."""
    chosen: list[Rule] = []
    for name in names:
        rule = loaded.ruleset.rules.get(RuleId(name))
        if rule is None:
            output.error(unknown_rule(name, loaded))
            raise typer.Exit(ExitCode.INPUT)
        chosen.append(rule)
    return chosen or list(loaded.rules)


def unknown_rule(name: str, loaded: Loaded) -> str:
    """What to say of a name that is no rule in force."""
    from monitor.rules.suggest import nearest

    near = nearest(name, loaded.ruleset.rules)
    broken = next((p for p in loaded.errors if p.rule == name), None)
    if broken is not None:
        return f"rule {name} cannot be used: {broken}"
    return f"there is no rule {name}" + (f"; did you mean {near}?" if near else "")


# --- match ------------------------------------------------------------------------------------


def match(
    ctx: typer.Context,
    file: FileArgument = "-",
    rules: RulesOption = None,
    quiet_spans: Annotated[
        bool, typer.Option("--quiet-spans", help="Leave the matched words out.")
    ] = False,
) -> None:
    """Match articles against rules: JSON Lines in, one line out for each, in order.

    Each input line is an object with "id", "title" and "text"; "summary", "lang", "url", "source",
    "author", "published" and "tags" may be there. A malformed line gives an error object, and exit
    code 1 at the end.
    """
    from monitor.cli import batch
    from monitor.cli.matching import Matcher

    gc.disable()  # else the first collection after the load looks through all of it, for nothing
    try:
        loaded = load_rules(ctx, rules)
        gc.freeze()  # the rules stay: neither collections nor forked workers need to touch them
    finally:
        gc.enable()
    output.problems(loaded.errors)
    if not (loaded.rules or loaded.errors):
        output.say("there are no rules, so nothing can match; name them with --rules DIR")
    matcher = Matcher(loaded.ruleset, spans=not quiet_spans, today=utcnow().date())
    source = opened(file)
    try:
        bad = batch.run(source, sys.stdout.buffer, matcher)
    except BrokenPipeError:
        # Whoever read has had enough; nothing more must be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.FINE) from None
    finally:
        if source is not sys.stdin.buffer:
            source.close()
    raise typer.Exit(ExitCode.INPUT if bad or loaded.errors else ExitCode.FINE)


def opened(file: str) -> IO[bytes]:
    """The file to read articles from, or standard input for ``-``."""
    if file == "-":
        return sys.stdin.buffer
    if file.startswith(("http://", "https://")):
        output.error("only files are read here: save the page and name the file")
        raise typer.Exit(ExitCode.USAGE)
    try:
        return Path(file).open("rb")
    except OSError as error:
        output.error(f"{file}: {(error.strerror or str(error)).lower()}")
        raise typer.Exit(ExitCode.INPUT) from error


# --- test -------------------------------------------------------------------------------------


def run_tests(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="[RULE]...")] = None,
    rules: RulesOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail on rules without tests too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Run the tests that stand in the rule files.

    Exit code 1 when a sample is not as it says, or a rule cannot be read. Samples marked `todo` are
    told apart and fail nothing.

    Examples:

      monitor test                  every rule

      monitor test niger-power      one rule

      monitor test --strict --json  for a script that guards the rules
    """
    from monitor.cli import ruletests

    loaded = load_rules(ctx, rules)
    chosen = select(loaded, names or ())
    results = ruletests.run(chosen, loaded.entities)
    concerned = [p for p in loaded.errors if not names or p.rule in names]
    bare = _without_tests(loaded, chosen)
    output.problems([*concerned, *bare])
    if as_json:
        output.print_json([ruletests.as_json(r) for r in results])
    else:
        ruletests.show(results, chosen, concerned)
    failed = any(r.outcome is ruletests.Outcome.FAILED for r in results)
    failed = failed or bool(concerned) or (strict and bool(bare))
    raise typer.Exit(ExitCode.INPUT if failed else ExitCode.FINE)


def _without_tests(loaded: Loaded, chosen: Sequence[Rule]) -> list[Problem]:
    """The warnings of rules that nobody has written a test for."""
    bare = {r.id for r in chosen if not (r.should_match or r.should_not_match)}
    hint = "add texts that it has to match and some that it must not, under tests:"
    level = ProblemLevel.WARNING
    return [
        Problem(rule.file, rule.line, 0, f"rule {rule.id} has no tests", hint, level=level)
        for rule in loaded.rules
        if rule.id in bare
    ]


# --- explain ----------------------------------------------------------------------------------


def explain(
    ctx: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The id of the rule.")],
    file: Annotated[
        str,
        typer.Argument(help="What to explain it on; - is standard input.", metavar="[FILE|URL|-]"),
    ] = "-",
    rules: RulesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Say clause by clause why a rule matches a text, or by how much it does not.

    The file holds articles as JSON Lines, or one plain text whose first line is the title. Of a URL
    the page is fetched and its title and main text are taken; addresses inside the network are
    refused unless a feed of that host allows them.

    Examples:

      monitor explain niger-power article.txt

      monitor explain niger-power https://news.example.org/a-report

      echo "Soldiers seize power in Niger" | monitor explain niger-power
    """
    from monitor.cli import explaining

    loaded = load_rules(ctx, rules)
    (chosen,) = select(loaded, [rule])
    if file.startswith(("http://", "https://")):
        from monitor.cli import webpage

        articles, bad = webpage.articles(ctx, file)
    else:
        articles, bad = explaining.articles(opened(file).read())
    today = utcnow().date()
    found = [explaining.explained(chosen, loaded.entities, a, today=today) for a in articles]
    if as_json:
        output.print_json([explaining.as_json(chosen, e) for e in found])
    else:
        explaining.show(chosen, found)
    for reason in bad:
        output.error(reason)
    raise typer.Exit(ExitCode.INPUT if bad else ExitCode.FINE)
