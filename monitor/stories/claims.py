"""What a report says has happened: typed changes of status, and casualty figures. Pure.

Words are folded; an entry that ends in ``*`` stands for every word that begins so. The lists are
of headline verbs and nouns, written by hand for eight languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.stories.lexicon import NUMBERS


class Status(StrEnum):
    """A turn that a story can take. The value is how an alert names it."""

    DEAD = "dead"
    ARRESTED = "arrested"
    CHARGED = "charged"
    CONVICTED = "convicted"
    RELEASED = "released"
    IDENTIFIED = "identified"
    RESIGNED = "resigned"
    WITHDRAWN = "withdrawn"
    CEASEFIRE = "ceasefire"
    CLAIMED = "claimed"
    DENIED = "denied"
    CORRECTED = "corrected"
    REVISED = "revised"


class Toll(StrEnum):
    """What is counted. The value is how an alert names it."""

    DEAD = "dead"
    INJURED = "injured"
    MISSING = "missing"
    ARRESTED = "arrested"


_STATUS = {
    Status.DEAD: (
        "dies died dead morto morta mort meurt decede* deces muere murio fallece fallecio morre"
        " morreu stirbt gestorben verstorben tot умер* скончал* погиб* توفي وفاه مقتل oldu hayatini"
    ),
    Status.ARRESTED: (
        "arrest arrests arrested detained nabbed surrenders surrendered captured custody arrete*"
        " arrestation* interpelle* detenido* detenida* detienen arrestado* capturado* preso presa"
        " detido* detida* festgenommen* verhaftet* festnahme* арест* задержа* اعتقال اعتقل توقيف"
        " القبض tutuklan* gozaltin* yakalan*"
    ),
    Status.CHARGED: (
        "charged charges indicted indictment arraigned inculpe* examen imputado* imputada*"
        " acusado* acusada* procesado* indiciado* angeklagt* anklage* обвинен* обвинит* اتهام"
        " suclan* iddianame*"
    ),
    Status.CONVICTED: (
        "convicted guilty sentenced acquitted condamne* acquitte* condenado* condenada* condena"
        " absuelto* absolvido* verurteilt* freigesprochen* приговор* осужден* оправдан* ادانه حكم"
        " mahkum* beraat*"
    ),
    Status.RELEASED: (
        "released freed libere* relache* liberado* liberada* liberan solto* freigelassen* freilass*"
        " освобод* اطلاق الافراج افراج serbest"
    ),
    Status.IDENTIFIED: (
        "identified identifies named identifie* identificado* identificada* identifican"
        " identifiziert* опознан* опознал* kimligi"
    ),
    Status.RESIGNED: (
        "resigns resigned resignation steps ousted sacked demissionn* demission limoge* dimite"
        " dimitio renuncia* destituid* renunciou demite* zuruckgetreten rucktritt* entlassen"
        " отстав* уволен* استقال* اقاله istifa*"
    ),
    Status.WITHDRAWN: (
        "withdraws withdrawn withdrew withdrawal walked abandons abandoned cancelled canceled"
        " cancels scrapped suspended suspends postponed retire* retrait annul* anula* suspend*"
        " retira* cancelad* cancela suspendid* aplazad* adiad* zuruckgezogen* abgesagt* ausgesetzt*"
        " ruckzug отозва* отмен* приостанов* отложен* انسحاب سحب الغاء تعليق تاجيل iptal* geri"
        " ertelen*"
    ),
    Status.CEASEFIRE: (
        "ceasefire truce treve cessez tregua alto cessar tregua waffenruhe waffenstillstand*"
        " перемири* هدنه ateskes*"
    ),
    Status.CLAIMED: ("responsibility revendiqu* reivindic* ответственност* مسووليه ustlen*"),
    Status.DENIED: (
        "denies denied denial rejects rejected refutes refuted dement dementi dementent dementis"
        " nie nient desmient* desmint* niega nego niegan rechaza rechazo rechazan nega negou negam"
        " dementiert* bestreitet bestritt weist опроверг* отрица* نفي ينفي تنفي yalanla* reddet*"
    ),
    Status.CORRECTED: (
        "correction corrects corrected corrige* rectificat* rectifie* correccion corrige*"
        " rectifica* correcao korrektur korrigiert* berichtig* исправлен* поправк* تصحيح duzelt*"
    ),
    Status.REVISED: "revised revises revise* revisad* korrigiert пересмотр* уточнен*",
}

_TOLL = {
    Toll.DEAD: (
        "killed dead die died dies kills kill killing deaths fatalities bodies death morts mort"
        " tues tue tuees tuent deces muertos muertas muerto mueren fallecidos matan mortos mortas"
        " mortes morrem tote toten todesopfer getotet погибших погибли погиб* убит* жертв* قتيل*"
        " قتل* القتلي oldu olu oldur*"
    ),
    Toll.INJURED: (
        "injured wounded hurt injures wounds blesses blesse blessees heridos heridas herido"
        " lesionados feridos feridas verletzt* verletzte* ранен* пострада* جريح* جرحي اصاب* yarali"
        " yaraland*"
    ),
    Toll.MISSING: (
        "missing disparus disparu desaparecidos desaparecido vermisst* пропал* مفقود* kayip"
    ),
    Toll.ARRESTED: (
        "arrested detained arrests arretes interpelles detenidos arrestados detidos presos"
        " festgenommen* задержан* арестован* اعتقال gozaltina tutukland*"
    ),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A status that the text gives, the word for it, and where: 0 headline, 1 lead, 2 body.

    ``around``: the words from five before to five after, to tell whether the passage is new.
    """

    status: Status
    word: str
    where: int
    around: tuple[str, ...]


REMEMBERED = 50_000
"""Words looked up that are remembered: a vocabulary, and no more than a few megabytes."""


class _Words(dict[str, StrEnum | None]):
    """Which value a word stands for, by whole words and by beginnings, as far as looked up."""

    __slots__ = ("_starts", "_whole")

    def __init__(self, listed: Mapping[StrEnum, str]) -> None:
        self._whole: dict[str, StrEnum] = {}
        self._starts: dict[str, StrEnum] = {}
        for value, words in listed.items():
            for word in words.split():
                if word.endswith("*"):
                    self._starts.setdefault(word[:-1], value)
                else:
                    self._whole.setdefault(word, value)

    def __missing__(self, word: str) -> StrEnum | None:
        if len(self) >= REMEMBERED:
            self.clear()
        found = self[word] = self._look_up(word)
        return found

    def _look_up(self, word: str) -> StrEnum | None:
        found = self._whole.get(word)
        if found is not None or len(word) < 4:
            return found
        starts = self._starts
        for size in range(4, min(len(word), 13) + 1):
            if (found := starts.get(word[:size])) is not None:
                return found
        return None


_STATUS_WORDS = _Words(_STATUS)  # type: ignore[arg-type]  # a mapping of its own kind of key
_TOLL_WORDS = _Words(_TOLL)  # type: ignore[arg-type]
_WITH = {"walked": "out", "steps": "down"}
"""Words that mean a turn only with the one after them."""
_NEGATED = frozenset(
    [
        "not",
        "no",
        "never",
        "without",
        "pas",
        "non",
        "kein",
        "keine",
        "keinen",
        "не",
        "нет",
        "لم",
        "sin",
        "nao",
    ]
)
_PLEADS = frozenset(["pleads", "pleaded", "plead", "plaide", "plaida"])


def claims(title: Sequence[str], lead: Sequence[str], body: Sequence[str]) -> tuple[Claim, ...]:
    """Every status the words give, the first of each place."""
    found: dict[tuple[Status, int, tuple[str, ...]], Claim] = {}
    for where, words in enumerate((title, lead, body[:250])):
        # The words are looked up before the loop, which most do not need.
        for i, status in enumerate(map(_STATUS_WORDS.__getitem__, words)):
            if status is None or (i and words[i - 1] in _NEGATED):
                continue
            word = words[i]
            if word in _WITH and words[i + 1 : i + 2] != [_WITH[word]]:
                continue
            if status is Status.CONVICTED and any(w in _PLEADS for w in words[max(0, i - 3) : i]):
                continue
            around = tuple(words[max(0, i - 5) : i + 6])
            found.setdefault((status, where, around), Claim(status, word, where, around))  # type: ignore[arg-type]
    return tuple(found.values())


def tolls(title: Sequence[str], lead: Sequence[str], body: Sequence[str]) -> dict[Toll, int]:
    """The highest casualty figure of each kind, of headline and lead, else of the body."""
    found: dict[Toll, int] = {}
    for words in (title, lead):
        for kind, n in _tolls(words).items():
            found[kind] = max(n, found.get(kind, 0))
    for kind, n in _tolls(body[:120]).items():
        found.setdefault(kind, n)
    return found


def _tolls(words: Sequence[str]) -> dict[Toll, int]:
    found: dict[Toll, int] = {}
    for i, word in enumerate(words):
        if not word.isdigit() and word not in NUMBERS:
            continue
        n = _count(words, i)
        if n is None:
            continue
        kind = _counted(words, i)
        if kind is not None:
            found[kind] = max(n, found.get(kind, 0))
    return found


def _count(words: Sequence[str], i: int) -> int | None:
    word = words[i]
    if word in NUMBERS:
        return NUMBERS[word]
    if not word.isdigit() or len(word) > 6 or _is_age_or_date(words, i):
        return None
    if i + 1 < len(words) and len(words[i + 1]) == 3 and words[i + 1].isdigit() and len(word) < 4:
        return int(word) * 1000 + int(words[i + 1])
    return int(word)


def _counted(words: Sequence[str], i: int) -> Toll | None:
    """What the number at ``i`` counts: "29 people were killed", "kills 29", "toll rises to 29"."""
    for near in words[i + 1 : i + 5]:
        if near in NUMBERS or near in _ANOTHER or near[0].isdigit():
            break
        if (kind := _TOLL_WORDS[near]) is not None:
            return kind  # type: ignore[return-value]
    for near in reversed(words[max(0, i - 2) : i]):
        if near in NUMBERS or near in _ANOTHER or near[0].isdigit():
            return None
        if (kind := _TOLL_WORDS[near]) is not None:
            return kind  # type: ignore[return-value]
    if i and words[i - 1] in _RISES_TO and any(w in _TOLL_NOUNS for w in words[max(0, i - 8) : i]):
        return Toll.DEAD
    return None


_ANOTHER = frozenset(
    ["one", "un", "une", "uno", "una", "um", "uma", "ein", "eine", "einer", "один", "одна", "shot"]
) | frozenset(
    ["after", "as", "with", "apres", "avec", "tras", "con", "apos", "nach", "mit", "после"]
)
"""What parts a number from the count of others: "five shot, one dead", "2 dead after 4 shot"."""
_RISES_TO = frozenset(
    ["to", "at", "now", "of", "reaches", "hits", "a", "auf", "bei", "до", "la", "ate", "para"]
)
_TOLL_NOUNS = frozenset(
    ["toll", "bilan", "balance", "saldo", "opferzahl", "todesopfer", "погибших", "жертв", "muertos"]
)
_NO_COUNT = frozenset(
    [
        "year",
        "years",
        "old",
        "ans",
        "anos",
        "jahre",
        "jahriger",
        "jahrige",
        "лет",
        "летн",
        "pct",
        "percent",
        "pour",
        "prozent",
        "pm",
        "am",
        "mln",
        "billion",
        "million",
        "dlrs",
        "dollars",
        "euros",
        "magnitude",
        "km",
        "miles",
        "hours",
        "heures",
        "horas",
        "stunden",
        "minutes",
        "days",
        "jours",
        "dias",
        "tage",
        "block",
        "percent",
        "th",
        "st",
        "nd",
        "rd",
        "gmt",
        "mph",
    ]
)
_DATE_BEFORE = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sept",
        "sep",
        "oct",
        "nov",
        "dec",
        "aged",
        "age",
        "magnitude",
        "since",
        "in",
        "interstate",
        "highway",
        "route",
        "us",
        "no",
        "num",
        "janvier",
        "fevrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "aout",
    ]
)


def _is_age_or_date(words: Sequence[str], i: int) -> bool:
    after = words[i + 1] if i + 1 < len(words) else ""
    before = words[i - 1] if i else ""
    year = len(words[i]) == 4 and words[i][:2] in ("19", "20")
    return after in _NO_COUNT or before in _DATE_BEFORE or year
