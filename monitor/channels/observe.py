"""What really happened on the wire behind Apprise, which reports True or False and a line of log.

``watch`` collects every HTTP exchange that ``requests`` makes in this thread. The wrapper around
``requests.Session.send`` does nothing unless someone watches. Also here: the one Apprise asset all
channels use, and the muzzle for Apprise's log (its debug lines hold whole URLs).
"""

from __future__ import annotations

import contextlib
import logging
import ssl
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import requests
from apprise import AppriseAsset
from requests import exceptions as rq
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 15.0
"""Seconds. Apprise's own 4 s are too short for Slack under load."""

RETRY_AFTER_CAP = 86_400.0
_BODY_CAP = 262_144


class HttpFault(StrEnum):
    """How a request ended that got no answer."""

    UNREACHED = "unreached"
    """Nothing was sent: name, connection or TLS handshake failed."""
    CERTIFICATE = "certificate"
    """Nothing was sent: the server's certificate is not trusted."""
    BROKEN_OFF = "broken_off"
    """It was sent, at least in part; whether it was taken is unknown."""
    BAD_ADDRESS = "bad_address"
    """The URL, proxy or header cannot be used at all."""


FAULTS: dict[type[BaseException], HttpFault] = {
    rq.RequestException: HttpFault.BROKEN_OFF,
    rq.HTTPError: HttpFault.BROKEN_OFF,
    rq.ConnectionError: HttpFault.BROKEN_OFF,  # refined by fault_of
    rq.ProxyError: HttpFault.UNREACHED,
    rq.SSLError: HttpFault.UNREACHED,  # refined by fault_of
    rq.Timeout: HttpFault.BROKEN_OFF,
    rq.ConnectTimeout: HttpFault.UNREACHED,
    rq.ReadTimeout: HttpFault.BROKEN_OFF,
    rq.URLRequired: HttpFault.BAD_ADDRESS,
    rq.TooManyRedirects: HttpFault.BAD_ADDRESS,
    rq.MissingSchema: HttpFault.BAD_ADDRESS,
    rq.InvalidSchema: HttpFault.BAD_ADDRESS,
    rq.InvalidURL: HttpFault.BAD_ADDRESS,
    rq.InvalidHeader: HttpFault.BAD_ADDRESS,
    rq.InvalidProxyURL: HttpFault.BAD_ADDRESS,
    rq.ChunkedEncodingError: HttpFault.BROKEN_OFF,
    rq.ContentDecodingError: HttpFault.BROKEN_OFF,
    rq.StreamConsumedError: HttpFault.BROKEN_OFF,
    rq.RetryError: HttpFault.BROKEN_OFF,
    rq.UnrewindableBodyError: HttpFault.BROKEN_OFF,
    rq.InvalidJSONError: HttpFault.BROKEN_OFF,
    rq.JSONDecodeError: HttpFault.BROKEN_OFF,
}
"""Every exception class of requests. A test fails when an upgrade adds one."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it: a ``status``, or a ``fault``. Holds no URL path."""

    host: str
    status: int | None = None
    retry_after: float | None = None
    """Seconds, from Retry-After (seconds or a date), capped at a day."""
    moved_to: str = ""
    """Scheme and host of a redirect's Location; redirects are never followed."""
    fault: HttpFault | None = None
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


_watched: ContextVar[list[Exchange] | None] = ContextVar("monitor_exchanges", default=None)
_install_lock = threading.Lock()
_MARK = "_monitor_watches"


@contextlib.contextmanager
def watch() -> Iterator[list[Exchange]]:
    """Collects this thread's exchanges while it is open, oldest first."""
    install()
    seen: list[Exchange] = []
    token = _watched.set(seen)
    try:
        yield seen
    finally:
        _watched.reset(token)


def install() -> None:
    """Puts the wrapper around ``requests.Session.send``, once."""
    with _install_lock:
        original = requests.Session.send
        if hasattr(original, _MARK):
            return

        def send(self: Any, request: Any, **kwargs: Any) -> Any:
            seen = _watched.get()
            if seen is None:
                return original(self, request, **kwargs)
            # A redirect could lead a token, or us, to a private place.
            kwargs["allow_redirects"] = False
            host = urlsplit(str(request.url)).netloc.rpartition("@")[2]
            try:
                response = original(self, request, **kwargs)
            except (rq.RequestException, OSError) as exc:
                seen.append(Exchange(host, fault=fault_of(exc)))
                raise
            seen.append(_answered(host, response, streamed=bool(kwargs.get("stream"))))
            return response

        setattr(send, _MARK, True)
        requests.Session.send = send  # type: ignore[method-assign]  # the one hook there is


def _answered(host: str, response: Any, *, streamed: bool) -> Exchange:
    moved_to = ""
    if 300 <= response.status_code < 400:
        target = urlsplit(response.headers.get("Location", ""))
        moved_to = f"{target.scheme}://{target.hostname}" if target.hostname else "elsewhere"
    return Exchange(
        host=host,
        status=response.status_code,
        retry_after=retry_after(response.headers.get("Retry-After"), response.headers.get("Date")),
        moved_to=moved_to,
        body=b"" if streamed else response.content[:_BODY_CAP],
    )


def fault_of(exc: BaseException) -> HttpFault:
    """What an exception out of ``requests`` says about the message: was it sent or not?"""
    inner = exc.args[0] if exc.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else inner
    if isinstance(exc, rq.SSLError):
        cause = reason.args[0] if isinstance(reason, Exception) and reason.args else None
        wrong = any(isinstance(e, ssl.SSLCertVerificationError) for e in (reason, cause))
        return HttpFault.CERTIFICATE if wrong else HttpFault.UNREACHED
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return HttpFault.UNREACHED
    for cls in type(exc).__mro__:
        if cls in FAULTS:
            return FAULTS[cls]
    return HttpFault.BROKEN_OFF


def retry_after(value: str | None, date: str | None = None) -> float | None:
    """Seconds to wait, from a Retry-After header: a number, or a date against the server's own."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = parsedate_to_datetime(value)
            now = parsedate_to_datetime(date) if date else datetime.now(UTC)
            seconds = (until - now).total_seconds()
        except (ValueError, TypeError):
            return None
    if seconds != seconds:  # NaN
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_CAP)


def asset() -> AppriseAsset:
    """Apprise's settings, fresh for every send: nothing kept, fetched, followed or retried."""
    muzzle()
    return AppriseAsset(
        app_id="Media Monitor",
        app_desc="Media Monitor",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        interpret_emojis=False,
        interpret_escapes=False,
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
        service_timeout=0,
        allow_templates=False,
    )


def muzzle() -> None:
    """Turns Apprise's and urllib3's logs off: they print URLs and payloads, tokens included."""
    for name in ("apprise", "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
