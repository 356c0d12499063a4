"""Asks the gateway one question and returns the answer.

Knows the order of the steps, which the functions follow: a query is planned; it joins a flight that asks the
same; it gets a place, a token and a slot; it is sent; the response is deciphered; a fault is retried or
raised. Leaves to others: the steps themselves; each has its own module.
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
    """Asks the gateway whether citizens qualify for flexi-jobs and student jobs, for one caller.

    A client is a verifier, and `with_options` makes variants of it. These share the client's connections,
    token, rate, statistics and observer, and are opened and closed with it.
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
        address = settings.api_url + settings.api_path
        self._encode = partial(encode, address=address, user_agent=settings.user_agent)
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
        """A variant with other options; the rest stays. It costs microseconds: make one for each request.

        `caller`: who asks, such as a mandatary for another enterprise. `type_of_worker`: which block is asked
        when a question names none. `retry`: how often and how long to retry. `deadline`: of each `verify`, in
        seconds.

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
        """What the client did so far, and its state. May be called from any thread."""
        return self._parts.statistics()

    def throughput(self) -> Throughput:
        """The allowed calls a second, and what holds calls back. To be called within the event loop."""
        self._session.check_loop()
        return self._parts.throughput()

    def now(self) -> datetime:
        """The time on this client's wall clock, as an aware datetime."""
        return self._now()

    def new_circuit_breaker(self) -> CircuitBreaker:
        """A circuit breaker for a batch of this client.

        Raises:
            RuntimeError: the client was never opened, or was opened in another event loop.
        """
        self._session.check_loop()
        self._session.check_opened()
        retry = self.settings.retry
        width, instrumentation = self.settings.concurrency, self.instrumentation
        breaker = CircuitBreaker(retry.patience, width, self._jitter, instrumentation)
        self._parts.breakers.add(breaker)
        return breaker

    @property
    def width(self) -> int:
        """How many queries a batch asks at once: as many as there are places for calls."""
        return self.settings.concurrency

    def planner(self, *, check_window: bool = True) -> Planner:
        """A planner that makes queries for this client's caller, with today's window in Brussels."""
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

        `citizen` and `start_date` may have any form that `Ssin.parse` and `read_start_date` read. `deadline`:
        seconds from now for everything, also the waits for a place, a token and a slot, and all retries. The
        question is given up after that. Without a deadline, the retry policy limits the time.

        Callers that verify the same at the same time, with the same retry policy, share one call and answer.
        You can cancel at any time, also with your own ``asyncio.timeout``: the call goes on for the other
        callers, and is cancelled with the last one.

        Raises:
            InvalidQuery: the question cannot be asked; it lists every violation. Nothing was sent.
            StartDateNotOpen: the question can be asked from a later day. Nothing was sent.
            RequestRejected: the gateway answered 400 about this question.
            RunStopped: every question would fail, because of credentials, caller or address; or the client
                was closed (`ClientClosed`).
            Unavailable, BrokenAnswer: no answer yet, after all retries, or `DeadlinePassed`. Never a "no".
        """
        asking = self.outcome(
            citizen, start_date, caller=caller, type_of_worker=type_of_worker, deadline=deadline
        )
        del citizen  # error trackers show the local variables of a traceback
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
        """The same as `verify`, but it returns an outcome and does not raise a `Fault` or `InputError`.

        >>> import asyncio
        >>> from precontractual_async import PrecontractualClient
        >>> from precontractual_async.sandbox import Sandbox
        >>> client = PrecontractualClient(Sandbox(port=9, private_key_pem="-").settings())
        >>> asyncio.run(client.outcome("07.01.01-899.02", "2026-12-01")).explain("nl").reason
        'INSZ: de controlecijfers kloppen niet: een tikfout?'
        """
        candidate = Candidate(citizen, start_date, type_of_worker=type_of_worker)
        del citizen  # error trackers show local variables; a candidate hides its number
        planned = self.planner().plan(candidate, caller)
        if not isinstance(planned, Query):
            return planned
        try:
            answer = await self._ask_together(planned, self._deadline if deadline is None else deadline)
        except RequestRejected as rejected:
            return Rejected(planned, rejected.problem)
        except Fault as fault:
            return Pending(planned, fault.with_traceback(None))  # a traceback would keep every frame alive
        return Answered(planned, answer)

    async def _ask_together(self, query: Query, deadline: float | None) -> Answer:
        """The answer for all callers with the same query; the observer gets an event for each caller."""
        self._session.check_loop()
        asking = partial(self._in_time, query, deadline)
        if self.instrumentation is None or not self._flights.is_under_way(self._key(query)):
            return await asking()
        return await self.instrumentation.joining(asking)

    async def _in_time(self, query: Query, deadline: float | None) -> Answer:
        """The answer of the shared flight, if it comes before the deadline."""
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
        """The verification that all callers with the same query share. When it is cancelled, the observer
        gets the reason: a passed deadline, or a closed client.
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
        """The answer to a planned query, with retries.

        `deadline`: seconds after the first failure, instead of the policy's deadline. `breaker`: the circuit
        breaker of a batch; every attempt waits until the breaker allows it.

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
        """The retry loop. It begins after the first fault, so a query that succeeds at once costs nothing."""
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
        """One call: it gets a place, a token and a slot, and is sent; or the result of the same call."""
        while not self._calls.begins(query):
            shared = await waiting(self.instrumentation, WaitReason.JOINED, self._calls.result_of(query))
            if shared is not None:
                return shared
        outcome: Answer | Fault | None = None
        try:
            # Before the call begins: an answer that has arrived must not wait for a turn.
            await self._turns.acquire()
            token = await self._admission.enter(is_batch=breaker is not None)
            try:
                if breaker is not None:
                    breaker.check_sending()  # while we waited, the batch may have ended or an outage begun
                trace_id = new_trace_id()
                request = self._encode(query, token=token.value, trace_id=trace_id)
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
                    # Without the frames below: their local variables, shown by error trackers, hold the body.
                    raise fault.with_traceback(None) from None
            finally:
                self._admission.leave()
            self._session.mark_accepted(token)
            self._tally.answered(answer.asked_at)
            return answer
        finally:
            self._calls.end(query, outcome)

    async def _exchange(self, request: HttpRequest, query: Query, trace_id: str) -> Answer:
        """Send the request, and decipher the response."""
        response = await self._session.send(request)
        self._admission.places.widen()
        return decipher(response, query=query, asked_at=self._now(), trace_id=trace_id)
