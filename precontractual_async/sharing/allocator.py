"""Gives slots to all processes by one clock, and shows why together they never exceed the allowed rate.

Pure, and the twin of ``pace.lua``, which does the same within Redis: one test runs both. Leaves to others:
Redis, the network and this process' clock. Instants are whole microseconds of Redis' time.

*The limit.* Two slots are `1 / (STEADY rate)` apart, and each is used within `LATE` of its instant or not at
all. The calls that arrive in one second have slots from at most `1 + LATE + d` seconds, where d is the
difference between the fastest and the slowest call on the network:

    STEADY rate (1 + LATE + d) + 1 < rate + 1,  for d < 16 milliseconds

*When Redis forgets.* No slot is further ahead than `HORIZON`. When Redis was restarted, is empty or has an
old copy, it gives no slots for `HORIZON + LATE + 1` seconds: by then each earlier slot was used or dropped,
at least one second ago.

*When a process cannot reach Redis.* With at most N processes, each may go on alone with `floor(rate / N)`
calls a second. It does so only if Redis knows it; only `ALONE_AFTER` after its last message (Redis ignores
messages older than `STALE`); and only for `ALONE` seconds. When it is back, it first sends nothing for a
second. Redis reserves that share for each process that it has not heard for `HEARD` seconds, and, after it
forgot, for each that it has not heard again. The processes heard since the latest one joined were all there
at that instant, so at most N minus their number are alone. In every second, all shares are at most the rate.
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
"""The part of the rate that is used on average: less than in one process, because machines differ."""
HORIZON: Final = 0.5
"""The most seconds between now and a slot that is given."""
LATE: Final = 0.02
"""Seconds after its instant in which a slot can be used, minus the uncertainty about Redis' time."""
GROUP: Final = 0.05
"""Seconds of the rate that one message asks for: at a high rate a message asks for many slots."""
HEARD: Final = 3.0
"""Seconds without a message after which a process may be going on alone."""
ALONE: Final = 600.0
"""The most seconds for which a process goes on alone."""
STALE: Final = 1.0
"""The most seconds that a message may travel: by then its sender has given up."""
GAP: Final = HORIZON + LATE + 1.0
ALONE_AFTER: Final = STALE + HEARD + GAP
KEPT: Final = 8 * 86_400
"""Seconds after which Redis deletes data that no process uses."""

# The same in whole numbers: microseconds, and millionths for a share of the rate.
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
"""The constants that the script uses under the same names."""


def group_of(rate: float) -> int:
    """The most slots that one message asks for.

    >>> [group_of(rate) for rate in (5, 50, 500)]
    [1, 2, 25]
    """
    return max(1, int(GROUP * rate))


def share_alone(rate: float, processes: int) -> int:
    """Calls a second of a process that goes on alone; 0: it cannot go on alone.

    >>> share_alone(100, 3), share_alone(5, 8), share_alone(5, 0)
    (33, 0, 0)
    """
    return int(rate / processes) if processes else 0


@frozen(kw_only=True)
class Ask:
    """One message from a process."""

    rate: float
    """Calls a second that all processes may make together."""
    processes: int = 0
    """The most processes that there are; 0: no process ever goes on alone."""
    member: str = ""
    """The name of the process if it may go on alone; otherwise empty."""
    said: int = 0
    """When the message was sent, in the process' estimate of Redis' time; 0: there is no estimate yet."""
    wanted: int = 0
    """The number of slots that it asks for."""
    lead: int = 0
    """Microseconds that the reply takes to arrive: no slot is given before that."""
    is_appointed: bool = False
    """The message comes at the appointment that the last reply gave (`Reply.come_back`)."""
    pause: int = 0
    """Microseconds of the pause that the gateway asked for."""
    is_slower: bool = False
    """The pause came with a 429: less of the rate is used after it."""
    is_fresh: bool = False
    """Redis' clock has jumped: slots by the old time do not count any more."""
    is_leaving: bool = False


@frozen
class Reply:
    """The reply to an `Ask`."""

    now: int
    granted: int
    """The number of slots; the first is at `first`, the others follow `step` nanoseconds apart."""
    first: int
    step: int
    come_back: int
    """Microseconds until the process should ask again, when no slot was granted."""
    pause: int
    """Microseconds that are left of the pause of all processes."""
    share: int
    """The part of the rate that is used, in millionths."""
    alone: int
    """The number of processes that have a reserved share, because they may be going on alone."""
    is_heard: bool = field(default=True, converter=bool)
    """False: the message came too late, and was ignored."""


@define
class SlotAllocator:
    """What Redis stores about one shared rate, and how it gives slots."""

    run: str = ""
    """The id that the server has had since its start; empty: nothing is stored."""
    seen: int = 0
    next: int = 0
    """The earliest instant of the next slot."""
    book: int = 0
    """The earliest instant of the next appointment."""
    unsure: int = 0
    """Until this instant, unknown processes may be going on alone."""
    joined: int = 0
    """When the latest process joined."""
    held: int = 0
    share: int = _WHOLE
    slowed: int = 0
    members: dict[str, int] = field(factory=dict)
    """When each process was last heard; the one heard last comes last."""

    def serve(self, ask: Ask, now: int, run: str) -> Reply:
        """The script's reply at the instant `now`, when the server's id is `run`."""
        if ask.said and now - ask.said > _STALE:
            return Reply(now, 0, 0, 0, 0, 0, 0, 0, is_heard=False)
        if self.run != run or now < self.seen or ask.is_fresh:
            self._begin_anew(now, run)
        self.seen = now
        self._note_member(ask, now)
        alone = self._count_alone(ask, now)
        share = self._pause(ask, now)
        whole_step = 1e9 * _WHOLE / (STEADY * ask.rate * share)
        allowed = ask.rate - alone * share_alone(ask.rate, ask.processes)
        step = math.ceil(whole_step * ask.rate / allowed)
        granted, first, come_back = self._grant(ask, now, step, whole_step)
        return Reply(now, granted, first, step, come_back, max(0, self.held - now), share, alone)

    def _begin_anew(self, now: int, run: str) -> None:
        """Begin without data: it is lost, or from another time. A current pause still counts."""
        self.run = run
        self.next = now + _GAP
        self.unsure = now + _HEARD + _ALONE
        self.book = self.joined = 0
        self.members.clear()

    def _note_member(self, ask: Ask, now: int) -> None:
        if ask.is_leaving:
            self.members.pop(ask.member, None)
        elif ask.member:
            if self.members.pop(ask.member, -1) < now - _HEARD:
                self.joined = now
            self.members[ask.member] = now
        self._forget(now - _HEARD - _ALONE)

    def _count_alone(self, ask: Ask, now: int) -> int:
        """The number of processes that may be going on alone."""
        if share_alone(ask.rate, ask.processes) == 0:
            return 0
        silent = now - _HEARD
        together = max(self.joined, silent)
        there = len(self.members) - len(self._heard_before(together))
        if there >= ask.processes:  # all processes are present
            self.unsure = 0
            self._forget(together)
            return 0
        known = len(self._heard_before(silent))
        return min(ask.processes - max(1, there), ask.processes if now < self.unsure else known)

    def _heard_before(self, instant: int) -> list[str]:
        return [name for name, _ in takewhile(lambda each: each[1] < instant, self.members.items())]

    def _forget(self, instant: int) -> None:
        """Forget the processes that were not heard since `instant`."""
        for name in self._heard_before(instant):
            del self.members[name]

    def _pause(self, ask: Ask, now: int) -> int:
        """Begin the pause in the message, if any. Returns the share of the rate that is used now: see
        `LocalRateLimiter`.
        """
        share = min(_WHOLE, self.share + math.floor(max(0, now - self.slowed) * _REGROWN))
        if ask.pause > 0:
            if ask.is_slower and now >= self.held:  # calls refused together count as one 429
                share = max(_LEAST_SHARE, math.floor(share * SLOWER))
                self.share, self.slowed = share, now + ask.pause
            self.held = max(self.held, now + ask.pause)
        return share

    def _grant(self, ask: Ask, now: int, step: int, whole_step: float) -> tuple[int, int, int]:
        """The number of slots, the instant of the first, and when to ask again if there are none.

        Appointments are as early as if the whole rate were available: by then it may be.
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
