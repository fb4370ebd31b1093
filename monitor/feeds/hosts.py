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
    waiting: int = 0
    next_at: float = 0.0


@dataclass(slots=True)
class HostLimits:
    """``per_host`` fetches at once, begun at least ``gap`` seconds apart."""

    per_host: int = 2
    gap: float = 0.5
    _turns: dict[str, _Turn] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, url: str, *, paced: bool = True) -> AsyncIterator[None]:
        """Wait for the host's turn, hold it while the body of the ``with`` runs."""
        name = registrable_domain(host(url))
        turn = self._turns.setdefault(name, _Turn(asyncio.Semaphore(self.per_host)))
        turn.waiting += 1
        try:
            async with turn.slots:
                if paced and self.gap:
                    loop = asyncio.get_running_loop()
                    begin = max(loop.time(), turn.next_at)
                    turn.next_at = begin + self.gap
                    await asyncio.sleep(begin - loop.time())
                yield
        finally:
            turn.waiting -= 1
            if not turn.waiting:
                self._forget(name, turn)

    def _forget(self, name: str, turn: _Turn) -> None:
        """Drop an idle host once its pause is over: the table must not grow with every feed."""
        if turn.next_at <= asyncio.get_running_loop().time():
            self._turns.pop(name, None)
