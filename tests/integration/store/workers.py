"""What the other processes of ``test_processes`` do. Each function begins in a fresh process."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from pathlib import Path

from monitor.errors import DiskFull, StoreError
from monitor.model import ArticleId, FeedName, Reason, StoryId
from monitor.store import alerts, articles, feeds, outbox, status
from monitor.store.database import Connection, Database
from tests.integration.alerting_desk import AlertingDesk
from tests.integration.store.helpers import DESK, DUTY, MINUTE, NOW, article, hit

BATCH = 7
STORIES = 10


def _open(url: str, start: Barrier) -> Database:
    database = Database(url)
    database.read_now(lambda conn: status.get(conn, "warm"))
    start.wait(60)
    return database


def claim_deliveries(url: str, start: Barrier, report: Pipe) -> None:
    """Claim until nothing is left; reports the ids."""
    database = _open(url, start)
    mine: list[str] = []
    while True:
        got = database.transact_now(
            lambda conn: outbox.claim_due(
                conn, channels=[DESK, DUTY], now=NOW, lease=MINUTE, owner=database.owner,
                limit=BATCH,
            )
        )  # fmt: skip
        if not got:
            break
        mine += [claim.delivery for claim in got]
    report.send(mine)


def claim_feeds(url: str, start: Barrier, report: Pipe) -> None:
    """The same for feeds."""
    database = _open(url, start)
    mine: list[str] = []
    while True:
        got = database.transact_now(
            lambda conn: feeds.claim_due(
                conn, now=NOW, limit=BATCH, lease=MINUTE, owner=database.owner
            )
        )
        if not got:
            break
        mine += [state.name for state in got]
    report.send(mine)


def take_channel(url: str, start: Barrier, report: Pipe) -> None:
    """Try to become the one that drains a channel."""
    database = _open(url, start)
    report.send(
        database.transact_now(
            lambda conn: outbox.take_channel(
                conn, DESK, owner=database.owner, now=NOW, lease=MINUTE
            )
        )
    )


def insert_articles(url: str, start: Barrier, report: Pipe) -> None:
    """Polls that bring the same forty articles, ten at a time and in an order of their own.

    Reports what each key's article was and whether this process made it.
    """
    database = _open(url, start)
    keys = [f"https://fleuve.example/{n}" for n in range(40)]
    random.Random(os.getpid()).shuffle(keys)
    answer: dict[str, tuple[ArticleId, bool]] = {}
    for first in range(0, len(keys), 10):
        part = keys[first : first + 10]

        def poll(conn: Connection, part: list[str] = part) -> list[tuple[ArticleId, bool]]:
            made = articles.insert_many(conn, [(article(k), "h") for k in part], now=NOW)
            entries = [(k, id, "h") for k, (id, _) in zip(part, made, strict=True)]
            articles.put_entries(conn, FeedName("a"), sorted(entries), now=NOW)
            return made

        answer.update(zip(part, database.transact_now(poll), strict=True))
    report.send(answer)


def migrate(url: str, start: Barrier, report: Pipe) -> None:
    """Bring an empty database to life, all at once."""
    database = Database(url)
    start.wait(60)
    database.migrate()
    database.transact_now(lambda conn: status.put(conn, str(os.getpid()), 1, now=NOW))
    report.send(os.getpid())


def die_in_a_transaction(url: str, start: Barrier, report: Pipe) -> None:
    """Commit one thing, then be killed between two statements of another."""
    database = _open(url, start)
    database.transact_now(lambda conn: status.put(conn, "committed", 1, now=NOW))

    def work(conn: Connection) -> None:
        status.put(conn, "lost", 1, now=NOW)
        os.kill(os.getpid(), signal.SIGKILL)

    database.transact_now(work)


def hold_the_lock_and_have_children(url: str, start: Barrier, report: Pipe) -> None:
    """A daemon with two kinds of children that outlive it: forked, and executed."""
    database = _open(url, start)
    database.acquire()
    forked = os.fork()
    if forked == 0:
        time.sleep(60)
        os._exit(0)
    executed = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    report.send((forked, executed.pid))
    time.sleep(60)


def fill_the_disk(url: str, start: Barrier, report: Pipe) -> None:
    """Write until the file may not grow, then go on in what the reserve had kept.

    A limit on the size of files stands in for the disk: the write-ahead log meets it.
    """
    database = _open(url, start)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    outcome = "never full"
    for n in range(100):
        try:
            database.transact_now(
                lambda conn, n=n: status.put(conn, f"k{n}", "x" * 20_000, now=NOW)  # type: ignore[misc]  # of n
            )
        except StoreError as error:
            outcome = type(error).__name__
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with contextlib.suppress(DiskFull):
        database.transact_now(lambda conn: status.put(conn, "after", 1, now=NOW))
        outcome += ", then written"
    report.send(outcome)


def tell_of_the_same_story(url: str, start: Barrier, report: Pipe) -> None:
    """Bring an article of one story at the same moment as others do; reports the reasons."""
    database = _open(url, start)
    source = f"Outlet {os.getpid()}"
    with tempfile.TemporaryDirectory() as folder:
        desk = AlertingDesk(database, Path(folder))
        reasons = []
        for story in range(1, STORIES + 1):
            told = desk.report(source=source, story=story)
            reasons += [(story, str(d.reason)) for d in told if d.reason is not None]
    report.send(reasons)


def settle_what_is_due(url: str, start: Barrier, report: Pipe) -> None:
    """Settle due holds at the same moment as others do; reports how many alerts that made."""
    database = _open(url, start)
    with tempfile.TemporaryDirectory() as folder:
        desk = AlertingDesk(database, Path(folder))
        report.send(desk.later(hours=1))


def raise_a_first_alert_without_the_lock(url: str, start: Barrier, report: Pipe) -> None:
    """As a program would that forgot the stories' lock; reports what came of it."""
    database = _open(url, start)

    def work(conn: Connection) -> None:
        id, _ = articles.insert(conn, article(), content_hash="h", now=NOW)
        alerts.add(
            conn, story=StoryId(1), article=id, reason=Reason.FIRST,
            hits=[hit(f"r{os.getpid()}")], note="", now=NOW,
        )  # fmt: skip

    try:
        database.transact_now(work)
    except StoreError as error:
        report.send(str(error))
    else:
        report.send("raised")
