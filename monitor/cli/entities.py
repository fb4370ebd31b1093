"""``monitor entities``: which entities there are, built in and the desk's own, and their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.context import ExitCode
from monitor.cli.rules import RulesOption, load_rules
from monitor.cli.show import safe

if TYPE_CHECKING:
    from monitor.cli.entitynames import Found
    from monitor.model import EntityId
    from monitor.rulefiles import Loaded
    from monitor.rules.entity import Entity

Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
_SHOWN = 4
"""Names in the list."""
_FORMS = 12
"""Forms that `show` gives as a sample."""
_LABEL = 13


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List, find and show entities.", no_args_is_help=True)
    group.command("list")(list_entities)
    group.command("find")(find_entities)
    group.command("show")(show_entity)
    app.add_typer(group, name="entities")


def list_entities(
    ctx: typer.Context,
    type: Annotated[
        str | None, typer.Option("--type", help="Only country, place, force, topic…")
    ] = None,
    own: Annotated[bool, typer.Option("--own", help="Only those of the desk's files.")] = False,
    rules: RulesOption = None,
    json: Json = False,
) -> None:
    """List the entities that rules can name: those built in and the desk's own.

    Examples:

      monitor entities list --type force

      monitor entities list --own --json
    """
    entities = load_rules(ctx, rules).entities
    types = sorted({e.type for e in entities.values()})
    if type is not None and type not in types:
        output.error(f"no entity is of the type {type!r}: there are {', '.join(types)}")
        raise typer.Exit(ExitCode.INPUT)
    found = [
        e
        for _, e in sorted(entities.items())
        if type in (None, e.type) and not (own and built_in(e))
    ]
    if json:
        output.print_json([_listed(e) for e in found])
        return
    output.table(
        ["entity", "type", "languages", "names", "such as"],
        ((e.id, e.type, len(_languages(e)), _count(e), ", ".join(_some(e))) for e in found),
        empty="No such entities.",
    )


def find_entities(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="A name, or a part of one, in any language.")],
    rules: RulesOption = None,
    json: Json = False,
) -> None:
    """Find the entities that a text names: by id, name, adjective or any inflected form.

    Exit code 1 when there is none.

    Examples:

      monitor entities find Ouaga

      monitor entities find нигерский
    """
    from monitor.cli.entitynames import find

    found = find(text, load_rules(ctx, rules).entities.values())
    if json:
        output.print_json([_found(f) for f in found])
    else:
        output.table(
            ["entity", "type", "by", "language", "as"],
            ((f.entity.id, f.entity.type, f.name.text, _lang(f.name.lang), _as(f)) for f in found),
            empty=f"No entity has a name like {text!r}; one of your own goes into rules/entities/.",
        )
    raise typer.Exit(ExitCode.FINE if found else ExitCode.INPUT)


def show_entity(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Its id, or a further id such as usa.")],
    rules: RulesOption = None,
    json: Json = False,
) -> None:
    """Show one entity: its names by language, what confirms and what masks them, its forms.

    Examples:

      monitor entities show niger
    """
    from monitor.rules.catalogue import Catalogue

    loaded = load_rules(ctx, rules)
    id_ = Catalogue(loaded.entities).resolve(name.removeprefix("@"))
    if id_ is None:
        output.error(unknown_entity(name, loaded.entities))
        raise typer.Exit(ExitCode.INPUT)
    entity = loaded.entities[id_]
    if json:
        output.print_json(_as_json(entity, loaded))
    else:
        output.lines(_told(entity, loaded))


def unknown_entity(name: str, entities: Mapping[EntityId, Entity]) -> str:
    """What to say of a name that is no entity: who is called so, else the nearest id or name."""
    from monitor.cli.entitynames import Closeness, find
    from monitor.rules.catalogue import Catalogue

    near = [f for f in find(name, entities.values()) if f.name.kind != "not"]
    called = [f.entity.id for f in near if f.closeness in (Closeness.SAME, Closeness.FORM)]
    suggested = Catalogue(entities).suggest(name)
    nearest = [] if suggested is None else [suggested]
    ids = (called or nearest or [f.entity.id for f in near])[:3]
    if ids:
        return f"there is no entity {name}; did you mean {' or '.join(ids)}?"
    return f"there is no entity {name}; `monitor entities find` looks through all names"


def built_in(entity: Entity) -> bool:
    """Whether it comes with the program, and not from the desk's files."""
    return entity.file.startswith("built-in/")


def form_count(id_: EntityId, entities: Mapping[EntityId, Entity]) -> int:
    """Different forms that are looked for, of the entity and all that it includes."""
    from monitor.cli.entitynames import inflected, members

    return len({f.text for e in members(id_, entities) for f in inflected(e)})


def form_sample(id_: EntityId, entities: Mapping[EntityId, Entity], count: int) -> list[str]:
    """Some inflected forms, of as many languages as can be."""
    from monitor.cli.entitynames import inflected, members

    by_language: dict[str, list[str]] = defaultdict(list)
    for entity in members(id_, entities):
        for form in inflected(entity):
            if form.note and form.text not in by_language[form.name.lang]:
                by_language[form.name.lang].append(form.text)
    found: dict[str, None] = {}
    rounds = max(map(len, by_language.values()), default=0)
    for number in range(rounds):
        found |= {texts[number]: None for texts in by_language.values() if number < len(texts)}
    return list(found)[:count]


# --- telling ----------------------------------------------------------------------------------


def _told(entity: Entity, loaded: Loaded) -> Iterator[str]:
    """One entity, line by line."""
    place = f"{entity.file}:{entity.line}" if entity.line else entity.file
    also = f", also {', '.join(entity.also)}" if entity.also else ""
    yield f"@{entity.id}  {entity.type}{also}  ({place or 'built in'})"
    for label, names in (
        ("names", entity.names), ("adjectives", entity.adjectives), ("weak names", entity.weak),
    ):  # fmt: skip
        yield from _by_language(label, names)
    for label, texts in (
        ("confirmed by", entity.confirm), ("not", entity.not_), ("not after", entity.not_after),
        ("not before", entity.not_before), ("surnames", entity.surnames), ("given", entity.given),
        ("titles", entity.titles), ("includes", entity.includes),
    ):  # fmt: skip
        if texts:
            yield from _row(label, ", ".join(texts))
    count = form_count(entity.id, loaded.entities)
    sample = form_sample(entity.id, loaded.entities, _FORMS)
    yield from _row("forms", f"{count:,}, such as {', '.join(sample)}" if sample else f"{count:,}")
    users = _users(entity.id, loaded)
    if users:
        yield from _row("in rules", ", ".join(users))


def _by_language(label: str, names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for lang, texts in names.items():
        if texts:
            yield from _row(label, f"{_lang(lang)}: {', '.join(texts)}")
            label = ""


def _row(label: str, text: str) -> Iterator[str]:
    return output.row(label, safe(text), width=_LABEL)


def _users(id_: EntityId, loaded: Loaded) -> list[str]:
    """The rules that name an entity."""
    from monitor.rules.ast import EntityRef
    from monitor.rules.clauses import walk

    return [
        str(rule.id)
        for rule in loaded.rules
        if any(isinstance(n, EntityRef) and n.id == id_ for n in walk(rule.tree))
    ]


def _lang(lang: str) -> str:
    return "all" if lang == "*" else lang


def _languages(entity: Entity) -> list[str]:
    every = (entity.names, entity.adjectives, entity.weak)
    return sorted({lang for names in every for lang in names if lang != "*"})


def _count(entity: Entity) -> int:
    every = (entity.names, entity.adjectives, entity.weak)
    return sum(len(texts) for names in every for texts in names.values()) + len(entity.surnames)


def _some(entity: Entity) -> list[str]:
    """A few names to know it by: those of every language and of English first."""
    first = [*entity.names.get("*", ()), *entity.names.get("en", ())]
    rest = [text for texts in entity.names.values() for text in texts]
    return list(dict.fromkeys([*first, *entity.surnames, *rest]))[:_SHOWN]


def _as(found: Found) -> str:
    """By what kind of name, and in which form of it."""
    if found.name.kind == "not":
        return "what it is not"
    return f"{found.name.kind}, {found.note}" if found.note else found.name.kind


# --- JSON -------------------------------------------------------------------------------------


def _listed(entity: Entity) -> dict[str, Any]:
    return {
        "id": entity.id,
        "type": entity.type,
        "also": list(entity.also),
        "built_in": built_in(entity),
        "place": f"{entity.file}:{entity.line}",
        "languages": _languages(entity),
        "names": _count(entity),
        "such_as": _some(entity),
        "includes": list(entity.includes),
    }


def _found(found: Found) -> dict[str, Any]:
    return {
        "id": found.entity.id,
        "type": found.entity.type,
        "name": found.name.text,
        "kind": found.name.kind,
        "lang": found.name.lang,
        "form": found.note or None,
        "match": found.closeness.name.lower(),
    }


def _as_json(entity: Entity, loaded: Loaded) -> dict[str, Any]:
    return _listed(entity) | {
        "case": entity.case,
        "names": entity.names,
        "adjectives": entity.adjectives,
        "weak": entity.weak,
        "confirm": list(entity.confirm),
        "not": list(entity.not_),
        "not_after": list(entity.not_after),
        "not_before": list(entity.not_before),
        "surnames": list(entity.surnames),
        "given": list(entity.given),
        "titles": list(entity.titles),
        "forms": form_count(entity.id, loaded.entities),
        "rules": _users(entity.id, loaded),
    }
