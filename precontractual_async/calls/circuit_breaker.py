"""An outage: told from one query's bad luck, waited out with probes that grow rarer, and ended.

Knows a budget of retries that answers refill: when many queries fail and none succeeds it is spent, and
it is the gateway that is down, not a query that is odd. Then one attempt at a time is let through, after
pauses of 1 second to 1 minute; the first answer lets everybody through again. Refuses to know what is sent
and how often one query may fail.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import math
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Final, Protocol, TypeVar

from ..model.errors import (
    AnswersUnreadable,
    BrokenAnswer,
    Fault,
    GatewayDown,
    Unavailable,
    Unexplained,
    WrongCitizen,
)
from ..model.problems import RequestRejected
from ..observability.events import OutageBegan, OutageEnded, OutageProbed, WaitReason
from ..observability.instrumentation import Instrumentation, waiting
from ..observability.logs import LogEvent, fields
from .throughput import Wait

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

_BUDGET: Final = 10.0
_EACH: Final = 2
"""What one query can take from the budget: its bad luck is not everybody's."""
_REFUND: Final = 0.5
"""What an answer gives back: with more than a third of the calls failing, the budget shrinks."""
_LONGEST_LULL: Final = 120.0
"""Seconds without a failure, after which the next is no part of the same silence: nothing was asked."""
_MOST_UNREADABLE: Final = 20
"""Answers in a row that cannot be read, after which they are not the gateway's: probing would not help."""
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_LOOK: Final = 1.0
"""Seconds between two looks whether an outage that is waited out together is over, or the probe free."""


def is_an_outage(fault: Fault) -> bool:
    """Whether a fault may mean that the gateway is down: not that somebody answers, in whatever way."""
    return isinstance(fault, Unavailable)


def _is_unreadable(fault: Fault) -> bool:
    return isinstance(fault, BrokenAnswer) and not isinstance(fault, Unexplained | WrongCitizen)


class _Held(Exception):
    """An outage began while the attempt waited for its slot: nothing was sent."""


class OutagePeers(Protocol):
    """Who waits out the same outage elsewhere: a port, so that several processes send one probe at a time.

    It never raises. When nothing can be heard of them, it is as if they knew of no outage.
    """

    @property
    def are_waiting(self) -> bool:
        """Whether an outage was on when they were heard last."""

    async def probe(self) -> float | None:
        """Seconds until the next probe may be made; 0: it is ours, and no one else's before it is told failed
        or over, or has taken too long. None: they know of no outage.
        """

    async def began(self) -> None:
        """Tell them that the gateway does not answer."""

    async def failed(self) -> None:
        """Tell them that our probe failed."""

    def over(self) -> None:
        """Tell them that the gateway answers; returns at once, for an answer must not wait."""


class CircuitBreaker:
    """Whether the gateway answers at all; one for a batch, shared by its workers.

    `patience`: seconds that an outage may last. `width`: how many attempts there are at once. `jitter`:
    uniform in 0..1, so that several batches do not probe together.
    """

    def __init__(
        self,
        patience: float,
        width: int,
        jitter: Callable[[], float],
        instrumentation: Instrumentation | None = None,
    ) -> None:
        self._patience = patience
        self._most = self._budget = min(_BUDGET, _EACH * width)
        self._jitter = jitter
        self._instrumentation = instrumentation
        self.number: int = 0
        """How many there were so far."""
        self.others: OutagePeers | None = None
        """With whom outages are waited out; to be set before anything is asked."""
        self._is_hearsay = False
        """Others found the outage, and it ends when they say so. One that we found ends with an answer to us:
        the others' way to the gateway may be another."""
        self._is_leased = False
        """The probe is made for the others too, who know when the next one is due."""
        self._unreadable = 0
        self._began: float | None = None
        self._silent_since = self._failed_at = -math.inf
        self._pause = 0.0
        self._probe_at = 0.0
        self._turn = asyncio.Lock()
        self._probing: asyncio.Task[object] | None = None
        self._changed = asyncio.Event()
        self._ended_by: Fault | None = None
        self._last: Fault | None = None

    @property
    def is_on(self) -> bool:
        return self._began is not None

    def wait(self) -> Wait | None:
        """Why its batch waits; None while the gateway answers, and when nobody waits any more."""
        if self._began is None or self._ended_by is not None or not self._turn.locked():
            return None
        now = asyncio.get_running_loop().time()
        why = f"no answer from the gateway for {now - self._began:.0f} seconds"
        return Wait(why, max(0.0, self._probe_at - now))

    async def call(self, attempt: Callable[[], Awaitable[_T]], failures: int) -> _T:
        """The result of `attempt`, once it may be made. `failures`: of the same query so far.

        An attempt that waits for something itself calls `check_sending` before it sends.

        Raises:
            Fault: what `attempt` raised.
            GatewayDown: the outage lasts longer than our patience; or whatever ended the batch.
        """
        while True:
            self._listen()
            is_probe = self._began is not None and await self._becomes_probe()
            if not is_probe:
                self.check()
            try:
                result = await attempt()
            except _Held:
                continue
            except (RequestRejected, WrongCitizen):
                self._succeeded()  # the gateway is there
                raise
            except Fault as fault:
                if _is_unreadable(fault):
                    self._note_unreadable(fault)
                self._last = fault
                if is_probe or is_an_outage(fault):
                    await self._failed(failures, is_probe=is_probe)
                raise
            else:
                self._succeeded()
                return result
            finally:
                if is_probe:
                    self._probing = None
                    self._turn.release()

    async def _becomes_probe(self) -> bool:
        """Wait until the outage is over, or until this task is the one that probes: then True."""
        is_probe = await waiting(self._instrumentation, WaitReason.OUTAGE, self._admitted())
        if is_probe:
            self._probing = asyncio.current_task()
            if self._instrumentation is not None:
                self._instrumentation.tell(OutageProbed(self._seconds()))
        return is_probe

    def end(self, fault: Fault) -> None:
        """The batch ends: whoever waits, and whoever comes to try again, is told `fault`."""
        self._ended_by = self._ended_by or fault
        self._changed.set()

    def leave(self) -> None:
        """The batch has ended; what it knows of an outage that is on ends with it."""
        if self._began is not None and self._instrumentation is not None:
            self._instrumentation.tell(OutageEnded(self._seconds(), is_over=False))

    def check(self) -> None:
        """Raise what ended the batch, if it ended."""
        if self._ended_by is not None:
            raise copy.copy(self._ended_by)

    def check_sending(self) -> None:
        """Raise what ended the batch; and while an outage is on, hold back whatever is not its probe."""
        self.check()
        self._listen()
        if self._began is not None and asyncio.current_task() is not self._probing:
            raise _Held

    def _listen(self) -> None:
        """Wait as the others do."""
        if self._began is None and self.others is not None and self.others.are_waiting:
            self._begin(is_hearsay=True)

    async def _admitted(self) -> bool:
        """Wait while the outage lasts, or until it is our turn to probe; True for a probe."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._turn)
            while self._began is not None:
                if await self._may_probe(self._began):
                    self.check()
                    stack.pop_all()  # the turn stays ours until the probe is back
                    return True
        return False

    async def _may_probe(self, began: float) -> bool:
        """Wait for the next probe, or for whatever comes before it."""
        now = asyncio.get_running_loop().time()
        if now >= began + self._patience:
            self._give_up()
        if self._ended_by is not None:
            return True
        look = now + await self._left()
        if look <= now:
            return self._began is not None
        with suppress(TimeoutError):
            async with asyncio.timeout_at(min(look, began + self._patience)):
                await self._changed.wait()
        return False

    async def _left(self) -> float:
        """Seconds until the next probe, or until that is asked again."""
        left = None if self.others is None else await self.others.probe()
        self._is_leased = left == 0
        if left is None:
            if self._is_hearsay:
                self._end()
                return 0.0
            left = self._probe_at - asyncio.get_running_loop().time()
        return left if self.others is None else min(left, _LOOK)

    def _seconds(self) -> float:
        """How long it has been on."""
        return 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began

    def _give_up(self) -> None:
        text = f"no answer from the gateway for {self._patience:.0f} seconds"
        if self._last is not None:
            text = (
                f"no answer from the gateway for {self._patience:.0f} seconds (last: {self._last.diagnosis})"
            )
        self.end(GatewayDown(text))

    async def _failed(self, failures: int, *, is_probe: bool) -> None:
        if is_probe and self._is_leased and self.others is not None:
            await self.others.failed()
        elif is_probe:
            self._wait(min(_LONGEST_PAUSE, self._pause * 2))
        elif self._began is None:
            self._note_silence()
            if failures < _EACH:
                self._budget -= 1
            if self._budget <= 0:
                self._begin(is_hearsay=False)
                if self.others is not None:
                    await self.others.began()

    def _note_silence(self) -> None:
        """A few queries, or many that wait for one token, hardly spend the budget: so silence counts too."""
        now = asyncio.get_running_loop().time()
        if now - self._failed_at > _LONGEST_LULL:
            self._silent_since = now
        self._failed_at = now
        if 0 < self._patience <= now - self._silent_since:
            self._give_up()

    def _note_unreadable(self, fault: Fault) -> None:
        """A proxy's page may pass; when nothing else comes, nothing but somebody's help ends it."""
        self._unreadable += 1
        if self._unreadable >= _MOST_UNREADABLE:
            seen = fault.seen or "no HTTP"
            self.end(AnswersUnreadable(f"no answer of the gateway can be read ({seen})", status=fault.status))

    def _begin(self, *, is_hearsay: bool) -> None:
        self._began, self._is_hearsay = asyncio.get_running_loop().time(), is_hearsay
        self.number += 1
        self._changed.clear()
        self._wait(_FIRST_PAUSE)
        if self._instrumentation is not None:
            self._instrumentation.tell(OutageBegan())
        text = "the gateway does not answer; the batch waits, and tries again now and then"
        _log.warning(text, extra=fields(LogEvent.OUTAGE_BEGAN))

    def _wait(self, pause: float) -> None:
        self._pause = pause
        self._probe_at = asyncio.get_running_loop().time() + pause * (0.8 + 0.2 * self._jitter())

    def _succeeded(self) -> None:
        self._silent_since = asyncio.get_running_loop().time()
        self._unreadable = 0
        if self._began is None:
            self._budget = min(self._most, self._budget + _REFUND)
            return
        if self.others is not None:
            self.others.over()
        self._end()

    def _end(self) -> None:
        self._silent_since = asyncio.get_running_loop().time()
        seconds = self._seconds()
        said = fields(LogEvent.OUTAGE_OVER, seconds=seconds)
        _log.warning("the gateway answers again, after %.0f seconds", seconds, extra=said)
        self._began, self._budget = None, self._most
        self._changed.set()
        if self._instrumentation is not None:
            self._instrumentation.tell(OutageEnded(seconds, is_over=True))
