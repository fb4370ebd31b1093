"""One round of everything: poll every feed, deliver what is pending, and say what happened.

For cron jobs, tests of a configuration, and scripts. It is the daemon without its jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from monitor.daemon import Daemon
from monitor.model import DeliveryState
from monitor.polling import Outcome, PollResult, Totals
from monitor.rounds import CLAIM_AHEAD, Poll
from monitor.store import outbox

PATIENCE = timedelta(seconds=60)
"""How long it waits for the retries of failed deliveries."""
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Summary:
    """What one round did. ``unrecorded`` feeds could not be written down (database trouble)."""

    totals: Totals
    unrecorded: int
    failed: tuple[Outcome, ...]
    deliveries: dict[DeliveryState, int]
    """Of this database, by where they stand at the end."""

    @property
    def worked(self) -> bool:
        """False when the database failed, or every feed did."""
        polls = self.totals.polls
        return not self.unrecorded and (not polls or self.totals.failed < polls)


async def run_once(
    daemon: Daemon,
    *,
    patience: timedelta = PATIENCE,
    on_poll: Callable[[Outcome], None] = lambda outcome: None,
) -> Summary:
    """Poll every enabled feed once, whatever is due; then deliver, groups closed at once."""
    outcomes, unrecorded = await poll_all(daemon, on_poll=on_poll)
    while await daemon.parts.pages.read_due():
        pass
    await daemon.parts.upkeep.settle()
    await _deliver_all(daemon, patience)
    await daemon.save_status()
    counted = await daemon.parts.database.read(outbox.counts)
    states: dict[DeliveryState, int] = {}
    for by_state in counted.values():
        for state, count in by_state.items():
            states[state] = states.get(state, 0) + count
    failed = tuple(o for o in outcomes if o.result is PollResult.FAILED)
    return Summary(daemon.parts.poller.totals, unrecorded, failed, states)


async def poll_all(
    daemon: Daemon,
    *,
    names: Collection[str] | None = None,
    on_poll: Callable[[Outcome], None] = lambda outcome: None,
) -> tuple[list[Outcome], int]:
    """Every enabled feed once, or those of ``names``; how many could not be recorded is second."""
    enabled = {name for name, feed in daemon.desk().feeds.items() if feed.enabled}
    left = enabled if names is None else {n for n in enabled if n in names}
    room = daemon.concurrency * CLAIM_AHEAD
    outcomes: list[Outcome] = []
    unrecorded = 0
    tasks: set[Poll] = set()
    while left or tasks:
        if left and len(tasks) < room:
            begun = await daemon.parts.rounds.start(limit=room - len(tasks), names=left)
            tasks |= set(begun.values())
            # What cannot be claimed is being polled by another daemon at this moment.
            left = left - begun.keys() if begun else set()
        if not tasks:
            break
        done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for outcome in (task.result() for task in done):
            if outcome is None:
                unrecorded += 1
                continue
            outcomes.append(outcome)
            on_poll(outcome)
    return outcomes, unrecorded


async def _deliver_all(daemon: Daemon, patience: timedelta) -> None:
    """Deliver until nothing is pending that falls due within ``patience`` of the last success: a
    channel's rate limit makes a long queue slow, not hopeless."""
    parts = daemon.parts
    deadline = daemon.now() + patience
    while daemon.now() < deadline:
        if await parts.deliverer.drain(close_groups=True):
            deadline = daemon.now() + patience
        find = partial(outbox.next_due, channels=list(daemon.desk().channels))
        due = await parts.database.read(find)
        # A drain that a poll began is not this one's to wait for, but its outcome is.
        if not parts.deliverer.is_sending and (due is None or due > deadline):
            return
        await asyncio.sleep(LOOK_SECONDS)
