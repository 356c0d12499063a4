"""What one process asks of the slot allocator, and when, and how it uses the replies.

Pure: instants are parameters, in seconds on the event loop's clock. Knows how many slots to ask for, when to
ask again, and when a process without replies may go on alone. Leaves to others: which calls wait for slots,
and how messages travel.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from typing import Final

from attrs import define, field

from .allocator import ALONE, ALONE_AFTER, HEARD, HORIZON, SECOND, Ask, Reply, group_of, share_alone
from .remote_clock import RemoteClock, Slot

_BEAT: Final = HEARD / 3
"""Seconds after which a process without other messages reports that it is still there."""
_SPARE: Final = 2.0
"""Seconds before the end of its time alone at which a process stops: its last calls must still arrive."""
_LONGEST_WAIT: Final = 2 * ALONE_AFTER
"""Seconds without a reply after which calls fail: Redis may be there, but not serve."""
_CAREFUL: Final = 0.95
"""The part of its share that a process uses alone: catching up after late timers adds up over processes."""
_FIRST_LEAD: Final = 0.005
_MOST_UNSURE: Final = 5
"""The most replies in a row after which Redis' time is still too uncertain to use a slot."""


class Autonomy(enum.Enum):
    """What a process may do while it cannot reach Redis."""

    WAITS = "waits"
    """Wait: the other processes may still use its share."""
    ALONE = "alone"
    """Go on alone: its share is reserved for it."""
    STOPS = "stops"
    """Stop: its share went back to the others, or was never reserved."""


@define
class SlotRequester:
    """One process' requests. `member`: its name in Redis; empty when it never goes on alone."""

    rate: float
    processes: int
    member: str
    share: float = 1.0
    """The part of the rate that is used, from the last reply."""
    clock: RemoteClock = field(factory=RemoteClock)
    _ask_at: float = 0.0
    _is_appointed: bool = False
    _is_fresh: bool = False
    _lead: float = _FIRST_LEAD
    _unsure: int = 0
    _tried: float = -math.inf
    """When the last message was sent, with or without a reply."""
    _sent: float = -math.inf
    """When the last message with a reply was sent."""

    @property
    def rate_alone(self) -> float:
        """Calls a second of this process alone: its share of the part of the rate that was used last."""
        return _CAREFUL * share_alone(self.rate, self.processes) * self.share

    def due(self, *, is_waited_for: bool, held_until: float) -> float:
        """When the next message is due. `is_waited_for`: a call waits for a slot."""
        beat = self._sent + _BEAT if self.member else math.inf
        return min(beat, max(self._ask_at, held_until)) if is_waited_for else beat

    def ask(
        self,
        now: float,
        *,
        waiting: int,
        held_until: float,
        pause: tuple[float, bool] | None = None,
        is_leaving: bool = False,
    ) -> Ask:
        """The message to send now. `waiting`: the number of calls without a slot. `pause`: the end of a pause
        that the gateway asked for, and whether it came with a 429."""
        self._tried = now
        until, is_slower = pause or (now, False)
        return Ask(
            rate=self.rate,
            processes=self.processes,
            member=self.member,
            said=self.clock.remote(now),
            wanted=min(waiting, group_of(self.rate)) if now >= max(self._ask_at, held_until) else 0,
            lead=round(self._lead * SECOND),
            is_appointed=self._is_appointed,
            pause=max(0, round((until - now) * SECOND)),
            is_slower=is_slower,
            is_fresh=self._is_fresh,
            is_leaving=is_leaving,
        )

    def receive(self, ask: Ask, reply: Reply, *, sent: float, received: float) -> Sequence[Slot]:
        """The granted slots. The next message is due when the first of them begins.

        An immediate slot would be missed before the reply arrives, so `_lead` is how long a reply takes.
        """
        self._lead = min(HORIZON / 2, 1.5 * (received - sent) + 0.001)
        self._is_fresh = not self.clock.learn(reply.now, sent=sent, received=received)
        if not reply.is_heard:
            return ()
        self._sent = sent
        self.share = reply.share / 1e6
        if ask.wanted == 0:
            return ()
        self._ask_at = received + reply.come_back / SECOND
        self._is_appointed = reply.granted == 0
        if self._is_appointed or self._is_fresh:
            return ()
        if not self.clock.is_sure:
            self._unsure += 1
            return ()
        self._unsure = 0
        slots = tuple(self.clock.slots(reply))
        self._ask_at = slots[0].begins
        return slots

    @property
    def is_too_far(self) -> bool:
        """Whether replies take too long to know Redis' time well enough."""
        return self._unsure >= _MOST_UNSURE

    def rest(self, until: float) -> None:
        """Ask for no slots until `until`, and then measure again how long replies take."""
        self._ask_at, self._unsure = until, 0

    def autonomy(self, now: float) -> Autonomy:
        """What this process may do while it cannot reach Redis."""
        if not self.member or now >= self._sent + HEARD + ALONE - _SPARE:
            return Autonomy.STOPS
        if now >= self._tried + ALONE_AFTER:
            return Autonomy.ALONE
        return Autonomy.WAITS if now < self._sent + _LONGEST_WAIT else Autonomy.STOPS
