"""The generated documentation says what the program does."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from monitor import metrics
from monitor.config import schema
from monitor.config.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tools_docs", ROOT / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tools_docs"] = module
    spec.loader.exec_module(module)
    return module


def test_no_generated_page_is_stale(docs: ModuleType) -> None:
    stale = [page.name for page in docs.stale()]
    assert stale == [], "run: python tools/docs.py"


def test_every_key_of_the_configuration_is_documented(docs: ModuleType) -> None:
    page = docs.configuration()
    parts = {key for key, field in schema.keys(Settings).items() if schema.section(field)}
    for path in schema.paths({"feeds": [{"name": "n"}], "channels": {"c": {}}}):
        key = str(path[-1])
        if path == (key,) and key in parts:
            assert f"## `[{key}]`" in page
        elif path not in {("feeds",), ("channels",)} and key != "type":
            assert f"| `{key}` |" in page, path


def test_every_metric_and_every_log_event_is_documented(docs: ModuleType) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for metric in metrics.describe():
        assert f"| `{metric.name}` |" in page
    for event in docs.events():
        assert f"| `{event.name}` |" in page


def test_log_events_are_constant_dotted_names(docs: ModuleType) -> None:
    for event in docs.events():
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", event.name), event


def test_a_log_event_that_is_no_constant_is_refused(docs: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text('log.info(f"feed.{what}", url=1)\n')
    with pytest.raises(ValueError, match=r"bad\.py:1"):
        docs.events(tmp_path)


def test_a_page_without_its_marks_is_refused(docs: ModuleType) -> None:
    with pytest.raises(ValueError, match="marks"):
        docs.marked("no marks here", "metrics", "table")
