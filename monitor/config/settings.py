"""The shape of the configuration: every key, its type, default and description.

The models hold what was written; ``feed_list`` and ``channel_list`` turn it into the values of
``monitor.model`` that the rest of the program takes. Where values come from (files, environment)
is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from monitor import model
from monitor.config import values
from monitor.errors import Problem

CONSOLE: model.ChannelName = model.ChannelName("console")
"""The channel that needs no configuration."""

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

Text: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Texts: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(values.as_list)]
Secret: TypeAlias = Annotated[SecretStr, Field(min_length=1)]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = _STRICT


class Polling(Section):
    """How feeds are polled, unless a feed says otherwise."""

    interval: values.PositiveDuration = Field(
        timedelta(minutes=10),
        description="How often a feed is polled at first; it adapts to how often the feed has news.",
    )
    min_interval: values.PositiveDuration = Field(
        timedelta(minutes=2),
        description="The adaptive interval never gets shorter (nor than `interval`, if that is).",
    )
    max_interval: values.PositiveDuration = Field(
        timedelta(hours=2),
        description="The adaptive interval never gets longer (nor than `interval`, if that is).",
    )
    concurrency: int = Field(50, ge=1, le=1000, description="Requests under way at once, in all.")
    per_host: int = Field(
        2, ge=1, le=100, description="Requests under way at once to one registrable domain."
    )
    timeout: values.PositiveDuration = Field(
        timedelta(seconds=30), description="A fetch that takes longer has failed."
    )
    max_bytes: values.Size = Field(
        10_000_000, ge=10_000, description="A feed larger than this, unpacked, has failed."
    )
    user_agent: Text | None = Field(
        None,
        description="What feeds are told of who asks; the program's name and version if unset.",
    )
    proxy: values.ProxyUrl | None = Field(
        None, description="The proxy for all feeds: http, https or socks5."
    )
    workers: int = Field(2, ge=1, le=64, description="Worker processes that read feeds and pages.")

    @model_validator(mode="after")
    def _limits_fit(self) -> Polling:
        if self.min_interval > self.max_interval:
            raise PydanticCustomError("monitor_limits", "min_interval is longer than max_interval")
        return self

    @property
    def bounds(self) -> tuple[timedelta, timedelta]:
        """The limits in force: ``interval`` always lies within them."""
        return min(self.min_interval, self.interval), max(self.max_interval, self.interval)


class FeedEntry(Section):
    """One `[[feeds]]` table."""

    name: Text | None = Field(None, description="What the feed is called; its URL if unset.")
    url: values.WebUrl = Field(description="Where the feed is.")
    tags: Texts = Field((), description="Words for `sources:` in rules and `tag:` in queries.")
    lang: str | None = Field(
        None,
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$",
        description="The language of items that do not say theirs.",
    )
    interval: values.PositiveDuration | None = Field(
        None, description="A fixed interval; only errors and the server's wish lengthen it."
    )
    backfill: values.Duration = Field(
        timedelta(hours=24),
        description="How old an item may be on the first poll and still raise an alert.",
    )
    full_text: bool = Field(False, description="Fetch each item's page and match its text too.")
    allow_private: bool = Field(False, description="The feed may be at a private address.")
    enabled: bool = Field(True, description="`false`: it is kept, and not polled.")
    user_agent: Text | None = Field(None, description="Overrides the one of `[polling]`.")
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Further request headers (values are secret)."
    )
    username: Text | None = Field(None, description="For HTTP basic authentication.")
    password: Secret | None = Field(None, description="For HTTP basic authentication.")
    proxy: values.ProxyUrl | None = Field(None, description="Overrides the one of `[polling]`.")
    timeout: values.PositiveDuration | None = Field(
        None, description="Overrides the one of `[polling]`."
    )
    verify_tls: bool = Field(True, description="`false`: any certificate will do.")

    @field_validator("headers")
    @classmethod
    def _headers_are_headers(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name):
                raise PydanticCustomError("monitor_header", "a header's name that HTTP forbids")
            if re.search(r"[\r\n\x00]", value.get_secret_value()):
                raise PydanticCustomError("monitor_header", "a header's value with a line break")
        return headers

    @property
    def key(self) -> model.FeedName:
        return model.FeedName(self.name or self.url)

    def value(self) -> model.Feed:
        """As the poller takes it."""
        options = model.FetchOptions(
            user_agent=self.user_agent,
            headers=tuple((n, v.get_secret_value()) for n, v in self.headers.items()),
            username=self.username,
            password=_plain(self.password),
            proxy=_plain(self.proxy),
            timeout=self.timeout,
            verify_tls=self.verify_tls,
        )
        return model.Feed(
            name=self.key,
            url=self.url,
            tags=self.tags,
            lang=self.lang.replace("_", "-").lower() if self.lang else None,
            interval=self.interval,
            backfill=self.backfill,
            full_text=self.full_text,
            allow_private=self.allow_private,
            enabled=self.enabled,
            options=options,
        )


class ChannelBase(Section):
    """What every kind of channel has."""

    group_wait: values.Duration = Field(
        timedelta(0), description="Collects what comes within this time into one message."
    )
    quiet_hours: values.QuietHours | None = Field(
        None, description="Held from, to (in `timezone`), except for flash."
    )
    digest: values.ClockTime | None = Field(
        None, description="One message a day, at this time (in `timezone`)."
    )
    fallback: Text | None = Field(
        None, description="The channel that gets what this one will not take."
    )
    per_minute: int | None = Field(
        None, ge=1, le=6000, description="At most so many messages a minute; else the kind's limit."
    )

    def target(self) -> model.Target:
        raise NotImplementedError

    def value(self, name: str) -> model.Channel:
        """As delivery takes it."""
        return model.Channel(
            name=model.ChannelName(name),
            target=self.target(),
            group_wait=self.group_wait,
            quiet_hours=self.quiet_hours,
            digest=self.digest,
            fallback=model.ChannelName(self.fallback) if self.fallback else None,
            per_minute=self.per_minute,
        )


class ConsoleChannel(ChannelBase):
    """The terminal, or the container's log."""

    type: Literal["console"]

    def target(self) -> model.Target:
        return model.ConsoleTarget()


class EmailChannel(ChannelBase):
    """A mail submission server."""

    type: Literal["email"]
    host: Text = Field(description="The submission server.")
    port: int | None = Field(
        None, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none if unset."
    )
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the connection is secured."
    )
    username: Text | None = Field(None, description="The login, if the server wants one.")
    password: Secret | None = Field(None, description="The login's password.")
    sender: values.Address = Field(alias="from", description="Who the mail is from.")
    to: Annotated[
        tuple[values.Address, ...], BeforeValidator(values.as_list), Field(min_length=1)
    ] = Field(description="Who gets it: one address or a list.")
    verify_tls: bool = Field(True, description="`false`: any certificate will do.")

    @model_validator(mode="after")
    def _login_is_whole(self) -> EmailChannel:
        if (self.username is None) != (self.password is None):
            missing = "password" if self.password is None else "username"
            raise PydanticCustomError(
                "monitor_login", "username and password go together: {missing} is missing",
                {"missing": missing},
            )  # fmt: skip
        return self

    def target(self) -> model.Target:
        return model.EmailTarget(
            host=self.host,
            port=self.port or _PORTS[self.security],
            security=self.security,
            sender=self.sender,
            to=self.to,
            username=self.username,
            password=_plain(self.password),
            verify_tls=self.verify_tls,
        )


class SlackChannel(ChannelBase):
    """An incoming webhook of Slack (or what speaks like it), or a bot's token and a channel."""

    type: Literal["slack"]
    webhook: values.SecretUrl | None = Field(None, description="The incoming webhook's URL.")
    token: Secret | None = Field(None, description="A bot's token (xoxb-…), with `channel`.")
    channel: Text | None = Field(None, description="Where the bot posts: #name or id.")

    @model_validator(mode="after")
    def _one_way_in(self) -> SlackChannel:
        if self.webhook is not None and self.token is not None:
            raise PydanticCustomError("monitor_slack", "either webhook, or token and channel")
        if self.webhook is None and (self.token is None or self.channel is None):
            raise PydanticCustomError(
                "monitor_slack", "a slack channel needs webhook, or token and channel"
            )
        return self

    def target(self) -> model.Target:
        return model.SlackTarget(_plain(self.webhook), _plain(self.token), self.channel)


class MatrixChannel(ChannelBase):
    """One room of Matrix."""

    type: Literal["matrix"]
    homeserver: values.WebUrl = Field(description="The server's URL.")
    token: Secret = Field(description="The access token of the user who posts.")
    room: str = Field(
        pattern=r"^[!#][^\s\x00-\x1f]+$", description="The room: !id:server or #alias:server."
    )

    def target(self) -> model.Target:
        return model.MatrixTarget(self.homeserver, self.room, self.token.get_secret_value())


class AppriseChannel(ChannelBase):
    """Any other service that Apprise knows."""

    type: Literal["apprise"]
    url: values.AppriseUrl = Field(description="One Apprise URL; it holds its own secrets.")

    def target(self) -> model.Target:
        return model.AppriseTarget(self.url.get_secret_value())


ChannelEntry: TypeAlias = Annotated[
    ConsoleChannel | EmailChannel | SlackChannel | MatrixChannel | AppriseChannel,
    Field(discriminator="type"),
]
CHANNEL_TYPES: dict[str, type[ChannelBase]] = {
    "console": ConsoleChannel,
    "email": EmailChannel,
    "slack": SlackChannel,
    "matrix": MatrixChannel,
    "apprise": AppriseChannel,
}


class Alerts(Section):
    """Who is told."""

    default_channels: Texts = Field(
        (), description="For rules without `notify`; the console if unset."
    )
    operator_channels: Texts = Field(
        (), description="Told of the monitor's own troubles; the default channels if unset."
    )
    templates: Path | None = Field(
        None, description="A directory of message templates that replace the built-in ones."
    )


class Retention(Section):
    """How long things are kept."""

    articles: values.PositiveDuration = Field(
        timedelta(days=90), description="Articles, their stories and alerts."
    )
    deliveries: values.PositiveDuration = Field(
        timedelta(days=30), description="Deliveries that are done with."
    )


class Service(Section):
    """Health and metrics over HTTP."""

    listen: values.Listen = Field(
        "127.0.0.1:8080",
        description='Where `/healthz`, `/readyz` and `/metrics` are; "" turns them off. '
        "Takes effect at a restart.",
    )
    min_free_disk: values.Size = Field(
        200_000_000, description="Polling stops while the database's disk has less room than this."
    )


class Log(Section):
    """What is logged, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least that is logged."
    )
    format: Literal["json", "console"] | None = Field(
        None, description="`console` on a terminal and `json` elsewhere if unset."
    )


class Settings(BaseSettings):
    """The whole configuration. Make it with ``monitor.config.load``."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_prefix="MONITOR_",
        env_nested_delimiter="__",
    )

    timezone: values.Timezone = Field(
        "UTC", description="Clock times here and in messages are in this one: an IANA name."
    )
    database: Secret = Field(
        SecretStr("sqlite:///data/monitor.db"),
        description="`sqlite:///FILE` or `postgresql://…`. Takes effect at a restart.",
    )
    rules: Path = Field(Path("rules"), description="The directory of the rule files.")
    opml: Annotated[tuple[Path, ...], BeforeValidator(values.as_list)] = Field(
        (), description="OPML files with further feeds."
    )
    polling: Polling = Field(default_factory=Polling, description="How feeds are polled.")
    feeds: tuple[FeedEntry, ...] = Field((), description="The feeds.")
    channels: dict[str, ChannelEntry] = Field(
        default_factory=dict, description="Where alerts go, by name."
    )
    alerts: Alerts = Field(default_factory=Alerts, description="Who is told.")
    retention: Retention = Field(default_factory=Retention, description="How long things are kept.")
    service: Service = Field(default_factory=Service, description="Health and metrics.")
    log: Log = Field(default_factory=Log, description="What is logged.")

    _path: Path = PrivateAttr(default=Path("config.toml"))
    _warnings: tuple[Problem, ...] = PrivateAttr(default=())

    @field_validator("database")
    @classmethod
    def _database_is_one(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        scheme, _, rest = url.partition("://")
        if scheme.partition("+")[0] not in ("sqlite", "postgresql", "postgres") or not rest:
            raise PydanticCustomError(
                "monitor_database", "must be sqlite:///FILE or postgresql://USER@HOST/NAME"
            )
        if scheme.startswith("sqlite") and (not rest.startswith("/") or rest in ("/", "/:memory:")):
            raise PydanticCustomError("monitor_database", "name a file: sqlite:///data/monitor.db")
        return value

    @property
    def path(self) -> Path:
        """The file this was read from."""
        return self._path

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is odd, and no error."""
        return self._warnings

    def located(self, path: Path | str) -> Path:
        """A path of the configuration, counted from its file."""
        return Path(self._path.absolute().parent, Path(path).expanduser())

    @property
    def rules_path(self) -> Path:
        return self.located(self.rules)

    @property
    def opml_paths(self) -> tuple[Path, ...]:
        return tuple(self.located(p) for p in self.opml)

    @property
    def templates_path(self) -> Path | None:
        return self.located(self.alerts.templates) if self.alerts.templates else None

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, absolute; None for PostgreSQL."""
        scheme, _, rest = self.database.get_secret_value().partition("://")
        if not scheme.startswith("sqlite"):
            return None
        return self.located(unquote(rest.partition("?")[0].removeprefix("/")))

    @property
    def database_url(self) -> str:
        """As the store takes it: an absolute SQLite path, or PostgreSQL. May hold a password."""
        if file := self.database_file:
            return f"sqlite:///{file}"
        url = self.database.get_secret_value()
        return (
            url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres:") else url
        )

    def feed_list(self) -> list[model.Feed]:
        """The feeds of the file, disabled ones included; those of ``opml_paths`` are not here."""
        return [f.value() for f in self.feeds]

    def channel_list(self) -> list[model.Channel]:
        """The channels, and the console wherever it is meant without being configured."""
        channels = [c.value(name) for name, c in self.channels.items()]
        meant = {*self.default_channels, *self.operator_channels, *(c.fallback for c in channels)}
        if CONSOLE in meant and CONSOLE not in self.channels:
            channels.append(model.Channel(CONSOLE, model.ConsoleTarget()))
        return channels

    @property
    def default_channels(self) -> tuple[model.ChannelName, ...]:
        """For rules that name none: as set, else the console."""
        return tuple(model.ChannelName(c) for c in self.alerts.default_channels) or (CONSOLE,)

    @property
    def operator_channels(self) -> tuple[model.ChannelName, ...]:
        """Who hears of the monitor's own troubles: as set, else the default channels."""
        if self.alerts.operator_channels:
            return tuple(model.ChannelName(c) for c in self.alerts.operator_channels)
        return self.default_channels

    def secrets(self) -> frozenset[str]:
        """Every secret value, and what is secret inside URLs, for the log's scrubber."""
        found = set(_secrets(self))
        if self.database_file is not None:
            found.discard(self.database.get_secret_value())
        return frozenset(found | {part for text in found for part in _inner_secrets(text)})


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _inner_secrets(text: str) -> Iterator[str]:
    """The password and the long path of a URL: libraries print them without the rest."""
    if "://" not in text:
        return
    try:
        parts = urlsplit(text)
    except ValueError:
        return
    if parts.password:
        yield from (parts.password, unquote(parts.password))
    if len(parts.path) >= 16:
        yield parts.path


def _secrets(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _secrets(item)
