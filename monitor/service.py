"""A very small HTTP server for health and metrics: three pages, GET only, one request a connection.

What it answers comes from functions handed in; it knows neither database nor rules. Every request
is bounded in size and time, and so is the number of connections, because it may be reachable.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog

from monitor import metrics
from monitor.errors import ServiceError

log = structlog.get_logger(__name__)

MAX_HEAD: Final = 8 * 1024
"""Bytes of a request line with its headers; probes and scrapers send a few hundred."""
MAX_CONNECTIONS: Final = 32


_UNREAD: Final = (
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
)
"""Answers that may be given before the request has been read."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: HTTPStatus
    body: bytes
    content_type: str = "application/json"


class Service:
    """Listens from ``start`` to ``close``.

    ``alive`` and ``ready`` return what is wrong, a line each; nothing means that all is well.
    ``timeout`` (seconds) bounds the reading of a request and the ``ready`` check.
    """

    def __init__(
        self,
        listen: str,
        *,
        alive: Callable[[], Sequence[str]],
        ready: Callable[[], Awaitable[Sequence[str]]],
        render: Callable[[], bytes] = metrics.render,
        timeout: float = 5.0,
    ) -> None:
        self._listen = listen
        self._alive = alive
        self._ready = ready
        self._render = render
        self._timeout = timeout
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> tuple[str, int] | None:
        """Where it really listens (port 0 has become one); None while it does not."""
        if self._server is None or not self._server.sockets:
            return None
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def start(self) -> None:
        """Begin to listen; an empty address means not at all. Raises ServiceError."""
        if not self._listen:
            return
        host, _, port = self._listen.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        try:
            self._server = await asyncio.start_server(
                self._serve, host or None, int(port), limit=MAX_HEAD
            )
        except (OSError, ValueError, OverflowError) as error:
            why = error.strerror if isinstance(error, OSError) else None
            raise ServiceError(f"cannot listen on {self._listen}: {why or error}") from error
        log.info("service.listening", address=self._listen)

    async def close(self) -> None:
        """Stop listening and drop what is open."""
        if self._server is None:
            return
        self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy = len(self._open) >= MAX_CONNECTIONS
        self._open.add(task)
        try:
            async with asyncio.timeout(self._timeout * 2):
                answer = _plain(HTTPStatus.SERVICE_UNAVAILABLE) if busy else await self._ask(reader)
                if answer is not None:
                    writer.write(_bytes(answer))
                    await writer.drain()
                    if answer.status in _UNREAD:
                        await _linger(reader, writer)
        except (ConnectionError, TimeoutError):
            pass  # the other side's loss
        except asyncio.CancelledError:
            pass  # closing; asyncio.streams of Python 3.11 logs a fault for a task that ends so
        finally:
            self._open.discard(task)
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader) -> _Answer | None:
        """Read a request and answer it; None when none came."""
        try:
            async with asyncio.timeout(self._timeout):
                head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return _plain(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        except (asyncio.IncompleteReadError, TimeoutError):
            return None
        words = head.partition(b"\r\n")[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return _plain(HTTPStatus.BAD_REQUEST)
        path = words[1].partition(b"?")[0]
        if path not in (b"/healthz", b"/readyz", b"/metrics"):
            return _plain(HTTPStatus.NOT_FOUND)
        if words[0] != b"GET":
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED)
        try:
            return await self._page(path)
        except Exception:
            log.exception("service.failed", page=path.decode())
            return _plain(HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _page(self, path: bytes) -> _Answer:
        if path == b"/metrics":
            return _Answer(HTTPStatus.OK, self._render(), metrics.CONTENT_TYPE)
        if path == b"/healthz":
            return _verdict(self._alive())
        try:
            async with asyncio.timeout(self._timeout):
                return _verdict(await self._ready())
        except TimeoutError:
            return _verdict([f"the check did not end within {self._timeout:g} s"])


async def _linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Let the other side read the answer: closing over unread bytes would reset the connection."""
    writer.write_eof()
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            for _ in range(8):
                if not await reader.read(MAX_HEAD):
                    return


def _verdict(reasons: Sequence[str]) -> _Answer:
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    said = {"status": "unavailable" if reasons else "ok", "reasons": list(reasons)}
    return _Answer(status, json.dumps(said, ensure_ascii=False).encode() + b"\n")


def _plain(status: HTTPStatus) -> _Answer:
    return _Answer(status, f"{status.phrase}\n".encode(), "text/plain; charset=utf-8")


def _bytes(answer: _Answer) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
        lines.append("Allow: GET")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + answer.body
