"""``monitor match``, ``test`` and ``explain``: the contract that scripts rely on."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from monitor.cli import batch
from monitor.cli.articles import BadLine, read_article
from monitor.cli.main import app

RULES = """\
rules:
  - id: coup
    query: coup AND @niger
    tests:
      match: [A coup in Niger.]
      no_match: [A coup in Niger State.]
  - id: french
    query: putsch
    lang: fr
    tests: {match: [{text: Un putsch, lang: fr}]}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yaml").write_text(RULES)
    return folder


def run(*args: str | Path, given: str = "") -> Result:
    return CliRunner().invoke(app, [str(a) for a in args], input=given)


def line(**fields: Any) -> str:
    return json.dumps({"id": "1", "title": "", "text": "", **fields}) + "\n"


def answers(result: Result) -> list[dict[str, Any]]:
    return [json.loads(text) for text in result.stdout.splitlines()]


@pytest.mark.parametrize("command", ["match", "test", "backtest", "rules list"])
def test_rules_that_are_not_there_are_no_empty_ones(command: str, tmp_path: Path) -> None:
    result = run(*command.split(), "--rules", tmp_path / "nowhere", given=line(text="Niger"))
    assert result.exit_code == 1
    assert "nowhere: no such file or directory" in result.stderr
    assert not result.stdout


def test_a_folder_without_rules_is_told_of(tmp_path: Path) -> None:
    result = run("match", "--rules", tmp_path, given=line(text="Niger"))
    assert result.exit_code == 0
    assert "there are no rules, so nothing can match" in result.stderr
    assert answers(result) == [{"id": "1", "matches": []}]


def test_match_answers_each_line_in_order(rules: Path) -> None:
    given = line(id=7, title="Coup", text="In Niger.") + line(id="b", text="Nothing.")
    result = run("match", "--rules", rules, given=given)
    assert result.exit_code == 0, result.output
    first, second = answers(result)
    assert second == {"id": "b", "matches": []}
    assert first["id"] == 7
    (found,) = first["matches"]
    assert found["rule"] == "coup"
    assert {
        "field": "title",
        "start": 0,
        "end": 4,
        "text": "Coup",
        "entity": None,
        "alias": "coup",
    } in (found["spans"])
    assert {
        "field": "body",
        "start": 3,
        "end": 8,
        "text": "Niger",
        "entity": "niger",
        "alias": "Niger",
    } in found["spans"]


def test_offsets_count_characters_of_the_given_text(rules: Path) -> None:
    text = "😀 L’État : coup à Niamey (Niger)"
    result = run("match", "--rules", rules, given=line(text=text))
    for span in answers(result)[0]["matches"][0]["spans"]:
        assert text[span["start"] : span["end"]] == span["text"]


def test_quiet_spans_leaves_them_out(rules: Path) -> None:
    result = run("match", "--rules", rules, "--quiet-spans", given=line(text="coup in Niger"))
    assert answers(result) == [{"id": "1", "matches": [{"rule": "coup"}]}]


def test_a_malformed_line_is_answered_and_the_rest_goes_on(rules: Path) -> None:
    result = run("match", "--rules", rules, given="{\n\n" + line(text="coup in Niger"))
    assert result.exit_code == 1
    bad, empty, good = answers(result)
    assert bad["line"] == 1
    assert bad["error"].startswith("not JSON")
    assert empty == {"line": 2, "error": "an empty line"}
    assert good["matches"][0]["rule"] == "coup"


def test_the_language_is_the_articles_else_detected_else_passes(rules: Path) -> None:
    english = "The army denied on Monday that a putsch was under way in the capital of the country."
    given = line(lang="de", text="putsch") + line(text=english) + line(text="putsch")
    found = [a["matches"] != [] for a in answers(run("match", "--rules", rules, given=given))]
    assert found == [False, False, True]


def test_a_bad_rule_is_told_and_the_good_ones_match(rules: Path) -> None:
    (rules / "b.yaml").write_text("rules:\n  - {id: bad, query: coup and}\n")
    result = run("match", "--rules", rules, "--quiet-spans", given=line(text="coup in Niger"))
    assert result.exit_code == 1
    assert answers(result)[0]["matches"] == [{"rule": "coup"}]
    assert "b.yaml:2:27" in result.stderr


def test_match_reads_a_file_and_json_lines_rules(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text('{"id": "x", "query": "coup"}\n')
    (tmp_path / "in.jsonl").write_text(line(text="coup").rstrip("\n"))
    result = run("match", tmp_path / "in.jsonl", "--rules", tmp_path / "r.jsonl", "--quiet-spans")
    assert answers(result) == [{"id": "1", "matches": [{"rule": "x"}]}]


def test_a_missing_file_is_the_users_fault(rules: Path) -> None:
    result = run("match", rules / "none.jsonl", "--rules", rules)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "none.jsonl: no such file" in result.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "an empty line"),
        ("[]", "not a JSON object"),
        ("[" * 100_000, "nested too deep"),
        ("9" * 10_000, "number too long"),
        ('{"title": "", "text": ""}', "id is missing"),
        ('{"id": null, "title": "", "text": ""}', "id is missing"),
        ('{"id": true, "title": "", "text": ""}', "id must be"),
        ('{"id": 1, "title": "", "text": null}', "text is missing"),
        ('{"id": 1, "title": 2, "text": ""}', "title must be a string"),
        ('{"id": 1, "title": "", "text": "", "tags": "a"}', "tags must be"),
        ('{"id": 1, "title": "", "text": "", "published": "soon"}', "published must be"),
        ('{"id": 1, "title": "", "text": "", "published": "2026-01-01T10:00:00"}', "published"),
    ],
)
def test_lines_that_are_no_article(text: str, reason: str) -> None:
    with pytest.raises(BadLine, match=reason):
        read_article(text.encode())


def test_not_utf8_is_told_with_its_place() -> None:
    with pytest.raises(BadLine, match="not UTF-8 at byte 9"):
        read_article(b'{"id": "\xff"}')


def test_an_article_has_everything_that_was_given() -> None:
    _, article = read_article(
        line(
            text=None or "",
            summary="Short",
            lang="fr",
            url="https://e.example/a",
            source="BBC",
            author="Ann",
            published="2026-03-01",
            tags=["a"],
            more=1,
        ).encode()
    )
    assert (article.body, article.lang, article.source, article.author) == (
        "Short",
        "fr",
        "BBC",
        "Ann",
    )
    assert article.published is not None
    assert article.published.isoformat() == "2026-03-01T00:00:00+00:00"
    assert article.tags == ("a",)


def echo(lines: Sequence[bytes], first: int) -> tuple[bytes, int]:
    """Each line with its number; those that begin with a minus count as bad."""
    numbered = [b"%d:%s\n" % (n, text) for n, text in enumerate(lines, first)]
    return b"".join(numbered), sum(text.startswith(b"-") for text in lines)


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_large_input_keeps_its_order_on_every_number_of_cores(
    tmp_path: Path, processes: int
) -> None:
    texts = [b"-" * (n % 300) for n in range(20_000)]
    path = tmp_path / "in"
    path.write_bytes(b"\n".join(texts))
    out = io.BytesIO()
    with path.open("rb") as source:
        bad = batch.run(source, out, echo, processes=processes)
    assert out.getvalue() == echo(texts, 1)[0]
    assert bad == sum(bool(t) for t in texts)


TWO = multiprocessing.get_context("fork").Barrier(2)
met: set[int] = set()


def meet(lines: Sequence[bytes], first: int) -> tuple[bytes, int]:
    """Goes on once two processes are at work."""
    if os.getpid() not in met:
        met.add(os.getpid())
        TWO.wait(30)
    return echo(lines, first)


def test_a_large_file_is_shared_from_its_beginning_by_a_worker_and_this_process(
    tmp_path: Path,
) -> None:
    texts = [b"x" * 200] * 4_000
    path = tmp_path / "in"
    path.write_bytes(b"\n".join(texts))
    out = io.BytesIO()
    with path.open("rb") as source:
        batch.run(source, out, meet, processes=2)
    assert out.getvalue() == echo(texts, 1)[0]


def dies(lines: Sequence[bytes], first: int) -> tuple[bytes, int]:
    if first > 5_000 and os.getpid() != PARENT:
        os._exit(9)
    return echo(lines, first)


PARENT = os.getpid()


def test_a_killed_worker_costs_no_line(tmp_path: Path) -> None:
    texts = [b"x" * 200] * 20_000
    path = tmp_path / "in"
    path.write_bytes(b"\n".join(texts))
    out = io.BytesIO()
    with path.open("rb") as source:
        batch.run(source, out, dies, processes=2)
    assert out.getvalue() == echo(texts, 1)[0]


def test_a_pipe_is_answered_while_it_is_open(rules: Path) -> None:
    command = [sys.executable, "-m", "monitor", "match", "--rules", str(rules), "--quiet-spans"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(line(id=number, text="coup in Niger").encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_reader_that_goes_away_is_no_error(rules: Path) -> None:
    command = f"{sys.executable} -m monitor match --rules {rules} | head -n 1"
    given = (line(text="coup in Niger " * 50) * 3_000).encode()
    done = subprocess.run(command, shell=True, input=given, capture_output=True, timeout=60)
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 1


# --- test -----------------------------------------------------------------------------------------


def test_samples_that_hold_pass(rules: Path) -> None:
    result = run("test", "--rules", rules)
    assert result.exit_code == 0, result.output
    assert "3 of 3 samples of 2 rules passed" in result.stderr


FAILING = """\
rules:
  - id: near
    entities: [niger, russia]
    within: 3 words
    tests:
      match:
        - Russia, whose role is growing everywhere, has sent a plane to Niger.
        - Russia and Mali.
        - {text: Russia in Niger State, todo: true}
        - {text: Russia in Niger, todo: true}
      no_match: [Russia leaves Niger.]
  - id: bare
    query: coup
"""


def test_samples_that_do_not_hold_say_why(rules: Path) -> None:
    (rules / "a.yaml").write_text(FAILING)
    result = run("test", "--rules", rules)
    assert result.exit_code == 1
    out = result.stdout
    assert "a.yaml:7: near should match, and does not" in out
    assert "@russia and @niger are 12 words apart, 3 allowed" in out
    assert "@niger: not there by any of its names" in out
    assert "a.yaml:9: near does not match yet (todo)" in out
    assert '@niger: "Niger State" not counted' in out
    assert "a.yaml:10: near matches now: remove its todo" in out
    assert "a.yaml:11: near should not match, and does" in out
    assert "1 of 5 samples of 2 rules passed" in result.stderr
    assert "passed, 3 failed, 1 todo, 1 mended" in result.stderr
    assert "warning: rule bare has no tests" in result.stderr


def test_one_rule_can_be_tried_alone_and_as_json(rules: Path) -> None:
    result = run("test", "french", "--rules", rules, "--json")
    assert result.exit_code == 0
    (told,) = json.loads(result.stdout)
    assert (told["rule"], told["outcome"], told["expected"], told["lang"]) == (
        "french",
        "passed",
        "match",
        "fr",
    )


def test_an_unknown_rule_names_the_nearest(rules: Path) -> None:
    result = run("test", "frensh", "--rules", rules)
    assert result.exit_code == 1
    assert "there is no rule frensh; did you mean french?" in result.stderr


def test_a_rule_that_cannot_be_read_fails_the_test(rules: Path) -> None:
    (rules / "b.yaml").write_text("rules:\n  - {id: bad, query: coup and}\n")
    result = run("test", "--rules", rules)
    assert result.exit_code == 1
    assert "1 unusable" in result.stderr
    assert "rule bad cannot be used" in run("test", "bad", "--rules", rules).stderr


def test_rules_at_rest_are_tested_too(rules: Path) -> None:
    (rules / "a.yaml").write_text(
        "rules:\n  - {id: a, query: coup, enabled: false, expires: 2001-01-01, sources: BBC,"
        " tests: {match: [coup], no_match: [junta]}}\n"
    )
    assert run("test", "--rules", rules).exit_code == 0


# --- explain --------------------------------------------------------------------------------------


def test_explain_shows_what_holds_and_what_does_not(rules: Path) -> None:
    result = run(
        "explain", "coup", "--rules", rules, given="Coup fears\n\nSoldiers in Niger State.\n"
    )
    assert result.exit_code == 0
    assert 'does not match: "Coup fears"' in result.stdout
    assert "✓ coup" in result.stdout
    assert "✗ @niger" in result.stdout


def test_explain_as_json_of_an_article(rules: Path) -> None:
    given = line(text="A coup in Niger.")
    result = run("explain", "coup", "--rules", rules, "--json", given=given)
    (told,) = json.loads(result.stdout)
    assert told["matches"] is True
    assert [c["holds"] for c in told["clauses"]] == [True, True]
    assert {s["text"] for s in told["spans"]} == {"coup", "Niger"}


def test_explain_as_json_has_stable_keys(rules: Path) -> None:
    given = line(text="L'armée nigérienne et le coup.", lang="fr")
    (told,) = json.loads(run("explain", "coup", "--rules", rules, "--json", given=given).stdout)
    assert list(told) == [
        "id", "rule", "file", "line", "tree", "matches", "condition", "why", "excerpt", "spans",
        "clauses",
    ]  # fmt: skip
    assert set(told["clauses"][0]) == {"clause", "holds", "reason", "depth"}
    niger = next(s for s in told["spans"] if s["entity"] == "niger")
    assert (niger["form"], niger["kind"]) == ("feminine", "French adjective")
    marked = [told["excerpt"]["text"][a:b] for a, b in told["excerpt"]["marks"]]
    assert marked == ["nigérienne", "coup"]


def test_explain_says_when_the_rule_does_not_look_at_the_article(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("rules:\n  - {id: off, query: coup, enabled: false, expires: 2020-01-01}\n")
    shown = run("explain", "off", "--rules", path, given=line(text="A coup")).stdout
    assert "does not match" in shown
    assert "its condition holds, but the rule does not look at this article" in shown
    assert "the rule is switched off" in shown
    assert "it expired" in shown
    (told,) = json.loads(
        run("explain", "off", "--rules", path, "--json", given=line(text="A coup")).stdout
    )
    assert (told["matches"], told["condition"]) == (False, True)


def test_explain_never_steers_the_terminal(rules: Path) -> None:
    text = line(text="A coup in Niger \x1b[2J\x07 today.")
    assert not {"\x1b", "\x07"} & set(run("explain", "coup", "--rules", rules, given=text).stdout)


def test_explain_knows_distances_orders_and_excluded_words(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    queries = {
        "near": "coup NEAR/2 junta",
        "order": "junta PRE/5 coup",
        "case": "=Coup",
        "not": "coup NOT generals",
        "many": "ATLEAST/3 coup",
        "field": "title:coup",
        "some": "2 OF (coup, riot, strike)",
    }
    path.write_text("".join(json.dumps({"id": i, "query": q}) + "\n" for i, q in queries.items()))
    wanted = {
        "near": '"coup" and "junta" are 3 words apart, 2 allowed',
        "order": '"junta" never stands before "coup"',
        "case": 'only with other capitals or accents: "coup"',
        "not": 'excluded by "generals"',
        "many": "needs 3, has 1",
        "field": "it is there, but not in the title",
        "some": "needs 2 of 3, has 1: coup",
    }
    for name, reason in wanted.items():
        text = line(text="After the coup of the generals the junta met.")
        if name == "near":
            text = line(text="After the coup of the generals junta met.")
        assert reason in run("explain", name, "--rules", path, given=text).stdout


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        (b'\xef\xbb\xbf{"id": 1, "title": "", "text": ""}', 1),
        (b'{"id": "\\ud800", "title": "", "text": ""}', "\ud800"),
        (b'{"id": 1, "title": "", "text": "", "x": ' + b"[" * 300 + b"]" * 300 + b"}", 1),
        (b'{"id": 1, "id": 2, "title": "", "text": "", "x": NaN}', 2),
    ],
)
def test_what_only_the_slow_reader_takes_is_read_too(text: bytes, id_: str | int) -> None:
    assert read_article(text)[0] == id_
