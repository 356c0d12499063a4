"""What a client and its variants share: session, rate limiter, current questions, statistics, observer.

Knows the statistics of these parts, and what a fault means for all calls (`react_to`): all calls pause, or
a new token is fetched. Leaves to others: how one question is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from weakref import WeakSet

from attrs import evolve, field, frozen

from ..model.errors import Fault, Throttled, TokenRejected
from ..model.problems import RequestRejected
from ..observability.instrumentation import Instrumentation
from ..protocol.access_token import BearerToken
from ..settings.settings import RetryPolicy
from .admission import Admission
from .circuit_breaker import CircuitBreaker
from .loop_turns import TurnLimit
from .rate_limiter import RateLimiter
from .session import SessionManager
from .single_flight import AttemptsUnderWay, SingleFlight
from .statistics import Statistics, Tally
from .throughput import Throughput


@frozen(eq=False, kw_only=True)
class ClientResources:
    """The parts of one client. `now`: the wall clock, aware. `jitter`: uniform in 0..1."""

    session: SessionManager
    rate_limiter: RateLimiter
    admission: Admission
    instrumentation: Instrumentation | None
    """None: there is no observer."""
    retry: RetryPolicy
    """The client's own policy: it decides what affects all variants, such as the longest pause."""
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    turns: TurnLimit = field(factory=TurnLimit)
    calls: AttemptsUnderWay = field(factory=AttemptsUnderWay)
    flights: SingleFlight = field(factory=SingleFlight)
    tally: Tally = field(factory=Tally)
    breakers: WeakSet[CircuitBreaker] = field(factory=WeakSet)
    """The circuit breakers of the batches that run."""

    def statistics(self) -> Statistics:
        """The client's figures at this moment."""
        session, tally, at = self.session, self.tally, self.session.time()
        refusal, pause = session.token.refusal(at), self.rate_limiter.wait()
        until = session.token.until(at)
        return Statistics(
            requests=session.requests,
            retries=tally.retries,
            token_requests=session.token_requests,
            pauses=self.rate_limiter.pauses,
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
        """How many calls a second are allowed at this moment, and what holds calls back."""
        breakers = [breaker.wait() for breaker in self.breakers]
        waits = (self.rate_limiter.wait(), self.session.token.wait(), *breakers)
        return Throughput(self.rate_limiter.allowed, tuple(wait for wait in waits if wait is not None))

    def react_to(self, fault: Fault, token: BearerToken) -> None:
        """Apply to all other calls what `fault`, of a call with `token`, means for them."""
        if isinstance(fault, TokenRejected):
            self.session.reject(token, fault.trace_id)
        elif isinstance(fault, RequestRejected):
            self.session.mark_accepted(token)
            self.tally.answered(self.now())
        asked = fault.retry_after
        if isinstance(fault, Throttled):  # also a 429 without Retry-After
            asked = max(self.retry.base, asked or 0.0)
        if asked is None:
            return
        pause, pauses = min(self.retry.longest_pause, asked), self.rate_limiter.pauses
        if isinstance(fault, Throttled):
            self.rate_limiter.slow_down(pause)
        else:
            self.rate_limiter.pause(pause)
        if self.instrumentation is not None and self.rate_limiter.pauses > pauses:
            self.instrumentation.pause_began(pause, fault)

    def _in(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)
