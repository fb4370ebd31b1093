"""What a configuration becomes, and how its faults are told."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from monitor.config import load
from monitor.errors import ConfigError, ProblemLevel
from monitor.model import (
    AppriseTarget,
    Channel,
    ChannelName,
    ConsoleTarget,
    EmailTarget,
    MatrixTarget,
    SlackTarget,
)
from tests.unit.config.conftest import Faults, Read, at, marked

FULL = """\
timezone = "Africa/Niamey"
rules = "desk/rules"

[polling]
interval = "5m"
max_bytes = "2MB"

[[feeds]]
url = "https://example.org/a.xml"

[[feeds]]
name = "B"
url = "http://10.0.0.1/b.xml"
tags = "sahel"
lang = "pt_BR"
interval = "1s"
backfill = "0"
full_text = true
allow_private = true
enabled = false
headers = { X-Key = "k-secret" }
username = "u"
password = "p-secret"
proxy = "socks5://proxy:1080"
timeout = "5s"
verify_tls = false

[channels.desk]
type = "slack"
webhook = "http://127.0.0.1:9/hook-secret"
per_minute = 30

[channels.bot]
type = "slack"
token = "xoxb-secret"
channel = "#desk"

[channels.duty]
type = "email"
host = "smtp.example.org"
username = "monitor"
password = "m-secret"
from = "Monitor <monitor@example.org>"
to = ["duty@example.org"]
digest = "07:00"
quiet_hours = "22:00-06:00"
group_wait = "5m"
fallback = "desk"

[channels.room]
type = "matrix"
homeserver = "https://matrix.example.org"
token = "t-secret"
room = "!abc:example.org"

[channels.phone]
type = "apprise"
url = "ntfys://ntfy.example.org/a-secret"

[alerts]
default_channels = ["desk"]
operator_channels = ["duty"]
"""


def test_feeds_become_values_of_the_model(read: Read) -> None:
    first, second = read(FULL).feed_list()
    assert first.name == first.url == "https://example.org/a.xml"
    assert (first.interval, first.backfill, first.enabled) == (None, timedelta(hours=24), True)
    assert (second.name, second.tags, second.lang) == ("B", ("sahel",), "pt-br")
    assert (second.interval, second.backfill) == (timedelta(seconds=1), timedelta(0))
    assert (second.full_text, second.allow_private, second.enabled) == (True, True, False)
    options = second.options
    assert options.headers == (("X-Key", "k-secret"),)
    assert (options.username, options.password) == ("u", "p-secret")
    assert (options.proxy, options.timeout) == ("socks5://proxy:1080", timedelta(seconds=5))
    assert options.verify_tls is False


def test_channels_become_values_of_the_model(read: Read) -> None:
    settings = read(FULL)
    channels = {c.name: c for c in settings.channel_list()}
    assert list(channels) == ["desk", "bot", "duty", "room", "phone"]
    desk = channels[ChannelName("desk")]
    assert desk.target == SlackTarget("http://127.0.0.1:9/hook-secret")
    assert desk.per_minute == 30
    assert channels[ChannelName("bot")].target == SlackTarget(None, "xoxb-secret", "#desk")
    assert channels[ChannelName("duty")] == Channel(
        ChannelName("duty"),
        EmailTarget(
            host="smtp.example.org",
            port=587,
            security="starttls",
            sender="Monitor <monitor@example.org>",
            to=("duty@example.org",),
            username="monitor",
            password="m-secret",
        ),
        group_wait=timedelta(minutes=5),
        quiet_hours=(time(22), time(6)),
        digest=time(7),
        fallback=ChannelName("desk"),
    )
    room = MatrixTarget("https://matrix.example.org", "!abc:example.org", "t-secret")
    assert channels[ChannelName("room")].target == room
    phone = AppriseTarget("ntfys://ntfy.example.org/a-secret")
    assert channels[ChannelName("phone")].target == phone
    assert (settings.default_channels, settings.operator_channels) == (("desk",), ("duty",))


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_mail_port_follows_from_the_security(read: Read, security: str, port: int) -> None:
    settings = read(
        f'[channels.a]\ntype = "email"\nhost = "h"\nfrom = "a@b.org"\nto = "c@d.org"\n'
        f'security = "{security}"\n'
    )
    target = settings.channel_list()[0].target
    assert isinstance(target, EmailTarget)
    assert (target.port, target.to) == (port, ("c@d.org",))


def test_without_channels_there_is_the_console(read: Read) -> None:
    settings = read("")
    assert settings.channel_list() == [Channel(ChannelName("console"), ConsoleTarget())]
    assert settings.default_channels == settings.operator_channels == ("console",)
    assert settings.warnings == ()


def test_without_default_channels_the_console_is_the_default_and_that_is_said(read: Read) -> None:
    settings = read('[channels.desk]\ntype = "slack"\nwebhook = "https://example.org/x"\n')
    assert [c.name for c in settings.channel_list()] == ["desk", "console"]
    assert settings.default_channels == ("console",)
    (warning,) = settings.warnings
    assert warning.level is ProblemLevel.WARNING
    assert '["desk"]' in warning.hint


def test_operator_channels_are_the_default_channels_when_unset(read: Read) -> None:
    settings = read(FULL.replace('operator_channels = ["duty"]', ""))
    assert settings.operator_channels == ("desk",)


def test_paths_count_from_the_file(read: Read, tmp_path: Path) -> None:
    (tmp_path / "feeds.opml").touch()
    (tmp_path / "words").mkdir()
    settings = read(
        'opml = "feeds.opml"\nrules = "/etc/rules"\n[alerts]\ntemplates = "words"\n',
        {"MONITOR_DATABASE": "sqlite:///data/x y.db"},
    )
    assert settings.opml == (tmp_path / "feeds.opml",)
    assert settings.alerts.templates == tmp_path / "words"
    assert settings.rules == Path("/etc/rules")
    assert settings.database.get_secret_value() == f"sqlite:///{tmp_path}/data/x y.db"
    assert read("").rules == tmp_path / "rules"


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("sqlite:////var/m.db", "sqlite:////var/m.db"),
        ("postgres://u:p@h/m", "postgresql://u:p@h/m"),
        ("postgresql+psycopg://h/m", "postgresql+psycopg://h/m"),
    ],
)
def test_the_database_is_a_url(read: Read, written: str, used: str) -> None:
    assert read(f'database = "{written}"').database.get_secret_value() == used


@pytest.mark.parametrize(
    "written", ["monitor.db", "sqlite://", "sqlite:///:memory:", "mysql://h/m"]
)
def test_what_is_no_database_of_ours_is_refused(faults: Faults, written: str) -> None:
    (problem,) = faults(f'database = "{written}"')
    assert at(problem) == ("config.toml", 1, 12)


def test_the_limits_of_the_interval_give_way_to_the_interval(read: Read) -> None:
    assert read('[polling]\ninterval = "1s"').polling.bounds == (
        timedelta(seconds=1),
        timedelta(hours=2),
    )
    assert read('[polling]\ninterval = "6h"').polling.bounds[1] == timedelta(hours=6)


# --- faults ---


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml", environ={})
    (problem,) = caught.value.problems
    assert problem.file == str(tmp_path / "none.toml")
    assert "config.example.toml" in problem.hint
    assert "MONITOR_CONFIG" in problem.hint


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, environ={})


def test_broken_toml_has_a_place(faults: Faults) -> None:
    (problem,) = faults('timezone = "UTC"\n[polling\n')
    assert at(problem) == ("config.toml", 2, 9)
    assert problem.source == "[polling"


def test_broken_toml_never_shows_what_could_be_a_secret(faults: Faults) -> None:
    for line in (
        'password = "hunter2',
        'password = "hunt"er2"',
        "desk = { type = 'slack', token = 'hunter2 }",
        'hunter2"',
        'url = "https://hunter2',
    ):
        (problem,) = faults(f"[a]\n{line}\n")
        assert "hunter" not in f"{problem}{problem.source}{problem.hint}", line
        assert problem.line in (2, 3)


def test_a_file_that_is_not_utf8_has_a_place(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes('x = "é"\ny = "'.encode() + b'\xe9"\n')
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "c.toml", environ={})
    assert at(caught.value.problems[0]) == ("c.toml", 2, 6)


def test_windows_line_ends_and_a_byte_order_mark_are_forgiven(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_bytes('﻿timezone = "UTC"\r\nx = 1\r\n'.encode())
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "c.toml", environ={})
    assert at(caught.value.problems[0]) == ("c.toml", 2, 1)


BAD = """\
timezone = "Africa/Nowhere"
intervall = "3m"
[polling]
interval = "often"
concurrency = "many"
[[feeds]]
name = "A"
url = "ftp://x"
timezone = "UTC"
[[feeds]]
tags = ["x"]
[channels.desk]
type = "slak"
[channels.s]
type = "slack"
token = "xoxb-SECRET"
[channels.m]
room = "!a:b"
[channels.duty]
type = "email"
host = "h"
from = "nobody"
to = ["a@b.org", "zz"]
quiet_hours = "25:00-06:00"
[alerts]
default_channels = ["desk", "dutty"]
[log]
level = "loud"
"""


def test_all_faults_are_told_at_once_each_with_its_place(faults: Faults) -> None:
    told = [(p.line, p.column, marked(p)) for p in faults(BAD)]
    assert told == [
        (1, 12, '"Africa/Nowhere"'),
        (2, 1, "intervall"),
        (4, 12, '"often"'),
        (5, 15, '"many"'),
        (8, 7, '"ftp://x"'),
        (9, 1, "timezone"),
        (10, 3, "feeds"),
        (13, 8, '"slak"'),
        (14, 2, "channels.s"),
        (17, 2, "channels.m"),
        (22, 8, '"nobody"'),
        (23, 18, '"zz"'),
        (24, 15, '"25:00-06:00"'),
        (26, 29, '"dutty"'),
        (28, 9, '"loud"'),
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[polling]\nusr_agent = 1", '"user_agent"'),
        ("intervall = 1", '"interval" belongs in [polling]'),
        ("[[feeds]]\nurl = 'http://a.b/'\nrules = 'x'", "top of the file"),
        ("[chanels.x]\ntype = 'console'", '"channels"'),
        ("[channels.x]\ntype = 'slak'", '"slack"'),
        ("[channels.x]\nname = 'x'", "console, email, slack"),
        ("[channels.x]\ntype = 'matrix'", "MONITOR_CHANNELS__X__TOKEN"),
        (
            "[channels.x]\ntype='email'\nhost='h'\nfrom='a@b.c'\nto='a@b.c'\nusername='u'",
            "MONITOR_CHANNELS__X__PASSWORD",
        ),
        ("[alerts]\ndefault_channels = 'consol'", '"console"'),
    ],
)
def test_a_fault_has_a_hint(faults: Faults, text: str, hint: str) -> None:
    assert any(hint in p.hint for p in faults(text))


SECRETS = """\
[[feeds]]
url = "https://example.org/"
headers = { Authorization = "hunter2 abc" }
pasword = "hunter2"
password = ["hunter2"]
proxy = "hunter2"
interval = "never"
[channels.a]
type = "slack"
webhook = "hunter2"
tokn = "hunter2"
channel = 5
[channels.b]
type = "apprise"
url = "hunter2"
[channels.c]
type = "emial"
password = "hunter2"
[channels.d]
homeserver = 5
token = 'hunter2'
[channels]
e = { type = "matrix", token = "hunter2", room = "x", homeserver = "y" }
[hunter]
x = \"\"\"
hunter2
hunter2\"\"\"
"""


def test_no_secret_is_ever_told(faults: Faults, read: Read) -> None:
    environ = {"MONITOR_CHANNELS__D__TOKEN": "[hunter2", "MONITOR_DATABASE": "hunter2"}
    with pytest.raises(ConfigError) as caught:
        read(SECRETS, environ, {"channels__b__url": "hunter2"})
    assert len(caught.value.problems) > 10
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(caught.value.problems)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_secrets_are_in_no_repr(read: Read) -> None:
    settings = read(FULL)
    shown = f"{settings!r}{settings}{settings.feed_list()}{settings.channel_list()}"
    assert "-secret" not in shown


def test_the_scrubber_is_told_every_secret(read: Read) -> None:
    found = read(FULL, {"MONITOR_DATABASE": "postgresql://u:d%2Dsecret@h/m"}).secrets()
    assert {"k-secret", "p-secret", "xoxb-secret", "m-secret", "t-secret"} <= found
    assert {"http://127.0.0.1:9/hook-secret", "ntfys://ntfy.example.org/a-secret"} <= found
    assert {"d%2Dsecret", "d-secret"} <= found
    assert not any(s.startswith("sqlite") for s in read("").secrets())


def test_thousands_of_feeds_are_read_in_a_moment(read: Read) -> None:
    text = "\n".join(
        f'[[feeds]]\nname = "feed {n}"\nurl = "https://h{n}.example.org/"\ninterval = "1s"'
        for n in range(2000)
    )
    settings = read(text)
    assert (len(settings.feeds), len(settings.warnings)) == (2000, 2000)
