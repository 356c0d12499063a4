"""Redis' time on this process' own clock: when a slot begins here, and when it is too late for it.

Pure. Knows that the time in an answer is that of an instant between asking and hearing it, so that each
answer bounds how far the two clocks are apart, and that the tightest bounds of all answers count. Refuses to
know what is asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from attrs import define, frozen

from .allocator import LATE, SECOND, Reply

_DRIFT: Final = 2e-4
"""Seconds that two clocks may come apart in one; a good deal more than those of computers do."""
_STEP: Final = 0.1
"""Seconds: beyond that a clock was not adjusted but set."""


@frozen
class Slot:
    """When a call may be sent, on the clock of the event loop."""

    begins: float
    ends: float


@define
class RemoteClock:
    """How far Redis' time is ahead of ours, in seconds: `_least` at least and `_most` at most."""

    _least: float = float("-inf")
    _most: float = float("inf")
    _heard: float = 0.0

    def learn(self, remote: int, *, sent: float, received: float) -> bool:
        """An answer says `remote`; False: that clock was set since the last one, or ours stood still."""
        least, most = remote / SECOND - received, remote / SECOND - sent
        apart = (received - self._heard) * _DRIFT
        was_least, was_most = self._least - apart, self._most + apart
        self._heard = received
        if least > was_most or most < was_least:  # only the new one is to be believed
            self._least, self._most = least, most
            return least - was_most < _STEP and was_least - most < _STEP
        self._least, self._most = max(least, was_least), min(most, was_most)
        return True

    @property
    def is_sure(self) -> bool:
        """Whether it is known well enough to use a slot in time."""
        return self._most - self._least < LATE

    def remote(self, local: float) -> int:
        """Redis' time at an instant of ours, or a little before; 0: nothing is known of it yet."""
        return round((local + self._least) * SECOND) if self._least > -math.inf else 0

    def slots(self, reply: Reply) -> Iterator[Slot]:
        """What was granted: never before its instant, whatever the clocks, and never long after."""
        for index in range(reply.granted):
            instant = reply.first / SECOND + index * reply.step * 1e-9
            yield Slot(instant - self._least, instant - self._most + LATE)
