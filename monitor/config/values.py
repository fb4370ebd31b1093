"""How people write durations, sizes, clock times, addresses and URLs in the configuration.

Each ``parse_*`` takes what stands in the file and returns a plain value; what it cannot read it
refuses with a PydanticCustomError whose message never repeats the value (it could be a secret).
The annotated types at the end are what the models use. Nothing here touches a file.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from email.utils import parseaddr
from ipaddress import ip_address
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainSerializer, SecretStr, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.text import durations

_SIZE: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?)(i?)(b?)", re.ASCII | re.IGNORECASE)
_CLOCK: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?", re.ASCII)
CHANNEL_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


def _fault(kind: str, message: str) -> PydanticCustomError:
    # The message is a str.format template for pydantic: braces of ours would be read as fields.
    return PydanticCustomError(f"monitor_{kind}", message.replace("{", "{{").replace("}", "}}"))


def parse_duration(value: object) -> timedelta:
    """ "10m", "24h", "1s", "2 days", "1h 30m", "0". A bare number says no unit and is refused."""
    if isinstance(value, timedelta):
        return value
    if value == 0:
        return timedelta(0)
    if not isinstance(value, str):
        raise _fault("duration", 'a duration is text with a unit, as in "10m", "24h" or "2 days"')
    try:
        return durations.parse(value)
    except ValueError as error:
        raise _fault("duration", str(error)) from error


def parse_positive_duration(value: object) -> timedelta:
    """A duration of more than nothing."""
    duration = parse_duration(value)
    if duration <= timedelta(0):
        raise _fault("duration", "must be longer than nothing")
    return duration


def format_duration(value: timedelta) -> str:
    """The shortest way to write it: ``parse_duration(format_duration(d)) == d``."""
    return durations.written(value)


def parse_size(value: object) -> int:
    """Bytes, from "10MB", "512 KiB", "1G" or a number: k, M, G are powers of 1000, Ki of 1024."""
    if isinstance(value, int) and not isinstance(value, bool):
        size = value
    else:
        found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None or (found[3] and not found[2]):
            raise _fault("size", 'not a size: write "10MB", "512KiB" or a number of bytes')
        power = " kmgt".index(found[2].lower() or " ")
        size = int(float(found[1]) * (1024 if found[3] else 1000) ** power)
    if size < 0:
        raise _fault("size", "a size cannot be negative")
    return size


def format_size(value: int) -> str:
    """ "10MB" for 10000000; bytes where no unit fits."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if value and value % size == 0:
            return f"{value // size}{unit}"
    return str(value)


def parse_clock(value: object) -> time:
    """ "07:00" or "7"; "24:00" is midnight. TOML's own ``07:00:00`` is taken too."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise _fault("clock", 'not a time of day: write "07:00"')
    hour, minute = int(found[1]), int(found[2] or 0)
    if (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise _fault("clock", "there is no such time of day")
    return time(hour, minute)


def parse_quiet_hours(value: object) -> tuple[time, time]:
    """ "22:00-06:00": from, to; it may cross midnight."""
    if isinstance(value, list | tuple) and len(value) == 2:
        start, end = (parse_clock(v) for v in value)
    elif isinstance(value, str) and len(parts := re.split(r"\s*[-–—]\s*", value.strip())) == 2:
        start, end = (parse_clock(p) for p in parts)
    else:
        raise _fault("quiet_hours", 'not a span of hours: write "22:00-06:00"')
    if start == end:
        raise _fault("quiet_hours", "quiet hours that begin and end at the same time")
    return start, end


def parse_timezone(value: object) -> str:
    """An IANA name."""
    if not isinstance(value, str):
        raise _fault("timezone", 'a time zone is text, as in "Africa/Niamey"')
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise _fault(
            "timezone", 'not a time zone: write an IANA name, as in "Africa/Niamey" or "UTC"'
        ) from None
    return value


def parse_web_url(value: object) -> str:
    """An absolute http or https URL with a host; blanks around it are forgiven."""
    if not isinstance(value, str):
        raise _fault("url", 'a URL is text, as in "https://example.org/feed.xml"')
    text = value.strip()
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise _fault("url", "a URL cannot hold blanks or control characters")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _fault("url", "not a URL") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise _fault("url", "must begin with http:// or https://")
    if not host:
        raise _fault("url", "the URL names no host")
    return text


def parse_secret_url(value: object) -> SecretStr:
    """A web URL that is a secret itself (a webhook)."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return SecretStr(parse_web_url(value))


def parse_proxy(value: object) -> SecretStr:
    """A proxy's URL: http, https or socks5."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(text, str) and re.match(r"socks5h?://[^\s/]+$", text.strip(), re.IGNORECASE):
        return SecretStr(text.strip())
    return SecretStr(parse_web_url(text))


def parse_apprise_url(value: object) -> SecretStr:
    """One Apprise URL. Whether Apprise knows the service is for the channels to say."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not re.match(
        r"[a-z][a-z0-9+.-]{0,30}://\S", text.strip(), re.I
    ):
        raise _fault("apprise_url", 'not an Apprise URL: it looks like "service://…"')
    if re.search(r"[\r\n]", text.strip()):
        raise _fault("apprise_url", "one Apprise URL to a channel: give each its own")
    return SecretStr(text.strip())


def parse_address(value: object) -> str:
    """A mail address, bare or as "Name <name@example.org>"."""
    if not isinstance(value, str):
        raise _fault("address", 'a mail address is text, as in "Desk <desk@example.org>"')
    text = value.strip()
    address = parseaddr(text)[1]
    local, at, domain = address.rpartition("@")
    if re.search(r"[\r\n\x00]", text) or not (at and local and domain) or re.search(r"\s", address):
        raise _fault("address", 'not a mail address: write "desk@example.org" or "Desk <…>"')
    if text != address and not text.endswith(f"<{address}>"):
        raise _fault("address", "more than one address, or text after it: make it a list")
    return text


def parse_listen(value: object) -> str:
    """ "127.0.0.1:8080", "[::1]:8080", ":8080" (every interface) or "" (off)."""
    if not isinstance(value, str):
        raise _fault("listen", 'an address and port, as in "127.0.0.1:8080", or "" for none')
    text = value.strip()
    if text:
        split_listen(text)
    return text


def split_listen(text: str) -> tuple[str, int]:
    """Host and port; an empty host means every interface."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65535:
        raise _fault("listen", 'an address and port, as in "127.0.0.1:8080"')
    if not re.fullmatch(r"[A-Za-z0-9._:%-]*", host):
        raise _fault("listen", "not a host name or address")
    return host, int(port)


def is_private_host(url: str) -> bool:
    """Is the host named so that it can only be in the own network? (No look-up.)"""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".test"))


def is_loopback_host(url: str) -> bool:
    """Does the URL stay on this machine?"""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def as_list(value: object) -> object:
    """One text where a list is wanted is a list of one."""
    return [value] if isinstance(value, str) else value


def _written(kind: str) -> Any:
    return WithJsonSchema({"type": "string", "title": kind})


Duration: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration),
    _written("duration"),
]
PositiveDuration: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(parse_positive_duration),
    PlainSerializer(format_duration),
    _written("duration"),
]
Size: TypeAlias = Annotated[int, BeforeValidator(parse_size), _written("size")]
ClockTime: TypeAlias = Annotated[time, BeforeValidator(parse_clock), _written("time of day")]
QuietHours: TypeAlias = Annotated[
    tuple[time, time], BeforeValidator(parse_quiet_hours), _written("from-to")
]
Timezone: TypeAlias = Annotated[str, BeforeValidator(parse_timezone), _written("IANA time zone")]
WebUrl: TypeAlias = Annotated[str, BeforeValidator(parse_web_url), _written("URL")]
SecretUrl: TypeAlias = Annotated[
    SecretStr, BeforeValidator(parse_secret_url), _written("URL (secret)")
]
ProxyUrl: TypeAlias = Annotated[SecretStr, BeforeValidator(parse_proxy), _written("URL (secret)")]
AppriseUrl: TypeAlias = Annotated[
    SecretStr, BeforeValidator(parse_apprise_url), _written("Apprise URL (secret)")
]
Address: TypeAlias = Annotated[str, BeforeValidator(parse_address), _written("mail address")]
Listen: TypeAlias = Annotated[str, BeforeValidator(parse_listen), _written("host:port")]
