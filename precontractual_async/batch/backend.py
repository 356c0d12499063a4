"""Whom a batch asks: a port, so that one process or many can answer the same batch.

Knows what the pool and the command need of it. `PrecontractualClient` is one by itself. Refuses to know where
the calls are made.
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
    """What was done so far; see `Statistics`, which tells more."""

    @property
    def requests(self) -> int: ...

    @property
    def retries(self) -> int: ...

    @property
    def token_requests(self) -> int: ...

    @property
    def pauses(self) -> int: ...


class VerificationBackend(Protocol):
    """See `PrecontractualClient`, which does the same in this process."""

    @property
    def settings(self) -> Settings:
        """Who asks, and how patiently."""

    @property
    def instrumentation(self) -> Instrumentation | None:
        """Who is told what the batch does."""

    @property
    def width(self) -> int:
        """How many queries it takes at once; more than that wait for nothing."""

    def now(self) -> datetime:
        """The wall clock, aware."""

    def planner(self, *, check_window: bool = True) -> Planner:
        """What turns candidates into queries today."""

    def new_circuit_breaker(self) -> CircuitBreaker:
        """What one batch knows of the gateway, and where it says that it has ended."""

    def ask(
        self, query: Query, *, deadline: float | None = None, breaker: CircuitBreaker | None = None
    ) -> Coroutine[Any, Any, Answer]:
        """The answer, after every retry; an ``async def`` does.

        Raises:
            Fault: there is none.
        """

    def statistics(self) -> Counts:
        """What was done so far."""

    def throughput(self) -> Throughput:
        """How fast it may go now, and what holds it back."""
