"""Mail against a real SMTP server: what arrives, and what each refusal means."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.channels.build import notifier
from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
)
from monitor.model import AppriseTarget, EmailTarget, TextFormat
from tests.integration.channels.helpers import SUBJECT, channel, failure, message, send
from tests.servers.smtp import LOGIN, SmtpServer, read

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def target(server: SmtpServer, *to: str, **fields: Any) -> EmailTarget:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "sender": "Média Monitor <monitor@example.org>",
        "to": to or ("duty@example.org",),
    }
    return EmailTarget(**(given | fields))


def test_a_mail_has_text_html_and_the_headers_of_a_notification(smtp: SmtpServer) -> None:
    rendered = message(TextFormat.MAIL, html="<p>Troops <b>arrived</b></p>")
    to = ("Zoë Müller <zoe@example.org>", "duty@example.org")
    assert send(target(smtp, *to), rendered, clock=lambda: NOW) == ""
    (mail,) = smtp.mails()
    assert mail.sender == "monitor@example.org"
    assert mail.to == ("zoe@example.org", "duty@example.org")
    head = mail.message
    assert head["Subject"] == SUBJECT
    assert head["From"].addresses[0].display_name == "Média Monitor"
    assert [a.display_name for a in head["To"].addresses] == ["Zoë Müller", ""]
    assert head["Message-ID"] == "<d-1.monitor@example.org>"
    assert head["In-Reply-To"] == head["References"] == "<story-7.monitor@example.org>"
    assert head["List-Id"] == "<desk.monitor.example.org>"
    assert head["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(head["Date"]) == NOW
    assert head.get_content_type() == "multipart/alternative"
    assert mail.text.strip() == "Troops arrived in Niamey."
    assert mail.html.strip() == "<p>Troops <b>arrived</b></p>"
    assert mail.raw.isascii()
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


def test_the_same_key_again_is_the_same_message_id(smtp: SmtpServer) -> None:
    for key in ("d-1", "d-1", "d-2"):
        send(target(smtp), key=key)
    ids = [mail.message["Message-ID"] for mail in smtp.mails()]
    assert ids[0] == ids[1] != ids[2]


def test_a_title_cannot_add_headers(smtp: SmtpServer) -> None:
    evil = "Title\r\nBcc: spy@example.org\r\n\r\nbody\u2028X: y"
    send(target(smtp), message(TextFormat.MAIL, subject=evil, thread="a\nb>"), key="k\r\nX: 1")
    (mail,) = smtp.mails()
    assert mail.to == ("duty@example.org",)
    assert mail.message["Bcc"] is None
    assert mail.message["X"] is None
    assert "Bcc: spy@example.org" in mail.message["Subject"]


def test_long_and_foreign_subjects_survive(smtp: SmtpServer) -> None:
    subject = "[HIGH] " + "Нигер и Россия: войска 部队 القوات " * 6
    send(target(smtp), message(TextFormat.MAIL, subject=subject))
    assert smtp.mails()[0].message["Subject"] == subject.strip()


@pytest.mark.parametrize(
    ("person", "error", "word"),
    [
        ("reject550", DeliveryRejected, "550 5.1.1 no such user"),
        ("defer451", DeliveryDeferred, "451 4.7.1 greylisted"),
        ("data554", DeliveryRejected, "554 5.7.1 looks like spam"),
        ("data451", DeliveryDeferred, "451 4.3.0 disk trouble"),
        ("drop", DeliveryUnknown, "fell silent"),
        ("early", DeliveryDeferred, "closed the connection"),
    ],
)
def test_a_refusal_decides_the_error(
    smtp: SmtpServer, person: str, error: type[DeliveryError], word: str
) -> None:
    raised = failure(target(smtp, f"{person}@example.org"))
    assert type(raised) is error
    assert word in raised.reason


def test_a_dropped_connection_may_have_delivered(smtp: SmtpServer) -> None:
    raised = failure(target(smtp, "drop@example.org"))
    assert isinstance(raised, DeliveryUnknown)
    assert len(smtp.mails()) == 1


def test_a_slow_server_leaves_it_unknown_at_the_deadline(smtp: SmtpServer) -> None:
    started = time.monotonic()
    raised = failure(target(smtp, "slow@example.org"), deadline=0.4)
    assert isinstance(raised, DeliveryUnknown)
    assert time.monotonic() - started < 1
    assert len(smtp.mails()) == 1


def test_a_refused_sender_is_the_channels_fault(smtp: SmtpServer) -> None:
    raised = failure(target(smtp, sender="forged@example.org"))
    assert isinstance(raised, ChannelBroken)
    assert "553" in raised.reason


def test_one_bad_address_does_not_keep_the_mail_from_the_others(smtp: SmtpServer) -> None:
    note = send(target(smtp, "a@example.org", "reject550@example.org", "b@example.org"))
    assert "reject550@example.org was refused: 550" in note
    assert "2 took it" in note
    assert smtp.mails()[0].to == ("a@example.org", "b@example.org")


def test_a_retry_spares_those_who_have_it(smtp: SmtpServer) -> None:
    made = notifier(channel(target(smtp, "a@example.org", "defer451@example.org")))
    for _ in range(2):
        with pytest.raises(DeliveryDeferred) as raised:
            asyncio.run(made.send(message(made.format), key="d-1"))
        assert "451" in raised.value.reason
    with pytest.raises(DeliveryDeferred):
        asyncio.run(made.send(message(made.format), key="d-2"))
    assert [m.message["Message-ID"] for m in smtp.mails()] == [
        "<d-1.monitor@example.org>",
        "<d-2.monitor@example.org>",
    ]


def test_nobody_listening_is_deferred(tmp_path: Path) -> None:
    with SmtpServer(tmp_path) as gone:
        unreachable = target(gone)
    raised = failure(unreachable)
    assert isinstance(raised, DeliveryDeferred)
    assert "connection refused" in raised.reason


def test_a_plain_port_does_not_speak_tls(smtp: SmtpServer) -> None:
    assert isinstance(failure(target(smtp, security="tls")), ChannelBroken)
    assert isinstance(failure(target(smtp, security="starttls")), ChannelBroken)


def test_a_login_the_server_does_not_offer_breaks_the_channel(smtp: SmtpServer) -> None:
    raised = failure(target(smtp, username="bot", password="geheimnis"))
    assert isinstance(raised, ChannelBroken)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_out_encrypted_and_logged_in(
    tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmtpServer(tmp_path, security=security, login=LOGIN) as server:
        name, password = LOGIN
        box = target(server, security=security, username=name, password=password)
        untrusted = failure(box)
        assert isinstance(untrusted, ChannelBroken)
        assert "certificate" in untrusted.reason

        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        assert send(box) == ""
        monkeypatch.delenv("SSL_CERT_FILE")

        lax = target(server, security=security, username=name, password=password, verify_tls=False)
        assert send(lax) == ""
        assert len(server.mails()) == 2


def test_a_wrong_password_breaks_the_channel_at_once(tmp_path: Path) -> None:
    with SmtpServer(tmp_path, security="starttls", login=LOGIN) as server:
        box = target(
            server, security="starttls", verify_tls=False, username="bot", password="geheimnis"
        )
        started = time.monotonic()
        raised = failure(box)
        assert isinstance(raised, ChannelBroken)
        assert "535" in raised.reason
        assert "geheimnis" not in raised.reason
        assert time.monotonic() - started < 5

        unnamed = failure(target(server, security="starttls", verify_tls=False))
        assert isinstance(unnamed, ChannelBroken)
        assert "530" in unnamed.reason


@pytest.mark.parametrize("bad", ["nobody", "a@b@c d", "ü@example.org", "a@example.org\nb@c.org"])
def test_an_unusable_address_breaks_the_channel(smtp: SmtpServer, bad: str) -> None:
    raised = failure(target(smtp, bad))
    assert isinstance(raised, ChannelBroken)
    assert smtp.mails() == []


def test_an_international_domain_is_written_in_ascii(smtp: SmtpServer) -> None:
    send(target(smtp, "duty@bücher.example"))
    assert smtp.mails()[0].to == ("duty@xn--bcher-kva.example",)


def test_an_apprise_mail_url_is_our_own_mail(smtp: SmtpServer) -> None:
    url = (
        f"mailto://127.0.0.1:{smtp.port}/?smtp=127.0.0.1&mode=insecure"
        "&from=Desk<m@example.org>&to=a@example.org,b@example.org&cc=c@example.org"
    )
    assert send(AppriseTarget(url), message(TextFormat.MAIL, html="<p>x</p>")) == ""
    (mail,) = smtp.mails()
    assert set(mail.to) == {"a@example.org", "b@example.org", "c@example.org"}
    assert mail.message["Message-ID"] == "<d-1.monitor@example.org>"
    assert mail.message["Cc"] == "c@example.org"
    assert mail.html.strip() == "<p>x</p>"


def test_a_mail_server_in_a_process_of_its_own_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.servers.smtp", "0", str(tmp_path / "mail")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        box = EmailTarget("127.0.0.1", port, "none", "m@example.org", ("a@example.org",))
        assert send(box) == ""
        process.kill()
    (mail,) = read(tmp_path / "mail")
    assert mail.to == ("a@example.org",)
    assert isinstance(failure(box), DeliveryDeferred)
