"""``monitor stories``: lines of articles in, lines of stories out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from monitor.cli import main

TEXT = (
    "The two movements signed a truce in Kidal on Friday after nine days of talks led by the "
    "governor of the region, Moussa Diarra, and the elders of the Kel Adagh."
)


def run(tmp_path: Path, lines: list[Any], *, code: int = 0) -> list[dict[str, Any]]:
    path = tmp_path / "articles.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    done = CliRunner().invoke(main.app, ["stories", str(path)])
    assert done.exit_code == code, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def line(id: object, title: str, text: str = TEXT, **more: object) -> dict[str, object]:
    return {"id": id, "title": title, "text": text, **more}


def test_a_copy_joins_quietly_and_another_event_opens_a_story(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        [
            line(1, "Truce signed at Kidal"),
            line(2, "Kidal: a truce after nine days", f"{TEXT} Subscribe to our newsletter."),
            line("c", "Cotton harvest sets a record", "Farmers in Sikasso weighed more than ever."),
        ],
    )
    assert [(f["id"], f["new"], f["alert"]) for f in found] == [
        (1, True, True), (2, False, False), ("c", True, True),
    ]  # fmt: skip
    assert found[0]["story"] == found[1]["story"] != found[2]["story"]
    assert all(f["reason"] for f in found)


def test_a_known_url_is_a_version_and_alerts_for_news_alone(tmp_path: Path) -> None:
    url = "https://fleuve.example/kidal"
    found = run(
        tmp_path,
        [
            line(1, "Truce signed at Kidal", url=url),
            line(2, "Truce signed at Kidal, elders say", url=f"{url}?utm_source=x"),
            line(3, "Movement denies truce at Kidal", f"{TEXT} One side denied it.", url=url),
        ],
    )
    assert [(f["story"], f["new"], f["alert"]) for f in found] == [
        (found[0]["story"], True, True),
        (found[0]["story"], False, False),
        (found[0]["story"], False, True),
    ]
    assert "denies" in found[2]["reason"]


def test_a_story_ends_with_its_window(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        [
            line(1, "Truce signed at Kidal", published="2026-03-01"),
            line(2, "Truce at Kidal", published="2026-03-10T08:00:00Z"),
            line(3, "Kidal and its truce", published="2026-04-05"),
        ],
    )
    assert [f["new"] for f in found] == [True, False, True]


def test_a_malformed_line_is_told_in_its_place(tmp_path: Path) -> None:
    found = run(
        tmp_path, [line(1, "Truce"), {"id": 2, "title": "no text"}, line(3, "Truce")], code=1
    )
    assert found[1] == {"line": 2, "error": "text is missing"}
    assert [f.get("id") for f in found] == [1, None, 3]
