"""Lines in, lines out, in order: on one core while they trickle, on all when they pour.

What is done with a line is the caller's function; it must be ready before `run` starts, because
the worker processes are forked from this one and inherit it. This process works too, so that two
cores need only one of them: each has to warm up its caches and learn what is common for itself.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import stat
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Protocol

Work = Callable[[Sequence[bytes], int], tuple[bytes, int]]
"""Lines and the number of the first one, 1-based: what to write, and how many were malformed."""

POUR = 500_000
"""Bytes from which it pays to use more than one process: to fork one costs as much as they do."""
_CHUNK = 1 << 18
"""Bytes read at a time, and given to a process at once: some 20 ms of work with 10,000 rules."""
_TURN = 0.0005
"""Seconds after which the threads that feed the workers get their turn beside our own work."""

_work: list[Work] = []
"""Set in a worker process only."""


class Sink(Protocol):
    """Where the output goes."""

    def write(self, data: bytes, /) -> object: ...

    def flush(self) -> object: ...


def run(source: IO[bytes], sink: Sink, work: Work, *, processes: int | None = None) -> int:
    """Give every line of ``source`` to ``work``, write the answers in order; how many were bad.

    Every line that has come is answered before more input is waited for. ``processes`` None: one
    for each core this process may use.
    """
    count = processes if processes is not None else len(os.sched_getaffinity(0))
    batch = _Batch(source, sink, work, count)
    usual = sys.getswitchinterval()
    try:
        return batch.run()
    finally:
        batch.close()
        sys.setswitchinterval(usual)


@dataclass(slots=True)
class _Job:
    block: bytes
    first: int
    answer: Future[tuple[bytes, int]] | None = None
    """None while no one has begun with it."""


@dataclass
class _Batch:
    source: IO[bytes]
    sink: Sink
    work: Work
    processes: int
    pool: ProcessPoolExecutor | None = None
    waiting: deque[_Job] = field(default_factory=deque)
    number: int = 1
    seen: int = 0
    """Bytes read; of a regular file, from the beginning all that it has."""
    bad: int = 0

    def run(self) -> int:
        rest: list[bytes] = []
        for chunk in self.chunks():
            self.seen += len(chunk)
            head, newline, tail = chunk.rpartition(b"\n")
            if not newline:
                rest.append(chunk)
                continue
            rest.append(head)
            self.take(b"".join(rest))
            rest = [tail] if tail else []
        if rest:
            self.take(b"".join(rest))
        while self.pool is not None and self.waiting:
            self.write_next(self.pool)
        return self.bad

    def chunks(self) -> Iterator[bytes]:
        """What there is to read; while nothing is, the answers are written."""
        try:
            handle = self.source.fileno()
        except (OSError, ValueError):
            yield from iter(lambda: self.source.read(_CHUNK), b"")
            return
        about = os.fstat(handle)
        if stat.S_ISREG(about.st_mode):
            self.seen = about.st_size
        while True:
            while self.pool is not None and self.waiting and not _is_ready(handle):
                self.write_next(self.pool)
            chunk = os.read(handle, _CHUNK)
            if not chunk:
                return
            yield chunk

    def take(self, block: bytes) -> None:
        """Whole lines, which go to a worker as they came: to send them one by one takes longer."""
        first, self.number = self.number, self.number + block.count(b"\n") + 1
        if self.pool is None and self.seen > POUR and self.processes > 1:
            self.pool = _pool(self.work, self.processes - 1)
            sys.setswitchinterval(_TURN)
        if self.pool is None:
            self.write(self.work(block.split(b"\n"), first))
            self.sink.flush()
            return
        self.waiting.append(_Job(block, first))
        self.hand_out(self.pool)
        while len(self.waiting) > 4 * self.processes:
            self.write_next(self.pool)

    def hand_out(self, pool: ProcessPoolExecutor) -> None:
        """A worker has one job in hand and one to go on with; the others can be done here."""
        begun = sum(job.answer is not None and not job.answer.done() for job in self.waiting)
        for job in [job for job in self.waiting if job.answer is None]:
            if begun >= 2 * (self.processes - 1):
                return
            try:
                job.answer = pool.submit(_in_worker, job.block, job.first)
            except BrokenExecutor:
                return
            begun += 1

    def write_next(self, pool: ProcessPoolExecutor) -> None:
        """Until the next answer is there, this process does what no worker has begun."""
        job = self.waiting[0]
        while job.answer is None or not job.answer.done():
            self.hand_out(pool)
            mine = next((job for job in self.waiting if job.answer is None), None)
            if mine is None:
                break
            mine.answer = Future()
            mine.answer.set_result(self.work(mine.block.split(b"\n"), mine.first))
        assert job.answer is not None
        try:
            answer = job.answer.result()
        except BrokenExecutor:  # a worker was killed: its lines are done here
            answer = self.work(job.block.split(b"\n"), job.first)
        self.waiting.popleft()
        self.write(answer)
        self.sink.flush()

    def write(self, answer: tuple[bytes, int]) -> None:
        self.sink.write(answer[0])
        self.bad += answer[1]

    def close(self) -> None:
        if self.pool is not None:
            self.pool.shutdown(wait=False, cancel_futures=True)


def _is_ready(handle: int) -> bool:
    return bool(select.select([handle], [], [], 0)[0])


def _pool(work: Work, processes: int) -> ProcessPoolExecutor | None:
    """Workers that share this process's memory; None where there is no fork."""
    if "fork" not in multiprocessing.get_all_start_methods():
        return None
    sys.stdout.flush()
    return ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("fork"),
        initializer=_become_worker,
        initargs=(work,),
    )


def _become_worker(work: Work) -> None:
    _work[:] = [work]


def _in_worker(block: bytes, first: int) -> tuple[bytes, int]:
    return _work[0](block.split(b"\n"), first)
