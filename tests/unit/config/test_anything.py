"""Whatever stands in file and environment: settings or a ConfigError, and no secret is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import load, schema
from monitor.config.entries import CHANNEL_TYPES, FeedEntry
from monitor.config.settings import Settings
from monitor.errors import ConfigError

SECRET = "hunter2hunter2"

_values = st.sampled_from(
    [
        "1",
        "-1",
        "true",
        "1.5",
        "nan",
        '""',
        "[]",
        "{}",
        "[1]",
        '["a",2]',
        '{a="b"}',
        "07:00:00",
        "1979-05-27",
        "[[[[]]]]",
        '"10m"',
        '"10MB"',
        '"xyz"',
        '"console"',
        '"a@b.org"',
        '"https://example.org/"',
        '"{x}"',
        '"22:00-06:00"',
        '"sqlite:///x"',
        '"\\u0000"',
    ]
)
_anywhere = {k for m in (*CHANNEL_TYPES.values(), FeedEntry) for k in schema.keys(m)}
_names = st.sampled_from(sorted(_anywhere | {*schema.keys(Settings), "type", "unknown", "a b"}))
_headers = st.sampled_from(
    [
        "[[feeds]]",
        "[polling]",
        "[alerts]",
        "[service]",
        "[log]",
        "[retention]",
        "[channels]",
        "[channels.desk]",
        "[feeds]",
        "[unknown.deep]",
    ]
)
_kinds = st.sampled_from([*CHANNEL_TYPES, "slak"])
_secret_keys = st.sampled_from(["password", "token", "webhook", "pasword", "proxy", "headers"])


@st.composite
def tables(draw: st.DrawFn) -> str:
    """A table that may or may not be right, with the secret somewhere in it."""
    header = draw(_headers)
    pairs = draw(st.dictionaries(_names, _values, max_size=5))
    if header == "[channels.desk]" and draw(st.booleans()):
        pairs["type"] = f'"{draw(_kinds)}"'
    lines = [f'"{key}" = {value}' for key, value in pairs.items()]
    if (key := draw(_secret_keys)) not in pairs:
        lines.append(draw(st.sampled_from([f'{key} = "{SECRET}"', f'{key}.x = ["{SECRET}"]'])))
    return "\n".join([header, *lines])


_variables = st.dictionaries(
    st.sampled_from(
        [
            "MONITOR_FEEDS",
            "MONITOR_CHANNELS",
            "MONITOR_POLLING",
            "MONITOR_FEEDS__0__URL",
            "MONITOR_OPML",
            "MONITOR_CHANNELS__DESK__TYPE",
            "MONITOR_CHANNELS__DESK__TOKEN",
            "MONITOR_CHANNELS__DESK__TO",
            "MONITOR_FEEDS__0__HEADERS__X",
            "MONITOR_LOG__LEVEL",
        ]
    ),
    st.sampled_from(
        ["", "1", "[]", "{}", "[1]", '{"desk": 1}', "console", SECRET, f'["{SECRET}"]']
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("anything")


@settings(max_examples=300, deadline=None)
@given(st.lists(tables(), max_size=4).map("\n".join), _variables)
def test_it_is_settings_or_an_error_of_ours_without_a_secret(
    folder: Path, text: str, environ: dict[str, str]
) -> None:
    path = folder / "c.toml"
    path.write_text(text, encoding="utf-8")
    try:
        told = load(path, environ=environ, secrets_dir=folder).warnings
    except ConfigError as error:
        told = error.problems
    assert SECRET not in repr(told)
    for problem in told:
        if problem.source:
            assert problem.source[problem.column - 1 :][: problem.width]
