"""Runs one blocking send in a thread of its own, with a deadline.

Apprise's shared pool is never used: one hanging server would hold up every other channel, and
pool threads keep the process from exiting. These threads are daemons and bounded per channel.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from monitor.errors import DeliveryDeferred, DeliveryUnknown

T = TypeVar("T")

DEADLINE = 40.0
"""Seconds one send may take. Under the lease of a delivery (60 s), so that nobody else has claimed
it by the time its outcome is recorded."""

THREADS = 4
"""Sends of one channel under way at once, those given up on included."""


class Runner(Generic[T]):
    """The threads of one channel."""

    def __init__(self, channel: str, *, deadline: float = DEADLINE, threads: int = THREADS) -> None:
        self._channel = channel
        self._deadline = deadline
        self._slots = threading.BoundedSemaphore(threads)
        self._threads = threads

    async def run(self, job: Callable[[], T]) -> T:
        """The result of ``job``, or its exception.

        Raises DeliveryUnknown after the deadline (the thread runs on and its result is dropped),
        DeliveryDeferred when every thread still hangs in an earlier send.
        """
        if not self._slots.acquire(blocking=False):
            reason = f"{self._threads} earlier sends still hang"
            raise DeliveryDeferred(self._channel, reason, retry_after=self._deadline)
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        thread = threading.Thread(
            target=self._work, args=(job, loop, outcome), name=f"send-{self._channel}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # no more threads on this machine
            self._slots.release()
            raise DeliveryDeferred(self._channel, "no thread could be started") from None
        # Not wait_for: a TimeoutError of the job itself must not pass for the deadline.
        done, _ = await asyncio.wait({outcome}, timeout=self._deadline)
        if not done:
            outcome.cancel()
            reason = f"no outcome within {self._deadline:g} s: it may or may not have arrived"
            raise DeliveryUnknown(self._channel, reason)
        return outcome.result()

    def _work(
        self, job: Callable[[], T], loop: asyncio.AbstractEventLoop, outcome: asyncio.Future[T]
    ) -> None:
        def settle(result: T | None, error: BaseException | None) -> None:
            if outcome.done():
                return
            if error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(result)  # type: ignore[arg-type]  # no error: it is a T

        result: T | None = None
        error: BaseException | None = None
        try:
            result = job()
        except BaseException as exc:  # noqa: BLE001  # whatever it is belongs to the one who waits
            error = exc
        finally:
            self._slots.release()
        with suppress(RuntimeError):  # the loop has closed meanwhile: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)
