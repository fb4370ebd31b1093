"""``monitor check``: config, rules and channels in one go."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import main

RULE = """\
rules:
  - id: junta
    query: junta AND Niamey
    notify: [{channel}]
    tests:
      match: [The junta in Niamey]
"""
CONFIG = """\
[channels.desk]
type = "console"
[alerts]
default_channels = ["desk"]
"""

Check = Callable[..., Result]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def check(config: str, rules: str, *args: str) -> Result:
        (tmp_path / "c.toml").write_text(config, encoding="utf-8")
        (tmp_path / "rules").mkdir(exist_ok=True)
        (tmp_path / "rules" / "a.yaml").write_text(rules, encoding="utf-8")
        return CliRunner().invoke(main.app, ["check", "-c", str(tmp_path / "c.toml"), *args])

    return check


def test_all_is_well(check: Check) -> None:
    done = check(CONFIG, RULE.format(channel="desk"))
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no problems (0 feeds, 1 channel, 1 rule)" in done.stderr


def test_faults_of_config_and_rules_are_told_together_on_standard_output(check: Check) -> None:
    done = check(CONFIG + '[log]\nlevel = "loud"\n', "rules:\n  - id: x\n    query: a AND\n")
    assert done.exit_code == 1
    assert "c.toml:6:9: " in done.stdout
    assert "a.yaml:3:" in done.stdout
    assert "^^^" in done.stdout
    assert "2 errors" in done.stderr


def test_a_rule_that_names_an_unknown_channel_is_an_error(check: Check) -> None:
    done = check(CONFIG, RULE.format(channel="dsk"))
    assert done.exit_code == 1
    assert "dsk" in done.stdout


def test_a_channel_that_apprise_does_not_know_has_the_place_of_its_table(check: Check) -> None:
    config = CONFIG + '[channels.phone]\ntype = "apprise"\nurl = "nosuch://hunter2"\n'
    done = check(config, RULE.format(channel="desk"))
    assert done.exit_code == 1
    assert "c.toml:5:2: " in done.stdout
    assert "hunter2" not in done.output


def test_warnings_fail_only_when_strict(check: Check) -> None:
    config = CONFIG + '[[feeds]]\nurl = "https://example.org/"\ninterval = "1s"\n'
    rules = RULE.format(channel="desk")
    done = check(config, rules)
    assert done.exit_code == 0
    assert "c.toml:7:12: warning: " in done.stdout
    assert check(config, rules, "--strict").exit_code == 1


def test_json_is_one_array_and_nothing_else_on_standard_output(check: Check) -> None:
    done = check(CONFIG + "x = 1\n", RULE.format(channel="desk"), "--json")
    assert done.exit_code == 1
    (problem,) = json.loads(done.stdout)
    assert (problem["line"], problem["column"], problem["level"]) == (5, 1, "error")
    assert json.loads(check(CONFIG, RULE.format(channel="desk"), "--json").stdout) == []
