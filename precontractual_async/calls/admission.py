"""Decides which call is sent next. A call needs a place, a valid token and a slot, in this order.

A place is one of the calls that the concurrency limit allows at once; a slot is an instant from the rate
limiter. Knows that a batch always waits for both, so that a caller of `verify` would wait behind all workers
of the batch. Therefore a worker whose turn has come gives its place and slot to such a caller first, at most
three times in a row: the batch keeps at least one call in five. Leaves to others: what is sent.
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from typing import Final

from attrs import define

from ..model.errors import TokenUnavailable
from ..observability.events import Admitted, WaitReason
from ..observability.instrumentation import Instrumentation, waiting
from ..protocol.access_token import BearerToken
from .rate_limiter import ConcurrencyLimit, RateLimiter
from .session import SessionManager

_STALE_TOKENS: Final = 5
"""The most tokens in a row that may expire while a call waits for its slot."""
_MOST_AHEAD: Final = 3
"""The most callers of `verify` in a row that go before a waiting batch."""


@define
class LaneFigures:
    """How long calls of one kind waited until they could be sent, retries included."""

    calls: int = 0
    seconds: float = 0.0
    """The sum over all calls."""
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        self.calls += 1
        self.seconds += seconds
        self.longest = max(self.longest, seconds)


class Admission:
    """Admits calls, one after the other. After each `enter` that returns, `leave` must be called."""

    def __init__(
        self,
        places: ConcurrencyLimit,
        session: SessionManager,
        rate_limiter: RateLimiter,
        instrumentation: Instrumentation | None,
    ) -> None:
        self.places: ConcurrencyLimit = places
        self.interactive: LaneFigures = LaneFigures()
        self.batch: LaneFigures = LaneFigures()
        self._session, self._rate_limiter, self._instrumentation = session, rate_limiter, instrumentation
        self._batch_waiting = 0
        self._callers: deque[asyncio.Future[BearerToken]] = deque()
        """Calls of `verify` that wait while a batch waits too."""
        self._serving: asyncio.Task[None] | None = None
        self._ahead = 0

    async def enter(self, *, is_batch: bool) -> BearerToken:
        """Wait for a place, a token and a slot. The caller sends at once, with the returned token.

        Raises:
            Fault: no token or no slot is available now; nothing was sent.
        """
        began = self._session.time()
        token = await (self._for_a_batch() if is_batch else self._for_a_caller())
        waited = self._session.time() - began
        (self.batch if is_batch else self.interactive).add(waited)
        if self._instrumentation is not None:
            self._instrumentation.tell(Admitted(is_batch=is_batch, seconds=waited))
        return token

    def leave(self) -> None:
        """Free the place: the call has ended, with or without an answer."""
        self.places.leave()

    async def _for_a_batch(self) -> BearerToken:
        self._batch_waiting += 1
        try:
            while True:
                token = await self._place_token_slot()
                if self._ahead >= _MOST_AHEAD or not self._let_through(token):
                    self._ahead = 0
                    return token
        finally:
            self._batch_waiting -= 1

    async def _for_a_caller(self) -> BearerToken:
        if not self._batch_waiting:
            return await self._place_token_slot()
        caller: asyncio.Future[BearerToken] = asyncio.get_running_loop().create_future()
        self._callers.append(caller)
        if self._serving is None or self._serving.done():  # the batch may end before it serves them all
            self._serving = asyncio.create_task(self._serve_callers(), name="precontractual-admission")
        try:
            return await caller
        except asyncio.CancelledError:
            if caller.done() and not caller.cancelled() and caller.exception() is None:
                self.leave()
            raise
        finally:
            if not self._has_callers() and self._serving is not None:
                self._serving.cancel()
                self._serving = None

    async def _serve_callers(self) -> None:
        """Get places and slots for callers, in the same queue as all other calls, until no caller waits."""
        while self._has_callers():
            try:
                token = await self._place_token_slot()
            except Exception as error:  # noqa: BLE001 (the caller gets it)
                if self._has_callers():
                    self._callers.popleft().set_exception(copy.copy(error))
            else:
                if not self._let_through(token):
                    self.leave()

    def _has_callers(self) -> bool:
        """Whether a caller waits; removes callers that were cancelled."""
        while self._callers and self._callers[0].done():
            self._callers.popleft()
        return bool(self._callers)

    def _let_through(self, token: BearerToken) -> bool:
        """Give a place and a slot to the first waiting caller; False: no caller waits."""
        if not self._has_callers():
            return False
        self._callers.popleft().set_result(token)
        self._ahead += 1
        return True

    async def _place_token_slot(self) -> BearerToken:
        """The order matters: otherwise calls would collect slots while a token is fetched. The token is read
        after the slot came, because an earlier one may be rejected by then.
        """
        await self.places.enter()
        token = None
        try:
            for _ in range(_STALE_TOKENS):
                if self._session.current() is None:
                    await waiting(self._instrumentation, WaitReason.TOKEN, self._session.bearer())
                await self._rate_limiter.acquire()
                if (token := self._session.current()) is not None:
                    return token
            raise TokenUnavailable("every token has expired or was revoked by the time it is used")
        finally:
            if token is None:
                self.leave()
