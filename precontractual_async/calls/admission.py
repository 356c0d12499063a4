"""Who may send next: a place on the wire, then a live token, then a slot; `verify` goes before a batch.

Knows that a batch always has more to ask than it may, so that whoever waits for one answer would stand behind
all of its workers. Therefore the worker whose turn it is lets such a caller go first, with its place and its
slot, but never more than three times in a row: at least one call in five stays the batch's. Refuses to know
what is sent.
"""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from typing import Final

from attrs import define

from ..model.errors import TokenUnavailable
from ..observability.events import Admitted, WaitReason
from ..observability.instrumentation import Instrumentation
from ..protocol.access_token import BearerToken
from .rate_limiter import ConcurrencyLimit, RateLimiter
from .session import SessionManager

_STALE_TOKENS: Final = 5
"""Tokens in a row that may end while their call waits for its slot."""
_MOST_AHEAD: Final = 3
"""Callers of `verify` in a row that are let through before a batch that waits."""


@define
class LaneFigures:
    """How long calls of one kind waited until they could be sent, retries included."""

    calls: int = 0
    seconds: float = 0.0
    """Of all of them together."""
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        self.calls += 1
        self.seconds += seconds
        self.longest = max(self.longest, seconds)


class Admission:
    """Lets calls through, one after the other. Each `enter` that returns needs its `leave`."""

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
        """Calls of `verify` that wait while a batch does."""
        self._seeking: asyncio.Task[None] | None = None
        self._ahead = 0

    async def enter(self, *, is_batch: bool) -> BearerToken:
        """Wait for a place and a slot. Whoever returns from here sends at once, with this token.

        Raises:
            Fault: there is no token or no slot to be had for now; nothing was sent.
        """
        began = self._session.time()
        token = await (self._for_a_batch() if is_batch else self._for_a_caller())
        waited = self._session.time() - began
        (self.batch if is_batch else self.interactive).add(waited)
        if self._instrumentation is not None:
            self._instrumentation.tell(Admitted(is_batch=is_batch, seconds=waited))
        return token

    def leave(self) -> None:
        """The answer is there, or none comes: the place is free."""
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
        if self._seeking is None:  # for the first of them, in case that the batch ends meanwhile
            self._seeking = asyncio.create_task(self._seek(), name="precontractual-admission")
        try:
            return await caller
        except asyncio.CancelledError:
            if caller.done() and not caller.cancelled() and caller.exception() is None:
                self.leave()
            raise
        finally:
            if not self._is_waited_for() and self._seeking is not None:
                self._seeking.cancel()
                self._seeking = None

    async def _seek(self) -> None:
        """Get places and slots for callers in the same line as everybody, until none waits any more."""
        while self._is_waited_for():
            try:
                token = await self._place_token_slot()
            except Exception as error:  # noqa: BLE001 (whose it is, hears of it)
                if self._is_waited_for():
                    self._callers.popleft().set_exception(copy.copy(error))
            else:
                if not self._let_through(token):
                    self.leave()

    def _is_waited_for(self) -> bool:
        """Whether a caller waits; those that were cancelled meanwhile are forgotten."""
        while self._callers and self._callers[0].done():
            self._callers.popleft()
        return bool(self._callers)

    def _let_through(self, token: BearerToken) -> bool:
        """Give a place and a slot to the first caller that waits; False: there is none."""
        if not self._is_waited_for():
            return False
        self._callers.popleft().set_result(token)
        self._ahead += 1
        return True

    async def _place_token_slot(self) -> BearerToken:
        """In this order: the other way round, slots would pile up while a token is fetched."""
        await self.places.enter()
        token = None
        try:
            token = await self._token_and_slot()
            return token
        finally:
            if token is None:
                self.leave()

    async def _token_and_slot(self) -> BearerToken:
        """The token is the one that is good when the slot comes: the one before may be rejected by then."""
        for _ in range(_STALE_TOKENS):
            bearer = self._session.bearer()
            await (
                bearer
                if self._instrumentation is None
                else self._instrumentation.waiting(WaitReason.TOKEN, bearer)
            )
            await self._rate_limiter.acquire()
            if (token := self._session.current()) is not None:
                return token
        raise TokenUnavailable("every token has expired or was revoked by the time it is used")
