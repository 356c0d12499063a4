"""What is announced while the package works: frozen events, for whoever wants to hear them.

Knows what can be told of calls, waits, tokens, outages, batches and the journal. Refuses to know how it
comes about, and what is made of it. No event says about whom or for whom was asked: there is no number,
reference, token or query of a URL in any of them; only kinds, counts, seconds, HTTP statuses, and diagnoses
in our own words.

What begins and ends is told twice, by the same task: from a ``...Began`` to its ``...Ended`` whatever else
that task tells belongs to it. The second is told in any case, also after a fault or a cancellation.
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
        """The endpoint of an http(s) URL; what stands behind a question mark is left out."""
        parts = urlsplit(url)
        return cls(method, parts.hostname or "", parts.port or _PORTS[parts.scheme], parts.path)


@frozen
class Failure:
    """Why something did not come to what it should."""

    kind: str
    """The name of the error's class: ``ServerError``, ``TimedOut``, ``CancelledError``, ..."""
    diagnosis: str
    """What is wrong, in our own words; of an error that is no `Fault` the name of its class alone."""
    status: int | None = None
    """The HTTP status, when there was one."""

    @classmethod
    def of(cls, error: BaseException) -> Self:
        kind = type(error).__name__
        if isinstance(error, Fault):
            return cls(kind, error.diagnosis, error.status)
        return cls(kind, kind)  # its text may hold anything


# --- one question -----------------------------------------------------------------------------------


@frozen
class VerificationBegan:
    """A query is about to be asked, once or more often; or somebody joins who asks the same already.

    Each who verifies has a verification of their own. The attempts are told once, in that of whoever was
    first; the others wait (`WaitReason.JOINED`). When the first goes away, theirs goes on for the others.
    """


@frozen
class VerificationEnded:
    """It was answered, or failed for good."""

    seconds: float
    """From the first wait to the last answer."""
    attempts: int
    """Calls that were sent for it."""
    flexi_job: Status | None
    """What was answered; None: not answered."""
    student_job: Status | None
    failure: Failure | None
    """None: answered."""


@frozen
class AttemptBegan:
    """A call is sent."""

    endpoint: Endpoint
    trace_id: str
    """A random UUID, what to quote to the gateway's helpdesk."""
    resent: int
    """Calls of the same verification before this one."""


@frozen
class AttemptEnded:
    """The call was answered and the answer read; or not."""

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
    """For one of `concurrency` places on the wire."""
    TOKEN = "token"
    """For the shared bearer token."""
    RATE_LIMIT = "rate_limit"
    """For a slot within the allowed rate; of a rate limiter from elsewhere its pauses too."""
    PAUSE = "pause"
    """For the end of a pause that the gateway asked for."""
    RETRY = "retry"
    """Before it is sent again."""
    OUTAGE = "outage"
    """For the end of an outage, or for its turn to probe."""
    JOINED = "joined"
    """For what comes of the same question, which somebody else is asking already."""


@frozen
class Waited:
    """Somebody waited for a millisecond or longer; shorter waits are not told."""

    reason: WaitReason
    seconds: float


@frozen(kw_only=True)
class Admitted:
    """A call may be sent: it has a place, a token and a slot."""

    is_batch: bool
    """False: somebody waits for it in `verify`, and goes before the batches."""
    seconds: float
    """What it waited for all three."""


@frozen
class PauseBegan:
    """The gateway asks for a pause, and everybody waits. What makes a pause longer is not told again."""

    seconds: float
    why: Failure


# --- the token --------------------------------------------------------------------------------------


@frozen
class TokenRequestBegan:
    """A token request is sent. None is when the tokens come from elsewhere."""

    endpoint: Endpoint


@frozen
class TokenRequestEnded:
    """There is a fresh token, or none."""

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
    """A batch finds that the gateway does not answer."""


@frozen
class OutageProbed:
    """One call is let through, to see."""

    seconds: float
    """Since the outage began."""


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
    """How many rows became what; what no row became is left out."""
    failure: Failure | None
    """None: it came to its end, or whoever read it left."""


@frozen
class JournalKept:
    """A group of outcomes is durable."""

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
"""A closed union, to be taken apart with `match`."""


class Observer(Protocol):
    """Whatever can be called with an event: ``print`` will do.

    It is called by the tasks themselves, on the event loop, so it must not block. What it raises harms
    nobody and is told to the log, each kind of error once.
    """

    def __call__(self, event: Event, /) -> object: ...
