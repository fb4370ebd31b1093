"""``monitor rules new`` writes rule files without faults, and says what is wrong."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from monitor.cli.main import app
from monitor.cli.newrule import listing, scalar
from monitor.rulefiles import load

CONFIG = '[channels.desk]\ntype = "console"\n[alerts]\ndefault_channels = ["desk"]\n'


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*args: str) -> Result:
    done = CliRunner().invoke(app, ["rules", "new", *args])
    assert isinstance(done, Result)
    return done


def check() -> Result:
    done = CliRunner().invoke(app, ["check", "--strict"])
    assert isinstance(done, Result)
    return done


GOLD = ("--id", "mali-gold", "--entity", "mali", "--term", "gold, or", "--term", "mine")


def test_what_is_written_passes_the_check_and_its_tests(desk: Path) -> None:
    more = ("--within", "sentence", "--notify", "desk", "--severity", "high", "--title", "Gold: a")
    done = new(*GOLD, *more)
    assert done.exit_code == 0, done.output
    assert check().exit_code == 0
    (rule,) = load(desk / "rules").rules
    assert (rule.id, rule.title, rule.severity, rule.notify) == (
        "mali-gold", "Gold: a", "high", ("desk",),
    )  # fmt: skip
    tested = CliRunner().invoke(app, ["test"])
    assert tested.exit_code == 0
    assert "1 todo" in tested.stderr
    text = (desk / "rules" / "mali-gold.yaml").read_text("utf-8")
    assert "$schema=" in text
    assert Path(text.splitlines()[0].partition("=")[2]).exists()
    assert "write a text that this rule has to find" in text


def test_a_query_is_written_as_a_block(desk: Path) -> None:
    done = new("--id", "base", "--query", '"air base 201" NEAR/10 @niger', "--out", "-")
    assert done.exit_code == 0, done.output
    (desk / "rules" / "b.yaml").write_text(done.stdout, "utf-8")
    (rule,) = load(desk / "rules").rules
    assert rule.query.strip() == '"air base 201" NEAR/10 @niger'


def test_a_file_is_replaced_only_by_force(desk: Path) -> None:
    assert new(*GOLD).exit_code == 0
    again = new("--id", "other", "--entity", "niger", "--out", "rules/mali-gold.yaml")
    assert again.exit_code == 1
    assert "exists: --out names another file, --force replaces it" in again.stderr
    assert "there is a rule mali-gold already" in new(*GOLD, "--out", "rules/b.yaml").stderr
    assert new(*GOLD, "--title", "Gold", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--id", "x", "--entity", "nigr"), "there is no entity nigr; did you mean niger?"),
        (("--id", "x", "--entity", "Bamako"), "there is no entity Bamako; did you mean mali?"),
        (("--id", "X y", "--entity", "niger"), "'X y' is no id"),
        (("--id", "x", "--query", "a", "--entity", "niger"), "--query stands alone"),
        (("--id", "x", "--query", "coup and junta"), "is not an operator"),
        (("--id", "x", "--entity", "niger", "--within", "3 miles"), "within"),
        (("--id", "x", "--entity", "niger", "--notify", "dsk"), "dsk"),
    ],
)
def test_faults_are_told_and_nothing_is_written(
    desk: Path, args: tuple[str, ...], message: str
) -> None:
    done = new(*args)
    assert done.exit_code == 1, done.output
    assert message in done.stderr
    assert list((desk / "rules").iterdir()) == []


def test_without_a_terminal_nothing_is_asked(desk: Path) -> None:
    done = new("--id", "x")
    assert done.exit_code == 2
    assert "--entity, --term and --query" in done.stderr


def test_on_a_terminal_it_asks_until_it_knows(desk: Path) -> None:
    ours, theirs = pty.openpty()
    answers = ["Gold in Mali", "", "mli", "mali", "gold, or", "", "", "high"]
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "rules", "new"],
        stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"NO_COLOR": "1"},
    ) as process:  # fmt: skip
        os.write(ours, "".join(f"{a}\n" for a in answers).encode())
        _, said = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, said
    assert "there is no entity mli; did you mean mali?" in said
    (rule,) = load(desk / "rules").rules
    assert (rule.id, rule.title, rule.severity) == ("gold-in-mali", "Gold in Mali", "high")
    assert check().exit_code == 0


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_a_scalar_is_read_back_as_it_was(text: str) -> None:
    reader = YAML(typ="safe", pure=True)
    assert reader.load(f"a: [{scalar(text)}, x]\n") == {"a": [text, "x"]}
    assert reader.load(f"a: {listing([text])}\n") == {"a": [text]}
    assert json.loads(json.dumps(text)) == text
