"""The desk's file of silences: YAML in, silences and problems with their places out.

What is wrong is left out and reported: a silence that cannot be read silences nothing, since an
alert too many is better than one too few.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.alerts.silences import Known, Silence, doubts, parse_until
from monitor.errors import Problem
from monitor.model import StoryId, utcnow
from monitor.rulefiles.files import shown
from monitor.rules.fields import Item, kind
from monitor.rules.placed import Listing, Scalar, SourceText, Table, Unreadable, Value, read_yaml

KEYS = ("rule", "entity", "source", "story", "until", "author", "comment")
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Loaded:
    """The silences of the file, ended ones left out, and what there is to say about it."""

    silences: tuple[Silence, ...] = ()
    problems: tuple[Problem, ...] = ()


def load(
    path: Path | None, known: Known, *, timezone: ZoneInfo, now: datetime | None = None
) -> Loaded:
    """Read ``path``; nothing where there is none. Never raises."""
    if path is None:
        return Loaded()
    name = shown(path)
    try:
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            return _unusable(name, f"the file is larger than {MAX_BYTES:,} bytes")
        source = SourceText(name, data.decode("utf-8-sig").replace("\r\n", "\n"))
        root = read_yaml(source)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        return _unusable(name, f"cannot be read: {why}")
    except UnicodeDecodeError:
        return _unusable(name, "not UTF-8", "save the file as UTF-8")
    except Unreadable as error:
        return Loaded((), (error.problem,))
    return _Reader(source, known, timezone, now or utcnow()).run(root)


def _unusable(name: str, message: str, hint: str = "") -> Loaded:
    return Loaded((), (Problem(name, 0, 0, message, hint),))


class _Reader:
    def __init__(self, source: SourceText, known: Known, timezone: ZoneInfo, now: datetime) -> None:
        self.source, self.known, self.timezone, self.now = source, known, timezone, now
        self.problems: list[Problem] = []

    def run(self, root: Value | None) -> Loaded:
        if root is None:
            return Loaded()
        found: list[Silence] = []
        if not isinstance(root, Table):
            hint = "write silences: and a list below it"
            self.problems.append(self.source.problem(root.start, "no silences here", hint))
            return Loaded((), tuple(self.problems))
        top = Item(self.source, root, self.problems)
        top.check_keys(("silences",), "the file")
        value = root.get("silences")
        if value is not None and not isinstance(value, Listing):
            top.error(value, f"silences is {kind(value)}", "write a list: - rule: …")
        for entry in value.items if isinstance(value, Listing) else ():
            silence = self.silence(entry, top)
            if silence is not None and (silence.until is None or silence.until > self.now):
                found.append(silence)
        return Loaded(tuple(found), tuple(self.problems))

    def silence(self, entry: Value, top: Item) -> Silence | None:
        if not isinstance(entry, Table):
            top.error(entry, f"{kind(entry)} where a silence must stand", "write - rule: …")
            return None
        item = Item(self.source, entry, self.problems)
        item.check_keys(KEYS, "a silence")
        line, _ = self.source.place(entry.start)
        story = item.number("story")
        made = Silence(
            id=f"{self.source.file}:{line}",
            rule=item.text("rule"),
            entity=item.text("entity").removeprefix("@"),
            source=item.text("source"),
            story=None if story is None else StoryId(story),
            until=self.until(item),
            author=item.text("author"),
            comment=item.text("comment"),
        )
        if not made.conditions and not item.failed:
            item.error(entry, "the silence names nothing", "add rule, entity, source or story")
        if item.failed:
            return None
        for doubt in doubts(made, self.known, self.now):
            at = entry.get(doubt.key) or entry
            item.warn(at, doubt.message, doubt.hint)
        return made

    def until(self, item: Item) -> datetime | None:
        value = item.table.get("until")
        if not isinstance(value, Scalar):
            if value is not None:
                item.error(value, f"until is {kind(value)}", 'write until: "2026-12-01 08:00"')
            return None
        try:
            return parse_until(value.value, self.timezone)
        except ValueError as error:
            item.error(value, str(error))
            return None
