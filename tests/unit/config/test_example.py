"""The example runs as it is, and everything in it that is commented out would too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.config import load, schema
from monitor.config.entries import CHANNEL_TYPES, FeedEntry
from monitor.config.settings import Settings
from monitor.model import ConsoleTarget
from tests.unit.config.conftest import Read

EXAMPLE = Path(__file__).parents[3] / "config.example.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
TABLES = re.findall(r"(?m)(^# \[channels\..*\n(?:# \S.*\n)+)", TEXT)


def test_the_example_is_valid_without_a_warning(tmp_path: Path) -> None:
    settings = load(EXAMPLE, environ={}, secrets_dir=tmp_path)
    assert settings.warnings == ()
    assert [c.target for c in settings.channel_list()] == [ConsoleTarget()]
    feeds = settings.feed_list()
    assert len(feeds) >= 20
    assert {"en", "fr", "ar", "ru", "de"} <= {f.lang for f in feeds}
    assert all(f.url.startswith("https://") for f in feeds)


def test_every_kind_of_channel_has_an_example() -> None:
    kinds = set(re.findall(r'(?m)^#? ?type = "(\w+)"', TEXT))
    assert kinds == set(CHANNEL_TYPES)


@pytest.mark.parametrize("table", TABLES)
def test_each_channel_that_is_commented_out_parses(read: Read, table: str) -> None:
    text = re.sub(r"(?m)^# ", "", table)
    name = text[len("[channels.") :].partition("]")[0]
    settings = read(f'{text}\n[alerts]\ndefault_channels = ["{name}"]')
    assert settings.warnings == ()
    assert settings.channel_list()[0].name == name


def test_each_key_that_is_commented_out_parses(tmp_path: Path) -> None:
    before_channels = TEXT.partition("# --- channels")[0]
    text = re.sub(r"(?m)^# (?=\w+ *= )", "", before_channels).replace('["duty"]', '["console"]')
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    (tmp_path / "templates").mkdir()
    (tmp_path / "feeds.opml").touch()
    settings = load(tmp_path / "c.toml", environ={}, secrets_dir=tmp_path)
    assert settings.polling.user_agent
    assert settings.log.format == "json"


def test_every_key_is_in_the_example() -> None:
    for table, field in schema.keys(Settings).items():
        model = schema.section(field)
        for key in schema.keys(model) if model else [table]:
            assert re.search(rf"\b{key}\b", TEXT), f"{table}.{key}"
    for key in schema.keys(FeedEntry):
        assert re.search(rf"\b{key}\b", TEXT), key
