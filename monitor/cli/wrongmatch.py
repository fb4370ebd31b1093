"""``monitor alerts wrong``: the article of a false match becomes a test of its rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import context, database, output
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.model import Article, Match
    from monitor.rules.ruleset import RuleSet
    from monitor.store import Connection

EXCERPT_WORDS = 60
"""Words of the text that a test takes, if they are enough for the rule to hold."""
LONGEST = 5_000
"""Characters of a test at most."""


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("wrong")(wrong)


def wrong(
    ctx: typer.Context,
    alert: Annotated[int, typer.Argument(min=1, help="The alert's id.")],
    rule: Annotated[
        str, typer.Option(help="Which of its rules was wrong; needed when there are several.")
    ] = "",
    write: Annotated[
        bool, typer.Option("--write", help="Change the file; else only show.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON on standard output.")] = False,
) -> None:
    """Make the article of a wrong alert a `no_match` test of its rule, in the rule's own file.

    Shows the change; --write makes it. The test fails until the rule is narrowed.

    Examples: monitor alerts wrong 8; monitor alerts wrong 8 --rule sahel-violence --write
    """
    from monitor import rulefiles
    from monitor.rulefiles.editing import CannotEdit, add_no_match
    from monitor.rules.placed import SourceText, Unreadable

    article, match = _alert(ctx, alert, rule)
    settings = context.settings(ctx)
    loaded = rulefiles.load(settings.rules, channels=None)
    path = _file_of(loaded, settings.rules, match.rule)
    raw = path.read_bytes()
    sample, holds = _sample(article, match, loaded.ruleset)
    before = raw.decode("utf-8-sig").replace("\r\n", "\n")
    try:
        after = add_no_match(SourceText(str(path), before), match.rule, sample)
    except (CannotEdit, Unreadable) as error:
        raise _refuse(f"{path}: {error}") from None
    diff = "".join(
        difflib.unified_diff(
            before.splitlines(keepends=True), after.splitlines(keepends=True), str(path), str(path)
        )
    )
    if write and diff:
        replace_file(path, raw, after)
    if json:
        output.print_json({
            "alert": alert, "rule": match.rule, "file": str(path), "sample": sample, "diff": diff,
            "written": bool(write and diff), "holds": holds,
        })  # fmt: skip
        return
    typer.echo(diff, nl=False)
    _advise(match.rule, path, diff=diff, written=write, holds=holds)


def _alert(ctx: typer.Context, id: int, rule: str) -> tuple[Article, Match]:
    """The article of an alert, and how the rule held for it."""
    from monitor.model import AlertId
    from monitor.store import alerts, articles

    def load(conn: Connection) -> Any:
        view = alerts.view(conn, AlertId(id))
        if view is None or view.article is None:
            return None
        found = articles.get(conn, view.article)
        return view, found, [m for _, m in articles.list_matches(conn, view.article)]

    loaded = database.read(ctx, load)
    if loaded is None or loaded[1] is None:
        raise _refuse(f"no alert {id}")
    view, article, matches = loaded
    rules = [h.rule for h in view.hits]
    if rule and rule not in rules:
        raise _refuse(f"alert {id} is not of rule {rule}: it is of {', '.join(rules)}")
    if not rule and len(rules) > 1:
        raise _refuse(f"alert {id} is of several rules: name one with --rule ({', '.join(rules)})")
    wanted = rule or rules[0]
    mine = [m for m in matches if m.rule == wanted]
    if not mine:
        raise _refuse(f"the match of rule {wanted} is not on record any more")
    return article, mine[-1]


def _file_of(loaded: Any, rules: Path, rule: str) -> Path:
    """The YAML file in which a rule stands."""
    from monitor.rulefiles.files import rule_files, shown

    found = loaded.ruleset.rules.get(rule)
    if found is None:
        raise _refuse(f"no usable rule {rule} in {rules}: see monitor check")
    for path in rule_files(rules):
        if shown(path) == found.file:
            if path.suffix == ".jsonl":
                raise _refuse(f"{path}: rules in JSON Lines have no tests")
            return path
    raise _refuse(f"rule {rule} does not come from {rules} but from {found.file or 'elsewhere'}")


def _sample(article: Article, match: Match, ruleset: RuleSet) -> tuple[Mapping[str, str], bool]:
    """The shortest piece of the article on which the rule holds, as a test; and whether it does."""
    from dataclasses import replace

    from monitor.model import utcnow

    today = utcnow().date()
    lang = {"lang": article.lang.partition("-")[0].lower()} if article.lang else {}
    pieces = [" ".join(p.split()) for p in _pieces(article, match)]
    for piece in dict.fromkeys(pieces):
        tried = replace(article, body=piece)
        if match.rule in ruleset.find(tried, today=today):
            return _test(article.title, piece, lang), True
    return _test(article.title, pieces[0], lang), False


def _pieces(article: Article, match: Match) -> Iterator[str]:
    sentence = match.excerpt.text if match.excerpt.text in article.body else ""
    yield sentence or " ".join(article.body.split()[:EXCERPT_WORDS])
    at = max(article.body.find(sentence), 0) if sentence else 0
    yield article.body[max(0, at - 400) : at + 1200]
    yield article.body[:LONGEST]


def _test(title: str, text: str, lang: Mapping[str, str]) -> dict[str, str]:
    title = " ".join(title.split())
    if not text:
        return {"text": title, **lang}
    return {"title": title, "text": text, **lang}


def replace_file(path: Path, raw: bytes, after: str) -> None:
    """Replace the file, unless somebody has changed it meanwhile."""
    import os
    import tempfile

    if path.read_bytes() != raw:
        raise _refuse(f"{path} has changed meanwhile: look at it and try again")
    if b"\r\n" in raw:
        after = after.replace("\n", "\r\n")
    data = after.encode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8")
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    os.chmod(name, target.stat().st_mode & 0o777)
    os.replace(name, target)


def _advise(rule: str, path: Path, *, diff: str, written: bool, holds: bool) -> None:
    if not diff:
        output.say(f"{path} has this test already")
    elif written:
        output.say(f"written to {path}")
    else:
        output.say("not written: add --write")
    if holds:
        output.say(
            f"Next: monitor test {rule} fails until the rule is narrowed: a not: phrase of the "
            f"entity, unless:, a smaller within:. Then monitor backtest {rule}."
        )
    else:
        output.say(f"The rule as it stands now no longer holds for it: monitor test {rule}")


def _refuse(reason: str) -> typer.Exit:
    output.error(reason)
    return typer.Exit(ExitCode.INPUT)
