"""The repeated tables of the configuration: feeds, and channels of every kind.

Each holds what was written and turns itself into the value of ``monitor.model`` that the rest of
the program takes. Checks across tables live in ``checks``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from monitor import model
from monitor.config import values

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True)

Text: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Texts: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(values.as_list)]
Languages: TypeAlias = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], BeforeValidator(values.as_list)
]
"""Codes of ISO 639 without a region: English is English."""
Secret: TypeAlias = Annotated[SecretStr, Field(min_length=1)]


class Section(BaseModel):
    """A table of the file: unknown keys are errors, values never change."""

    model_config = _STRICT


class FeedEntry(Section):
    """One `[[feeds]]` table."""

    name: Text | None = Field(
        default=None, description="What the feed is called; its URL if unset."
    )
    url: values.WebUrl = Field(description="Where the feed is.")
    tags: Texts = Field(
        default=(), description="Words for `sources:` in rules and `tag:` in queries."
    )
    lang: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$",
        description="The language of items that do not say theirs.",
    )
    interval: values.PositiveDuration | None = Field(
        default=None, description="A fixed interval; only errors and the server's wish lengthen it."
    )
    backfill: values.Duration = Field(
        default=timedelta(hours=24),
        description="How old an item may be on the first poll and still raise an alert.",
    )
    full_text: bool = Field(
        default=False, description="Fetch each item's page and match its text too."
    )
    allow_private: bool = Field(default=False, description="The feed may be at a private address.")
    enabled: bool = Field(default=True, description="`false`: it is kept, and not polled.")
    user_agent: Text | None = Field(default=None, description="Overrides the one of `[polling]`.")
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Further request headers (values are secret)."
    )
    username: Text | None = Field(default=None, description="For HTTP basic authentication.")
    password: Secret | None = Field(default=None, description="For HTTP basic authentication.")
    proxy: values.ProxyUrl | None = Field(
        default=None, description="Overrides the one of `[polling]`."
    )
    timeout: values.PositiveDuration | None = Field(
        default=None, description="Overrides the one of `[polling]`."
    )
    verify_tls: bool = Field(default=True, description="`false`: any certificate will do.")

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
        default=timedelta(0), description="Collects what comes within this time into one message."
    )
    quiet_hours: values.QuietHours | None = Field(
        default=None, description="Held from, to (in `timezone`), except for flash."
    )
    digest: values.ClockTime | None = Field(
        default=None, description="One message a day, at this time (in `timezone`)."
    )
    fallback: Text | None = Field(
        default=None, description="The channel that gets what this one will not take."
    )
    per_minute: int | None = Field(
        default=None,
        ge=1,
        le=6000,
        description="At most so many messages a minute; else the kind's limit.",
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
        default=None,
        ge=1,
        le=65535,
        description="587 for starttls, 465 for tls, 25 for none if unset.",
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the connection is secured."
    )
    username: Text | None = Field(default=None, description="The login, if the server wants one.")
    password: Secret | None = Field(default=None, description="The login's password.")
    sender: values.Address = Field(alias="from", description="Who the mail is from.")
    to: Annotated[
        tuple[values.Address, ...], BeforeValidator(values.as_list), Field(min_length=1)
    ] = Field(description="Who gets it: one address or a list.")
    verify_tls: bool = Field(default=True, description="`false`: any certificate will do.")

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
    webhook: values.SecretUrl | None = Field(
        default=None, description="The incoming webhook's URL."
    )
    token: Secret | None = Field(
        default=None, description="A bot's token (xoxb-…), with `channel`."
    )
    channel: Text | None = Field(default=None, description="Where the bot posts: #name or id.")

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


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
