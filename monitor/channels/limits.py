"""How fast each kind of channel may be written to: data for the delivery loop, no behaviour."""

from __future__ import annotations

from types import MappingProxyType

from monitor.model import (
    AppriseTarget,
    Channel,
    ConsoleTarget,
    EmailTarget,
    MatrixTarget,
    SlackTarget,
    Target,
)

PER_MINUTE = MappingProxyType(
    {
        ConsoleTarget: 6000,
        # No standard. A desk's own relay takes far more than this; a provider that wants less says
        # so with 4xx, which defers. `per_minute` is there for those who know their provider's.
        EmailTarget: 600,
        # "1 per second" for incoming webhooks and for chat.postMessage per channel:
        # https://docs.slack.dev/apis/web-api/rate-limits
        SlackTarget: 60,
        # Synapse's default rc_message is 0.2 a second after a burst of 10, and bots are commonly
        # given more; M_LIMIT_EXCEEDED says how long to wait, and is waited for:
        # https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html
        MatrixTarget: 60,
        # Unknown services: slow enough for the strictest common ones (Telegram groups: 20).
        AppriseTarget: 20,
    }
)
"""Messages a minute by the kind of target, when the channel sets none of its own."""


def per_minute(channel: Channel) -> int:
    """The limit in force for ``channel``: its own, else its kind's."""
    return channel.per_minute or kind_limit(channel.target)


def kind_limit(target: Target) -> int:
    """The default limit of a kind of target, in messages a minute."""
    return PER_MINUTE[type(target)]
