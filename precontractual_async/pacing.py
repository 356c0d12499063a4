"""The pace of the calls, the places on the wire, and the brake that everybody feels.

Knows how to keep any one-second window at the gateway within the allowed rate while coming close to it
on average, and how to hold all tasks at once when the gateway asks for a pause. Refuses to know what is
sent. One pace belongs to one event loop.

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
from typing import Final

from aiolimiter import AsyncLimiter

_log = logging.getLogger(__name__)

_STEADY: Final = 0.975
_OVERSLEPT: Final = 0.005
"""Seconds of the rate that may be made up for after a late timer."""


class Brake:
    """A gate that closes for everybody until an instant of the loop's clock."""

    def __init__(self) -> None:
        self.pauses = 0
        self._until = 0.0

    def engage(self, seconds: float) -> None:
        """Hold everybody for `seconds` from now; a longer pause that is already on stays."""
        until = asyncio.get_running_loop().time() + seconds
        if seconds <= 0 or until <= self._until:
            return
        if not self.is_engaged():
            self.pauses += 1
            _log.warning("the gateway asks for a pause of %.1f seconds; everybody waits", seconds)
        self._until = until

    def is_engaged(self) -> bool:
        return asyncio.get_running_loop().time() < self._until

    async def released(self) -> None:
        """Return once nobody is held; the pause may have become longer meanwhile."""
        while (left := self._until - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110 (an instant, not an event)
            await asyncio.sleep(left)


class Pace:
    """Slots for calls, at most `rate` in any one-second window."""

    def __init__(self, rate: float) -> None:
        self.brake = Brake()
        self._limiter = _limiter(rate)

    async def slot(self) -> None:
        """Wait for the next slot. Whoever returns from here sends at once: the wire is what is limited.

        A slot that comes while the brake is on is let go, so that after a pause the calls come at the
        pace again instead of all together.
        """
        while True:
            await self.brake.released()
            await self._limiter.acquire()
            if not self.brake.is_engaged():
                return


class Places:
    """Places on the wire: one at first, one more with every answer, up to `most`.

    Opening a connection takes much longer than a call over an open one. Were they all opened at once,
    the first calls would arrive late and together with the next: a spike that the pace never let through.
    """

    def __init__(self, most: int) -> None:
        self._semaphore = asyncio.Semaphore(1)
        self._left = most - 1

    async def __aenter__(self) -> None:
        await self._semaphore.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._semaphore.release()

    def widen(self) -> None:
        """An answer came: the way is open for one more."""
        if self._left:
            self._left -= 1
            self._semaphore.release()


def _limiter(rate: float) -> AsyncLimiter:
    bucket = 1 + _OVERSLEPT * rate
    return AsyncLimiter(bucket, bucket / (_STEADY * rate))
