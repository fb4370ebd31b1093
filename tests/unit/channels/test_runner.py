"""One blocking send in a thread: outcomes, the deadline, and no thread that keeps us alive."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from monitor.channels.runner import DEADLINE, THREADS, Runner
from monitor.errors import DeliveryDeferred, DeliveryUnknown


def test_results_and_errors_come_through() -> None:
    runner: Runner[int] = Runner("desk")

    def fail() -> int:
        raise TimeoutError("the job's own")

    async def go() -> None:
        assert await runner.run(lambda: 42) == 42
        with pytest.raises(TimeoutError, match="the job's own"):
            await runner.run(fail)

    asyncio.run(go())


def test_the_deadline_makes_it_unknown_and_the_late_thread_is_a_daemon() -> None:
    release = threading.Event()
    runner: Runner[bool] = Runner("desk", deadline=0.05)

    async def go() -> None:
        with pytest.raises(DeliveryUnknown, match=r"no outcome within 0\.05 s"):
            await runner.run(lambda: release.wait(10))

    asyncio.run(go())
    (late,) = [t for t in threading.enumerate() if t.name == "send-desk"]
    assert late.daemon
    release.set()
    late.join(5)


def test_hanging_sends_are_bounded_and_free_their_places_again() -> None:
    release = threading.Event()
    runner: Runner[bool] = Runner("desk", deadline=0.05, threads=2)

    async def go() -> None:
        stuck = [runner.run(lambda: release.wait(10)) for _ in range(2)]
        outcomes = await asyncio.gather(*stuck, return_exceptions=True)
        assert [type(o) for o in outcomes] == [DeliveryUnknown] * 2
        with pytest.raises(DeliveryDeferred, match="2 earlier sends still hang"):
            await runner.run(lambda: True)
        release.set()
        for thread in [t for t in threading.enumerate() if t.name == "send-desk"]:
            thread.join(5)
        assert await runner.run(lambda: True) is True

    asyncio.run(go())


def test_the_loop_runs_on_while_a_send_blocks() -> None:
    runner: Runner[None] = Runner("desk")
    ticks = 0

    async def go() -> None:
        nonlocal ticks
        sending = asyncio.create_task(runner.run(lambda: time.sleep(0.1)))
        while not sending.done():
            ticks += 1
            await asyncio.sleep(0.01)

    asyncio.run(go())
    assert ticks > 3


def test_a_cancelled_wait_leaves_the_runner_usable() -> None:
    runner: Runner[bool] = Runner("desk", threads=1)
    release = threading.Event()

    async def go() -> None:
        waiting = asyncio.create_task(runner.run(lambda: release.wait(10)))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        release.set()
        for thread in [t for t in threading.enumerate() if t.name == "send-desk"]:
            thread.join(5)
        assert await runner.run(lambda: True)

    asyncio.run(go())


def test_a_send_that_hangs_for_ever_does_not_keep_the_process_alive() -> None:
    code = (
        "import asyncio, threading\n"
        "from monitor.channels.runner import Runner\n"
        "async def go():\n"
        "    try:\n"
        "        await Runner('desk', deadline=0.05).run(threading.Event().wait)\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__)\n"
        "asyncio.run(go())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout.strip() == "DeliveryUnknown"
    assert done.stderr == ""


def test_the_deadline_lies_within_the_lease_of_a_delivery() -> None:
    assert DEADLINE < 60
    assert THREADS >= 2
