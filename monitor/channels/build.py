"""The way in: a ``Notifier`` for every kind of channel.

Each kind's module is imported when the first such channel is built, so that a desk that only uses
the console does not wait for Apprise.
"""

from __future__ import annotations

from typing import Protocol, TextIO

from monitor.channels.receipt import Receipt
from monitor.channels.runner import DEADLINE, Runner
from monitor.errors import ChannelBroken, DeliveryError
from monitor.model import (
    AppriseTarget,
    Channel,
    Clock,
    ConsoleTarget,
    EmailTarget,
    MatrixTarget,
    Rendered,
    SlackTarget,
    TextFormat,
    utcnow,
)


class Notifier(Protocol):
    """Sends rendered messages through one channel. Safe for several sends at once."""

    @property
    def format(self) -> TextFormat:
        """The markup it takes."""
        ...

    async def send(self, rendered: Rendered, *, key: str, under: str = "") -> Receipt:
        """Sends one message; ``key`` (the delivery id) makes a repeat harmless where it can.

        ``under`` is the `Receipt.ref` of the message that it follows, for channels that thread; one
        that cannot find that message sends it by itself. Raises a ``DeliveryError``:
        ``DeliveryDeferred``, ``DeliveryRejected``, ``DeliveryUnknown`` or ``ChannelBroken``.
        """
        ...

    async def close(self) -> None:
        """Lets go of what it holds; sends under way are not waited for."""
        ...


def notifier(
    channel: Channel,
    *,
    deadline: float = DEADLINE,
    clock: Clock = utcnow,
    slack_api: str | None = None,
    stream: TextIO | None = None,
) -> Notifier:
    """The notifier of ``channel``. Opens no connection and never raises: what is wrong with a
    target comes out of ``send`` as ``ChannelBroken``, or beforehand out of ``fault``.

    ``deadline``: seconds one send may take. ``slack_api`` and ``stream`` stand in for slack.com's
    API and for standard output.
    """
    runner: Runner[str] = Runner(channel.name, deadline=deadline)
    match channel.target:
        case ConsoleTarget():
            from monitor.channels.console import ConsoleNotifier

            return ConsoleNotifier(channel, runner=runner, stream=stream)
        case EmailTarget() as target:
            from monitor.channels.smtp import Mailbox, MailNotifier

            box = Mailbox(
                host=target.host,
                port=target.port,
                security=target.security,
                sender=target.sender,
                to=target.to,
                username=target.username,
                password=target.password,
                verify_tls=target.verify_tls,
            )
            return MailNotifier(channel, box, runner=runner, clock=clock)
        case SlackTarget() as target:
            from monitor.channels import slack

            return slack.SlackNotifier(channel, target, runner=runner, api=slack_api or slack.API)
        case MatrixTarget() as target:
            from monitor.channels.matrix import MatrixNotifier

            return MatrixNotifier(channel, target, runner=runner)
        case AppriseTarget() as target:
            return _apprise(channel, target, runner, clock)


def _apprise(
    channel: Channel, target: AppriseTarget, runner: Runner[str], clock: Clock
) -> Notifier:
    from monitor.channels.other import AppriseNotifier, mailbox
    from monitor.channels.smtp import MailNotifier

    box = mailbox(target.url) if target.url.startswith("mailto") else None
    if box is not None:
        return MailNotifier(channel, box, runner=runner, clock=clock)
    return AppriseNotifier(channel, target, runner=runner)


def fault(channel: Channel) -> str:
    """What is wrong with the channel's settings, found without the network; empty when nothing.

    For ``monitor check`` and ``monitor channels list``. Holds no secret.
    """
    try:
        _inspect(channel)
    except DeliveryError as exc:
        return exc.reason
    return ""


def _inspect(channel: Channel) -> None:
    match channel.target:
        case EmailTarget(sender=sender, to=to):
            from monitor.channels.mail import BadAddressError, address

            if not to:
                raise ChannelBroken(channel.name, "it has no recipient")
            try:
                for text in (sender, *to):
                    address(text)
            except BadAddressError as exc:
                raise ChannelBroken(channel.name, f"{exc} is no usable mail address") from None
        case SlackTarget(webhook=webhook, token=token, channel=room):
            from monitor.channels.slack import json_plugin

            if webhook:
                json_plugin(channel.name, webhook, {}, {})
            elif not (token and room):
                raise ChannelBroken(channel.name, "it needs a webhook, or a token and a channel")
        case MatrixTarget() as target:
            from monitor.channels.matrix import usable

            usable(channel.name, target)
        case AppriseTarget(url=url):
            from monitor.channels.other import plugin

            if plugin(url) is None:
                raise ChannelBroken(channel.name, "its Apprise URL cannot be used")
        case _:
            pass
