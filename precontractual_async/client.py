"""The client: one question to the gateway, answered.

Reads top to bottom as what happens to a query: it is planned; it gets a place, a token and a slot, in
that order; it is sent; the response is deciphered; and a fault is judged. Knows that order and nothing
else: each step is told in its own module.
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
from attrs import frozen

from .answers import Answer
from .configuration import load_settings
from .discreet import discreet
from .errors import (
    Fault,
    InvalidQuery,
    RequestRejected,
    StartDateNotOpen,
    Throttled,
    TokenRejected,
    TokenUnavailable,
)
from .insistence import Insistence
from .model import Caller, Candidate, Deferred, Query, Refused
from .outage import Outage
from .pacing import Pace, Places
from .planning import Planner
from .protocol.grant import BearerToken
from .protocol.wire import decipher, encode
from .session import SessionManager, utc_now
from .settings import Settings
from .transport import Transport
from .window import StartDateWindow

_STALE_TOKENS: Final = 5
"""Tokens in a row that may expire while their call waits for its slot."""


@frozen
class Statistics:
    """What a client did so far."""

    requests: int
    """Everything on the wire, token requests included."""
    retries: int
    """Calls that were sent again."""
    token_requests: int
    pauses: int
    """Times the gateway asked everybody to wait."""


class PrecontractualClient:
    """Asks the gateway whether citizens qualify for flexi-jobs and student jobs.

    One client serves any number of concurrent tasks of one event loop: they share its connections, its
    token and its pace. Use it in ``async with``.

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
        self.settings = settings
        self._now = now
        self._jitter = jitter
        self._pace = Pace(settings.rate)
        self._session = SessionManager(
            settings, self._pace, http_session=http_session, transport=transport, now=now
        )
        self._places = Places(settings.concurrency)
        self._address = settings.api_url + settings.api_path
        self._retries = 0

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
        await self._session.__aexit__(kind, error, trace)

    def statistics(self) -> Statistics:
        """What this client did so far."""
        return Statistics(
            self._session.requests, self._retries, self._session.token_requests, self._pace.brake.pauses
        )

    def now(self) -> datetime:
        """The wall clock that this client goes by, aware."""
        return self._now()

    def new_outage(self) -> Outage:
        """What a batch of this client will know of the gateway's outages."""
        return Outage(self.settings.retry.patience, self.settings.concurrency, self._jitter)

    def planner(self, *, check_window: bool = True) -> Planner:
        """What turns candidates into queries of this client's caller, on today's window in Brussels."""
        window = StartDateWindow.at(self._now()) if check_window else None
        return Planner(self.settings.caller, window)

    async def verify(
        self,
        citizen: object,
        start_date: object,
        *,
        caller: Caller | None = None,
        type_of_worker: object = None,
    ) -> Answer:
        """Verify one citizen for one planned first day of work (manual §3.2.2).

        `citizen` and `start_date` in any writing that `Ssin.parse` and `read_start_date` read.

        Raises:
            InvalidQuery: it cannot be asked; every violation at once. Nothing was sent.
            StartDateNotOpen: it can be asked from a later day. Nothing was sent.
            RequestRejected: the gateway answered 400 about it.
            RunStopped: no query at all can be answered like this: credentials, caller, address.
            Unavailable, BrokenAnswer: not answered yet, after every retry. Never a "no".
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
                return await self.ask(planned)

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
        insistence = Insistence(self.settings.retry, deadline, self._jitter)
        known: list[Fault] = [first]

        async def attempt() -> Answer:
            if known:
                raise known.pop()
            self._retries += 1
            return await self._attempt_through(outage, query, insistence.failures)

        return await insistence.until_answered(attempt)

    def _attempt_through(self, outage: Outage | None, query: Query, failures: int) -> Awaitable[Answer]:
        if outage is None:
            return self._attempt(query)
        return outage.through(lambda: self._attempt(query, outage), failures)

    async def _attempt(self, query: Query, outage: Outage | None = None) -> Answer:
        """One call: a place on the wire, a token, a slot, and off it goes."""
        async with self._places:
            token = await self._admission()
            if outage is not None:
                outage.check()  # the batch may have ended while we waited
            trace_id = new_trace_id()
            request = encode(query, address=self._address, token=token.value, trace_id=trace_id)
            try:
                response = await self._session.send(request)
                self._places.widen()
                answer = decipher(response, query=query, asked_at=self._now(), trace_id=trace_id)
            except Fault as fault:
                fault.trace_id = fault.trace_id or trace_id
                self._heed(fault, token)
                # Without the frames below: their locals hold the body, and error trackers show locals.
                raise fault.with_traceback(None) from None
        self._session.prove(token)
        return answer

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
        longest = self.settings.retry.longest_pause
        if isinstance(fault, Throttled):
            least = self.settings.retry.base  # also when it says nothing on how long
            self._pace.too_fast(min(longest, max(least, fault.retry_after or 0.0)))
        elif fault.retry_after is not None:
            self._pace.brake.engage(min(longest, fault.retry_after))


def new_trace_id() -> str:
    """A UUID (version 4) that names one call to the helpdesk.

    No secret, so the cheap generator will do; spelled here, since `uuid` takes three times as long.
    """
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
