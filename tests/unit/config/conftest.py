"""A configuration from a text, away from the machine's own environment and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from monitor.config import Settings, load
from monitor.errors import ConfigError, Problem


class Read(Protocol):
    def __call__(
        self,
        text: str,
        environ: Mapping[str, str] = ...,
        secrets: Mapping[str, str] = ...,
        init: Mapping[str, Any] | None = None,
    ) -> Settings: ...


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes the text to ``tmp_path / "config.toml"`` and loads it."""

    def read(
        text: str,
        environ: Mapping[str, str] = {},
        secrets: Mapping[str, str] = {},
        init: Mapping[str, Any] | None = None,
    ) -> Settings:
        path, folder = tmp_path / "config.toml", tmp_path / "secrets"
        path.write_text(text, encoding="utf-8")
        folder.mkdir(exist_ok=True)
        for name, value in secrets.items():
            (folder / name).write_text(value, encoding="utf-8")
        try:
            return load(path, environ=environ, secrets_dir=folder, init=init)
        finally:
            for name in secrets:
                (folder / name).unlink()

    return read


class Faults(Protocol):
    def __call__(
        self, text: str, environ: Mapping[str, str] = ..., secrets: Mapping[str, str] = ...
    ) -> list[Problem]: ...


@pytest.fixture
def faults(read: Read) -> Faults:
    """The problems of a configuration that must have some."""

    def faults(
        text: str, environ: Mapping[str, str] = {}, secrets: Mapping[str, str] = {}
    ) -> list[Problem]:
        with pytest.raises(ConfigError) as caught:
            read(text, environ, secrets)
        return list(caught.value.problems)

    return faults


def at(problem: Problem) -> tuple[str, int, int]:
    """The place, with the file's name alone."""
    return Path(problem.file).name, problem.line, problem.column


def marked(problem: Problem) -> str:
    """What the caret stands under."""
    return problem.source[problem.column - 1 :][: problem.width]
