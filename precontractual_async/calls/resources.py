"""What a client and its variants have in common: way, pace, questions under way, figures, and who listens.

Knows whose parts these are, and how they look at one moment. Refuses to know what is done with them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from weakref import WeakSet

from attrs import evolve, field, frozen

from ..model.errors import Fault, RequestRejected, Throttled, TokenRejected
from ..observability.instrumentation import Watch
from ..protocol.grant import BearerToken
from ..settings.settings import RetryPolicy
from .admission import Admission
from .circuit_breaker import CircuitBreaker
from .fairness import TurnLimit
from .rate_limiter import Pace
from .session import SessionManager
from .single_flight import Calls, SingleFlight
from .statistics import Statistics, Tally
from .throughput import Throughput


@frozen(eq=False, kw_only=True)
class ClientResources:
    """The parts of one client. `now`: the wall clock, aware. `jitter`: uniform in 0..1."""

    session: SessionManager
    pace: Pace
    admission: Admission
    watch: Watch | None
    """None: nobody listens."""
    retry: RetryPolicy
    """The client's own: what everybody feels goes by it, and not by a variant's."""
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    turns: TurnLimit = field(factory=TurnLimit)
    calls: Calls = field(factory=Calls)
    flights: SingleFlight = field(factory=SingleFlight)
    tally: Tally = field(factory=Tally)
    outages: WeakSet[CircuitBreaker] = field(factory=WeakSet)
    """Of the batches that run."""

    def statistics(self) -> Statistics:
        """The figures of this moment."""
        session, tally, at = self.session, self.tally, self.session.time()
        refusal, pause = session.token.refusal(at), self.pace.wait()
        until = session.token.until(at)
        return Statistics(
            requests=session.requests,
            retries=tally.retries,
            token_requests=session.token_requests,
            pauses=self.pace.pauses,
            joined=self.calls.joined + self.flights.joined,
            under_way=self.admission.places.taken,
            waiting=self.admission.places.waiting,
            interactive=evolve(self.admission.interactive),
            batch=evolve(self.admission.batch),
            failures_in_a_row=tally.failures_in_a_row,
            last_answer_at=tally.last_answer_at,
            token_until=None if until is None else self._in(until - at),
            paused_until=self._in(pause.seconds) if pause is not None and pause.seconds else None,
            is_open=session.is_open,
            refused_by=tally.refused_by(at) if refusal is None else type(refusal).__name__,
        )

    def throughput(self) -> Throughput:
        """How fast it may go at this moment, and what holds it back."""
        outages = [outage.wait() for outage in self.outages]
        waits = (self.pace.wait(), self.session.token.wait(), *outages)
        return Throughput(self.pace.allowed, tuple(wait for wait in waits if wait is not None))

    def react_to(self, fault: Fault, token: BearerToken) -> None:
        """What a fault of a call with this token means for everybody else."""
        if isinstance(fault, TokenRejected):
            self.session.reject(token, fault.trace_id)
        elif isinstance(fault, RequestRejected):
            self.session.prove(token)
            self.tally.answered(self.now())
        asked = fault.retry_after
        if isinstance(fault, Throttled):  # also when it says nothing on how long
            asked = max(self.retry.base, asked or 0.0)
        if asked is None:
            return
        pause, pauses = min(self.retry.longest_pause, asked), self.pace.pauses
        if isinstance(fault, Throttled):
            self.pace.too_fast(pause)
        else:
            self.pace.hold(pause)
        if self.watch is not None and self.pace.pauses > pauses:
            self.watch.braked(pause, fault)

    def _in(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)
