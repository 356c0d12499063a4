"""The circuit breaker of a batch: detects an outage of the gateway, probes it, and ends it.

Knows a budget that failures spend and answers refill. When many queries fail and none succeeds, the budget is
spent: then the gateway is down, and not one query is at fault. During an outage only one attempt at a time
is sent, as a probe, after pauses that grow from 1 second to 1 minute; the first answer ends the outage.
Leaves to others: what is sent, and how often one query may fail.
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
"""The most that one query can take from the budget: its failures may concern that query alone."""
_REFUND: Final = 0.5
"""What an answer adds to the budget, which shrinks when more than a third of the calls fail."""
_LONGEST_LULL: Final = 120.0
"""Seconds without a failure after which the next failure begins a new silence: nothing was asked."""
_MOST_UNREADABLE: Final = 20
"""Unreadable answers in a row that end the batch: they are not the gateway's, so probes cannot help."""
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_LOOK: Final = 1.0
"""Seconds between two checks whether a shared outage is over, or whether this process may probe."""


def is_an_outage(fault: Fault) -> bool:
    """Whether a fault may mean that the gateway is down; any answer at all means that it is not."""
    return isinstance(fault, Unavailable)


def _is_unreadable(fault: Fault) -> bool:
    return isinstance(fault, BrokenAnswer) and not isinstance(fault, Unexplained | WrongCitizen)


class _HeldBack(Exception):
    """An outage began while the attempt waited for its slot: nothing was sent."""


class OutagePeers(Protocol):
    """Other processes in the same outage: a port, so that all of them together send one probe at a time.

    It never raises. While the peers cannot be reached, it behaves as if they knew of no outage.
    """

    @property
    def are_waiting(self) -> bool:
        """Whether the peers were in an outage at their last message."""

    async def probe(self) -> float | None:
        """Seconds until the next probe; None: the peers know of no outage. 0: this process has to probe; no
        other does so until this one calls `failed` or `over`, or takes too long.
        """

    async def began(self) -> None:
        """Tell the peers that the gateway does not answer."""

    async def failed(self) -> None:
        """Tell the peers that our probe failed."""

    def over(self) -> None:
        """Tell the peers that the gateway answers. Returns at once, because the answer must not wait."""


class CircuitBreaker:
    """Whether the gateway answers at all. A batch has one, shared by its workers.

    `patience`: seconds that an outage may last. `width`: the number of attempts at once. `jitter`: uniform
    in 0..1, so that several batches do not probe together.
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
        """The number of outages so far."""
        self.others: OutagePeers | None = None
        """The peers with whom outages are shared; to be set before the first question."""
        self._is_hearsay = False
        """Peers found the outage, so it ends when they say so. An outage that we found ends with an answer to
        us, because the peers may reach the gateway in another way."""
        self._is_leased = False
        """We probe for the peers too, and they decide when the next probe is due."""
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
        """Why the batch waits; None while the gateway answers, or when no call waits."""
        if self._began is None or self._ended_by is not None or not self._turn.locked():
            return None
        now = asyncio.get_running_loop().time()
        why = f"no answer from the gateway for {now - self._began:.0f} seconds"
        return Wait(why, max(0.0, self._probe_at - now))

    async def call(self, attempt: Callable[[], Awaitable[_T]], failures: int) -> _T:
        """Wait until an attempt is allowed, and return its result. `failures`: of this query so far.

        An attempt that waits for something itself calls `check_sending` before it sends.

        Raises:
            Fault: the error that `attempt` raised, or the fault that ended the batch.
            GatewayDown: the outage lasted longer than `patience`.
        """
        while True:
            self._hear_peers()
            is_probe = self._began is not None and await self._becomes_probe()
            if not is_probe:
                self.check()
            try:
                result = await attempt()
            except _HeldBack:
                continue
            except (RequestRejected, WrongCitizen):
                self._succeeded()  # the gateway answers
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
        """Wait until the outage is over, or until this task has to probe; True: it has to."""
        is_probe = await waiting(self._instrumentation, WaitReason.OUTAGE, self._admitted())
        if is_probe:
            self._probing = asyncio.current_task()
            if self._instrumentation is not None:
                self._instrumentation.tell(OutageProbed(self._seconds()))
        return is_probe

    def end(self, fault: Fault) -> None:
        """End the batch: every call that waits, or comes later, raises `fault`."""
        self._ended_by = self._ended_by or fault
        self._changed.set()

    def leave(self) -> None:
        """The batch has ended: report the end of its outage, if there is one, without an answer."""
        if self._began is not None and self._instrumentation is not None:
            self._instrumentation.tell(OutageEnded(self._seconds(), is_over=False))

    def check(self) -> None:
        """Raise the fault that ended the batch, if it has ended."""
        if self._ended_by is not None:
            raise copy.copy(self._ended_by)

    def check_sending(self) -> None:
        """Raise the fault that ended the batch; during an outage, stop every attempt but the probe."""
        self.check()
        self._hear_peers()
        if self._began is not None and asyncio.current_task() is not self._probing:
            raise _HeldBack

    def _hear_peers(self) -> None:
        """Begin an outage when the peers are in one."""
        if self._began is None and self.others is not None and self.others.are_waiting:
            self._begin(is_hearsay=True)

    async def _admitted(self) -> bool:
        """Wait until the outage is over (False), or until it is our turn to probe (True)."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._turn)
            while self._began is not None:
                if await self._may_probe(self._began):
                    self.check()
                    stack.pop_all()  # this task keeps the lock until its probe has ended
                    return True
        return False

    async def _may_probe(self, began: float) -> bool:
        """Wait for the next probe, or for an earlier change; True: probe, or end with the batch."""
        now = asyncio.get_running_loop().time()
        if now >= began + self._patience:
            self._give_up()
        if self._ended_by is not None:
            return True
        due = now + await self._left()
        if due <= now:
            return self._began is not None
        with suppress(TimeoutError):
            async with asyncio.timeout_at(min(due, began + self._patience)):
                await self._changed.wait()
        return False

    async def _left(self) -> float:
        """Seconds until the next probe, or until the peers are asked for it again."""
        left = None if self.others is None else await self.others.probe()
        self._is_leased = left == 0
        if left is None:
            if self._is_hearsay:
                self._end()
                return 0.0
            left = self._probe_at - asyncio.get_running_loop().time()
        return left if self.others is None else min(left, _LOOK)

    def _seconds(self) -> float:
        """Seconds since the outage began."""
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
        """Give up after a long silence: few queries, or many that wait for one token, spend no budget."""
        now = asyncio.get_running_loop().time()
        if now - self._failed_at > _LONGEST_LULL:
            self._silent_since = now
        self._failed_at = now
        if 0 < self._patience <= now - self._silent_since:
            self._give_up()

    def _note_unreadable(self, fault: Fault) -> None:
        """A proxy's page may be temporary; after too many of them, only a person can help."""
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
        data = fields(LogEvent.OUTAGE_OVER, seconds=seconds)
        _log.warning("the gateway answers again, after %.0f seconds", seconds, extra=data)
        self._began, self._budget = None, self._most
        self._changed.set()
        if self._instrumentation is not None:
            self._instrumentation.tell(OutageEnded(seconds, is_over=True))
