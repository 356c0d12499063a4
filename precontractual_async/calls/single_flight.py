"""Single flight: callers that ask the same question at the same time share one answer.

Knows two kinds of sharing. A *flight* is a whole verification with its retries: all callers of the same
question share it; one caller may be cancelled without harm to the others, and the flight ends with the last
caller. A *call* is one attempt: a batch and a service in one process, or two batches, send the same question
once. Nothing is kept after the end: the gateway logs every consultation, and answers change. Leaves to
others: how questions are asked.

Decisions are made synchronously, so no lock is needed.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

from attrs import define, field

from ..model.answers import Answer
from ..model.errors import ClientClosed, Fault
from ..model.questions import Query


class AttemptsUnderWay:
    """The current calls, by question. The caller that begins one gives its result to the others."""

    def __init__(self) -> None:
        self.joined: int = 0
        self._under_way: dict[Query, list[asyncio.Future[Answer | Fault | None]]] = {}

    def begins(self, query: Query) -> bool:
        """Whether nobody is asking `query` now. Then the caller has to ask it, and to call `end`."""
        waiting: list[asyncio.Future[Answer | Fault | None]] = []
        return self._under_way.setdefault(query, waiting) is waiting

    async def result_of(self, query: Query) -> Answer | None:
        """The result of the current call; None when that call was cancelled.

        Raises:
            Fault: the fault of the call, as a copy for this caller.
        """
        waiting: asyncio.Future[Answer | Fault | None] = asyncio.get_running_loop().create_future()
        self._under_way[query].append(waiting)
        outcome = await waiting
        if isinstance(outcome, Fault):
            raise copy.copy(outcome)
        self.joined += outcome is not None
        return outcome

    def end(self, query: Query, outcome: Answer | Fault | None) -> None:
        """Give `outcome` to all waiting callers. None: the call was cancelled, so one of them asks again."""
        for waiting in self._under_way.pop(query):
            if not waiting.done():
                waiting.set_result(outcome)


@define(eq=False)
class _Flight:
    """One current verification, and the callers that wait for it."""

    task: asyncio.Task[Answer]
    waiting: set[asyncio.Future[Answer | BaseException]] = field(factory=set)


class SingleFlight:
    """The current verifications. The key: the question and the retry policy."""

    def __init__(self) -> None:
        self.joined: int = 0
        self._under_way: dict[Hashable, _Flight] = {}

    def is_under_way(self, key: Hashable) -> bool:
        """Whether a new caller would join a current flight."""
        return key in self._under_way

    async def shared(self, key: Hashable, fly: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer of the flight with this key; the first caller starts it.

        When a caller is cancelled, the flight goes on for the others. The last caller waits until the flight
        has ended, so that nothing of it goes on.

        Raises:
            Fault: the fault of the flight, as a copy for each caller.
            ClientClosed: the flights were closed meanwhile.
        """
        flight = self._under_way.get(key)
        if flight is None:
            flight = self._start(key, fly)
        else:
            self.joined += 1
        waiting: asyncio.Future[Answer | BaseException] = asyncio.get_running_loop().create_future()
        flight.waiting.add(waiting)
        try:
            result = await waiting
        finally:
            flight.waiting.discard(waiting)
            if not flight.waiting:
                await self._end(key, flight)
        if isinstance(result, Fault):
            raise copy.copy(result)
        if isinstance(result, BaseException):
            raise result  # a defect: nobody could find it without its frames
        return result

    async def close(self) -> None:
        """Cancel all flights; their callers get a `ClientClosed`."""
        tasks = [flight.task for flight in self._under_way.values()]
        self._under_way.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _start(self, key: Hashable, fly: Callable[[], Coroutine[Any, Any, Answer]]) -> _Flight:
        flight = _Flight(asyncio.create_task(fly(), name="precontractual-verification"))
        flight.task.add_done_callback(lambda _: self._finish(key, flight))
        self._under_way[key] = flight
        return flight

    def _finish(self, key: Hashable, flight: _Flight) -> None:
        self._forget(key, flight)
        result = _result_of(flight.task)
        for waiting in flight.waiting:
            if not waiting.done():
                waiting.set_result(result)

    async def _end(self, key: Hashable, flight: _Flight) -> None:
        """End a flight without callers: the next caller with this key starts another."""
        self._forget(key, flight)
        if not flight.task.done():
            flight.task.cancel()
            await asyncio.wait((flight.task,))

    def _forget(self, key: Hashable, flight: _Flight) -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]


def closed() -> ClientClosed:
    """The fault for callers that still wait when the flights are closed."""
    return ClientClosed("the client was closed while this was asked")


def _result_of(task: asyncio.Task[Answer]) -> Answer | BaseException:
    """The result of a flight. Errors are returned, so that each caller can raise its own copy."""
    if task.cancelled():
        return closed()
    return task.exception() or task.result()
