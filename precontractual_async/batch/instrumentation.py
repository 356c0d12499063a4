"""Announces a batch to observers: its start, its rows, what the journal keeps, and its end.

Knows that events of the batch's tasks belong to the batch, and that events of the code which reads its
outcomes do not. Leaves to others: how a batch is run. Without `Instrumentation` it announces nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextvars import copy_context
from datetime import datetime
from types import TracebackType
from typing import ParamSpec, Protocol, Self, TypeVar

from ..calls.circuit_breaker import CircuitBreaker
from ..model.moves import outcome_word
from ..model.questions import Outcome
from ..observability.events import BatchBegan, BatchEnded, Failure, JournalKept, RowTold
from ..observability.instrumentation import Instrumentation
from .backend import VerificationBackend

_P = ParamSpec("_P")


class BatchInstrumentation:
    """Announces one batch, for ``with``. `breaker`: the circuit breaker of the batch."""

    def __init__(self, instrumentation: Instrumentation | None, breaker: CircuitBreaker) -> None:
        self._instrumentation = instrumentation
        self._breaker = breaker
        self._rows: Counter[str] = Counter()
        self._context = copy_context()  # an observer may note the running batch in it
        self._timing = None if instrumentation is None else instrumentation.timing(self._ended)

    def __enter__(self) -> Self:
        if self._instrumentation is not None and self._timing is not None:
            self._timing.__enter__()
            self._context.run(self._instrumentation.tell, BatchBegan())
        return self

    def begin(self, start: Callable[_P, None], *arguments: _P.args, **named: _P.kwargs) -> None:
        """Call `start`; the tasks that it creates belong to the batch."""
        self._context.run(start, *arguments, **named)

    def row(self, outcome: Outcome) -> None:
        """Announce one row."""
        if self._instrumentation is not None:
            name = outcome_word(type(outcome))
            self._rows[name] += 1
            self._instrumentation.tell(RowTold(name))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timing is None:
            return
        has_failed = not isinstance(error, GeneratorExit)  # a reader that leaves early raises this
        self._context.run(self._breaker.leave)
        self._context.run(self._timing.__exit__, None, error if has_failed else None, None)

    def _ended(self, seconds: float, failure: Failure | None) -> BatchEnded:
        return BatchEnded(seconds, dict(self._rows), failure)


class _Learned(Protocol):
    @property
    def at(self) -> datetime:
        """When the outcome was learned."""
        ...


_L = TypeVar("_L", bound=_Learned)


def kept(
    client: VerificationBackend, keep: Callable[[Sequence[_L]], Awaitable[None]]
) -> Callable[[Sequence[_L]], Awaitable[None]]:
    """`keep`, which makes a group durable, and also announces how long each outcome waited (wall clock)."""
    instrumentation = client.instrumentation
    if instrumentation is None:
        return keep

    async def keeping(group: Sequence[_L]) -> None:
        await keep(group)
        lag = (client.now() - group[0].at).total_seconds()
        instrumentation.tell(JournalKept(len(group), max(0.0, lag)))

    return keeping
