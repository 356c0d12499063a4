"""The events that an observer gets while the package works, as frozen values.

Knows the events of calls, waits, tokens, outages, batches and the journal. No event shows who was asked
about, or for whom: events hold no number, reference, token or query of a URL, but only kinds, counts,
seconds, HTTP statuses, and diagnoses in our own words. Leaves to others: when events happen, and what is done
with them.

An action has two events from the same task, ``...Began`` and ``...Ended``: other events of that task between
them belong to the action. ``...Ended`` always comes, also after a fault or a cancellation.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, Protocol, Self
from urllib.parse import urlsplit

from attrs import frozen

from ..model.answers import Status
from ..model.errors import Fault

_PORTS: Final = {"http": 80, "https": 443}


@frozen(cache_hash=True)
class Endpoint:
    """Where a request goes, without its query.

    >>> Endpoint.of("GET", "https://services.socialsecurity.be/REST/x/v1/verify").path
    '/REST/x/v1/verify'
    """

    method: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, method: str, url: str) -> Self:
        """The endpoint of an http(s) URL, without what follows a question mark."""
        parts = urlsplit(url)
        return cls(method, parts.hostname or "", parts.port or _PORTS[parts.scheme], parts.path)


@frozen
class Failure:
    """Why an action failed."""

    kind: str
    """The name of the error's class: ``ServerError``, ``TimedOut``, ``CancelledError``, ..."""
    diagnosis: str
    """What is wrong, in our own words; for an error that is not a `Fault`, only the name of its class."""
    status: int | None = None
    """The HTTP status, when there was one."""

    @classmethod
    def of(cls, error: BaseException) -> Self:
        kind = type(error).__name__
        if isinstance(error, Fault):
            return cls(kind, error.diagnosis, error.status)
        return cls(kind, kind)  # its text may hold personal data


# --- one question -----------------------------------------------------------------------------------


@frozen
class VerificationBegan:
    """A query is about to be asked, in one or more attempts; or a caller joins one that is under way.

    Each caller of `verify` has its own verification. Attempts are reported once, in the verification of the
    first caller; the others wait (`WaitReason.JOINED`). If the first one leaves, its verification goes on.
    """


@frozen
class VerificationEnded:
    """The query was answered, or failed for good."""

    seconds: float
    """From the first wait to the last answer."""
    attempts: int
    """Calls that were sent for the query."""
    flexi_job: Status | None
    """The status in the answer; None: there is no answer."""
    student_job: Status | None
    failure: Failure | None
    """None: the query was answered."""


@frozen
class AttemptBegan:
    """A call is sent."""

    endpoint: Endpoint
    trace_id: str
    """A random UUID, to be quoted to the gateway's helpdesk."""
    resent: int
    """Calls of the same verification before this one."""


@frozen
class AttemptEnded:
    """The call was answered and the answer was read; or the call failed."""

    endpoint: Endpoint
    trace_id: str
    seconds: float
    failure: Failure | None

    @property
    def status(self) -> int | None:
        """The HTTP status; None: no response came."""
        return _status(self.failure)


class WaitReason(enum.Enum):
    """What a call waits for before it is sent."""

    PLACE = "place"
    """For one of the `concurrency` places: the calls at once."""
    TOKEN = "token"
    """For the shared bearer token."""
    RATE_LIMIT = "rate_limit"
    """For a slot within the allowed rate; with a rate limiter of your own, also for its pauses."""
    PAUSE = "pause"
    """For the end of a pause that the gateway asked for."""
    RETRY = "retry"
    """For the pause before a retry."""
    OUTAGE = "outage"
    """For the end of an outage, or for this task's turn to probe."""
    JOINED = "joined"
    """For the answer to the same question, which another task asks already."""


@frozen
class Waited:
    """A task waited for a millisecond or longer; shorter waits are not reported."""

    reason: WaitReason
    seconds: float


@frozen(kw_only=True)
class Admitted:
    """A call may be sent: it has a place, a token and a slot."""

    is_batch: bool
    """False: the call comes from `verify`, and goes before those of batches."""
    seconds: float
    """How long the call waited for all three."""


@frozen
class PauseBegan:
    """The gateway asks for a pause, and every call waits. A longer end of the same pause is not reported."""

    seconds: float
    why: Failure


# --- the token --------------------------------------------------------------------------------------


@frozen
class TokenRequestBegan:
    """A token request is sent. With a `TokenProvider` of your own there is no such event."""

    endpoint: Endpoint


@frozen
class TokenRequestEnded:
    """The token request brought a fresh token, or failed."""

    endpoint: Endpoint
    seconds: float
    failure: Failure | None

    @property
    def status(self) -> int | None:
        """The HTTP status; None: no response came."""
        return _status(self.failure)


def _status(failure: Failure | None) -> int | None:
    return 200 if failure is None else failure.status


# --- outages ----------------------------------------------------------------------------------------


@frozen
class OutageBegan:
    """A batch has found that the gateway does not answer."""


@frozen
class OutageProbed:
    """One call is sent as a probe."""

    seconds: float
    """The time since the outage began."""


@frozen
class OutageEnded:
    """The gateway answers again, or the batch has ended."""

    seconds: float
    is_over: bool
    """False: the batch ended first."""


# --- batches ----------------------------------------------------------------------------------------


@frozen
class BatchBegan:
    """A run of `verify_many` begins."""


@frozen
class RowTold:
    """One row has its outcome."""

    outcome: str
    """answered, rejected, refused, deferred or pending."""


@frozen
class BatchEnded:
    """A run of `verify_many` has ended."""

    seconds: float
    rows: Mapping[str, int]
    """The number of rows for each outcome; outcomes without rows are left out."""
    failure: Failure | None
    """None: the run is complete, or its reader stopped early."""


@frozen
class JournalKept:
    """The journal has made a group of outcomes durable."""

    rows: int
    lag: float
    """Seconds since the first of them was learned."""


Event = (
    VerificationBegan
    | VerificationEnded
    | AttemptBegan
    | AttemptEnded
    | Waited
    | Admitted
    | PauseBegan
    | TokenRequestBegan
    | TokenRequestEnded
    | OutageBegan
    | OutageProbed
    | OutageEnded
    | BatchBegan
    | RowTold
    | BatchEnded
    | JournalKept
)
"""All events; use `match` to distinguish them."""


class Observer(Protocol):
    """Anything that can be called with an event, even ``print``.

    The tasks call it on the event loop, so it must not block. An error that it raises does not affect them,
    and is logged, each kind of error once.
    """

    def __call__(self, event: Event, /) -> object: ...
