"""Redis without Redis: the twins behind a network of virtual time, which can be slow, cut, or forgetful."""

from __future__ import annotations

import asyncio
import copy
import random

from attrs import define, field

from precontractual_async import Fault, SharingUnavailable
from precontractual_async.sharing.allocator import SECOND, Ask, Reply, SlotAllocator
from precontractual_async.sharing.token_lease import Kept, Taken, TokenLease

EPOCH = 1_790_000_000.0


@define
class Machine:
    """The machine that Redis would run on."""

    latency: tuple[float, float] = (0.0001, 0.001)
    """Seconds that a message takes one way, from and to."""
    ahead: float = EPOCH
    """Seconds that its clock is ahead of the loop's."""
    is_down: bool = False
    refuses: Fault | None = None
    run: str = "first"
    pool: SlotAllocator = field(factory=SlotAllocator)
    shelf: TokenLease = field(factory=TokenLease)
    messages: int = 0
    _saved: tuple[SlotAllocator, TokenLease] | None = None
    _draw: random.Random = field(factory=lambda: random.Random(7))

    def now(self) -> int:
        return round((asyncio.get_running_loop().time() + self.ahead) * SECOND)

    def restart(self) -> None:
        """Start it again with all that it held."""
        self.run += "'"

    def restore(self) -> None:
        """Start it again with a copy of what it held when this was last done."""
        self.run += "'"
        saved, self._saved = self._saved, copy.deepcopy((self.pool, self.shelf))
        self.pool, self.shelf = saved or (SlotAllocator(), TokenLease())

    def forget(self) -> None:
        """Start it again, empty."""
        self.run += "'"
        self.pool, self.shelf = SlotAllocator(), TokenLease()

    async def travel(self) -> None:
        await asyncio.sleep(self._draw.uniform(*self.latency))


@define
class Line:
    """One process' line to the machine; see `SlotService` and `TokenStore`."""

    machine: Machine
    is_cut: bool = False
    is_mute: bool = False
    """What is said arrives, but no answer comes back."""
    late: float = 0.0
    """Seconds that what is said takes, when it is more than anybody waits."""

    def mend(self) -> None:
        self.is_cut, self.is_mute, self.late = False, False, 0.0

    async def _arrive(self) -> None:
        await self.machine.travel()
        self.machine.messages += 1
        if self.is_cut or self.machine.is_down:
            raise SharingUnavailable("no connection to Redis")

    async def serve(self, ask: Ask) -> Reply:
        if self.late:
            asyncio.get_running_loop().call_later(self.late, self._served, ask)
            await asyncio.sleep(1.0)
            raise SharingUnavailable("Redis does not answer in time")
        await self._arrive()
        if self.machine.refuses is not None:
            raise self.machine.refuses
        reply = self._served(ask)
        if self.is_mute:
            await asyncio.sleep(1.0)
            raise SharingUnavailable("Redis does not answer in time")
        await self._arrive()
        return reply

    def _served(self, ask: Ask) -> Reply:
        return self.machine.pool.serve(ask, self.machine.now(), self.machine.run)

    async def ping(self) -> None:
        if self.late or self.is_mute:
            await asyncio.sleep(1.0)
            raise SharingUnavailable("Redis does not answer in time")
        await self._arrive()

    async def take(self, owner: str, *, rejected: str, is_served: bool) -> Taken:
        await self._arrive()
        if self.machine.refuses is not None:
            raise self.machine.refuses
        taken = self.machine.shelf.take(self.machine.now(), owner, rejected=rejected, is_served=is_served)
        await self.machine.travel()
        return taken

    async def put(self, owner: str, kept: Kept) -> bool:
        await self._arrive()
        return self.machine.shelf.put(self.machine.now(), owner, kept)

    async def fail(self, owner: str) -> bool:
        await self._arrive()
        return self.machine.shelf.fail(self.machine.now(), owner)
