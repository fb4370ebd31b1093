"""``monitor rules new``: a commented rule file, from flags or a few questions."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import context, output
from monitor.cli.context import ExitCode
from monitor.cli.rules import RulesOption, load_rules
from monitor.model import RuleId, Severity

if TYPE_CHECKING:
    from monitor.errors import Problem
    from monitor.rulefiles import Loaded


@dataclass(frozen=True, slots=True)
class Draft:
    """What the author has said so far. ``terms``: groups of which one word each must occur."""

    id: str
    title: str = ""
    severity: Severity = Severity.NORMAL
    entities: tuple[str, ...] = ()
    terms: tuple[tuple[str, ...], ...] = ()
    within: str = ""
    query: str = ""
    notify: tuple[str, ...] = ()
    header: tuple[str, ...] = field(default=())


def new(
    ctx: typer.Context,
    id: Annotated[str | None, typer.Option(help="A name of its own, such as mali-gold.")] = None,
    title: Annotated[str | None, typer.Option(help="What an alert says of it.")] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option(help="An entity that must occur; several times: all of them."),
    ] = None,
    term: Annotated[
        list[str] | None,
        typer.Option(help="Words of which one must occur, with commas; several times: of each."),
    ] = None,
    query: Annotated[str | None, typer.Option(help="A query, in place of the two.")] = None,
    within: Annotated[
        str | None, typer.Option(help="How close together: 30 words, sentence, lead…")
    ] = None,
    notify: Annotated[
        list[str] | None, typer.Option(help="A channel; several times. [default: the config's]")
    ] = None,
    severity: Annotated[Severity, typer.Option(help="How loud.")] = Severity.NORMAL,
    out: Annotated[
        str | None,
        typer.Option(help="The file to write; - is standard output. [default: ID.yaml in rules]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    rules: RulesOption = None,
) -> None:
    """Write a commented rule file, from options or, on a terminal, a few questions.

    Examples:

      monitor rules new

      monitor rules new --id mali-gold --entity mali --term "gold, or" --within sentence

      monitor rules new --id base-201 --query '"air base 201" NEAR/10 @niger' --out -
    """
    loaded = load_rules(ctx, rules, must_exist=False)
    draft = Draft(
        id=id or "",
        title=title or "",
        severity=severity,
        entities=tuple(name.removeprefix("@") for name in entity or ()),
        terms=tuple(_group(words) for words in term or ()),
        within=within or "",
        query=query or "",
        notify=tuple(notify or ()),
    )
    if not (draft.id and (draft.entities or draft.terms or draft.query)):
        if not sys.stdin.isatty():
            output.error("--id and one of --entity, --term and --query are needed")
            raise typer.Exit(ExitCode.USAGE)
        draft = _asked(draft, loaded)
    target = _target(ctx, draft, out, rules)
    _refuse(_faults(draft, loaded, replaced=target if force else None))
    draft = replace(draft, header=_header(target))
    text = "\n".join(written(draft)) + "\n"
    _check(text, target, loaded, _channels(ctx))
    if target is None:
        typer.echo(text, nl=False)
        return
    _write(text, target, force=force)
    output.say(f"{target} written. Put real headlines under its tests:, then run")
    output.say(f"    monitor test {draft.id} && monitor backtest {draft.id}")


def _group(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


# --- questions --------------------------------------------------------------------------------


def _asked(draft: Draft, loaded: Loaded) -> Draft:
    """Ask for what is missing; on standard error, so that ``--out -`` stays a file."""
    output.say("A new rule. Nothing is written before the end; Ctrl-C leaves.")
    title = draft.title or _ask("What is it about, in a line")
    suggested = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "new-rule"
    id_ = draft.id or _ask("Its id", default=suggested)
    if draft.query:
        return replace(draft, id=id_, title=title)
    entities = draft.entities or _asked_entities(loaded)
    terms = draft.terms or _asked_terms(needed=not entities)
    within = draft.within
    if not within and len(entities) + len(terms) > 1:
        output.say("How close together? 30 words, sentence, paragraph, title, lead or article")
        within = _ask("Within", default="30 words")
    severity = Severity(_ask("Severity", default=draft.severity))
    return replace(
        draft, id=id_, title=title, entities=entities, terms=terms, within=within,
        severity=severity,
    )  # fmt: skip


def _ask(question: str, default: str | None = None, *, empty: bool = False) -> str:
    value = typer.prompt(
        question, default="" if empty else default, err=True, show_default=not empty
    )
    return str(value).strip()


def _asked_entities(loaded: Loaded) -> tuple[str, ...]:
    from monitor.cli.entities import unknown_entity

    output.say("Which entities must all occur? Their ids, with commas; empty for none.")
    while True:
        names = _group(_ask("Entities", empty=True))
        wrong = [n for n in names if not _is_entity(n, loaded)]
        if not wrong:
            return names
        output.say_all([unknown_entity(name, loaded.entities) for name in wrong])


def _asked_terms(*, needed: bool) -> tuple[tuple[str, ...], ...]:
    output.say("Which words, one of each line? Every form that you want, with commas; then empty.")
    groups: list[tuple[str, ...]] = []
    while True:
        group = _group(_ask("Words", empty=True))
        if group:
            groups.append(group)
        elif groups or not needed:
            return tuple(groups)
        else:
            output.say("A rule needs an entity or words.")


# --- faults -----------------------------------------------------------------------------------


def _is_entity(name: str, loaded: Loaded) -> bool:
    from monitor.rules.catalogue import Catalogue

    return Catalogue(loaded.entities).resolve(name) is not None


def _faults(draft: Draft, loaded: Loaded, replaced: Path | None) -> Iterator[str]:
    """What can be said before there is a file. ``replaced``: the file that will be gone."""
    from monitor.cli.entities import unknown_entity

    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", draft.id):
        yield f"{draft.id!r} is no id: write small letters, digits and hyphens, as in mali-gold"
    known = loaded.ruleset.rules.get(RuleId(draft.id))
    if known is not None and (replaced is None or Path(known.file).resolve() != replaced.resolve()):
        yield f"there is a rule {draft.id} already: {known.file}:{known.line}"
    if draft.query and (draft.entities or draft.terms or draft.within):
        yield "--query stands alone: entities and distances are written into it (docs/rules.md)"
    for name in draft.entities:
        if not _is_entity(name, loaded):
            yield unknown_entity(name, loaded.entities)


def _refuse(faults: Iterator[str]) -> None:
    found = list(faults)
    for fault in found:
        output.error(fault)
    if found:
        raise typer.Exit(ExitCode.INPUT)


def _check(text: str, target: Path | None, loaded: Loaded, channels: Sequence[str] | None) -> None:
    """Read the text as a rule file is read; ends the command with every fault."""
    from monitor.errors import ProblemLevel

    problems = read_back(text, str(target or "new rule"), loaded, channels)
    output.problems(problems)
    if any(p.level is ProblemLevel.ERROR for p in problems):
        raise typer.Exit(ExitCode.INPUT)


def read_back(
    text: str, name: str, loaded: Loaded, channels: Sequence[str] | None
) -> list[Problem]:
    """What is wrong with a rule file of this text."""
    from monitor.rules import build
    from monitor.rules.catalogue import Catalogue
    from monitor.rules.placed import SourceText, Unreadable, read_yaml

    source = SourceText(name, text)
    try:
        root = read_yaml(source)
    except Unreadable as error:
        return [error.problem]
    assert root is not None, "it holds a rule"
    table, problems = build.check_file(source, root)
    value = table.get("rules") if table is not None else None
    if value is None:
        return problems
    _, found = build.read_rules(source, value, Catalogue(loaded.entities), channels)
    return [*problems, *found]


def _channels(ctx: typer.Context) -> list[str] | None:
    if not context.config_path(ctx).exists():
        return None
    return [str(channel.name) for channel in context.settings(ctx).channel_list()]


# --- the file ---------------------------------------------------------------------------------


def _target(ctx: typer.Context, draft: Draft, out: str | None, rules: Path | None) -> Path | None:
    """Where the file goes; None for standard output."""
    if out == "-":
        return None
    if out is not None:
        return Path(out)
    folder = rules
    if folder is None:
        has_config = context.config_path(ctx).exists()
        folder = context.settings(ctx).rules if has_config else Path("rules")
    if folder.is_file():
        folder = folder.parent
    return folder / f"{draft.id}.yaml"


def _header(target: Path | None) -> tuple[str, ...]:
    """The line by which an editor finds the schema: beside the file where it can be, or where the
    program is installed."""
    schema = Path(str(resources.files("monitor.rules").joinpath("schemas/rules.schema.json")))
    folder = (target or Path("rules/x")).resolve().parent
    near = schema.is_relative_to(Path.cwd()) and folder.is_relative_to(Path.cwd())
    place = os.path.relpath(schema, folder) if near else str(schema)
    return (f"# yaml-language-server: $schema={place}",)


def written(draft: Draft) -> Iterator[str]:
    """The file, line by line."""
    yield from draft.header
    yield "#"
    yield "# All keys: docs/rules.md. After an edit: `monitor check`, `monitor test`."
    yield ""
    yield "rules:"
    yield f"  - id: {draft.id}  # the key of alerts and of the archive: renamed, it is a new rule"
    if draft.title:
        yield f"    title: {scalar(draft.title)}"
    yield f"    severity: {draft.severity.value}  # low, normal, high or flash"
    if draft.query:
        yield from _query(draft.query)
    else:
        yield from _structured(draft)
    yield "    # unless: a query; an article for which it holds does not count"
    if draft.notify:
        yield f"    notify: {listing(draft.notify)}"
    else:
        yield "    # notify: [desk]  # without it: the default channels of the configuration"
    yield from _stubs()


def _query(query: str) -> Iterator[str]:
    yield '    # AND, OR, NOT in capitals; "a phrase"; ending*; @entity; a NEAR/10 b; title:(…)'
    yield "    query: |"
    yield from (f"      {line.strip()}" for line in query.splitlines() if line.strip())


def _structured(draft: Draft) -> Iterator[str]:
    if draft.entities:
        yield "    # ALL of them, each by any of its names in any language"
        yield f"    entities: {listing(draft.entities)}"
    if draft.terms:
        yield "    # and one of each line. Words are found as written: list every form you want"
        yield "    terms:"
        yield from (f"      - {listing(group)}" for group in draft.terms)
    if draft.within:
        yield f"    within: {draft.within}  # N words, sentence, paragraph, title, lead or article"
    elif len(draft.entities) + len(draft.terms) > 1:
        yield "    # within: 30 words  # or: sentence, paragraph, title, lead; else anywhere"


def _stubs() -> Iterator[str]:
    yield "    # Real headlines, in every language you expect; todo marks what need not hold yet"
    yield "    tests:"
    yield "      match:"
    yield '        - {text: "…", todo: write a text that this rule has to find}'
    yield "      no_match:"
    yield '        - "…"  # write one that only looks like it'


_PLAIN = re.compile(r"[^\W\d_][\w .&’()/-]*[\w.)]|[^\W\d_]")
_SPECIAL = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"}


def scalar(text: str) -> str:
    """A YAML scalar for ``text``, quoted where it must be."""
    if _PLAIN.fullmatch(text) and text.lower() not in _SPECIAL:
        return text
    return json.dumps(text, ensure_ascii=False)


def listing(texts: Sequence[str]) -> str:
    """A YAML list in a line."""
    return f"[{', '.join(map(scalar, texts))}]"


def _write(text: str, target: Path, *, force: bool) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force else "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        output.error(f"{target} exists: --out names another file, --force replaces it")
        raise typer.Exit(ExitCode.INPUT) from error
    except OSError as error:
        output.error(f"{target}: {(error.strerror or str(error)).lower()}")
        raise typer.Exit(ExitCode.INPUT) from error
