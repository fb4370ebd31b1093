"""What happened in the show, read from the daemon's database and told as a closing summary.

It compares what was alerted with what the samples expect, and hides nothing: a decoy that raised an
alert or news that raised none is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.demo.samples import Expect, Programme, Sample
from monitor.model import AlertView, DeliveryState
from monitor.store import Connection, alerts, deliveries, feeds, stories

_MOST = 1000
"""More stories or alerts than any show has."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """A feed that failed for a moment and is read again."""

    feed: str
    error: str


@dataclass(frozen=True, slots=True)
class Told:
    """One story as the archive has it: its title, who carried it, how many alerts it raised."""

    title: str
    outlets: tuple[str, ...]
    alerts: int


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of the show. Sample lists hold only what had been published when it ended."""

    feeds: int
    polls: int
    unchanged: int
    """Polls answered 304: nothing was sent again."""
    articles: int
    matches: int
    stories: tuple[Told, ...]
    alerts: int
    deliveries: Mapping[DeliveryState, int]
    recoveries: tuple[Recovery, ...]
    failing: tuple[Recovery, ...]
    silent: tuple[Sample, ...]
    """Decoys and everyday items that, rightly, raised no alert."""
    false_alarms: tuple[Sample, ...]
    missed: tuple[Sample, ...]
    """News that should have raised an alert of its own and did not."""
    repeats: tuple[Sample, ...]
    """Copies of a known story that alerted again."""


def read(
    conn: Connection,
    *,
    programme: Programme,
    second: float,
    answers: Mapping[int, int],
    matches: int,
) -> Result:
    """Read the figures from the database of the show, ``second`` seconds into it."""
    states = feeds.list_all(conn)
    views = alerts.list_recent(conn, limit=_MOST)
    published = [s for s in programme.samples if s.at <= second]
    alerted = {v.url for v in views}
    counts = deliveries.counts(conn).values()
    quiet = (Expect.DECOY, Expect.BACKGROUND, Expect.OLD)
    return Result(
        feeds=len(states),
        polls=sum(s.polls for s in states),
        unchanged=answers.get(304, 0),
        articles=sum(s.articles for s in states),
        matches=matches,
        stories=_stories(conn, views),
        alerts=len(views),
        deliveries={
            state: count
            for state in DeliveryState
            if (count := sum(c.get(state, 0) for c in counts))
        },
        recoveries=tuple(
            Recovery(s.name, s.last_error) for s in states if s.last_error and not s.failures
        ),
        failing=tuple(Recovery(s.name, s.last_error or "") for s in states if s.failures),
        silent=_pick(published, quiet, alerted, wanted=False),
        false_alarms=_pick(published, quiet, alerted, wanted=True),
        missed=_pick(published, (Expect.NEWS,), alerted, wanted=False),
        repeats=_repeats(published, views),
    )


def _stories(conn: Connection, views: Iterable[AlertView]) -> tuple[Told, ...]:
    found = stories.list_recent(conn, limit=_MOST)
    outlets = stories.outlets_of(conn, [s.id for s in found])
    raised = [v.story for v in views]
    return tuple(
        Told(s.title, tuple(o.name for o in outlets.get(s.id, ())), raised.count(s.id))
        for s in reversed(found)
    )


def _pick(
    published: Iterable[Sample],
    kinds: tuple[Expect, ...],
    alerted: set[str | None],
    *,
    wanted: bool,
) -> tuple[Sample, ...]:
    return tuple(s for s in published if s.expect in kinds and (s.link in alerted) is wanted)


def _repeats(published: Iterable[Sample], views: Iterable[AlertView]) -> tuple[Sample, ...]:
    """Copies with an alert of their own; an edited version shares its link with the original."""
    links = [v.url for v in views]
    copies = [s for s in published if s.expect is Expect.COPY]
    originals = {s.link for s in published if s.expect is Expect.NEWS}
    return tuple(s for s in copies if links.count(s.link) > (s.link in originals))


def show(result: Result, stream: TextIO) -> None:
    """Print the summary."""
    console = Console(file=stream, highlight=False, emoji=False)
    figures = Table.grid(padding=(0, 2))
    figures.add_column(justify="right", style="bold")
    figures.add_column()
    for number, words in _figures(result):
        figures.add_row(str(number), words)
    parts: list[Text | Table] = [figures, Text(), _story_table(result)]
    parts += [Text(), *_remarks(result)]
    console.print()
    if console.is_terminal:
        console.print(
            Panel(Group(*parts), title="What happened", title_align="left", box=box.ROUNDED,
                  width=min(console.width, 110))
        )  # fmt: skip
    else:
        console.print("What happened", *parts, sep="\n")


def _figures(result: Result) -> list[tuple[int, str]]:
    sent = result.deliveries.get(DeliveryState.SENT, 0)
    other = ", ".join(
        f"{n} {state}" for state, n in result.deliveries.items() if state is not DeliveryState.SENT
    )
    return [
        (result.feeds, "feeds"),
        (result.polls, f"polls, {result.unchanged} of them answered “not modified”"),
        (result.articles, "articles"),
        (result.matches, "matches of a rule"),
        (len(result.stories), "stories"),
        (result.alerts, "alerts"),
        (sent, "deliveries sent" + (f" ({other})" if other else "")),
        (len(result.silent), "decoys and everyday items that stayed silent"),
    ]


def _story_table(result: Result) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Alerts", justify="right")
    table.add_column("Story")
    table.add_column("Carried by")
    for story in result.stories:
        table.add_row(str(story.alerts), Text(story.title), Text(", ".join(story.outlets)))
    return table


def _remarks(result: Result) -> list[Text]:
    remarks = [
        Text.assemble(("Recovered by itself: ", "bold green"), f"{r.feed} (was: {r.error})")
        for r in result.recoveries
    ]
    faults = [
        ("Still failing: ", [f"{f.feed} ({f.error})" for f in result.failing]),
        ("False alarms: ", [s.title for s in result.false_alarms]),
        ("Missed: ", [s.title for s in result.missed]),
        ("Alerted again: ", [s.title for s in result.repeats]),
    ]
    remarks += [
        Text.assemble((title, "bold red"), "; ".join(names)) for title, names in faults if names
    ]
    return remarks
