"""``monitor backtest``: over a database, over a file, against other rules."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import main, replay
from monitor.model import Article, utcnow
from monitor.rulefiles import load
from monitor.store import Database, archive, articles

CONFIG = """\
database = "{url}"
rules = "rules"
[channels.desk]
type = "console"
[alerts]
default_channels = ["desk"]
"""
RULES = """\
rules:
  - id: floods
    title: Floods in Niger
    entities: [niger]
    terms: [[flood, floods, deluge]]
  - id: locusts
    query: locust*
  - id: resting
    enabled: false
    query: river
"""
OTHER = """\
rules:
  - id: floods
    entities: [niger]
    terms: [[flood, swollen]]
  - id: drought
    query: drought
"""


@pytest.fixture
def desk(tmp_path: Path, database_url: str) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG.format(url=database_url), "utf-8")
    for name, text in (("rules", RULES), ("other", OTHER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(text, "utf-8")
    return tmp_path


def run(folder: Path, *args: str | Path) -> Result:
    command = ["backtest", *map(str, args), "-c", str(folder / "config.toml")]
    unset = {"MONITOR_DATABASE": None, "MONITOR_CONFIG": None}
    return CliRunner().invoke(main.app, command, env=unset)


TITLES = [
    "Floods in Niamey",
    "Flood waters rise in Niger, hundreds of homes are lost near Tillabéri",
    "Swollen river in Niger",
    "Drought in Chad",
    "Cup final tonight",
    "Parliament meets",
]


def article(number: int, title: str) -> Article:
    return Article(
        key=f"https://fleuve.example/{number}", title=title, body="", source="Le Fleuve",
        published=utcnow() - timedelta(days=number),
    )  # fmt: skip


def store(database: Database, titles: Sequence[str] = TITLES) -> None:
    def work(conn: Any) -> None:
        for number, title in enumerate(titles):
            now = utcnow() - timedelta(days=number)
            articles.insert(conn, article(number, title), content_hash="h", now=now)

    database.transact_now(work)


def test_every_rule_in_force_is_replayed_over_the_database(desk: Path, database: Database) -> None:
    store(database)
    done = run(desk, "--json")
    assert done.exit_code == 0, done.output
    floods, locusts = json.loads(done.stdout)
    assert (floods["rule"], floods["articles"], floods["of"], floods["stories"]) == (
        "floods", 2, 6, 2,
    )  # fmt: skip
    assert floods["share"] == 0.3333
    assert [d["hits"] for d in floods["days"]] == [0, 0, 0, 0, 1, 1]
    assert floods["sources"] == [{"source": "Le Fleuve", "articles": 2}]
    fired = {(a["entity"], a["alias"]): a["articles"] for a in floods["fired"]}
    assert fired["niger", "Niamey"] == fired[None, "flood"] == fired[None, "floods"] == 1
    assert "deluge" in {n["alias"] for n in floods["never_fired"]}
    assert [s["title"] for s in floods["samples"]] == [TITLES[1], TITLES[0]]
    assert floods["estimate"] == "about one alert every 3 days"
    assert locusts["warnings"] == []  # six articles are too few to say so
    assert "6 articles of 6 days" in done.stderr


def test_one_rule_is_told_in_detail_even_at_rest(desk: Path, database: Database) -> None:
    store(database)
    done = run(desk, "resting", "floods")
    assert done.exit_code == 0, done.output
    assert f"resting  ({desk}/rules/a.yaml:8)" in done.stdout
    assert "floods  Floods in Niger" in done.stdout
    assert "2 of 6 articles (33.3%), 2 stories: about one alert every 3 days" in done.stdout
    assert re.search(r"fired +@niger: .*Niamey.* 1", done.stdout)
    assert "words: deluge" in done.stdout
    assert "0 0 0 0 1 1" in done.stdout


def test_only_the_time_asked_for_counts(desk: Path, database: Database) -> None:
    store(database)
    (told,) = json.loads(run(desk, "floods", "--since", "36h", "--json").stdout)
    assert (told["articles"], told["of"]) == (2, 2)
    old = (utcnow() - timedelta(days=400)).date().isoformat()
    (told,) = json.loads(run(desk, "floods", "--since", old, "--json").stdout)
    assert told["of"] == 6
    assert run(desk, "--since", "soon").exit_code == 2


def test_an_item_that_was_old_when_first_seen_is_left_out(desk: Path, database: Database) -> None:
    old = replace(article(0, "Floods in Niger"), published=utcnow() - timedelta(days=90))
    database.transact_now(lambda conn: articles.insert(conn, old, content_hash="h", now=utcnow()))
    store(database, ["Nothing"])
    (told,) = json.loads(run(desk, "floods", "--since", "30d", "--json").stdout)
    assert (told["articles"], told["of"]) == (0, 0 + told["of"])


def test_other_rules_gain_and_lose(desk: Path, database: Database) -> None:
    store(database)
    told = run(desk, "--against", desk / "other")
    assert told.exit_code == 0, told.output
    assert "floods  changed  +1 −1 articles" in told.stdout
    assert f"    + {_day(2)}  Swollen river in Niger (Le Fleuve)" in told.stdout
    assert f"    − {_day(0)}  Floods in Niamey (Le Fleuve)" in told.stdout
    assert "drought  new  +1 −0" in told.stdout
    assert "locusts  removed  +0 −0" in told.stdout
    assert "1 new, 1 removed, 1 changed" in told.stderr
    found = {c["rule"]: c for c in json.loads(
        run(desk, "--against", desk / "other", "--json").stdout
    )}  # fmt: skip
    assert {r: c["change"] for r, c in found.items()} == {
        "floods": "changed", "locusts": "removed", "drought": "new",
    }  # fmt: skip
    assert found["drought"]["before"] is None
    assert [a["title"] for a in found["drought"]["gained"]] == ["Drought in Chad"]


def test_other_rules_that_are_not_there_are_no_empty_ones(desk: Path, database: Database) -> None:
    store(database)
    told = run(desk, "--against", desk / "nowhere")
    assert told.exit_code == 1
    assert "nowhere: no such file or directory" in told.stderr
    assert not told.stdout


def _day(ago: int) -> str:
    day = (utcnow() - timedelta(days=ago)).date()
    return f"{day.day} {day:%b}"


def test_an_empty_archive_says_so(desk: Path, database: Database) -> None:
    done = run(desk)
    assert done.exit_code == 1
    assert "nothing to replay" in done.stderr


def test_a_missing_database_says_what_makes_it_and_is_not_made(desk: Path, dialect: str) -> None:
    if dialect != "sqlite":
        return
    config = desk / "config.toml"
    config.write_text(CONFIG.format(url=f"sqlite:///{desk}/none.db"), "utf-8")
    done = run(desk)
    assert done.exit_code == 3
    assert "monitor run" in done.stderr
    assert not (desk / "none.db").exists()


def test_a_large_archive_is_read_by_all_cores_and_gives_the_same(
    desk: Path, database: Database, database_url: str
) -> None:
    made = [(article(n % 20, f"{TITLES[n % 6]} {n}"), "h") for n in range(2_400)]
    made = [(replace(a, key=f"k{n}"), h) for n, (a, h) in enumerate(made)]
    database.transact_now(lambda conn: articles.insert_many(conn, made, now=utcnow()))
    since = utcnow() - timedelta(days=60)
    extent = database.read_now(lambda conn: archive.extent(conn, since=since))
    assert extent is not None
    past = replay.Archive(database_url, extent.first, extent.last, since)
    job = replay.Replay(past, (load(desk / "rules").ruleset,), UTC, utcnow().date())
    with contextlib.closing(past):
        shared, alone = (list(replay.run(job, processes=n)) for n in (2, 1))
    assert alone == shared
    assert len(shared) >= 5
    assert sum(part.articles for part in shared) == 2_400
    assert sum(len(part.matched) for part in shared) == 800


# --- a file of articles -------------------------------------------------------------------------


def lines(path: Path, count: int, **more: Any) -> Path:
    texts = [
        json.dumps({
            "id": n, "title": TITLES[n % len(TITLES)], "text": f"Report number {n}.",
            "source": "Le Fleuve", "published": f"2026-03-{1 + n % 20:02}", **more,
        })
        for n in range(count)
    ]  # fmt: skip
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def alone(folder: Path, *args: str | Path) -> Result:
    """Without a configuration."""
    done = CliRunner().invoke(
        main.app, ["backtest", *map(str, args), "-c", str(folder / "absent.toml")]
    )
    assert isinstance(done, Result)
    return done


def test_a_file_needs_neither_configuration_nor_database(tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(RULES, "utf-8")
    past = lines(tmp_path / "past.jsonl", 60)
    (told, _) = json.loads(alone(tmp_path, "--rules", rules, "--articles", past, "--json").stdout)
    assert (told["articles"], told["of"], len(told["days"])) == (20, 60, 20)


def test_many_articles_give_the_same_on_every_number_of_cores(tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(RULES, "utf-8")
    past = replay.Lines(lines(tmp_path / "past.jsonl", 4_000))
    loaded = load(rules)
    job = replay.Replay(past, (loaded.ruleset,), UTC, utcnow().date())
    alone, shared = (list(replay.run(job, processes=n)) for n in (1, 2))
    assert alone == shared
    assert sum(part.articles for part in shared) == 4_000


def test_a_bad_line_is_named_and_the_rest_is_replayed(tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(RULES, "utf-8")
    past = lines(tmp_path / "past.jsonl", 3)
    past.write_text(past.read_text("utf-8") + "\n{}\n", "utf-8")
    done = alone(tmp_path, "--rules", rules, "--articles", past, "--json")
    assert done.exit_code == 1
    assert "past.jsonl:5: id is missing" in done.stderr
    assert json.loads(done.stdout)[0]["of"] == 3


def test_articles_without_dates_give_no_estimate(tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(RULES, "utf-8")
    past = lines(tmp_path / "past.jsonl", 6, published=None)
    done = alone(tmp_path, "floods", "--rules", rules, "--articles", past)
    assert "2 of 6 articles" in done.stdout
    assert "no dates to tell how many alerts a day" in done.stdout


def test_strict_fails_on_warnings(tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(RULES, "utf-8")
    past = lines(tmp_path / "past.jsonl", 120)
    asked = ("--rules", rules, "--articles", past)
    assert alone(tmp_path, *asked).exit_code == 0
    assert alone(tmp_path, *asked, "--strict").exit_code == 1
    told = alone(tmp_path, *asked, "--strict")
    assert "warning: locusts would have matched nothing in 120 articles" in told.stderr
    assert "warning: floods matched 33% of everything: too broad" in told.stderr
    assert alone(tmp_path, "flods", *asked).exit_code == 1


def test_on_a_terminal_there_are_bars_and_a_bar_of_progress(tmp_path: Path) -> None:
    rules = tmp_path / "a.yaml"
    rules.write_text(RULES, "utf-8")
    past = lines(tmp_path / "past.jsonl", 60)
    ours, theirs = pty.openpty()
    command = ["backtest", "floods", "--rules", str(rules), "--articles", str(past)]
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", *command, "-c", str(tmp_path / "absent.toml")],
        stdout=theirs, stderr=theirs, env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the end of a terminal
            while part := os.read(ours, 65_536):
                shown += part
    os.close(ours)
    assert process.returncode == 0
    assert "█" in shown.decode()
    assert "60/61" in shown.decode()
