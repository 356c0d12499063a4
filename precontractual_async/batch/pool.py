"""The worker pool: any number of questions, a fixed number of tasks, outcomes as they come.

Knows how questions are fed, how duplicates are answered once and everywhere, and what ends a run.
Refuses to know how a question is answered and what is done with the outcomes.

Memory is bounded whatever the length of the input: as many workers as there are places on the wire, two
queues as long, and the outcomes that are remembered for duplicates.
"""

from __future__ import annotations

import asyncio
import copy
import enum
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Hashable, Iterable
from contextlib import AsyncExitStack
from typing import Final, cast

from attrs import evolve, frozen

from ..client import PrecontractualClient
from ..errors import Fault, InternalFault, Reach, RequestRejected
from ..model import Answered, Caller, Candidate, Deferred, Outcome, Pending, Query, Refused, Rejected
from .memory import Asked, Memory

_log = logging.getLogger(__name__)

REMEMBERED: Final = 8192
"""Distinct queries whose outcomes are kept for duplicates, at some 1 kB each."""

_GRACE: Final = 10.0
"""Seconds for what is on the wire when the run stops: an answer that is under way is not thrown away."""

_MOST_WAITING: Final = 100
"""Duplicates that wait for one query under way before reading on waits as well."""

Question = Query | Candidate
_Row = Hashable


async def verify_many(
    client: PrecontractualClient,
    questions: Iterable[Question] | AsyncIterable[Question],
    *,
    remember: int | None = REMEMBERED,
    check_window: bool = True,
) -> AsyncGenerator[Outcome, None]:
    """Verify many; yields one outcome for each question, in the order in which they become known.

    `questions`: candidates (raw) or queries, from an iterable or an async iterable of any length, even
    an endless one; it is read only as fast as outcomes are taken. An outcome carries the `row` of its
    candidate. `remember`: the same question again, within so many distinct ones, is not sent again but
    gets the same outcome; None remembers all, at the price of memory that grows with the input.
    `check_window`: False leaves the start-date window to the gateway.

    Never raises for one row. Leave it early with `contextlib.aclosing`, and what is under way is
    cancelled there and then.

    Raises:
        Fault: once, at the end. With `reach` BATCH when no further question can be answered: credentials,
            caller, address, or a pause too long to sleep through. What was known by then has been
            yielded, what was under way is yielded as `Pending`; what was not read from `questions` yet,
            is not. With `reach` CALLER when all was read, and every row of at least one represented
            enterprise was yielded as `Pending` because the gateway rejects that caller.
    """
    run = _Run(client, remember, check_window)
    run.start(questions)
    try:
        while (outcome := await run.take()) is not None:
            yield outcome
    finally:
        await run.close()
    run.raise_what_ended_it()


@frozen(eq=False)
class _Task:
    query: Query
    row: _Row


class _End(enum.Enum):
    """What tells a worker, and then the reader, that nothing more comes."""

    END = enum.auto()


class _Run:
    """One run of the pool: a feeder, the workers, and a queue before and behind them."""

    def __init__(self, client: PrecontractualClient, remember: int | None, check_window: bool) -> None:
        self._client = client
        self._check_window = check_window
        self._memory = Memory(remember)
        self._width = client.settings.concurrency
        self._work: asyncio.Queue[_Task | _End] = asyncio.Queue(self._width)
        self._done: asyncio.Queue[Outcome | _End] = asyncio.Queue(self._width)
        self._tasks: list[asyncio.Task[None]] = []
        self._working = self._width
        self._unplaced: _Task | Outcome | None = None
        self._stopped_by: Fault | None = None
        self._broken_by: Exception | None = None
        self._rejected_callers: dict[Caller, Fault] = {}
        self._is_reading = True
        self._is_closed = False
        self._asking: set[asyncio.Task[None]] = set()
        self._reported: set[str] = set()

    # --- the reader's side

    def start(self, questions: Iterable[Question] | AsyncIterable[Question]) -> None:
        self._tasks = [asyncio.create_task(self._feed(questions), name="precontractual-feeder")]
        self._tasks += [
            asyncio.create_task(self._work_off(), name="precontractual-worker") for _ in range(self._width)
        ]

    async def take(self) -> Outcome | None:
        """The next outcome; None when there are no more."""
        while self._working:
            outcome = await self._done.get()
            if not isinstance(outcome, _End):
                return outcome
            self._working -= 1
        return None

    async def close(self) -> None:
        """Cancel whatever still runs, and wait until it has ended."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    def raise_what_ended_it(self) -> None:
        """The one exception of a run that did not reach the end of its input."""
        if self._broken_by is not None:
            raise self._broken_by
        fault = self._stopped_by or next(iter(self._rejected_callers.values()), None)
        if fault is not None:
            raise copy.copy(fault)  # the original stands in outcomes, which must not hold a traceback

    # --- the feeder

    async def _feed(self, questions: Iterable[Question] | AsyncIterable[Question]) -> None:
        try:
            await self._read(questions)
        except asyncio.CancelledError:
            if self._is_closed or self._stopped_by is None:
                raise
            await self._place_again()
        except Exception as error:  # noqa: BLE001 (the input's own: raised once what is under way has ended)
            self._broken_by = error
        self._is_reading = False
        for _ in range(self._width):
            await self._work.put(_End.END)

    async def _read(self, questions: Iterable[Question] | AsyncIterable[Question]) -> None:
        async with AsyncExitStack() as stack:
            if isinstance(questions, AsyncGenerator):
                stack.push_async_callback(questions.aclose)  # its clean-up runs now, also after a stop
            if isinstance(questions, AsyncIterable):
                async for question in questions:
                    await self._admit(question)
            else:
                for question in questions:
                    await self._admit(question)

    async def _admit(self, question: Question) -> None:
        """Plan one question, and see whether it is asked, known, or being asked already."""
        planned = self._plan(question)
        row = question.row if isinstance(question, Candidate) else None
        if not isinstance(planned, Query):
            await self._place(planned)
            return
        match self._memory.recall(planned):
            case None:
                self._memory.expect(planned)
                await self._place(_Task(planned, row))
            case Asked() as asked:
                asked.rows.append(row)
                if len(asked.rows) >= _MOST_WAITING:
                    await asked.settled.wait()
            case known:
                await self._place(evolve(known, row=row))

    def _plan(self, question: Question) -> Query | Refused | Deferred:
        planner = self._client.planner(check_window=self._check_window)
        try:
            return planner.check(question) if isinstance(question, Query) else planner.plan(question)
        except Exception as error:  # noqa: BLE001 (one row's bug never kills the others)
            defect = f"a defect of precontractual-async ({type(error).__name__})"
        candidate = question if isinstance(question, Candidate) else Candidate(question.citizen, None)
        return Refused(candidate, (defect,), candidate.row)

    async def _place(self, item: _Task | Outcome) -> None:
        """Put it into its queue; until that is done it is noted, so that a stop cannot lose it."""
        self._unplaced = item
        if isinstance(item, _Task):
            await self._work.put(item)
        else:
            await self._done.put(item)
        self._unplaced = None

    async def _place_again(self) -> None:
        if self._unplaced is not None:
            await self._place(self._unplaced)

    # --- the workers

    async def _work_off(self) -> None:
        while not isinstance(task := await self._work.get(), _End):
            outcome = await self._outcome(task.query)
            rows = self._memory.settle(task.query, outcome)
            await self._done.put(outcome if task.row is None else evolve(outcome, row=task.row))
            for row in rows:
                await self._done.put(evolve(outcome, row=row))
        await self._done.put(_End.END)

    async def _outcome(self, query: Query) -> Outcome:
        known = self._stopped_by or self._rejected_callers.get(query.caller)
        if known is not None:
            return Pending(query, known)
        me = cast("asyncio.Task[None]", asyncio.current_task())
        self._asking.add(me)
        try:
            return await self._ask(query)
        except asyncio.CancelledError:
            if self._is_closed or self._stopped_by is None:
                raise
            return Pending(query, self._stopped_by)
        finally:
            self._asking.discard(me)

    async def _ask(self, query: Query) -> Outcome:
        try:
            answer = await self._client.ask(query, deadline=self._client.settings.retry.batch_deadline)
            return Answered(query, answer)
        except RequestRejected as rejected:
            return Rejected(query, rejected.problem)
        except Fault as fault:
            bare = copy.copy(fault)  # without its traceback, which would keep every frame alive
        except Exception as error:  # noqa: BLE001 (one row's bug never kills the others)
            bare = InternalFault(f"a defect of precontractual-async ({type(error).__name__})")
            self._report(bare)
        if bare.reach is Reach.BATCH:
            self._stop(bare)
        elif bare.reach is Reach.CALLER:
            self._rejected_callers.setdefault(query.caller, bare)
        return Pending(query, bare)

    def _report(self, defect: InternalFault) -> None:
        """Log each kind of defect once in a run: it may hit every row."""
        if defect.diagnosis not in self._reported:
            self._reported.add(defect.diagnosis)
            _log.error("%s; its rows stay pending", defect.diagnosis)

    def _stop(self, fault: Fault) -> None:
        """Stop once: no more is read, what waits is not asked, what is on the wire gets some time."""
        if self._stopped_by is not None:
            return
        self._stopped_by = fault
        if self._is_reading:
            self._tasks[0].cancel()
        asyncio.get_running_loop().call_later(_GRACE, self._cut_short)

    def _cut_short(self) -> None:
        """Cancel the questions that are still under way; their workers go on to tell so."""
        for worker in self._asking:
            worker.cancel()
