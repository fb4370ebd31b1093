"""Any Apprise URL: through real plugins against a scripted web server."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time

import pytest

from monitor.channels.build import fault, notifier
from monitor.errors import (
    ChannelBroken,
    DeliveryDeferred,
    DeliveryError,
    DeliveryRejected,
    DeliveryUnknown,
)
from monitor.model import AppriseTarget, EmailTarget, MatrixTarget, SlackTarget, Target
from tests.integration.channels.helpers import SUBJECT, channel, failure, message, send
from tests.servers.slack import SlackServer


def target(slack: SlackServer, path: str, schema: str = "json") -> AppriseTarget:
    return AppriseTarget(f"{schema}://{slack.url.removeprefix('http://')}/{path}")


def test_a_plugin_gets_title_and_text(slack: SlackServer) -> None:
    assert send(target(slack, "hook")) == ""
    (got,) = slack.messages
    assert got["title"] == SUBJECT
    assert got["message"] == "Troops arrived in Niamey."


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("status-401", ChannelBroken),
        ("status-403", ChannelBroken),
        ("status-404", ChannelBroken),
        ("status-400", DeliveryRejected),
        ("status-422", DeliveryRejected),
        ("status-429", DeliveryDeferred),
        ("status-500", DeliveryDeferred),
        ("later", DeliveryDeferred),
        ("redirect", ChannelBroken),
        ("drop", DeliveryUnknown),
    ],
)
def test_the_http_status_behind_the_plugin_decides(
    slack: SlackServer, script: str, error: type[DeliveryError]
) -> None:
    raised = failure(target(slack, script))
    assert type(raised) is error
    assert len(slack.requests) == 1, "no retry of Apprise's own, no redirect followed"


def test_a_redirect_wish_in_the_url_is_not_granted(slack: SlackServer) -> None:
    raised = failure(target(slack, "redirect?redirect=yes&retry=3"))
    assert isinstance(raised, ChannelBroken)
    assert len(slack.requests) == 1


def test_a_plugin_that_speaks_no_http_and_fails_is_deferred() -> None:
    with SlackServer() as gone:
        port = gone.url.rpartition(":")[2]
    raised = failure(AppriseTarget(f"irc://127.0.0.1:{port}/%23room"), deadline=20)
    assert isinstance(raised, DeliveryDeferred)


@pytest.mark.parametrize("url", ["nope://x/y", "slack://", "tgram://short", "not a url", ""])
def test_an_unusable_url_is_found_beforehand_and_breaks_the_channel(url: str) -> None:
    assert fault(channel(AppriseTarget(url))) == "its Apprise URL cannot be used"
    assert isinstance(failure(AppriseTarget(url)), ChannelBroken)


def test_a_hanging_service_holds_up_no_other_and_is_given_up(slack: SlackServer) -> None:
    stuck = notifier(channel(target(slack, "hang")), deadline=0.4)
    fine = notifier(channel(target(slack, "hook")))

    async def both() -> tuple[list[BaseException | str], float]:
        hanging = [asyncio.create_task(stuck.send(message(), key=f"h{n}")) for n in range(6)]
        await asyncio.sleep(0)
        started = time.monotonic()
        await fine.send(message(), key="f")
        took = time.monotonic() - started
        return list(await asyncio.gather(*hanging, return_exceptions=True)), took

    outcomes, took = asyncio.run(both())
    assert took < 0.4
    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["DeliveryDeferred"] * 2 + ["DeliveryUnknown"] * 4
    assert all(t.daemon for t in threading.enumerate() if t.name.startswith("send-"))


SECRET = "s3cr3t-t0ken-v4lue"


@pytest.mark.parametrize("script", ["status-403", "drop", "redirect", "status-500", "echo"])
@pytest.mark.parametrize("kind", ["json", "slack", "bot", "matrix", "discord"])
def test_no_secret_appears_in_reasons_logs_or_reprs(
    slack: SlackServer, kind: str, script: str, caplog: pytest.LogCaptureFixture
) -> None:
    host = slack.url.removeprefix("http://")
    targets: dict[str, Target] = {
        "json": AppriseTarget(f"json://user:{SECRET}@{host}/{SECRET}/{script}?+X-Key={SECRET}"),
        "slack": SlackTarget(webhook=f"{slack.url}/services/{SECRET}/{script}"),
        "bot": SlackTarget(token=SECRET, channel=script),
        "matrix": MatrixTarget(slack.url, "!r:x", SECRET),
        "discord": AppriseTarget(f"form://{host}/{SECRET}/{script}"),
    }
    options = {"slack_api": f"{slack.url}/{script}?"} if kind == "bot" else {}
    caplog.set_level(logging.DEBUG)
    raised = failure(targets[kind], key=script, **options)
    made = notifier(channel(targets[kind]))
    chain = [str(raised), repr(raised), repr(raised.__cause__), repr(raised.__context__)]
    seen = [*chain, repr(made), caplog.text, repr(targets[kind])]
    assert slack.requests
    assert not [text for text in seen if SECRET in text]


def test_a_wrong_mail_password_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    box = EmailTarget("127.0.0.1", 1, "none", "m@example.org", ("a@example.org",), "user", SECRET)
    raised = failure(box)
    assert SECRET not in caplog.text + repr(raised) + repr(box)


def test_sending_leaves_the_environment_and_the_disk_alone(
    slack: SlackServer, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(str(tmp_path))
    before = dict(os.environ)
    send(target(slack, "hook"))
    send(SlackTarget(webhook=slack.webhook()))
    send(MatrixTarget(slack.url, "!r:x", "a-secret-token"))
    assert dict(os.environ) == before
    assert os.listdir(str(tmp_path)) == []
