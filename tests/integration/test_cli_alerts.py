"""``monitor alerts``: lists, timelines, silences, corrected stories, and wrong matches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.cli import main, wrongmatch
from monitor.model import Reason, utcnow
from monitor.store import Database, silences
from tests.integration.alerting_desk import AlertingDesk

CONFIG = """\
database = "{url}"
rules = "rules"
[channels.desk]
type = "console"
[alerts]
default_channels = ["desk"]
"""
RULES = """\
# The otters' desk.
rules:
  - id: otters          # all of them
    title: Otters
    terms: [otter*]
    tests:
      match:
        - An otter swims
      no_match:
        - {text: "A beaver swims", lang: en}   # no otter

  - {id: herons, terms: [heron*], tests: {match: [A heron flies]}}
"""


@pytest.fixture
def config(tmp_path: Path, database_url: str) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "desk.yaml").write_text(RULES, "utf-8")
    file = tmp_path / "config.toml"
    file.write_text(CONFIG.format(url=database_url), "utf-8")
    return file


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> AlertingDesk:
    (tmp_path / "loaded").mkdir()
    made = AlertingDesk(database, tmp_path / "loaded", RULES)
    made.clock.time = utcnow().replace(microsecond=0)
    return made


def run(config: Path, *args: str) -> Result:
    unset = {"MONITOR_DATABASE": None, "MONITOR_CONFIG": None}
    return CliRunner().invoke(main.app, ["alerts", *args, "-c", str(config)], env=unset)


def shown(config: Path, *args: str) -> Any:
    done = run(config, *args, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


# --- lists and timelines ------------------------------------------------------------------------


def test_alerts_are_found_by_rule_story_and_time(config: Path, desk: AlertingDesk) -> None:
    otter, heron = desk.story("An otter"), desk.story("A heron")
    desk.deliver()
    desk.clock.turn(days=-3)
    desk.story("An old otter")
    (found,) = shown(config, "list", "--rule", "herons")
    assert (found["rules"], found["story"], found["state"]) == (["herons"], heron, "sent")
    (found,) = shown(config, "list", "--story", str(otter))
    assert (found["title"], found["reason"]) == ("An otter", "first")
    assert len(shown(config, "list", "--since", "24h")) == 2
    assert len(shown(config, "list")) == 3
    bad = run(config, "list", "--since", "yesterday-ish")
    assert bad.exit_code == 2
    assert "write 24h" in bad.stderr


def test_what_is_held_is_listed_with_its_reason_and_time(config: Path, desk: AlertingDesk) -> None:
    story = desk.story("An otter")
    desk.report(story=story, news="two cubs")
    desk.report(story=story, news="three cubs")
    (held,) = shown(config, "list", "--held")
    assert (held["id"], held["story"], held["reason"], held["state"]) == (
        None, story, "cooldown", "held",
    )  # fmt: skip
    assert held["new"] == ["three cubs", "two cubs"]
    assert held["until"] > held["created_at"]
    assert "cool-down: told 0 min ago" in held["why"]
    assert "1 by cooldown (monitor alerts list --held)" in run(config, "list").stderr
    assert "cool-down: told 0 min ago" in run(config, "list", "--held").stdout


def test_the_timeline_says_what_joined_what_was_told_and_what_was_held(
    config: Path, desk: AlertingDesk
) -> None:
    story = desk.story("An otter", source="The Paper")
    desk.deliver()
    desk.clock.turn(minutes=5)
    desk.report("Two cubs of the otter", story=story, news="two cubs")
    desk.later(minutes=30)
    desk.deliver()
    first = desk.alerts()[0]
    found = shown(config, "show", str(first.id))
    kinds = [e["kind"] for e in found["timeline"]]
    assert kinds == ["article", "alert", "delivery", "article", "held", "alert", "delivery"]
    joined, told, sent, _, held, update, _ = found["timeline"]
    assert (joined["source"], joined["title"], joined["reason"]) == (
        "The Paper", "An otter", "same words",
    )  # fmt: skip
    assert joined["rules"] == ["otters"]
    assert (told["text"], sent["text"]) == (f"alert {first.id}: first", "desk: sent")
    assert "cool-down" in held["reason"]
    assert update["reason"] == "two cubs"
    text = run(config, "show", str(first.id)).stdout
    assert "The story so far" in text
    assert "held, cooldown (two cubs) [otters]" in text
    assert run(config, "show", "99").exit_code == 1
    assert run(config, "show").exit_code == 2


def test_a_story_for_which_everything_is_held_is_shown_by_its_number(
    config: Path, desk: AlertingDesk
) -> None:
    desk.silence(rule="otters", comment="noise")
    story = desk.story("An otter")
    found = shown(config, "show", "--story", str(story))
    assert [e["kind"] for e in found["timeline"]] == ["article", "held"]
    assert "noise" in found["timeline"][1]["reason"]
    assert run(config, "show", "--story", "99").exit_code == 1


# --- silences -----------------------------------------------------------------------------------


def test_a_silence_is_made_listed_and_ended(config: Path, database: Database) -> None:
    made = shown(
        config, "silence", "add", "--rule", "otters", "--source", "rivers.example", "--for", "6h",
        "--author", "amina", "--comment", "fair",
    )  # fmt: skip
    (listed,) = shown(config, "silence", "list")
    assert listed == made
    assert (listed["rule"], listed["source"], listed["author"]) == (
        "otters", "rivers.example", "amina",
    )  # fmt: skip
    assert run(config, "silence", "expire", made["id"]).exit_code == 0
    assert shown(config, "silence", "list") == []
    assert len(shown(config, "silence", "list", "--all")) == 1
    again = run(config, "silence", "expire", made["id"])
    assert again.exit_code == 1
    assert "no such silence is in force" in again.stderr
    assert database.read_now(lambda c: silences.list_all(c, now=utcnow())) == []


def test_a_silence_that_matches_nothing_or_never_ends_is_doubted(config: Path) -> None:
    done = run(
        config, "silence", "add", "--rule", "oters", "--entity", "@nowhere", "--source", "Nobody",
        "--story", "77",
    )  # fmt: skip
    assert done.exit_code == 0
    for doubt in (
        "no rule is called oters",
        "no entity is called nowhere",
        "no feed or tag is called Nobody",
        "there is no story 77",
        "never ends",
    ):
        assert doubt in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--for", "6h"), "name a --rule"),
        (("--rule", "otters", "--for", "6"), "not a duration"),
        (("--rule", "otters", "--for", "0"), "has to last"),
        (("--rule", "otters", "--until", "2020-01-01"), "has passed"),
        (("--rule", "otters", "--for", "6h", "--until", "2090-01-01"), "not both"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    config: Path, args: tuple[str, ...], said: str
) -> None:
    done = run(config, "silence", "add", *args)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


# --- corrected stories ---------------------------------------------------------------------------


def test_merged_stories_are_one_and_nothing_told_is_told_again(
    config: Path, desk: AlertingDesk
) -> None:
    one, two = desk.story("An otter"), desk.story("The same otter")
    done = run(config, "merge", str(two), str(one), "--author", "amina", "--comment", "twins")
    assert done.exit_code == 0, done.stderr
    assert len(desk.alerts()) == 2
    assert {a.story for a in desk.alerts()} == {one}, "both alerts are the one story's now"
    assert desk.report(story=one)[0].reason is None
    assert desk.report(story=one, news="two cubs")[0].reason is None, "the cool-down holds"
    found = shown(config, "show", "--story", str(one))
    (corrected,) = [e for e in found["timeline"] if e["kind"] == "correction"]
    assert corrected["text"] == f"merge by amina: 1 article from story {two} into {one}"
    assert corrected["reason"] == "twins"
    assert shown(config, "show", "--story", str(two))["merged_into"] == one
    again = run(config, "merge", str(two), str(one))
    assert again.exit_code == 1
    assert f"it was merged into story {one}" in again.stderr


def test_what_was_told_goes_where_its_article_goes(config: Path, desk: AlertingDesk) -> None:
    told, quiet = desk.story("An otter"), desk.story("The same otter", quiet="an older item")
    assert run(config, "merge", str(told), str(quiet)).exit_code == 0
    assert desk.report(story=quiet)[0].reason is None
    assert len(desk.alerts()) == 1


def test_split_articles_are_a_story_of_their_own_with_what_was_told_of_them(
    config: Path, desk: AlertingDesk
) -> None:
    story = desk.story("An otter")
    desk.clock.turn(hours=1)
    desk.report("Another otter", story=story, news="another place")
    desk.report("A third otter", story=story)
    update = desk.alerts()[1]
    assert update.article is not None
    made = shown(config, "split", str(update.article))
    assert made["kind"] == "split"
    by_title = {a.title: a.story for a in desk.alerts()}
    assert by_title == {"An otter": story, "Another otter": made["into"]}
    assert desk.report(story=made["into"])[0].reason is None, "it was told of"
    assert desk.report(story=story)[0].reason is None
    assert len(desk.alerts()) == 2, "a correction alerts nobody"


def test_splitting_off_a_first_alert_leaves_a_story_that_can_be_told(
    config: Path, desk: AlertingDesk
) -> None:
    story = desk.story("An otter")
    desk.report("Another otter", story=story)
    first = desk.alerts()[0]
    made = shown(config, "split", str(first.article))
    (told,) = desk.report("More of the other otter", story=story)
    assert told.reason is Reason.FIRST
    assert desk.report(story=made["into"])[0].reason is None


def test_a_split_says_which_story_nobody_has_been_told_of(config: Path, desk: AlertingDesk) -> None:
    story = desk.story("An otter")
    desk.report("Another otter", story=story)
    (first,) = desk.alerts()
    assert first.article is not None
    done = run(config, "split", str(first.article))
    assert f"story {story} has not been told: it is told with its next article" in done.stderr
    assert done.stderr.count("has not been told") == 1


def test_a_merge_says_which_silence_has_nothing_left_to_silence(
    config: Path, desk: AlertingDesk
) -> None:
    one, two = desk.story("An otter"), desk.story("Another otter")
    desk.silence(story=two)
    desk.silence(story=one)
    done = run(config, "merge", str(two), str(one))
    assert f"silence 1 is of story {two}: it silences nothing any more" in done.stderr
    assert "silence 2" not in done.stderr


@pytest.mark.parametrize("args", [("merge", "1", "1"), ("merge", "1", "9"), ("split", "99")])
def test_a_correction_that_makes_no_sense_is_refused(
    config: Path, desk: AlertingDesk, args: tuple[str, ...]
) -> None:
    desk.story()
    assert run(config, *args).exit_code == 1
    assert len(desk.alerts()) == 1


def test_articles_of_two_stories_and_whole_stories_are_not_split(
    config: Path, desk: AlertingDesk
) -> None:
    desk.story("One otter")
    desk.story("Two otters")
    one, two = (str(a.article) for a in desk.alerts())
    assert "of several stories" in run(config, "split", one, two).stderr
    assert "all articles of story" in run(config, "split", one).stderr


# --- wrong matches -------------------------------------------------------------------------------


def test_a_wrong_match_becomes_a_test_and_nothing_else_changes(
    config: Path, desk: AlertingDesk
) -> None:
    desk.story("The Otter Prize", body="A book won it.\nThe otters' park paid.", lang="en-GB")
    file = config.parent / "rules" / "desk.yaml"
    shown_only = run(config, "wrong", "1")
    assert shown_only.exit_code == 0, shown_only.stderr
    assert '+        - title: "The Otter Prize"' in shown_only.stdout
    assert "not written: add --write" in shown_only.stderr
    assert file.read_text("utf-8") == RULES
    done = run(config, "wrong", "1", "--write")
    assert "monitor test otters fails until the rule is narrowed" in done.stderr
    added = """\
        - title: "The Otter Prize"
          text: "A book won it. The otters' park paid."
          lang: "en"
"""
    after = file.read_text("utf-8")
    assert added in after
    assert after.replace(added, "") == RULES
    tests = CliRunner().invoke(main.app, ["test", "otters", "-c", str(config)])
    assert tests.exit_code == 1, "the new test fails until the rule is mended"
    assert "has this test already" in run(config, "wrong", "1", "--write").stderr
    assert file.read_text("utf-8") == after


def test_a_rule_that_is_not_of_the_alert_or_not_in_the_files_is_refused(
    config: Path, desk: AlertingDesk
) -> None:
    desk.story("An otter")
    desk.report("An otter and a heron", body="In the reeds.")
    assert "is not of rule herons" in run(config, "wrong", "1", "--rule", "herons").stderr
    assert "name one with --rule" in run(config, "wrong", "2").stderr
    assert run(config, "wrong", "2", "--rule", "herons", "--write").exit_code == 0
    (config.parent / "rules" / "desk.yaml").write_text("rules: []\n", "utf-8")
    done = run(config, "wrong", "1")
    assert done.exit_code == 1
    assert "no usable rule otters" in done.stderr
    assert run(config, "wrong", "99").exit_code == 1


def test_a_file_that_changes_meanwhile_is_left_alone(config: Path) -> None:
    file = config.parent / "rules" / "desk.yaml"
    with pytest.raises(typer.Exit):
        wrongmatch.replace_file(file, b"as it was read", "as it should be")
    assert file.read_text("utf-8") == RULES


def test_a_file_keeps_its_line_ends_and_mode(config: Path) -> None:
    file = config.parent / "rules" / "desk.yaml"
    file.write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    file.chmod(0o640)
    wrongmatch.replace_file(file, file.read_bytes(), "a\nc\nb\n")
    assert file.read_bytes() == b"\xef\xbb\xbfa\r\nc\r\nb\r\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [f.name for f in file.parent.iterdir()] == ["desk.yaml"]
