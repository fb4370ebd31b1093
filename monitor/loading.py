"""From files to a desk: everything fallible happens here, before one reference is swapped (I4).

A configuration that cannot be used is an error of the caller; a rule that cannot is replaced by its
own last good version and reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor import memory, rulefiles, silencefile
from monitor.alerts.render import Templates
from monitor.alerts.silences import Known
from monitor.config import Settings
from monitor.desk import Alerting, Desk
from monitor.errors import Problem, ProblemLevel
from monitor.feeds import opml
from monitor.feeds.schedule import Intervals
from monitor.model import Feed, FeedName, RuleSource


@dataclass(frozen=True, slots=True)
class Loaded:
    """A desk and what there is to say about it.

    ``kept``: the ids that run at their last good version, and why.
    """

    settings: Settings
    desk: Desk
    problems: tuple[Problem, ...]
    kept: Mapping[str, str]
    sources: tuple[RuleSource, ...]

    @property
    def rule_problems(self) -> list[Problem]:
        """Everything but the warnings of the configuration, which its reader tells itself."""
        return [p for p in self.problems if p not in self.settings.warnings]

    @property
    def errors(self) -> list[Problem]:
        """What a person has to mend."""
        return [p for p in self.problems if p.level is ProblemLevel.ERROR]


def load(settings: Settings, last_good: Sequence[RuleSource]) -> Loaded:
    """Build the desk of ``settings``. Takes seconds with many rules: run it off the loop."""
    channels = {c.name: c for c in settings.channel_list()}
    rules = rulefiles.load(settings.rules, channels=channels, last_good=last_good)
    found, template_problems = templates(settings)
    feeds, feed_problems = all_feeds(settings)
    known = Known.of(rules.ruleset.rules, rules.entities, feeds.values())
    quiet = silencefile.load(settings.alerts.silences, known, timezone=ZoneInfo(settings.timezone))
    low, high = settings.polling.bounds
    desk = Desk(
        feeds=feeds,
        channels=channels,
        default_channels=settings.default_channels,
        operator_channels=settings.operator_channels,
        ruleset=rules.ruleset,
        templates=found,
        timezone=ZoneInfo(settings.timezone),
        intervals=Intervals(default=settings.polling.interval, minimum=low, maximum=high),
        alerting=Alerting(
            settings.alerts.cooldown,
            settings.alerts.flood,
            settings.alerts.flood_summary,
            settings.alerts.languages,
        ),
        silences=quiet.silences,
    )
    memory.settle()
    problems = (
        *rules.problems, *feed_problems, *template_problems, *quiet.problems, *settings.warnings,
    )  # fmt: skip
    return Loaded(settings, desk, problems, rules.kept, tuple(rules.sources))


def all_feeds(settings: Settings) -> tuple[dict[FeedName, Feed], list[Problem]]:
    """The feeds of the configuration and of its OPML files; the first of a name or URL counts."""
    feeds = {f.name: f for f in settings.feed_list()}
    urls = {f.url for f in feeds.values()}
    problems: list[Problem] = []
    for path in settings.opml:
        try:
            data = path.read_bytes()
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            problems.append(Problem(str(path), 0, 0, f"cannot be read: {why}"))
            continue
        found = opml.read(data, file=str(path), taken=feeds)
        problems += found.problems
        feeds |= {f.name: f for f in found.feeds if f.url not in urls}
        urls.update(f.url for f in found.feeds)
    return feeds, problems


def templates(settings: Settings) -> tuple[Templates, list[Problem]]:
    """The message templates: the desk's own over the built-in ones."""
    texts, unreadable = _overrides(settings.alerts.templates)
    loaded, problems = Templates.load(texts)
    return loaded, unreadable + problems


def _overrides(folder: Path | None) -> tuple[dict[str, str], list[Problem]]:
    """The desk's own templates by file name, and what cannot be read of them."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.j2")) if folder is not None else ():
        try:
            texts[path.name] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            hint = "the built-in template is used instead"
            problems.append(Problem(str(path), 0, 0, f"cannot be read: {error}", hint))
    return texts, problems


def watched(settings: Settings) -> list[Path]:
    """Every file and directory whose change asks for a reload."""
    named = (settings.alerts.templates, settings.alerts.silences)
    return [settings.path, settings.rules, *settings.opml, *(p for p in named if p)]
