"""The project's pages as the tests see them: fenced blocks, inline code, links.

A fenced block may name a file after its language (```` ```yaml rules/x.yaml ````): it is written
there before what follows runs. ``exit=1`` says that the commands of a block end so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/*.md")]
)

_FENCE = re.compile(r"^```(\S*)[ ]?(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. ``file`` and ``exit`` come from what stands after the language."""

    page: str
    line: int
    language: str
    file: str | None
    exit: int
    body: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def name(page: Path) -> str:
    """The page's path in the project."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        words = match[2].split()
        codes = [int(w.removeprefix("exit=")) for w in words if w.startswith("exit=")]
        files = [w for w in words if not w.startswith("exit=")]
        line = text.count("\n", 0, match.start()) + 1
        found.append(
            Block(
                name(page), line, match[1], files[0] if files else None, codes[0] if codes else 0,
                match[3],
            )
        )  # fmt: skip
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def inline(page: Path) -> list[str]:
    """The page's inline code."""
    return _INLINE.findall(prose(page))


def links(page: Path) -> list[str]:
    """Where the page's links and pictures lead."""
    return _LINK.findall(_INLINE.sub("", prose(page)))


def anchors(page: Path) -> set[str]:
    """The names of the page's headings, as they are made on the web."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}


@dataclass(frozen=True, slots=True)
class Command:
    """A command line, and the output shown below it (in ``console`` blocks)."""

    line: str
    shown: str | None = None


def commands(block: Block) -> Iterator[Command]:
    """The command lines of an ``sh`` or ``console`` block."""
    if block.language == "sh":
        for line in block.body.replace("\\\n", " ").splitlines():
            text = re.sub(r"\s+#.*$", "", line).strip()
            if text and not text.startswith("#"):
                yield Command(text)
    elif block.language == "console":
        for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:]:
            line, _, shown = part.partition("\n")
            yield Command(line.strip(), shown.rstrip("\n"))
