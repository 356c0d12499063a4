"""One process' part in the talk with the pool: what it says and when, and what it makes of the answers.

Pure: instants are parameters, those of the event loop's clock, in seconds. Knows how many slots are asked for
and when the next, and when a process that hears nothing may go on alone. Refuses to know who waits for the
slots, and how messages travel.
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
"""Seconds after which a process that has nothing to say says that it is there."""
_SPARE: Final = 2.0
"""Seconds before its time is over that a process stops going on alone: its last calls are still to arrive."""
_LONGEST_WAIT: Final = 2 * ALONE_AFTER
"""Seconds without an answer after which nobody waits any more: it may be there, and not serve."""
_CAREFUL: Final = 0.95
"""Of its share: what each makes up for after a late timer adds up when nobody sees the others."""
_FIRST_LEAD: Final = 0.005
_MOST_UNSURE: Final = 5
"""Answers in a row that leave the pool's time too unsure to use a slot."""


class Autonomy(enum.Enum):
    """What a process that cannot reach the pool may do."""

    WAITS = "waits"
    """Its share may still be in use by the others."""
    ALONE = "alone"
    """Its share is its own."""
    STOPS = "stops"
    """Its share is given to the others, or was never kept for it."""


@define
class SlotRequester:
    """`member`: by which name it is known; empty when it never goes on alone."""

    rate: float
    processes: int
    member: str
    share: float = 1.0
    """How much of the rate is used, as it was told last."""
    clock: RemoteClock = field(factory=RemoteClock)
    _ask_at: float = 0.0
    _is_appointed: bool = False
    _is_fresh: bool = False
    _lead: float = _FIRST_LEAD
    _unsure: int = 0
    _said: float = -math.inf
    """When the last message was sent, whatever became of it."""
    _sent: float = -math.inf
    """When the last one was sent that was answered."""

    @property
    def rate_alone(self) -> float:
        """Calls a second when it goes on alone: no more than its share of what was used of the rate."""
        return _CAREFUL * share_alone(self.rate, self.processes) * self.share

    def due(self, *, is_waited_for: bool, held_until: float) -> float:
        """When there is next something to say; `is_waited_for`: somebody waits for a slot."""
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
        """What is said now. `waiting`: calls without a slot; `pause`: until when the gateway wants one, and
        whether that was a 429."""
        self._said = now
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
        """The slots that were granted. More is asked for when the first of them is used.

        A slot that lies at once would be missed on its way here: so none lies nearer than an answer takes.
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
        """Whether the pool's answers take too long for its time to be told."""
        return self._unsure >= _MOST_UNSURE

    def rest(self, until: float) -> None:
        """Ask for nothing until then, and look again how far away the pool is."""
        self._ask_at, self._unsure = until, 0

    def autonomy(self, now: float) -> Autonomy:
        """What may be done while the pool cannot be reached."""
        if not self.member or now >= self._sent + HEARD + ALONE - _SPARE:
            return Autonomy.STOPS
        if now >= self._said + ALONE_AFTER:
            return Autonomy.ALONE
        return Autonomy.WAITS if now < self._sent + _LONGEST_WAIT else Autonomy.STOPS
