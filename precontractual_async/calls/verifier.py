"""One question to the gateway, answered.

Reads top to bottom as what happens to a query: it is planned; it joins whoever asks the same; it gets a
place, a token and a slot, in that order; it is sent; the response is deciphered; and a fault is judged.
Knows that order and nothing else: each step has a module of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import Any

from attrs import evolve

from ..model.answers import Answer
from ..model.dates import StartDateWindow
from ..model.errors import DeadlinePassed, Fault, InvalidQuery, StartDateNotOpen
from ..model.planning import Planner
from ..model.problems import RequestRejected
from ..model.questions import (
    Answered,
    Caller,
    Candidate,
    Deferred,
    Outcome,
    Pending,
    Query,
    Refused,
    Rejected,
    TypeOfWorker,
)
from ..observability.events import WaitReason
from ..observability.instrumentation import Instrumentation, waiting
from ..protocol.wire import HttpRequest, decipher, encode
from ..settings.settings import RetryPolicy, Settings
from .circuit_breaker import CircuitBreaker
from .resources import ClientResources
from .retrying import Retrier
from .session import new_trace_id
from .single_flight import closed
from .statistics import Statistics
from .throughput import Throughput


class Verifier:
    """Asks the gateway whether citizens qualify for flexi-jobs and student jobs: for one caller, in one way.

    A client is one, and makes others by `with_options`; those share its connections, its token, its pace,
    its statistics and its observer, and are opened and closed with it.
    """

    def __init__(
        self,
        settings: Settings,
        parts: ClientResources,
        *,
        type_of_worker: TypeOfWorker = TypeOfWorker.ALL,
        deadline: float | None = None,
    ) -> None:
        self.settings: Settings = settings
        self.instrumentation: Instrumentation | None = parts.instrumentation
        self._parts = parts
        self._type_of_worker, self._deadline = type_of_worker, deadline
        self._address = settings.api_url + settings.api_path
        self._session, self._admission = parts.session, parts.admission
        self._now, self._jitter, self._turns = parts.now, parts.jitter, parts.turns
        self._calls, self._flights, self._tally = parts.calls, parts.flights, parts.tally

    def with_options(
        self,
        *,
        caller: Caller | None = None,
        type_of_worker: TypeOfWorker | None = None,
        retry: RetryPolicy | None = None,
        deadline: float | None = None,
    ) -> Verifier:
        """The same with other options; what is not given stays. It costs microseconds: make one per request.

        `caller`: who asks, such as a mandatary for another enterprise. `type_of_worker`: which block is asked
        for when a question names none. `retry`: how often and how long it insists. `deadline`: of each
        `verify`.

        >>> from precontractual_async import PrecontractualClient
        >>> from precontractual_async.sandbox import Sandbox
        >>> client = PrecontractualClient(Sandbox(port=9, private_key_pem="-").settings())
        >>> hurried = client.with_options(retry=RetryPolicy(attempts=2), deadline=3.0)
        >>> hurried.settings.retry.attempts, client.settings.retry.attempts
        (2, 8)
        """
        settings = evolve(
            self.settings, caller=caller or self.settings.caller, retry=retry or self.settings.retry
        )
        return Verifier(
            settings,
            self._parts,
            type_of_worker=type_of_worker or self._type_of_worker,
            deadline=self._deadline if deadline is None else deadline,
        )

    def statistics(self) -> Statistics:
        """What the client did so far, and how it is. May be called from any thread."""
        return self._parts.statistics()

    def throughput(self) -> Throughput:
        """How fast the client may go now, and what holds it back. To be called within its event loop."""
        self._session.check_loop()
        return self._parts.throughput()

    def now(self) -> datetime:
        """The wall clock that this client goes by, aware."""
        return self._now()

    def new_circuit_breaker(self) -> CircuitBreaker:
        """What a batch of this client will know of the gateway's outages.

        Raises:
            RuntimeError: the client was never opened, or in another event loop.
        """
        self._session.check_loop()
        self._session.check_opened()
        retry = self.settings.retry
        width, seen = self.settings.concurrency, self.instrumentation
        breaker = CircuitBreaker(retry.patience, width, self._jitter, seen)
        self._parts.breakers.add(breaker)
        return breaker

    @property
    def width(self) -> int:
        """How many queries a batch gives it at once: as many as there are places on the wire."""
        return self.settings.concurrency

    def planner(self, *, check_window: bool = True) -> Planner:
        """What turns candidates into queries of this client's caller, on today's window in Brussels."""
        window = StartDateWindow.at(self._now()) if check_window else None
        return Planner(self.settings.caller, window, self._type_of_worker)

    async def verify(
        self,
        citizen: object,
        start_date: object,
        *,
        caller: Caller | None = None,
        type_of_worker: object = None,
        deadline: float | None = None,
    ) -> Answer:
        """Verify one citizen for one planned first day of work (manual §3.2.2).

        `citizen` and `start_date` in any writing that `Ssin.parse` and `read_start_date` read. `deadline`:
        seconds from now for all of it, the wait for place, token and pace and every retry included; when
        they are over it is given up. Without one it takes as long as the retry policy lets it.

        Who verifies what somebody is verifying already, by the same policy, gets the same answer: one call,
        one consultation. Cancel it at any time, also by an ``asyncio.timeout`` of your own: the others go
        on; the last one to go away ends the call, and nothing of it is left.

        Raises:
            InvalidQuery: it cannot be asked; every violation at once. Nothing was sent.
            StartDateNotOpen: it can be asked from a later day. Nothing was sent.
            RequestRejected: the gateway answered 400 about it.
            RunStopped: no query at all can be answered like this: credentials, caller, address; or
                `ClientClosed`.
            Unavailable, BrokenAnswer: not answered yet, after every retry, or `DeadlinePassed`. Never a "no".
        """
        asking = self.outcome(
            citizen, start_date, caller=caller, type_of_worker=type_of_worker, deadline=deadline
        )
        del citizen  # error trackers show the locals of a traceback's frames
        match await asking:
            case Answered(answer=answer):
                return answer
            case Refused(violations=violations):
                raise InvalidQuery(violations)
            case Deferred(opens_on=day):
                raise StartDateNotOpen(day)
            case Rejected(problem=problem):
                raise RequestRejected(problem)
            case Pending(fault=fault):
                raise fault

    async def outcome(
        self,
        citizen: object,
        start_date: object,
        *,
        caller: Caller | None = None,
        type_of_worker: object = None,
        deadline: float | None = None,
    ) -> Outcome:
        """The same as `verify`, for who shows what came of it: an outcome instead of an error.

        >>> import asyncio
        >>> from precontractual_async import PrecontractualClient
        >>> from precontractual_async.sandbox import Sandbox
        >>> client = PrecontractualClient(Sandbox(port=9, private_key_pem="-").settings())
        >>> asyncio.run(client.outcome("07.01.01-899.02", "2026-12-01")).explain("nl").reason
        'INSZ: de controlecijfers kloppen niet: een tikfout?'
        """
        candidate = Candidate(citizen, start_date, type_of_worker=type_of_worker)
        del citizen  # error trackers show the locals of a traceback's frames; a candidate hides its number
        planned = self.planner().plan(candidate, caller)
        if not isinstance(planned, Query):
            return planned
        try:
            answer = await self._ask_together(planned, self._deadline if deadline is None else deadline)
        except RequestRejected as rejected:
            return Rejected(planned, rejected.problem)
        except Fault as fault:
            return Pending(planned, fault.with_traceback(None))  # which would keep every frame alive
        return Answered(planned, answer)

    async def _ask_together(self, query: Query, deadline: float | None) -> Answer:
        """The answer for all who ask the same now; observers hear of each caller's verification."""
        self._session.check_loop()
        asking = partial(self._in_time, query, deadline)
        if self.instrumentation is None or not self._flights.is_under_way(self._key(query)):
            return await asking()
        return await self.instrumentation.joining(asking)

    async def _in_time(self, query: Query, deadline: float | None) -> Answer:
        """The answer of the one flight, if it comes before the deadline."""
        limit = asyncio.timeout(deadline)

        def late() -> Fault | None:
            if not limit.expired():
                return None
            return DeadlinePassed(f"no answer within the {deadline:g} seconds that the caller gave")

        try:
            async with limit:
                return await self._flights.shared(self._key(query), lambda: self._fly(query, late))
        except TimeoutError:
            fault = late()
            if fault is None:
                raise
        raise fault

    def _key(self, query: Query) -> tuple[Query, RetryPolicy]:
        return query, self.settings.retry

    def _fly(self, query: Query, late: Callable[[], Fault | None]) -> Coroutine[Any, Any, Answer]:
        """The verification that all who ask the same share. When it is cancelled, its observer hears why: the
        time of the callers is over, or the client was closed.
        """
        if self.instrumentation is None:
            return self.ask(query)
        asking = partial(self._ask, query, self.settings.retry.deadline, None)
        return self.instrumentation.verification(
            asking, lambda: late() or (None if self._session.is_open else closed())
        )

    def ask(
        self, query: Query, *, deadline: float | None = None, breaker: CircuitBreaker | None = None
    ) -> Coroutine[Any, Any, Answer]:
        """The answer to a query that is already planned; asked again as the verdicts say.

        `deadline`: seconds after its first failure, instead of the policy's. `breaker`: that of a batch;
        its attempts wait until it lets them through.

        Raises:
            Fault: see `verify`.
        """
        seconds = self.settings.retry.deadline if deadline is None else deadline
        if self.instrumentation is None:
            return self._ask(query, seconds, breaker)
        return self.instrumentation.verification(partial(self._ask, query, seconds, breaker))

    async def _ask(self, query: Query, deadline: float, breaker: CircuitBreaker | None) -> Answer:
        self._session.check_loop()
        try:
            return await self._attempt_through(breaker, query)
        except Fault as first:
            fault = first
        return await self._retry(query, fault, deadline, breaker)

    async def _retry(
        self, query: Query, first: Fault, limit: float, breaker: CircuitBreaker | None
    ) -> Answer:
        """The one retry loop. It begins with a fault, so what succeeds at once never pays for it."""
        retrier = Retrier(self.settings.retry, limit, self._jitter, self._tally, self.instrumentation)
        known: list[Fault] = [first]

        async def attempt() -> Answer:
            if known:
                raise known.pop()
            return await self._attempt_through(breaker, query, retrier.failures, retrier.was_sent)

        return await retrier.until_answered(attempt)

    def _attempt_through(
        self, breaker: CircuitBreaker | None, query: Query, failures: int = 0, was_sent: bool = False
    ) -> Awaitable[Answer]:
        if breaker is None:
            return self._attempt(query, None, was_sent)
        return breaker.call(lambda: self._attempt(query, breaker, was_sent), failures)

    async def _attempt(self, query: Query, breaker: CircuitBreaker | None, was_sent: bool) -> Answer:
        """One call: a place on the wire, a token, a slot, and off it goes; or what comes of one like it."""
        while not self._calls.begins(query):
            shared = await waiting(self.instrumentation, WaitReason.JOINED, self._calls.result_of(query))
            if shared is not None:
                return shared
        outcome: Answer | Fault | None = None
        try:
            # Before anything is asked: an answer that came must not wait for its turn.
            await self._turns.acquire()
            token = await self._admission.enter(is_batch=breaker is not None)
            try:
                if breaker is not None:
                    breaker.check_sending()  # the batch may have ended while we waited, or the gateway gone
                trace_id = new_trace_id()
                request = encode(query, address=self._address, token=token.value, trace_id=trace_id)
                if was_sent:
                    self._tally.retries += 1
                exchange: Awaitable[Answer] = self._exchange(request, query, trace_id)
                if self.instrumentation is not None:
                    exchange = self.instrumentation.attempt(exchange, trace_id)
                try:
                    outcome = answer = await exchange
                except Fault as fault:
                    outcome = fault
                    fault.trace_id = fault.trace_id or trace_id
                    self._parts.react_to(fault, token)
                    # Without the frames below: their locals hold the body, and error trackers show locals.
                    raise fault.with_traceback(None) from None
            finally:
                self._admission.leave()
            self._session.mark_accepted(token)
            self._tally.answered(answer.asked_at)
            return answer
        finally:
            self._calls.end(query, outcome)

    async def _exchange(self, request: HttpRequest, query: Query, trace_id: str) -> Answer:
        """There and back, and what it says."""
        response = await self._session.send(request)
        self._admission.places.widen()
        return decipher(response, query=query, asked_at=self._now(), trace_id=trace_id)
