"""A small HTTP server on loopback that publishes the sample feeds as the show goes on.

It does what a publisher's server does (conditional GET, errors now and then) and nothing more;
it answers one request per connection and is no server for anything but the demonstration.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self

from monitor.demo.documents import CONTENT_TYPES, broken, render
from monitor.demo.samples import Fault, FaultKind, Outlet, Programme

REQUEST_LIMIT = 16_384
"""Bytes of a request's head; the daemon's own is a few hundred."""
REQUEST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before it is written down."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def to_bytes(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status.value} {self.status.phrase}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


@dataclass(slots=True)
class FeedServer:
    """Serves ``/<outlet id>`` as it stands at the current second of the show.

    ``second`` tells the second of the show, ``pace`` how many real seconds one lasts; items are
    dated from ``started`` on. ``answers`` counts what was answered, by status.
    """

    programme: Programme
    second: Callable[[], float]
    started: datetime
    pace: float = 1.0
    host: str = "127.0.0.1"
    answers: Counter[int] = field(default_factory=Counter)
    _spent: Counter[tuple[str, Fault]] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    port: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.host, 0, limit=REQUEST_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def url(self, outlet: Outlet) -> str:
        """Where the outlet's feed is served."""
        return f"http://{self.host}:{self.port}/{outlet.id}"

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        """What a request for ``path`` gets now; header names are in small letters."""
        outlet = next((o for o in self.programme.outlets if f"/{o.id}" == path), None)
        if outlet is None:
            return Answer(HTTPStatus.NOT_FOUND)
        second = self.second()
        samples = self.programme.published(outlet.id, second)
        body = render(outlet, samples, started=self.started, pace=self.pace)
        match self._fault(outlet, second):
            case FaultKind.UNAVAILABLE:
                return Answer(HTTPStatus.SERVICE_UNAVAILABLE, (("Retry-After", "1"),))
            case FaultKind.MALFORMED:
                body = broken(body)
        newest = samples[0].at if samples else 0.0
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        validators = (("ETag", etag), ("Last-Modified", self._last_modified(newest)))
        # A date counts whole seconds only: the ETag decides alone when the client knows one.
        if etag in headers.get("if-none-match", ""):
            return Answer(HTTPStatus.NOT_MODIFIED, validators)
        content_type = f"{CONTENT_TYPES[outlet.format]}; charset={outlet.encoding}"
        return Answer(HTTPStatus.OK, (("Content-Type", content_type), *validators), body)

    def _fault(self, outlet: Outlet, second: float) -> FaultKind | None:
        """What goes wrong with this request, if anything."""
        for fault in outlet.faults:
            if fault.start <= second and self._spent[outlet.id, fault] < fault.requests:
                self._spent[outlet.id, fault] += 1
                return fault.kind
        return None

    def _last_modified(self, second: float) -> str:
        return format_datetime(self.started + timedelta(seconds=second * self.pace), usegmt=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A client that went away, was too slow or sent no request is none of the show's business.
        with contextlib.suppress(
            OSError, EOFError, IndexError, TimeoutError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(REQUEST_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                path = head[0].split(" ")[1].partition("?")[0]
                fields = (line.partition(":") for line in head[1:] if ":" in line)
                headers = {name.strip().lower(): value.strip() for name, _, value in fields}
                answer = self.answer(path, headers)
                self.answers[answer.status.value] += 1
                writer.write(answer.to_bytes())
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
