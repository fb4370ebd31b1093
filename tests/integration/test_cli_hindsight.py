"""``monitor check`` looks back: a note on rules that match too much of the past, or nothing."""

from __future__ import annotations

import json
import socket
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import hindsight, main
from monitor.model import Article, RuleId, utcnow
from monitor.rulefiles import load
from monitor.store import Database, articles

RULES = """\
rules:
  - {id: floods, query: flood, tests: {match: [flood], no_match: [drought]}}
  - {id: locusts, query: locust, tests: {match: [locust], no_match: [drought]}}
  - {id: rare, query: comet, tests: {match: [comet], no_match: [drought]}}
  - {id: resting, query: moon, enabled: false, tests: {match: [moon], no_match: [sun]}}
"""


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    return written(tmp_path, database_url)


def written(folder: Path, url: str) -> Path:
    file = folder / "config.toml"
    file.write_text(
        f'database = "{url}"\nrules = "rules"\n[channels.desk]\ntype = "console"\n'
        '[alerts]\ndefault_channels = ["desk"]\n',
        "utf-8",
    )
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "a.yaml").write_text(RULES, "utf-8")
    return file


def check(config: Path, *args: str) -> Result:
    unset = {"MONITOR_DATABASE": None, "MONITOR_CONFIG": None}
    done = CliRunner().invoke(main.app, ["check", "-c", str(config), *args], env=unset)
    assert isinstance(done, Result)
    return done


def store(database: Database, count: int) -> None:
    """A third are of floods, one is of a comet."""
    made = [
        Article(key=f"k{n}", title="Flood" if n % 3 == 0 else "Comet" if n == 1 else "Cup", body="")
        for n in range(count)
    ]
    database.transact_now(
        lambda conn: articles.insert_many(conn, [(a, "h") for a in made], now=utcnow())
    )


def test_rules_that_match_too_much_or_nothing_are_noted(config: Path, database: Database) -> None:
    store(database, 600)
    done = check(config, "--strict")
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    note = "note: floods would have matched 33% of the newest 600 stored articles: too broad"
    assert note in done.stderr
    assert "note: of the newest 600 stored articles, nothing would have matched locusts\n" in (
        done.stderr
    )
    told = json.loads(check(config, "--json").stdout)
    assert [(n["level"], n["rule"]) for n in told] == [("note", "floods"), ("note", "locusts")]


def test_nothing_is_said_without_the_archive_or_of_a_small_one(
    config: Path, database: Database
) -> None:
    store(database, 60)
    assert "note" not in check(config).stderr
    store(database, 600)
    assert "note" not in check(config, "--no-archive").stderr


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    config = written(tmp_path, f"sqlite:///{tmp_path}/none.db")
    done = check(config)
    assert (done.exit_code, "note" in done.stderr) == (0, False)
    assert not (tmp_path / "none.db").exists()


def test_an_empty_file_in_its_place_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    done = check(written(tmp_path, f"sqlite:///{tmp_path}/empty.db"))
    assert done.exit_code == 0
    assert "were not looked at: the database has not been set up" in done.stderr


def test_a_server_that_does_not_answer_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES, "utf-8")
    ruleset = load(tmp_path / "a.yaml").ruleset
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found = hindsight.look_back(
            f"postgresql://nobody@127.0.0.1:{port}/none", ruleset, seconds=0.2
        )
    assert found.trouble == "it does not answer in time"


def test_when_time_is_short_it_rests_on_fewer_articles(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RULES, "utf-8")
    ruleset = load(tmp_path / "a.yaml").ruleset
    assert hindsight.judged(ruleset, Counter(), hindsight.ENOUGH - 1) == hindsight.Hindsight()
    found = hindsight.judged(ruleset, Counter({RuleId("rare"): 60}), 500)
    assert [(r.id, share) for r, share in found.broad] == [("rare", 0.12)]
    assert [r.id for r in found.nothing] == ["floods", "locusts"]
