"""Loading a desk's files, and what stays in force when one of them goes bad (invariant I4)."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from monitor.errors import ProblemLevel
from monitor.model import Article, EntityId, RuleSource
from monitor.rulefiles import Loaded, load, rule_files
from monitor.rules import builtin

COUP = "rules:\n  - {id: coup, query: coup, tests: {}}\n"
JUNTA = "rules:\n  - {id: junta, query: junta, tests: {}}\n  - {id: base, query: base, tests: {}}\n"
CLAN = 'entities:\n  clan: {names: {"*": [Clan]}}\n'
USES_CLAN = "rules:\n  - {id: clan-rule, entities: [clan], tests: {}}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    (tmp_path / "entities").mkdir()
    (tmp_path / "coup.yaml").write_text(COUP)
    (tmp_path / "junta.yaml").write_text(JUNTA)
    (tmp_path / "entities" / "own.yaml").write_text(CLAN)
    (tmp_path / "uses.yaml").write_text(USES_CLAN)
    return tmp_path


def ids(loaded: Loaded) -> set[str]:
    return set(loaded.ruleset.rules)


def fires(loaded: Loaded, text: str) -> list[str]:
    article = Article(key="x", title="", body=text)
    return list(loaded.ruleset.find(article, today=date(2026, 1, 1)))


def test_a_good_desk_loads_without_a_word(desk: Path) -> None:
    loaded = load(desk)
    assert loaded.problems == ()
    assert ids(loaded) == {"coup", "junta", "base", "clan-rule"}
    assert fires(loaded, "The Clan and the junta") == ["junta", "clan-rule"]
    assert {(s.kind, s.id, s.file) for s in loaded.sources} == {
        ("rule", "coup", "coup.yaml"),
        ("rule", "junta", "junta.yaml"),
        ("rule", "base", "junta.yaml"),
        ("rule", "clan-rule", "uses.yaml"),
        ("entity", "clan", "entities/own.yaml"),
    }
    assert loaded.kept == {}


def reload(desk: Path, name: str, text: str | bytes | None, good: Sequence[RuleSource]) -> Loaded:
    path = desk / name
    if text is None:
        path.unlink()
    elif isinstance(text, bytes):
        path.write_bytes(text)
    else:
        path.write_text(text)
    return load(desk, last_good=good)


def test_a_bad_rule_keeps_its_last_good_version(desk: Path) -> None:
    good = load(desk).sources
    bad = JUNTA.replace("query: junta", "query: junta and more")
    loaded = reload(desk, "junta.yaml", bad, good)
    assert ids(loaded) == {"coup", "junta", "base", "clan-rule"}
    assert fires(loaded, "junta") == ["junta"]
    assert loaded.kept == {"junta": "it has errors"}
    assert set(loaded.sources) == set(good)
    assert any(
        p.level is ProblemLevel.WARNING and "stays in force" in p.message for p in loaded.problems
    )
    assert [p.rule for p in loaded.errors] == ["junta"]


def test_without_a_last_good_version_the_others_work_on(desk: Path) -> None:
    bad = JUNTA.replace("query: junta", "query: junta and more")
    loaded = reload(desk, "junta.yaml", bad, ())
    assert ids(loaded) == {"coup", "base", "clan-rule"}


@pytest.mark.parametrize("text", ["rules: [", b"rules: \xff", "", "- just\n- a list\n"])
def test_an_unreadable_file_keeps_all_its_rules(desk: Path, text: str | bytes) -> None:
    good = load(desk).sources
    loaded = reload(desk, "junta.yaml", text, good)
    assert ids(loaded) == {"coup", "junta", "base", "clan-rule"}
    assert loaded.kept.keys() == {"junta", "base"}
    assert set(loaded.sources) == set(good)


def test_a_rule_gone_from_a_file_with_errors_stays(desk: Path) -> None:
    good = load(desk).sources
    loaded = reload(
        desk, "junta.yaml", "rules:\n  - {idd: junta}\n  - {id: base, query: base}\n", good
    )
    assert loaded.kept == {"junta": "its file has errors"}
    assert "junta" in ids(loaded)


def test_a_rule_gone_from_a_good_file_is_gone(desk: Path) -> None:
    good = load(desk).sources
    loaded = reload(desk, "junta.yaml", "rules:\n  - {id: base, query: base, tests: {}}\n", good)
    assert ids(loaded) == {"coup", "base", "clan-rule"}
    assert "junta" not in {s.id for s in loaded.sources}


def test_the_rules_of_a_removed_file_are_gone(desk: Path) -> None:
    good = load(desk).sources
    loaded = reload(desk, "junta.yaml", None, good)
    assert ids(loaded) == {"coup", "clan-rule"}
    assert loaded.problems == ()


def test_a_rule_that_moved_out_of_a_file_with_errors_is_not_kept_twice(desk: Path) -> None:
    good = load(desk).sources
    (desk / "junta.yaml").write_text("rules: [")
    loaded = reload(desk, "moved.yaml", JUNTA.replace("query: junta", "query: putsch"), good)
    assert loaded.kept == {}
    assert fires(loaded, "putsch") == ["junta"]


def test_a_missing_directory_keeps_everything(desk: Path, tmp_path: Path) -> None:
    good = load(desk).sources
    loaded = load(tmp_path / "elsewhere", last_good=good)
    assert ids(loaded) == {"coup", "junta", "base", "clan-rule"}
    assert [p.message for p in loaded.errors] == ["there is no such file or directory"]


def test_a_bad_entity_keeps_its_last_good_version_and_so_its_rules(desk: Path) -> None:
    good = load(desk).sources
    loaded = reload(desk, "entities/own.yaml", "entities:\n  clan: {nams: x}\n", good)
    assert loaded.kept == {"@clan": "it has errors"}
    assert fires(loaded, "the Clan") == ["clan-rule"]
    assert set(loaded.sources) == set(good)


@pytest.mark.parametrize("text", ["entities: [", "entities:\n  clan2: {names: [x]}\n"])
def test_an_entity_gone_from_a_file_with_errors_stays(desk: Path, text: str) -> None:
    good = load(desk).sources
    loaded = reload(desk, "entities/own.yaml", text, good)
    assert loaded.kept == {"@clan": "its file has errors"}
    assert "clan-rule" in ids(loaded)


def test_an_entity_that_cannot_be_joined_gives_way_to_its_last_good_version(desk: Path) -> None:
    good = load(desk).sources
    text = "entities:\n  clan: {includes: [clan-two]}\n  clan-two: {includes: [clan]}\n"
    loaded = reload(desk, "entities/own.yaml", text, good)
    assert loaded.kept == {"@clan": "it has errors"}
    assert fires(loaded, "the Clan") == ["clan-rule"]
    assert EntityId("clan-two") not in loaded.entities


def test_a_broken_entity_with_no_past_takes_only_its_own_rules_along(desk: Path) -> None:
    loaded = reload(desk, "entities/own.yaml", "entities:\n  clan: {nams: x}\n", ())
    assert ids(loaded) == {"coup", "junta", "base"}
    (about,) = (p for p in loaded.errors if p.rule == "clan-rule")
    assert about.message == "entity clan cannot be used because of its own errors"


def test_a_broken_replacement_leaves_the_built_in_entity(desk: Path) -> None:
    loaded = reload(desk, "entities/own.yaml", CLAN + "  niger: {nams: x}\n", ())
    assert loaded.entities[EntityId("niger")].type == "country"


def test_an_old_version_names_only_channels_that_still_exist(desk: Path) -> None:
    text = "rules:\n  - {id: coup, query: coup, notify: [desk, room]}\n"
    (desk / "coup.yaml").write_text(text)
    good = load(desk, channels=["desk", "room"]).sources
    (desk / "coup.yaml").write_text(text.replace("query: coup", "query: coup and"))
    loaded = load(desk, channels=["desk"], last_good=good)
    assert loaded.ruleset.rules[next(r.id for r in loaded.rules if r.id == "coup")].notify == (
        "desk",
    )


def test_a_rule_whose_channel_is_gone_keeps_its_last_good_text(desk: Path) -> None:
    text = "rules:\n  - {id: coup, query: coup, notify: desk}\n"
    (desk / "coup.yaml").write_text(text)
    good = load(desk, channels=["desk"]).sources
    (desk / "coup.yaml").write_text(text.replace("desk", "dsk"))
    loaded = load(desk, channels=["desk"], last_good=good)
    assert "coup" in loaded.kept
    assert {s.id: s for s in loaded.sources}["coup"] == {s.id: s for s in good}["coup"]


def test_a_spoilt_memory_is_no_reason_to_fail(desk: Path) -> None:
    spoilt = [RuleSource("rule", "junta", "junta.yaml", t) for t in ("{", "[]", '{"id": "junta"}')]
    for source in spoilt:
        loaded = reload(desk, "junta.yaml", "rules: [", [source])
        assert ids(loaded) == {"coup", "clan-rule"}


def test_of_two_rules_with_one_id_the_first_counts(desk: Path) -> None:
    loaded = reload(desk, "zz.yaml", COUP.replace("query: coup", "query: putsch"), ())
    assert fires(loaded, "coup") == ["coup"]
    assert fires(loaded, "putsch") == []
    (problem,) = loaded.errors
    assert problem.message == "a second rule coup"
    assert problem.hint.endswith("coup.yaml:2")


def test_hidden_files_and_editors_leftovers_are_left_out(desk: Path) -> None:
    (desk / "..data").mkdir()
    for name in ("..data/coup.yaml", ".coup.yaml.swp", ".hidden.yaml", "coup.yaml~", "notes.txt"):
        (desk / name).write_text(COUP)
    (desk / "more.yml").write_text("rules: []\n")
    names = [p.relative_to(desk).as_posix() for p in rule_files(desk)]
    assert names == ["coup.yaml", "entities/own.yaml", "junta.yaml", "more.yml", "uses.yaml"]


def test_windows_line_ends_and_marks_do_not_move_the_places(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("\ufeffrules:\r\n  - id: a\r\n    query: x y\r\n".encode())
    (problem,) = load(tmp_path).errors
    assert (problem.line, problem.column, problem.source) == (3, 14, "    query: x y")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# " + "x" * 2_000_000)
    (problem,) = load(tmp_path).errors
    assert "larger than 2,000,000 bytes" in problem.message


def test_a_single_file_is_a_desk(desk: Path) -> None:
    assert ids(load(desk / "junta.yaml")) == {"junta", "base"}


def test_json_lines_are_a_desk(tmp_path: Path) -> None:
    path = tmp_path / "rules.jsonl"
    lines = [{"id": "a", "query": "coup"}, {"id": "b", "terms": ["junta"], "severity": "high"}]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    loaded = load(path)
    assert loaded.problems == ()
    assert ids(loaded) == {"a", "b"}
    assert ids(load(path, last_good=loaded.sources)) == {"a", "b"}


def test_the_built_in_entities_as_json_are_those_of_the_gazetteer() -> None:
    from importlib.resources import files

    shipped = files("monitor.rules").joinpath(builtin.SNAPSHOT).read_text("utf-8")
    assert shipped == builtin.snapshot(), "run: python tools/generate.py"
    assert builtin._from_snapshot(shipped, "another gazetteer") is None


def test_the_russian_words_that_are_shipped_are_those_of_the_dictionaries() -> None:
    from importlib.resources import files

    from monitor.rules.inflection import slavic

    shipped = files("monitor.rules.inflection").joinpath(slavic.SHIPPED).read_text("utf-8")
    words = [word for word in json.loads(shipped) if word]
    assert shipped == slavic.shipped_words(words), "run: python tools/generate.py"
    assert all(slavic.russian(word) == slavic._read(word) for word in words)


def test_thousands_of_rules_load_in_seconds(tmp_path: Path) -> None:
    path = tmp_path / "rules.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": f"r{i}", "query": f"(coup{i} OR junta{i}) AND (@niger OR base{i})"})
            + "\n"
            for i in range(2_000)
        )
    )
    began = time.process_time()
    assert len(load(path).rules) == 2_000
    # Half a second on an idle core; anything quadratic takes minutes.
    assert time.process_time() - began < 10


@pytest.mark.parametrize("query", ["coup and junta", "@niger", "'coup"])
def test_one_broken_rule_leaves_the_other_999_running(tmp_path: Path, query: str) -> None:
    """Whether the query is wrong, or the YAML around it so that the file cannot be read whole."""
    lines = [f"  - id: r{i}\n    query: coup{i}\n    tests: {{}}\n" for i in range(1_000)]
    lines[500] = f"  - id: r500\n    query: {query}\n    tests: {{}}\n"
    (tmp_path / "many.yaml").write_text("rules:\n" + "".join(lines))
    loaded = load(tmp_path)
    assert len(loaded.rules) == 999
    (problem,) = loaded.problems
    assert (problem.line, problem.rule) == (1_503, "r500")
    assert fires(loaded, "coup1, coup500 and coup999") == ["r1", "r999"]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"  - {{id: r{i}, query: coup and junta, tests: {{}}}}\n" for i in range(50)),
        "".join(f"  - {{id: r{i}, query: @niger, tests: {{}}}}\n" for i in range(50)),
        "".join(f"  - {{id: r{i}, querry: coup, tests: {{}}}}\n" for i in range(50)),
        "  - id: r\n    tests: {}\n    query: |\n" + "      coup and\n" * 50 + "      junta\n",
        "  - id: r\n    tests: {}\n    entities:\n" + "      - atlantis\n" * 50,
    ],
)
def test_a_file_of_fifty_errors_tells_fifty_places(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text("rules:\n" + text)
    places = [(p.line, p.column) for p in load(tmp_path).errors]
    assert len(places) == len(set(places)) == 50


def test_a_piece_that_cannot_be_read_keeps_only_its_own_last_good_version(desk: Path) -> None:
    good = load(desk).sources
    bad = JUNTA.replace("query: junta", "query: @junta").replace("query: base", "query: camp")
    loaded = reload(desk, "junta.yaml", bad, good)
    assert fires(loaded, "junta at the base, and a camp") == ["base", "junta"]
    assert loaded.kept == {"junta": "it has errors"}


@pytest.mark.parametrize("text", ["[" * 50, "{a: b", "- @x\n", "x\ny: [", "---\n@", "\0"])
def test_a_file_without_pieces_is_refused_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    loaded = load(tmp_path)
    assert loaded.rules == ()
    assert len(loaded.errors) == 1


def test_pieces_of_a_file_share_their_anchors(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "rules:\n  - &one {id: a, query: coup, tests: {}}\n  - {id: b, query: @x}\n"
        "  - {<<: *one, id: c}\n"
    )
    loaded = load(tmp_path)
    assert ids(loaded) == {"a", "c"}
    assert [p.line for p in loaded.problems] == [3]


def test_thousands_of_unknown_names_are_told_soon(tmp_path: Path) -> None:
    path = tmp_path / "rules.jsonl"
    path.write_text("".join(f'{{"id": "r{i}", "query": "@entity{i}x"}}\n' for i in range(2_000)))
    began = time.process_time()
    assert len(load(path).errors) == 2_000
    assert time.process_time() - began < 10
