"""Worker processes under documents that mean harm."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Awaitable, Callable

import pytest

from monitor.errors import FeedUnreadable
from monitor.feeds.parse import parse
from monitor.feeds.workers import MIB, WorkerError, Workers
from tests.integration.feeds.calls import (
    die,
    double,
    eat,
    fail,
    hang,
    leave,
    nap,
    process,
    refuse,
    unpicklable,
)


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(*pids: int, within: float = 10.0) -> bool:
    end = time.monotonic() + within
    while any(alive(p) for p in pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)  # waits for another process, not for luck: the loop decides
    return True


def scene(play: Callable[[Workers], Awaitable[None]], count: int = 1, **options: object) -> None:
    async def run() -> None:
        options.setdefault("preload", ("tests.integration.feeds.calls",))
        async with Workers(count, **options) as workers:  # type: ignore[arg-type]
            await play(workers)

    asyncio.run(run())


async def unreadable(workers: Workers, *call: object, **options: object) -> FeedUnreadable:
    with pytest.raises(FeedUnreadable) as caught:
        await workers.run(*call, url="https://x.example/", **options)  # type: ignore[arg-type]
    return caught.value


def test_a_call_is_done_in_another_process() -> None:
    async def play(workers: Workers) -> None:
        assert await workers.run(double, 21) == 42
        assert await workers.run(process) in workers.pids()
        assert os.getpid() not in workers.pids()

    scene(play)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ((hang,), "longer than 0.5 s"),
        ((eat, 2_000), "more than 64 MiB"),
        ((die,), "died .signal 9"),
        ((leave,), "died .code 3"),
        ((fail,), "KeyError: 'surprise'"),
        ((unpicklable,), "failed"),
    ],
)
def test_what_harms_a_worker_costs_that_call_alone(call: tuple[object, ...], words: str) -> None:
    limit = 0.5 if call == (hang,) else 10.0

    async def play(workers: Workers) -> None:
        other = asyncio.create_task(workers.run(nap, 0.6, deadline=10))
        error, _ = await asyncio.gather(unreadable(workers, *call, deadline=limit), other)
        assert error.url == "https://x.example/"
        assert re.search(words, str(error))
        assert await workers.run(double, 4) == 8
        assert len(workers.pids()) <= 2

    scene(play, count=2, memory_limit=64 * MIB)


def test_the_traceback_of_a_fault_comes_along() -> None:
    async def play(workers: Workers) -> None:
        error = await unreadable(workers, fail)
        assert isinstance(error.__cause__, WorkerError)
        assert 'raise KeyError("surprise")' in str(error.__cause__)
        assert workers.restarts == 0

    scene(play)


def test_a_verdict_about_a_document_is_no_fault_of_the_worker() -> None:
    async def play(workers: Workers) -> None:
        before = workers.pids()
        with pytest.raises(FeedUnreadable, match="not a feed") as caught:
            await workers.run(refuse, "https://named.example/")
        assert caught.value.url == "https://named.example/"
        assert workers.pids() == before

    scene(play)


def test_workers_are_replaced_after_so_many_calls() -> None:
    async def play(workers: Workers) -> None:
        seen = [await workers.run(process) for _ in range(9)]
        assert len(set(seen)) >= 3
        assert max(seen.count(p) for p in seen) == 3
        assert workers.restarts == 0

    scene(play, recycle_after=3)


def test_more_calls_than_workers_wait_their_turn() -> None:
    async def play(workers: Workers) -> None:
        got = await asyncio.gather(*(workers.run(double, n) for n in range(200)))
        assert got == [2 * n for n in range(200)]
        assert len(workers.pids()) == 2

    scene(play, count=2)


def test_waiting_for_a_worker_is_not_counted_against_a_call() -> None:
    async def play(workers: Workers) -> None:
        calls = [workers.run(nap, 0.3, deadline=0.8) for _ in range(3)]
        assert len(set(await asyncio.gather(*calls))) == 1

    scene(play, count=1)


def test_a_cancelled_call_does_not_disturb_the_next() -> None:
    async def play(workers: Workers) -> None:
        task = asyncio.create_task(workers.run(nap, 30, deadline=60))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await workers.run(double, 5) == 10

    scene(play)


def test_a_worker_killed_while_idle_is_nobodys_fault() -> None:
    async def play(workers: Workers) -> None:
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGKILL)
        assert await asyncio.to_thread(gone, pid)
        assert await workers.run(double, 2) == 4

    scene(play)


def test_closing_ends_every_process_and_every_call() -> None:
    async def run() -> list[int]:
        workers = Workers(2, preload=())
        await workers.start()
        pids = workers.pids()
        call = asyncio.create_task(workers.run(nap, 60, deadline=90))
        await asyncio.sleep(0.2)
        await workers.close()
        with pytest.raises(FeedUnreadable):
            await call
        await workers.close()
        with pytest.raises(RuntimeError):
            await workers.run(double, 1)
        return pids

    assert gone(*asyncio.run(run()), within=2)


def test_no_worker_outlives_a_parent_that_was_killed() -> None:
    """Not even one in the middle of a document that never ends."""
    program = textwrap.dedent(
        """
        import asyncio
        from monitor.feeds.workers import Workers
        from tests.integration.feeds.calls import hang
        async def main():
            async with Workers(2, preload=()) as workers:
                task = asyncio.create_task(workers.run(hang, deadline=600))
                await asyncio.sleep(0.3)
                print(*workers.pids(), flush=True)
                await task
        asyncio.run(main())
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        assert parent.stdout is not None
        pids = [int(p) for p in parent.stdout.readline().split()]
        assert len(pids) == 2
        assert all(alive(p) for p in pids)
        parent.kill()
    assert gone(*pids)


def test_feeds_are_parsed_in_workers_that_are_warm() -> None:
    body = b"<rss><channel><item><guid>1</guid><title>Niger</title></item></channel></rss>"

    async def run() -> float:
        async with Workers(1) as workers:
            start = time.monotonic()
            feed = await workers.run(parse, body, "text/xml", "https://x.example/")
            assert feed.entries[0].title == "Niger"
            with contextlib.suppress(FeedUnreadable):
                await workers.run(parse, b"<html>", None, "https://x.example/")
            return time.monotonic() - start

    assert asyncio.run(run()) < 3
