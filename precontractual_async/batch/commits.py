"""Group commit: outcomes go into the journal in groups, and are reported only once they are durable.

Knows how long a group may wait, how many outcomes may be at risk at once, and that one outcome which cannot
be kept must not spoil its group. Leaves to others: what is reported, and to whom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Generic, TypeVar

from ..model.errors import Fault, InternalFault, JournalFailed

_T = TypeVar("_T")

_GROUP: Final = 80
"""Outcomes in one commit at most: a large group writes each page of the journal's index less often."""
_WAITING: Final = 20
"""Outcomes that may wait for the next group. So a hundred are at risk at most, and the one that each waiting
worker holds."""
_LONGEST_WAIT: Final = 0.05
"""Seconds that an outcome waits for others, since one flush of the disk serves the whole group."""

_MOST_DEFECTS: Final = 3
"""Consecutive outcomes that cannot be kept, even alone, before this counts as a failure of the journal."""


class Commits(Generic[_T]):
    """`keep` makes a group durable; then `tell` gets each outcome, with its failure if there was one."""

    def __init__(
        self,
        keep: Callable[[Sequence[_T]], Awaitable[None]],
        tell: Callable[[_T, Fault | None], Awaitable[None]],
    ) -> None:
        self._keep = keep
        self._tell = tell
        self._failure: JournalFailed | None = None
        self._defects = 0
        self._late: list[_T] = []
        self._has_ended = False
        self._coming: asyncio.Queue[_T | None] = asyncio.Queue(_WAITING)

    async def put(self, item: _T) -> None:
        """Add an item; waits while too many are at risk. A cancelled wait does not lose the item."""
        try:
            await self._coming.put(item)
        except asyncio.CancelledError:
            self._late.append(item)
            raise
        self._let_go()

    async def finish(self) -> None:
        """Say that no more items come."""
        while self._late:
            await self.put(self._late.pop())
        await self._coming.put(None)

    async def run(self) -> None:
        """Commit until the last item. After a failure of the journal nothing more is kept."""
        try:
            while group := await self._group():
                for item, failure in zip(group, await self._failures(group), strict=True):
                    await self._tell(item, failure)
        finally:
            self._has_ended = True
            self._let_go()

    def _let_go(self) -> None:
        """Once `run` has ended, in whatever way, nobody waits any more to put an item."""
        while self._has_ended and not self._coming.empty():
            self._coming.get_nowait()

    async def _failures(self, group: Sequence[_T]) -> Sequence[Fault | None]:
        """Keep a group; returns for each item None, or why it is not kept.

        An error other than `JournalFailed` is about one of the items: then each item is kept alone.
        """
        if self._failure is None:
            try:
                await self._keep(group)
                self._defects = 0
            except JournalFailed as failure:
                self._failure = failure
            except Exception as error:  # noqa: BLE001 (one row's bug never kills the others)
                if len(group) > 1:
                    return [failure for item in group for failure in await self._failures([item])]
                return [self._defect(InternalFault.of(error))]
        return [self._failure] * len(group)

    def _defect(self, defect: InternalFault) -> Fault:
        """Several defects in sequence are not about single rows: the journal has failed."""
        self._defects += 1
        if self._defects >= _MOST_DEFECTS:
            self._failure = JournalFailed(defect.diagnosis, defect.next_step)
        return self._failure or defect

    async def _group(self) -> list[_T]:
        """The next group; empty at the end."""
        first = await self._coming.get()
        group = [] if first is None else [first]
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_WAIT):
                while group and len(group) < _GROUP:
                    item = await self._coming.get()
                    if item is None:
                        self._coming.put_nowait(None)  # the next call finds it, and ends
                        break
                    group.append(item)
        return group
