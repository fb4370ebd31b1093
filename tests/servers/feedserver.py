"""A real HTTP server on loopback that behaves, or misbehaves, as a test tells it to.

It runs on threads of its own, so that tests of any kind (a loop, a subprocess, plain code) can
talk to it. Nothing of the project is used here.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import select
import socket
import ssl
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Request:
    """What was asked, and when (``time.monotonic``)."""

    method: str
    target: str
    headers: dict[str, str]
    at: float

    @property
    def path(self) -> str:
        path = self.target
        if "://" in path:
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        return path.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """One answer. The odd fields make it a bad one."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds before the first byte."""
    drip: float = 0.0
    """Seconds between single bytes of the body."""
    drip_head: float = 0.0
    """Seconds between single bytes of the status line and headers."""
    cut: int | None = None
    """Close the connection after so many bytes of the body."""
    length: int | None = None
    """A Content-Length that may be wrong; -1: none at all."""
    chunked: bool = False
    raw: bytes | None = None
    """Sent as it stands, instead of everything else."""
    validate: bool = False
    """Send ETag and Last-Modified of the body, and answer 304 to those who have them."""


Behaviour = Reply | Callable[[Request], Reply]


@dataclass
class Item:
    """One item of a feed; ``after`` is when it appears, in seconds from the server's start."""

    guid: str
    title: str
    text: str = ""
    link: str | None = None
    published: float | None = None
    after: float = 0.0


class LiveFeed:
    """An RSS feed whose items come (and go) over time. Safe to change from any thread."""

    def __init__(self, title: str = "Live", *, lang: str | None = "en", keep: int = 50) -> None:
        self.title = title
        self.lang = lang
        self.keep = keep
        self.items: list[Item] = []
        self.started = time.monotonic()

    def add(self, *items: Item) -> None:
        for item in items:  # a date of its own, or the document would change by itself
            if item.published is None:
                item.published = time.time() + item.after
        self.items = [*self.items, *items]

    def document(self) -> bytes:
        elapsed = time.monotonic() - self.started
        out = [i for i in self.items if i.after <= elapsed][-self.keep :]
        return rss(list(reversed(out)), title=self.title, lang=self.lang)

    def __call__(self, request: Request) -> Reply:
        return Reply(
            body=self.document(),
            headers={"content-type": "application/rss+xml; charset=utf-8"},
            validate=True,
        )


def rss(items: list[Item], *, title: str = "Live", lang: str | None = "en") -> bytes:
    """A plain RSS 2.0 document."""
    out = ['<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>']
    out.append(f"<title>{escape(title)}</title><link>http://news.invalid/</link>")
    if lang:
        out.append(f"<language>{escape(lang)}</language>")
    for item in items:
        link = item.link or f"http://news.invalid/{item.guid}"
        when = formatdate(item.published if item.published is not None else time.time())
        out.append(
            f"<item><guid isPermaLink='false'>{escape(item.guid)}</guid>"
            f"<title>{escape(item.title)}</title><link>{escape(link)}</link>"
            f"<pubDate>{when}</pubDate><description>{escape(item.text)}</description></item>"
        )
    out.append("</channel></rss>")
    return "".join(out).encode()


def gzip_bomb(size: int) -> bytes:
    """``size`` zero bytes, packed with gzip."""
    return gzip.compress(bytes(size), 9)


def deflate_bomb(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


class FeedServer:
    """``with FeedServer() as server: server.set("/a", Reply(...))``.

    Several replies for one path are given in turn, the last for ever. Also answers as a forward
    proxy: absolute targets are looked up by their path, CONNECT tunnels are dialled for real.
    """

    def __init__(self, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._socket = socket.create_server((host, 0), backlog=512)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._behaviours: dict[str, list[Behaviour]] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._open: set[socket.socket] = set()
        self.requests: list[Request] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="feedserver", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def set(self, path: str, *behaviours: Behaviour) -> str:
        """Says how to answer at ``path`` from now on; returns its URL."""
        with self._lock:
            self._behaviours[path] = list(behaviours)
        return self.url(path)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        return self.set(path, Reply(status=status, headers={"location": to}))

    def live(self, path: str, **options: object) -> LiveFeed:
        feed = LiveFeed(**options)  # type: ignore[arg-type]  # handed through as given
        self.set(path, feed)
        return feed

    def count(self, path: str | None = None) -> int:
        with self._lock:
            return sum(1 for r in self.requests if path is None or r.path == path)

    def counts(self) -> Counter[str]:
        with self._lock:
            return Counter(r.path for r in self.requests)

    def last(self, path: str) -> Request:
        with self._lock:
            return next(r for r in reversed(self.requests) if r.path == path)

    def wait_for(self, path: str, count: int, timeout: float = 10.0) -> None:
        """Blocks until ``path`` was asked ``count`` times."""
        end = time.monotonic() + timeout
        while self.count(path) < count:
            if time.monotonic() > end:
                raise AssertionError(f"{path} was asked {self.count(path)} times, not {count}")
            self._closing.wait(0.01)

    # --- connections -------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._open.add(connection)
            request = self._read(connection)
            if request is None:
                return
            with self._lock:
                self.requests.append(request)
            if request.method == "CONNECT":
                self._tunnel(connection, request.target)
            else:
                self._answer(connection, self._reply(request))
        except OSError:  # the client went away, or does not like our certificate
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    @staticmethod
    def _read(connection: socket.socket) -> Request | None:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65_536)
            if not more:
                return None
            data += more
            if data[0] == 0x16:  # a TLS handshake, on a port that speaks plain HTTP
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return None
        lines = data.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        return Request(method, target, headers, time.monotonic())

    def _reply(self, request: Request) -> Reply:
        with self._lock:
            behaviours = self._behaviours.get(request.path)
            if not behaviours:
                return Reply(status=404, body=b"nothing here")
            behaviour = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
        reply = behaviour if isinstance(behaviour, Reply) else behaviour(request)
        return self._validated(request, reply) if reply.validate else reply

    @staticmethod
    def _validated(request: Request, reply: Reply) -> Reply:
        tag = f'"{hashlib.sha256(reply.body).hexdigest()[:16]}"'
        headers = {**reply.headers, "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return Reply(status=304, headers=headers)
        return Reply(status=reply.status, body=reply.body, headers=headers)

    def _answer(self, connection: socket.socket, reply: Reply) -> None:
        if reply.delay and self._closing.wait(reply.delay):
            return
        if reply.raw is not None:
            connection.sendall(reply.raw)
            return
        headers = {"connection": "close", **reply.headers}
        body = reply.body
        if reply.chunked:
            headers["transfer-encoding"] = "chunked"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif reply.length != -1 and reply.status != 304:
            headers["content-length"] = str(len(body) if reply.length is None else reply.length)
        head = f"HTTP/1.1 {reply.status} Whatever\r\n"
        head += "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        if reply.cut is not None:
            body = body[: reply.cut]
        self._send(connection, head.encode("latin-1"), reply.drip_head)
        self._send(connection, body, reply.drip)

    def _send(self, connection: socket.socket, data: bytes, pause: float) -> None:
        if not pause:
            connection.sendall(data)
            return
        for byte in _single(data):
            connection.sendall(byte)
            if self._closing.wait(pause):
                return

    def _tunnel(self, connection: socket.socket, target: str) -> None:
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5) as far:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            ends = {connection: far, far: connection}
            while not self._closing.is_set():
                ready, _, _ = select.select(list(ends), [], [], 0.2)
                for end in ready:
                    data = end.recv(65_536)
                    if not data:
                        return
                    ends[end].sendall(data)


def _single(data: bytes) -> Iterator[bytes]:
    for index in range(len(data)):
        yield data[index : index + 1]
