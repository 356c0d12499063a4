"""What a client did so far, and how it is: figures for a metrics page and for a readiness probe.

Knows what is counted, what each figure means, and when a client is fit to be asked. Refuses to know where
figures go. Nothing personal is among them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from ..model.errors import Fault, Move, Reach, RunStopped
from ..model.problems import RequestRejected
from .admission import LaneFigures

_REFUSED: Final = 30.0
"""Seconds that a refusal counts: who is asked nothing, since it is not ready, must become ready by itself."""


@frozen(kw_only=True)
class Statistics:
    """What a client did so far, and how it is at this moment. Instants are aware, UTC.

    A variant of a client tells the same: they have one pool, one token and one pace.
    """

    requests: int
    """Everything on the wire, token requests included."""
    retries: int
    """Calls that were sent again."""
    token_requests: int
    pauses: int
    """Times the gateway asked everybody to wait."""
    joined: int
    """Questions that shared what somebody else had under way."""
    under_way: int
    """Calls that have a place: on the wire, or waiting for the token or the pace and then the next."""
    waiting: int
    """Calls that wait for a place."""
    interactive: LaneFigures
    """What calls of `verify` waited for a place, the token and the pace."""
    batch: LaneFigures
    """The same of the calls of batches, which let `verify` go first."""
    failures_in_a_row: int
    """Attempts that failed since the gateway last answered."""
    last_answer_at: datetime | None
    """When the gateway last answered, a rejection included."""
    token_until: datetime | None
    """When the token at hand expires; None: there is none."""
    paused_until: datetime | None
    """Until when everybody waits, since the gateway asks for it or the pace says so; None: nobody does."""
    is_open: bool
    refused_by: str | None
    """The kind of fault for which no call can be answered for now, such as ``CredentialsRefused``."""
    is_ready: bool = field(init=False)
    """Whether a question that is asked now may be answered: the client is open, a token is at hand or may be
    had, and nobody refused us for good within the last 30 seconds without an answer since.

    A pause that the gateway asks for and an outage leave it ready: they are the same for every instance of a
    service, and pass by themselves."""
    not_ready_because: str | None = field(init=False)
    """Why it is not ready, in plain English; None: it is."""

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
    """What a client counts as it goes, for its statistics."""

    retries: int = 0
    failures_in_a_row: int = 0
    last_answer_at: datetime | None = None
    _refused_by: str | None = None
    _refused_until: float = 0.0

    def answered(self, at: datetime) -> None:
        """The gateway answered, or rejected a question, which is an answer too."""
        self.last_answer_at = at
        self.failures_in_a_row = 0
        self._refused_by = None

    def failed(self, fault: Fault, now: float) -> None:
        """An attempt failed. A rejection is an answer, and the end of a batch or a client is no failure."""
        if isinstance(fault, RequestRejected) or (isinstance(fault, RunStopped) and fault.move is Move.LATER):
            return
        self.failures_in_a_row += 1
        if fault.reach is Reach.BATCH:
            self._refused_by, self._refused_until = type(fault).__name__, now + _REFUSED

    def refused_by(self, now: float) -> str | None:
        """The kind of the last refusal that reaches every call, while it counts."""
        return self._refused_by if now < self._refused_until else None
