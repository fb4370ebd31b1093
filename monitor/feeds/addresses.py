"""The addresses of a fetch: what can be asked for, where redirects lead, who may see a login.

No input or output. Whatever is wrong with an address is a FetchFailed that shows no password.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

import httpx

from monitor.errors import FetchFailed, FetchFault
from monitor.model import FetchOptions

_USERINFO = re.compile(r"(?<=://)[^/?#]*@")


def redacted(url: str) -> str:
    """``url`` without the user name and password that may stand before its host."""
    return _USERINFO.sub("", url, count=1)


def parse_url(url: str) -> httpx.URL:
    """``url`` as httpx reads it; FetchFailed (bad address) unless it is http(s) with a host."""
    shown = redacted(url)
    try:
        parsed = httpx.URL(url.strip())
        host = parsed.host  # decodes IDNA, and fails on what is none
        parsed.netloc.decode("ascii")
    except (httpx.InvalidURL, ValueError, TypeError) as e:  # idna's errors are ValueErrors
        raise FetchFailed(shown, f"not a usable address: {e}", fault=FetchFault.URL) from e
    if parsed.scheme not in {"http", "https"}:
        raise FetchFailed(
            shown, "only http:// and https:// addresses can be polled", fault=FetchFault.URL
        )
    if not host:
        raise FetchFailed(shown, "the address names no host", fault=FetchFault.URL)
    return parsed


def follow(shown: str, current: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads. Browsers read the bytes as UTF-8; so is it done here."""
    try:
        raw = location.encode("latin-1").decode("utf-8", "replace")
        target = current.join(raw).copy_with(fragment=None)
        return parse_url(str(target))
    except (FetchFailed, httpx.InvalidURL, ValueError) as e:
        raise FetchFailed(
            shown,
            f"redirected to an unusable address, {location[:200]!r}",
            fault=FetchFault.REDIRECTS,
        ) from e


def port_of(url: httpx.URL) -> int:
    """The port that is dialled, given or not."""
    return url.port or (443 if url.scheme == "https" else 80)


def may_see_secrets(url: httpx.URL, start: httpx.URL) -> bool:
    """Same host, and the same port or the step up to https: nobody else gets the login."""
    if url.host != start.host:
        return False
    if url.scheme == start.scheme:
        return port_of(url) == port_of(start)
    return url.scheme == "https" and port_of(url) == 443 and port_of(start) == 80


def keep_userinfo(url: httpx.URL, start: httpx.URL) -> str:
    """``url`` with the login of ``start``, where that may go there."""
    if start.userinfo and not url.userinfo and may_see_secrets(url, start):
        return str(url.copy_with(username=start.username, password=start.password))
    return str(url)


def login(options: FetchOptions, start: httpx.URL) -> str | None:
    """The Authorization header of a feed: its options first, then what stands in its URL."""
    if options.username is not None or options.password is not None:
        user, password = options.username or "", options.password or ""
    elif start.userinfo:
        user, _, password = start.userinfo.decode("ascii").partition(":")
        user, password = unquote(user), unquote(password)
    else:
        return None
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def header_bytes(value: str) -> bytes:
    """A header value as sent: Latin-1 where that holds it (RFC 9110, 5.5), else UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")


def proxy_of(shown: str, proxy: str | None) -> httpx.Proxy | None:
    """A proxy URL as httpx wants it; FetchFailed without the URL when it is no good."""
    if proxy is None:
        return None
    try:
        url = httpx.URL(proxy)
    except (httpx.InvalidURL, ValueError) as e:
        # The message leaves the address out: it may hold a password.
        raise FetchFailed(shown, "the proxy's address is not valid", fault=FetchFault.URL) from e
    if url.scheme not in {"http", "https"} or not url.host:
        raise FetchFailed(
            shown, f"a proxy must be http:// or https://, not {url.scheme}://", fault=FetchFault.URL
        )
    return httpx.Proxy(url)
