"""Supervised worker processes for what is heavy or hostile: parsing, cleaning, extraction.

Each worker has its own process and its own socket, and does one call at a time. A call that
hangs, eats memory or kills its worker costs that call alone: the worker is replaced, the others
never notice. Workers die with their parent. What is called knows nothing of all this.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from monitor.errors import FeedUnreadable
from monitor.feeds.child import CALL, CRASHED, HEADER, NO_MEMORY, READY, RESULT, UNREADABLE

T = TypeVar("T")

MIB = 1_048_576
_START_LIMIT = 60.0
"""Seconds for a worker to import what it needs, on a machine under load."""
_LARGEST_ANSWER = 256 * MIB


class WorkerError(Exception):
    """The traceback of an error inside a worker, as text; the cause of a FeedUnreadable."""


class _LostError(Exception):
    """The worker is gone or must go."""


class _Worker:
    """One process. Not shared: whoever holds it may call it."""

    def __init__(self, process: subprocess.Popen[bytes], channel: socket.socket) -> None:
        self.process = process
        self.calls = 0
        self._channel = channel
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @classmethod
    async def start(cls, preload: Sequence[str], memory_limit: int) -> _Worker:
        """A process that has imported its modules; _LostError when it cannot start."""
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "monitor.feeds.child"]
        command += [str(theirs.fileno()), str(os.getpid()), str(memory_limit), *preload]
        # The worker must find what we found (tests and checkouts have paths of their own), and
        # numpy's thread pools would reserve memory for work that is never theirs.
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(p or os.getcwd() for p in sys.path),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        with theirs:
            process = subprocess.Popen(  # noqa: S603, ASYNC220 (our own interpreter; a few ms)
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                process_group=0,
            )
        worker = cls(process, ours)
        try:
            ours.setblocking(False)
            worker._reader, worker._writer = await asyncio.open_connection(sock=ours, limit=MIB)
            async with asyncio.timeout(_START_LIMIT):
                kind, _ = await worker._receive()
        except BaseException as e:
            await worker.kill()
            if isinstance(e, TimeoutError | OSError | _LostError):
                raise _LostError("a worker process could not start") from e
            raise
        assert kind == READY
        return worker

    async def call(self, payload: bytes) -> tuple[int, bytes]:
        """Sends one call and waits for its answer; _LostError when the process ends instead."""
        assert self._writer is not None
        self.calls += 1
        try:
            self._writer.write(HEADER.pack(CALL, len(payload)))
            self._writer.write(payload)
            await self._writer.drain()
        except OSError as e:
            raise _LostError("the worker process has ended") from e
        return await self._receive()

    async def _receive(self) -> tuple[int, bytes]:
        assert self._reader is not None
        try:
            kind, size = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            if size > _LARGEST_ANSWER:
                raise _LostError("the answer is too large")
            return kind, await self._reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError) as e:
            raise _LostError("the worker process has ended") from e

    async def kill(self) -> int | None:
        """Ends the process and waits for its end; its exit code, minus the signal's number."""
        with contextlib.suppress(OSError):
            self.process.kill()
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        else:
            self._channel.close()
        return await asyncio.shield(asyncio.to_thread(self.process.wait))


class Workers:
    """``async with Workers(count=2) as workers: await workers.run(parse, body, kind, url)``.

    ``memory_limit`` is in bytes beyond what a worker's imports take, ``deadline`` the seconds a
    call may take unless it says otherwise, ``recycle_after`` the calls after which a worker is
    replaced (parsers leak), ``preload`` the modules it imports before its first call.
    """

    def __init__(
        self,
        count: int = 2,
        *,
        memory_limit: int = 512 * MIB,
        deadline: float = 20.0,
        recycle_after: int = 2_000,
        preload: Sequence[str] = ("monitor.feeds.parse",),
    ) -> None:
        self.count = count
        self._memory_limit = memory_limit
        self._deadline = deadline
        self._recycle_after = recycle_after
        self._preload = tuple(preload)
        self._idle: list[_Worker] = []
        self._slots = asyncio.Semaphore(count)
        self._live: set[_Worker] = set()
        self._background: set[asyncio.Task[None]] = set()
        self._closed = False
        self.restarts = 0
        """Workers replaced because a call hung, grew too large or killed them."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Starts all workers and waits until they are warm. Not needed before ``run``."""
        started = await asyncio.gather(
            *(self._new() for _ in range(self.count - len(self._live))), return_exceptions=True
        )
        for worker in started:
            if isinstance(worker, BaseException):
                await self.close()
                raise RuntimeError("no worker process could be started") from worker
            self._idle.append(worker)

    async def run(
        self, fn: Callable[..., T], *args: Any, deadline: float | None = None, url: str = ""
    ) -> T:
        """``fn(*args)`` in a worker; ``fn`` must be importable, its arguments picklable.

        Raises FeedUnreadable (about ``url``) when the call raised, hung for longer than
        ``deadline`` seconds, needed too much memory or killed its worker. Waiting for a free
        worker does not count. RuntimeError after ``close``.
        """
        seconds = self._deadline if deadline is None else deadline
        payload = pickle.dumps((fn, args, seconds), pickle.HIGHEST_PROTOCOL)
        async with self._slots:
            worker = await self._take(url)
            kept = False
            try:
                async with asyncio.timeout(seconds):
                    kind, answer = await worker.call(payload)
                kept = kind != NO_MEMORY and worker.calls < self._recycle_after
            except TimeoutError as e:
                raise FeedUnreadable(url, f"reading it took longer than {seconds:g} s") from e
            except _LostError as e:
                raise FeedUnreadable(url, await self._post_mortem(worker)) from e
            finally:
                # Reached by cancellation as well: a worker in the middle of a call is no use.
                if kept and not self._closed:
                    self._idle.append(worker)
                else:
                    self.restarts += worker.calls < self._recycle_after
                    self._spawn(self._replace(worker))
        return cast("T", self._unwrap(kind, answer, url))

    async def close(self) -> None:
        """Ends every worker; calls under way fail. May be called twice."""
        self._closed = True
        self._idle.clear()
        await asyncio.gather(*(self._end(w) for w in list(self._live)))
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    def pids(self) -> list[int]:
        """The processes alive now."""
        return [w.process.pid for w in self._live]

    # --- the inside --------------------------------------------------------------------------

    async def _new(self) -> _Worker:
        worker = await _Worker.start(self._preload, self._memory_limit)
        self._live.add(worker)
        return worker

    async def _take(self, url: str) -> _Worker:
        if self._closed:
            raise RuntimeError("these workers are closed")
        while self._idle:
            worker = self._idle.pop()
            if worker.process.poll() is None:
                return worker
            await self._end(worker)  # killed while idle: nobody's fault
        try:
            return await self._new()
        except _LostError as e:
            raise FeedUnreadable(url, str(e)) from e

    async def _post_mortem(self, worker: _Worker) -> str:
        code = await self._end(worker)
        how = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
        return f"the process reading it died ({how})"

    async def _replace(self, worker: _Worker) -> None:
        """Ends a worker and has the next one warm before it is needed."""
        await self._end(worker)
        if self._closed or len(self._live) >= self.count:
            return
        with contextlib.suppress(_LostError):  # the next call tries again, and says so
            fresh = await self._new()
            if self._closed or len(self._live) > self.count:
                await self._end(fresh)
            else:
                self._idle.append(fresh)

    async def _end(self, worker: _Worker) -> int | None:
        self._live.discard(worker)
        return await worker.kill()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _unwrap(self, kind: int, answer: bytes, url: str) -> Any:
        if kind == RESULT:
            return pickle.loads(answer)  # noqa: S301 (from our own child)
        if kind == UNREADABLE:
            about, message = pickle.loads(answer)  # noqa: S301 (from our own child)
            raise FeedUnreadable(about, message)
        if kind == NO_MEMORY:
            mib = self._memory_limit // MIB
            raise FeedUnreadable(url, f"reading it needs more than {mib} MiB of memory")
        assert kind == CRASHED
        message, where = pickle.loads(answer)  # noqa: S301 (from our own child)
        raise FeedUnreadable(url, f"reading it failed: {message}") from WorkerError(where)
