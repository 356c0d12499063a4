"""The backend that a batch asks: a port, so that one process or many processes can answer the same batch.

Knows what the pool and the command need of a backend. `PrecontractualClient` is a backend. Leaves to others:
where the calls are made.
"""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Protocol

from ..calls.circuit_breaker import CircuitBreaker
from ..calls.throughput import Throughput
from ..model.answers import Answer
from ..model.planning import Planner
from ..model.questions import Query
from ..observability.instrumentation import Instrumentation
from ..settings.settings import Settings


class Counts(Protocol):
    """Counts of calls so far; see `Statistics`, which has more of them."""

    @property
    def requests(self) -> int: ...

    @property
    def retries(self) -> int: ...

    @property
    def token_requests(self) -> int: ...

    @property
    def pauses(self) -> int: ...


class VerificationBackend(Protocol):
    """Answers queries, as `PrecontractualClient` does in this process."""

    @property
    def settings(self) -> Settings:
        """The settings: the caller, the limits and the retry policy."""

    @property
    def instrumentation(self) -> Instrumentation | None:
        """The object that hears of the events of the batch."""

    @property
    def width(self) -> int:
        """How many queries it handles at once; sending more at a time gains nothing."""

    def now(self) -> datetime:
        """The wall clock, with a time zone."""

    def planner(self, *, check_window: bool = True) -> Planner:
        """The planner that turns candidates into queries today."""

    def new_circuit_breaker(self) -> CircuitBreaker:
        """A circuit breaker for one batch; the batch also reports its end to it."""

    def ask(
        self, query: Query, *, deadline: float | None = None, breaker: CircuitBreaker | None = None
    ) -> Coroutine[Any, Any, Answer]:
        """The answer, after all retries; an ``async def`` is enough.

        Raises:
            Fault: there is no answer.
        """

    def statistics(self) -> Counts:
        """The counts so far."""

    def throughput(self) -> Throughput:
        """The rate that is allowed now, and what limits it."""
