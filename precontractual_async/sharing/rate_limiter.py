"""The rate limiter that several processes share: the part in each process.

Knows how the calls of this process wait for its slots, when it asks for more, and what it does when Redis
cannot be reached; `allocator` shows why the allowed rate is never exceeded. Leaves to others: how slots are
given.

One task talks to Redis. It puts everything into one message: how many calls wait, whether the gateway asked
for a pause, and that this process is still there.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import math
import uuid
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol, Self

from ..calls.rate_limiter import LocalRateLimiter, Pause
from ..calls.throughput import Wait
from ..model.errors import ClientClosed, Fault, InternalFault, RunStopped, SharingUnavailable
from ..observability.logs import LogEvent, fields
from .allocator import GAP, SECOND, Ask, Reply, share_alone
from .remote_clock import Slot
from .slot_requester import Autonomy, SlotRequester

_log = logging.getLogger(__name__)

_AGAIN: Final = 0.5
"""Seconds between two attempts to reach Redis."""
_MUCH_LATER: Final = 5.0
"""The same when Redis refuses us: then an operator has to act."""


class SlotService(Protocol):
    """Gives slots: a `SlotAllocator` behind a network.

    Raises (both methods):
        Fault: the service cannot be reached, or refuses us.
    """

    async def serve(self, ask: Ask) -> Reply:
        """See `SlotAllocator.serve`."""

    async def ping(self) -> None:
        """Return if the service answers; it does not note this process."""


class SharedRateLimiter:
    """See `RateLimiter`; to be opened and closed. `rate`: calls a second of all processes together.
    `processes`: the most processes that there are; 0: unknown, so no process goes on alone.
    """

    def __init__(self, giver: SlotService, *, rate: float, processes: int) -> None:
        self._giver = giver
        member = uuid.uuid4().hex if share_alone(rate, processes) else ""
        self._requester = SlotRequester(rate, processes, member)
        self._requested_pause = Pause()
        self._waiters: deque[asyncio.Future[Slot | None]] = deque()
        self._news = asyncio.Event()
        self._pause: tuple[float, bool] | None = None
        """The end of a pause that Redis was not told yet, and whether the pause came with a 429."""
        self._is_open = self._is_lost = False
        self._alone: LocalRateLimiter | None = None
        self._has_been_alone = False
        """Calls that this process made alone may still be on the network."""
        self._gone: Fault | None = None
        """Why no call gets a slot."""

    async def __aenter__(self) -> Self:
        self._is_open, self._gone = True, None
        self._talking = asyncio.create_task(self._talk(), name="precontractual-pace")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell Redis that this process leaves, so that no share of the rate is reserved for it."""
        self._is_open = False
        self._talking.cancel()
        await asyncio.wait([self._talking])
        self._give_up(ClientClosed("the client was closed while it was asked"))
        if self._requester.member and not self._is_lost:
            with suppress(Fault):
                await self._send_message(is_leaving=True)

    @property
    def pauses(self) -> int:
        return self._requested_pause.pauses

    @property
    def allowed(self) -> float:
        """See `RateLimiter.allowed`: the rate of all processes, or of this process while it is alone."""
        return self._requester.rate if self._alone is None else self._alone.allowed

    def wait(self) -> Wait | None:
        """See `RateLimiter.wait`."""
        if self._gone is not None:
            return Wait(self._gone.diagnosis, 0.0)
        return self._requested_pause.wait()

    async def acquire(self) -> None:
        """See `RateLimiter.acquire`. A slot that comes too late, or during a pause, is dropped.

        Raises:
            SharingUnavailable: Redis cannot be reached, and this process may not go on alone.
            SharingRefused: Redis refuses us.
        """
        while True:
            if self._requested_pause.is_on():
                await self._requested_pause.ended()
            if await self._took_slot() and not self._requested_pause.is_on():
                return

    def pause(self, seconds: float) -> None:
        """See `RateLimiter.pause`; the other processes pause too."""
        self._requested_pause.extend(seconds)
        self._pass_on(seconds, is_slower=False)

    def slow_down(self, pause: float) -> None:
        """See `RateLimiter.slow_down`; the other processes slow down too."""
        if self._alone is not None:
            self._alone.slow_down(pause)
        self.pause(pause)
        self._pass_on(pause, is_slower=True)

    # --- calls that wait for slots

    async def _took_slot(self) -> bool:
        """Wait for a slot; False: the slot cannot be used, or slots now come in another way."""
        loop = asyncio.get_running_loop()
        if (alone := self._alone) is not None:
            await alone.acquire()
            return alone is self._alone and self._requester.autonomy(loop.time()) is Autonomy.ALONE
        slot = await self._next_slot()
        if slot is None:
            return False
        if (early := slot.begins - loop.time()) > 0:
            await asyncio.sleep(early)
        return loop.time() <= slot.ends

    async def _next_slot(self) -> Slot | None:
        if not self._is_open:
            raise RuntimeError("the rate limiter is not open: use it in `async with`")
        if self._gone is not None:
            raise copy.copy(self._gone)
        waiter: asyncio.Future[Slot | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._news.set()
        return await waiter

    def _pass_on(self, seconds: float, *, is_slower: bool) -> None:
        until = asyncio.get_running_loop().time() + seconds
        before, was_slower = self._pause or (0.0, False)
        self._pause = max(until, before), is_slower or was_slower
        self._news.set()

    def _waiting(self) -> int:
        """The number of calls that may wait for a slot; removes cancelled calls at the front."""
        while self._waiters and self._waiters[0].done():
            self._waiters.popleft()
        return len(self._waiters)

    def _give(self, slot: Slot | None) -> None:
        """Give a slot to the first waiting call; None: the call looks again for where slots come from."""
        if self._waiting():
            self._waiters.popleft().set_result(slot)

    def _give_up(self, fault: Fault) -> None:
        self._gone = fault
        while self._waiting():
            self._waiters.popleft().set_exception(copy.copy(fault))

    # --- messages to Redis

    async def _talk(self) -> None:
        while True:
            await self._until_due()
            try:
                await self._send_message()
            except Fault as fault:
                await self._until_it_is_back(fault)

    async def _until_due(self) -> None:
        """Wait until a message is due."""
        loop = asyncio.get_running_loop()
        while (due := self._due()) > loop.time():
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if due == math.inf else due):
                    await self._news.wait()

    def _due(self) -> float:
        if self._pause is not None:
            return 0.0
        return self._requester.due(is_waited_for=self._waiting() > 0, held_until=self._requested_pause.until)

    async def _send_message(self, *, is_leaving: bool = False) -> None:
        """Send one message, and give the slots in the reply to waiting calls.

        Raises:
            Fault: there was no reply.
        """
        loop = asyncio.get_running_loop()
        sent, pause = loop.time(), self._pause
        ask = self._requester.ask(
            sent,
            waiting=self._waiting(),
            held_until=self._requested_pause.until,
            pause=pause,
            is_leaving=is_leaving,
        )
        try:
            reply = await self._giver.serve(ask)
        except Fault:
            raise
        except Exception as error:  # noqa: BLE001 (the task must not end)
            defect = InternalFault.of(error)
        else:
            if pause is self._pause:
                self._pause = None
            self._requested_pause.extend(reply.pause / SECOND)
            for slot in self._requester.receive(ask, reply, sent=sent, received=loop.time()):
                self._give(slot)
            if self._requester.is_too_far:
                self._fail_too_slow(loop.time())
            return
        raise defect

    def _fail_too_slow(self, now: float) -> None:
        self._give_up(
            SharingUnavailable(
                "Redis answers too slowly to keep a pace by its clock",
                "Put it nearer: within 20 milliseconds there and back.",
            )
        )
        self._gone = None
        self._requester.rest(now + _AGAIN)

    # --- without Redis

    async def _until_it_is_back(self, fault: Fault) -> None:
        """Try to reach Redis at intervals; until then go on alone, if that is allowed."""
        self._is_lost = True
        _log.warning("%s", fault.diagnosis, extra=fields(LogEvent.SHARING_LOST, fault=fault))
        while self._is_lost:
            self._go_on_without(fault)
            await asyncio.sleep(_MUCH_LATER if isinstance(fault, RunStopped) else _AGAIN)
            try:
                await self._come_back()
            except Fault as again:
                fault = again
        _log.warning("the shared pace is back", extra=fields(LogEvent.SHARING_BACK))

    def _go_on_without(self, fault: Fault) -> None:
        autonomy = self._requester.autonomy(asyncio.get_running_loop().time())
        if autonomy is Autonomy.STOPS or isinstance(fault, RunStopped):
            if self._gone is None:
                data = fields(LogEvent.SHARING_STOPPED, fault=fault)
                _log.warning("without the shared pace nothing more is asked for now", extra=data)
            self._alone = None
            self._give_up(fault)
        elif autonomy is Autonomy.ALONE and self._alone is None:
            data = fields(LogEvent.SHARING_ALONE)
            _log.warning("going on alone with %.3g calls a second", self._requester.rate_alone, extra=data)
            self._alone, self._has_been_alone = LocalRateLimiter(self._requester.rate_alone), True
            while self._waiting():
                self._give(None)

    async def _come_back(self) -> None:
        """First a ping: a message could reach Redis late, when this process goes on alone again. After calls
        made alone, wait for a second, so that the shared rate begins without them.
        """
        await self._giver.ping()
        if self._has_been_alone:
            self._alone = None
            await asyncio.sleep(GAP)
            self._has_been_alone = False
        await self._send_message()
        self._gone, self._is_lost = None, False
