"""The dispatcher: it gathers queries into partitions, and sends partitions until each query has an outcome.

Knows when a partition is sent, and how often it is sent again after the loss of its worker. Leaves to
others: which workers ask, and where (a `Crew` does).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from ..journal.recheck import Learned
from ..model.errors import Fault, InternalFault, Unavailable
from ..model.questions import Pending, Query
from ..observability.logs import LogEvent, fields

_log = logging.getLogger(__name__)

_LONGEST_WAIT: Final = 0.1
"""Seconds that a query waits for others: a whole partition costs only one message and one reply."""

MOST_SUBMISSIONS: Final = 4
"""After the loss of so many workers the partition itself may be the cause: it is left to another run."""


class WorkerLost(Exception):
    """The worker that had a partition is gone, and so is its report."""


class Crew(Protocol):
    """The workers that ask partitions."""

    async def work(self, queries: Sequence[Query]) -> Sequence[Learned]:
        """One outcome for each query, in their order.

        Raises:
            WorkerLost: another worker may try.
            Fault: no worker can ask.
        """


_Row = tuple[Query, "asyncio.Future[Learned]"]


class Dispatcher:
    """Gathers the queries of one batch. `size`: the most rows in a partition."""

    def __init__(self, crew: Crew, size: int) -> None:
        self._crew = crew
        self._size = size
        self._gathered: list[_Row] = []
        self._timer: asyncio.TimerHandle | None = None
        self._under_way: dict[asyncio.Task[None], Sequence[_Row]] = {}

    async def outcome(self, query: Query) -> Learned:
        """The outcome of a query. A cancelled call drops its query; a partition without queries ends."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Learned] = loop.create_future()
        self._gathered.append((query, waiting))
        if len(self._gathered) >= self._size:
            self._send_off()
        elif self._timer is None:
            self._timer = loop.call_later(_LONGEST_WAIT, self._send_off)
        return await waiting

    async def close(self) -> None:
        """Cancel the partitions in progress and all calls that wait."""
        if self._timer is not None:
            self._timer.cancel()
        for _, waiting in self._gathered:
            waiting.cancel()
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    def give_up(self, fault: Fault) -> None:
        """Give `Pending` with this `fault` to all calls that wait."""
        for rows in (self._gathered, *self._under_way.values()):
            _tell(rows, [Pending(query, fault) for query, _ in rows])

    def _send_off(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rows, self._gathered = _wanted(self._gathered), []
        if not rows:
            return
        task = asyncio.create_task(self._settle(rows), name="precontractual-partition")
        self._under_way[task] = rows
        task.add_done_callback(lambda done: self._under_way.pop(done, None))
        for _, waiting in rows:
            waiting.add_done_callback(lambda _: _wanted(rows) or task.cancel())

    async def _settle(self, rows: Sequence[_Row]) -> None:
        try:
            await self._settle_all(rows)
        except Fault as fault:
            _tell(rows, [Pending(query, fault) for query, _ in rows])
        except Exception as error:  # noqa: BLE001 (the calls that wait need an outcome)
            _tell(rows, [Pending(query, InternalFault.of(error)) for query, _ in rows])
        finally:
            for _, waiting in _wanted(rows):
                waiting.cancel()

    async def _settle_all(self, rows: Sequence[_Row]) -> None:
        for _ in range(MOST_SUBMISSIONS):
            left = _wanted(rows)
            try:
                outcomes = await self._crew.work([query for query, _ in left])
            except WorkerLost:
                text = "a worker of the cluster is lost; its %d rows are asked again"
                _log.warning(text, len(left), extra=fields(LogEvent.WORKER_LOST))
                continue
            _tell(left, outcomes)
            return
        raise Unavailable(f"{MOST_SUBMISSIONS} workers of the cluster were lost while they asked it")


def _wanted(rows: Sequence[_Row]) -> list[_Row]:
    """The rows that a call still waits for."""
    return [row for row in rows if not row[1].done()]


def _tell(rows: Sequence[_Row], outcomes: Sequence[Learned]) -> None:
    for (_, waiting), outcome in zip(rows, outcomes, strict=True):
        if not waiting.done():
            waiting.set_result(outcome)
