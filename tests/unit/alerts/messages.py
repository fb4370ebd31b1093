"""Alert views the rendering tests share: an ordinary one, and everything that may go wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import (
    AlertId,
    AlertView,
    Excerpt,
    OperatorNotice,
    Outlet,
    Reason,
    RuleHit,
    RuleId,
    Severity,
    StoryId,
)

NIAMEY = ZoneInfo("Africa/Niamey")
AT = datetime(2026, 11, 22, 16, 5, tzinfo=UTC)


def excerpt(text: str, *words: str) -> Excerpt:
    """``text`` with the first occurrence of each word marked."""
    return Excerpt(text, tuple((text.index(w), text.index(w) + len(w)) for w in words))


HIT = RuleHit(
    rule=RuleId("russia-niger-troops"),
    title="Russian forces in Niger",
    severity=Severity.HIGH,
    why=(
        "russia: “Russia” in the title (demonym of Russia)",
        "niger: “Niamey” (capital of Niger)",
        "within 30 words: 7 apart",
    ),
    excerpt=excerpt(
        "About 100 Russian troops landed in Niamey on Sunday, two officials said.",
        "Russian",
        "troops",
        "Niamey",
    ),
)

ALERT = AlertView(
    id=AlertId(11),
    story=StoryId(7),
    reason=Reason.FIRST,
    created_at=AT,
    title="Russia sends troops to Niger",
    url="https://news.example.org/world/2026/niger?id=4411&lang=en",
    source="AFP",
    published=AT - timedelta(minutes=12),
    lang="en",
    hits=(HIT,),
    outlets=tuple(
        Outlet(name, f"https://{name.lower()}.example.org/", "Troops in Niamey", AT)
        for name in ("Reuters", "RFI", "AFP", "Xinhua", "Anadolu", "TASS", "ANP", "Reuters")
    ),
)

UPDATE = replace(
    ALERT,
    id=AlertId(12),
    reason=Reason.MATERIAL_UPDATE,
    url=None,
    published=None,
    note="a higher figure: 300 (was 100)",
    outlets=ALERT.outlets[:1],
    hits=(
        HIT,
        replace(HIT, rule=RuleId("sahel"), title="Sahel", severity=Severity.FLASH, why=()),
    ),
)

QUIET = replace(
    ALERT,
    id=AlertId(13),
    story=StoryId(9),
    reason=Reason.VOLUME,
    title="Uranium mine reopens",
    source="",
    outlets=(),
    hits=(replace(HIT, severity=Severity.LOW, why=HIT.why * 3),),
)

ARABIC = replace(
    ALERT,
    id=AlertId(14),
    title="وصول قوات روسية إلى النيجر",
    source="الجزيرة",
    lang="ar",
    hits=(replace(HIT, excerpt=excerpt("قوات روسية تصل إلى نيامي", "روسية", "نيامي")),),
)

HOSTILE = replace(
    ALERT,
    id=AlertId(15),
    title="<!channel> @room [red]<b>x</b>[/] \u202eevil\u202c\r\nBcc: a@b.c \x1b[31m *bold* `code`",
    url="javascript:alert(1)",
    source="<@U1|x> & [link=http://x.example]y[/link]",
    note="{{ 7*7 }} </p><script>alert(1)</script> @everyone a@b.c",
    outlets=(Outlet("@here <img src=x>", None, "", None),),
    hits=(
        replace(
            HIT,
            title="[/] <i>",
            why=("line\none <!here>",),
            excerpt=excerpt("<b>@room</b> [bold]war[/bold] \\", "war", "@room"),
        ),
    ),
)

CREDITED = replace(
    ALERT,
    id=AlertId(17),
    source="France 24",
    agency="AFP",
    outlets=(
        *(
            Outlet(name, None, "Troops in Niamey", AT, "AFP")
            for name in ("RFI", "Le Soir", "L'Orient", "Le Temps", "ActuNiger")
        ),
        Outlet("Reuters", None, "Niger: troops arrive", AT),
        Outlet("Al Jazeera", None, "Troops arrive", AT),
    ),
)

SURGE = replace(
    ALERT,
    id=AlertId(18),
    reason=Reason.VOLUME,
    note="9 stories from 5 sources in 2 hours; normal for Sunday 17:00 is 1.2",
    outlets=(),
    surge=tuple(
        Outlet(f"Outlet {n % 5}", f"https://o{n}.example.org/", f"Report <{n}> from Niamey", AT)
        for n in range(9)
    ),
)

LONG = replace(
    ALERT,
    id=AlertId(16),
    title="word " * 400,
    note="note " * 400,
    hits=tuple(
        replace(HIT, rule=RuleId(f"rule-{n}"), excerpt=Excerpt("long " * 500, ((1500, 1504),)))
        for n in range(40)
    ),
    outlets=tuple(Outlet(f"Outlet {n}", None, "", None) for n in range(500)),
)

NOTICE = OperatorNotice(
    key="feed:AllAfrica",
    title="AllAfrica: Niger has been failing for 3 hours",
    text="HTTP 503 Service Unavailable\nlast success 2026-11-22 13:00 UTC",
    at=AT,
)
