"""The file of silences: what it says, what is wrong with it and where."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import silencefile
from monitor.alerts.silences import Known, parse_until
from monitor.errors import ProblemLevel

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NIAMEY = ZoneInfo("Africa/Niamey")
KNOWN = Known(frozenset({"otters"}), frozenset({"niger"}), frozenset({"the paper"}))


def load(folder: Path, text: str) -> silencefile.Loaded:
    file = folder / "silences.yaml"
    file.write_text(text, "utf-8")
    return silencefile.load(file, KNOWN, timezone=NIAMEY, now=NOW)


def test_every_key_is_read(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        """\
silences:
  - {rule: otters, entity: "@niger", source: The Paper, story: 7, until: 2026-12-01 08:00,
     author: amina, comment: fair}
""",
    )
    (silence,) = found.silences
    assert found.problems == ()
    assert silence.conditions == "rule otters, entity @niger, source The Paper, story 7"
    assert silence.until == datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert (silence.author, silence.comment) == ("amina", "fair")
    assert silence.id.endswith("silences.yaml:2")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("silences:\n  - {rule: otters, utnil: x}\n", 2, 'no key "utnil"'),
        ("silences:\n  - {comment: why}\n", 2, "names nothing"),
        ("silences:\n  - {rule: otters, until: soon}\n", 2, "not a time"),
        ("silences:\n  - otters\n", 2, "where a silence must stand"),
        ("silences: x\n", 1, "silences is"),
        ("- a\n", 1, "no silences here"),
        ("silences: [\n", 1, "comma is missing"),
        ("quiet: []\n", 1, 'no key "quiet"'),
    ],
)
def test_a_fault_has_its_place_and_silences_nothing(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    found = load(tmp_path, text)
    assert found.silences == ()
    problem = found.problems[0]
    assert problem.level is ProblemLevel.ERROR
    assert said in problem.message
    assert problem.line == line


def test_a_good_silence_stands_beside_a_bad_one(tmp_path: Path) -> None:
    text = "silences:\n  - {rule: 1 2, x: y}\n  - {rule: otters, until: 2026-12-01}\n"
    assert [s.rule for s in load(tmp_path, text).silences] == ["otters"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{rule: oters, until: 2026-12-01}", "no rule is called oters"),
        ("{entity: nigeria, until: 2026-12-01}", "no entity is called nigeria"),
        ("{source: Nobody, until: 2026-12-01}", "no feed or tag is called Nobody"),
        ("{rule: otters}", "never ends"),
        ("{rule: otters, until: 2026-11-01}", "has ended"),
    ],
)
def test_what_matches_nothing_or_never_ends_is_doubted(
    tmp_path: Path, entry: str, said: str
) -> None:
    (problem,) = load(tmp_path, f"silences:\n  - {entry}\n").problems
    assert problem.level is ProblemLevel.WARNING
    assert said in problem.message


def test_a_domain_may_be_anybodys(tmp_path: Path) -> None:
    assert load(tmp_path, "silences:\n  - {source: tass.com, until: 2026-12-01}\n").problems == ()


def test_no_file_and_an_empty_one_silence_nothing(tmp_path: Path) -> None:
    assert silencefile.load(None, KNOWN, timezone=NIAMEY) == silencefile.Loaded()
    assert load(tmp_path, "# none today\n") == silencefile.Loaded()
    missing = silencefile.load(tmp_path / "no.yaml", KNOWN, timezone=NIAMEY)
    assert "cannot be read" in missing.problems[0].message


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-01 08:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2026-12-01", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01T08:00:00Z", datetime(2026, 12, 1, 8, tzinfo=UTC)),
        ("2026-12-01T08:00:00+02:00", datetime(2026, 12, 1, 6, tzinfo=UTC)),
    ],
)
def test_times_are_the_desks_unless_they_say_otherwise(text: str, moment: datetime) -> None:
    assert parse_until(text, NIAMEY) == moment


@pytest.mark.parametrize("text", ["", "soon", "6h", "2026-13-01", "0001-01-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        parse_until(text, NIAMEY)
