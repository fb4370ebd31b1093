"""``monitor rules list`` and ``show``: what is written, what it becomes, what it has matched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import main
from monitor.cli.ruleview import block, tree_lines, without_tests
from monitor.model import EntityId, Excerpt, Match, RuleId, utcnow
from monitor.rules.query import parse
from monitor.store import Database, articles
from tests.integration.store.helpers import DAY, add_article

RULES = """\
rules:
  # about floods
  - id: floods
    title: Floods in Niger
    description: >
      Rivers that
      rise.
    severity: high
    entities: [niger]
    terms: [[flood, floods]]
    within: sentence
    notify: [desk]
    tests:
      match: [Floods in Niger]
      no_match:
        - Floods in Niger, again

  - id: resting
    enabled: false
    query: river OR =US
  # the end
"""


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    file = tmp_path / "config.toml"
    text = f'database = "{database_url}"\nrules = "rules"\n[channels.desk]\ntype = "console"\n'
    file.write_text(text, "utf-8")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(RULES, "utf-8")
    return file


def run(config: Path, *args: str) -> Result:
    unset = {"MONITOR_DATABASE": None, "MONITOR_CONFIG": None}
    done = CliRunner().invoke(main.app, ["rules", *args, "-c", str(config)], env=unset)
    assert isinstance(done, Result)
    return done


def matched(database: Database, *ago: int) -> None:
    def work(conn: object) -> None:
        for days in ago:
            now = utcnow() - days * DAY
            found = Match(RuleId("floods"), (), Excerpt(""))
            articles.add_matches(conn, add_article(conn, now=now), 1, [found], now=now)  # type: ignore[arg-type]

    database.transact_now(work)


def test_the_list_says_what_rules_there_are_and_what_they_have_matched(
    config: Path, database: Database
) -> None:
    matched(database, 3, 9)
    floods, resting = json.loads(run(config, "list", "--json").stdout)
    assert (floods["id"], floods["severity"], floods["form"]) == ("floods", "high", "entities")
    assert (floods["channels"], floods["line"]) == (["desk"], 3)
    assert floods["tests"] == {"match": 1, "no_match": 1}
    assert floods["hits_7d"] == 1
    assert floods["last_hit"] is not None
    assert (resting["state"], resting["form"]) == ("disabled", "query")
    assert (resting["hits_7d"], resting["last_hit"]) == (0, None)
    shown = run(config, "list").stdout
    assert "resting (disabled)" in shown
    assert "3 d ago" in shown


def test_without_a_database_the_list_is_shorter(config: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/none.db"
    config.write_text(f'database = "{url}"\nrules = "rules"\n[channels.desk]\ntype = "console"\n')
    (floods, _) = json.loads(run(config, "list", "--json").stdout)
    assert floods["hits_7d"] is None
    assert "last hit" not in run(config, "list").stdout
    assert not (tmp_path / "none.db").exists()


def test_a_rule_is_shown_in_full(config: Path, database: Database) -> None:
    matched(database, 0)
    done = run(config, "show", "floods")
    assert done.exit_code == 0, done.output
    out = done.stdout
    for part in (
        "a.yaml:3, in force, severity high, to desk",
        "Rivers that rise.",
        "1 in the last 7 days",
        "1 that match, 1 that do not: 1 passed, 1 failed",
        "    terms: [[flood, floods]]",
        "    within one sentence:\n      @niger\n      flood OR floods",
        "@niger",
        "country",
    ):
        assert part in out
    assert "again" not in out.split("As written:")[1].split("As it is matched:")[0]


def test_a_rule_is_shown_as_json_with_its_warnings(config: Path, database: Database) -> None:
    told = json.loads(run(config, "show", "resting", "--json").stdout)
    assert told["tree"] == "river OR =US"
    assert told["written"].splitlines()[0] == "- id: resting"
    assert any("test" in w["message"] for w in told["warnings"])
    assert (
        json.loads(run(config, "show", "floods", "--json").stdout)["entities"][0]["id"] == "niger"
    )
    assert "did you mean floods?" in run(config, "show", "flods").stderr


def test_a_block_ends_where_the_next_item_or_an_outer_comment_begins() -> None:
    lines = RULES.splitlines()
    written = block(lines, 3)
    assert (written[0], written[-1]) == ("- id: floods", "      - Floods in Niger, again")
    assert block(lines, lines.index("  - id: resting") + 1)[-1] == "  query: river OR =US"
    assert block(lines, 99) == []
    assert [line.strip() for line in without_tests(written)][-1] == "notify: [desk]"


def test_a_tree_has_a_line_for_each_clause() -> None:
    words = " OR ".join(f"(word{n} AND other{n})" for n in range(9))
    tree = parse(
        f"title:a AND ({words}) AND NOT (c OR d)", lambda name: EntityId(name), lambda name: None
    )
    lines = list(tree_lines(tree))
    assert lines[:6] == ["title:a", "any of:", "  all of:", "    word0", "    other0", "  all of:"]
    assert lines[-3:] == ["none of:", "  c", "  d"]


def test_a_rule_that_cannot_be_read_is_told_and_the_others_are_listed(config: Path) -> None:
    (config.parent / "rules" / "b.yaml").write_text("rules:\n  - {id: bad, query: a AND}\n")
    done = run(config, "list", "--json")
    assert done.exit_code == 1
    assert {r["id"] for r in json.loads(done.stdout)} == {"floods", "resting"}
    assert "b.yaml:2" in done.stderr
