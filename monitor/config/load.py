"""Reading the configuration: files and environment in, ``Settings`` or every fault at once out.

Whatever pydantic and tomllib find wrong is translated here into Problems with a place in the file
(or the name of the variable or secret file it came from). No value of a secret, and none that
could be one, gets into a message or a quoted line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from monitor.config import checks, schema, sources
from monitor.config.entries import CHANNEL_TYPES
from monitor.config.places import KeyPath, Place, locate
from monitor.config.settings import Settings
from monitor.errors import ConfigError, Problem, ProblemLevel

SECRETS_DIR: Final = Path("/run/secrets")
"""Where Docker and Kubernetes put secret files; ``MONITOR_SECRETS_DIR`` says otherwise."""

_TOML_PLACE: Final = re.compile(r" \((?:at line (\d+), column (\d+)|at end of document)\)$")
_MESSAGES: Final = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": 'must be text, in quotes: "…"',
    "path_type": "must be a path, in quotes",
    "tuple_type": "must be a list: […]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "union_tag_not_found": "says no type",
}


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    secrets_dir: Path | None = None,
    init: Mapping[str, Any] | None = None,
) -> Settings:
    """Read ``path`` and what lies over it: ``init`` > environment > secret files > the file.

    ``secrets_dir`` defaults to ``MONITOR_SECRETS_DIR``, else /run/secrets where there is one.
    Warnings are on the settings; any error raises ConfigError with all the errors and warnings.
    """
    text = _read(path)
    file = _File(path, text, _parse(path, text))
    chosen = secrets_dir or (Path(d) if (d := environ.get("MONITOR_SECRETS_DIR")) else None)
    secrets = sources.secret_files(chosen or SECRETS_DIR, file.data, required=chosen is not None)
    below = sources.merge(secrets.data, file.data)
    env = sources.environment(environ, below)
    given = sources.Source(init)
    merged = sources.merge(given.data, sources.merge(env.data, below))
    book = _Book(file, merged, (env.origins, secrets.origins))
    problems = [*env.problems, *secrets.problems]
    settings: Settings | None = None
    try:
        layers = (given, env, secrets, sources.Source(file.data))
        prepared: dict[str, Any] = {"_build_sources": (layers, {})}
        settings = Settings(**prepared)
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False)
        for detail in _told_once(details):
            at_key = detail["type"] in ("extra_forbidden", "missing")
            problems.append(book.problem(*_reading(detail, merged), key=at_key))
    placed = None if settings is None else settings.placed(path, book.problem)
    found = checks.across(merged) + (checks.odd(placed) if placed else [])
    problems += [book.problem(f.path, f.message, f.hint, f.level, key=f.key) for f in found]
    problems.sort(key=lambda p: (p.file != str(path), p.line, p.column))
    if placed is None or any(p.level is ProblemLevel.ERROR for p in problems):
        raise ConfigError(problems)
    return placed.warned(problems)


# --- the file ------------------------------------------------------------------------------------


class _File:
    """The TOML file: its data, lines and places."""

    def __init__(self, path: Path, text: str, data: dict[str, Any]) -> None:
        self.path = path
        self.data = data
        self.text = text
        self.lines = text.split("\n")
        self.places: Mapping[KeyPath, Place] = locate(text)


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        hint = (
            "copy config.example.toml to that name, or say where yours is: "
            "--config FILE or MONITOR_CONFIG"
        )
        raise ConfigError([Problem(str(path), 0, 0, "there is no such file", hint)]) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigError([Problem(str(path), 0, 0, f"cannot be read: {why}")]) from error
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig", "replace")
        line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
        problem = Problem(str(path), line, column, "not UTF-8", "save the file as UTF-8")
        raise ConfigError([problem]) from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "cannot be read"
        at = _TOML_PLACE.search(message)
        lines = text.split("\n")
        line, column = 0, 0
        if at is not None:
            end = len(text.rstrip().split("\n"))
            line = int(at[1]) if at[1] else end
            column = int(at[2]) if at[2] else len(lines[end - 1]) + 1
            message = message[: at.start()]
        source = _veiled(lines[line - 1]) if line else ""
        problem = Problem(str(path), line, column, f"not TOML: {_lower(message)}", source=source)
        raise ConfigError([problem]) from None


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


_SHOWN_KEYS: Final = frozenset(
    {"timezone", "rules", "interval", "concurrency", "name", "lang", "type", "host", "port", "from"}
    | {"to", "level", "format", "default_channels", "operator_channels", "tags", "full_text"}
)


def _veiled(line: str) -> str:
    """A line of a file that is not TOML: nobody knows what in it is secret, so only its shape."""
    key, equals, _ = line.partition("=")
    if key.strip().strip("\"'") in _SHOWN_KEYS and "{" not in line and ";" not in line:
        return line
    if line.lstrip().startswith(("[", "#")):
        return line
    start = len(key) + 1 if equals and re.fullmatch(r"[\w\s.\"'-]+", key) else 0
    return line[:start] + re.sub(r"[^\s\"'=\[\]{},#]", "*", line[start:])


# --- telling -------------------------------------------------------------------------------------


class _Book:
    """Finds where a key was set, and quotes that line without its secrets."""

    def __init__(
        self,
        file: _File,
        merged: Mapping[str, Any],
        origins: tuple[Mapping[KeyPath, str], ...],
    ) -> None:
        self._file = file
        self._merged = merged
        self._origins = origins

    def problem(
        self,
        path: KeyPath,
        message: str,
        hint: str = "",
        level: ProblemLevel = ProblemLevel.ERROR,
        *,
        key: bool = False,
    ) -> Problem:
        """A Problem at ``path``: at its value, or with ``key`` at the key itself."""
        for origins in self._origins:
            for end in range(len(path), 0, -1):
                if origin := origins.get(path[:end]):
                    return Problem(origin, 0, 0, message, hint, level=level)
        return self._in_file(path, message, hint, level, key)

    def _in_file(
        self, path: KeyPath, message: str, hint: str, level: ProblemLevel, key: bool
    ) -> Problem:
        places = self._file.places
        found = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in places), None)
        if found is None:
            return Problem(str(self._file.path), 0, 0, message, hint, level=level)
        place = places[found]
        at_key = key or found != path
        line, column, width = (
            (place.line, place.column, place.width)
            if at_key
            else (place.value_line, place.value_column, place.value_width)
        )
        source = self._quoted(line)
        return Problem(
            file=str(self._file.path),
            line=line,
            column=column,
            message=message,
            hint=hint,
            source=source,
            width=max(1, min(width, len(source) - column + 1)),
            level=level,
        )

    def _quoted(self, line: int) -> str:
        """The line, every value that may be secret starred out at its full width."""
        shown = list(self._file.lines[line - 1])
        for first, last in self._veils.get(line, ()):
            shown[first:last] = "*" * (min(last, len(shown)) - first)
        return re.sub(r"\*{3,}$", "***", "".join(shown))

    @cached_property
    def _veils(self) -> Mapping[int, list[tuple[int, int]]]:
        """By line, the columns (from 0) of values that may be secret."""
        veils: dict[int, list[tuple[int, int]]] = {}
        for path, place in self._file.places.items():
            if self._is_leaf(path) and not schema.may_show(path, self._merged):
                text = self._file.text[place.value_at : place.value_end]
                for n, part in enumerate(text.split("\n")):
                    first = place.value_column - 1 if n == 0 else 0
                    veils.setdefault(place.value_line + n, []).append((first, first + len(part)))
        return veils

    def _is_leaf(self, path: KeyPath) -> bool:
        value: Any = self._file.data
        for part in path:
            value = value[part]
        return not isinstance(value, dict | list)


def _told_once(details: list[ErrorDetails]) -> Iterable[ErrorDetails]:
    seen: set[tuple[object, ...]] = set()
    for detail in details:
        mark = (*detail["loc"], detail["type"])
        if mark not in seen:
            seen.add(mark)
            yield detail


def _reading(detail: ErrorDetails, merged: Mapping[str, Any]) -> tuple[KeyPath, str, str]:
    """pydantic's error as path, message and hint."""
    path = _path(detail["loc"])
    name, kind, context = str(path[-1]) if path else "", detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return path, f'unknown key "{name}"', _nearest_key(path, merged)
    if kind == "missing":
        return path, f'"{name}" is missing', _where_to_set(path, merged)
    if kind == "union_tag_not_found":
        return path, f'channel "{name}" says no type', f"one of {', '.join(CHANNEL_TYPES)}"
    if kind == "union_tag_invalid":
        near = get_close_matches(str(context.get("tag")), CHANNEL_TYPES, n=1)
        hint = f'did you mean "{near[0]}"?' if near else f"one of {', '.join(CHANNEL_TYPES)}"
        return (*path, "type"), "unknown type of channel", hint
    if kind == "literal_error":
        return path, f'"{name}" must be {context.get("expected")}', ""
    if kind == "string_pattern_mismatch":
        return path, f'"{name}" is not written as it should be', _description(path, merged)
    message = _MESSAGES.get(kind) or _lower(detail["msg"].replace("Input should be", "must be"))
    about_table = kind in ("monitor_login", "monitor_slack", "monitor_limits")
    hint = _where_to_set((*path, context["missing"]), merged) if "missing" in context else ""
    return path, message if about_table else f'"{_shown_name(path)}": {message}', hint


def _shown_name(path: KeyPath) -> str:
    return next((str(p) for p in reversed(path) if isinstance(p, str)), "")


def _path(location: tuple[int | str, ...]) -> KeyPath:
    """pydantic puts the type of a channel between its name and its key."""
    path: KeyPath = tuple(location)
    if path[:1] == ("channels",) and len(path) > 2 and path[2] in CHANNEL_TYPES:
        path = (*path[:2], *path[3:])
    return path[:-1] if path[-1:] == ("[key]",) else path


def _description(path: KeyPath, merged: Mapping[str, Any]) -> str:
    field = schema.field_at(path, merged)
    return (field.description or "") if field else ""


def _where_to_set(path: KeyPath, merged: Mapping[str, Any]) -> str:
    field = schema.field_at(path, merged)
    if field is None or not schema.is_secret(field):
        return ""
    variable = schema.variable(path)
    secret = variable.removeprefix("MONITOR_").lower()
    return f"set it here, in {variable} or in the secret file {secret}"


def _nearest_key(path: KeyPath, merged: Mapping[str, Any]) -> str:
    """The key that was meant, here or in another table."""
    name, here = str(path[-1]), schema.keys_at(path[:-1], merged)
    if near := get_close_matches(name.lower().replace("-", "_"), here, n=1, cutoff=0.7):
        return f'did you mean "{near[0]}"?'
    tables = [(str(k), schema.section(f)) for k, f in schema.keys(Settings).items()]
    if len(path) > 1 and name in schema.keys(Settings):
        return f'"{name}" belongs at the top of the file, before the first [table]'
    homes = {key: f"[{table}]" for table, model in tables if model for key in schema.keys(model)}
    if near := get_close_matches(name, homes, n=1, cutoff=0.8):
        return f'"{near[0]}" belongs in {homes[near[0]]}'
    return f"known here: {', '.join(here)}" if here else ""
