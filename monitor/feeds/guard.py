"""The way to the network: resolve, refuse addresses inside the network, dial what was checked.

A backend for httpcore, one per request, so that every byte of it (name look-up, connect, TLS,
headers, body) ends at one deadline. No HTTP lives here.
"""

# ruff: noqa: ASYNC109  (the signatures are those of httpcore's interface)

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeAlias

import httpcore

from monitor.errors import BlockedAddress, FetchFailed, FetchFault

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port to addresses in the order to try; raises OSError when there are none."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_V6_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291, the only part IANA hands out
_LOOKUPS_AT_ONCE = 32
_MOST_ADDRESSES = 6


class Deadline:
    """The end of a fetch, ``seconds`` from now on the monotonic clock."""

    __slots__ = ("_end", "seconds", "url")

    def __init__(self, url: str, seconds: float) -> None:
        self.url = url
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, more than zero; FetchFailed (timeout) when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.missed()
        return left

    def missed(self) -> FetchFailed:
        """The error of a fetch that took too long."""
        return FetchFailed(
            self.url,
            f"no complete answer within {self.seconds:g} s",
            fault=FetchFault.TIMEOUT,
        )


def embedded(address: IPAddress) -> IPAddress:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one; any other address as it is."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return inner
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(text: str) -> bool:
    """Whether an address is one of the open internet's, whatever it is wrapped in."""
    address = embedded(ipaddress.ip_address(text))
    if isinstance(address, ipaddress.IPv6Address) and address not in _V6_GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def literal(host: str) -> IPAddress | None:
    """The address that ``host`` spells out, or None when it is a name."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


async def system_resolver(host: str, port: int) -> Sequence[str]:
    """``getaddrinfo`` on a thread of its own.

    Daemon threads, not an executor: a name server that does not answer must hold up neither the
    other look-ups nor the end of the process.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def deliver(found: list[str] | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or [])

    def look_up() -> None:
        found: list[str] | None = None
        error: BaseException | None = None
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = [str(info[4][0]) for info in infos]
        except (OSError, UnicodeError) as e:
            error = e
        with contextlib.suppress(RuntimeError):  # the loop may have been closed meanwhile
            loop.call_soon_threadsafe(deliver, found, error)

    threading.Thread(target=look_up, name=f"dns {host}", daemon=True).start()
    return await answer


class Lookups:
    """Name look-ups, so many at once, each ending at its fetch's deadline."""

    def __init__(self, resolve: Resolver = system_resolver) -> None:
        self._resolve = resolve
        self._slots = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

    async def find(self, host: str, port: int, deadline: Deadline) -> list[str]:
        """The addresses of ``host``, without repeats; FetchFailed (dns) when there are none."""
        url = deadline.url
        if literal(host) is not None:
            return [host]
        try:
            async with asyncio.timeout(deadline.remaining()), self._slots:
                found = await self._resolve(host, port)
        except TimeoutError as e:
            raise FetchFailed(url, f"looking up {host} took too long", fault=FetchFault.DNS) from e
        except UnicodeError as e:
            raise FetchFailed(
                url, f"{host!r} is not a valid host name", fault=FetchFault.URL
            ) from e
        except OSError as e:
            raise FetchFailed(
                url, f"no address found for {host} ({e.strerror or e})", fault=FetchFault.DNS
            ) from e
        if not found:
            raise FetchFailed(url, f"no address found for {host}", fault=FetchFault.DNS)
        return list(dict.fromkeys(found))


class TimedStream(httpcore.AsyncNetworkStream):
    """A connection on which every read and write ends at the deadline, however slow the peer.

    httpcore reads its time limits once per response; one byte a second would outlive them.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, self._deadline.remaining())

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, self._deadline.remaining())

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            secured = await self._stream.start_tls(
                ssl_context, server_hostname, self._deadline.remaining()
            )
        except httpcore.ConnectError as e:
            raise FetchFailed(
                self._deadline.url, _tls_message(e, server_hostname), fault=FetchFault.TLS
            ) from e
        except (OSError, ValueError) as e:  # not mapped by httpcore: resets, odd host names
            raise FetchFailed(
                self._deadline.url, f"no secure connection: {e}", fault=FetchFault.TLS
            ) from e
        return TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _tls_message(error: BaseException, host: str | None) -> str:
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not valid: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection to {host}: {cause.reason or cause}"
    return f"{host} closed the connection while it was being secured"


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Dials for one request; refuses every host of which any address is not public.

    ``allow_private`` lifts that; it is also set for the way to a proxy, whose own business the
    addresses behind it then are. The ``timeout`` of a connection bounds the dialling of each
    address.
    """

    def __init__(
        self,
        deadline: Deadline,
        lookups: Lookups,
        *,
        allow_private: bool,
    ) -> None:
        self._deadline = deadline
        self._lookups = lookups
        self._allow_private = allow_private
        self._dialler = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._lookups.find(host, port, self._deadline)
        if not self._allow_private:
            refuse_private(self._deadline.url, host, addresses)
        errors: list[str] = []
        addresses = _alternate(addresses)[:_MOST_ADDRESSES]
        for index, address in enumerate(addresses):
            share = self._deadline.remaining() / (len(addresses) - index)
            try:
                stream = await self._dialler.connect_tcp(
                    address,
                    port,
                    share if timeout is None else min(timeout, share),
                    local_address,
                    socket_options,
                )
            except httpcore.ConnectTimeout:
                errors.append(f"{address} did not answer")
            except (httpcore.ConnectError, OSError) as e:
                errors.append(f"{address}: {_dial_message(e)}")
            else:
                return TimedStream(stream, self._deadline)
        raise FetchFailed(
            self._deadline.url,
            f"could not connect to {host} port {port} ({'; '.join(errors)})",
            fault=FetchFault.CONNECT,
        )

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise BlockedAddress(self._deadline.url, "sockets of this machine are not for feeds")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def refuse_private(url: str, host: str, addresses: Sequence[str]) -> None:
    """BlockedAddress when any address is not public: one of several would be enough to get in."""
    for address in addresses:
        if not is_public(address):
            where = address if address == host else f"{host} ({address})"
            raise BlockedAddress(
                url,
                f"{where} is an address inside the network; set allow_private for this feed "
                "if that is meant",
            )


def _alternate(addresses: Sequence[str]) -> list[str]:
    """The first address first, then the families in turn: a dead IPv6 route costs one try."""
    first = [a for a in addresses if (":" in a) == (":" in addresses[0])]
    second = [a for a in addresses if (":" in a) != (":" in addresses[0])]
    mixed: list[str] = []
    for index in range(max(len(first), len(second))):
        mixed += first[index : index + 1] + second[index : index + 1]
    return mixed


def _dial_message(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return str(error) or "no connection"
