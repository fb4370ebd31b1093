"""What the worker tests have done in workers. Imports little: every worker imports it."""

from __future__ import annotations

import os
import signal
import time

from monitor.errors import FeedUnreadable

MIB = 1_048_576


def double(number: int) -> int:
    return 2 * number


def hang() -> None:
    while True:
        pass


def eat(mib: int) -> int:
    return sum(len(piece) for piece in [bytes(MIB) for _ in range(mib)])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> None:
    os._exit(3)


def fail() -> None:
    raise KeyError("surprise")


def refuse(url: str) -> None:
    raise FeedUnreadable(url, "not a feed")


def process() -> int:
    return os.getpid()


def nap(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def unpicklable() -> object:
    return lambda: None
