"""One load: files, entities, rules, rule set; and what stays at its last good version."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from monitor.errors import Problem, ProblemLevel, RuleError
from monitor.model import ChannelName, EntityId, RuleId, RuleSource
from monitor.rulefiles.files import SUFFIXES, File, read_file, rule_files, shown
from monitor.rules import build, build_entities, jsonl
from monitor.rules.build import RuleDraft
from monitor.rules.build_entities import Assembly, EntityDraft
from monitor.rules.builtin import builtin_entities
from monitor.rules.catalogue import Catalogue
from monitor.rules.entity import Entity
from monitor.rules.placed import Scalar, SourceText, Table, from_json
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet

_ENTITY = "entity"
_RULE = "rule"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load gave. ``problems`` are errors and warnings in order of place.

    ``sources`` is what to remember as last good. ``kept`` says for each rule id (``@id`` for an
    entity) that runs at its last good version why it does.
    """

    rules: tuple[Rule, ...]
    entities: Mapping[EntityId, Entity]
    problems: tuple[Problem, ...]
    sources: tuple[RuleSource, ...]
    kept: Mapping[str, str]
    ruleset: RuleSet

    @property
    def errors(self) -> list[Problem]:
        """The problems that a person has to mend."""
        return [p for p in self.problems if p.level is ProblemLevel.ERROR]


def load(
    path: Path,
    *,
    channels: Collection[str] | None = None,
    last_good: Sequence[RuleSource] | None = None,
) -> Loaded:
    """Rules and entities of a directory (``entities/`` and all below it included) or a single file.

    Never raises for what stands in the files. ``channels`` are the names that ``notify`` may use;
    None leaves them unchecked. ``last_good`` are the ``sources`` of the load before.
    """
    with _uncollected():
        return _Loader(path, channels, last_good or ()).run()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Holds the cyclic garbage collector back.

    A load makes a million objects that all stay: looking through them again and again took a third
    of its time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


# --- loading ----------------------------------------------------------------------------------


@dataclass
class _Loader:
    """One load, step by step: files, entities, rules, rule set."""

    path: Path
    channels: Collection[str] | None
    last_good: Sequence[RuleSource]
    problems: list[Problem] = field(default_factory=list)
    files: dict[str, File] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    sources: list[RuleSource] = field(default_factory=list)
    missing: bool = False

    def run(self) -> Loaded:
        self.read_files()
        catalogue = self.read_entities()
        rules = self.read_rules(catalogue)
        ruleset = self.compile(rules, catalogue)
        in_force = tuple(r for r in rules if r.id in ruleset.rules)
        self.problems.sort(key=lambda p: (p.file, p.line, p.column))
        return Loaded(
            in_force,
            catalogue.entities,
            tuple(self.problems),
            tuple(self.sources),
            self.kept,
            ruleset,
        )

    def read_files(self) -> None:
        if not self.path.exists():
            hint = "make the directory, or name another one"
            name = shown(self.path)
            self.problems.append(Problem(name, 0, 0, "there is no such file or directory", hint))
            self.missing = True
            return
        paths = rule_files(self.path)
        base = self.path if self.path.is_dir() else self.path.parent
        for path in paths:
            file = File(path, shown(path), path.relative_to(base).as_posix())
            self.files[file.key] = file
            read_file(file, self.problems)
        if not paths:
            hint = f"it should hold {', '.join('*' + s for s in SUFFIXES)}"
            level = ProblemLevel.WARNING
            self.problems.append(
                Problem(shown(self.path), 0, 0, "no rule files here", hint, level=level)
            )

    # --- what was remembered

    def remembered(self, kind: str) -> dict[str, RuleSource]:
        return {s.id: s for s in self.last_good if s.kind == kind}

    def vanished(self, kind: str, present: Collection[str]) -> Iterator[RuleSource]:
        """Last good versions of what is gone from a file that cannot be trusted now."""
        for source in self.remembered(kind).values():
            file = self.files.get(source.file)
            if source.id not in present and (self.missing or (file is not None and file.failed)):
                yield source

    def keep(self, source: RuleSource, why: str, line: int = 0) -> None:
        """Tell that the last good version stays in force."""
        shown = source.id if source.kind == _RULE else f"@{source.id}"
        self.kept[shown] = why
        self.sources.append(source)
        name = self.files[source.file].name if source.file in self.files else source.file
        message = f"{source.kind} {source.id} stays in force as it last was: {why}"
        level = ProblemLevel.WARNING
        self.problems.append(Problem(name, line, 0, message, level=level))

    # --- entities

    def read_entities(self) -> Catalogue:
        drafts: dict[str, list[EntityDraft]] = {}
        for file in self.files.values():
            value = file.root.get("entities") if file.root is not None else None
            if value is not None and file.source is not None:
                found, problems = build_entities.read_entities(file.source, value)
                self.problems += problems
                file.failed |= _any_error(problems)
                for draft in found:
                    drafts.setdefault(draft.id, []).append(draft)
            for section, name in file.lost:
                if section == "entities" and file.source is not None:
                    lost = EntityDraft(name.value, name, file.source, None, False, None, "")
                    drafts.setdefault(lost.id, []).append(lost)
        broken = {
            id_: ds[0].place for id_, ds in drafts.items() if all(d.entity is None for d in ds)
        }
        builtin = builtin_entities()
        chosen = [d for ds in drafts.values() for d in ds if d.entity is not None]
        old = self.old_entities(broken, drafts)
        assembly = self.assemble(builtin, chosen, old, broken)
        for draft in chosen:
            if draft.text and draft.id not in assembly.failed and f"@{draft.id}" not in self.kept:
                key = self.key_of(draft.source)
                self.sources.append(RuleSource("entity", draft.id, key, draft.text))
        return assembly.catalogue

    def old_entities(
        self, broken: Mapping[str, str], drafts: Mapping[str, list[EntityDraft]]
    ) -> list[EntityDraft]:
        """Remembered versions for the broken and the vanished."""
        remembered = self.remembered(_ENTITY)
        wanted = [(remembered[i], "it has errors") for i in broken if i in remembered]
        wanted += [(s, "its file has errors") for s in self.vanished(_ENTITY, drafts.keys())]
        return [d for s, why in wanted if (d := self.old_entity(s, why)) is not None]

    def old_entity(self, source: RuleSource, why: str) -> EntityDraft | None:
        draft = _remembered_entity(source)
        if draft is not None:
            self.keep(source, why)
        return draft

    def assemble(
        self,
        builtin: Mapping[EntityId, Entity],
        chosen: list[EntityDraft],
        old: list[EntityDraft],
        broken: dict[str, str],
    ) -> Assembly:
        """Join all; what cannot be joined gives way to its last good version, or goes."""
        assembly = build_entities.assemble(builtin, [*chosen, *old], broken)
        self.problems += assembly.problems
        failed = set(assembly.failed)
        remembered = self.remembered(_ENTITY)
        for id_ in sorted(failed):
            if id_ in remembered and f"@{id_}" not in self.kept:
                draft = self.old_entity(remembered[id_], "it has errors")
                old += [draft] if draft is not None else []
        while failed:
            broken |= {d.id: d.place for d in chosen if d.id in failed}
            keep = {d.id for d in old} - failed
            good = [d for d in chosen if d.id not in broken]
            old = [d for d in old if d.id in keep or f"@{d.id}" in self.kept]
            assembly = build_entities.assemble(builtin, [*good, *old], broken)
            again = set(assembly.failed)
            old = [d for d in old if d.id not in again]
            if not again - broken.keys():
                if again:
                    assembly = build_entities.assemble(builtin, [*good, *old], broken)
                break
            failed = again
        return replace(assembly, failed=frozenset(broken))

    # --- rules

    def read_rules(self, catalogue: Catalogue) -> list[Rule]:
        drafts: list[RuleDraft] = []
        for file in self.files.values():
            drafts += self.read_rule_file(file, catalogue)
        rules: dict[RuleId, Rule] = {}
        first: dict[str, RuleDraft] = {}
        remembered = self.remembered(_RULE)
        for draft in drafts:
            if draft.id is None:
                continue
            if draft.id in first:
                self.duplicate(draft, first[draft.id])
                continue
            first[draft.id] = draft
            rule = draft.rule
            if (rule is None or draft.flawed) and draft.id in remembered:
                rule = self.old_rule(remembered[draft.id], catalogue, "it has errors") or rule
            elif draft.text:
                key = self.key_of(draft.source)
                self.sources.append(RuleSource("rule", draft.id, key, draft.text))
            if rule is not None:
                rules[rule.id] = rule
        for source in self.vanished(_RULE, first.keys()):
            rule = self.old_rule(source, catalogue, "its file has errors")
            if rule is not None:
                rules[rule.id] = rule
        return list(rules.values())

    def read_rule_file(self, file: File, catalogue: Catalogue) -> list[RuleDraft]:
        if file.source is None:
            return []
        value = file.root.get("rules") if file.root is not None else None
        if file.lines:
            drafts, problems = jsonl.read_rules(file.source, catalogue, self.channels)
        elif value is not None:
            drafts, problems = build.read_rules(file.source, value, catalogue, self.channels)
        else:
            drafts, problems = [], []
        for section, name in file.lost:
            if section == "rules" and name.value:
                drafts.append(RuleDraft(name.value, None, False, file.source, name.start, ""))
        self.problems += problems
        file.failed |= _any_error(problems)
        return drafts

    def duplicate(self, draft: RuleDraft, first: RuleDraft) -> None:
        message = f"a second rule {draft.id}"
        hint = f"the first one counts: {first.place}"
        self.problems.append(draft.source.problem(draft.start, message, hint))

    def old_rule(self, source: RuleSource, catalogue: Catalogue, why: str) -> Rule | None:
        """The last good version, with those of its channels that still exist."""
        problems: list[Problem] = []
        try:
            table = from_json(source.text)
        except ValueError:
            return None
        if not isinstance(table, Table):
            return None
        text = SourceText(source.file, "")
        draft = build.read_rule(text, table, catalogue, None, problems)
        if draft.rule is None:
            return None
        self.keep(source, why)
        known = draft.rule.notify
        if self.channels is not None:
            known = tuple(ChannelName(n) for n in known if n in self.channels)
        return replace(draft.rule, notify=known)

    def key_of(self, source: SourceText) -> str:
        return next((f.key for f in self.files.values() if f.source is source), source.file)

    # --- the rule set

    def compile(self, rules: list[Rule], catalogue: Catalogue) -> RuleSet:
        """Compile all; a rule that the matcher refuses is left out and reported."""
        left = list(rules)
        while True:
            try:
                return RuleSet.compile(left, list(catalogue.entities.values()))
            except RuleError as error:
                refused = error.problem.rule
                self.problems.append(error.problem)
                before = len(left)
                left = [r for r in left if r.id != refused]
                if len(left) == before:
                    return RuleSet.compile([], list(catalogue.entities.values()))


def _remembered_entity(source: RuleSource) -> EntityDraft | None:
    """The draft of a last good version; None when it cannot be read any more."""
    try:
        table = from_json(source.text)
    except ValueError:
        return None
    if not isinstance(table, Table):
        return None
    entry = Table(((Scalar(source.id), table),))
    drafts, _ = build_entities.read_entities(SourceText(source.file, ""), entry)
    return drafts[0] if drafts and drafts[0].entity is not None else None


def _any_error(problems: Sequence[Problem]) -> bool:
    return any(p.level is ProblemLevel.ERROR for p in problems)
