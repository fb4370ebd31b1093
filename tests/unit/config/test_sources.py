"""Environment over secret files over the file, and what is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import load
from monitor.errors import ConfigError, ProblemLevel
from monitor.model import EmailTarget, SlackTarget
from tests.unit.config.conftest import Faults, Read, at

DUTY = """\
[channels.Duty-Desk]
type = "email"
host = "h"
username = "u"
password = "from the file"
from = "a@b.org"
to = ["c@d.org"]
[alerts]
default_channels = ["Duty-Desk"]
"""


def password(settings_target: object) -> str | None:
    assert isinstance(settings_target, EmailTarget)
    return settings_target.password


def test_the_stronger_source_wins(read: Read) -> None:
    variable = {"MONITOR_CHANNELS__DUTY_DESK__PASSWORD": "from the environment"}
    file = {"channels__duty_desk__password": "from a secret file\n"}
    assert password(read(DUTY).channel_list()[0].target) == "from the file"
    assert password(read(DUTY, {}, file).channel_list()[0].target) == "from a secret file"
    assert password(read(DUTY, variable, file).channel_list()[0].target) == "from the environment"
    assert read("", {"MONITOR_TIMEZONE": "Africa/Lagos"}).timezone == "Africa/Lagos"
    given = {"timezone": "Africa/Accra"}
    assert read("", {"MONITOR_TIMEZONE": "UTC"}, init=given).timezone == "Africa/Accra"


def test_tables_are_merged_key_by_key(read: Read) -> None:
    polling = read(
        '[polling]\ninterval = "5m"\nconcurrency = 7', {"MONITOR_POLLING__WORKERS": "3"}
    ).polling
    assert (polling.interval.seconds, polling.concurrency, polling.workers) == (300, 7, 3)


def test_a_list_is_items_with_commas_or_json(read: Read) -> None:
    text = '[channels.a]\ntype = "console"\n[channels.b]\ntype = "console"'
    for written in ("a, b", '["a", "b"]'):
        settings = read(text, {"MONITOR_ALERTS__DEFAULT_CHANNELS": written})
        assert settings.default_channels == ("a", "b")


def test_whole_tables_and_the_feeds_may_be_json(read: Read) -> None:
    settings = read(
        "",
        {
            "MONITOR_FEEDS": '[{"url": "https://example.org/"}]',
            "MONITOR_CHANNELS": '{"ops": {"type": "console"}}',
            "MONITOR_ALERTS__DEFAULT_CHANNELS": "ops",
        },
    )
    assert [f.url for f in settings.feed_list()] == ["https://example.org/"]
    assert [c.name for c in settings.channel_list()] == ["ops"]


def test_broken_json_is_told_without_repeating_it(faults: Faults) -> None:
    (problem,) = faults("", {"MONITOR_FEEDS": '[{"password": "hunter2'})
    assert (problem.file, problem.message) == ("MONITOR_FEEDS", "not valid JSON")


def test_a_channel_may_come_from_the_environment_alone(read: Read) -> None:
    settings = read(
        "",
        {
            "MONITOR_CHANNELS__OPS__WEBHOOK": "https://example.org/hook",
            "MONITOR_CHANNELS__OPS__TYPE": "slack",
            "MONITOR_ALERTS__DEFAULT_CHANNELS": "ops",
        },
    )
    (ops,) = settings.channel_list()
    assert (ops.name, ops.target) == ("ops", SlackTarget("https://example.org/hook"))


def test_the_key_from_is_written_as_in_the_file(read: Read) -> None:
    target = read(DUTY, {"MONITOR_CHANNELS__DUTY_DESK__FROM": "x@y.org"}).channel_list()[0].target
    assert isinstance(target, EmailTarget)
    assert target.sender == "x@y.org"


def test_one_feed_is_named_by_its_name_or_its_position(read: Read) -> None:
    text = '[[feeds]]\nname = "AllAfrica: Niger"\nurl = "https://a.org/"\n'
    text += '[[feeds]]\nurl = "https://b.org/x"\n'
    settings = read(
        text,
        {
            "MONITOR_FEEDS__ALLAFRICA_NIGER__PASSWORD": "first",
            "MONITOR_FEEDS__1__PASSWORD": "second",
            "MONITOR_FEEDS__1__HEADERS__X_API_KEY": "third",
        },
        {"feeds__allafrica_niger__username": "u"},
    )
    one, two = (f.options for f in settings.feed_list())
    assert (one.username, one.password) == ("u", "first")
    assert (two.password, two.headers) == ("second", (("x-api-key", "third"),))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MONITOR_POLING__INTERVAL", "MONITOR_POLLING__INTERVAL"),
        ("MONITOR_POLLING__INTERVALL", "MONITOR_POLLING__INTERVAL"),
        ("MONITOR_CHANNELS__DUTY_DESK__PASWORD", "MONITOR_CHANNELS__DUTY_DESK__PASSWORD"),
        ("MONITOR_FEEDS__NONE__PASSWORD", ""),
        ("MONITOR_TIMEZONE__X", ""),
        ("MONITOR_POLLING__", ""),
        ("MONITOR___X", ""),
    ],
)
def test_an_unknown_nested_variable_is_an_error(faults: Faults, name: str, hint: str) -> None:
    (problem,) = faults(DUTY, {name: "hunter2"})
    assert (problem.file, problem.line, problem.message) == (name, 0, "unknown variable")
    assert hint in problem.hint
    assert "hunter2" not in repr(problem)


def test_an_unknown_plain_variable_is_only_a_warning(read: Read) -> None:
    environ = {
        "MONITOR_PORT": "tcp://10.0.0.1:80",
        "MONITOR_POLLING_INTERVAL": "5m",
        "MONITOR_CONFIG": "x",
        "PATH": "/bin",
        "XMONITOR_A__B": "1",
    }
    first, second = read("", environ).warnings
    assert (first.file, first.level) == ("MONITOR_POLLING_INTERVAL", ProblemLevel.WARNING)
    assert "MONITOR_POLLING__INTERVAL" in first.hint
    assert (second.file, second.hint) == ("MONITOR_PORT", "")


def test_a_bad_value_is_placed_where_it_came_from(faults: Faults, tmp_path: Path) -> None:
    problems = faults(
        DUTY, {"MONITOR_POLLING__WORKERS": "zero"}, {"channels__duty_desk__host": "bad\nhost"}
    )
    files = [p.file for p in problems]
    secret = str(tmp_path / "secrets" / "channels__duty_desk__host")
    assert sorted(files) == sorted([secret, "MONITOR_POLLING__WORKERS"])


def test_an_empty_listen_turns_the_service_off(read: Read) -> None:
    assert read("", {"MONITOR_SERVICE__LISTEN": ""}).service.listen == ""


# --- secret files ---


def test_foreign_secret_files_are_ignored(read: Read) -> None:
    secrets = {"tls.key": "x", "log": "y", "db__password": "z", "rules": "q", "..data": ""}
    settings = read("", {}, secrets)
    assert settings.warnings == ()
    assert settings.rules.name == "rules"


def test_a_secret_file_may_hold_the_database_and_have_our_prefix(read: Read) -> None:
    url = "postgresql://u:p@h/m"
    for name in ("database", "MONITOR_DATABASE", "monitor_database"):
        assert read("", {}, {name: url}).database.get_secret_value() == url


def test_a_secret_file_that_is_nearly_ours_is_warned_of(read: Read) -> None:
    (warning,) = read(DUTY, {}, {"channels__duty_desk__pasword": "x"}).warnings
    assert warning.level is ProblemLevel.WARNING
    assert "channels__duty_desk__password" in warning.hint


def test_a_secret_file_that_cannot_be_read_is_an_error(read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "channels__duty_desk__password").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not a small text"):
        read(DUTY)
    (folder / "channels__duty_desk__password").write_bytes(b"x" * 70_000)
    with pytest.raises(ConfigError, match="not a small text"):
        read(DUTY)


def test_the_directory_of_secrets_may_be_named(tmp_path: Path) -> None:
    config, folder = tmp_path / "c.toml", tmp_path / "mine"
    config.write_text(DUTY)
    folder.mkdir()
    (folder / "channels__duty_desk__password").write_text("mine")
    settings = load(config, environ={"MONITOR_SECRETS_DIR": str(folder)})
    assert password(settings.channel_list()[0].target) == "mine"
    with pytest.raises(ConfigError, match="no such secrets directory"):
        load(config, environ={"MONITOR_SECRETS_DIR": str(tmp_path / "none")})


def test_a_variable_cannot_make_a_key_of_something_else(faults: Faults) -> None:
    """A file whose ``feeds`` are no list, and whose channel is no table, is told as such."""
    problems = faults('feeds = "x"\n[channels]\na = 1\n', {"MONITOR_CHANNELS__A__TYPE": "console"})
    assert ("config.toml", 1, 9) in [at(p) for p in problems]
