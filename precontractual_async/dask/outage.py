"""What all workers know together of an outage: that it is on, and whose turn it is to probe.

Pure. Knows when the next probe may be made, and that whoever makes it may be gone. Refuses to know how an
outage is told from bad luck, and how long anybody waits for its end: each worker's `CircuitBreaker` does.
Instants are microseconds of whoever holds it; workers are told durations: no two clocks need to agree.
"""

from __future__ import annotations

from typing import Final

from attrs import define

from ..sharing.allocator import SECOND

LEASE: Final = 60 * SECOND
"""What a probe may take until somebody else makes one: the probing worker may be gone."""
_FIRST_PAUSE: Final = 1 * SECOND
_LONGEST_PAUSE: Final = 60 * SECOND
_AFTER_YOU: Final = round(0.25 * SECOND)
"""By what a worker whose probe failed comes later to the next: it may be that only its own way is cut."""
_FORGOTTEN: Final = 10 * SECOND
"""What passes after a probe is due until the outage is forgotten: nobody is there who waits for its end."""

NONE: Final = -1
"""Instead of microseconds: no outage is known."""


@define
class SharedOutage:
    """One gateway's. Each method is a message of a worker's; its answer are the microseconds until the next
    probe may be made, or `NONE`.
    """

    pause: int = 0
    """Between the last two probes; 0: no outage is on."""
    until: int = 0
    """Nobody probes before."""
    owner: str = ""
    """Whose probe is under way, if it is not gone."""
    failed_last: str = ""

    def left(self, now: int) -> int:
        """The answer to everybody; 0: the next who asks may probe."""
        if not self.pause or now >= self.until + _FORGOTTEN:
            return NONE
        return max(0, self.until - now)

    def began(self, now: int, owner: str) -> int:  # noqa: ARG002 (as the others)
        """Calls fail, and none succeeds. Who finds that out later changes nothing."""
        if self.left(now) == NONE:
            self.pause, self.until, self.owner = _FIRST_PAUSE, now + _FIRST_PAUSE, ""
        return self.left(now)

    def probe(self, now: int, owner: str) -> int:
        """Whether it is this owner's turn: 0. It may ask again, for that answer may have been lost."""
        if self.left(now) == NONE:
            return NONE
        due = self.until + (_AFTER_YOU if owner == self.failed_last else 0)
        if now < due and owner != self.owner:
            return due - now
        self.owner, self.until = owner, now + LEASE
        return 0

    def failed(self, now: int, owner: str) -> int:
        """The probe of this owner; of a former one it is no news."""
        if owner == self.owner:
            self.pause = min(_LONGEST_PAUSE, 2 * self.pause)
            self.until, self.owner, self.failed_last = now + self.pause, "", owner
        return self.left(now)

    def over(self, now: int, owner: str) -> int:  # noqa: ARG002 (as the others)
        """The gateway answered somebody, whoever that was."""
        self.pause, self.failed_last = 0, ""
        return NONE
