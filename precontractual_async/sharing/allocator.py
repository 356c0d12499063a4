"""The slots that all processes draw from, by one clock: what is given to whom, and why it is never too much.

Pure, and the twin of ``pace.lua``, which does the same within Redis: one test drives both. Knows nothing of
Redis, of the network and of this process' clock. Instants are whole microseconds of Redis' time.

*The limit.* Slots lie `1 / (STEADY rate)` apart, and each is used within `LATE` of its instant or not at all.
What arrives in one second was given for `1 + LATE + d` seconds, where d is what calls differ by on their way:

    STEADY rate (1 + LATE + d) + 1 < rate + 1,  for d < 16 milliseconds

*When Redis forgets.* No slot lies further ahead than `HORIZON`. Whoever finds Redis started anew, empty or
with an old copy gets nothing for `HORIZON + LATE + 1` seconds: by then every slot that was given before has
been used or let go, a full second ago.

*When a process cannot reach Redis.* With at most N processes each may go on alone with `floor(rate / N)` a
second. It does so only if Redis knows it, only `ALONE_AFTER` after its last message, which counts for nothing
when it is `STALE`, and only for `ALONE` seconds; when it comes back it is silent for a second before it says
more. Redis takes that share away from all for each process that was not heard for `HEARD` seconds, and after
it forgot, for each that it has not heard again. Of those that were heard since the latest of them came, all
were there at that instant, so no more than N less these can be elsewhere. At every instant, and in every
second, the shares add up to the rate at most.
"""

from __future__ import annotations

import math
from itertools import takewhile
from typing import Final

from attrs import define, field, frozen

from ..calls.rate_limiter import LEAST_SHARE, REGROWN, SLOWER

SECOND: Final = 1_000_000
"""Microseconds."""

STEADY: Final = 0.965
"""Of the rate, on average: what differs between machines leaves a little less of it than one process uses."""
HORIZON: Final = 0.5
"""Seconds ahead that a slot may lie when it is given."""
LATE: Final = 0.02
"""Seconds after its instant within which a slot is used; what is unsure about Redis' time is taken off."""
GROUP: Final = 0.05
"""Seconds of the rate that are given at once: one message for many slots when the rate is high."""
HEARD: Final = 3.0
"""Seconds after which a process that was not heard may be going on alone."""
ALONE: Final = 600.0
"""Seconds that it may do so."""
STALE: Final = 1.0
"""Seconds that a message may be under way: after that whoever sent it has given it up."""
GAP: Final = HORIZON + LATE + 1.0
ALONE_AFTER: Final = STALE + HEARD + GAP
KEPT: Final = 8 * 86_400
"""Seconds that Redis keeps what nobody asks for."""

# The same in whole numbers: microseconds, and for a share of the rate millionths.
_HORIZON, _GAP, _STALE = (round(seconds * SECOND) for seconds in (HORIZON, GAP, STALE))
_HEARD, _ALONE = (round(seconds * SECOND) for seconds in (HEARD, ALONE))
_WHOLE: Final = 1_000_000
_LEAST_SHARE: Final = round(LEAST_SHARE * _WHOLE)
_REGROWN: Final = REGROWN * _WHOLE / SECOND

CONSTANTS: Final[dict[str, float]] = {
    "STEADY": STEADY,
    "HORIZON": _HORIZON,
    "GAP": _GAP,
    "STALE": _STALE,
    "HEARD": _HEARD,
    "ALONE": _ALONE,
    "KEPT": KEPT * 1000,
    "WHOLE": _WHOLE,
    "LEAST_SHARE": _LEAST_SHARE,
    "SLOWER": SLOWER,
    "REGROWN": _REGROWN,
}
"""What the script calls by the same names."""


def group_of(rate: float) -> int:
    """Slots that one process asks for at once, at most.

    >>> [group_of(rate) for rate in (5, 50, 500)]
    [1, 2, 25]
    """
    return max(1, int(GROUP * rate))


def share_alone(rate: float, processes: int) -> int:
    """Calls a second of a process that goes on alone; 0: it cannot, a part of a call being none.

    >>> share_alone(100, 3), share_alone(5, 8), share_alone(5, 0)
    (33, 0, 0)
    """
    return int(rate / processes) if processes else 0


@frozen(kw_only=True)
class Ask:
    """What a process says in one message."""

    rate: float
    """Calls a second that all may make together."""
    processes: int = 0
    """How many there are at most; 0: none ever goes on alone."""
    member: str = ""
    """Who speaks, when it may go on alone; empty otherwise."""
    said: int = 0
    """When, as far as it knows; 0: it does not know Redis' time yet."""
    wanted: int = 0
    """Slots."""
    lead: int = 0
    """Microseconds that the answer takes to come back: no slot lies nearer."""
    is_appointed: bool = False
    """It comes at the instant that it was told to."""
    pause: int = 0
    """Microseconds that the gateway asked for."""
    is_slower: bool = False
    """The pause was a 429: less of the rate is used from then on."""
    is_fresh: bool = False
    """Redis' clock has jumped: what was given by it counts no more."""
    is_leaving: bool = False


@frozen
class Reply:
    """What it is told."""

    now: int
    granted: int
    """Slots, the first of them at `first`, the others `step` nanoseconds apart."""
    first: int
    step: int
    come_back: int
    """Microseconds until there is a slot to be had, when none was granted."""
    pause: int
    """Microseconds that everybody is still held."""
    share: int
    """How much of the rate is used, in millionths."""
    alone: int
    """Processes for which a share is kept, since they may be going on alone."""
    is_heard: bool = field(default=True, converter=bool)
    """False: it came too late, and nothing was done."""


@define
class SlotAllocator:
    """What Redis holds of one pace, and what it does with it."""

    run: str = ""
    """The server's own name for itself since it was started; empty: it holds nothing."""
    seen: int = 0
    next: int = 0
    """Where the next slot may lie."""
    book: int = 0
    """Where the next appointment may lie."""
    unsure: int = 0
    """Until then processes may be going on alone that are not known here."""
    joined: int = 0
    """When the latest process came."""
    held: int = 0
    share: int = _WHOLE
    slowed: int = 0
    members: dict[str, int] = field(factory=dict)
    """When each was last heard, whoever was heard last at the end."""

    def serve(self, ask: Ask, now: int, run: str) -> Reply:
        """What the script answers when it is `now` and the server calls itself `run`."""
        if ask.said and now - ask.said > _STALE:
            return Reply(now, 0, 0, 0, 0, 0, 0, 0, is_heard=False)
        if self.run != run or now < self.seen or ask.is_fresh:
            self._begin_anew(now, run)
        self.seen = now
        self._hear(ask, now)
        alone = self._alone(ask, now)
        share = self._pause(ask, now)
        whole_step = 1e9 * _WHOLE / (STEADY * ask.rate * share)
        allowed = ask.rate - alone * share_alone(ask.rate, ask.processes)
        step = math.ceil(whole_step * ask.rate / allowed)
        granted, first, come_back = self._grant(ask, now, step, whole_step)
        return Reply(now, granted, first, step, come_back, max(0, self.held - now), share, alone)

    def _begin_anew(self, now: int, run: str) -> None:
        """What was known is lost, or from another time. A pause still counts, if there is one."""
        self.run = run
        self.next = now + _GAP
        self.unsure = now + _HEARD + _ALONE
        self.book = self.joined = 0
        self.members.clear()

    def _hear(self, ask: Ask, now: int) -> None:
        if ask.is_leaving:
            self.members.pop(ask.member, None)
        elif ask.member:
            if self.members.pop(ask.member, -1) < now - _HEARD:
                self.joined = now
            self.members[ask.member] = now
        self._forget(now - _HEARD - _ALONE)

    def _alone(self, ask: Ask, now: int) -> int:
        """How many may be going on alone."""
        if share_alone(ask.rate, ask.processes) == 0:
            return 0
        silent = now - _HEARD
        together = max(self.joined, silent)
        there = len(self.members) - len(self._heard_before(together))
        if there >= ask.processes:  # these are all that there are
            self.unsure = 0
            self._forget(together)
            return 0
        known = len(self._heard_before(silent))
        return min(ask.processes - max(1, there), ask.processes if now < self.unsure else known)

    def _heard_before(self, instant: int) -> list[str]:
        return [name for name, _ in takewhile(lambda each: each[1] < instant, self.members.items())]

    def _forget(self, instant: int) -> None:
        """Those who were not heard since."""
        for name in self._heard_before(instant):
            del self.members[name]

    def _pause(self, ask: Ask, now: int) -> int:
        """Hold everybody when that was asked for. The share of the rate that is used now: see
        `LocalRateLimiter`.
        """
        share = min(_WHOLE, self.share + math.floor(max(0, now - self.slowed) * _REGROWN))
        if ask.pause > 0:
            if ask.is_slower and now >= self.held:  # who was refused together is refused once
                share = max(_LEAST_SHARE, math.floor(share * SLOWER))
                self.share, self.slowed = share, now + ask.pause
            self.held = max(self.held, now + ask.pause)
        return share

    def _grant(self, ask: Ask, now: int, step: int, whole_step: float) -> tuple[int, int, int]:
        """How many slots, where the first lies, and when to come back for want of any.

        Appointments lie as near as if all of the rate were there: by then it may be.
        """
        if self.held > now or ask.wanted == 0:
            return 0, 0, max(0, self.held - now)
        first = max(self.next, now + ask.lead)
        room = now + _HORIZON - first
        if not ask.is_appointed and (room < 0 or self.book > now):
            at = max(now, self.book, self.next - _HORIZON)
            self.book = at + math.ceil(ask.wanted * whole_step / 1000)
            return 0, 0, at - now
        if room < 0:
            return 0, 0, first - _HORIZON - now
        granted = min(ask.wanted, math.floor(room * 1000 / step) + 1)
        self.next = first + math.ceil(granted * step / 1000)
        return granted, first, 0
