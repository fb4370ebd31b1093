"""The health and metrics pages, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from monitor.errors import ServiceError
from monitor.service import MAX_CONNECTIONS, MAX_HEAD, Service


def nothing() -> list[str]:
    return []


async def nothing_either() -> list[str]:
    return []


@asynccontextmanager
async def serving(
    *,
    alive: Callable[[], Sequence[str]] = nothing,
    ready: Callable[[], Awaitable[Sequence[str]]] = nothing_either,
    render: Callable[[], bytes] = lambda: b"m 1\n",
    patience: float = 5.0,
) -> AsyncIterator[int]:
    service = Service("127.0.0.1:0", alive=alive, ready=ready, render=render, timeout=patience)
    await service.start()
    try:
        assert service.address is not None
        yield service.address[1]
    finally:
        await service.close()
    assert service.address is None


async def send(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (lower case) and body; status 0 when nothing was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    raw = await reader.read()
    writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return (int(lines[0].split()[1]) if raw else 0), headers, body


async def get(port: int, page: str) -> tuple[int, dict[str, str], bytes]:
    return await send(port, f"GET {page} HTTP/1.1\r\nHost: x\r\n\r\n".encode())


def test_healthy_and_ready_pages_answer_200() -> None:
    async def go() -> None:
        async with serving() as port:
            for page in ("/healthz", "/readyz", "/healthz?verbose=1"):
                status, headers, body = await get(port, page)
                assert status == 200
                assert json.loads(body) == {"status": "ok", "reasons": []}
                assert headers["content-length"] == str(len(body))
                assert headers["connection"] == "close"
                assert headers["cache-control"] == "no-store"

    asyncio.run(go())


def test_what_is_wrong_is_answered_with_503_and_the_reasons() -> None:
    async def not_ready() -> list[str]:
        return ["database: gone", "no rules are loaded"]

    async def go() -> None:
        async with serving(ready=not_ready, alive=lambda: ["no tick for 90 s"]) as port:
            status, _, body = await get(port, "/readyz")
            assert status == 503
            assert json.loads(body)["reasons"] == ["database: gone", "no rules are loaded"]
            assert (await get(port, "/healthz"))[0] == 503

    asyncio.run(go())


def test_metrics_are_rendered_at_each_request() -> None:
    counted = iter((b"m 1\n", b"m 2\n"))

    async def go() -> None:
        async with serving(render=lambda: next(counted)) as port:
            status, headers, body = await get(port, "/metrics")
            assert (status, body) == (200, b"m 1\n")
            assert headers["content-type"].startswith("text/plain; version=0.0.4")
            assert (await get(port, "/metrics"))[2] == b"m 2\n"

    asyncio.run(go())


def test_by_default_the_metrics_are_those_of_the_daemon() -> None:
    async def go() -> None:
        service = Service("127.0.0.1:0", alive=nothing, ready=nothing_either)
        await service.start()
        assert service.address is not None
        assert b"media_monitor_polls_total" in (await get(service.address[1], "/metrics"))[2]
        await service.close()

    asyncio.run(go())


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"GET /healthz/../x HTTP/1.1\r\n\r\n", 404),
        (b"POST /healthz HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 405),
        (b"HEAD /metrics HTTP/1.0\r\n\r\n", 405),
        (b"GET /healthz\r\n\r\n", 400),
        (b"GET /healthz HTTP/2\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"\xff\x00 \xfe \x80\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nX: " + b"a" * (MAX_HEAD + 1) + b"\r\n\r\n", 431),
    ],
)
def test_other_requests_are_refused(request_: bytes, status: int) -> None:
    async def go() -> None:
        async with serving() as port:
            answered, headers, _ = await send(port, request_)
            assert answered == status
            assert ("allow" in headers) is (status == 405)
            assert (await get(port, "/healthz"))[0] == 200

    asyncio.run(go())


def test_a_request_that_never_ends_is_dropped_and_the_others_are_served() -> None:
    async def go() -> None:
        async with serving(patience=0.1) as port:
            slow = asyncio.create_task(send(port, b"GET /healthz HTTP/1.1\r\n"))
            assert (await get(port, "/healthz"))[0] == 200
            assert (await slow)[0] == 0

    asyncio.run(go())


def test_a_check_that_hangs_is_not_ready() -> None:
    async def hang() -> list[str]:
        await asyncio.Event().wait()
        return []

    async def go() -> None:
        async with serving(ready=hang, patience=0.1) as port:
            status, _, body = await get(port, "/readyz")
            assert status == 503
            assert "did not end" in body.decode()

    asyncio.run(go())


def test_a_check_that_raises_is_a_500_that_tells_nothing() -> None:
    async def fail() -> list[str]:
        raise RuntimeError("hunter2")

    async def go() -> None:
        async with serving(ready=fail) as port:
            status, _, body = await get(port, "/readyz")
            assert (status, body) == (500, b"Internal Server Error\n")
            assert (await get(port, "/healthz"))[0] == 200

    asyncio.run(go())


def test_too_many_connections_are_turned_away_and_room_is_made_again() -> None:
    async def go() -> None:
        async with serving() as port:
            idle = [
                await asyncio.open_connection("127.0.0.1", port) for _ in range(MAX_CONNECTIONS)
            ]
            # The server accepts in order: once it answers this one, it holds all of them.
            assert (await get(port, "/healthz"))[0] == 503
            for reader, writer in idle:
                writer.close()
                assert await reader.read() == b""
            assert (await get(port, "/healthz"))[0] == 200

    asyncio.run(go())


def test_closing_drops_what_is_open() -> None:
    async def go() -> None:
        service = Service("127.0.0.1:0", alive=nothing, ready=nothing_either)
        await service.start()
        assert service.address is not None
        reader, writer = await asyncio.open_connection(*service.address)
        writer.write(b"GET /heal")
        await writer.drain()
        async with asyncio.timeout(5):
            await service.close()
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
        writer.close()
        await service.close()

    asyncio.run(go())


def test_an_empty_address_turns_it_off() -> None:
    async def go() -> None:
        service = Service("", alive=nothing, ready=nothing_either)
        await service.start()
        assert service.address is None
        await service.close()

    asyncio.run(go())


def test_an_address_that_is_taken_is_an_error_of_ours() -> None:
    async def go() -> None:
        async with serving() as port:
            second = Service(f"127.0.0.1:{port}", alive=nothing, ready=nothing_either)
            with pytest.raises(ServiceError, match=f"cannot listen on 127.0.0.1:{port}"):
                await second.start()

    asyncio.run(go())
