"""The sample news: outlets and the items they publish, read from ``samples.yaml``.

Pure values, with times in seconds of the show and ages at its beginning. How they look as feed
documents is written in ``documents``; when they are served, in ``server``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from importlib import resources
from typing import Any
from urllib.parse import urljoin

from ruamel.yaml import YAML


class Expect(StrEnum):
    """What the starter rules make of an item (explained at the head of ``samples.yaml``)."""

    NEWS = "news"
    COPY = "copy"
    DECOY = "decoy"
    BACKGROUND = "background"
    OLD = "old"


class FaultKind(StrEnum):
    """How a feed misbehaves for a moment."""

    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"


class Format(StrEnum):
    """The syndication formats of the samples."""

    RSS = "rss"
    RDF = "rdf"
    ATOM = "atom"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Fault:
    """From second ``start`` of the show on, a feed answers ``requests`` requests wrongly."""

    kind: FaultKind
    start: float
    requests: int


@dataclass(frozen=True, slots=True)
class Outlet:
    """One fictitious publisher with one feed."""

    id: str
    name: str
    lang: str
    format: Format
    home: str
    encoding: str = "utf-8"
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """One item of an outlet's feed. ``guid`` stays the same over versions; ``age`` is at ``at``.

    ``story`` is the id of the item that this one is a copy of, or its own.
    """

    id: str
    story: str
    outlet: str
    at: float
    guid: str
    link: str
    title: str
    paragraphs: tuple[str, ...]
    expect: Expect
    age: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Programme:
    """The whole show: who publishes, and what, in order of time."""

    outlets: tuple[Outlet, ...]
    samples: tuple[Sample, ...]

    @property
    def length(self) -> float:
        """The second at which the last item is published."""
        return max(s.at for s in self.samples)

    def published(self, outlet: str, second: float) -> tuple[Sample, ...]:
        """What the outlet's feed holds at this second, newest first; of versions the latest."""
        current = {s.guid: s for s in self.samples if s.outlet == outlet and s.at <= second}
        return tuple(sorted(current.values(), key=lambda s: s.at, reverse=True))

    def expecting(self, expect: Expect) -> tuple[Sample, ...]:
        """The items of one kind."""
        return tuple(s for s in self.samples if s.expect is expect)


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def load() -> Programme:
    """Reads the bundled samples. Raises KeyError or ValueError when they are inconsistent."""
    text = resources.files(__package__).joinpath("samples.yaml").read_text(encoding="utf-8")
    data = YAML(typ="safe", pure=True).load(text)
    outlets = {key: _outlet(key, fields) for key, fields in data["outlets"].items()}
    written: dict[str, Mapping[str, Any]] = {}
    samples: dict[str, Sample] = {}
    for fields in data["items"]:
        if fields["id"] in written:
            raise ValueError(f"two sample items are called {fields['id']}")
        written[fields["id"]] = fields
        samples[fields["id"]] = _sample(fields, outlets[fields["outlet"]], samples)
    return Programme(
        outlets=tuple(outlets.values()),
        samples=tuple(sorted(samples.values(), key=lambda s: s.at)),
    )


def _outlet(key: str, fields: Mapping[str, Any]) -> Outlet:
    return Outlet(
        id=key,
        name=fields["name"],
        lang=fields["lang"],
        format=Format(fields["format"]),
        home=fields["home"],
        encoding=fields.get("encoding", "utf-8"),
        faults=tuple(
            Fault(FaultKind(f["kind"]), float(f["from"]), int(f["requests"]))
            for f in fields.get("faults", ())
        ),
    )


def _sample(fields: Mapping[str, Any], outlet: Outlet, earlier: Mapping[str, Sample]) -> Sample:
    original = earlier[fields["copy_of"]] if "copy_of" in fields else None
    body = _paragraphs(fields["text"]) if original is None else original.paragraphs
    replaced = fields.get("replaces")
    age = str(fields.get("age", "0m"))
    return Sample(
        id=fields["id"],
        story=fields["id"] if original is None else original.story,
        outlet=outlet.id,
        at=float(fields["at"]),
        guid=earlier[replaced].guid if replaced else f"{outlet.id}-{fields['id']}",
        link=fields.get("link") or urljoin(outlet.home, fields["path"]),
        title=fields["title"],
        paragraphs=tuple(_edited(fields, body)),
        expect=Expect(fields["expect"]),
        age=timedelta(**{_UNITS[age[-1]]: int(age[:-1])}),
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(p.split()) for p in text.split("\n\n") if p.strip())


def _edited(fields: Mapping[str, Any], body: tuple[str, ...]) -> Iterable[str]:
    """The body as this outlet prints it: shortened, reworded, with its own boilerplate."""
    if before := fields.get("before"):
        yield before
    for paragraph in body[: len(body) - fields.get("cut", 0)]:
        text = paragraph
        for old, new in fields.get("edits", {}).items():
            text = text.replace(old, new)
        yield text
    if after := fields.get("after"):
        yield after
