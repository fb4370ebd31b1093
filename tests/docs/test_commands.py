"""Commands and options that the pages name exist, and those that exist are named."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.main import COMMANDS, load_command
from tests.docs.pages import PAGES, ROOT, blocks, commands, inline, name

GLOBAL = {"-c", "--config", "--version", "-h", "--help"}
PAGE_NAMES = [p for p in PAGES if p.name != "CHANGELOG.md"]


def tree() -> dict[tuple[str, ...], Any]:
    """Every command of the real program, groups included."""
    found: dict[tuple[str, ...], Any] = {(): None}
    for command in COMMANDS:
        found |= dict(_below((command,), load_command(command)))
    return found


def _below(path: tuple[str, ...], command: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for key, inner in getattr(command, "commands", {}).items():
        yield from _below((*path, key), inner)


TREE = tree()


def fault(line: str) -> str | None:
    """What is wrong with a command line as a page has it."""
    words = shlex.split(re.sub(r"[|<>;&…].*$", "", line).strip())
    path: tuple[str, ...] = ()
    options: set[str] = set(GLOBAL)
    rest = words[words.index("monitor") + 1 :]
    while rest and rest[0] in ("-c", "--config"):
        rest = rest[2:]
    while rest and (*path, rest[0]) in TREE:
        path = (*path, rest.pop(0))
        options |= {o for p in TREE[path].params for o in p.opts}
    group = path == () or hasattr(TREE[path], "commands")
    if group and rest and not rest[0].startswith("-"):
        return f"no command {' '.join((*path, rest[0]))}"
    unknown = [w.partition("=")[0] for w in rest if w.startswith("-") and w != "-"]
    wrong = [o for o in unknown if o not in options]
    return f"{' '.join(path)} has no {', '.join(wrong)}" if wrong else None


def used(lines: Iterable[str]) -> list[str]:
    """The command lines among ``lines`` that are ours."""
    inside = (line.replace("docker compose exec monitor ", "") for line in lines)
    found = (re.search(r"(?:^|[\s/])(monitor [a-z-].*)", line) for line in inside)
    return [m[1] for m in found if m and "docker" not in m.string]


@pytest.mark.parametrize("page", PAGE_NAMES, ids=name)
def test_commands_and_options_exist(page: Path) -> None:
    lines = [c.line for b in blocks(page) for c in commands(b)] + inline(page)
    lines += [line for b in blocks(page) for line in b.body.splitlines() if "ExecStart" in line]
    assert [f for f in map(fault, used(lines)) if f] == []


def test_comments_in_the_shipped_files_name_what_exists() -> None:
    files = [ROOT / "config.example.toml", *(ROOT / "rules").rglob("*.yaml")]
    named = [c for f in files for c in re.findall(r"`([^`\n]+)`", f.read_text(encoding="utf-8"))]
    lines = used(named)
    assert "monitor channels test NAME" in lines
    assert [f for f in map(fault, lines) if f] == []


def test_every_command_is_described() -> None:
    text = "\n".join(p.read_text(encoding="utf-8") for p in PAGE_NAMES)
    paths = [p for p, command in TREE.items() if p and not hasattr(command, "commands")]
    assert [p for p in paths if f"monitor {' '.join(p)}" not in text] == []


def test_a_wrong_command_is_found() -> None:
    assert fault("monitor feeds list --json") is None
    assert fault("monitor -c x.toml alerts show 1") is None
    assert fault("monitor dance") is not None
    assert fault("monitor feeds dance") is not None
    assert fault("monitor run --twice") is not None
