"""Asks one URL over HTTP, conditionally, and hands back bytes or an error of ours.

Redirects are followed by hand, bodies unpacked under caps, everything ends at one deadline. A
fresh httpx client per fetch over a shared TLS context: nothing here is ever cancelled half-way by
a timeout, and no pool can run dry. What the bytes say is no business of this module.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from monitor.errors import FeedGone, FetchFailed, FetchFault
from monitor.feeds import headers as asked
from monitor.feeds.addresses import (
    follow,
    header_bytes,
    keep_userinfo,
    login,
    may_see_secrets,
    parse_url,
    port_of,
    proxy_of,
    redacted,
)
from monitor.feeds.guard import Deadline, Lookups, Resolver, system_resolver
from monitor.feeds.inflate import Inflater
from monitor.feeds.proxies import environment_proxy
from monitor.feeds.transport import GuardedTransport
from monitor.model import Clock, FetchOptions, FetchResult, Validators, utcnow

MIB = 1_048_576

_NOTHING_KNOWN = Validators()
_NO_OPTIONS = FetchOptions()

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.5, text/html;q=0.3, */*;q=0.1"
)
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_READABLE = frozenset({200, 203})
_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "host",
        "te",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that a feed's options cannot set: they belong to the connection."""
_NO_COOKIES = DefaultCookiePolicy(netscape=False, rfc2965=False)
"""Cookies are not even read: none is ever sent back, and their syntax is a strain."""

_ADVICE = {
    401: "it wants a user name and password",
    402: "it wants to be paid",
    403: "it refuses us; some sites take only user agents they know (user_agent, headers)",
    404: "there is nothing at this address",
    407: "the proxy wants a user name and password",
    429: "it is asked too often",
}


def default_user_agent() -> str:
    """The program's name and version; there is no home page to point to."""
    try:
        version = importlib.metadata.version("media-monitor")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    return f"media-monitor/{version}"


@dataclass(frozen=True, slots=True)
class _Answer:
    """One hop's answer; the body only where it is wanted."""

    url: httpx.URL
    status: int
    headers: asked.RawHeaders
    body: bytes | None


@dataclass(frozen=True, slots=True)
class _Journey:
    """What stays the same from hop to hop."""

    start: httpx.URL
    deadline: Deadline
    validators: Validators
    options: FetchOptions
    allow_private: bool


class Fetcher:
    """Fetches documents; safe to share, holds no connections.

    ``timeout`` bounds a whole fetch with all its redirects, ``connect_timeout`` each dial,
    ``max_bytes`` the body as sent, ``max_decoded`` the body unpacked. ``proxy`` beats the
    environment's, a feed's own beats both; ``environ`` is read once.
    """

    def __init__(
        self,
        *,
        timeout: timedelta = timedelta(seconds=30),
        connect_timeout: timedelta = timedelta(seconds=10),
        max_bytes: int = 10 * MIB,
        max_decoded: int = 30 * MIB,
        max_redirects: int = 5,
        proxy: str | None = None,
        user_agent: str | None = None,
        resolver: Resolver = system_resolver,
        environ: Mapping[str, str] | None = None,
        clock: Clock = utcnow,
    ) -> None:
        self._timeout = timeout.total_seconds()
        self._connect_timeout = connect_timeout.total_seconds()
        self._max_bytes = max_bytes
        self._max_decoded = max_decoded
        self._max_redirects = max_redirects
        self._proxy = proxy
        self._user_agent = user_agent or default_user_agent()
        self._lookups = Lookups(resolver)
        self._environ = dict(os.environ if environ is None else environ)
        self._clock = clock
        self._tls: dict[bool, ssl.SSLContext] = {}

    async def fetch(
        self,
        url: str,
        *,
        validators: Validators = _NOTHING_KNOWN,
        options: FetchOptions = _NO_OPTIONS,
        allow_private: bool = False,
    ) -> FetchResult:
        """Asks for ``url``, following redirects.

        Raises FetchFailed, FeedGone or BlockedAddress, never anything of the libraries beneath.
        Their ``url`` is the one asked for, without a password in it.
        """
        start = parse_url(url)
        seconds = options.timeout.total_seconds() if options.timeout else self._timeout
        journey = _Journey(
            start, Deadline(redacted(url), seconds), validators, options, allow_private
        )
        try:
            async with self._client(journey) as client:
                answer, moved_to = await self._travel(journey, client)
        except FOREIGN as e:
            raise translated(e, journey.deadline) from e
        return self._judge(journey, answer, moved_to)

    def _client(self, journey: _Journey) -> httpx.AsyncClient:
        """A client for one fetch: nothing is carried over from one to the next."""
        options = journey.options
        seconds = journey.deadline.remaining()
        return httpx.AsyncClient(
            transport=GuardedTransport(
                journey.deadline,
                self._lookups,
                route=partial(self._route, journey),
                tls=partial(self._tls_context, options.verify_tls),
                allow_private=journey.allow_private,
            ),
            timeout=httpx.Timeout(seconds, connect=min(seconds, self._connect_timeout)),
            cookies=CookieJar(_NO_COOKIES),
            follow_redirects=False,
            trust_env=False,
        )

    async def _travel(
        self, journey: _Journey, client: httpx.AsyncClient
    ) -> tuple[_Answer, str | None]:
        """The first answer that is no redirect, and where the feed has moved for good, if so."""
        current = journey.start
        permanent = True
        for hops in range(self._max_redirects + 1):
            answer = await self._ask(journey, client, current)
            location = asked.single(answer.headers, "location")
            if answer.status not in _REDIRECTS or location is None:
                moved = hops > 0 and permanent and current != journey.start
                return answer, keep_userinfo(current, journey.start) if moved else None
            target = follow(journey.deadline.url, current, location)
            downgrade = current.scheme == "https" and target.scheme == "http"
            permanent = permanent and answer.status in _PERMANENT and not downgrade
            current = target
        raise FetchFailed(
            journey.deadline.url,
            f"more than {self._max_redirects} redirects, the last to {redacted(str(current))}",
            fault=FetchFault.REDIRECTS,
        )

    async def _ask(self, journey: _Journey, client: httpx.AsyncClient, url: httpx.URL) -> _Answer:
        """One request, no redirects."""
        # A login in the URL is left out: httpx would send it over any other (see `_headers`).
        bare = url.copy_with(userinfo=b"") if url.userinfo else url
        request = httpx.Request("GET", bare, headers=self._headers(journey, url))
        response = await client.send(request, stream=True)
        async with contextlib.aclosing(response):
            body = (
                await self._read(journey, response) if response.status_code in _READABLE else None
            )
        return _Answer(url, response.status_code, response.headers.raw, body)

    async def _read(self, journey: _Journey, response: httpx.Response) -> bytes:
        inflater = Inflater(
            journey.deadline.url,
            asked.header(response.headers.raw, "content-encoding") or "",
            max_bytes=self._max_bytes,
            max_decoded=self._max_decoded,
        )
        async for chunk in response.aiter_raw():  # httpx would unpack a bomb in one piece
            inflater.feed(chunk)
            journey.deadline.remaining()
        return inflater.finish()

    def _judge(self, journey: _Journey, answer: _Answer, moved_to: str | None) -> FetchResult:
        """A usable answer, or the error that its status means."""
        url, status = journey.deadline.url, answer.status
        wait = asked.retry_after(answer.headers, self._clock())
        if status == 304 and not journey.validators:
            raise FetchFailed(
                url,
                'answered "not modified" although nothing was compared',
                fault=FetchFault.PROTOCOL,
                status=status,
            )
        if status in _READABLE or status == 304:
            return FetchResult(
                url=redacted(str(answer.url)),
                status=status,
                body=answer.body,
                content_type=asked.single(answer.headers, "content-type"),
                validators=asked.validators(answer.headers),
                moved_to=moved_to,
                min_interval=asked.freshness(answer.headers),
                retry_after=wait,
            )
        if status == 410:
            raise FeedGone(url, "the publisher says that this feed is gone for good (410)")
        advice = _ADVICE.get(status)
        raise FetchFailed(
            url,
            f"the server answered {status}" + (f": {advice}" if advice else ""),
            fault=_fault(status),
            status=status,
            retry_after=wait if status in {429, 503} else None,
        )

    def _headers(self, journey: _Journey, url: httpx.URL) -> list[tuple[bytes, bytes]]:
        options = journey.options
        sent = {
            "host": url.netloc.decode("ascii"),
            "user-agent": options.user_agent or self._user_agent,
            "accept": _ACCEPT,
            "accept-encoding": "gzip, deflate",
            "connection": "close",
        }
        if journey.validators.etag is not None:
            sent["if-none-match"] = journey.validators.etag
        if journey.validators.last_modified is not None:
            sent["if-modified-since"] = journey.validators.last_modified
        if may_see_secrets(url, journey.start):
            credentials = login(options, journey.start)
            if credentials is not None:
                sent["authorization"] = credentials
            for name, value in options.headers:
                if name.lower() not in _OURS:
                    sent[name.lower()] = value
        return [(k.encode("utf-8"), header_bytes(v)) for k, v in sent.items()]

    def _route(self, journey: _Journey, url: httpx.URL) -> httpx.Proxy | None:
        """Whose way is taken: the feed's own proxy, ours, the environment's, or none."""
        proxy = journey.options.proxy
        if proxy is None:
            proxy = self._proxy
        if proxy is None:
            proxy = environment_proxy(url.scheme, url.host, port_of(url), self._environ)
        return proxy_of(journey.deadline.url, proxy)

    def _tls_context(self, verify: bool) -> ssl.SSLContext:
        """One context for all: building one reads every certificate authority (30 ms)."""
        if verify not in self._tls:
            self._tls[verify] = httpx.create_ssl_context(verify=verify)
        return self._tls[verify]


# --- translation -------------------------------------------------------------------------------

FOREIGN: tuple[type[Exception], ...] = (httpx.HTTPError, httpx.InvalidURL)
"""What httpx raises whatever one does right, by its base classes."""


def translated(error: Exception, deadline: Deadline) -> FetchFailed:
    """The one place where errors of the HTTP library become ours."""
    url = deadline.url
    detail = str(error) or type(error).__name__
    match error:
        case httpx.TimeoutException():
            return deadline.missed()
        case httpx.LocalProtocolError() | httpx.InvalidURL():
            return FetchFailed(
                url, f"the request could not be written: {detail}", fault=FetchFault.URL
            )
        case httpx.ProxyError():
            return FetchFailed(url, f"the proxy refused: {detail}", fault=FetchFault.CONNECT)
        case httpx.NetworkError():
            return FetchFailed(url, f"the connection broke: {detail}", fault=FetchFault.CONNECT)
        case _:
            return FetchFailed(url, f"no proper HTTP answer: {detail}", fault=FetchFault.PROTOCOL)


def _fault(status: int) -> FetchFault:
    if status == 429:
        return FetchFault.THROTTLED
    if status == 408:
        return FetchFault.TIMEOUT
    if 400 <= status < 500:
        return FetchFault.HTTP_CLIENT
    if status >= 500:
        return FetchFault.HTTP_SERVER
    if 300 <= status < 400:
        return FetchFault.REDIRECTS
    return FetchFault.PROTOCOL
