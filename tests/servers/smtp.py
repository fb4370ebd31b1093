"""A real SMTP server on loopback that answers by script.

The recipient's name decides: ``reject550@`` and ``defer451@`` at RCPT, ``data554@`` and
``data451@`` after DATA, ``slow@`` takes the mail and answers late, ``drop@`` takes it and closes
the connection without an answer, ``early@`` closes it before DATA. Everyone else is served.

Runs in a thread, or as a process of its own for tests that kill the daemon:
``python -m tests.servers.smtp PORT DIRECTORY [--starttls|--tls] [--login NAME:PASSWORD]``.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import signal
import ssl
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers import certificate

LOGIN = ("bot", "correct horse")


@dataclass(frozen=True)
class Mail:
    """One stored mail: its envelope and its message."""

    sender: str
    to: tuple[str, ...]
    message: EmailMessage
    raw: bytes

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else cast("EmailMessage", part).get_content()


class _Handler:
    def __init__(self, server: SmtpServer) -> None:
        self.server = server

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.server.connections += 1
        if self.server.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address.startswith("forged"):
            return "553 5.7.1 not allowed to send as this address"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 fine"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("reject550"):
            return "550 5.1.1 no such user"
        if address.startswith("defer451"):
            return "451 4.7.1 greylisted, try later"
        if address.startswith("early"):
            server.transport.close()
            return "250 never sent"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        first = envelope.rcpt_tos[0]
        if first.startswith("data554"):
            return "554 5.7.1 looks like spam"
        if first.startswith("data451"):
            return "451 4.3.0 disk trouble, try later"
        self.server.store(envelope)
        if first.startswith("slow"):
            await asyncio.sleep(self.server.delay)
        if first.startswith("drop"):
            server.transport.close()
        return "250 2.0.0 queued"


class SmtpServer:
    """Use as a context manager; ``mails()`` reads what has arrived, oldest first.

    ``security``: "none", "starttls" (required) or "tls". ``login``: name and password that are
    required. ``delay``: seconds ``slow@`` waits.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        security: str = "none",
        login: tuple[str, str] | None = None,
        delay: float = 3.0,
    ) -> None:
        self.directory = directory
        self.port = port
        self.security = security
        self.login = login
        self.delay = delay
        self.connections = 0
        """Mail transactions begun, finished or not."""
        self._numbers = itertools.count(1)
        self._controller: Controller | None = None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def certificate(self) -> Path:
        """What a client has to trust."""
        return self.directory / "tls" / "certificate.pem"

    def start(self) -> SmtpServer:
        context: ssl.SSLContext | None = None
        if self.security != "none":
            files = certificate.make(self.directory / "tls")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files.certificate, files.key)
        options: dict[str, Any] = {}
        if self.security == "starttls":
            options = {"tls_context": context, "require_starttls": True}
        if self.login:
            options |= {"authenticator": self._authenticate, "auth_require_tls": False}
        if self.security == "tls":
            options["ssl_context"] = context
        self._controller = _AnyPort(_Handler(self), hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()
        self.port = self._controller.server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> SmtpServer:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def store(self, envelope: Envelope) -> None:
        """Writes the mail down before it is acknowledged, whole or not at all."""
        head = "".join(f"X-Envelope: {line}\n" for line in (envelope.mail_from, *envelope.rcpt_tos))
        number = next(self._numbers)
        while (path := self.directory / f"{number:06}.eml").exists():
            number = next(self._numbers)
        draft = path.with_suffix(".part")
        draft.write_bytes(head.encode() + cast("bytes", envelope.content))
        draft.replace(path)

    def mails(self) -> list[Mail]:
        return read(self.directory)

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = (
            isinstance(data, LoginPassword)
            and (data.login.decode(), data.password.decode()) == self.login
        )
        # handled=False makes the server send the refusal itself; else the client waits for ever.
        return AuthResult(success=right, handled=False)


class _AnyPort(Controller):
    """A controller that may be given port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def read(directory: Path) -> list[Mail]:
    """The mails stored in ``directory``, oldest first; also while a server process is running."""
    found: list[Mail] = []
    for path in sorted(directory.glob("*.eml")):
        raw = path.read_bytes()
        lines = raw.splitlines(keepends=True)
        head = list(itertools.takewhile(lambda line: line.startswith(b"X-Envelope: "), lines))
        sender, *to = [line.split(b": ", 1)[1].decode().strip() for line in head]
        content = b"".join(lines[len(head) :])
        message = cast("EmailMessage", message_from_bytes(content, policy=policy.default))
        found.append(Mail(sender, tuple(to), message, content))
    return found


def main() -> None:
    """Serves until it is terminated; prints the port when it is ready."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--starttls", action="store_true")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--login", default="")
    given = parser.parse_args()
    name, _, password = given.login.partition(":")
    security = "starttls" if given.starttls else "tls" if given.tls else "none"
    login = (name, password) if name else None
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: done.set())
    server = SmtpServer(given.directory, port=given.port, security=security, login=login)
    with server:
        print(server.port, flush=True)
        done.wait()
    os._exit(0)


if __name__ == "__main__":
    main()
