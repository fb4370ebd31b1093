"""Who wrote what an outlet carries: news agencies, as articles credit them. Pure.

Looks where agencies are credited by custom: the author, the dateline ("NIAMEY (Reuters) - "), the
last line ("© AFP"). An agency that is merely quoted in the text is no credit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.model import Outlet

HEAD = 160
"""Characters at the beginning of a text within which a dateline stands."""
TAIL = 160
"""Characters at its end within which a credit line stands."""

AGENCIES: Mapping[str, tuple[str, ...]] = {
    "AFP": ("AFP", "Agence France-Presse", "Agence France Presse", "فرانس برس"),
    "Reuters": ("Reuters", "Рейтер", "رويترز"),
    "AP": ("AP", "Associated Press", "The Associated Press"),
    "dpa": ("dpa", "Deutsche Presse-Agentur"),
    "EFE": ("EFE", "Agencia EFE"),
    "ANSA": ("ANSA",),
    "TASS": ("TASS", "ITAR-TASS", "ТАСС"),
    "Interfax": ("Interfax", "Интерфакс"),
    "RIA Novosti": ("RIA Novosti", "РИА Новости"),
    "Xinhua": ("Xinhua", "新华社", "新華社"),
    "Anadolu": ("Anadolu Agency", "Anadolu Ajansı", "Anadolu", "الأناضول"),
    "Kyodo": ("Kyodo", "Kyodo News", "共同通信"),
    "Yonhap": ("Yonhap", "연합뉴스"),
    "PTI": ("PTI", "Press Trust of India"),
    "ANI": ("ANI",),
    "Bloomberg": ("Bloomberg",),
    "PA Media": ("PA Media", "Press Association"),
    "APA": ("APA", "APAnews"),
    "Belga": ("Belga",),
    "ANP": ("ANP",),
    "Ukrinform": ("Ukrinform", "Укрінформ"),
    "Lusa": ("Lusa", "Agência Lusa"),
    "PANA": ("PANA", "Panapress"),
    "NAN": ("NAN", "News Agency of Nigeria"),
    "SPA": ("SPA", "Saudi Press Agency"),
    "WAM": ("WAM",),
    "IRNA": ("IRNA", "ایرنا"),
    "SANA": ("SANA", "سانا"),
}
"""By the name they are shown under, how they are written. With their capitals: *AP* is no *ap*."""

_NAMES = {alias: name for name, aliases in AGENCIES.items() for alias in aliases}
_ANY = "|".join(re.escape(alias) for alias in sorted(_NAMES, key=len, reverse=True))
_WORD = re.compile(rf"(?<!\w)({_ANY})(?!\w)")
_DATELINE = re.compile(rf"[(\[/]\s*({_ANY})\s*[)\]/]|^({_ANY})\s*[-–—:]")
_CREDIT = re.compile(
    rf"(?:©|\(c\)|[Cc]opyright|[Ww]ith|[Aa]vec|[Mm]it|[Cc]on|[Cc]om|[Ss]ource\s*:|[-–—(])"
    rf"\s*(?:\d{{4}}\s+)?({_ANY})\s*[).]?\s*$"
)


def agency(*, source: str, author: str | None, head: str, tail: str) -> str:
    """The agency that an article credits, "" when it credits none or is the agency's own.

    ``head`` and ``tail`` are the first and last characters of its text (`HEAD`, `TAIL`).
    """
    for pattern, text in ((_WORD, author or ""), (_DATELINE, head), (_CREDIT, tail)):
        found = pattern.search(text)
        if found is not None:
            name = _NAMES[next(g for g in found.groups() if g)]
            return "" if is_agency(source, name) else name
    return ""


def is_agency(source: str, name: str) -> bool:
    """Whether ``source`` is the agency ``name`` itself."""
    return any(_NAMES[found[1]] == name for found in _WORD.finditer(source))


def credited(name: str, agency: str) -> str:
    """``AFP via France 24``, or the outlet alone."""
    return f"{agency} via {name}" if agency else name


def by_agency(outlets: Sequence[Outlet]) -> list[tuple[str, list[str]]]:
    """The outlets' names under the agency they credit, in order of their first appearance; those
    that credit none come last, under ""."""
    groups: dict[str, dict[str, None]] = {}
    for outlet in outlets:
        groups.setdefault(outlet.agency, {})[outlet.name] = None
    own = groups.pop("", None)
    listed = [(name, list(names)) for name, names in groups.items()]
    return [*listed, ("", list(own))] if own else listed
