"""Mail over SMTP: Apprise connects, secures and logs in; the conversation after that is ours.

Apprise's own ``sendmail`` answers True or False. Only by speaking MAIL, RCPT and DATA here is it
known whether the server refused, put off, or fell silent after it had the message.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from enum import StrEnum
from typing import Literal, cast

from apprise.exception import AppriseException

from monitor.channels import observe
from monitor.channels.foreign import AppriseSMTPController
from monitor.channels.mail import BadAddressError, address, compose
from monitor.channels.receipt import Receipt
from monitor.channels.runner import Runner
from monitor.channels.secrecy import Scrubber
from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
)
from monitor.model import Channel, Clock, Rendered, TextFormat, utcnow

_MODES = {"starttls": "starttls", "tls": "ssl", "none": "insecure"}
_REMEMBERED = 1_000
"""Half-accepted deliveries kept in mind, so that a retry spares those who have it already."""


class SmtpFault(StrEnum):
    """What an exception of smtplib or the socket under it says, the reply code aside."""

    REPLY = "reply"
    """The server answered with a code, which decides."""
    CHANNEL = "channel"
    """Login, encryption or an option the server does not have: the channel is at fault."""
    LINE = "line"
    """The connection could not be had, or broke."""


FAULTS: dict[type[BaseException], SmtpFault] = {
    smtplib.SMTPException: SmtpFault.LINE,
    smtplib.SMTPNotSupportedError: SmtpFault.CHANNEL,
    smtplib.SMTPServerDisconnected: SmtpFault.LINE,
    smtplib.SMTPResponseException: SmtpFault.REPLY,
    smtplib.SMTPSenderRefused: SmtpFault.REPLY,
    smtplib.SMTPRecipientsRefused: SmtpFault.REPLY,
    smtplib.SMTPDataError: SmtpFault.REPLY,
    smtplib.SMTPConnectError: SmtpFault.REPLY,
    smtplib.SMTPHeloError: SmtpFault.REPLY,
    smtplib.SMTPAuthenticationError: SmtpFault.REPLY,
    ssl.SSLCertVerificationError: SmtpFault.CHANNEL,
    AppriseException: SmtpFault.CHANNEL,
    OSError: SmtpFault.LINE,
    RuntimeError: SmtpFault.CHANNEL,  # smtplib without SSL support
    ValueError: SmtpFault.CHANNEL,  # an address or command with a line end in it
}
"""Every exception class of smtplib, and what else may come out. A test fails on a new one."""


EXPECTED: tuple[type[BaseException], ...] = tuple(FAULTS)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where mail goes out and to whom; ``security`` as in the configuration."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    verify_tls: bool = True


@dataclass(frozen=True, slots=True)
class _Refusal:
    address: str
    code: int
    text: str


class MailNotifier:
    """One SMTP submission server and the people behind it."""

    format = TextFormat.MAIL

    def __init__(
        self, channel: Channel, mailbox: Mailbox, *, runner: Runner[str], clock: Clock = utcnow
    ) -> None:
        self._name = channel.name
        self._mailbox = mailbox
        self._runner = runner
        self._clock = clock
        self._scrub = Scrubber([mailbox.password])
        self._taken: OrderedDict[str, frozenset[str]] = OrderedDict()

    def __repr__(self) -> str:
        return f"MailNotifier({self._name!r})"

    async def send(self, rendered: Rendered, *, key: str, under: str = "") -> Receipt:
        """Sends one mail to everyone; the note says who was refused while others took it. Mail is
        threaded by the story's own root, so ``under`` is not needed."""
        return Receipt(note=await self._runner.run(lambda: self._mail(rendered, key)))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _mail(self, rendered: Rendered, key: str) -> str:
        box = self._mailbox
        try:
            sender = address(box.sender)
            to = [address(text) for text in box.to]
            cc = [address(text) for text in box.cc]
            bcc = [address(text) for text in box.bcc]
        except BadAddressError as exc:
            raise ChannelBroken(self._name, f"{exc} is no usable mail address") from None
        message = compose(
            rendered, key=key, channel=self._name, sender=sender, to=to, cc=cc, now=self._clock()
        )
        return self._deliver(message.as_bytes(), sender, _unique([*to, *cc, *bcc]), key)

    def _deliver(self, data: bytes, sender: Address, people: Sequence[str], key: str) -> str:
        wanted = [p for p in people if p not in self._taken.get(key, frozenset())]
        talk = _Conversation(self._mailbox)
        fault: BaseException | None = None
        try:
            talk.hold(sender.addr_spec, wanted, data)
        except EXPECTED as exc:
            fault = exc
        # Raised outside the handler: nothing of the foreign exception may travel with it.
        if fault is not None:
            host = f"{self._mailbox.host}:{self._mailbox.port}"
            raise judge(self._name, host, fault, handed_over=talk.handed_over, scrub=self._scrub)
        return self._settle(talk, wanted, key)

    def _settle(self, talk: _Conversation, wanted: Sequence[str], key: str) -> str:
        """Decides when some recipients took the mail and others did not."""
        refused = {r.address for r in talk.refusals}
        taken = frozenset(p for p in wanted if p not in refused)
        temporary = [r for r in talk.refusals if r.code < 500]
        if temporary:
            if taken:
                self._remember(key, taken)
            raise DeliveryDeferred(self._name, self._told(temporary, len(taken)))
        if talk.refusals and not taken and key not in self._taken:
            raise DeliveryRejected(self._name, self._told(talk.refusals, 0))
        self._taken.pop(key, None)
        return self._told(talk.refusals, len(taken)) if talk.refusals else ""

    def _remember(self, key: str, taken: frozenset[str]) -> None:
        self._taken[key] = self._taken.get(key, frozenset()) | taken
        while len(self._taken) > _REMEMBERED:
            self._taken.popitem(last=False)

    def _told(self, refusals: Sequence[_Refusal], taken: int) -> str:
        first = refusals[0]
        text = f"{first.address} was refused: {first.code} {first.text}"
        if len(refusals) > 1:
            text += f" (and {len(refusals) - 1} more)"
        if taken:
            text += f"; {taken} took it"
        return self._scrub(text)


class _Conversation:
    """One SMTP session and how far it came."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.handed_over = False
        self.refusals: list[_Refusal] = []

    def hold(self, sender: str, people: Sequence[str], data: bytes) -> None:
        """Connects and sends; what smtplib raises comes out, refused recipients are noted."""
        box = self._mailbox
        observe.muzzle()
        controller = AppriseSMTPController(
            host=box.host,
            port=box.port,
            secure_mode=_MODES[box.security],
            user=box.username,
            password=box.password,
            verify_certificate=box.verify_tls,
            socket_connect_timeout=int(observe.READ_TIMEOUT),
        )
        with controller as session:
            smtp = cast("smtplib.SMTP", session._socket)
            smtp.ehlo_or_helo_if_needed()
            options = [f"SIZE={len(data)}"] if smtp.has_extn("size") else []
            code, reply = smtp.mail(sender, options)
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, reply, sender)
            accepted = [p for p in people if self._recipient(smtp, p)]
            if accepted:
                self._data(smtp, data)
            else:
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    smtp.rset()

    def _recipient(self, smtp: smtplib.SMTP, person: str) -> bool:
        code, reply = smtp.rcpt(person)
        if code in (250, 251):
            return True
        if code == 421:
            raise smtplib.SMTPResponseException(code, reply)
        self.refusals.append(_Refusal(person, code, _text(reply)))
        return False

    def _data(self, smtp: smtplib.SMTP, data: bytes) -> None:
        # From here on a broken line leaves it open whether the server has the message.
        self.handed_over = True
        code, reply = smtp.data(data)
        if code != 250:
            raise smtplib.SMTPDataError(code, reply)


def judge(
    channel: str, host: str, exc: BaseException, *, handed_over: bool, scrub: Scrubber
) -> DeliveryError:
    """What an exception of the conversation means; ``handed_over``: DATA had begun."""
    match fault_of(exc):
        case SmtpFault.REPLY:
            return _judge_reply(channel, host, exc, scrub)
        case SmtpFault.CHANNEL:
            return ChannelBroken(channel, f"{host}: {_in_words(exc)}")
        case _ if handed_over:
            return DeliveryUnknown(channel, f"{host} fell silent after it had the message")
        case _:
            return DeliveryDeferred(channel, f"{host}: {_in_words(exc)}")


def _judge_reply(channel: str, host: str, exc: BaseException, scrub: Scrubber) -> DeliveryError:
    code, text = _code_and_text(exc)
    reason = scrub(f"{host} answered {code} {text}")
    if isinstance(exc, smtplib.SMTPAuthenticationError):
        reason = f"login refused: {reason}"
    if code < 500:
        return DeliveryDeferred(channel, reason)
    # 552 (RFC 5321 4.2.2) is too big, a refused DATA the content: the message's own fault. A
    # refused greeting, login or sender stops every message.
    if isinstance(exc, smtplib.SMTPDataError) or code == 552:
        return DeliveryRejected(channel, reason)
    return ChannelBroken(channel, reason)


def fault_of(exc: BaseException) -> SmtpFault:
    """The nearest mapped class of ``exc``."""
    if isinstance(exc, ssl.SSLError) and getattr(exc, "reason", "") == "WRONG_VERSION_NUMBER":
        return SmtpFault.CHANNEL  # TLS spoken to a plain port
    return next((FAULTS[c] for c in type(exc).__mro__ if c in FAULTS), SmtpFault.LINE)


def _in_words(exc: BaseException) -> str:
    match exc:
        case ssl.SSLCertVerificationError():
            return "its certificate is not trusted"
        case ssl.SSLError():
            return "TLS failed: is this the right port for it?"
        case smtplib.SMTPNotSupportedError() | AppriseException() | RuntimeError():
            return "it does not offer the security or login that is configured"
        case smtplib.SMTPServerDisconnected():
            return "it closed the connection"
        case socket.gaierror():
            return "the host name could not be resolved"
        case ConnectionRefusedError():
            return "connection refused"
        case TimeoutError():
            return "no answer in time"
        case OSError():
            return f"the connection failed ({exc.strerror or type(exc).__name__})"
        case _:
            return "its settings cannot be used"


def _code_and_text(exc: BaseException) -> tuple[int, str]:
    if isinstance(exc, smtplib.SMTPResponseException):
        return exc.smtp_code, _text(exc.smtp_error)
    return 0, type(exc).__name__


def _text(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())[:200]


def _unique(people: Sequence[Address]) -> list[str]:
    return list(dict.fromkeys(p.addr_spec for p in people))
