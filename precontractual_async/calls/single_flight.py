"""Questions under way: who asks what somebody is asking already gets the same answer.

Knows two kinds. A *flight* is a whole verification, its retries included: all who verify the same share it,
each may go away without harm to the others, and with the last one it ends. A *call* is one attempt: a batch
and a service in one process, or two batches, send the same question once. Nothing is remembered of what has
ended: every consultation is logged at the gateway, and answers change. Refuses to know how questions are
asked.

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
    """The calls under way, by question. Whoever begins one tells the others what came of it."""

    def __init__(self) -> None:
        self.joined: int = 0
        self._under_way: dict[Query, list[asyncio.Future[Answer | Fault | None]]] = {}

    def begins(self, query: Query) -> bool:
        """Whether nobody is asking this: then it is the caller's to ask, and to `end`."""
        waiting: list[asyncio.Future[Answer | Fault | None]] = []
        return self._under_way.setdefault(query, waiting) is waiting

    async def result_of(self, query: Query) -> Answer | None:
        """What comes of the call that is under way; None when it comes to nothing.

        Raises:
            Fault: what it failed with, as an error of this caller's own.
        """
        outcome: asyncio.Future[Answer | Fault | None] = asyncio.get_running_loop().create_future()
        self._under_way[query].append(outcome)
        told = await outcome
        if isinstance(told, Fault):
            raise copy.copy(told)
        self.joined += told is not None
        return told

    def end(self, query: Query, outcome: Answer | Fault | None) -> None:
        """Tell those who wait; None, for a call that was cancelled, has the first of them ask for itself."""
        for waiting in self._under_way.pop(query):
            if not waiting.done():
                waiting.set_result(outcome)


@define(eq=False)
class _Flight:
    """One verification under way, and those who wait for it."""

    task: asyncio.Task[Answer]
    waiting: set[asyncio.Future[Answer | BaseException]] = field(factory=set)


class SingleFlight:
    """The verifications under way, by what is asked and how."""

    def __init__(self) -> None:
        self.joined: int = 0
        self._under_way: dict[Hashable, _Flight] = {}

    def is_under_way(self, key: Hashable) -> bool:
        """Whether whoever comes now joins somebody."""
        return key in self._under_way

    async def shared(self, key: Hashable, fly: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """What comes of the flight of this key, which takes off when there is none.

        A caller that is cancelled leaves it to the others. The last one waits until it has ended, so that
        nothing is left of it.

        Raises:
            Fault: what the flight failed with, each caller's an error of its own.
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
            landed = await waiting
        finally:
            flight.waiting.discard(waiting)
            if not flight.waiting:
                await self._end(key, flight)
        if isinstance(landed, Fault):
            raise copy.copy(landed)
        if isinstance(landed, BaseException):
            raise landed  # a defect: nobody could find it without its frames
        return landed

    async def close(self) -> None:
        """End all of them at once; whoever waits is told."""
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
        landed = _landed(flight.task)
        for waiting in flight.waiting:
            if not waiting.done():
                waiting.set_result(landed)

    async def _end(self, key: Hashable, flight: _Flight) -> None:
        """Whoever asks the same from here on takes off anew."""
        self._forget(key, flight)
        if not flight.task.done():
            flight.task.cancel()
            await asyncio.wait((flight.task,))

    def _forget(self, key: Hashable, flight: _Flight) -> None:
        if self._under_way.get(key) is flight:
            del self._under_way[key]


def closed() -> ClientClosed:
    """What whoever waits is told when the flights are closed."""
    return ClientClosed("the client was closed while this was asked")


def _landed(task: asyncio.Task[Answer]) -> Answer | BaseException:
    """What it came to. Errors are values here, so that no waiter's is another's."""
    if task.cancelled():
        return closed()
    return task.exception() or task.result()
