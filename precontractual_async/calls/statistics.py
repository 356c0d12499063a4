"""The statistics of a client: figures for a metrics page and for a readiness probe.

Knows what is counted, what each figure means, and when a client is ready. Leaves to others: where the figures
go. They contain no personal data.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from ..model.errors import Fault, Move, Reach, RunStopped
from ..model.problems import RequestRejected
from .admission import LaneFigures

_REFUSED: Final = 30.0
"""Seconds that a refusal counts. A client that is not ready gets no questions, so the refusal must expire."""


@frozen(kw_only=True)
class Statistics:
    """What a client did so far, and its state at this moment. Instants are aware datetimes in UTC.

    A client and its variants have the same statistics, because they share connections, token and rate.
    """

    requests: int
    """Requests sent, token requests included."""
    retries: int
    """Calls that were sent again."""
    token_requests: int
    pauses: int
    """Times the gateway asked everybody to wait."""
    joined: int
    """Questions that shared the call or flight of another caller."""
    under_way: int
    """Calls that have a place: they are being sent, or wait for a token or a slot and are sent next."""
    waiting: int
    """Calls that wait for a place."""
    interactive: LaneFigures
    """How long calls of `verify` waited for a place, a token and a slot."""
    batch: LaneFigures
    """The same for the calls of batches, which let `verify` go first."""
    failures_in_a_row: int
    """Attempts that failed since the gateway last answered."""
    last_answer_at: datetime | None
    """When the gateway last answered, a rejection included."""
    token_until: datetime | None
    """When the current token expires; None: there is no token."""
    paused_until: datetime | None
    """When the current pause of all calls ends; None: there is no pause."""
    is_open: bool
    refused_by: str | None
    """The kind of fault that every call would meet now, such as ``CredentialsRefused``."""
    is_ready: bool = field(init=False)
    """Whether a question asked now may be answered: the client is open, it has a token or can get one, and it
    was not refused within the last 30 seconds without an answer after that.

    The client stays ready during an outage or a pause that the gateway asks for: these affect every instance
    of a service in the same way, and pass by themselves."""
    not_ready_because: str | None = field(init=False)
    """Why the client is not ready, in plain English; None: it is ready."""

    @not_ready_because.default
    def _why(self) -> str | None:
        if not self.is_open:
            return "the client is not open"
        return None if self.refused_by is None else f"it was refused: {self.refused_by}"

    @is_ready.default
    def _is_ready(self) -> bool:
        return self.is_open and self.refused_by is None


@define
class Tally:
    """The counters behind a client's statistics."""

    retries: int = 0
    failures_in_a_row: int = 0
    last_answer_at: datetime | None = None
    _refused_by: str | None = None
    _refused_until: float = 0.0

    def answered(self, at: datetime) -> None:
        """Count an answer of the gateway; a rejected question is an answer too."""
        self.last_answer_at = at
        self.failures_in_a_row = 0
        self._refused_by = None

    def failed(self, fault: Fault, now: float) -> None:
        """Count a failed attempt. A rejection is an answer; the end of a batch or a client is no failure."""
        if isinstance(fault, RequestRejected) or (isinstance(fault, RunStopped) and fault.move is Move.LATER):
            return
        self.failures_in_a_row += 1
        if fault.reach is Reach.BATCH:
            self._refused_by, self._refused_until = type(fault).__name__, now + _REFUSED

    def refused_by(self, now: float) -> str | None:
        """The kind of the last refusal that affects every call, if it is recent enough to count."""
        return self._refused_by if now < self._refused_until else None
