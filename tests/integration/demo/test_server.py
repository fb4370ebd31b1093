"""The loopback server of the demonstration, asked over a real socket as a feed reader asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from monitor.demo import samples
from monitor.demo.server import FeedServer

STARTED = datetime(2026, 3, 5, 18, 0, tzinfo=UTC)
PROGRAMME = samples.load()
OUTLETS = {o.id: o for o in PROGRAMME.outlets}


@dataclass
class Visit:
    """A server at a second that the test sets, and a client."""

    server: FeedServer
    client: httpx.AsyncClient
    clock: list[float] = field(default_factory=lambda: [0.0])

    async def get(self, outlet: str, **headers: str) -> httpx.Response:
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        return await self.client.get(self.server.url(OUTLETS[outlet]), headers=named)


@asynccontextmanager
async def visit() -> AsyncIterator[Visit]:
    clock = [0.0]
    server = FeedServer(PROGRAMME, lambda: clock[0], STARTED)
    async with server, httpx.AsyncClient(trust_env=False) as client:
        yield Visit(server, client, clock)


def test_an_item_appears_at_its_second() -> None:
    async def scene() -> None:
        async with visit() as v:
            assert "air defence" not in (await v.get("meridian")).text
            v.clock[0] = 3.0
            assert "air defence" in (await v.get("meridian")).text

    asyncio.run(scene())


def test_an_unchanged_feed_answers_not_modified_until_something_is_published() -> None:
    async def scene() -> None:
        async with visit() as v:
            first = await v.get("meridian")
            again = await v.get("meridian", If_None_Match=first.headers["etag"])
            assert (again.status_code, again.content) == (304, b"")
            v.clock[0] = 3.0
            changed = await v.get("meridian", If_None_Match=first.headers["etag"])
            assert changed.status_code == 200
            assert changed.headers["last-modified"] == "Thu, 05 Mar 2026 18:00:03 GMT"
            assert v.server.answers == {200: 2, 304: 1}

    asyncio.run(scene())


def test_a_feed_is_unavailable_at_first_and_then_well() -> None:
    async def scene() -> None:
        async with visit() as v:
            answers = [await v.get("gazette") for _ in range(3)]
            assert [a.status_code for a in answers] == [503, 503, 200]
            assert answers[0].headers["retry-after"] == "1"

    asyncio.run(scene())


def test_a_document_breaks_off_once_and_is_whole_again() -> None:
    async def scene() -> None:
        async with visit() as v:
            whole = await v.get("star")
            v.clock[0] = 2.0
            cut = await v.get("star", If_None_Match=whole.headers["etag"])
            after = await v.get("star", If_None_Match=cut.headers["etag"])
            assert cut.status_code == after.status_code == 200
            assert whole.content.startswith(cut.content)
            assert after.content == whole.content

    asyncio.run(scene())


def test_a_feed_that_has_published_nothing_yet_is_empty() -> None:
    async def scene() -> None:
        async with visit() as v:
            answer = await v.get("digest")
            assert answer.status_code == 200
            assert "<item>" not in answer.text

    asyncio.run(scene())


def test_other_paths_are_not_found_and_a_broken_request_harms_nobody() -> None:
    async def scene() -> None:
        async with visit() as v:
            url = v.server.url(OUTLETS["meridian"])
            assert (await v.client.get(url + "/secret")).status_code == 404
            for request in (b"\r\n\r\n", b"GET " + b"x" * 40_000, b""):
                reader, writer = await asyncio.open_connection("127.0.0.1", v.server.port)
                writer.write(request)
                if request:
                    await writer.drain()
                writer.write_eof()
                assert await reader.read() == b""
                writer.close()
            assert (await v.get("meridian")).status_code == 200

    asyncio.run(scene())
