"""How many fetches one host takes at once, and what is remembered of hosts."""

from __future__ import annotations

import asyncio

from monitor.feeds.hosts import HostLimits

URL = "http://feeds.one.example/{}"


class Fetches:
    """Fetches of one host that end when they are told to."""

    def __init__(self, limits: HostLimits) -> None:
        self.limits = limits
        self.begun: list[int] = []
        self.ends = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, *numbers: int) -> None:
        self.tasks += [asyncio.create_task(self._fetch(n)) for n in numbers]

    async def _fetch(self, number: int) -> None:
        async with self.limits.turn(URL.format(number), paced=False):
            self.begun.append(number)
            await self.ends.wait()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_changed_limit_holds_for_hosts_that_are_known() -> None:
    async def go() -> None:
        fetches = Fetches(HostLimits(per_host=1))
        fetches.start(1, 2, 3)
        await settle()
        assert fetches.begun == [1]
        fetches.limits.per_host = 3
        fetches.start(4)
        await settle()
        assert fetches.begun == [1, 2, 3], "in their order"
        fetches.limits.per_host = 1
        fetches.start(5)
        await settle()
        assert fetches.begun == [1, 2, 3]
        fetches.ends.set()
        await asyncio.gather(*fetches.tasks)
        assert fetches.begun == [1, 2, 3, 4, 5]

    asyncio.run(go())


def test_who_stops_waiting_leaves_the_place_to_the_next() -> None:
    async def go() -> None:
        fetches = Fetches(HostLimits(per_host=1))
        fetches.start(1, 2, 3)
        await settle()
        first, second, third = fetches.tasks
        first.cancel()
        await asyncio.sleep(0)  # the place is the second's now, who has not run yet
        second.cancel()
        await settle()
        assert fetches.begun == [1, 3]
        third.cancel()
        await settle()
        assert not fetches.limits._turns

    asyncio.run(go())


def test_a_host_is_forgotten_when_its_gap_is_over() -> None:
    async def go() -> None:
        limits = HostLimits(gap=0.02)
        for n in range(20):
            async with limits.turn(f"http://host{n}.example/"):
                pass
        deadline = asyncio.get_running_loop().time() + 10
        while limits._turns:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.01)

    asyncio.run(go())


def test_the_gap_holds_between_fetches_that_follow_each_other() -> None:
    async def go() -> None:
        limits = HostLimits(gap=0.1)
        loop = asyncio.get_running_loop()
        begun = []
        for _ in range(3):
            async with limits.turn(URL.format(1)):
                begun.append(loop.time())
        assert begun[2] - begun[0] >= 0.19

    asyncio.run(go())
