"""Reads the keys of one rule or entity, collecting a problem for everything that is wrong.

A reader never raises: it says what it found, marks the item as failed and goes on, so that one
check names every fault.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

import regex

from monitor.errors import Problem, ProblemLevel
from monitor.rules.placed import Listing, Scalar, SourceText, Table, Value
from monitor.rules.places import locate
from monitor.rules.schema import DAY, LANGUAGE
from monitor.rules.suggest import nearest
from monitor.text import durations

E = TypeVar("E", bound=StrEnum)

_LANGUAGE = regex.compile(LANGUAGE)
_DAY = regex.compile(DAY)
_MOMENT = timedelta(seconds=1)
_LONGEST = timedelta(days=366)


def kind(value: Value) -> str:
    """What a value is, in words."""
    return {Scalar: "a text", Listing: "a list", Table: "a mapping"}[type(value)]


@dataclass(slots=True)
class Item:
    """One mapping of a file being read, as part of rule or entity ``id`` (None: of the file)."""

    source: SourceText
    table: Table
    problems: list[Problem]
    id: str | None = None
    failed: bool = field(default=False, init=False)

    # --- problems

    def error(self, at: Value, message: str, hint: str = "") -> None:
        """Something that makes the item unusable."""
        self._problem(at.start, _width(at), message, hint)
        self.failed = True

    def warn(self, at: Value, message: str, hint: str = "") -> None:
        """Something doubtful; the item is used."""
        self._problem(at.start, _width(at), message, hint, ProblemLevel.WARNING)

    def inside(
        self,
        scalar: Scalar,
        offset: int,
        width: int,
        message: str,
        hint: str = "",
        *,
        level: ProblemLevel = ProblemLevel.ERROR,
    ) -> None:
        """A problem at some characters of a text, wherever its quotes and folds put them."""
        start = locate(self.source, scalar, offset)
        if start >= 0 and width > 1:
            last = locate(self.source, scalar, min(offset + width, len(scalar.value)) - 1)
            width = max(1, last - start + 1)
        self._problem(start, width, message, hint, level)
        if level is ProblemLevel.ERROR:
            self.failed = True

    def _problem(
        self,
        start: int,
        width: int,
        message: str,
        hint: str,
        level: ProblemLevel = ProblemLevel.ERROR,
    ) -> None:
        made = self.source.problem(start, message, hint, width)
        rule = self.id if level is ProblemLevel.ERROR else None
        self.problems.append(replace(made, level=level, rule=rule))

    # --- keys

    def check_keys(self, known: Collection[str], what: str) -> None:
        """Unknown and repeated keys are errors; ``what`` names the item ("a rule")."""
        for key, _ in self.table.entries:
            if key.value not in known:
                near = nearest(key.value.casefold().replace("-", "_"), known)
                hint = f"did you mean {near}?" if near else f"it has {', '.join(known)}"
                self.error(key, f'{what} has no key "{_shown(key.value)}"', hint)
        for key in self.table.repeated:
            self.error(key, f'"{_shown(key.value)}" stands here a second time', "keep one of them")

    def text(self, key: str) -> str:
        """A text, "" where there is none."""
        value = self.table.get(key)
        if value is None:
            return ""
        if isinstance(value, Scalar):
            return value.value.strip()
        self.error(value, f"{key} is {kind(value)}; it must be a text", f"write {key}: some words")
        return ""

    def scalars(self, key: str, value: Value | None = None) -> list[Scalar]:
        """The texts of a list, or a single text as a list of one."""
        if value is None:
            value = self.table.get(key)
        if value is None:
            return []
        if isinstance(value, Table):
            self.error(value, f"{key} is a mapping; it must be a list", f"write {key}: [one, two]")
            return []
        found: list[Scalar] = []
        for item in value.items if isinstance(value, Listing) else (value,):
            if not isinstance(item, Scalar):
                hint = "write the words in one list: [one, two]"
                self.error(item, f"{kind(item)} inside {key}, where a text must stand", hint)
            elif item.is_null or not item.value.strip():
                quoted = f'put the word in quotes: "{item.value}"' if item.value.strip() else ""
                self.error(item, f"an empty text in {key}", quoted or "remove it")
            else:
                found.append(item)
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(s.value.strip() for s in self.scalars(key))

    def flag(self, key: str, default: bool) -> bool:
        value = self.table.get(key)
        if value is None:
            return default
        if isinstance(value, Scalar) and value.plain and value.value.lower() in ("true", "false"):
            return value.value.lower() == "true"
        self.error(value, f"{key} must be true or false", "in small letters, without quotes")
        return default

    def number(self, key: str) -> int | None:
        """A whole number from 1."""
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, Scalar) and value.plain and regex.fullmatch("[0-9]{1,6}", value.value):
            if int(value.value) > 0:
                return int(value.value)
            self.error(value, f"{key} must be at least 1")
            return None
        self.error(value, f"{key} must be a whole number", f"write {key}: 2")
        return None

    def choice(self, key: str, options: type[E], default: E) -> E:
        value = self.table.get(key)
        if value is None:
            return default
        names = [o.value for o in options]
        if isinstance(value, Scalar):
            if value.value in names:
                return options(value.value)
            near = nearest(value.value.casefold(), names)
            hint = f"did you mean {near}?" if near else f"write one of {', '.join(names)}"
            self.error(value, f'{key} cannot be "{_shown(value.value)}"', hint)
        else:
            self.error(value, f"{key} is {kind(value)}", f"write one of {', '.join(names)}")
        return default

    def day(self, key: str) -> date | None:
        value = self.table.get(key)
        if value is None:
            return None
        if isinstance(value, Scalar) and _DAY.fullmatch(value.value):
            try:
                return date.fromisoformat(value.value)
            except ValueError:
                self.error(value, f"there is no day {value.value}", "year-month-day: 2026-12-31")
                return None
        self.error(value, f"{key} must be a date", "write it as 2026-12-31")
        return None

    def duration(
        self, key: str, *, least: timedelta = _MOMENT, most: timedelta = _LONGEST
    ) -> timedelta | None:
        """A time such as ``2 hours``, from ``least`` to ``most``; None where there is none."""
        value = self.table.get(key)
        if value is None:
            return None
        hint = f"write {key}: 2 hours, or as 30 minutes, 1d, 1h 30m"
        if not isinstance(value, Scalar):
            self.error(value, f"{key} is {kind(value)}; it must be a duration", hint)
            return None
        text = value.value.strip()
        if text.isascii() and text.isdecimal() and text.strip("0"):
            hint = f"write {key}: {text[:6]} minutes or {key}: {text[:6]} hours"
            self.error(value, f'{key} has no unit: "{_shown(text)}"', hint)
            return None
        try:
            found = durations.parse(text)
        except ValueError:
            self.error(value, f'{key} cannot be "{_shown(text)}"', hint)
            return None
        if found < least:
            self.error(value, f"{key} must be at least {durations.written(least)}", hint)
        elif found > most:
            self.error(value, f"{key} must be at most {durations.written(most)}", hint)
        else:
            return found
        return None

    def languages(self, key: str) -> tuple[str, ...]:
        found = []
        for scalar in self.scalars(key):
            code = scalar.value.strip()
            if _LANGUAGE.fullmatch(code):
                found.append(code)
            else:
                hint = "two or three small letters (ISO 639): en, fr, ar"
                if _LANGUAGE.fullmatch(code.casefold()):
                    hint = f"write {code.casefold()}"
                self.error(scalar, f'"{_shown(code)}" is not a language code', hint)
        return tuple(found)

    def by_language(self, key: str) -> dict[str, tuple[str, ...]]:
        """Names by language; ``*`` is every language."""
        value = self.table.get(key)
        if value is None:
            return {}
        if not isinstance(value, Table):
            hint = f'write {key}: {{"*": [Niger, Niamey]}}; "*" is every language'
            self.error(value, f"{key} must say for which language", hint)
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for lang, names in value.entries:
            if lang.value != "*" and not _LANGUAGE.fullmatch(lang.value):
                hint = 'two or three small letters (ISO 639), or "*" for every language'
                self.error(lang, f'"{_shown(lang.value)}" is not a language code', hint)
            elif not (isinstance(names, Scalar) and names.is_null):
                found[lang.value] = tuple(s.value.strip() for s in self.scalars(key, names))
        for lang in value.repeated:
            self.error(lang, f'"{lang.value}" stands here a second time', "put both into one list")
        return found


def _width(value: Value) -> int:
    if isinstance(value, Scalar):
        return value.end - value.start if value.end > value.start else max(1, len(value.value))
    return 1


def _shown(text: str, limit: int = 40) -> str:
    """A text from a file, fit for a message."""
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
