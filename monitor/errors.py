"""The whole error tree. Foreign exceptions are translated at the edge that meets them.

::

    MonitorError
    ├ ConfigError(problems)
    ├ RuleError(problem) ─ QuerySyntaxError · UnknownEntity · RuleTooBroad
    ├ FeedError(url)
    │   └ FetchFailed(fault, status, retry_after) · FeedGone · FeedUnreadable · BlockedAddress
    ├ ServiceError                        the address for health and metrics cannot be had
    ├ StoreError ─ SchemaTooNew · DatabaseBusy · DiskFull · AlreadyRunning
    └ DeliveryError(channel, reason)
        ├ DeliveryDeferred(retry_after)   try again later
        ├ DeliveryRejected                this message will never be taken
        ├ DeliveryUnknown                 it may have arrived
        └ ChannelBroken                   the channel itself is at fault (login, address)

The class decides what happens next, never a flag.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ProblemLevel(StrEnum):
    """How bad a fault in a user's file is: a warning stops nothing."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a file that a user wrote, with everything needed to mend it.

    ``line`` and ``column`` are 1-based and count characters; 0 where there is no such place.
    ``source`` is the line as written, ``width`` the number of characters to underline from
    ``column`` on; ``rule`` is the id of the rule or entity that cannot be used because of it.
    """

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    source: str = ""
    width: int = 1
    level: ProblemLevel = ProblemLevel.ERROR
    rule: str | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.file else self.message

    @property
    def place(self) -> str:
        """``file:line:column``, as far as it is known."""
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


class MonitorError(Exception):
    """Everything this program raises on purpose."""


class ConfigError(MonitorError):
    """The configuration cannot be used; ``problems`` names every fault with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(p) for p in problems))
        self.problems = tuple(problems)


class RuleError(MonitorError):
    """One rule or entity cannot be used; ``problem`` holds place, message and hint."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class QuerySyntaxError(RuleError):
    """A query that does not follow the grammar of the rule language."""


class UnknownEntity(RuleError):
    """A rule names an entity that neither the gazetteer nor the desk defines."""


class RuleTooBroad(RuleError):
    """A rule that could match anything: exclusions alone, or a wildcard of under three letters."""


class FeedError(MonitorError):
    """Expected trouble with one URL. It is recorded on the feed; the others are not affected."""

    def __init__(self, url: str, message: str) -> None:
        super().__init__(message)
        self.url = url


class FetchFault(StrEnum):
    """Why a fetch failed; the schedule backs off by it."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    HTTP_CLIENT = "http_4xx"
    HTTP_SERVER = "http_5xx"
    THROTTLED = "throttled"
    TOO_LARGE = "too_large"
    REDIRECTS = "redirects"
    URL = "bad_url"


class FetchFailed(FeedError):
    """No usable answer. ``retry_after`` is in seconds, as the server asked."""

    def __init__(
        self,
        url: str,
        message: str,
        *,
        fault: FetchFault,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(url, message)
        self.fault = fault
        self.status = status
        self.retry_after = retry_after


class FeedGone(FeedError):
    """410: the publisher says that the feed will not come back."""


class FeedUnreadable(FeedError):
    """An answer that is no feed, or that hung or killed the worker which read it."""


class BlockedAddress(FeedError):
    """The host resolves to an address inside the network, and the feed may not go there."""


class ServiceError(MonitorError):
    """The address for health and metrics cannot be listened on."""


class StoreError(MonitorError):
    """The database refused; the transaction left no trace."""


class SchemaTooNew(StoreError):
    """A newer version of the program migrated this database."""


class DatabaseBusy(StoreError):
    """A lock or the server could not be had in time; the same call may work later."""


class DiskFull(StoreError):
    """No room to write. Polling stops until there is."""


class AlreadyRunning(StoreError):
    """Another daemon holds this SQLite database."""


class DeliveryError(MonitorError):
    """A message was not (certainly) delivered. ``reason``: one line for people, without secrets."""

    def __init__(self, channel: str, reason: str) -> None:
        super().__init__(f"{channel}: {reason}")
        self.channel = channel
        self.reason = reason


class DeliveryDeferred(DeliveryError):
    """Temporary: refused for now, or nobody answered the call. ``retry_after`` in seconds."""

    def __init__(self, channel: str, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(channel, reason)
        self.retry_after = retry_after


class DeliveryRejected(DeliveryError):
    """Permanent: this message will never be accepted there."""


class DeliveryUnknown(DeliveryError):
    """The connection broke after the message was handed over: it may or may not have arrived."""


class ChannelBroken(DeliveryError):
    """The channel's own fault (bad login, revoked token, unknown room): no message can pass."""
