"""A process that serves a thousand feeds on loopback, as cheaply as it can.

``python -m bench.feedserver COUNT`` prints its port. Every feed is RSS 2.0 with `ITEMS` items; what
has come since the start, and whether there are validators, is set with `Control`.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from bench.measure import ROOT
from bench.texts import World

ITEMS = 20
_WORDS = 85
"""Of an item's description: as much as a teaser has."""
_WATCHED = 0.01
"""Share of items that the starter rules speak of."""
_TEASER = "Russian military trainers and soldiers have arrived in Niger, the army said."


class Feeds:
    """All documents. ``stage`` is how many items each feed has had since the start."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.stage = 0
        self.validators = False
        self.stamped = False
        """Every answer differs from the last, by the time it was made."""
        self._stamps = 0
        self._world = World()
        self._documents: dict[int, tuple[int, bytes]] = {}
        self._items: dict[tuple[int, int], str] = {}
        self._began = datetime.now(UTC)

    def document(self, feed: int) -> bytes:
        """The newest `ITEMS` items of a feed, the newest first."""
        kept = self._documents.get(feed)
        if kept is None or kept[0] != self.stage:
            body = self._head(feed) + "".join(
                self._item(feed, n) for n in range(self.stage + ITEMS - 1, self.stage - 1, -1)
            )
            kept = (self.stage, f"{body}</channel></rss>".encode())
            self._documents[feed] = kept
        return kept[1]

    def _head(self, feed: int) -> str:
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
            f"<title>Paper {feed}</title><link>https://paper{feed}.example/</link>"
            "<description>News</description><language>en</language>"
        )

    def _item(self, feed: int, number: int) -> str:
        made = self._items.get((feed, number))
        if made is None:
            made = self._items[feed, number] = self._made(feed, number)
        return made

    def _made(self, feed: int, number: int) -> str:
        rng = random.Random(f"{feed}/{number}")
        text = self._world.article(rng, number, words=_WORDS)
        body = escape(text.body).replace("\n\n", "</p><p>")
        if rng.random() < _WATCHED:
            body = f"{_TEASER}</p><p>{body}"
        when = self._began - timedelta(days=3, minutes=feed % 60)
        if number >= ITEMS:
            when = self._began - timedelta(minutes=1)
        link = f"https://paper{feed}.example/2026/story-{number}.html?utm_source=rss"
        return (
            f"<item><title>{escape(text.title)}</title><link>{escape(link)}</link>"
            f'<guid isPermaLink="false">paper{feed}-{number}</guid>'
            f"<pubDate>{format_datetime(when)}</pubDate><dc:creator>A. Writer</dc:creator>"
            f"<category>News</category><description><![CDATA[<p>{body}</p>]]></description></item>"
        )

    def warm(self) -> None:
        """Make all documents of this stage now: the making must not fall into a measurement."""
        for feed in range(self.count):
            self.document(feed)

    def answer(self, target: str, known: bytes) -> bytes:
        """The whole answer to a request; ``known`` is its If-None-Match."""
        _, kind, *rest = target.split("/")
        if kind == "control":
            self.stage, self.validators, self.stamped = int(rest[0]), rest[1] == "1", rest[2] == "1"
            self.warm()
            return _response(b"200 OK", b"done")
        body = self.document(int(rest[0]))
        if self.stamped:
            self._stamps += 1
            stamp = b"<lastBuildDate>%d</lastBuildDate></channel>" % self._stamps
            body = body.replace(b"</channel>", stamp)
        tag = b'"%d-%s"' % (self.stage, rest[0].encode()) if self.validators else b""
        if tag and tag == known:
            return _response(b"304 Not Modified", None, tag)
        return _response(b"200 OK", body, tag)


def _response(status: bytes, body: bytes | None, tag: bytes = b"") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Connection: close", b"Content-Type: application/rss+xml"]
    if tag:
        lines.append(b"ETag: " + tag)
    if body is not None:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body or b""])


class _Connection(asyncio.Protocol):
    """One request, one answer."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        if b"\r\n\r\n" not in self._data or self._transport is None:
            return
        first, *headers = self._data.split(b"\r\n")
        known = b""
        for header in headers:
            name, _, value = header.partition(b":")
            if name.lower() == b"if-none-match":
                known = value.strip()
        target = first.split(b" ")[1].decode("ascii", "replace")
        self._transport.write(self._feeds.answer(target, known))
        self._transport.close()


@dataclass(slots=True)
class Control:
    """The process, seen from the benchmark. Leaving the ``with`` ends it."""

    count: int
    port: int = 0
    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.feedserver", str(self.count)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the feed server did not start")
        self.port = int(line)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()

    def url(self, feed: int) -> str:
        return f"http://127.0.0.1:{self.port}/feed/{feed}"

    def set(self, stage: int, *, validators: bool = False, stamped: bool = False) -> None:
        """What is served from now on; returns when all of it is made."""
        url = f"http://127.0.0.1:{self.port}/control/{stage}/{validators:d}/{stamped:d}"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=120) as answer:
            answer.read()


async def _serve(count: int) -> None:
    feeds = Feeds(count)
    feeds.warm()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(feeds), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
