"""Every example of the documentation runs: files are written, commands called, outputs compared."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

from monitor import config
from tests.docs.conftest import monitor
from tests.docs.pages import PAGES, ROOT, Block, Command, blocks, commands, name

NOT_RUN = {
    "make demo": "the same as monitor demo, which has its own tests",
    "make run": "needs the network",
    "make test": "is what runs this",
    "make check": "beside the tests, in .ci/run",
    "make docs": "tests/unit/test_docs.py holds the generated pages",
    "make dev": "installs packages",
    "make image": "needs a container engine; tests/image builds one without",
    "docker": "needs a container engine; tests/image builds one without",
    "systemctl": "needs systemd",
    "journalctl": "needs systemd",
    "sudo": "needs root",
    "pg_dump": "needs a PostgreSQL of one's own",
    "python tools/picture.py": "draws the picture anew",
    "python tools/generate.py": "tests/unit/rules hold what it writes",
    "git clone": "needs the network",
}
"""The unavoidable exceptions, by how their lines begin; the files they name must exist."""
NAMED_BY = {"docker": ["compose.yaml", "Dockerfile"], "make": ["Makefile"]}

NEEDS_MORE = {
    "monitor run": "goes on until it is stopped, and needs the network",
    "monitor channels test": "sends messages",
    "monitor feeds poll": "needs the network",
    "monitor health": "needs a running daemon",
    "monitor deliveries retry": "needs an id of one's own",
    "monitor deliveries discard": "needs an id of one's own",
}
"""Not called here; that they exist, with the options shown, is checked by ``test_commands``."""

SPEAKS_OF_THE_DAEMON = "monitor status"
"""Ends with 0 or 1, as the demo's daemon was here a minute ago or longer."""


@pytest.mark.timeout(900)  # dozens of processes: how fast a machine is fails no test
@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_examples_of_a_page_run(page: Path, desk: Path) -> None:
    for block in blocks(page):
        if block.file is not None:
            target = desk / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.body, encoding="utf-8")
        if block.language == "toml":
            load_toml(block, desk)
        elif block.language == "ini":
            ConfigParser(strict=False, interpolation=None).read_string(block.body)
        elif block.language == "json" and block.file is None:
            json.loads(block.body)
        for command in commands(block):
            run(command, block, desk)


def test_yaml_examples_hold_and_have_no_faults(desk: Path) -> None:
    """All rule files of the pages, together with the starter rules: no error, no warning."""
    written = 0
    for page in PAGES:
        for block in blocks(page):
            if block.language != "yaml":
                continue
            assert block.file is not None, f"{block.place}: a YAML example without a file name"
            if block.file.startswith("rules/"):
                target = desk / block.file
                target.parent.mkdir(parents=True, exist_ok=True)
                assert not target.exists(), f"{block.place}: {block.file} stands elsewhere too"
                target.write_text(block.body, encoding="utf-8")
                written += 1
    checked = monitor("check", "--strict", folder=desk)
    assert checked.returncode == 0, checked.stderr + checked.stdout
    tested = monitor("test", "--json", folder=desk)
    assert tested.returncode == 0, tested.stdout
    assert written >= 4


def load_toml(block: Block, desk: Path) -> None:
    """The example is a configuration, given the secrets that its comments leave elsewhere."""
    path = desk / "example.toml"
    rules = "" if re.search(r"^rules\b", block.body, re.MULTILINE) else f'rules = "{desk}/rules"\n'
    path.write_text(rules + block.body, encoding="utf-8")
    tomllib.loads(path.read_text(encoding="utf-8"))
    secrets = desk / "no-secrets"
    secrets.mkdir(exist_ok=True)
    variables = re.findall(r"MONITOR_[A-Z_]+", block.body)
    settings = config.load(
        path,
        environ=dict.fromkeys(variables, "https://hooks.example.org/x"),
        secrets_dir=secrets,
    )
    assert not settings.warnings, f"{block.place}: {settings.warnings}"


def run(command: Command, block: Block, desk: Path) -> None:
    begins = next((b for b in NOT_RUN if command.line.startswith(b)), None)
    if begins is not None:
        check_exception(command, block)
        return
    if command.line.startswith(tuple(NEEDS_MORE)):
        return
    program, *arguments = shlex.split(command.line)
    if program == "python":
        subprocess.run([sys.executable, *arguments], cwd=desk, check=True, timeout=60)
        return
    if program in ("cp", "mkdir"):
        for file in (a for a in arguments if program == "cp" and "." in a):
            assert file == "config.toml" or (ROOT / file).exists(), f"{block.place}: {file}"
        return
    assert program == "monitor", f"{block.place}: {command.line} is neither run nor excepted"
    done = monitor(*arguments, folder=desk)
    codes = {0, 1} if command.line.startswith(SPEAKS_OF_THE_DAEMON) else {block.exit}
    said = f"{block.place}: {command.line}\n{done.stdout}{done.stderr}"
    assert done.returncode in codes, said
    if command.shown is None:
        return
    if "--json" in arguments:
        shown, printed = json.loads(command.shown), json.loads(done.stdout)
        assert missing_keys(shown, printed) == [], said
    else:
        assert matches(command.shown, done.stdout + done.stderr), said


def check_exception(command: Command, block: Block) -> None:
    """What is not run must at least speak of what is there."""
    program, *arguments = shlex.split(command.line)
    for file in NAMED_BY.get(program, []):
        assert (ROOT / file).exists(), block.place
    if program == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert {a for a in arguments if "=" not in a} <= set(targets), block.place
    for file in (a for a in arguments if a.endswith(".py")):
        assert (ROOT / file).exists(), block.place


def matches(shown: str, printed: str) -> bool:
    """Whether an output is as shown: ``…`` is anything in a line, or any lines on its own."""
    parts = [r"(?:.*\n)*?" if line.strip() == "…" else _line(line) for line in shown.splitlines()]
    return re.fullmatch("".join(parts), printed.rstrip("\n") + "\n") is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(p) for p in line.rstrip().split("…")) + r"[ ]*\n"


def missing_keys(shown: Any, printed: Any, at: str = "") -> list[str]:
    """The keys that are shown and not printed."""
    if isinstance(shown, dict):
        if not isinstance(printed, dict):
            return [at]
        found = [f"{at}.{k}" for k in shown if k not in printed]
        for key in shown.keys() & printed.keys():
            found += missing_keys(shown[key], printed[key], f"{at}.{key}")
        return found
    if isinstance(shown, list) and shown and isinstance(printed, list) and printed:
        return missing_keys(shown[0], printed[0], f"{at}[]")
    return []


def test_what_is_shown_is_compared() -> None:
    assert matches("a\n…\nz", "a\nb\nc\nz\n")
    assert not matches("a\nz", "a\nb\nz\n")
    assert matches('{"x": "…"}', '{"x": "anything"}\n')
    assert missing_keys([{"a": 1, "b": {"c": 1}}], [{"a": 2, "b": {}}]) == ["[].b.c"]
