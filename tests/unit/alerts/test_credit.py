"""Which agency an article credits, and how outlets are listed under it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.alerts.context import also_reported
from monitor.alerts.credit import agency, by_agency
from monitor.model import Outlet
from tests.unit.alerts.messages import ALERT


@pytest.mark.parametrize(
    ("author", "head", "tail", "credited"),
    [
        ("AFP", "", "", "AFP"),
        ("RFI avec AFP", "", "", "AFP"),
        ("By Reuters Staff", "", "", "Reuters"),
        ("Associated Press", "", "", "AP"),
        (None, "NIAMEY, Nov 25 (Reuters) - Troops landed.", "", "Reuters"),
        (None, "NIAMEY (AP) — Troops landed.", "", "AP"),
        (None, "НИАМЕЙ, 25 ноября. /ТАСС/. Военные прибыли.", "", "TASS"),
        (None, "Xinhua - Troops landed.", "", "Xinhua"),
        (None, "", "They left on Monday. © AFP", "AFP"),
        (None, "", "Ils sont partis lundi. (avec AFP)", "AFP"),
        (None, "", "Sie gingen am Montag. - dpa", "dpa"),
        (None, "", "They left. Source: Anadolu Agency", "Anadolu"),
        ("Amina Sow", "Troops landed, Reuters reported.", "as the AFP wrote on Monday.", ""),
        ("Chapman", "Reapers landed.", "They had a nap.", ""),
        ("ap staff", "reuters said so", "", ""),
        (None, "", "", ""),
    ],
)
def test_an_agency_is_found_where_it_is_credited_and_nowhere_else(
    author: str | None, head: str, tail: str, credited: str
) -> None:
    assert agency(source="France 24", author=author, head=head, tail=tail) == credited


def test_an_agency_does_not_credit_itself() -> None:
    for source in ("Reuters", "Reuters: World", "REUTERS via feed of Reuters"):
        assert agency(source=source, author="Reuters Staff", head="", tail="") == ""
    assert agency(source="AFP", author=None, head="PARIS (Reuters) -", tail="") == "Reuters"


def outlets(*pairs: tuple[str, str]) -> tuple[Outlet, ...]:
    return tuple(Outlet(name, None, "", None, credit) for name, credit in pairs)


def test_outlets_stand_under_the_agency_they_credit_and_the_others_last() -> None:
    found = by_agency(
        outlets(("A", ""), ("B", "AFP"), ("C", "Reuters"), ("D", "AFP"), ("B", "AFP"))
    )
    assert found == [("AFP", ["B", "D"]), ("Reuters", ["C"]), ("", ["A"])]


@pytest.mark.parametrize(
    ("pairs", "listed"),
    [
        ((), ""),
        ((("A", ""),), "A"),
        ((("A", "AFP"), ("B", "AFP")), "AFP via A and B"),
        (tuple((f"O{n}", "AFP") for n in range(14)), "AFP via O0, O1, O2, O3 and 10 more"),
        ((("A", "AFP"), ("B", "")), "AFP via A; B"),
        (
            (("A", "AFP"), ("B", "dpa"), ("C", "AP"), ("D", "EFE"), ("E", "")),
            "AFP via A; dpa via B; AP via C; 2 more",
        ),
    ],
)
def test_every_outlet_is_named_or_counted(pairs: tuple[tuple[str, str], ...], listed: str) -> None:
    assert also_reported(replace(ALERT, outlets=outlets(*pairs))) == listed
