"""The inside of a worker process: takes calls from a socket, one at a time, until it closes.

Started by ``workers`` with the number of an inherited socket. Imports nothing of ours before the
parent says what to preload, so that a worker holds only what its work needs. Results and errors
go back as plain values; the process protects its parent, not itself.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pickle
import signal
import socket
import struct
import sys
import traceback
from typing import Final

HEADER: Final = struct.Struct("!BQ")
"""Kind of frame, length of its payload."""
CALL, RESULT, UNREADABLE, CRASHED, NO_MEMORY, READY = range(6)

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_GRACE = 5.0
"""Seconds past its deadline after which a worker that nobody stopped ends itself."""


def main() -> None:
    """``python -m monitor.feeds.child FD PARENT MEMORY MODULE…``"""
    descriptor, parent, memory, *preload = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the parent's business
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _die_with(int(parent))
    for name in preload:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    _limit_memory(int(memory))
    with socket.socket(fileno=int(descriptor)) as channel:
        _send(channel, READY, b"")
        while _serve(channel):
            pass


def _serve(channel: socket.socket) -> bool:
    """One call; False when the parent has hung up."""
    head = _receive(channel, HEADER.size)
    if head is None:
        return False
    _, size = HEADER.unpack(head)
    payload = _receive(channel, size)
    if payload is None:
        return False
    try:
        function, args, deadline = pickle.loads(payload)  # noqa: S301 (from our own parent)
        signal.setitimer(signal.ITIMER_REAL, deadline + _GRACE)
        kind, answer = RESULT, pickle.dumps(function(*args), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        kind, answer = NO_MEMORY, b""
    except Exception as error:  # noqa: BLE001 (whatever it is, the parent has to hear of it)
        kind, answer = _described(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return _send(channel, kind, answer)


def _described(error: Exception) -> tuple[int, bytes]:
    """An error as plain strings: exceptions of ours do not survive pickling unchanged."""
    from monitor.errors import FeedUnreadable

    if isinstance(error, FeedUnreadable):
        return UNREADABLE, pickle.dumps((error.url, str(error)))
    where = "".join(traceback.format_exception(error))
    return CRASHED, pickle.dumps((f"{type(error).__name__}: {error}"[:500], where[-8_000:]))


def _receive(channel: socket.socket, size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        more = channel.recv(min(size - len(parts), 1 << 20))
        if not more:
            return None
        parts += more
    return bytes(parts)


def _send(channel: socket.socket, kind: int, payload: bytes) -> bool:
    try:
        channel.sendall(HEADER.pack(kind, len(payload)) + payload)
    except OSError:
        return False
    return True


def _die_with(parent: int) -> None:
    """On Linux the kernel ends this process when its parent dies, however that dies."""
    if sys.platform.startswith("linux"):
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(0)


def _limit_memory(extra: int) -> None:
    """At most ``extra`` bytes of address space beyond what the imports took."""
    if extra <= 0 or not sys.platform.startswith("linux"):
        return
    import resource

    with open("/proc/self/statm", encoding="ascii") as statm:
        pages = int(statm.read().split()[0])
    limit = pages * resource.getpagesize() + extra
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
