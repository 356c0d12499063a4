"""The client: one question to the gateway, answered.

Reads top to bottom as what happens to a query: it is planned; it gets a place, a token and a slot, in
that order; it is sent; the response is deciphered; and a fault is judged. Knows that order and nothing
else: each step is told in its own module.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, Final, Self
from weakref import WeakSet

import aiohttp
from attrs import frozen

from .answers import Answer
from .cluster.sharing import Shared
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
from .events import Observer, WaitReason
from .insistence import Insistence
from .model import Caller, Candidate, Deferred, Query, Refused
from .oauth import Signer
from .outage import Outage
from .pacing import LocalPace, Pace, Places, timed
from .planning import Planner
from .protocol.grant import BearerToken
from .protocol.wire import HttpRequest, decipher, encode
from .session import SessionManager, utc_now
from .settings import Settings
from .tokens import TokenProvider
from .transport import Transport
from .turns import Turns
from .waits import Tempo
from .watching import Watch
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

    `signer`: who signs for a token, when the private key stands elsewhere. `tokens`: who gives tokens, when
    that is not the OAuth server; with either the settings' credentials need no key. `pace`: another pace than
    one of this client's own, to share an allowed rate.

    `http_session`: an aiohttp session to use; it is never closed, and its own settings (proxy, TLS,
    cookies, tracing) are the giver's to answer for. `transport`: another way to the gateway altogether.
    `now`: the wall clock, aware. `jitter`: uniform in 0..1. `observer`: who is told what happens, see
    `events.Observer`.

    Raises:
        InvalidSettings: nobody can get a token: no key, no `signer`, no `tokens`.
    """

    def __init__(  # noqa: PLR0913 (all but the settings are keyword-only)
        self,
        settings: Settings,
        *,
        signer: Signer | None = None,
        tokens: TokenProvider | None = None,
        pace: Pace | None = None,
        http_session: aiohttp.ClientSession | None = None,
        transport: Transport | None = None,
        now: Callable[[], datetime] = utc_now,
        jitter: Callable[[], float] = random.random,
        observer: Observer | None = None,
    ) -> None:
        if signer is None and tokens is None:
            settings.credentials.require_key()
        self.settings = settings
        self.watch = None if observer is None else Watch(observer, settings)
        self._now = now
        self._jitter = jitter
        shared = None if settings.sharing is None else Shared(settings, settings.sharing, pace)
        given = pace if shared is None else shared.pace
        self._pace = LocalPace(settings.rate, self.watch) if given is None else timed(given, self.watch)
        self._session = SessionManager(
            settings,
            self._pace,
            signer=signer,
            tokens=tokens,
            shared=shared,
            http_session=http_session,
            transport=transport,
            now=now,
            watch=self.watch,
        )
        self._places = Places(settings.concurrency, self.watch)
        self._turns = Turns()
        self._address = settings.api_url + settings.api_path
        self._retries = 0
        self._outages: WeakSet[Outage] = WeakSet()

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
            self._session.requests, self._retries, self._session.token_requests, self._pace.pauses
        )

    def tempo(self) -> Tempo:
        """How fast this client may go now, and what holds it back. To be called within its event loop."""
        outages = [outage.wait() for outage in self._outages]
        waits = (self._pace.wait(), self._session.wait(), *outages)
        return Tempo(self._pace.allowed, tuple(wait for wait in waits if wait is not None))

    def now(self) -> datetime:
        """The wall clock that this client goes by, aware."""
        return self._now()

    def new_outage(self) -> Outage:
        """What a batch of this client will know of the gateway's outages."""
        retry = self.settings.retry
        outage = Outage(retry.patience, self.settings.concurrency, self._jitter, self.watch)
        self._outages.add(outage)
        return outage

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

    def ask(
        self, query: Query, *, deadline: float | None = None, outage: Outage | None = None
    ) -> Coroutine[Any, Any, Answer]:
        """The answer to a query that is already planned; asked again as the verdicts say.

        `deadline`: seconds after its first failure, instead of the policy's. `outage`: what a batch knows
        of the gateway; its attempts wait until that lets them through.

        Raises:
            Fault: see `verify`.
        """
        seconds = self.settings.retry.deadline if deadline is None else deadline
        if self.watch is None:
            return self._ask(query, seconds, outage)
        return self.watch.verification(partial(self._ask, query, seconds, outage))

    async def _ask(self, query: Query, deadline: float, outage: Outage | None) -> Answer:
        try:
            return await self._attempt_through(outage, query)
        except Fault as first:
            fault = first
        return await self._insist(query, fault, deadline, outage)

    async def _insist(self, query: Query, first: Fault, deadline: float, outage: Outage | None) -> Answer:
        """The one retry loop. It begins with a fault, so what succeeds at once never pays for it."""
        insistence = Insistence(self.settings.retry, deadline, self._jitter, self.watch)
        known: list[Fault] = [first]

        async def attempt() -> Answer:
            if known:
                raise known.pop()
            return await self._attempt_through(outage, query, insistence.failures, insistence.was_sent)

        return await insistence.until_answered(attempt)

    def _attempt_through(
        self, outage: Outage | None, query: Query, failures: int = 0, was_sent: bool = False
    ) -> Awaitable[Answer]:
        if outage is None:
            return self._attempt(query, None, was_sent)
        return outage.through(lambda: self._attempt(query, outage, was_sent), failures)

    async def _attempt(self, query: Query, outage: Outage | None, was_sent: bool) -> Answer:
        """One call: a place on the wire, a token, a slot, and off it goes."""
        await self._turns.mine()  # before anything is asked: an answer that came must not wait for its turn
        async with self._places:
            token = await self._admission()
            if outage is not None:
                outage.check()  # the batch may have ended while we waited
            trace_id = new_trace_id()
            request = encode(query, address=self._address, token=token.value, trace_id=trace_id)
            if was_sent:
                self._retries += 1
            exchange = self._exchange(request, query, trace_id)
            try:
                answer = await (exchange if self.watch is None else self.watch.attempt(exchange, trace_id))
            except Fault as fault:
                fault.trace_id = fault.trace_id or trace_id
                self._heed(fault, token)
                # Without the frames below: their locals hold the body, and error trackers show locals.
                raise fault.with_traceback(None) from None
        self._session.prove(token)
        return answer

    async def _exchange(self, request: HttpRequest, query: Query, trace_id: str) -> Answer:
        """There and back, and what it says."""
        response = await self._session.send(request)
        self._places.widen()
        return decipher(response, query=query, asked_at=self._now(), trace_id=trace_id)

    async def _admission(self) -> BearerToken:
        """A live token and then a slot. The other way round, slots would pile up while a token is fetched."""
        for _ in range(_STALE_TOKENS):
            bearer = self._session.bearer()
            token = await (bearer if self.watch is None else self.watch.waiting(WaitReason.TOKEN, bearer))
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
        least = self.settings.retry.base  # of a 429, also when it says nothing on how long
        asked = max(least, fault.retry_after or 0.0) if isinstance(fault, Throttled) else fault.retry_after
        if asked is None:
            return
        pause, pauses = min(self.settings.retry.longest_pause, asked), self._pace.pauses
        if isinstance(fault, Throttled):
            self._pace.too_fast(pause)
        else:
            self._pace.hold(pause)
        if self.watch is not None and self._pace.pauses > pauses:
            self.watch.braked(pause, fault)


def new_trace_id() -> str:
    """A UUID (version 4) that names one call to the helpdesk.

    No secret, so the cheap generator will do; spelled here, since `uuid` takes three times as long.
    """
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
