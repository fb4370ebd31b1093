"""Which keys rule and entity files have: for the reader, and as JSON Schemas for editors.

The tables here are the only list of the keys. ``tools/generate.py`` writes the files that ship in
``monitor/rules/schemas``; a test holds them against the tables.
"""

from __future__ import annotations

import json
from typing import Any, Final

from monitor.model import Severity, Updates
from monitor.rules.entity import Case
from monitor.text import durations

Schema = dict[str, Any]

RULE_ID: Final = r"^[^\s@]{1,200}$"
ENTITY_ID: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE: Final = r"^[a-z]{2,3}$"
DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


_WORDS: Final = ["string", "number"]
"""A text; one of digits alone needs no quotes, as in ``title: 2024``."""


def _text(description: str, **more: Any) -> Schema:
    kind = "string" if "enum" in more or "pattern" in more else _WORDS
    return {"type": kind, "description": description, **more}


def _one_or_more(description: str, **item: Any) -> Schema:
    one = {"type": "string" if item else _WORDS, **item}
    return {"description": description, "anyOf": [one, {"type": "array", "items": one}]}


def _list(description: str, **item: Any) -> Schema:
    return _one_or_more(description, **item)


def _by_language(description: str) -> Schema:
    values = {"anyOf": [{"type": _WORDS}, {"type": "array", "items": {"type": _WORDS}}]}
    return {
        "type": "object",
        "description": description,
        "patternProperties": {r"^(\*|[a-z]{2,3})$": values},
        "additionalProperties": False,
    }


def _duration(description: str) -> Schema:
    return {"type": "string", "description": description, "pattern": durations.PATTERN}


def _object(properties: dict[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


SAMPLE: Final[dict[str, Schema]] = {
    "text": _text("The body of the article."),
    "title": _text("Its headline."),
    "lang": _text("Its language, ISO 639-1.", pattern=LANGUAGE),
    "url": _text("Its address."),
    "source": _text("Who published it."),
    "author": _text("Who wrote it."),
    "tags": _list("Its tags."),
    "todo": {
        "description": "Known to fail: reported, but no failure. true, or the reason.",
        "type": ["boolean", "string"],
    },
}
_SAMPLES: Final[Schema] = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": _WORDS},
            _object(SAMPLE, anyOf=[{"required": ["text"]}, {"required": ["title"]}]),
        ]
    },
}
TESTS: Final[dict[str, Schema]] = {
    "match": {**_SAMPLES, "description": "Texts that the rule must find."},
    "no_match": {**_SAMPLES, "description": "Texts that it must not find."},
}
ALERT_WHEN: Final[dict[str, Schema]] = {
    "stories": {"type": "integer", "minimum": 1, "description": "At least so many stories"},
    "sources": {
        "type": "integer",
        "minimum": 1,
        "default": 1,
        "description": "from at least so many different sources",
    },
    "in": _duration("within this time, 30 days at most."),
    "quiet_for": _duration("No further volume alert for so long; without it, as long as in."),
    "above_normal": {
        "type": "number",
        "exclusiveMinimum": 1,
        "maximum": 1000,
        "description": "And so many times what is normal for that hour of the week.",
    },
}
RULE: Final[dict[str, Schema]] = {
    "id": _text("Unique and stable: the key of alerts and of the archive.", pattern=RULE_ID),
    "title": _text("What people are shown."),
    "description": _text("What the rule is for."),
    "owner": _text("Who looks after it."),
    "severity": _text("How loud it is.", enum=[s.value for s in Severity], default="normal"),
    "query": _text("A boolean query, instead of entities and terms."),
    "entities": _list("All of them must occur, or at_least so many.", pattern=r"^@?[\w-]+$"),
    "at_least": {"type": "integer", "minimum": 1, "description": "How many of the entities."},
    "terms": {
        "description": "Each item must occur; an item that is a list, any of it.",
        "anyOf": [
            {"type": _WORDS},
            {
                "type": "array",
                "items": {
                    "anyOf": [
                        {"type": _WORDS},
                        {"type": "array", "items": {"type": _WORDS}, "minItems": 1},
                    ]
                },
            },
        ],
    },
    "within": {
        "description": "How close together: 30 words, sentence, paragraph, title, lead, article.",
        "anyOf": [
            {"type": "integer", "minimum": 1},
            {
                "type": "string",
                "pattern": r"^(\d+( words?)?|sentence|paragraph|title|lead|article)$",
            },
        ],
    },
    "unless": _text("A query: where it holds, the rule does not."),
    "lang": _one_or_more("Only articles in these languages (ISO 639-1).", pattern=LANGUAGE),
    "sources": _one_or_more("Only from these: feed name, domain or tag."),
    "not_sources": _one_or_more("Not from these: feed name, domain or tag."),
    "notify": _one_or_more("Channels; without it the config's default ones."),
    "updates": _text(
        "Which later articles of a known story alert again.",
        enum=[u.value for u in Updates],
        default="material",
    ),
    "enabled": {"type": "boolean", "description": "false switches it off.", "default": True},
    "expires": _text("The last day it is in force, as 2026-12-31.", format="date", pattern=DAY),
    "tags": _one_or_more("Your own labels."),
    "tests": _object(TESTS, description="What `monitor test` tries."),
    "alert_when": _object(
        ALERT_WHEN,
        description="Alert on the volume of stories instead of on single ones.",
        required=["stories", "in"],
    ),
    "repeat": _duration("Alert again on a story that still gets articles, after this time."),
    "cooldown": _duration("At least this long between two alerts on one story."),
}
ENTITY: Final[dict[str, Schema]] = {
    "type": _text("country, place, organisation, person, force, topic, …", default="topic"),
    "case": _text(
        "cap: capitals of the name must be capitals in the text; exact; any.",
        enum=[c.value for c in Case],
        default="cap",
    ),
    "extends": {"type": "boolean", "description": "Adds to the built-in entity of this name."},
    "also": _list("Other ids that mean this entity.", pattern=ENTITY_ID),
    "names": _by_language("Its names by language; * is every language."),
    "adjectives": _by_language("Its adjectives by language."),
    "weak": _by_language("Names that count only with a confirming word within ten words."),
    "confirm": _list("The confirming words."),
    "doubt": _list("Words that make its names within ten words of them weak."),
    "not": _list("Phrases that are not this entity."),
    "not_after": _list("Words, or given-name, capitalised: not the entity after them."),
    "not_before": _list("Words, or surname, capitalised: not the entity before them."),
    "surnames": _list("Of a person: counts with a given name or title."),
    "given": _list("Given names of the person."),
    "titles": _list("Titles and offices of the person."),
    "includes": _list("Other entities that count as this one.", pattern=ENTITY_ID),
}
FILE: Final = ("rules", "entities")
"""The keys of a file."""

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"


def rules_schema() -> Schema:
    """The JSON Schema of ``rules/**/*.yaml``."""
    one_form = [{"required": ["query"]}, {"required": ["entities"]}, {"required": ["terms"]}]
    alone = dict.fromkeys(("entities", "terms", "within", "at_least"), False)
    rule = _object(
        RULE,
        required=["id"],
        anyOf=one_form,
        **{"if": {"required": ["query"]}, "then": {"properties": alone}},
        dependentRequired={"at_least": ["entities"]},
    )
    properties = {
        "rules": {"type": "array", "items": rule, "description": "The rules of this file."},
        "entities": _entities(),
    }
    return {"$schema": _DRAFT, "title": "Rules of the media monitor", **_object(properties)}


def entities_schema() -> Schema:
    """The JSON Schema of ``rules/entities/**/*.yaml``."""
    schema = _object({"entities": _entities()}, required=["entities"])
    return {"$schema": _DRAFT, "title": "Entities of the media monitor", **schema}


def _entities() -> Schema:
    adds: Schema = {"required": ["extends"], "properties": {"extends": {"const": True}}}
    with_names = ("names", "adjectives", "weak", "surnames", "includes")
    named = [*({"required": [key]} for key in with_names), adds]
    return {
        "type": "object",
        "description": "Entities by id.",
        "propertyNames": {"pattern": ENTITY_ID},
        "additionalProperties": _object(ENTITY, anyOf=named),
    }


def files() -> dict[str, str]:
    """The schema files as they ship, by name."""
    schemas = {"rules.schema.json": rules_schema(), "entities.schema.json": entities_schema()}
    return {
        name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }
