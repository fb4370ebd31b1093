"""Politeness: at most so many fetches at once per registrable domain, and a pause in between.

Keyed by registrable domain, so that `feeds.example.org` and `www.example.org` share a limit; an IP
address is its own. Only public hosts are paced: a feed inside the network is the desk's own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from monitor.text.urls import host, registrable_domain


@dataclass(slots=True)
class _Turn:
    """One host: who fetches, who waits in what order, and when the next may begin."""

    taken: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    users: int = 0
    next_at: float = 0.0


@dataclass(slots=True)
class HostLimits:
    """``per_host`` fetches at once, begun at least ``gap`` seconds apart.

    A fetch that takes longer than ``patience`` seconds gives its place to the next: a feed that
    sends a byte a second must not delay the others of its host until its own deadline. A changed
    ``per_host`` holds for every fetch that begins after it.
    """

    per_host: int = 2
    gap: float = 0.5
    patience: float = 3.0
    _turns: dict[str, _Turn] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, url: str, *, paced: bool = True) -> AsyncIterator[None]:
        """Wait for the host's turn, hold it while the body of the ``with`` runs."""
        name = registrable_domain(host(url))
        turn = self._turns.setdefault(name, _Turn())
        loop = asyncio.get_running_loop()
        turn.users += 1
        try:
            await self._take(turn)
            place = _Place(self, turn)
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
            if not turn.users:  # the table must not grow with every host ever met
                wait = turn.next_at - loop.time()
                if wait > 0:
                    loop.call_later(wait, self._forget, name, turn, turn.next_at)
                else:
                    self._forget(name, turn, turn.next_at)

    async def _take(self, turn: _Turn) -> None:
        """Wait in line for one of the host's places."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn.waiting.append(waiter)
        self.hand_out(turn)
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # given a place in the same moment
                turn.taken -= 1
                self.hand_out(turn)
            raise

    def hand_out(self, turn: _Turn) -> None:
        """Give the free places to those who wait, in their order."""
        while turn.waiting and turn.taken < self.per_host:
            waiter = turn.waiting.popleft()
            if not waiter.done():
                turn.taken += 1
                waiter.set_result(None)

    def _forget(self, name: str, turn: _Turn, next_at: float) -> None:
        """Drop an idle host, unless it was met again since ``next_at`` was set."""
        if not turn.users and turn.next_at == next_at and self._turns.get(name) is turn:
            del self._turns[name]


@dataclass(slots=True)
class _Place:
    """One slot of a host, given up once: at the end of the fetch or when it takes too long."""

    limits: HostLimits
    turn: _Turn
    held: bool = True

    def give_up(self) -> None:
        if self.held:
            self.held = False
            self.turn.taken -= 1
            self.limits.hand_out(self.turn)
