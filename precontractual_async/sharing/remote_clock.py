"""Converts Redis' time to this process' clock: when a slot begins here, and when it is too late for it.

Pure. Knows that the time in a reply belongs to an instant between sending and receiving, so each reply gives
bounds for the difference between the two clocks, and the narrowest bounds of all replies count. Leaves to
others: the messages.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from attrs import define, frozen

from .allocator import LATE, SECOND, Reply

_DRIFT: Final = 2e-4
"""Seconds by which two clocks may drift apart in a second; computers' clocks drift much less."""
_STEP: Final = 0.1
"""The most seconds of an adjustment; after a larger change, the clock was set."""


@frozen
class Slot:
    """When a call may be sent, on the clock of the event loop."""

    begins: float
    ends: float


@define
class RemoteClock:
    """How many seconds Redis' time is ahead of ours: between `_least` and `_most`."""

    _least: float = float("-inf")
    _most: float = float("inf")
    _heard: float = 0.0

    def learn(self, remote: int, *, sent: float, received: float) -> bool:
        """Use the time in a reply. False: since the last one Redis' clock was set, or ours stood still."""
        least, most = remote / SECOND - received, remote / SECOND - sent
        drift = (received - self._heard) * _DRIFT
        was_least, was_most = self._least - drift, self._most + drift
        self._heard = received
        if least > was_most or most < was_least:  # only the new bounds can be right
            self._least, self._most = least, most
            return least - was_most < _STEP and was_least - most < _STEP
        self._least, self._most = max(least, was_least), min(most, was_most)
        return True

    @property
    def is_sure(self) -> bool:
        """Whether the difference is known well enough to use slots in time."""
        return self._most - self._least < LATE

    def remote(self, local: float) -> int:
        """Redis' time at the instant `local`, or a little earlier; 0: it is not known yet."""
        return round((local + self._least) * SECOND) if self._least > -math.inf else 0

    def slots(self, reply: Reply) -> Iterator[Slot]:
        """The granted slots on our clock: never too early and never too late, however the clocks differ."""
        for index in range(reply.granted):
            instant = reply.first / SECOND + index * reply.step * 1e-9
            yield Slot(instant - self._least, instant - self._most + LATE)
