"""Politeness: at most so many fetches at once per registrable domain, and a pause in between.

Keyed by registrable domain, so that `feeds.example.org` and `www.example.org` share a limit; an IP
address is its own. Only public hosts are paced: a feed inside the network is the desk's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from monitor.text.urls import host, registrable_domain


@dataclass(slots=True)
class _Turn:
    slots: asyncio.Semaphore
    users: int = 0
    next_at: float = 0.0


@dataclass(slots=True)
class HostLimits:
    """``per_host`` fetches at once, begun at least ``gap`` seconds apart.

    A fetch that takes longer than ``patience`` seconds gives its place to the next: a feed that
    sends a byte a second must not delay the others of its host until its own deadline.
    """

    per_host: int = 2
    gap: float = 0.5
    patience: float = 3.0
    _turns: dict[str, _Turn] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, url: str, *, paced: bool = True) -> AsyncIterator[None]:
        """Wait for the host's turn, hold it while the body of the ``with`` runs."""
        name = registrable_domain(host(url))
        turn = self._turns.setdefault(name, _Turn(asyncio.Semaphore(self.per_host)))
        loop = asyncio.get_running_loop()
        turn.users += 1
        try:
            await turn.slots.acquire()
            place = _Place(turn.slots)
            timer: asyncio.TimerHandle | None = None
            try:
                if paced and self.gap:
                    begin = max(loop.time(), turn.next_at)
                    turn.next_at = begin + self.gap
                    await asyncio.sleep(begin - loop.time())
                timer = loop.call_later(self.patience, place.give_up)
                yield
            finally:
                if timer is not None:
                    timer.cancel()
                place.give_up()
        finally:
            turn.users -= 1
            if not turn.users and turn.next_at <= loop.time():
                self._turns.pop(name, None)  # the table must not grow with every host ever met


@dataclass(slots=True)
class _Place:
    """One slot of a host, given up once: at the end of the fetch or when it takes too long."""

    slots: asyncio.Semaphore
    held: bool = True

    def give_up(self) -> None:
        if self.held:
            self.held = False
            self.slots.release()
