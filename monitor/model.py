"""The vocabulary: what every other module talks about. Imports nothing of ours.

Times are aware UTC datetimes. Text offsets count characters (code points) of the text they
belong to, end exclusive. Everything is immutable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Literal, NewType, TypeAlias

FeedName = NewType("FeedName", str)
RuleId = NewType("RuleId", str)
EntityId = NewType("EntityId", str)
ChannelName = NewType("ChannelName", str)
ArticleId = NewType("ArticleId", int)
StoryId = NewType("StoryId", int)
AlertId = NewType("AlertId", int)
MessageId = NewType("MessageId", str)
DeliveryId = NewType("DeliveryId", str)

Clock: TypeAlias = Callable[[], datetime]
"""Where the time comes from; tests hand in one they control."""


def utcnow() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


# --- feeds -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How one feed wants to be asked. ``headers`` may hold secrets: never log them."""

    user_agent: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)
    timeout: timedelta | None = None
    verify_tls: bool = True


@dataclass(frozen=True, slots=True)
class Feed:
    """What we poll. ``name`` is its identity; ``interval`` is fixed when given, else adapts."""

    name: FeedName
    url: str
    tags: tuple[str, ...] = ()
    lang: str | None = None
    interval: timedelta | None = None
    backfill: timedelta = timedelta(hours=24)
    full_text: bool = False
    allow_private: bool = False
    enabled: bool = True
    options: FetchOptions = FetchOptions()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "has it changed?" with. Opaque: sent back as received."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return self.etag is not None or self.last_modified is not None


@dataclass(frozen=True, slots=True)
class FetchResult:
    """A usable answer. ``body`` is None when nothing has changed (304)."""

    url: str
    status: int
    body: bytes | None
    content_type: str | None
    validators: Validators
    moved_to: str | None = None
    """Where the feed has moved for good: set only when every hop was permanent."""
    min_interval: float | None = None
    """Seconds for which the server calls the answer fresh (Cache-Control max-age), if it does."""
    retry_after: float | None = None
    """Seconds the server asked to wait although it answered (Retry-After on a 200 or 304)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed said. Texts are plain text already; ``link`` is absolute, as given."""

    guid: str | None
    link: str | None
    title: str
    content: str = ""
    summary: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    author: str | None = None
    source: str | None = None
    lang: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def body(self) -> str:
        """The content, plus the description where the content does not hold it."""
        if not self.content:
            return self.summary
        if not self.summary or self.summary in self.content:
            return self.content
        return f"{self.summary}\n\n{self.content}"


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """One feed document, read. ``notes`` says what had to be forgiven (bad XML, no dates…);
    ``cut_off`` that its end is missing."""

    title: str
    entries: tuple[Entry, ...]
    format: str
    home: str | None = None
    lang: str | None = None
    notes: tuple[str, ...] = ()
    cut_off: bool = False


class FeedStatus(StrEnum):
    """The recorded state of a feed, as ``monitor feeds list`` shows it."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    GONE = "gone"
    BLOCKED = "blocked"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the database knows of a feed between polls."""

    name: FeedName
    url: str
    status: FeedStatus = FeedStatus.NEW
    validators: Validators = Validators()
    full_fetch_at: datetime | None = None
    """Last answer with a body to an unconditional request; an old one forces another."""
    body_hash: str | None = None
    first_parsed_at: datetime | None = None
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    next_poll_at: datetime | None = None
    interval: timedelta | None = None
    """The adaptive interval in force."""
    failures: float = 0.0
    """Consecutive failures, weighted: a hard one 1, a soft one ½, DNS ¼."""
    last_error: str | None = None
    last_error_at: datetime | None = None
    moved_to: str | None = None
    moved_count: int = 0
    polls: int = 0
    articles: int = 0


# --- articles and matches ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Article:
    """One piece of news, one per URL key. ``key`` is its identity in the archive."""

    key: str
    title: str
    body: str
    url: str | None = None
    source: str = ""
    feed: str = ""
    author: str | None = None
    lang: str | None = None
    published: datetime | None = None
    tags: tuple[str, ...] = ()


class TextField(StrEnum):
    """Where in an article a span lies."""

    TITLE = "title"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Span:
    """Words that made a rule fire: ``text`` is ``article.<field>[start:end]``.

    ``alias`` is the name or term as the analyst listed it, ``form`` says which form of it stands
    here when it is not the listed one ("feminine plural"), ``kind`` what the alias is of its entity
    when it is no plain name ("French adjective").
    """

    field: TextField
    start: int
    end: int
    text: str
    alias: str
    entity: EntityId | None = None
    form: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The sentence that matched; ``marks`` are (start, end) of the matched words in ``text``."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """One rule holds for one article, and why: ``why`` is one readable line per clause."""

    rule: RuleId
    spans: tuple[Span, ...]
    excerpt: Excerpt
    why: tuple[str, ...] = ()


class Severity(StrEnum):
    """How loud a rule is, quiet to loud."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    FLASH = "flash"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


class Updates(StrEnum):
    """Which later articles of a known story a rule wants to hear of."""

    MATERIAL = "material"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class RuleSource:
    """The last version of a rule or entity that could be used, as the database remembers it.

    ``file`` is where it stood; ``text`` is its content as JSON, to be read only by ``rulefiles``.
    """

    kind: Literal["rule", "entity"]
    id: str
    file: str
    text: str


# --- channels ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConsoleTarget:
    """The terminal (standard output)."""


@dataclass(frozen=True, slots=True)
class EmailTarget:
    """An SMTP submission server and the people behind it."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    to: tuple[str, ...]
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    verify_tls: bool = True


@dataclass(frozen=True, slots=True)
class SlackTarget:
    """Either an incoming webhook, or a bot token and a channel."""

    webhook: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class MatrixTarget:
    """One room, as the user behind ``token``."""

    homeserver: str
    room: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppriseTarget:
    """Any other service, by its Apprise URL (which holds its secrets)."""

    url: str = field(repr=False)


Target: TypeAlias = ConsoleTarget | EmailTarget | SlackTarget | MatrixTarget | AppriseTarget


@dataclass(frozen=True, slots=True)
class Channel:
    """Where alerts go, and when. Clock times are in the desk's timezone."""

    name: ChannelName
    target: Target
    group_wait: timedelta = timedelta(0)
    """Collects what comes within this time into one message."""
    quiet_hours: tuple[time, time] | None = None
    """From, to (may cross midnight): held until the end, except for flash."""
    digest: time | None = None
    """One message a day, at this time."""
    fallback: ChannelName | None = None
    """Where a dead letter goes instead."""
    per_minute: int | None = None
    """At most so many messages a minute; None: the kind's own limit."""


# --- alerts and delivery -----------------------------------------------------------------------


class Reason(StrEnum):
    """Why an alert was raised."""

    FIRST = "first"
    MATERIAL_UPDATE = "material_update"
    ANOTHER_RULE = "another_rule"
    VOLUME = "volume"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule as an alert shows it."""

    rule: RuleId
    title: str
    severity: Severity
    why: tuple[str, ...]
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Outlet:
    """One source that carries a story."""

    name: str
    url: str | None
    title: str
    published: datetime | None
    agency: str = ""
    """The news agency that it credits, if it does."""


@dataclass(frozen=True, slots=True)
class AlertView:
    """Everything a message says of one alert: the input of the templates."""

    id: AlertId
    story: StoryId
    reason: Reason
    created_at: datetime
    title: str
    url: str | None
    source: str
    published: datetime | None
    lang: str | None
    hits: tuple[RuleHit, ...]
    outlets: tuple[Outlet, ...]
    """The other outlets of the story so far, the alert's own article left out."""
    note: str = ""
    """What is new, for an update."""
    article: ArticleId | None = None
    agency: str = ""
    """The news agency that the article credits, if it does."""
    surge: tuple[Outlet, ...] = ()
    """Of an alert on volume: the newest article of each story that counted."""

    @property
    def severity(self) -> Severity:
        return max((h.severity for h in self.hits), key=lambda s: s.rank, default=Severity.NORMAL)


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """The monitor's own trouble (or its end), as told to the operator."""

    key: str
    title: str
    text: str
    at: datetime
    resolved: bool = False


class MessageKind(StrEnum):
    """What a message is about."""

    ALERTS = "alerts"
    OPERATOR = "operator"
    TEST = "test"


class TextFormat(StrEnum):
    """The markup a channel takes; rendering escapes for it."""

    CONSOLE = "console"
    TEXT = "text"
    MAIL = "mail"
    SLACK = "slack"
    MATRIX = "matrix"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The frozen text of one delivery, in the markup of its ``format``.

    ``text`` is always there: plain for mail, Matrix and text, mrkdwn for Slack, Rich markup for the
    console, with everything from feeds escaped for that markup. ``html`` is for mail and Matrix.
    ``thread`` is a stable key of the story, for channels that thread.
    """

    format: TextFormat
    subject: str
    text: str
    html: str = ""
    thread: str = ""


class DeliveryState(StrEnum):
    """Where a delivery stands. ``sent``, ``dead`` and ``discarded`` are final."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    DEAD = "dead"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message × channel, as listed. ``reason`` says why it is not (yet) sent. ``subject`` is the
    first article's title as long as the message has not been rendered."""

    id: DeliveryId
    message: MessageId
    channel: ChannelName
    kind: MessageKind
    state: DeliveryState
    reason: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None
    alerts: tuple[AlertId, ...]
    subject: str = ""
