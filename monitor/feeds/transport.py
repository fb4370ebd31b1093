"""httpx's way to the network: httpcore pools whose every connection is dialled by the guard.

The one module beside the guard that knows httpcore. Requests go in and answers come out as httpx
knows them, errors too; deadlines and refusals (ours already) pass through as they are.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator

import httpcore
import httpx

from monitor.feeds.guard import Deadline, GuardedNetwork, Lookups, literal, refuse_private

FOREIGN: tuple[type[Exception], ...] = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    OSError,
)
"""Everything httpcore raises, by its base classes, and what it lets through."""

_IN_HTTPX: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.TimeoutException, httpx.TimeoutException),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.ProtocolError, httpx.ProtocolError),
    (httpcore.ProxyError, httpx.ProxyError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
)
"""Special before general; whatever is not here is the network's."""


def as_httpx(error: Exception) -> httpx.TransportError:
    """The error of httpx that stands for one of httpcore's or the system's."""
    message = str(error) or type(error).__name__
    for theirs, ours in _IN_HTTPX:
        if isinstance(error, theirs):
            return ours(message)
    return httpx.NetworkError(message)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Carries the requests of one fetch; no connection is used twice.

    ``route`` names the proxy for a URL, or None for the direct way; ``tls`` is asked for the
    context only when a URL wants one. Raises BlockedAddress and FetchFailed where the guard does,
    errors of httpx otherwise.
    """

    def __init__(
        self,
        deadline: Deadline,
        lookups: Lookups,
        *,
        route: Callable[[httpx.URL], httpx.Proxy | None],
        tls: Callable[[], ssl.SSLContext],
        allow_private: bool,
    ) -> None:
        self._deadline = deadline
        self._lookups = lookups
        self._route = route
        self._tls = tls
        self._allow_private = allow_private
        self._pools: list[httpcore.AsyncConnectionPool] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with _errors_of_httpx():
            answer = await self._pool(request.url).handle_async_request(
                httpcore.Request(
                    request.method,
                    _address(request.url, request.url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return _Answer(
            answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        pools, self._pools = self._pools, []
        with _errors_of_httpx():
            for pool in pools:
                await pool.aclose()

    def _pool(self, url: httpx.URL) -> httpcore.AsyncConnectionPool:
        """A pool for one request: it costs 2 µs, and none is ever found full or half cancelled."""
        proxy = self._route(url)
        if proxy is not None and not self._allow_private and literal(url.host) is not None:
            refuse_private(self._deadline.url, url.host, [url.host])
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._tls() if url.scheme == "https" else None,
            proxy=_proxy(proxy),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=GuardedNetwork(
                self._deadline,
                self._lookups,
                allow_private=self._allow_private or proxy is not None,
            ),
        )
        self._pools.append(pool)
        return pool


class _Answer(httpx.Response):
    """An answer whose redirect is left to us.

    httpx works out the next request even when it is told not to follow it, and raises on addresses
    that we take, or name better.
    """

    @property
    def has_redirect_location(self) -> bool:
        return False


class _Body(httpx.AsyncByteStream):
    """The body as it arrives, still packed."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        with _errors_of_httpx():
            await self._answer.aclose()


@contextlib.contextmanager
def _errors_of_httpx() -> Iterator[None]:
    try:
        yield
    except FOREIGN as e:
        raise as_httpx(e) from e


def _address(url: httpx.URL, target: bytes) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=target)


def _proxy(proxy: httpx.Proxy | None) -> httpcore.Proxy | None:
    if proxy is None:
        return None
    return httpcore.Proxy(_address(proxy.url, b"/"), auth=proxy.raw_auth)
