"""The message templates: built in, or the desk's own in their place.

Pure: the built-in ones are package data, a desk's arrive as strings. They run in Jinja's sandbox,
one environment per markup, so that the same text template escapes for mail and for chats.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources

from jinja2 import DictLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.alerts import sample
from monitor.alerts.context import Page
from monitor.alerts.markup import CHAT, CONSOLE, HTML, MATRIX, PLAIN, SLACK, Markup
from monitor.errors import Problem, ProblemLevel

NAMES: Mapping[str, tuple[Markup, ...]] = {
    f"{kind}.{variant}.j2": markups
    for kind in ("alerts", "notice")
    for variant, markups in {
        "console": (CONSOLE,),
        "txt": (PLAIN, CHAT),
        "slack": (SLACK,),
        "mail.html": (HTML,),
        "matrix.html": (MATRIX,),
    }.items()
}
"""Every template and the markups it is written in."""


class Templates:
    """A complete set: for each name the desk's template if it has a good one, and the built-in."""

    def __init__(self, overrides: Mapping[str, str] | None = None) -> None:
        own = dict(overrides or {})
        self._overridden = frozenset(own)
        markups = {markup.name: markup for used in NAMES.values() for markup in used}
        self._desk = {n: _environment(m, builtin_texts() | own) for n, m in markups.items()}
        self._builtin = {n: _environment(m, builtin_texts()) for n, m in markups.items()}

    @classmethod
    def load(cls, overrides: Mapping[str, str]) -> tuple[Templates, list[Problem]]:
        """The built-in templates with ``overrides`` (file name → text) in their places.

        An override that does not parse, or fails on a sample message, is left out and reported,
        all of them at once; so is a file whose name is none of ``NAMES``.
        """
        problems: list[Problem] = []
        good: dict[str, str] = {}
        for name, text in overrides.items():
            problem = _unknown(name) if name not in NAMES else _trial(name, text)
            if problem is None:
                good[name] = text
            else:
                problems.append(problem)
        return cls(good), problems

    def run(self, name: str, markup: Markup, page: Page) -> str:
        """The text of ``page``. A desk's template that fails gives way, and the message says so."""
        if name in self._overridden:
            try:
                return _run(self._desk[markup.name].get_template(name), page)
            except Exception as exc:  # noqa: BLE001  # a template can raise anything; the alert must go out
                note = (
                    f"The template {name} failed ({type(exc).__name__}): the built-in one was used."
                )
                page = replace(page, footnote=note)
        return _run(self._builtin[markup.name].get_template(name), page)


@cache
def builtin_texts() -> dict[str, str]:
    """The built-in templates: file name → text."""
    folder = resources.files("monitor.alerts") / "templates"
    return {name: (folder / name).read_text(encoding="utf-8") for name in NAMES}


def _environment(markup: Markup, texts: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=DictLoader(texts),
        undefined=StrictUndefined,
        autoescape=markup.autoescape,
        finalize=markup.put,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=50,
    )


def _run(template: Template, page: Page) -> str:
    return template.render({name: getattr(page, name) for name in page.__dataclass_fields__})


def _unknown(name: str) -> Problem:
    near = difflib.get_close_matches(name, NAMES, 1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(NAMES)}"
    return Problem(name, 0, 0, "no template of this name is used", hint, level=ProblemLevel.WARNING)


def _trial(name: str, text: str) -> Problem | None:
    """What is wrong with an override, seen by running it on sample messages."""
    hint = "the built-in template is used instead"
    for markup in NAMES[name]:
        environment = _environment(markup, builtin_texts() | {name: text})
        try:
            for page in sample.pages(name.partition(".")[0], markup):
                _run(environment.get_template(name), page)
        except TemplateSyntaxError as exc:
            source = (text.splitlines() or [""])[min(exc.lineno, text.count("\n") + 1) - 1]
            return Problem(name, exc.lineno, 0, exc.message or "syntax error", hint, source)
        except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as exc:
            return Problem(name, _line_of(exc), 0, f"it fails on a message: {exc}", hint)
        except Exception as exc:  # noqa: BLE001  # whatever it raises, it is the template's fault
            return Problem(name, 0, 0, f"it fails on a message: {type(exc).__name__}", hint)
    return None


def _line_of(exc: BaseException) -> int:
    """The template line an exception came from, as Jinja rewrites its traceback."""
    line, frame = 0, exc.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename == "<template>":
            line = frame.tb_lineno
        frame = frame.tb_next
    return line
