"""The rate limiter, the concurrency limit, and the pause that holds everybody.

Knows how to keep any one-second window at the gateway within the allowed rate while coming close to it
on average, and how to hold all tasks at once when the gateway asks for a pause. Refuses to know what is
sent. `RateLimiter` is the port; `LocalRateLimiter` keeps the rate within one process and belongs to one
event loop.

A bucket of `rate` per second would let almost twice the rate through in its first second; a bucket of
one never bursts, but loses whatever the timer oversleeps. This one leaks a little slower than allowed
and holds one call plus what the timer may oversleep:

    leak + bucket = 0.975 rate + 1 + 0.005 rate < rate + 1

so that no window of one second holds more than `rate` calls, whole numbers being what they are, with
some room for calls that hurry or dawdle on the way.
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
"""Seconds of the rate that may be made up for after a late timer."""


SLOWER: Final = 0.9
REGROWN: Final = 0.001
"""Of the rate, each second: an unknown limit below ours is hit about once a minute, and else used."""
LEAST_SHARE: Final = 0.02


class RateLimiter(Protocol):
    """Limits all calls and token requests: a port, so that several processes can share one rate.

    `acquire` is awaited before every call; the others are told what the gateway asks for, and return at once.
    """

    @property
    def pauses(self) -> int:
        """How often everybody was held so far."""

    @property
    def allowed(self) -> float:
        """Calls a second that are let through now."""

    def wait(self) -> Wait | None:
        """Why everybody is held now; None while nobody is. Other threads may ask too."""

    async def acquire(self) -> None:
        """Wait for the next slot. Whoever returns from here sends at once: the wire is what is limited.

        Raises:
            Fault: there is no slot to be had for now; nothing was sent.
        """

    def pause(self, seconds: float) -> None:
        """The gateway asks for a pause: nobody gets a slot for `seconds` from now. A longer one stays."""

    def slow_down(self, pause: float) -> None:
        """429: hold everybody for `pause` seconds, and let calls come less often from then on."""


class Pause:
    """A gate that closes for everybody until an instant of the loop's clock."""

    def __init__(self) -> None:
        self.pauses: int = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        """Whose clock it goes by, also in a thread without one; None: never engaged."""
        self._until = 0.0
        """0: never yet, which no clock needs to be asked for."""

    def extend(self, seconds: float) -> None:
        """Hold everybody for `seconds` from now; a longer pause that is already on stays."""
        self._loop = asyncio.get_running_loop()
        until = self._loop.time() + seconds
        if seconds <= 0 or until <= self._until:
            return
        if not self.is_on():
            self.pauses += 1
            said = fields(LogEvent.PAUSED, seconds=seconds)
            _log.warning("the gateway asks for a pause of %.1f seconds; everybody waits", seconds, extra=said)
        self._until = until

    def wait(self) -> Wait | None:
        """Why everybody waits; None while nobody has to."""
        left = 0.0 if self._loop is None else self._until - self._loop.time()
        return Wait("the gateway asks for a pause", left) if left > 0 else None

    @property
    def until(self) -> float:
        """When it opens, or opened, on the loop's clock."""
        return self._until

    def is_on(self) -> bool:
        return self._until > 0 and asyncio.get_running_loop().time() < self._until

    async def ended(self) -> None:
        """Return once nobody is held; the pause may have become longer meanwhile."""
        while (left := self._until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 (an instant, not an event)
            await asyncio.sleep(left)


class LocalRateLimiter:
    """Slots for calls: at most `rate` in any one-second window, fewer while the gateway finds that many."""

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
        """See `RateLimiter.acquire`. A slot that comes during a pause is let go, so that after it the
        calls come at the rate again instead of all together.
        """
        while True:
            if self.requested_pause.is_on():
                await waiting(self._instrumentation, WaitReason.PAUSE, self.requested_pause.ended())
            paying = self._limiter.acquire() if self.share == 1.0 else self._pay_more()
            await (
                paying
                if self._instrumentation is None
                else self._instrumentation.waiting(WaitReason.RATE_LIMIT, paying)
            )
            if not self.requested_pause.is_on():
                return

    async def _pay_more(self) -> None:
        """More than one unit of the rate, since we are slower.

        One pays after the other: paying side by side, all would be done at once.
        """
        async with self._turn:
            price = 1.0 / self.share
            while price > 0:
                await self._limiter.acquire(min(1.0, price))
                price -= 1.0

    @property
    def share(self) -> float:
        """How much of the rate is used now: it grows back slowly after a 429."""
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
        """See `RateLimiter.slow_down`. Calls that were on the wire together are refused together: that counts
        once.
        """
        if not self.requested_pause.is_on():
            self._share = max(LEAST_SHARE, self.share * SLOWER)
            self._slowed_at = asyncio.get_running_loop().time() + pause
        self.requested_pause.extend(pause)


class _TimedRateLimiter:
    """A rate limiter from elsewhere, whose slots are timed: it need not know that anybody listens."""

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
    """`rate_limiter`, from elsewhere, with its slots timed if anybody listens."""
    return rate_limiter if instrumentation is None else _TimedRateLimiter(rate_limiter, instrumentation)


class ConcurrencyLimit:
    """Places on the wire: one at first, one more with every answer, up to `most`.

    Opening a connection takes much longer than a call over an open one. Were they all opened at once,
    the first calls would arrive late and together with the next: a spike that no rate limiter let through.
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
        """An answer came: the way is open for one more."""
        if self._left:
            self._left -= 1
            self._semaphore.release()


def _limiter(rate: float) -> AsyncLimiter:
    bucket = 1 + _OVERSLEPT * rate
    return AsyncLimiter(bucket, bucket / (_STEADY * rate))
