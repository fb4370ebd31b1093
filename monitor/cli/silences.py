"""``monitor alerts silence``: what is not told for a while."""

from __future__ import annotations

import getpass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from monitor.cli import context, database, output, show
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.alerts.silences import Silence
    from monitor.store import Connection

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def register(group: typer.Typer) -> None:
    """Add the group."""
    inner = typer.Typer(help="Tell nothing of a rule, entity, source or story for a while.",
                        no_args_is_help=True)  # fmt: skip
    inner.command("add")(add)
    inner.command("list")(list_silences)
    inner.command("expire")(expire)
    group.add_typer(inner, name="silence")


def add(
    ctx: typer.Context,
    rule: Annotated[str, typer.Option(help="A rule, by its id.")] = "",
    entity: Annotated[str, typer.Option(help="An entity that the article names.")] = "",
    source: Annotated[str, typer.Option(help="A feed, source, tag or domain.")] = "",
    story: Annotated[int | None, typer.Option(min=1, help="A story, by its number.")] = None,
    duration: Annotated[str, typer.Option("--for", help="How long: 6h, 2 days.")] = "",
    until: Annotated[str, typer.Option(help="Or until when: 2026-12-01 08:00.")] = "",
    comment: Annotated[str, typer.Option(help="Why, for those who wonder.")] = "",
    author: Annotated[str, typer.Option(help="Who says so; your login if unset.")] = "",
    json: Json = False,
) -> None:
    """Tell nothing of what meets every condition given, until it ends.

    It is still stored, joins its story, and is listed as held. When the silence ends nothing is
    told at once: a story that was never told is told with its next article.

    Examples: monitor alerts silence add --rule sahel-violence --for 6h --comment "election day";
    monitor alerts silence add --entity mali --source TASS --until "2026-12-01 08:00"
    """
    from monitor.alerts.silences import Silence
    from monitor.model import StoryId, utcnow
    from monitor.store import silences

    now = utcnow()
    wanted = Silence(
        "", rule.strip(), entity.strip().removeprefix("@"), source.strip(),
        StoryId(story) if story else None, _until(ctx, duration, until, now),
        author or somebody(), comment,
    )  # fmt: skip
    if not wanted.conditions:
        raise typer.BadParameter("name a --rule, --entity, --source or --story")
    with database.opened(ctx) as opened:
        made = opened.transact_now(lambda conn: silences.add(conn, wanted, now=now))
        doubts = opened.read_now(partial(_doubts, ctx, made, now))
    for doubt in doubts:
        output.say(f"warning: {doubt}")
    if json:
        output.print_json(as_json(made))
        return
    end = f"until {show.clock(ctx)(made.until)}" if made.until else "for good"
    output.say(f"silence {made.id}: {made.conditions}, {end}")


def list_silences(
    ctx: typer.Context,
    ended: Annotated[bool, typer.Option("--all", help="Those that have ended, too.")] = False,
    json: Json = False,
) -> None:
    """List the silences in force, of the command line and of the silences file.

    Example: monitor alerts silence list --json
    """
    from monitor.loading import load
    from monitor.model import utcnow
    from monitor.store import silences

    now = utcnow()
    found = database.read(ctx, partial(silences.list_all, now=now, ended=ended))
    settings = context.settings(ctx)
    if settings.alerts.silences is not None:
        found += load(settings, ()).desk.silences
    if json:
        output.print_json([as_json(s) for s in found])
        return
    when = show.clock(ctx)
    output.table(
        ["id", "what", "until", "by", "comment"],
        (
            (s.id, s.conditions, when(s.until) or "for good", s.author, s.comment)
            for s in found
        ),
        empty="Nothing is silenced.",
    )  # fmt: skip


def expire(
    ctx: typer.Context,
    ids: Annotated[list[int], typer.Argument(help="Ids, as `silence list` shows them.")],
) -> None:
    """End silences now. They stay on record; those of the file are ended in the file.

    Example: monitor alerts silence expire 3
    """
    from monitor.model import utcnow
    from monitor.store import silences

    refused = 0
    with database.opened(ctx) as opened:
        for id in ids:
            ended = opened.transact_now(partial(_expire, silences.expire, id, utcnow()))
            if ended is None:
                refused += 1
                output.error(f"{id}: no such silence is in force")
            else:
                output.say(f"{id}: ended ({ended.conditions})")
    if refused:
        raise typer.Exit(ExitCode.INPUT)


def _expire(act: Any, id: int, now: datetime, conn: Connection) -> Silence | None:
    found: Silence | None = act(conn, id, now=now)
    return found


def _until(ctx: typer.Context, duration: str, until: str, now: datetime) -> datetime | None:
    from monitor.alerts.silences import parse_until
    from monitor.text import durations

    if duration and until:
        raise typer.BadParameter("give --for or --until, not both")
    try:
        if duration:
            length = durations.parse(duration)
            if length <= timedelta(0):
                raise ValueError("a silence has to last")
            return now + length
        if until:
            end = parse_until(until, ZoneInfo(context.settings(ctx).timezone))
            if end <= now:
                raise ValueError("that time has passed")
            return end
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return None


def _doubts(ctx: typer.Context, silence: Silence, now: datetime, conn: Connection) -> list[str]:
    """Why it may match nothing, or never end."""
    from monitor import rulefiles
    from monitor.alerts.silences import Known, doubts
    from monitor.loading import all_feeds
    from monitor.store import articles, stories

    settings = context.settings(ctx)
    rules = rulefiles.load(settings.rules, channels=None)
    feeds = all_feeds(settings)[0].values()
    known = Known.of(rules.ruleset.rules, rules.entities, feeds)
    found = [
        f"{d.message}" + (f": {d.hint}" if d.hint else "")
        for d in doubts(silence, known, now)
        if d.key != "source" or not articles.has_source(conn, silence.source)
    ]
    if silence.story is not None and stories.get(conn, silence.story) is None:
        found.append(f"it matches nothing: there is no story {silence.story}")
    return found


def somebody() -> str:
    """The login of whoever types."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""


def as_json(silence: Silence) -> dict[str, Any]:
    """The contract of ``--json``."""
    return {
        "id": silence.id,
        "rule": silence.rule or None,
        "entity": silence.entity or None,
        "source": silence.source or None,
        "story": silence.story,
        "until": silence.until,
        "author": silence.author,
        "comment": silence.comment,
        "created_at": silence.created_at,
    }
