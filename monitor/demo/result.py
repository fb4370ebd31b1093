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
from monitor.polling import Totals
from monitor.store import Connection, alerts, deliveries, feeds, stories, versions

_MOST = 1000
"""More stories or alerts than any show has."""
_QUIET = (Expect.DECOY, Expect.BACKGROUND, Expect.OLD)


@dataclass(frozen=True, slots=True)
class Fault:
    """A feed that failed, and how."""

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
    recoveries: tuple[Fault, ...]
    failing: tuple[Fault, ...]
    silent: tuple[Sample, ...]
    """Decoys and everyday items that, rightly, raised no alert."""
    false_alarms: tuple[Sample, ...]
    missed: tuple[Sample, ...]
    """News that should have raised an alert of its own and did not."""
    repeats: tuple[Sample, ...]
    """News that raised more than one alert, by itself or through a copy."""


def read(
    conn: Connection,
    *,
    programme: Programme,
    second: float,
    answers: Mapping[int, int],
    errors: Mapping[str, str],
    totals: Totals,
) -> Result:
    """Read the figures from the database of the show.

    What was published after ``second`` of the show is not judged. ``answers`` counts what the
    server answered by status; ``errors`` is what was seen to be wrong with feeds, by name;
    ``totals`` is what the daemon counted.
    """
    states = feeds.list_all(conn)
    views = alerts.list_recent(conn, limit=_MOST)
    published = [s for s in programme.samples if s.at <= second]
    alerted = [v.url for v in views]
    quiet = [s for s in published if s.expect in _QUIET]
    news = [s for s in published if s.expect is Expect.NEWS]
    links = {n.id: {s.link for s in published if s.story == n.id} for n in news}
    raised = {story: sum(url in group for url in alerted) for story, group in links.items()}
    well = [s for s in states if not s.failures]
    counts = deliveries.counts(conn).values()
    return Result(
        feeds=len(states),
        polls=totals.polls,
        unchanged=answers.get(304, 0),
        articles=totals.articles,
        matches=totals.matches,
        stories=_stories(conn, views),
        alerts=len(views),
        deliveries={
            state: count
            for state in DeliveryState
            if (count := sum(c.get(state, 0) for c in counts))
        },
        recoveries=tuple(Fault(s.name, errors[s.name]) for s in well if s.name in errors),
        failing=tuple(Fault(s.name, s.last_error or "") for s in states if s.failures),
        silent=tuple(s for s in quiet if s.link not in alerted),
        false_alarms=tuple(s for s in quiet if s.link in alerted),
        missed=tuple(s for s in news if raised[s.id] == 0),
        repeats=tuple(s for s in news if raised[s.id] > 1),
    )


def _stories(conn: Connection, views: Iterable[AlertView]) -> tuple[Told, ...]:
    found = stories.list_recent(conn, limit=_MOST)
    outlets = versions.outlets_of(conn, [s.id for s in found])
    raised = [v.story for v in views]
    return tuple(
        Told(s.title, tuple(o.name for o in outlets.get(s.id, ())), raised.count(s.id))
        for s in sorted(found, key=lambda s: s.created_at)
    )


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
    rows = [
        (result.feeds, "feed", ""),
        (result.polls, "poll", f", {result.unchanged} of them answered “not modified”"),
        (result.articles, "article", ""),
        (result.matches, "match|matches", " of a rule"),
        (len(result.stories), "story|stories", ""),
        (result.alerts, "alert", ""),
        (sent, "delivery|deliveries", " sent" + (f" ({other})" if other else "")),
        (len(result.silent), "decoy or everyday item|decoys and everyday items", ", no alert"),
    ]
    return [(n, _counted(n, noun) + rest) for n, noun, rest in rows]


def _counted(number: int, noun: str) -> str:
    one, _, more = noun.partition("|")
    return one if number == 1 else more or f"{one}s"


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
    if any(not s.alerts for s in result.stories):
        remarks.append(Text("0 alerts: older than a day when its feed was first read.", "dim"))
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
