"""What ``monitor check`` says of the stored past: rules that would have matched far too much of the
newest articles, or nothing. A hint, in bounded time; `monitor backtest` is the thorough answer."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from monitor.cli.tally import TOO_BROAD
from monitor.errors import StoreError
from monitor.model import ArticleId, RuleId, utcnow
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from monitor.store import Database, archive

ENOUGH = 500
"""Articles that a hint rests on at least."""
MOST = 5_000
SECONDS = 3.0
"""For reading and matching; a database that does not answer gets a second more."""
_PAGE = 250


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What was found on the newest ``articles``: rules that matched nothing, and those that matched
    too much with their share. ``trouble`` says why nothing was looked at."""

    articles: int = 0
    nothing: tuple[Rule, ...] = ()
    broad: tuple[tuple[Rule, float], ...] = ()
    trouble: str = ""


def look_back(url: str, ruleset: RuleSet, *, seconds: float = SECONDS) -> Hindsight:
    """The hint for the rules in force; empty when too little is stored.

    The work is done on a thread that is left behind when its time is over, since a server that is
    away is waited for longer than anybody waits for a check.
    """
    found: list[Hindsight] = []
    deadline = time.monotonic() + seconds

    def work() -> None:
        try:
            found.append(_look(url, ruleset, lambda: time.monotonic() < deadline))
        except StoreError as error:
            found.append(Hindsight(trouble=str(error)))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds + 1)
    return found[0] if found else Hindsight(trouble="it does not answer in time")


def _look(url: str, ruleset: RuleSet, has_time: Callable[[], bool]) -> Hindsight:
    database = Database(url)
    try:
        extent = database.read_now(lambda conn: archive.newest(conn, count=MOST))
        if extent is None or extent.count < ENOUGH:
            return Hindsight()
        hits: Counter[RuleId] = Counter()
        articles = 0
        today = utcnow().date()
        last = extent.last
        while last >= extent.first and has_time():
            first = ArticleId(max(extent.first, last - _PAGE + 1))
            page = database.read_now(_page(first, last))
            for kept in page:
                hits.update(ruleset.find(kept.article, today=today))
            articles += len(page)
            last = ArticleId(first - 1)
    finally:
        database.close_now()
    return judged(ruleset, hits, articles)


def _page(first: ArticleId, last: ArticleId) -> Callable[..., list[archive.Kept]]:
    return lambda conn: archive.page(conn, first=first, last=last)


def judged(ruleset: RuleSet, hits: Counter[RuleId], articles: int) -> Hindsight:
    """Which of the rules in force matched nothing, and which too much, of so many articles."""
    if articles < ENOUGH:
        return Hindsight()
    today = utcnow().date()
    rules = [
        r for r in ruleset.rules.values() if r.enabled and not (r.expires and r.expires < today)
    ]
    return Hindsight(
        articles,
        tuple(r for r in rules if not hits[r.id]),
        tuple((r, share) for r in rules if (share := hits[r.id] / articles) >= TOO_BROAD),
    )
