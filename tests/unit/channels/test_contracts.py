"""What the channels rely on inside Apprise, requests and smtplib.

Apprise is pinned to a minor version because of these. When one fails after an upgrade, read the
named place in Apprise anew before changing the pin.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import apprise
import pytest
import requests
from apprise.plugins.base import NotifyBase
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.matrix.base import NotifyMatrix

from monitor.channels import observe
from monitor.channels.foreign import AppriseSMTPController, NotifyEmail
from monitor.channels.matrix import _Plugin
from monitor.channels.other import plugin
from monitor.channels.slack import json_plugin
from tests.servers.slack import SlackServer
from tests.servers.smtp import SmtpServer


def test_apprise_is_the_version_this_was_written_for() -> None:
    assert version("apprise").startswith("2.2."), "read monitor/channels against the new version"


def test_the_json_plugin_sends_our_payload_and_nothing_of_its_own() -> None:
    with SlackServer() as server:
        body = {"text": "x", "nested": {"a": [1, None, True]}}
        made = json_plugin("desk", f"{server.url}/hook?a=1", {"X-Test": "é".encode("latin1")}, body)  # type: ignore[dict-item]
        assert made.send(body="", title="")
        (request,) = server.requests
        assert request.payload == body
        assert request.method == "POST"
        assert request.path == "/hook?a=1"


def test_the_json_plugin_leaves_encoded_paths_as_they_are() -> None:
    with SlackServer() as server:
        json_plugin("desk", f"{server.url}/a%2Fb/c%20d", {}, {"text": "x"}).send(body="", title="")
        assert server.requests[0].path == "/a%2Fb/c%20d"


def test_the_matrix_plugin_has_the_joints_we_use() -> None:
    parameters = inspect.signature(NotifyMatrix._fetch).parameters
    assert {"path", "payload", "method"} <= set(parameters)
    assert isinstance(NotifyMatrix.base_url, property)
    for name in ("default_retries", "throttle", "request_rate_per_sec", "__del__"):
        assert hasattr(NotifyMatrix, name)
    assert _Plugin.default_retries == 1


def test_the_matrix_plugin_asks_once_and_never_sleeps() -> None:
    with SlackServer() as server:
        made = _Plugin(
            host="127.0.0.1", hsreq=False, discovery=False, version="3", asset=observe.asset()
        )
        made.homeserver, made.access_token = server.url, "a-secret-token"
        started = time.monotonic()
        exchange = made.call("PUT", "/status-429", {})
        del made
        assert exchange is not None
        assert exchange.status == 429
        assert time.monotonic() - started < 0.5
        assert [r.method for r in server.requests] == ["PUT"], "one request, no log-out at the end"


def test_the_smtp_controller_connects_and_shows_its_socket(tmp_path: Path) -> None:
    given = inspect.signature(AppriseSMTPController.__init__).parameters
    assert {
        "host",
        "port",
        "secure_mode",
        "user",
        "password",
        "verify_certificate",
        "socket_connect_timeout",
    } <= set(given)
    with SmtpServer(tmp_path) as server:
        controller = AppriseSMTPController("127.0.0.1", server.port, "insecure")
        with controller as session:
            assert session._socket is not None
            assert session._socket.noop()[0] == 250


def test_a_mail_plugin_tells_what_a_mailbox_needs() -> None:
    made = plugin(
        "mailtos://u%40x:p%20w@example.org:2525?smtp=h&from=a@b.org&to=c@d.org&cc=e@f.org"
    )
    assert type(made) is NotifyEmail
    for name in ("smtp_host", "port", "secure_mode", "from_addr", "targets", "cc", "bcc", "user"):
        assert hasattr(made, name)
    assert (made.smtp_host, made.port, made.password) == ("h", 2525, "p w")
    assert made.pgp_mode == "no"


def test_a_plugin_is_sent_through_in_this_thread_without_the_shared_pool() -> None:
    source = inspect.getsource(NotifyBase.notify)
    assert "executor" not in source
    assert "self._timed_send" in source


def test_redirects_retries_pauses_and_pictures_are_off() -> None:
    made = plugin("json://127.0.0.1/x?retry=5&image=yes&redirect=yes")
    assert made is not None
    assert made.retry == 0
    pausing = plugin("ntfy://127.0.0.1/topic")
    assert pausing is not None
    assert type(pausing).request_rate_per_sec > 0
    assert pausing.request_rate_per_sec == 0
    assert made.request_timeout == (observe.CONNECT_TIMEOUT, observe.READ_TIMEOUT)
    assert made.asset.image_url("info") is None
    assert made.asset.http_redirects is False
    assert made.store.mode.value == "memory"


def test_every_requests_call_goes_through_session_send() -> None:
    with SlackServer() as server, observe.watch() as seen:
        requests.post(f"{server.url}/hook", json={}, timeout=5)
        with requests.Session() as session:
            session.get(f"{server.url}/redirect", timeout=5)
        with pytest.raises(requests.ConnectionError):
            requests.put(f"{server.url}/drop", timeout=5)
    assert [(e.status, e.fault) for e in seen] == [(200, None), (302, None), (None, "broken_off")]
    assert [r.path for r in server.requests] == ["/hook", "/redirect", "/drop"]


def test_nothing_is_observed_where_nobody_watches() -> None:
    observe.install()
    with SlackServer() as server:
        with observe.watch() as seen:
            pass
        assert requests.get(f"{server.url}/redirect", timeout=5).url.endswith("/private")
    assert seen == []


def test_the_wrapper_is_put_on_once() -> None:
    observe.install()
    first = requests.Session.send
    observe.install()
    assert requests.Session.send is first


def test_importing_the_channels_reads_no_configuration_and_starts_no_thread(tmp_path: Path) -> None:
    code = (
        "import threading, os; before = dict(os.environ);"
        "from monitor.channels import build, other, smtp, slack, matrix, console;"
        "other.plugin('json://127.0.0.1/x');"
        "assert threading.active_count() == 1; assert dict(os.environ) == before"
    )
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin", "PYTHONPATH": str(Path.cwd())}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, timeout=60, cwd=Path.cwd())
    assert list(tmp_path.iterdir()) == []


def test_the_console_does_not_wait_for_apprise() -> None:
    code = (
        "import sys; from monitor.channels.build import notifier;"
        "from monitor.model import Channel, ConsoleTarget;"
        "notifier(Channel('c', ConsoleTarget())); assert 'apprise' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_apprise_names_used_here_exist() -> None:
    assert callable(apprise.Apprise.instantiate)
    assert NotifyJSON.request_rate_per_sec == 0
