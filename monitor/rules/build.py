"""Rule files to rules: every rule on its own, every fault with its place, none in another's way.

Pure: takes values with places, gives rules and problems. Files, and what becomes of a rule that
cannot be used, are `rulefiles`' business.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta

import regex

from monitor.errors import Problem, ProblemLevel, UnknownEntity
from monitor.model import ChannelName, RuleId, Severity, Updates
from monitor.rules import query
from monitor.rules.ast import And, KOf, Node, Not, Scope, Term, Within
from monitor.rules.build_alerts import alert_when
from monitor.rules.build_tests import samples
from monitor.rules.catalogue import Catalogue
from monitor.rules.fields import Item, kind
from monitor.rules.lint import asked_languages, doubts
from monitor.rules.placed import Listing, Scalar, SourceText, Table, Value, to_json
from monitor.rules.querytree import EXCLUSIONS_ALONE, all_of, any_of
from monitor.rules.rule import Rule
from monitor.rules.schema import FILE, RULE, RULE_ID
from monitor.rules.suggest import nearest

RULE_ID_PATTERN = regex.compile(RULE_ID)
_WITHIN = regex.compile(r"([0-9]{1,6})(?:\s+words?)?")
_LOOSE_WITHIN = regex.compile(r"(?i)([1-9][0-9]{0,5})\s*w(?:or)?d?s?\.?")
"""``30 Words``, ``30words``, ``30 w``: meant, and not as the schema has it."""
_SCOPES = {s.value: s for s in Scope}


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """One rule of a file.

    ``rule`` is None when it cannot be used; ``flawed`` when it can, but not as written (a channel
    that does not exist). ``text`` is its content as JSON, to be remembered.
    """

    id: str | None
    rule: Rule | None
    flawed: bool
    source: SourceText
    start: int
    text: str

    @property
    def place(self) -> str:
        line, _ = self.source.place(self.start)
        return f"{self.source.file}:{line}" if line else self.source.file


def check_file(source: SourceText, root: Value) -> tuple[Table | None, list[Problem]]:
    """The top level of a rule or entity file: a mapping with nothing but the known keys."""
    problems: list[Problem] = []
    if isinstance(root, Table):
        Item(source, root, problems).check_keys(FILE, "a rule file")
        return root, problems
    item = Item(source, Table(()), problems)
    hint = "begin the file with rules: and indent the list below it"
    item.error(root, f"the file is {kind(root)}; it must be a mapping", hint)
    return None, problems


def read_rules(
    source: SourceText, value: Value, catalogue: Catalogue, channels: Collection[str] | None
) -> tuple[list[RuleDraft], list[Problem]]:
    """Every rule under ``rules:``, the broken ones too. ``channels`` None: not checked."""
    problems: list[Problem] = []
    if not isinstance(value, Listing):
        item = Item(source, Table(()), problems)
        hint = "begin each rule with a dash: - id: my-rule"
        item.error(value, f"rules is {kind(value)}; it must be a list", hint)
        return [], problems
    drafts = []
    for entry in value.items:
        if isinstance(entry, Table):
            drafts.append(read_rule(source, entry, catalogue, channels, problems))
        else:
            item = Item(source, Table(()), problems)
            item.error(entry, f"{kind(entry)} where a rule must stand", "write - id: my-rule")
            drafts.append(RuleDraft(None, None, False, source, entry.start, ""))
    return drafts, problems


def read_rule(
    source: SourceText,
    table: Table,
    catalogue: Catalogue,
    channels: Collection[str] | None,
    problems: list[Problem],
) -> RuleDraft:
    """One rule; what is wrong with it is added to ``problems``."""
    item = _RuleItem(source, table, problems, catalogue=catalogue)
    return item.draft(channels)


class _RuleItem(Item):
    """One rule being read."""

    def __init__(
        self, source: SourceText, table: Table, problems: list[Problem], *, catalogue: Catalogue
    ) -> None:
        super().__init__(source, table, problems)
        self.catalogue = catalogue

    def draft(self, channels: Collection[str] | None) -> RuleDraft:
        self.id = self.read_id()
        self.check_keys(tuple(RULE), "a rule")
        tree = self.tree()
        line, _ = self.source.place(self.table.start)
        match, no_match = samples(self)
        written = self.table.get("query")
        plain = Rule(
            id=RuleId(self.id or ""),
            tree=tree if tree is not None else And(()),
            title=self.text("title"),
            description=self.text("description"),
            owner=self.text("owner"),
            severity=self.choice("severity", Severity, Severity.NORMAL),
            lang=self.languages("lang"),
            sources=self.texts("sources"),
            not_sources=self.texts("not_sources"),
            updates=self.choice("updates", Updates, Updates.MATERIAL),
            alert_when=alert_when(self),
            repeat=self.duration("repeat"),
            cooldown=self.duration("cooldown", least=timedelta(0)),
            enabled=self.flag("enabled", True),
            expires=self.day("expires"),
            tags=self.texts("tags"),
            should_match=match,
            should_not_match=no_match,
            file=self.source.file,
            line=line,
            query=written.value if isinstance(written, Scalar) else "",
        )
        usable = not self.failed and tree is not None and self.id is not None
        notify = self.notify(channels)
        rule = replace(plain, notify=notify) if usable else None
        flawed = usable and self.failed
        text = to_json(self.table) if usable and not flawed else ""
        if usable and tree is not None:
            self.lint(tree)
        return RuleDraft(self.id, rule, flawed, self.source, self.table.start, text)

    # --- single keys

    def read_id(self) -> str | None:
        value = self.table.get("id")
        if value is None:
            self.error(self.table, "a rule without an id", "begin it with - id: a-name-that-stays")
            return None
        name = self.text("id")
        if name and not RULE_ID_PATTERN.fullmatch(name):
            slug = regex.sub(r"[^\w.:-]+", "-", name.casefold()).strip("-")
            self.error(value, f'"{name[:60]}" cannot be an id', f"no spaces, no @: {slug[:60]}")
            return None
        return name or None

    def notify(self, channels: Collection[str] | None) -> tuple[ChannelName, ...]:
        """The channels that exist; the others are errors, but the rule stays usable."""
        known = []
        for scalar in self.scalars("notify"):
            name = scalar.value.strip()
            if channels is None or name in channels:
                known.append(ChannelName(name))
                continue
            near = nearest(name, channels)
            hint = f"did you mean {near}?" if near else f"the config has {', '.join(channels)}"
            if not channels:
                hint = "the config has no channels"
            self.error(scalar, f"no channel is called {name}", hint)
        return tuple(known)

    # --- the tree

    def tree(self) -> Node | None:
        structured = [k for k in ("entities", "terms") if self.table.get(k) is not None]
        written = self.table.get("query")
        if written is not None:
            for key in (*structured, "within", "at_least"):
                if (name := self.table.key(key)) is not None:
                    hint = "write it in the query, or leave out query"
                    if key == "within":
                        hint = "write NEAR/30 or W/s in the query instead"
                    elif key == "at_least":
                        hint = "write 2 OF (…) in the query instead"
                    self.error(name, f"{key} cannot stand beside query", hint)
            node = self.parsed("query", written)
        elif structured:
            node = self.structured()
        else:
            if not self.failed:  # else a key is misspelt, and that has been said
                hint = "add entities: […], terms: […] or query:"
                self.error(self.table, "the rule says nothing to look for", hint)
            node = None
        unless = self.table.get("unless")
        if unless is not None:
            excluded = self.parsed("unless", unless)
            if node is not None and excluded is not None:
                return all_of([node, Not(excluded)])
        return node

    def structured(self) -> Node | None:
        """All entities (or k of them) and a term of every group, perhaps close together."""
        before = self.failed
        self.failed = False
        refs: list[Node] = []
        for scalar in self.scalars("entities"):
            name = scalar.value.strip()
            atom = query.read_atom(
                name if name.startswith("@") else f"@{name}",
                self.catalogue.resolve,
                self.catalogue.suggest,
            )
            if atom.node is None:
                self.unknown(scalar, name.removeprefix("@"), 0, len(scalar.value))
            elif atom.node in refs:
                self.warn(scalar, f"{name} stands here twice", "remove one of them")
            else:
                refs.append(atom.node)
        required = self.counted(refs)
        required += self.groups()
        limit = self.within()
        if not required and not self.failed:
            self.error(self.table, "the rule says nothing to look for", "the lists are empty")
        failed, self.failed = self.failed, self.failed or before
        if failed:
            return None
        node = all_of(required)
        return node if limit is None else Within(limit, node)

    def counted(self, refs: list[Node]) -> list[Node]:
        count = self.number("at_least")
        key = self.table.key("at_least")
        if count is None or key is None:
            return refs
        if self.table.get("entities") is None:
            self.error(key, "at_least counts entities, and there are none", "add entities: […]")
        elif not self.failed and count > len(refs):
            self.error(key, f"at_least {count} of {len(refs)} can never be met", "write less")
        return refs if count == len(refs) else [KOf(count, tuple(refs))]

    def groups(self) -> list[Node]:
        """``terms``: each item a group of which one must occur."""
        value = self.table.get("terms")
        if value is None:
            return []
        if isinstance(value, Table):
            self.error(value, "terms is a mapping", "write terms: [[coup, junta], troops]")
            return []
        found = []
        for group in value.items if isinstance(value, Listing) else (value,):
            if isinstance(group, Listing) and not group.items:
                self.error(group, "an empty group in terms", "write at least one word")
            atoms = [self.atom(s) for s in self.scalars("terms", group)]
            if atoms and None not in atoms:
                found.append(any_of([a for a in atoms if a is not None]))
        return found

    def atom(self, scalar: Scalar) -> Node | None:
        reading = query.read_atom(scalar.value, self.catalogue.resolve, self.catalogue.suggest)
        self.report(scalar, reading)
        return reading.node

    def within(self) -> int | Scope | None:
        value = self.table.get("within")
        if value is None:
            return None
        text = self.text("within")
        if text in _SCOPES:
            return None if text == "article" else _SCOPES[text]
        number = _WITHIN.fullmatch(text)
        if number is not None and int(number[1]) > 0:
            return int(number[1])
        loose = _LOOSE_WITHIN.fullmatch(text)
        near = f"{loose[1]} words" if loose else nearest(text.casefold(), (*_SCOPES, "headline"))
        near = "title" if near == "headline" else near
        hint = "write 30 words, or sentence, paragraph, title, lead, article"
        self.error(value, f'within cannot be "{text}"', f"did you mean {near}?" if near else hint)
        return None

    # --- queries

    def parsed(self, key: str, value: Value) -> Node | None:
        if not isinstance(value, Scalar):
            self.error(value, f"{key} is {kind(value)}; it must be a text", f"write {key}: |")
            return None
        reading = query.read(value.value, self.catalogue.resolve, self.catalogue.suggest)
        if key == "unless":
            hint = "unless excludes already: write what must not be there, without NOT"
            faults = [
                replace(f, hint=hint) if f.message == EXCLUSIONS_ALONE else f
                for f in reading.faults
            ]
            reading = replace(reading, faults=tuple(faults))
        self.report(value, reading)
        return reading.node

    def report(self, scalar: Scalar, reading: query.Reading) -> None:
        """The faults of a query, at their places in the file."""
        for error, fault in zip(reading.errors, reading.faults, strict=True):
            if isinstance(error, UnknownEntity):
                name = scalar.value[fault.offset : fault.offset + fault.width].strip().lstrip("@")
                self.unknown(scalar, name, fault.offset, fault.width)
            else:
                self.inside(scalar, fault.offset, fault.width, fault.message, fault.hint)
        for doubt in reading.warnings:
            self.inside(
                scalar,
                doubt.offset,
                doubt.width,
                doubt.message,
                doubt.hint,
                level=ProblemLevel.WARNING,
            )

    def unknown(self, scalar: Scalar, name: str, offset: int, width: int) -> None:
        place = self.catalogue.broken.get(name)
        if place is not None:
            message = f"entity {name} cannot be used because of its own errors"
            self.inside(scalar, offset, width, message, f"mend it first: {place}")
            return
        near = self.catalogue.suggest(name)
        at = "@" if scalar.value[offset : offset + 1] == "@" else ""
        hint = f"did you mean {at}{near}?" if near else "define it in rules/entities/"
        if not near and " " in name:
            hint = "an item is one id: [russia, troops]; what joins them stands in a query:"
        self.inside(scalar, offset, width, f"no entity is called {at}{name}", hint)

    def lint(self, tree: Node) -> None:
        """What is no error, but hardly meant."""
        at = self.table.key("query") or self.table.key("id") or self.table
        for found in doubts(tree, self.catalogue):
            place = None if found.term is None else self.place_of(found.term)
            if place is None:
                self.warn(at, found.message, found.hint)
            else:
                scalar, start, width = place
                level = ProblemLevel.WARNING
                self.inside(scalar, start, width, found.message, found.hint, level=level)
        self.lint_filters(tree)
        if self.table.get("tests") is None and self.source.file.endswith((".yaml", ".yml")):
            key = self.table.key("id") or self.table
            self.warn(key, f"rule {self.id} has no tests", "add tests: {match: […], no_match: […]}")

    def place_of(self, term: Term) -> tuple[Scalar, int, int] | None:
        """The text that a term of the tree stands in, where and how wide, if it is found."""
        written = [v for k in ("query", "unless") if isinstance(v := self.table.get(k), Scalar)]
        value = self.table.get("terms")
        for group in value.items if isinstance(value, Listing) else ():
            written += self.scalars("terms", group)
        for scalar in written:
            if scalar.value.startswith(term.text, term.at):
                return scalar, term.at, len(term.text)
        return None

    def lint_filters(self, tree: Node) -> None:
        """``lang``, ``sources`` and ``not_sources`` that leave nothing."""
        wanted, unwanted = self.texts("sources"), {t.casefold() for t in self.texts("not_sources")}
        if wanted and unwanted.issuperset(t.casefold() for t in wanted):
            at = self.table.key("not_sources") or self.table
            hint = "take them out of one of the two lists"
            self.warn(at, "this rule can never match: not_sources names all its sources", hint)
        langs = self.languages("lang")
        asked = asked_languages(tree)
        if langs and asked and not asked.intersection(langs):
            at = self.table.key("lang") or self.table
            message = f"this rule can never match: its query asks for {', '.join(sorted(asked))}"
            self.warn(at, message, "leave lang: out of one of the two")
