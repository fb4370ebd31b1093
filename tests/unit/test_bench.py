"""The benchmarks run, at tiny sizes, and report what they promise. No figure is asserted."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import grouping, languages, latency, matching, polls, regexes, snippets, startup, stories
from bench.measure import Table, percentile, row, shown
from bench.texts import World
from monitor.rules import query


def complete(table: Table) -> Table:
    """Every row has every column, and every figure is one."""
    assert table.rows
    for found in table.rows:
        assert tuple(found) == table.columns
        for column, value in found.items():
            if isinstance(value, int | float):
                assert value >= 0, column
    lines = str(table).splitlines()
    assert lines[0].startswith(f"{table.name}: ")
    assert len(lines) == 3 + len(table.rows) + bool(table.note)
    return table


def by_first(table: Table) -> dict[object, Mapping[str, object]]:
    return {found[table.columns[0]]: found for found in table.rows}


def test_polls_have_a_row_for_each_way_a_poll_may_go() -> None:
    table = complete(polls.measure(feeds=3, rounds=1, baseline_feeds=2))

    names = [polls.BASELINE, *(c.name for c in polls.CASES if c.counts)]
    assert list(by_first(table)) == names
    assert by_first(table)[polls.BASELINE]["baseline / this (CPU)"] == 1


def test_matching_agrees_with_its_baselines() -> None:
    match, lines, cores, batch, load = map(
        complete, matching.measure(articles=20, counts=(4, 40), rounds=1)
    )

    asked = {(found["what"], found["rules"]): found for found in match.rows}
    assert set(asked) == {
        (matching.BASELINE, 4), (matching.SLOW, 4),
        *((what, count) for what in ("find", "match") for count in (4, 40)),
    }  # fmt: skip
    assert {found["disagree"] for found in match.rows} == {None, 0}
    assert {(f["what"], f["rules"]) for f in lines.rows} == {
        (what, count)
        for what in (matching.PLAIN, "--quiet-spans", "with spans")
        for count in (4, 40)
    }
    assert [found["rules"] for found in cores.rows] == [40, 40]
    assert {found["what"] for found in batch.rows} == {"with spans", "--quiet-spans"}
    assert by_first(load)["rulefiles.load"]["rules"] == 40


def test_stories_have_a_row_for_each_window() -> None:
    table = complete(stories.measure(windows=(30, 60), probes=5))
    assert list(by_first(table)) == [30, 60]


def test_grouping_judges_the_labelled_set() -> None:
    (found,) = complete(grouping.measure()).rows
    assert (found["articles"], found["stories"]) == (300, 60)


def test_languages_are_judged_by_half_and_by_pair() -> None:
    def told(event: str, lang: str, title: str, story: int) -> languages.Told:
        line = {"story": event, "lang": lang, "title": title, "set": "test", "kind": "account"}
        return languages.Told(line, story, alert=True)

    found = [
        told("a", "en", "Storks", 1),
        told("a", "ru", "Аисты", 1),
        told("b", "fr", "Hérons", 1),
        told("b", "ru", "Цапли", 2),
    ]
    j = languages.judge(found, "test")
    assert (j.right, j.wrong) == (1, 1)
    assert j.recalls == {("LATIN", "LATIN"): 0, ("CYRILLIC", "LATIN"): 0.5, ("ARABIC", "LATIN"): 0}
    assert j.pairs == {("en", "ru"): [1, 1, 0], ("en", "fr"): [0, 0, 1], ("fr", "ru"): [1, 0, 1]}


def test_a_set_that_is_grouped_as_labelled_is_perfect() -> None:
    q = grouping.compare(["a", "a", "b"], [False, False, True], [(1, True), (1, False), (2, True)])
    assert (q.precision, q.recall, q.f1) == (1, 1, 1)
    assert (q.leak, q.missed, q.material) == (0, 0, 1)


def test_a_repeat_that_alerts_leaks_and_a_story_that_does_not_is_missed() -> None:
    q = grouping.compare(["a", "a", "b"], [False, False, False], [(1, True), (2, True), (1, False)])
    assert (q.leak, q.missed, q.material) == (1, 0.5, None)


def test_matching_takes_the_articles_and_rules_of_others(tmp_path: Path) -> None:
    articles, rules = tmp_path / "articles.jsonl", tmp_path / "rules.jsonl"
    line = {"id": 1, "title": "Storks over the harbour", "text": "They were counted."}
    articles.write_text(f"{json.dumps(line)}\n" * 30, "utf-8")
    rules.write_text('{"id": "storks", "query": "storks AND harbour"}\n', "utf-8")
    data = matching.prepare(
        tmp_path, articles=12, counts=(1, 10), articles_file=articles, rules_file=rules
    )

    assert [a.title for a in data.articles] == ["Storks over the harbour"] * 12
    assert list(data.rule_files) == [1]
    assert data.articles_file.read_text("utf-8").count("\n") == 12


def test_latency_is_that_of_a_mail_for_every_item() -> None:
    table = by_first(complete(latency.measure(items=2)))

    assert set(table) == {"waiting alone", "published to accepted"}
    assert table["published to accepted"]["worst s"] is not None


def test_snippets_are_scored_by_language() -> None:
    table = complete(snippets.measure(most=20))

    assert by_first(table)["all"]["sentences"] == 20
    assert by_first(table)["all"]["recall"] == 1


def test_startup_is_beside_an_interpreter_that_does_nothing() -> None:
    table = complete(startup.measure(rounds=1, warm=False))

    assert table.rows[0][startup.COLUMNS[-1]] == 1
    assert len(table.rows) == 5


def test_the_command_runs_what_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.main(["snippets", "--json", str(tmp_path / "out.json")])

    (table,) = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert table["name"] == "snippets"
    assert table["columns"] == list(snippets.COLUMNS)
    assert "snippets: " in capsys.readouterr().out


def test_an_unknown_row_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["pools"])
    assert "there is no pools" in capsys.readouterr().err


def test_every_benchmark_is_described() -> None:
    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text("utf-8")
    for name in command.ROWS:
        assert f"| `{name}` |" in page


# --- what the figures rest on ------------------------------------------------------------------


def test_what_is_generated_is_always_the_same_and_as_described() -> None:
    world, again = World(), World()
    queries = world.queries(400)

    assert queries == again.queries(400)
    assert world.articles(3) == again.articles(3)
    assert 0.2 < sum("NEAR/" in q for q in queries) / 400 < 0.4
    assert 0.15 < sum("AND NOT" in q for q in queries) / 400 < 0.35
    lengths = [len(a.body) for a in world.articles(60)]
    assert 2500 < sum(lengths) / 60 < 4000


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("storks AND harbour", True),
        ('"white storks"', True),
        ('"storks over"', False),  # another sentence
        ("stork", False),
        ("stor* AND NOT gulls", False),
        ("(gulls OR herons) NEAR/2 ships", True),  # a regex knows no distance
    ],
)
def test_the_baseline_means_what_the_rule_means(text: str, holds: bool) -> None:
    tree = query.parse(text, lambda name: None, lambda name: None)
    body = "White storks. Over the harbour gulls flew, far away from all of the grey ships."

    assert bool(regexes.compiled(tree).match(body)) is holds
    assert regexes.is_exact(tree) is ("NEAR" not in text)


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(n) for n in range(1, 21)]
    random.Random(1).shuffle(values)

    assert percentile(values, 0.95) == 19
    assert percentile(values, 0.5) == 10
    assert percentile([3.0], 0.95) == 3


def test_figures_are_shown_to_three_digits() -> None:
    assert [shown(v) for v in (None, "x", 1234, 1234.5, 99.44, 0.012345)] == [
        "-", "x", "1,234", "1,230", "99.4", "0.0123",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="shorter"):
        row(("a", "b"), 1)
