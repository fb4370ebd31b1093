"""From answers and exceptions to the class that decides what happens next."""

from __future__ import annotations

import inspect
import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import urllib3.exceptions as u3
from apprise import exception as apprise_exceptions
from requests import exceptions as rq

from monitor.channels import matrix, observe, slack, smtp
from monitor.channels.observe import Exchange, HttpFault, fault_of, retry_after
from monitor.channels.outcome import http_error, said
from monitor.channels.secrecy import Scrubber
from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
)

SCRUB = Scrubber(["hush-hush"])


def answered(status: int, body: bytes = b"", wait: float | None = None) -> Exchange:
    return Exchange("chat.example.org", status=status, body=body, retry_after=wait)


def test_every_status_has_an_outcome() -> None:
    for status in range(100, 600):
        error = http_error("desk", answered(status), scrub=SCRUB)
        assert (error is None) == (200 <= status < 300)
        if error is not None:
            assert str(status) in error.reason or "redirects" in error.reason


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, ChannelBroken),
        (400, DeliveryRejected),
        (401, ChannelBroken),
        (403, ChannelBroken),
        (404, ChannelBroken),
        (408, DeliveryDeferred),
        (410, ChannelBroken),
        (413, DeliveryRejected),
        (422, DeliveryRejected),
        (429, DeliveryDeferred),
        (500, DeliveryDeferred),
        (503, DeliveryDeferred),
        (504, DeliveryUnknown),
        (599, DeliveryDeferred),
    ],
)
def test_a_plain_status_decides(status: int, error: type[DeliveryError]) -> None:
    assert type(http_error("desk", answered(status, wait=9), scrub=SCRUB)) is error


def test_a_deferred_answer_carries_its_wait() -> None:
    error = http_error("desk", answered(429, wait=9), scrub=SCRUB)
    assert isinstance(error, DeliveryDeferred)
    assert error.retry_after == 9


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (HttpFault.UNREACHED, DeliveryDeferred),
        (HttpFault.CERTIFICATE, ChannelBroken),
        (HttpFault.BROKEN_OFF, DeliveryUnknown),
        (HttpFault.BAD_ADDRESS, ChannelBroken),
    ],
)
def test_a_fault_decides(fault: HttpFault, error: type[DeliveryError]) -> None:
    assert type(http_error("desk", Exchange("h", fault=fault), scrub=SCRUB)) is error


def classes_of(module: object, base: type[BaseException]) -> list[type[BaseException]]:
    found = [c for _, c in inspect.getmembers(module, inspect.isclass) if issubclass(c, base)]
    return [c for c in found if not issubclass(c, Warning)]


def test_every_exception_of_requests_is_mapped() -> None:
    missing = [c for c in classes_of(rq, rq.RequestException) if c not in observe.FAULTS]
    assert not missing, f"an upgrade of requests brought {missing}: say what they mean"


def test_every_exception_of_smtplib_is_mapped() -> None:
    missing = [c for c in classes_of(smtplib, smtplib.SMTPException) if c not in smtp.FAULTS]
    assert not missing, f"a new Python brought {missing}: say what they mean"


def test_every_exception_of_apprise_is_expected() -> None:
    ours = [c for _, c in inspect.getmembers(apprise_exceptions, inspect.isclass)]
    ours = [c for c in ours if issubclass(c, Exception) and c.__module__.startswith("apprise")]
    assert ours
    for cls in ours:
        assert issubclass(cls, (apprise_exceptions.AppriseException, OSError)), cls


def wrapped(reason: Exception) -> rq.ConnectionError:
    """As requests wraps what urllib3 raises."""
    return rq.ConnectionError(u3.MaxRetryError(None, "/secret", reason))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("exc", "fault"),
    [
        (wrapped(u3.NewConnectionError(None, "refused")), HttpFault.UNREACHED),  # type: ignore[arg-type]
        (wrapped(u3.NameResolutionError("h", None, socket.gaierror())), HttpFault.UNREACHED),  # type: ignore[arg-type]
        (wrapped(u3.ConnectTimeoutError()), HttpFault.UNREACHED),
        (wrapped(u3.ProtocolError("reset")), HttpFault.BROKEN_OFF),
        (rq.ConnectionError(u3.ProtocolError("aborted", ConnectionResetError())), "broken_off"),
        (rq.ConnectionError(), HttpFault.BROKEN_OFF),
        (rq.ReadTimeout(), HttpFault.BROKEN_OFF),
        (rq.ConnectTimeout(), HttpFault.UNREACHED),
        (rq.SSLError(u3.MaxRetryError(None, "", ssl.SSLCertVerificationError())), "certificate"),  # type: ignore[arg-type]
        (
            rq.SSLError(u3.MaxRetryError(None, "", u3.SSLError(ssl.SSLCertVerificationError()))),  # type: ignore[arg-type]
            HttpFault.CERTIFICATE,
        ),
        (rq.SSLError(u3.MaxRetryError(None, "", ssl.SSLError())), HttpFault.UNREACHED),  # type: ignore[arg-type]
        (rq.ProxyError(), HttpFault.UNREACHED),
        (rq.InvalidURL(), HttpFault.BAD_ADDRESS),
        (OSError(), HttpFault.BROKEN_OFF),
    ],
)
def test_an_exception_says_whether_the_message_was_sent(exc: Exception, fault: str) -> None:
    assert fault_of(exc) == fault


def test_retry_after_is_read_as_seconds_or_as_a_date_by_the_servers_clock() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    date = format_datetime(now, usegmt=True)
    later = format_datetime(now + timedelta(minutes=2), usegmt=True)
    assert retry_after("7") == 7
    assert retry_after("0.5") == 0.5
    assert retry_after(later, date) == 120
    assert retry_after(date, later) == 0
    assert retry_after("-3") == 0
    assert retry_after("9999999") == 86_400
    for nonsense in (None, "", "soon", "nan", "12:00"):
        assert retry_after(nonsense) is None


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("M_LIMIT_EXCEEDED", DeliveryDeferred),
        ("M_UNKNOWN_TOKEN", ChannelBroken),
        ("M_FORBIDDEN", ChannelBroken),
        ("M_TOO_LARGE", DeliveryRejected),
        ("M_NEW_IN_SOME_VERSION", DeliveryRejected),
    ],
)
def test_matrix_error_codes_decide(code: str, error: type[DeliveryError]) -> None:
    body = f'{{"errcode":"{code}","error":"no hush-hush","retry_after_ms":2500}}'.encode()
    got = matrix.verdict("room", answered(400, body), scrub=SCRUB)
    assert type(got) is error
    assert code in got.reason
    assert "hush-hush" not in got.reason
    if isinstance(got, DeliveryDeferred):
        assert got.retry_after == 2.5


def test_slack_words_are_each_in_one_class() -> None:
    classes = (slack._BROKEN, slack._REJECTED, slack._DEFERRED)
    assert sum(map(len, classes)) == len(set().union(*classes))


def test_an_answer_is_quoted_only_when_it_is_short_and_plain() -> None:
    assert said(b"invalid_payload") == "invalid_payload"
    assert said(b'{"ok":false,"error":"not_in_channel"}') == "not_in_channel"
    assert said(b'{"message":"Invalid webhook"}') == "Invalid webhook"
    for noise in (b"<html>x</html>", b"a\nb", b"x" * 500, b'{"ok":false}', b"[1]", b'{"error":{}}'):
        assert said(noise) == ""


@pytest.mark.parametrize(
    ("exc", "handed_over", "error"),
    [
        (smtplib.SMTPAuthenticationError(535, b"no"), False, ChannelBroken),
        (smtplib.SMTPAuthenticationError(454, b"later"), False, DeliveryDeferred),
        (smtplib.SMTPNotSupportedError("no STARTTLS"), False, ChannelBroken),
        (smtplib.SMTPConnectError(421, b"busy"), False, DeliveryDeferred),
        (smtplib.SMTPConnectError(554, b"go away"), False, ChannelBroken),
        (smtplib.SMTPHeloError(500, b"what"), False, ChannelBroken),
        (smtplib.SMTPSenderRefused(552, b"too big", "a"), False, DeliveryRejected),
        (smtplib.SMTPSenderRefused(451, b"later", "a"), False, DeliveryDeferred),
        (smtplib.SMTPSenderRefused(550, b"not you", "a"), False, ChannelBroken),
        (smtplib.SMTPDataError(554, b"spam"), True, DeliveryRejected),
        (smtplib.SMTPDataError(452, b"full"), True, DeliveryDeferred),
        (smtplib.SMTPServerDisconnected("gone"), False, DeliveryDeferred),
        (smtplib.SMTPServerDisconnected("gone"), True, DeliveryUnknown),
        (TimeoutError(), False, DeliveryDeferred),
        (TimeoutError(), True, DeliveryUnknown),
        (ConnectionRefusedError(), False, DeliveryDeferred),
        (socket.gaierror(), False, DeliveryDeferred),
        (ssl.SSLCertVerificationError(), False, ChannelBroken),
        (ssl.SSLEOFError(), False, DeliveryDeferred),
        (UnicodeEncodeError("ascii", "ü", 0, 1, "x"), False, ChannelBroken),
    ],
)
def test_what_smtp_raises_decides(
    exc: Exception, handed_over: bool, error: type[DeliveryError]
) -> None:
    got = smtp.judge("duty", "mail.example.org:25", exc, handed_over=handed_over, scrub=SCRUB)
    assert type(got) is error
    assert "mail.example.org:25" in got.reason
