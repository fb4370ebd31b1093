"""What no single key can tell: names that refer to each other, and what is allowed but odd.

``across`` works on the merged data as it was written, so that it finds its faults even where other
keys are wrong; ``odd`` judges settings that are valid by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from monitor.config import values
from monitor.config.entries import EmailChannel, MatrixChannel, SlackChannel
from monitor.config.places import KeyPath
from monitor.config.settings import CONSOLE, Settings
from monitor.errors import ProblemLevel


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault at a key path; ``key`` means the key itself rather than its value."""

    path: KeyPath
    message: str
    hint: str = ""
    level: ProblemLevel = ProblemLevel.ERROR
    key: bool = False


def across(data: Mapping[str, Any]) -> list[Finding]:
    """References and duplicates, whatever else is wrong with the data."""
    channels = _table(data.get("channels"))
    return [
        *_channel_names(channels),
        *_channel_references(channels, _table(data.get("alerts"))),
        *_fallback_cycles(channels),
        *_duplicate_feeds(data.get("feeds")),
    ]


def odd(settings: Settings) -> list[Finding]:
    """Valid by itself, and not or probably not what is wanted. Looks whether files are there."""
    findings = [
        *_missing_files(settings),
        *_short_intervals(settings),
        *_open_secrets(settings),
    ]
    if settings.channels and not settings.alerts.default_channels:
        findings.append(
            Finding(
                ("alerts", "default_channels"),
                "no default_channels: alerts of rules without notify go to the console only",
                f'name one: default_channels = ["{next(iter(settings.channels))}"]',
                ProblemLevel.WARNING,
            )
        )
    return findings


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _channel_names(channels: Mapping[str, Any]) -> Iterator[Finding]:
    for name in channels:
        if not values.CHANNEL_NAME.fullmatch(name):
            yield Finding(
                ("channels", name),
                "a channel's name is made of letters, digits, hyphens, dots and underscores",
                key=True,
            )


def _channel_references(
    channels: Mapping[str, Any], alerts: Mapping[str, Any]
) -> Iterator[Finding]:
    for key in ("default_channels", "operator_channels"):
        named = alerts.get(key)
        if isinstance(named, str):
            yield from _unknown(("alerts", key), named, channels)
        for position, name in enumerate(named if isinstance(named, list | tuple) else ()):
            yield from _unknown(("alerts", key, position), name, channels)
    for name, channel in channels.items():
        fallback = _table(channel).get("fallback")
        if fallback is not None:
            yield from _unknown(("channels", name, "fallback"), fallback, channels)


def _unknown(path: KeyPath, name: object, channels: Mapping[str, Any]) -> Iterator[Finding]:
    if not isinstance(name, str) or name in channels or name == CONSOLE:
        return
    known = [*channels, *(() if CONSOLE in channels else (CONSOLE,))]
    near = get_close_matches(name, known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"channels here: {', '.join(known)}"
    yield Finding(path, f'unknown channel "{name}"', hint)


def _fallback_cycles(channels: Mapping[str, Any]) -> Iterator[Finding]:
    told: set[str] = set()
    for first in channels:
        way = [first]
        while isinstance(after := _table(channels.get(way[-1])).get("fallback"), str):
            if after in way:
                circle = way[way.index(after) :]
                if not told & set(circle):
                    told |= set(circle)
                    yield Finding(
                        ("channels", circle[-1], "fallback"),
                        f"fallbacks in a circle: {' → '.join([*circle, after])}",
                        "a dead letter has to end somewhere",
                    )
                break
            way.append(after)


def _duplicate_feeds(feeds: object) -> Iterator[Finding]:
    entries = [_table(f) for f in feeds] if isinstance(feeds, list | tuple) else []
    for key in ("name", "url"):
        first: dict[str, int] = {}
        for position, entry in enumerate(entries):
            value = entry.get(key) or (entry.get("url") if key == "name" else None)
            if not isinstance(value, str):
                continue
            if value.strip() not in first:
                first[value.strip()] = position
            elif entry.get(key):
                yield Finding(
                    ("feeds", position, key),
                    f"feed {first[value.strip()] + 1} has the same {key}",
                    "every feed has its own name and URL",
                )


def _missing_files(settings: Settings) -> Iterator[Finding]:
    for position, file in enumerate(settings.opml):
        if not file.is_file():
            yield Finding(("opml", position), "there is no such file")
    folder = settings.alerts.templates
    if folder is not None and not folder.is_dir():
        yield Finding(("alerts", "templates"), "there is no such directory")


def _short_intervals(settings: Settings) -> Iterator[Finding]:
    minute, hint = timedelta(minutes=1), "many block who asks more often than once a minute"
    public = [
        (n, feed)
        for n, feed in enumerate(settings.feeds)
        if feed.enabled and not values.is_private_host(feed.url)
    ]
    for position, feed in public:
        if feed.interval is not None and feed.interval < minute:
            every = values.format_duration(feed.interval)
            said = f"polls a public site every {every}"
            yield Finding(("feeds", position, "interval"), said, hint, ProblemLevel.WARNING)
    every = values.format_duration(settings.polling.interval)
    count = sum(feed.interval is None for _, feed in public)
    if settings.polling.interval < minute and count:
        said = f"polls {count} public feed{'s'[: count > 1]} every {every}"
        yield Finding(("polling", "interval"), said, hint, ProblemLevel.WARNING)


def _open_secrets(settings: Settings) -> Iterator[Finding]:
    for position, feed in enumerate(settings.feeds):
        if urlsplit(feed.url).username is not None:
            yield Finding(
                ("feeds", position, "url"),
                "a login inside a URL is shown wherever the URL is",
                "use username and password",
                ProblemLevel.WARNING,
            )
    for name, channel in settings.channels.items():
        url = ""
        if isinstance(channel, SlackChannel) and channel.webhook:
            url, key = channel.webhook.get_secret_value(), "webhook"
        elif isinstance(channel, MatrixChannel):
            url, key = channel.homeserver, "homeserver"
        elif isinstance(channel, EmailChannel) and channel.security == "none" and channel.password:
            url, key = f"http://{channel.host}", "security"
        if url.lower().startswith("http:") and not values.is_loopback_host(url):
            yield Finding(
                ("channels", name, key),
                "the secret travels unencrypted",
                "use https" if key != "security" else 'use "starttls" or "tls"',
                ProblemLevel.WARNING,
            )
