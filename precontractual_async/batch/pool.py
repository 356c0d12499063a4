"""The worker pool: any number of questions, a fixed number of tasks, outcomes as soon as they are known.

Knows the steps of each question, when the journal gets its outcome, which questions an outage postpones, and
what ends a run. Leaves to others: how a question is answered, and what is done with the outcomes.

Back-pressure bounds the memory for an input of any length: there are as many workers as simultaneous calls,
the queues have the same length, some questions are read ahead, and some outcomes are remembered.
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Hashable, Iterable, Sequence
from datetime import datetime
from typing import Final, cast

from attrs import evolve, frozen

from ..calls.circuit_breaker import is_an_outage
from ..journal.port import Entry, Journal
from ..journal.recheck import RecheckPolicy
from ..model.errors import Fault, InternalFault, Interrupted, JournalFailed, Reach, Unexplained, WrongCitizen
from ..model.problems import RequestRejected
from ..model.questions import Answered, Caller, Outcome, Pending, Query, Rejected
from .anomalies import AnomalyMonitor
from .backend import VerificationBackend
from .commits import Commits
from .instrumentation import BatchInstrumentation, kept
from .intake import Intake, Question, intake_of
from .outcome_cache import Asked, OutcomeCache
from .question_source import QueryToAsk, Source
from .shielding import shielded

REMEMBERED: Final = 4096
"""Distinct queries whose outcomes are kept for deduplication, some 1 kB each. The garbage collector goes
through all of them at once: twice as many held up the event loop for 10 ms now and then, and these for 3."""

_GRACE: Final = 10.0
"""Seconds that calls in flight get when the run stops, so that their answers are not lost."""

_MOST_POSTPONED: Final = 3
"""Outages for which one query is postponed and asked again afterwards."""


async def verify_many(
    client: VerificationBackend,
    questions: Iterable[Question] | AsyncIterable[Question],
    *,
    journal: Journal | None = None,
    due: RecheckPolicy = RecheckPolicy(),  # noqa: B008 (frozen)
    remember: int | None = REMEMBERED,
    check_window: bool = True,
    stop: asyncio.Event | None = None,
) -> AsyncGenerator[Outcome, None]:
    """Verify many questions; yields one outcome for each, in the order in which outcomes become known.

    `questions`: candidates (raw) or queries, from an iterable or an async iterable of any length, even
    an endless one. Back-pressure: it is read only as fast as outcomes are taken. An outcome carries the
    `row` of its candidate. Employers share the rate: from an iterable, once a question names a represented
    enterprise, up to 32,768 questions are read ahead, and each employer among them has its turn. An async
    iterable is asked as it comes.

    `remember`: deduplication looks back over this many distinct questions that were asked, and gives a
    duplicate the same outcome without a call; None looks back over all, and memory grows.
    `check_window`: False leaves the start-date window to the gateway.

    `journal`: a question that it knows is asked again only when it is `due`. An outcome is yielded only
    after the journal keeps it, so it survives a crash. Queries are looked up and matched by content.
    `stop`: once it is set, nothing more is asked; calls in flight get ten seconds.

    During an outage the pool waits, up to `retry.patience`, and sends only a probe now and then.

    Never raises for one row. To leave early, use `contextlib.aclosing`: it cancels the calls in flight
    at once; the journal still keeps what was answered.

    Raises:
        Fault: once, at the end. With `reach` BATCH when no further question can be answered: credentials,
            caller, address, an outage longer than `retry.patience`, a journal that fails, or `stop`
            (`Interrupted`). By then known outcomes are yielded, and questions in flight are yielded as
            `Pending`; questions that were not reached are not yielded. With `reach` CALLER when all
            questions were read, but the gateway rejects at least one represented enterprise: its rows
            are yielded as `Pending`.
    """
    intake = intake_of(client, due, began=client.now(), check_window=check_window)
    run = _Run(client, questions, intake, journal, remember)
    with BatchInstrumentation(client.instrumentation, run._breaker) as instrumentation:
        instrumentation.begin(run.start, stop)
        try:
            while (outcome := await run.take()) is not None:
                instrumentation.row(outcome)
                yield outcome
        finally:
            await run.close()
        run.raise_what_ended_it()


@frozen(eq=False)
class _Learned:
    """The outcome of a task, and when it was learned."""

    task: QueryToAsk
    outcome: Answered | Rejected | Pending
    at: datetime


class _Run:
    """One run of the pool: workers that take their questions from one source, and a queue to the reader."""

    def __init__(
        self,
        client: VerificationBackend,
        questions: Iterable[Question] | AsyncIterable[Question],
        intake: Intake,
        journal: Journal | None,
        remember: int | None,
    ) -> None:
        self._client = client
        self._journal = journal
        self._commits = None if journal is None else Commits(kept(client, self._keep), self._tell_kept)
        self._breaker = client.new_circuit_breaker()
        self._memory = OutcomeCache(remember)
        self._source = Source(questions, intake, journal, self._memory)
        self._done: asyncio.Queue[Outcome | None] = asyncio.Queue(client.width)
        self._postponed: deque[QueryToAsk] = deque()
        self._tasks: list[asyncio.Task[None]] = []
        self._committing: list[asyncio.Task[None]] = []
        self._asking: set[asyncio.Task[None]] = set()
        self._stopped_by: Fault | None = None
        self._rejected_callers: dict[Caller, Fault] = {}
        self._alarms = AnomalyMonitor()
        self._cutting: asyncio.TimerHandle | None = None
        self._is_closed = False

    # --- the reader's side

    def start(self, stop: asyncio.Event | None) -> None:
        if stop is not None:  # before the workers start: when it is set already, nothing is asked
            self._tasks.append(asyncio.create_task(self._stop_when_set(stop), name="precontractual-stop"))
        self._workers = [
            asyncio.create_task(self._work_off(), name="precontractual-worker")
            for _ in range(self._client.width)
        ]
        concluding = asyncio.create_task(self._conclude(), name="precontractual-end")
        self._tasks += [*self._workers, concluding]
        if self._commits is not None:
            commits = asyncio.create_task(self._commits.run(), name="precontractual-commits")
            self._committing.append(commits)

    async def take(self) -> Outcome | None:
        """The next outcome; None when there are no more."""
        done = self._done
        return await done.get() if done.empty() else done.get_nowait()

    async def close(self) -> None:
        """Cancel all running tasks, and wait until they end; outcomes that were learned are still kept."""
        await shielded(self._close(), "precontractual-close")

    async def _close(self) -> None:
        self._is_closed = True
        if self._cutting is not None:
            self._cutting.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._source.close()
        if self._commits is not None:
            while not self._done.empty():  # makes room, so that waiting tasks continue
                self._done.get_nowait()
            await self._commits.finish()
            await asyncio.wait(self._committing)

    def raise_what_ended_it(self) -> None:
        """Raise the one exception of a run that did not reach the end of its input; else return."""
        if self._source.failure is not None:
            raise self._source.failure
        for task in (*self._tasks, *self._committing):
            if not task.cancelled() and (defect := task.exception()) is not None:
                raise defect
        if any(task.cancelled() for task in self._committing):
            raise InternalFault("the journal's task was cancelled from elsewhere")
        fault = self._stopped_by or next(iter(self._rejected_callers.values()), None)
        if fault is not None:
            raise copy.copy(fault)  # outcomes hold the original, which must stay without a traceback

    async def _conclude(self) -> None:
        """When the last worker has ended, close the input and the commits; then end the reader's queue."""
        await asyncio.wait(self._workers)
        await self._source.close()
        if self._commits is not None:
            await self._commits.finish()
            await asyncio.wait(self._committing)
        await self._done.put(None)

    # --- the workers

    async def _work_off(self) -> None:
        while (task := await self._next()) is not None:
            outcome = await self._outcome(task.query)
            if self._breaker.is_on and self._postpone(task, outcome):
                continue
            if self._commits is None or _is_of_the_run(outcome):
                await self._tell(task, outcome)
            else:
                await self._commits.put(_Learned(task, outcome, self._client.now()))

    async def _next(self) -> QueryToAsk | None:
        """The next task: a postponed one after its outage, otherwise a new one; at the end a postponed one.

        Reports outcomes that are known without a call.
        """
        while not (self._postponed and (self._source.may_be_slow or not self._breaker.is_on)):
            item = await self._source.take()
            if isinstance(item, QueryToAsk):
                return item
            if item is None or (isinstance(item, Asked) and self._postponed):
                break
            await (item.settled() if isinstance(item, Asked) else self._tell_reader(item))
        return self._postponed.popleft() if self._postponed else None  # without a new one, it is the probe

    def _postpone(self, task: QueryToAsk, outcome: Outcome) -> bool:
        """Put a task back when all its attempts failed in an outage, to ask it again afterwards."""
        held_in = task.held_in | {self._breaker.number}
        most = min(_MOST_POSTPONED, self._client.width)  # with width 1 the query itself may be the cause
        if not isinstance(outcome, Pending) or not is_an_outage(outcome.fault) or len(held_in) > most:
            return False
        self._postponed.append(evolve(task, held_in=held_in))
        return True

    async def _outcome(self, query: Query) -> Answered | Rejected | Pending:
        known = self._stopped_by or self._rejected_callers.get(query.caller)
        if known is not None:
            return Pending(query, known)
        me = cast("asyncio.Task[None]", asyncio.current_task())
        self._asking.add(me)
        try:
            return await self._ask(query)
        except asyncio.CancelledError:
            if self._is_closed or (self._stopped_by is None and me.cancelling()):
                raise
            return Pending(query, self._stopped_by or InternalFault("the call was cancelled from elsewhere"))
        finally:
            self._asking.discard(me)

    async def _ask(self, query: Query) -> Answered | Rejected | Pending:
        deadline = self._client.settings.retry.batch_deadline
        try:
            answer = await self._client.ask(query, deadline=deadline, breaker=self._breaker)
            self._alarms.answered()
            return Answered(query, answer)
        except RequestRejected as rejected:
            self._alarms.answered()
            return Rejected(query, rejected.problem)
        except Fault as fault:
            bare = copy.copy(fault)  # without its traceback, which keeps every frame alive
        except Exception as error:  # noqa: BLE001 (one row's bug never kills the others)
            bare = InternalFault.of(error)
        if isinstance(bare, InternalFault):
            self._alarms.defect(bare)  # outside `except`: a failing log handler prints the exception in it
        elif isinstance(bare, WrongCitizen):
            bare = self._alarms.mix_up(bare)
        elif isinstance(bare, Unexplained):
            bare = self._alarms.refusal(bare)
        if bare.reach is Reach.BATCH:
            self._stop(bare)
        elif bare.reach is Reach.CALLER:
            self._rejected_callers.setdefault(query.caller, bare)
        return Pending(query, bare)

    # --- the journal and the results

    async def _keep(self, group: Sequence[_Learned]) -> None:
        assert self._journal is not None  # noqa: S101 (without a journal there are no commits)
        await self._journal.keep([Entry.of(each.outcome, each.at) for each in group])

    async def _tell_kept(self, learned: _Learned, failure: Fault | None) -> None:
        """Report an outcome that the journal kept; without a record the row is pending."""
        if isinstance(failure, JournalFailed):
            self._stop(failure)
        elif isinstance(failure, InternalFault):
            self._alarms.defect(failure)
        query = learned.task.query
        await self._tell(learned.task, learned.outcome if failure is None else Pending(query, failure))

    async def _tell(self, task: QueryToAsk, outcome: Answered | Rejected | Pending) -> None:
        """Report an outcome for its row, and for every duplicate that waited for it."""
        waiting = self._memory.settle(task.query, outcome)
        for row in (task.row, *waiting):
            await self._tell_reader(outcome if row is None else _for_row(row, outcome))

    async def _tell_reader(self, outcome: Outcome) -> None:
        if self._is_closed:
            return
        if self._done.full():
            await self._done.put(outcome)
        else:
            self._done.put_nowait(outcome)

    # --- the end

    async def _stop_when_set(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._stop(Interrupted("the run was asked to stop"))

    def _stop(self, fault: Fault) -> None:
        """Stop once: read no more, do not ask what waits, and give calls in flight some time."""
        if self._stopped_by is not None:
            return
        self._stopped_by = fault
        self._breaker.end(fault)
        self._source.stop()
        self._cutting = asyncio.get_running_loop().call_later(_GRACE, self._cut_short)

    def _cut_short(self) -> None:
        """Cancel the calls that are still in flight; their workers continue, and report `Pending`."""
        for worker in self._asking:
            worker.cancel()


def _is_of_the_run(outcome: Outcome) -> bool:
    """Whether an outcome is about the run and not about the row: the journal does not keep it."""
    return isinstance(outcome, Pending) and outcome.fault.reach is Reach.BATCH


def _for_row(row: Hashable, outcome: Answered | Rejected | Pending) -> Outcome:
    if isinstance(outcome, Answered):  # the usual case; `evolve` takes several times as long
        return Answered(outcome.query, outcome.answer, row)
    return evolve(outcome, row=row)
