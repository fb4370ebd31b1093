"""``monitor alerts merge|split``: an operator corrects which articles are one story."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import database, output
from monitor.cli.context import ExitCode
from monitor.cli.silences import somebody

if TYPE_CHECKING:
    from monitor.model import StoryId
    from monitor.store import Connection
    from monitor.store.regroup import Correction

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Author = Annotated[str, typer.Option(help="Who corrects; your login if unset.")]
Comment = Annotated[str, typer.Option(help="Why, for the record.")]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("merge")(merge)
    group.command("split")(split)


def merge(
    ctx: typer.Context,
    story: Annotated[int, typer.Argument(min=1, help="The story that goes.")],
    into: Annotated[int, typer.Argument(min=1, help="The story that stays.")],
    author: Author = "",
    comment: Comment = "",
    json: Json = False,
) -> None:
    """Make two stories one: all articles of STORY go into INTO, and later ones follow them.

    Nobody is alerted by it; what either was told counts as told.

    Example: monitor alerts merge 12 9 --comment "the same convoy"
    """
    from monitor.model import StoryId, utcnow
    from monitor.store import regroup

    def work(conn: Connection) -> Correction:
        return regroup.merge(
            conn, StoryId(story), StoryId(into), author=author or somebody(), comment=comment,
            now=utcnow(),
        )  # fmt: skip

    _correct(ctx, work, json)


def split(
    ctx: typer.Context,
    articles: Annotated[
        list[int], typer.Argument(help="Ids of articles, as `alerts show` lists them.")
    ],
    author: Author = "",
    comment: Comment = "",
    json: Json = False,
) -> None:
    """Make articles a story of their own: they were put together with another event.

    Nobody is alerted by it. Alerts about these articles go along; a story of the two that was
    never told is told with its next article.

    Example: monitor alerts split 311 314
    """
    from monitor.model import ArticleId, utcnow
    from monitor.store import regroup

    def work(conn: Connection) -> Correction:
        return regroup.split(
            conn, [ArticleId(a) for a in articles], author=author or somebody(), comment=comment,
            now=utcnow(),
        )  # fmt: skip

    _correct(ctx, work, json)


def _correct(ctx: typer.Context, work: Callable[[Connection], Correction], json: bool) -> None:
    from monitor.model import utcnow
    from monitor.store import history, regroup, silences, stories
    from monitor.store.regroup import CannotRegroup

    def locked(conn: Connection) -> tuple[Correction, list[StoryId], list[str]]:
        stories.lock(conn)
        done = work(conn)
        left = (done.story, done.into) if done.kind == regroup.SPLIT else (done.into,)
        untold = [id for id in left if not history.of(conn, id).alerts]
        in_force = silences.list_all(conn, now=utcnow()) if done.kind == regroup.MERGE else []
        return done, untold, [s.id for s in in_force if s.story == done.story]

    try:
        done, untold, idle = database.write(ctx, locked)
    except CannotRegroup as error:
        output.error(str(error))
        raise typer.Exit(ExitCode.INPUT) from None
    if json:
        output.print_json(done)
        return
    count = "1 article" if len(done.articles) == 1 else f"{len(done.articles)} articles"
    output.say(f"{count} went from story {done.story} into story {done.into}")
    for silence in idle:
        output.say(
            f"warning: silence {silence} is of story {done.story}: it silences nothing any more"
        )
    for id in untold:
        output.say(f"story {id} has not been told: it is told with its next article")
    output.say(f"monitor alerts show --story {done.into}")
