"""``monitor alerts``: what was raised and what is held, and the whole story behind one alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import database, output, regrouping, show, silences, wrongmatch
from monitor.cli.context import ExitCode

if TYPE_CHECKING:
    from monitor.model import AlertView, ChannelName, DeliveryState, StoryId
    from monitor.store import Connection
    from monitor.store.holds import Record
    from monitor.store.timeline import Event

    States = Sequence[tuple[ChannelName, DeliveryState, str]]

When = Callable[[datetime | None], str]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="List, show and silence alerts; correct stories and rules.", no_args_is_help=True
    )
    group.command("list")(list_alerts)
    group.command("show")(show_alert)
    regrouping.register(group)
    wrongmatch.register(group)
    silences.register(group)
    app.add_typer(group, name="alerts")


def list_alerts(
    ctx: typer.Context,
    rule: Annotated[str | None, typer.Option(help="Only this rule's.")] = None,
    story: Annotated[int | None, typer.Option(min=1, help="Only this story's.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Only since then: 24h, 7 days, 2026-12-01.")
    ] = None,
    held: Annotated[
        bool, typer.Option("--held", help="What is held instead of told, and why.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    json: Json = False,
) -> None:
    """List alerts, the newest first, and how far each has got.

    Examples: monitor alerts list --rule sahel-violence --since 24h;
    monitor alerts list --held
    """
    from monitor.model import RuleId, StoryId
    from monitor.store import alerts, deliveries, holds

    wanted: dict[str, Any] = {
        "rule": RuleId(rule) if rule else None,
        "story": StoryId(story) if story else None,
        "since": show.since(ctx, since),
    }
    if held:
        kept = database.read(ctx, partial(holds.records, open_only=True, limit=5000, **wanted))
        _list_held(ctx, _gathered(kept)[:limit], json)
        return

    def load(conn: Connection) -> Any:
        found = alerts.list_recent(conn, limit=limit, **wanted)
        return found, deliveries.of_alerts(conn, [a.id for a in found]), holds.open_counts(conn)

    found, states, open_holds = database.read(ctx, load)
    if json:
        output.print_json([as_json(a, states.get(a.id, ())) for a in found])
        return
    when = show.clock(ctx)
    output.table(
        ["id", "raised", "why", "state", "rules", "title", "source", "also"],
        (
            (a.id, when(a.created_at), a.reason.value, _state(states.get(a.id, ()))[0],
             ", ".join(h.rule for h in a.hits), a.title, a.source, len(a.outlets) or "")
            for a in found
        ),
        empty="No alerts yet.",
    )  # fmt: skip
    if open_holds:
        stories = ", ".join(f"{n} by {cause}" for cause, (n, _) in sorted(open_holds.items()))
        output.say(f"Stories with something held: {stories} (monitor alerts list --held)")


def _gathered(kept: Sequence[Record]) -> list[list[Record]]:
    """Holds of one story, rule and cause together, the newest first in both orders."""
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in kept:
        key = (record.held.story, record.held.rule, record.held.cause)
        groups.setdefault(key, []).append(record)
    return list(groups.values())


def _list_held(ctx: typer.Context, groups: Sequence[Sequence[Record]], json: bool) -> None:
    if json:
        output.print_json([_held_json(group) for group in groups])
        return
    when = show.clock(ctx)
    output.table(
        ["story", "rule", "since", "articles", "title", "until", "why"],
        (
            (g[0].held.story, g[0].held.rule, when(g[-1].held.at), len(g), g[0].title,
             when(g[0].held.until), g[0].held.why)
            for g in groups
        ),
        empty="Nothing is held.",
    )  # fmt: skip


def _held_json(group: Sequence[Record]) -> dict[str, Any]:
    """An alert that is none (yet): its ``id`` is null, its ``reason`` what holds it."""
    newest, h = group[0], group[0].held
    return {
        "id": None, "rules": [h.rule], "story": h.story, "reason": h.cause, "title": newest.title,
        "url": newest.url, "source": newest.source, "published": newest.published,
        "created_at": group[-1].held.at, "outlets": [], "state": "held", "why": h.why,
        "until": h.until, "articles": len(group),
        "new": [r.held.note for r in group if r.held.note],
    }  # fmt: skip


def show_alert(
    ctx: typer.Context,
    id: Annotated[
        int | None, typer.Argument(help="The alert's id, as `alerts list` shows it.")
    ] = None,
    story: Annotated[
        int | None, typer.Option(min=1, help="A story instead: also one that was never told.")
    ] = None,
    json: Json = False,
) -> None:
    """Show one alert: why it was raised, who reports it, and what happened to its story: which
    article joined when and why, what was told to whom, what was held and why.

    Examples: monitor alerts show 8; monitor alerts show --story 9
    """
    from monitor.model import AlertId, StoryId

    if (id is None) == (story is None):
        raise typer.BadParameter("name an alert, or a story with --story")
    if story is not None:
        _show_story(ctx, StoryId(story), json)
        return
    from monitor.store import alerts, outbox, timeline

    def load(conn: Connection) -> Any:
        view = alerts.view(conn, AlertId(id or 0))
        if view is None:
            return None
        return view, timeline.of_story(conn, view.story), outbox.of_alert(conn, view.id)

    found = database.read(ctx, load)
    if found is None:
        output.error(f"no alert {id}")
        raise typer.Exit(ExitCode.INPUT)
    view, events, sent = found
    if json:
        states = [(d.channel, d.state, d.reason) for d in sent]
        output.print_json({
            **as_json(view, states),
            "why": [{"rule": h.rule, "title": h.title, "severity": h.severity, "why": list(h.why),
                     "excerpt": h.excerpt} for h in view.hits],
            "timeline": [event_json(e) for e in events],
            "deliveries": [{"id": d.id, "channel": d.channel, "state": d.state,
                            "reason": d.reason} for d in sent],
        })  # fmt: skip
        return
    when = show.clock(ctx)
    _print(view, when)
    _print_timeline(events, when)


def _show_story(ctx: typer.Context, id: StoryId, json: bool) -> None:
    from monitor.store import regroup, stories, timeline

    def load(conn: Connection) -> Any:
        into = regroup.merged_into(conn, id)
        return stories.get(conn, id), into, timeline.of_story(conn, id)

    story, into, events = database.read(ctx, load)
    if story is None:
        output.error(f"no story {id}")
        raise typer.Exit(ExitCode.INPUT)
    merged = into if not any(e.kind == "article" for e in events) else None
    if json:
        output.print_json({
            "story": id, "title": story.title, "since": story.created_at, "last": story.last_at,
            "articles": story.articles, "merged_into": merged,
            "timeline": [event_json(e) for e in events],
        })  # fmt: skip
        return
    out = output.stdout()
    out.print(show.safe(f"story {id}: {story.title}"), style="bold")
    if merged is not None:
        out.print(f"merged into story {merged}: monitor alerts show --story {merged}")
    _print_timeline(events, show.clock(ctx))


def _print(view: AlertView, when: When) -> None:
    from monitor.alerts.credit import credited

    out = output.stdout()
    out.print(show.safe(view.title), style="bold")
    where = [credited(view.source, view.agency), when(view.published), view.url or ""]
    out.print(show.safe("  ".join(w for w in where if w)))
    out.print(f"alert {view.id} of story {view.story}: {view.reason.value}, ", end="")
    out.print(f"raised {when(view.created_at)}")
    if view.note:
        out.print(show.safe(f"new: {view.note}"))
    for hit in view.hits:
        out.print(f"\n{hit.title} ({hit.rule}, {hit.severity.value})")
        out.print(show.marked(hit.excerpt))
        for line in hit.why:
            out.print(show.safe(f"  {line}"))


def _print_timeline(events: Sequence[Event], when: When) -> None:
    out = output.stdout()
    out.print("\nThe story so far")
    for e in events:
        number = f" [article {e.article}]" if e.kind == "article" else ""
        rules = f" [{', '.join(e.rules)}]" if e.rules and e.kind != "article" else ""
        why = f" ({e.reason})" if e.reason else ""
        until = f", until {when(e.until)}" if e.until and e.kind == "held" else ""
        out.print(show.safe(f"  {when(e.at)}  {e.text}{number}{rules}{why}{until}"))


def event_json(event: Event) -> dict[str, Any]:
    """One line of a timeline; what does not apply is left out."""
    fields = {name: getattr(event, name) for name in event.__dataclass_fields__}
    return {k: v for k, v in fields.items() if v not in (None, "", ()) or k in ("at", "kind")}


def as_json(view: AlertView, states: States = ()) -> dict[str, Any]:
    """The contract of ``--json``."""
    state, why = _state(states)
    return {
        "id": view.id,
        "rules": [h.rule for h in view.hits],
        "story": view.story,
        "reason": view.reason,
        "title": view.title,
        "url": view.url,
        "source": view.source,
        "published": view.published,
        "created_at": view.created_at,
        "outlets": [o.name for o in view.outlets],
        "severity": view.severity,
        "agency": view.agency or None,
        "new": view.note,
        "state": state,
        "why_not_sent": why,
    }


def _state(states: States) -> tuple[str, str]:
    """How far an alert has got: its worst delivery, and why that is not sent."""
    order = ("dead", "held", "pending", "sending", "sent", "discarded")
    worst = min(states, key=lambda s: order.index(s[1].value), default=None)
    if worst is None:
        return "recorded", "no channel needed to be told"
    channel, state, reason = worst
    return state.value, f"{channel}: {reason}" if reason else ""
