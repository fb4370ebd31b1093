"""Any other service Apprise knows, by its URL.

A fresh plugin per send, in our own thread, with plain text. What happened is read from the HTTP
exchanges behind it; a service that speaks something else only tells whether it worked. A
``mailto:`` URL becomes our own mail instead, with ids and threads.
"""

from __future__ import annotations

import contextlib
from email.utils import formataddr
from typing import Any, Literal, cast

from apprise import Apprise
from apprise.common import NotifyFormat
from apprise.exception import AppriseException

from monitor.alerts.markup import unmention
from monitor.channels import observe
from monitor.channels.foreign import NotifyEmail
from monitor.channels.outcome import http_error
from monitor.channels.receipt import Receipt
from monitor.channels.runner import Runner
from monitor.channels.secrecy import Scrubber, url_secrets
from monitor.channels.smtp import Mailbox
from monitor.errors import ChannelBroken, DeliveryDeferred, DeliveryUnknown
from monitor.model import AppriseTarget, Channel, Rendered, TextFormat

_SECURITY: dict[Any, Literal["starttls", "tls", "none"]] = {
    "starttls": "starttls",
    "ssl": "tls",
    "insecure": "none",
}
_MORE = "\n… {} more characters"


class AppriseNotifier:
    """One Apprise URL. Put one target into it: several collapse into one outcome."""

    format = TextFormat.TEXT

    def __init__(self, channel: Channel, target: AppriseTarget, *, runner: Runner[str]) -> None:
        self._name = channel.name
        self._url = target.url
        self._runner = runner
        self._scrub = Scrubber(secrets_of(target.url))

    def __repr__(self) -> str:
        return f"AppriseNotifier({self._name!r})"

    async def send(self, rendered: Rendered, *, key: str, under: str = "") -> Receipt:
        """Hands the message to the service; most have no place for ``key`` or threads."""
        return Receipt(await self._runner.run(lambda: self._notify(rendered)))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _notify(self, rendered: Rendered) -> str:
        service = plugin(self._url)
        if service is None:
            raise ChannelBroken(self._name, "its Apprise URL cannot be used")
        title, body = fitted(rendered, service)
        taken, crash = False, ""
        with observe.watch() as exchanges:
            try:
                taken = service.notify(body=body, title=title, body_format=NotifyFormat.TEXT)
            except AppriseException:
                crash = "settings"
            except Exception as exc:  # noqa: BLE001  # plugins raise what they like; told apart below
                crash = type(exc).__name__
            seen = list(exchanges)
        if taken:
            return ""
        name = service.service_name
        for exchange in reversed(seen):
            error = http_error(self._name, exchange, scrub=self._scrub)
            if error is not None:
                raise error
        if crash == "settings":
            raise ChannelBroken(self._name, f"{name} cannot be used as configured")
        if seen or crash:
            reason = f"{name} reports a failure" + (f" ({crash})" if crash else "")
            raise DeliveryUnknown(self._name, reason)
        raise DeliveryDeferred(self._name, f"{name} did not take the message")


def plugin(url: str) -> Any | None:
    """A fresh Apprise plugin for ``url``, without pauses and retries; None when it is unusable."""
    asset = observe.asset()
    service: Any = None
    with contextlib.suppress(AppriseException, TypeError, ValueError):
        service = Apprise.instantiate(url, asset=asset, suppress_exceptions=False)
    if service is None:
        return None
    service.request_rate_per_sec = 0
    service.retry = 0
    service.socket_connect_timeout = observe.CONNECT_TIMEOUT
    service.socket_read_timeout = observe.READ_TIMEOUT
    for wish in ("include_image", "include_footer"):
        if hasattr(service, wish):
            setattr(service, wish, False)
    return service


def fitted(rendered: Rendered, service: Any) -> tuple[str, str]:
    """Title and body within what the service takes, saying how much was left out."""
    title_room, body_room = int(service.title_maxlen), int(service.body_maxlen)
    title = unmention(rendered.subject)
    body = rendered.text or title
    if title_room <= 0:  # no title there: Apprise puts it before the body, with a line end
        body_room -= len(title) + 2
    else:
        title = title if len(title) <= title_room else title[: title_room - 1] + "…"
    if len(body) > body_room > 0:
        kept = max(body_room - len(_MORE.format(len(body))), 0)
        body = body[:kept] + _MORE.format(len(body) - kept)
    return title, body


def mailbox(url: str) -> Mailbox | None:
    """The mailbox a ``mailto:`` URL describes; None for any other service, or a PGP wish."""
    service = plugin(url)
    if type(service) is not NotifyEmail:
        return None
    service = cast("Any", service)
    if service.pgp_mode != "no":
        return None
    name, sender = service.from_addr
    return Mailbox(
        host=service.smtp_host,
        port=int(service.port),
        security=_SECURITY[service.secure_mode],
        sender=formataddr((name or "", sender)),
        to=tuple(formataddr((n or "", a)) for n, a in service.targets),
        cc=tuple(sorted(service.cc)),
        bcc=tuple(sorted(service.bcc)),
        username=service.user,
        password=service.password,
        verify_tls=service.verify_certificate,
    )


def secrets_of(url: str) -> list[str]:
    """All of an Apprise URL but its scheme: some services keep tokens where the host stands."""
    _, _, rest = url.partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    return [
        *url_secrets(url),
        authority.rpartition("@")[2],
        *authority.partition("@")[0].split(":"),
    ]
