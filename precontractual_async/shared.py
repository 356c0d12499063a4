"""What a client and its variants have in common: way, pace, questions under way, figures.

Knows whose parts these are, and how they look at one moment. Refuses to know what is done with them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import field, frozen

from .flights import Calls, Flights
from .pacing import Pace, Places
from .session import SessionManager
from .settings import RetryPolicy
from .statistics import Statistics, Tally


@frozen(eq=False, kw_only=True)
class Shared:
    """The parts of one client. `now`: the wall clock, aware. `jitter`: uniform in 0..1."""

    session: SessionManager
    pace: Pace
    places: Places
    retry: RetryPolicy
    """The client's own: what everybody feels goes by it, and not by a variant's."""
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    calls: Calls = field(factory=Calls)
    flights: Flights = field(factory=Flights)
    tally: Tally = field(factory=Tally)

    def statistics(self) -> Statistics:
        """The figures of this moment."""
        session, brake, tally, at = self.session, self.pace.brake, self.tally, self.session.time()
        refusal = session.token.refusal(at)
        return Statistics(
            requests=session.requests,
            retries=tally.retries,
            token_requests=session.token_requests,
            pauses=brake.pauses,
            joined=self.calls.joined + self.flights.joined,
            under_way=self.places.taken,
            waiting=self.places.waiting,
            failures_in_a_row=tally.failures_in_a_row,
            last_answer_at=tally.last_answer_at,
            token_until=self._on_the_wall(session.token.until(at), at),
            paused_until=self._on_the_wall(brake.until(at), at),
            is_open=session.is_open,
            refused_by=tally.refused_by(at) if refusal is None else type(refusal).__name__,
        )

    def _on_the_wall(self, instant: float | None, at: float) -> datetime | None:
        return None if instant is None else self.now() + timedelta(seconds=instant - at)
