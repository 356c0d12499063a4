"""The client: one question to the gateway, answered.

Reads top to bottom as what happens to a query: it is planned; it joins whoever asks the same; it gets a
place, a token and a slot, in that order; it is sent; the response is deciphered; and a fault is judged.
Knows that order and nothing else: each step is told in its own module.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Final, Self

import aiohttp
from attrs import evolve

from .answers import Answer
from .configuration import load_settings
from .discreet import discreet
from .errors import (
    DeadlinePassed,
    Fault,
    InvalidQuery,
    RequestRejected,
    StartDateNotOpen,
    Throttled,
    TokenRejected,
    TokenUnavailable,
)
from .insistence import Insistence
from .model import Caller, Candidate, Deferred, Query, Refused, TypeOfWorker
from .outage import Outage
from .pacing import Pace, Places
from .planning import Planner
from .protocol.grant import BearerToken
from .protocol.wire import decipher, encode
from .session import SessionManager, utc_now
from .settings import RetryPolicy, Settings
from .shared import Shared
from .statistics import Statistics
from .transport import Transport
from .window import StartDateWindow

_STALE_TOKENS: Final = 5
"""Tokens in a row that may expire while their call waits for its slot."""


class Verifier:
    """Asks the gateway whether citizens qualify for flexi-jobs and student jobs: for one caller, in one way.

    A client is one, and makes others by `with_options`; those share its connections, its token, its pace and
    its statistics, and are opened and closed with it.
    """

    def __init__(
        self,
        settings: Settings,
        shared: Shared,
        *,
        type_of_worker: TypeOfWorker = TypeOfWorker.ALL,
        deadline: float | None = None,
    ) -> None:
        self.settings = settings
        self._shared = shared
        self._type_of_worker = type_of_worker
        self._deadline = deadline
        self._address = settings.api_url + settings.api_path
        self._session, self._pace, self._places = shared.session, shared.pace, shared.places
        self._now, self._jitter = shared.now, shared.jitter
        self._calls, self._flights, self._tally = shared.calls, shared.flights, shared.tally

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

        >>> from precontractual_async.sandbox import Sandbox
        >>> client = PrecontractualClient(Sandbox(private_key_pem="-").settings())
        >>> hurried = client.with_options(retry=RetryPolicy(attempts=2), deadline=3.0)
        >>> hurried.settings.retry.attempts, client.settings.retry.attempts
        (2, 8)
        """
        settings = evolve(
            self.settings, caller=caller or self.settings.caller, retry=retry or self.settings.retry
        )
        return Verifier(
            settings,
            self._shared,
            type_of_worker=type_of_worker or self._type_of_worker,
            deadline=self._deadline if deadline is None else deadline,
        )

    def statistics(self) -> Statistics:
        """What the client did so far, and how it is. May be called from any thread."""
        return self._shared.statistics()

    def now(self) -> datetime:
        """The wall clock that this client goes by, aware."""
        return self._now()

    def new_outage(self) -> Outage:
        """What a batch of this client will know of the gateway's outages."""
        self._calls.enter()
        return Outage(self.settings.retry.patience, self.settings.concurrency, self._jitter)

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
        candidate = Candidate(citizen, start_date, type_of_worker=type_of_worker)
        del citizen  # error trackers show the locals of a traceback's frames; a candidate hides its number
        planned = self.planner().plan(candidate, caller)
        match planned:
            case Refused(violations=violations):
                raise InvalidQuery(violations)
            case Deferred(opens_on=day):
                raise StartDateNotOpen(day)
            case Query():
                return await self._ask_together(planned, self._deadline if deadline is None else deadline)

    async def _ask_together(self, query: Query, deadline: float | None) -> Answer:
        """The answer that all who verify the same now will get, if it comes before the deadline."""
        self._calls.enter()
        flight = self._flights.shared((query, self.settings.retry), lambda: self.ask(query))
        if deadline is None:
            return await flight
        try:
            async with asyncio.timeout(deadline) as limit:
                return await flight
        except TimeoutError:
            if not limit.expired():
                raise
        raise DeadlinePassed(f"no answer within the {deadline:g} seconds that the caller gave")

    async def ask(
        self, query: Query, *, deadline: float | None = None, outage: Outage | None = None
    ) -> Answer:
        """The answer to a query that is already planned; asked again as the verdicts say.

        `deadline`: seconds after its first failure, instead of the policy's. `outage`: what a batch knows
        of the gateway; its attempts wait until that lets them through.

        Raises:
            Fault: see `verify`.
        """
        policy = self.settings.retry
        try:
            return await self._attempt_through(outage, query, 0)
        except Fault as first:
            fault = first
        return await self._insist(query, fault, policy.deadline if deadline is None else deadline, outage)

    async def _insist(self, query: Query, first: Fault, deadline: float, outage: Outage | None) -> Answer:
        """The one retry loop. It begins with a fault, so what succeeds at once never pays for it."""
        insistence = Insistence(self.settings.retry, deadline, self._jitter, self._tally)
        known: list[Fault] = [first]

        async def attempt() -> Answer:
            if known:
                raise known.pop()
            self._tally.retries += 1
            return await self._attempt_through(outage, query, insistence.failures)

        return await insistence.until_answered(attempt)

    def _attempt_through(self, outage: Outage | None, query: Query, failures: int) -> Awaitable[Answer]:
        if outage is None:
            return self._attempt(query)
        return outage.through(lambda: self._attempt(query, outage), failures)

    async def _attempt(self, query: Query, outage: Outage | None = None) -> Answer:
        """One call: a place on the wire, a token, a slot, and off it goes; or what comes of one like it."""
        is_shared = self._calls.is_shared
        while is_shared and not self._calls.begins(query):
            if (told := await self._calls.told(query)) is not None:
                return told
        outcome: Answer | Fault | None = None
        try:
            async with self._places:
                token = await self._admission()
                if outage is not None:
                    outage.check()  # the batch may have ended while we waited
                trace_id = new_trace_id()
                request = encode(query, address=self._address, token=token.value, trace_id=trace_id)
                try:
                    response = await self._session.send(request)
                    self._places.widen()
                    outcome = answer = decipher(
                        response, query=query, asked_at=self._now(), trace_id=trace_id
                    )
                except Fault as fault:
                    outcome = fault
                    fault.trace_id = fault.trace_id or trace_id
                    self._heed(fault, token)
                    # Without the frames below: their locals hold the body, and error trackers show locals.
                    raise fault.with_traceback(None) from None
            self._session.prove(token)
            self._tally.answered(answer.asked_at)
            return answer
        finally:
            if is_shared:
                self._calls.end(query, outcome)

    async def _admission(self) -> BearerToken:
        """A live token and then a slot. The other way round, slots would pile up while a token is fetched."""
        for _ in range(_STALE_TOKENS):
            token = await self._session.bearer()
            await self._pace.slot()
            if asyncio.get_running_loop().time() < token.expires_at:
                return token
        raise TokenUnavailable("every token has expired by the time it is used")

    def _heed(self, fault: Fault, token: BearerToken) -> None:
        """What a fault means for everybody else."""
        if isinstance(fault, TokenRejected):
            self._session.reject(token)
        elif isinstance(fault, RequestRejected):
            self._session.prove(token)
            self._tally.answered(self._now())
        policy = self._shared.retry
        if isinstance(fault, Throttled):  # also when it says nothing on how long
            self._pace.too_fast(min(policy.longest_pause, max(policy.base, fault.retry_after or 0.0)))
        elif fault.retry_after is not None:
            self._pace.brake.engage(min(policy.longest_pause, fault.retry_after))


class PrecontractualClient(Verifier):
    """The client: a `Verifier` with connections, a token and a pace of its own.

    One client serves any number of concurrent tasks of one event loop: they share its connections, its
    token and its pace. Use it in ``async with``. When it is closed, every `verify` under way ends at once
    with `ClientClosed`, and whoever comes later is told the same: a web server has let its requests end by
    then. A batch stops at its next call.

    `http_session`: an aiohttp session to use; it is never closed, and its own settings (proxy, TLS,
    cookies) are the giver's to answer for. `transport`: another way to the gateway altogether. `now`: the
    wall clock, aware. `jitter`: uniform in 0..1.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        http_session: aiohttp.ClientSession | None = None,
        transport: Transport | None = None,
        now: Callable[[], datetime] = utc_now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        pace = Pace(settings.rate)
        shared = Shared(
            session=SessionManager(settings, pace, http_session=http_session, transport=transport, now=now),
            pace=pace,
            places=Places(settings.concurrency),
            retry=settings.retry,
            now=now,
            jitter=jitter,
        )
        super().__init__(settings, shared)

    @classmethod
    @discreet
    def from_env(
        cls, environ: Mapping[str, str] | None = None, arguments: Mapping[str, str] | None = None
    ) -> Self:
        """A client with the settings of `arguments`, the environment and the profile: see `load_settings`.

        Raises:
            InvalidSettings: with every problem at once.
        """
        return cls(load_settings(os.environ if environ is None else environ, arguments))

    async def __aenter__(self) -> Self:
        await self._session.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.is_open = False  # from here on nothing begins
        try:
            await self._flights.close()
        finally:
            await self._session.__aexit__(kind, error, trace)


def new_trace_id() -> str:
    """A UUID (version 4) that names one call to the helpdesk.

    No secret, so the cheap generator will do; spelled here, since `uuid` takes three times as long.
    """
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
