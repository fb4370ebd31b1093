"""Writes the generated documentation: docs/configuration.md, and the marked parts of others.

    python tools/docs.py            write
    python tools/docs.py --check    only say what is stale (exit 1)

The sources are the models of the configuration, the metrics and the log calls in the code, so that
the pages cannot tell anything else than the program does.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from monitor import metrics
from monitor.config import schema, values
from monitor.config.entries import CHANNEL_TYPES, ChannelBase, FeedEntry
from monitor.config.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
LEVELS = ("debug", "info", "warning", "error", "exception", "critical")
_TIMES = {timedelta: "duration", time: "time of day", Path: "path", bool: "true/false"}


# --- the configuration ---


def configuration() -> str:
    """docs/configuration.md."""
    parts = [INTRODUCTION]
    parts.append(f"## At the top of the file\n\n{_keys(Settings, (), top=True)}")
    for key, field in schema.keys(Settings).items():
        inner = schema.section(field)
        if inner is not None:
            parts.append(f"## `[{key}]`\n\n{_doc(inner)}\n\n{_keys(inner, (key,))}")
    parts.append(f"## `[[feeds]]`\n\n{FEEDS}\n\n{_keys(FeedEntry, ('feeds', 'NAME'))}")
    parts.append(f"## `[channels.NAME]`\n\n{CHANNELS}\n\n### Every kind\n")
    parts[-1] += f"\n{_keys(ChannelBase, ('channels', 'NAME'))}"
    for name, model in CHANNEL_TYPES.items():
        own = [k for k in schema.keys(model) if k not in schema.keys(ChannelBase) and k != "type"]
        table = _keys(model, ("channels", "NAME"), only=own) if own else "No further keys."
        parts.append(f'### `type = "{name}"`\n\n{_doc(model)}\n\n{table}')
    parts.append(ENDING)
    return "\n\n".join(parts) + "\n"


def _doc(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def _keys(
    model: type[BaseModel],
    path: tuple[str, ...],
    *,
    top: bool = False,
    only: list[str] | None = None,
) -> str:
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for key, field in schema.keys(model).items():
        if (only is not None and key not in only) or (top and _is_part(field)):
            continue
        meaning = (field.description or "").replace("|", "\\|")
        if schema.is_secret(field):
            meaning += f" Variable: `{schema.variable((*path, key))}`."
        rows.append(f"| `{key}` | {_type_of(field)} | {_default(field)} | {meaning} |")
    return "\n".join(rows)


def _is_part(field: FieldInfo) -> bool:
    return schema.section(field) is not None or field.annotation in (
        Settings.model_fields["feeds"].annotation,
        Settings.model_fields["channels"].annotation,
    )


def _type_of(field: FieldInfo) -> str:
    """The type in the words of somebody who writes the file."""
    return _title(field.metadata) or _type(field.annotation)


def _title(metadata: Iterable[Any]) -> str:
    """What ``WithJsonSchema`` calls a type of ``values``."""
    written = (getattr(extra, "json_schema", None) for extra in metadata)
    return next((str(w["title"]) for w in written if isinstance(w, dict) and "title" in w), "")


def _type(annotation: Any) -> str:
    if hasattr(annotation, "__metadata__"):
        return _title(annotation.__metadata__) or _type(annotation.__origin__)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _type(next(a for a in args if a is not NoneType))
    if origin is Literal:
        return " or ".join(f'`"{a}"`' for a in args)
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if origin is dict:
        return "table"
    if annotation is SecretStr:
        return "text (secret)"
    names = {**_TIMES, int: "number", str: "text"}
    return names.get(annotation, getattr(annotation, "__name__", "text"))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if value is PydanticUndefined or value in (None, (), ""):
        return '`""`' if value == "" else "–"
    if isinstance(value, timedelta):
        return f'`"{values.format_duration(value)}"`'
    if isinstance(value, SecretStr):
        return f'`"{value.get_secret_value()}"`'
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int) and _type_of(field) == "size":
        return f'`"{values.format_size(value)}"`'
    return f"`{value}`" if isinstance(value, int) else f'`"{value}"`'


# --- metrics and events ---


def metrics_table() -> str:
    """Every metric with kind, labels and meaning."""
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for m in metrics.describe():
        labels = ", ".join(f"`{label}`" for label in m.labels) or "–"
        rows.append(f"| `{m.name}` | {m.kind} | {labels} | {m.help} |")
    return "\n".join(rows)


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One log call: its constant name, level and fields."""

    name: str
    level: str
    fields: tuple[str, ...]
    place: str


def events(package: Path = ROOT / "monitor") -> list[Event]:
    """Every call of ``log.<level>("name", …)`` in the code. Raises ValueError for one whose name
    is not a constant."""
    found = {e for file in sorted(package.rglob("*.py")) for e in _events_of(file)}
    return sorted(found)


def _events_of(file: Path) -> Iterator[Event]:
    place = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr not in LEVELS or not _is_log(node.func.value):
            continue
        first = node.args[0] if node.args else None
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            raise ValueError(f"{place}:{node.lineno}: the name of a log event must be a constant")
        level = "error" if node.func.attr == "exception" else node.func.attr
        fields = tuple(k.arg for k in node.keywords if k.arg and k.arg != "exc_info")
        yield Event(first.value, level, fields, place)


def _is_log(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("log", "logger", "_log")


def events_table() -> str:
    """Every event, its levels and fields."""
    rows = ["| event | level | fields |", "|---|---|---|"]
    merged: dict[str, tuple[set[str], dict[str, None]]] = {}
    for event in events():
        levels, fields = merged.setdefault(event.name, (set(), {}))
        levels.add(event.level)
        fields.update(dict.fromkeys(event.fields))
    for name, (levels, fields) in sorted(merged.items()):
        shown = ", ".join(f"`{f}`" for f in fields) or "–"
        rows.append(f"| `{name}` | {', '.join(sorted(levels, key=LEVELS.index))} | {shown} |")
    return "\n".join(rows)


# --- writing ---


def pages() -> dict[Path, str]:
    """Every page as it should be. A page that only has marked parts must exist already."""
    operations = ROOT / "docs" / "operations.md"
    made = {ROOT / "docs" / "configuration.md": configuration()}
    if operations.exists():
        text = operations.read_text(encoding="utf-8")
        text = marked(text, "metrics", metrics_table())
        made[operations] = marked(text, "events", events_table())
    return made


def marked(text: str, name: str, table: str) -> str:
    """``text`` with what stands between ``<!-- name: generated -->`` and its end replaced."""
    pattern = rf"(<!-- {name}: generated[^>]*-->\n).*?(<!-- {name}: end -->)"
    if not re.search(pattern, text, re.DOTALL):
        raise ValueError(f"the marks of the generated part {name!r} are missing")
    return re.sub(pattern, lambda m: f"{m[1]}\n{table}\n\n{m[2]}", text, flags=re.DOTALL)


def stale() -> list[Path]:
    """The pages that are not as they should be."""
    return [
        page
        for page, text in pages().items()
        if not page.exists() or page.read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        for page in stale():
            sys.stderr.write(f"{page.relative_to(ROOT)} is stale: run python tools/docs.py\n")
        return 1 if stale() else 0
    for page, text in pages().items():
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")
    return 0


INTRODUCTION = """\
# Configuration

<!-- Generated by tools/docs.py from the code: change the models, not this page. -->

One file, `config.toml`; another with `-c FILE` or `MONITOR_CONFIG`. `config.example.toml` is a
complete one that runs as it is. `monitor check` names every fault at once, with its place.

**Where values come from**, the strongest first:

1. environment variables: `MONITOR_` and the key, tables separated by `__`:
   `MONITOR_TIMEZONE`, `MONITOR_POLLING__INTERVAL`, `MONITOR_CHANNELS__DUTY__PASSWORD`. Lists are
   items with commas between (`MONITOR_ALERTS__DEFAULT_CHANNELS=desk,duty`) or JSON. A channel or
   feed is named with letters, digits and `_`: the feed "AllAfrica: Niger" is
   `MONITOR_FEEDS__ALLAFRICA_NIGER__PASSWORD`. An unknown `MONITOR_A__B` is an error; an unknown
   `MONITOR_X` only a warning, since Kubernetes sets such variables by itself;
2. secret files: files named after the key, `channels__duty__password` or `database`, in
   `/run/secrets` or in the directory that `MONITOR_SECRETS_DIR` names. Other files there are
   ignored;
3. the TOML file.

**How values are written.** Durations are text with a unit: `"30s"`, `"10m"`, `"24h"`, `"2 days"`,
`"1h 30m"`. Sizes are `"10MB"`, `"512KiB"` or a number of bytes. Times of day are `"07:00"`, spans
`"22:00-06:00"`. Relative paths count from the file's own directory. Where a list is wanted, one
text is a list of one.

**Secrets** (marked so below) are never logged, shown or quoted in an error.

`monitor run` reads the file again when it changes or on SIGHUP. A file with errors changes nothing:
the daemon goes on with what it has, and the operator is told."""

FEEDS = """\
One table for each feed. The `name` is its identity: what was seen of a feed is kept under it, also
when its URL changes. Lists of feeds from a feed reader go into `opml`."""

CHANNELS = """\
One table for each channel, with a name of your own; rules name it in `notify`. A channel `console`
is there without a table when `default_channels` is unset or a key of this file names it.
`monitor channels test NAME` sends a test message."""

ENDING = """\
## Two variables more

| variable | meaning |
|---|---|
| `MONITOR_CONFIG` | The configuration file, where `-c` does not name one. |
| `MONITOR_SECRETS_DIR` | The directory of the secret files, instead of `/run/secrets`. |"""

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
