"""Where values come from: environment, secret files, TOML, in that order of strength.

Every source is a pydantic-settings source over plain data it was given (no ``os.environ``), keeps
where each value came from, and collects what it could not place instead of raising. What the
values mean is for the models to judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from monitor.config import schema
from monitor.config.places import KeyPath
from monitor.config.settings import Settings
from monitor.errors import Problem, ProblemLevel

PREFIX: Final = "MONITOR_"
OWN_VARIABLES: Final = frozenset({"MONITOR_CONFIG", "MONITOR_SECRETS_DIR"})
"""Read by the command line and by ``load``; no settings."""

_LARGEST_SECRET: Final = 64 * 1024


class Source(PydanticBaseSettingsSource):
    """Values with their origins; ``problems`` is what could not be placed."""

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(Settings)
        self.data: dict[str, Any] = dict(data or {})
        self.origins: dict[KeyPath, str] = {}
        self.problems: list[Problem] = []

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self.data.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self.data

    def set(self, path: KeyPath, value: Any, origin: str, below: Mapping[str, Any]) -> None:
        """Put one value. A list is replaced as a whole, so it starts from what lies ``below``."""
        if path[0] == "feeds" and len(path) > 1 and "feeds" not in self.data:
            self.data["feeds"] = deepcopy(list(below["feeds"]))
        table: Any = self.data
        for part, below_it in pairwise(path):
            there = table.get(part) if isinstance(table, dict) else table[part]
            if not isinstance(there, list if isinstance(below_it, int) else dict):
                table[part] = {}
            table = table[part]
        table[path[-1]] = value
        self.origins[path] = origin


def merge(strong: Mapping[str, Any], weak: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged, everything else of ``strong`` replaces that of ``weak``."""
    merged = dict(weak)
    for key, value in strong.items():
        below = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = merge(value, below) if both and below is not None else value
    return merged


def environment(environ: Mapping[str, str], below: Mapping[str, Any]) -> Source:
    """``MONITOR_…`` variables. An unknown nested one is an error, an unknown plain one a warning:
    Kubernetes sets ``MONITOR_PORT`` and its like for a service of that name."""
    source = Source()
    named = {n: v for n, v in environ.items() if n.upper().startswith(PREFIX)}
    for name in sorted(named, key=lambda n: (n.count("__"), n)):
        if name.upper() in OWN_VARIABLES:
            continue
        segments = name[len(PREFIX) :].lower().split("__")
        known = merge(source.data, below)
        path = _resolve(segments, known)
        if path is not None:
            _put(source, path, named[name], name, known)
            continue
        nested = len(segments) > 1
        source.problems.append(
            Problem(
                file=name,
                line=0,
                column=0,
                message="unknown variable" if nested else "unknown variable, ignored",
                hint=_nearest_variable(name, known),
                level=ProblemLevel.ERROR if nested else ProblemLevel.WARNING,
            )
        )
    return source


def secret_files(directory: Path, below: Mapping[str, Any], *, required: bool = False) -> Source:
    """``name__nested`` files, an optional ``monitor_`` before the name; the others are not ours."""
    source = Source()
    try:
        files = sorted(directory.iterdir())
    except FileNotFoundError:
        if required:
            source.problems.append(_plain(str(directory), "there is no such secrets directory"))
        return source
    except OSError as error:
        if required or not isinstance(error, NotADirectoryError):
            why = error.strerror or type(error).__name__
            source.problems.append(_plain(str(directory), f"cannot be read: {why}"))
        return source
    for file in files:
        segments = file.name.lower().removeprefix(PREFIX.lower()).split("__")
        known = merge(source.data, below)
        path = _resolve(segments, known)
        if path is None or (len(segments) == 1 and path != ("database",)):
            if len(segments) > 1 and segments[0] in schema.keys(Settings):
                hint = _nearest_variable(PREFIX + file.name.upper(), known)
                hint = hint.replace(PREFIX, "").lower()
                source.problems.append(
                    _plain(str(file), "unknown key, ignored", ProblemLevel.WARNING, hint)
                )
            continue
        if not file.is_file():
            continue
        try:
            if file.stat().st_size > _LARGEST_SECRET:
                raise ValueError("too large for a secret")
            text = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else None
            message = f"cannot be read: {said or 'not a small text in UTF-8'}"
            source.problems.append(_plain(str(file), message))
            continue
        _put(source, path, text, str(file), known)
    return source


def _plain(
    file: str, message: str, level: ProblemLevel = ProblemLevel.ERROR, hint: str = ""
) -> Problem:
    return Problem(file=file, line=0, column=0, message=message, hint=hint, level=level)


def _put(source: Source, path: KeyPath, text: str, origin: str, known: Mapping[str, Any]) -> None:
    """Lists and tables are JSON, or a list is its items with commas between."""
    exact = schema.keys_at(path[:-1], known).get(str(path[-1]))
    value: Any = text
    if exact is not None and (
        schema.is_list(exact) or schema.is_table(exact) or schema.section(exact)
    ):
        if text.lstrip()[:1] in ("[", "{"):
            try:
                value = json.loads(text)
            except ValueError:
                source.problems.append(_plain(origin, "not valid JSON"))
                return
        elif schema.is_list(exact) and path != ("feeds",):
            value = [part.strip() for part in text.split(",") if part.strip()]
    source.set(path, value, origin, known)


def _resolve(segments: list[str], data: Mapping[str, Any]) -> KeyPath | None:
    """The key path that lower-case ``segments`` mean; None when there is none."""
    first = schema.keys(Settings).get(segments[0])
    if first is None or not all(segments):
        return None
    if len(segments) == 1:
        return (segments[0],)
    path: KeyPath | None = (segments[0],)
    rest = segments[1:]
    if segments[0] == "channels":
        path = ("channels", _own_name(rest.pop(0), data.get("channels")))
    elif segments[0] == "feeds":
        path = _feed(rest.pop(0), data)
    if path is None or not rest or rest[0] not in schema.keys_at(path, data):
        return None
    if len(rest) == 1:
        return (*path, rest[0])
    if rest[0] == "headers" and len(rest) == 2:
        return (*path, "headers", rest[1].replace("_", "-"))
    return None


def _own_name(segment: str, names: object) -> str:
    """The name in use that the segment means: ``ops_desk`` for "Ops-Desk"; else the segment."""
    in_use: Iterable[Any] = names if isinstance(names, Mapping) else ()
    return next((str(n) for n in in_use if schema.slug(str(n)) == schema.slug(segment)), segment)


def _feed(segment: str, data: Mapping[str, Any]) -> KeyPath | None:
    """A feed by its name, or by its position from 0."""
    names = [schema.slug(n) for n in schema.feed_names(data)]
    if schema.slug(segment) in names:
        return ("feeds", names.index(schema.slug(segment)))
    if segment.isdecimal() and int(segment) < len(names):
        return ("feeds", int(segment))
    return None


def _nearest_variable(name: str, data: Mapping[str, Any]) -> str:
    known = {schema.variable(p) for p in schema.paths(data)} | OWN_VARIABLES
    flat = {v.replace("__", "_"): v for v in known}
    near = get_close_matches(name.upper().replace("__", "_"), flat, n=1, cutoff=0.8)
    return f"did you mean {flat[near[0]]}?" if near else ""
