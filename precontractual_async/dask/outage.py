"""The circuit-breaker state that all workers share: whether an outage is on, and which worker may probe.

Pure. Knows when the next probe may be made, and that the probing worker may be gone. Leaves to others: how an
outage is detected, and how long to wait for its end (each worker's `CircuitBreaker`). Instants are in
microseconds on the scheduler's clock; workers get durations, so that no clocks need to agree.
"""

from __future__ import annotations

from typing import Final

from attrs import define

from ..sharing.allocator import SECOND

LEASE: Final = 60 * SECOND
"""How long a probe may take before another worker probes: the probing worker may be gone."""
_FIRST_PAUSE: Final = 1 * SECOND
_LONGEST_PAUSE: Final = 60 * SECOND
_AFTER_YOU: Final = round(0.25 * SECOND)
"""A worker whose probe failed waits longer than the others: perhaps only its own network fails."""
_FORGOTTEN: Final = 10 * SECOND
"""When nobody probes for so long after a probe is due, nobody waits any more: the outage is forgotten."""

NONE: Final = -1
"""An answer instead of microseconds: no outage is known."""


@define
class SharedOutage:
    """The outage of one gateway. Each method handles a message of a worker, and returns the microseconds
    until the next probe may be made, or `NONE`.
    """

    pause: int = 0
    """The time between the last two probes; 0: no outage is on."""
    until: int = 0
    """The earliest instant of the next probe."""
    owner: str = ""
    """The worker that is probing, unless it is gone."""
    failed_last: str = ""

    def left(self, now: int) -> int:
        """The time until the next probe, for any worker; 0: the next worker that asks may probe."""
        if not self.pause or now >= self.until + _FORGOTTEN:
            return NONE
        return max(0, self.until - now)

    def began(self, now: int, owner: str) -> int:  # noqa: ARG002 (as the others)
        """An outage began: all calls of a worker fail. Later reports of the same outage change nothing."""
        if self.left(now) == NONE:
            self.pause, self.until, self.owner = _FIRST_PAUSE, now + _FIRST_PAUSE, ""
        return self.left(now)

    def probe(self, now: int, owner: str) -> int:
        """0 when it is this owner's turn to probe; the owner may repeat it, since an answer may be lost."""
        if self.left(now) == NONE:
            return NONE
        due = self.until + (_AFTER_YOU if owner == self.failed_last else 0)
        if now < due and owner != self.owner:
            return due - now
        self.owner, self.until = owner, now + LEASE
        return 0

    def failed(self, now: int, owner: str) -> int:
        """The probe of this owner failed; the message of an earlier owner is ignored."""
        if owner == self.owner:
            self.pause = min(_LONGEST_PAUSE, 2 * self.pause)
            self.until, self.owner, self.failed_last = now + self.pause, "", owner
        return self.left(now)

    def over(self, now: int, owner: str) -> int:  # noqa: ARG002 (as the others)
        """The outage is over: the gateway answered some worker."""
        self.pause, self.failed_last = 0, ""
        return NONE
