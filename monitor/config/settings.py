"""The shape of the configuration: every key, its type, default and description.

The models hold what was written; ``feed_list`` and ``channel_list`` turn it into the values of
``monitor.model`` that the rest of the program takes. Where values come from (files, environment)
is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
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
from monitor.config.entries import (
    ChannelEntry,
    FeedEntry,
    Languages,
    Secret,
    Section,
    Text,
    Texts,
)
from monitor.config.places import KeyPath
from monitor.errors import Problem, ProblemLevel

CONSOLE: model.ChannelName = model.ChannelName("console")
"""The channel that needs no configuration."""


Locate: TypeAlias = Callable[[KeyPath, str, str, ProblemLevel], Problem]
"""Path, message, hint and level to a Problem with its place."""


class Polling(Section):
    """How feeds are polled, unless a feed says otherwise."""

    interval: values.PositiveDuration = Field(
        default=timedelta(minutes=10),
        description="How often a feed is polled at first; it adapts to how often there is news.",
    )
    min_interval: values.PositiveDuration = Field(
        default=timedelta(minutes=2),
        description="The adaptive interval never gets shorter (nor than `interval`, if that is).",
    )
    max_interval: values.PositiveDuration = Field(
        default=timedelta(hours=2),
        description="The adaptive interval never gets longer (nor than `interval`, if that is).",
    )
    concurrency: int = Field(
        default=50, ge=1, le=1000, description="Requests under way at once, in all."
    )
    per_host: int = Field(
        default=2, ge=1, le=100, description="Requests under way at once to one registrable domain."
    )
    timeout: values.PositiveDuration = Field(
        default=timedelta(seconds=30), description="A fetch that takes longer has failed."
    )
    max_bytes: values.Size = Field(
        default=10_000_000, ge=10_000, description="A feed larger than this, unpacked, has failed."
    )
    user_agent: Text | None = Field(
        default=None,
        description="Who feeds are told is asking; the program's name and version if unset.",
    )
    proxy: values.ProxyUrl | None = Field(
        default=None, description="The proxy for all feeds: http, https or socks5."
    )
    workers: int = Field(
        default=2, ge=1, le=64, description="Worker processes that read feeds and pages."
    )

    @model_validator(mode="after")
    def _limits_fit(self) -> Polling:
        if self.min_interval > self.max_interval:
            raise PydanticCustomError("monitor_limits", "min_interval is longer than max_interval")
        return self

    @property
    def bounds(self) -> tuple[timedelta, timedelta]:
        """The limits in force: ``interval`` always lies within them."""
        return min(self.min_interval, self.interval), max(self.max_interval, self.interval)


class Alerts(Section):
    """Who is told, and how often."""

    default_channels: Texts = Field(
        default=(), description="For rules without `notify`; the console if unset."
    )
    operator_channels: Texts = Field(
        default=(), description="Told of the monitor's own troubles; the default channels if unset."
    )
    templates: Path | None = Field(
        default=None, description="A directory of message templates that replace the built-in ones."
    )
    cooldown: values.Duration = Field(
        default=timedelta(minutes=30),
        description="After an alert, what is new in the story is held for so long and then told "
        'together; a rule can have its own. Corrections and denials pass. "0" turns it off.',
    )
    flood: int = Field(
        default=20,
        ge=0,
        description="A rule that raises so many alerts within an hour is summed up instead of sent "
        "singly, until it calms down to half of it; 0 turns that off.",
    )
    flood_summary: values.PositiveDuration = Field(
        default=timedelta(minutes=15), description="How often such a rule's summary is sent."
    )
    languages: Languages = Field(
        default=(),
        description="A story is shown in the first of these that it has a version in, the longest.",
    )
    silences: Path | None = Field(
        default=None, description="A YAML file of silences, beside those of the command line."
    )


class Retention(Section):
    """How long things are kept."""

    articles: values.PositiveDuration = Field(
        default=timedelta(days=90), description="Articles, their stories and alerts."
    )
    deliveries: values.PositiveDuration = Field(
        default=timedelta(days=30), description="Deliveries that are done with."
    )


class Service(Section):
    """Health and metrics over HTTP."""

    listen: values.Listen = Field(
        default="127.0.0.1:8080",
        description='Where `/healthz`, `/readyz` and `/metrics` are; "" turns them off. '
        "Takes effect at a restart.",
    )
    min_free_disk: values.Size = Field(
        default=200_000_000,
        description="Polling stops while the database's disk has less room than this.",
    )


class Log(Section):
    """What is logged, to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is logged."
    )
    format: Literal["json", "console"] | None = Field(
        default=None, description="`console` on a terminal and `json` elsewhere if unset."
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
        default="UTC", description="Clock times here and in messages are in this one: an IANA name."
    )
    database: Secret = Field(
        default=SecretStr("sqlite:///data/monitor.db"),
        description="`sqlite:///FILE` or `postgresql://…`. Takes effect at a restart.",
    )
    rules: Path = Field(default=Path("rules"), description="The directory of the rule files.")
    opml: Annotated[tuple[Path, ...], BeforeValidator(values.as_list)] = Field(
        default=(), description="OPML files with further feeds."
    )
    polling: Polling = Field(default_factory=Polling, description="How feeds are polled.")
    feeds: tuple[FeedEntry, ...] = Field(default=(), description="The feeds.")
    channels: dict[str, ChannelEntry] = Field(
        default_factory=dict, description="Where alerts go, by name."
    )
    alerts: Alerts = Field(default_factory=Alerts, description="Who is told, and how often.")
    retention: Retention = Field(default_factory=Retention, description="How long things are kept.")
    service: Service = Field(default_factory=Service, description="Health and metrics.")
    log: Log = Field(default_factory=Log, description="What is logged.")

    _path: Path = PrivateAttr(default=Path("config.toml"))
    _warnings: tuple[Problem, ...] = PrivateAttr(default=())
    _locate: Locate | None = PrivateAttr(default=None)

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

    @property
    def database_file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        scheme, _, rest = self.database.get_secret_value().partition("://")
        if not scheme.startswith("sqlite"):
            return None
        return Path(rest.partition("?")[0].removeprefix("/"))

    def problem_at(
        self,
        path: KeyPath,
        message: str,
        hint: str = "",
        level: ProblemLevel = ProblemLevel.ERROR,
    ) -> Problem:
        """A Problem with the place where the value at ``path`` was set, for checks made later."""
        if self._locate is None:
            return Problem(".".join(map(str, path)), 0, 0, message, hint, level=level)
        return self._locate(path, message, hint, level)

    def warned(self, warnings: Iterable[Problem]) -> Settings:
        """The same with ``warnings``."""
        copy = self.model_copy()
        copy._warnings = tuple(warnings)
        return copy

    def placed(self, path: Path, locate: Locate) -> Settings:
        """A copy that knows its file: from now on every path in it counts from there."""
        folder = path.parent

        def at(relative: Path) -> Path:
            return folder / relative.expanduser()

        url = self.database.get_secret_value()
        if url.startswith("postgres://"):
            url = f"postgresql{url.removeprefix('postgres')}"
        if (file := self.database_file) is not None:
            url = f"sqlite:///{at(file).absolute()}"
        copy = self.model_copy(
            update={
                "rules": at(self.rules),
                "opml": tuple(at(p) for p in self.opml),
                "database": SecretStr(url),
                "alerts": self.alerts.model_copy(
                    update={
                        "templates": self.alerts.templates and at(self.alerts.templates),
                        "silences": self.alerts.silences and at(self.alerts.silences),
                    }
                ),
            }
        )
        copy._path, copy._locate = path, locate
        return copy

    def feed_list(self) -> list[model.Feed]:
        """The feeds of the file, disabled ones included; those of ``opml`` are not here."""
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
