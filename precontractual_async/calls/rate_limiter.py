"""The rate limiter, the concurrency limit, and the pause that stops all calls.

Knows how to keep every one-second window at the gateway within the allowed rate, while the average comes
close to that rate, and how to stop all tasks when the gateway asks for a pause. Leaves to others: what is
sent. `RateLimiter` is the port; `LocalRateLimiter` keeps the rate within one process and belongs to one
event loop.

The limiter is a leaky bucket. With a bucket of `rate` calls, almost twice the rate would pass in the first
second. With a bucket of one call there are no bursts, but each late timer loses time. This bucket leaks a
little slower than allowed, and holds one call plus the time by which a timer may be late:

    leak + bucket = 0.975 rate + 1 + 0.005 rate < rate + 1

The number of calls is whole, so no window of one second holds more than `rate` calls. Some room remains for
calls that are faster or slower on the network.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from aiolimiter import AsyncLimiter

from ..observability.events import WaitReason
from ..observability.instrumentation import Instrumentation, waiting
from ..observability.logs import LogEvent, fields
from .throughput import Wait

_log = logging.getLogger(__name__)

_STEADY: Final = 0.975
_OVERSLEPT: Final = 0.005
"""Seconds of the rate that can be caught up after a late timer."""


SLOWER: Final = 0.9
REGROWN: Final = 0.001
"""The part of the rate that returns each second: an unknown lower limit is hit about once a minute."""
LEAST_SHARE: Final = 0.02


class RateLimiter(Protocol):
    """Limits all calls and token requests: a port, so that several processes can share one rate.

    `acquire` is awaited before every call. `pause` and `slow_down` report what the gateway asks for, at once.
    """

    @property
    def pauses(self) -> int:
        """The number of pauses so far."""

    @property
    def allowed(self) -> float:
        """Calls a second that are allowed now."""

    def wait(self) -> Wait | None:
        """Why all calls wait now; None while there is no pause. Any thread may call this."""

    async def acquire(self) -> None:
        """Wait for the next slot. The caller sends at once, because the limit is on sending.

        Raises:
            Fault: no slot is available now; nothing was sent.
        """

    def pause(self, seconds: float) -> None:
        """The gateway asks for a pause: give no slots for `seconds` from now. A longer pause stays."""

    def slow_down(self, pause: float) -> None:
        """429: give no slots for `pause` seconds, and fewer slots a second after that."""


class Pause:
    """A pause of all calls, until an instant on the loop's clock."""

    def __init__(self) -> None:
        self.pauses: int = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        """The loop whose clock counts, also for calls from other threads; None: there was no pause yet."""
        self._until = 0.0
        """0: there was no pause yet; then no clock needs to be read."""

    def extend(self, seconds: float) -> None:
        """Stop all calls for `seconds` from now; a longer pause that has already begun stays."""
        self._loop = asyncio.get_running_loop()
        until = self._loop.time() + seconds
        if seconds <= 0 or until <= self._until:
            return
        if not self.is_on():
            self.pauses += 1
            data = fields(LogEvent.PAUSED, seconds=seconds)
            _log.warning("the gateway asks for a pause of %.1f seconds; everybody waits", seconds, extra=data)
        self._until = until

    def wait(self) -> Wait | None:
        """Why all calls wait; None while there is no pause."""
        left = 0.0 if self._loop is None else self._until - self._loop.time()
        return Wait("the gateway asks for a pause", left) if left > 0 else None

    @property
    def until(self) -> float:
        """When the pause ends, or ended, on the loop's clock."""
        return self._until

    def is_on(self) -> bool:
        return self._until > 0 and asyncio.get_running_loop().time() < self._until

    async def ended(self) -> None:
        """Wait until the pause ends; it may be extended while we wait."""
        while (left := self._until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 (an instant, not an event)
            await asyncio.sleep(left)


class LocalRateLimiter:
    """Slots for calls: at most `rate` in any one-second window, and fewer for a while after a 429."""

    def __init__(self, rate: float, instrumentation: Instrumentation | None = None) -> None:
        self._rate = rate
        self._instrumentation = instrumentation
        self.requested_pause: Pause = Pause()
        self._limiter = _limiter(rate)
        self._turn = asyncio.Lock()
        self._share = 1.0
        self._slowed_at = 0.0

    @property
    def pauses(self) -> int:
        return self.requested_pause.pauses

    def wait(self) -> Wait | None:
        """See `RateLimiter.wait`."""
        return self.requested_pause.wait()

    async def acquire(self) -> None:
        """See `RateLimiter.acquire`. A slot that comes during a pause is dropped, so that after the pause the
        calls come at the rate again, not all together.
        """
        while True:
            if self.requested_pause.is_on():
                await waiting(self._instrumentation, WaitReason.PAUSE, self.requested_pause.ended())
            slot = self._limiter.acquire() if self.share == 1.0 else self._reduced_slot()
            await (
                slot
                if self._instrumentation is None
                else self._instrumentation.waiting(WaitReason.RATE_LIMIT, slot)
            )
            if not self.requested_pause.is_on():
                return

    async def _reduced_slot(self) -> None:
        """Wait for a slot at the reduced rate: a call takes more than one unit from the bucket.

        The lock makes calls take units in turn: in parallel, all of them would finish together.
        """
        async with self._turn:
            price = 1.0 / self.share
            while price > 0:
                await self._limiter.acquire(min(1.0, price))
                price -= 1.0

    @property
    def share(self) -> float:
        """The part of the rate that is used now: after a 429 it grows back slowly."""
        if self._share == 1.0:
            return 1.0
        passed = asyncio.get_running_loop().time() - self._slowed_at
        return min(1.0, self._share + max(0.0, passed) * REGROWN)

    @property
    def allowed(self) -> float:
        return self._rate * self.share

    def pause(self, seconds: float) -> None:
        """See `RateLimiter.pause`."""
        self.requested_pause.extend(seconds)

    def slow_down(self, pause: float) -> None:
        """See `RateLimiter.slow_down`. Calls that were sent together are refused together: that counts as one
        429.
        """
        if not self.requested_pause.is_on():
            self._share = max(LEAST_SHARE, self.share * SLOWER)
            self._slowed_at = asyncio.get_running_loop().time() + pause
        self.requested_pause.extend(pause)


class _TimedRateLimiter:
    """A wrapper that times the waits for slots of a rate limiter that knows no observer."""

    def __init__(self, rate_limiter: RateLimiter, instrumentation: Instrumentation) -> None:
        self._rate_limiter = rate_limiter
        self._instrumentation = instrumentation
        self.wait = rate_limiter.wait
        self.pause = rate_limiter.pause
        self.slow_down = rate_limiter.slow_down

    @property
    def pauses(self) -> int:
        return self._rate_limiter.pauses

    @property
    def allowed(self) -> float:
        return self._rate_limiter.allowed

    async def acquire(self) -> None:
        """See `RateLimiter.acquire`."""
        await self._instrumentation.waiting(WaitReason.RATE_LIMIT, self._rate_limiter.acquire())


def timed(rate_limiter: RateLimiter, instrumentation: Instrumentation | None) -> RateLimiter:
    """A rate limiter that was passed in; the waits for its slots are timed if there is an observer."""
    return rate_limiter if instrumentation is None else _TimedRateLimiter(rate_limiter, instrumentation)


class ConcurrencyLimit:
    """Places for calls at the same time. Slow start: one at first, one more with each answer, up to `most`.

    Opening a connection takes much longer than a call over an open one. If all were opened at once, the
    first calls would arrive late, together with the next ones: more calls than the rate allows.
    """

    def __init__(self, most: int, instrumentation: Instrumentation | None = None) -> None:
        self.taken: int = 0
        self.waiting: int = 0
        self._semaphore = asyncio.Semaphore(1)
        self._left = most - 1
        self._instrumentation = instrumentation

    async def enter(self) -> None:
        acquiring = self._semaphore.acquire()
        self.waiting += 1
        try:
            await (
                acquiring
                if self._instrumentation is None
                else self._instrumentation.waiting(WaitReason.PLACE, acquiring)
            )
        finally:
            self.waiting -= 1
        self.taken += 1

    def leave(self) -> None:
        self.taken -= 1
        self._semaphore.release()

    def widen(self) -> None:
        """Add a place, because an answer came."""
        if self._left:
            self._left -= 1
            self._semaphore.release()


def _limiter(rate: float) -> AsyncLimiter:
    bucket = 1 + _OVERSLEPT * rate
    return AsyncLimiter(bucket, bucket / (_STEADY * rate))
