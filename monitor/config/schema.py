"""What may stand where: the models, walked by key path.

Answers for a path of the file which keys are allowed there, whether the value is a secret, and
which names an environment variable may have. Reads only the models, and of the data only what a
path depends on: names in use and the ``type`` of a channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from monitor.config.entries import CHANNEL_TYPES, ChannelBase, FeedEntry
from monitor.config.places import KeyPath
from monitor.config.settings import Settings


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a table, as written in the file (``from``, not ``sender``)."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def plain_type(annotation: Any) -> Any:
    """The type without Annotated and without "or None"."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) in (Union, UnionType):
        rest = [a for a in get_args(annotation) if a is not NoneType]
        return plain_type(rest[0]) if len(rest) == 1 else annotation
    return annotation


def section(field: FieldInfo) -> type[BaseModel] | None:
    """The model behind a table such as ``[polling]``."""
    kind = plain_type(field.annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def is_list(field: FieldInfo) -> bool:
    return get_origin(plain_type(field.annotation)) is tuple


def is_table(field: FieldInfo) -> bool:
    return get_origin(plain_type(field.annotation)) is dict


def is_nested(field: FieldInfo) -> bool:
    """Is it written as more than one plain value?"""
    return is_list(field) or is_table(field) or section(field) is not None


def is_secret(field: FieldInfo) -> bool:
    kind = plain_type(field.annotation)
    return kind is SecretStr or SecretStr in get_args(kind)


def channel_models(data: Mapping[str, Any], name: str) -> list[type[ChannelBase]]:
    """The model of a channel by its ``type``; all of them while that is not known."""
    channels = data.get("channels")
    entry = channels.get(name) if isinstance(channels, Mapping) else None
    kind = entry.get("type") if isinstance(entry, Mapping) else None
    known = CHANNEL_TYPES.get(kind) if isinstance(kind, str) else None
    return [known] if known else list(CHANNEL_TYPES.values())


def keys_at(path: KeyPath, data: Mapping[str, Any]) -> dict[str, FieldInfo]:
    """The keys allowed in the table at ``path``; empty where any key is, or none."""
    if not path:
        return keys(Settings)
    if path[0] == "feeds" and len(path) == 2:
        return keys(FeedEntry)
    if path[0] == "channels" and len(path) == 2:
        models = channel_models(data, str(path[1]))
        return {key: field for m in models for key, field in keys(m).items()}
    if len(path) == 1 and (field := keys(Settings).get(str(path[0]))):
        inner = section(field)
        return keys(inner) if inner else {}
    return {}


def field_at(path: KeyPath, data: Mapping[str, Any]) -> FieldInfo | None:
    """The field a value belongs to; an item belongs to its list, a header to ``headers``."""
    for end in range(len(path), 0, -1):
        if field := keys_at(path[: end - 1], data).get(str(path[end - 1])):
            return field
    return None


def may_show(path: KeyPath, data: Mapping[str, Any]) -> bool:
    """Only the value of a known key that is no secret may be shown to anybody."""
    end = len(path) - 1 if path and isinstance(path[-1], int) else len(path)
    field = keys_at(path[: end - 1], data).get(str(path[end - 1])) if end else None
    shown = field is not None and not is_secret(field) and not is_table(field)
    # A feed's address and a channel's type are known too late to tell a token inside from a path.
    return shown and not (path[-1] == "url" and path[0] == "channels")


def variable(path: KeyPath) -> str:
    """The environment variable that sets ``path``."""
    return "MONITOR_" + "__".join(slug(str(part)).upper() for part in path)


def slug(name: str) -> str:
    """A channel's or feed's name as it stands in a variable: letters, digits and ``_``."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def paths(data: Mapping[str, Any]) -> Iterator[KeyPath]:
    """Every key that could be set, for the channels and feeds there are."""
    for key, field in keys(Settings).items():
        yield (key,)
        inner = section(field)
        yield from ((key, k) for k in (keys(inner) if inner else ()))
    channels = data.get("channels")
    for name in channels if isinstance(channels, Mapping) else ():
        yield from (("channels", name, k) for k in keys_at(("channels", name), data))
    for position, name in enumerate(feed_names(data)):
        yield from (("feeds", name or position, k) for k in keys(FeedEntry))


def feed_names(data: Mapping[str, Any]) -> list[str]:
    """What the feeds are called, "" where that is not known."""
    feeds = data.get("feeds")
    entries = feeds if isinstance(feeds, list | tuple) else ()
    return [
        str(f.get("name") or f.get("url") or "") if isinstance(f, Mapping) else "" for f in entries
    ]
