"""The tree that every rule compiles to, whichever form it was written in.

Values only: parsing lives in `query` and `build`, evaluation in `evaluate`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from monitor.model import EntityId


class FieldName(StrEnum):
    """What a field limit can look at. The first three are parts of the text, the rest metadata."""

    TITLE = "title"
    LEAD = "lead"
    BODY = "body"
    URL = "url"
    SOURCE = "source"
    DOMAIN = "domain"
    AUTHOR = "author"
    TAG = "tag"
    LANG = "lang"


class Scope(StrEnum):
    """A stretch of text that a window can be."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"
    TITLE = "title"
    LEAD = "lead"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Term:
    """A word, phrase or wildcard. ``text`` is as written, without quotes and ``=``.

    ``exact`` (``=US``) asks for exactly these capitals and accents. ``*`` and ``?`` in ``text``
    are wildcards when ``wildcard`` is set.
    """

    text: str
    exact: bool = False
    wildcard: bool = False
    at: int = field(default=0, compare=False)
    """Offset of the term in the query text, 0-based."""


@dataclass(frozen=True, slots=True)
class EntityRef:
    """``@niger``: the id as resolved (aliases of ids are resolved when the tree is built)."""

    id: EntityId
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InField:
    """``title:(…)``: the node must hold within that field."""

    name: FieldName
    node: Node


@dataclass(frozen=True, slots=True)
class Near:
    """``left NEAR/n right``: ``distance`` words at most between, or the same sentence/paragraph."""

    left: Node
    right: Node
    distance: int | Scope
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class And:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: Node


@dataclass(frozen=True, slots=True)
class AtLeast:
    """``ATLEAST/3 a``: at least ``count`` occurrences in total, without overlap."""

    count: int
    node: Node


@dataclass(frozen=True, slots=True)
class KOf:
    """``2 OF (a, b, c)``: at least ``count`` of the nodes hold."""

    count: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """``within:`` of the structured form: some window holds occurrences of what ``node`` requires.

    ``limit`` is a number of consecutive words, or a scope.
    """

    limit: int | Scope
    node: Node


Node: TypeAlias = Term | EntityRef | InField | Near | And | Or | Not | AtLeast | KOf | Within
