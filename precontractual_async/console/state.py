"""The state of a running console: the client, the journal, given lists, and their runs.

Knows that only the journal outlives the console. Leaves to others: HTTP and HTML.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from attrs import define, field

from ..client import PrecontractualClient
from ..journal.durable import SqliteJournal
from ..journal.port import Journal
from ..journal.runs import Run
from ..sharing.checks import Finding
from .gate import Gate
from .lists import Choices, GivenList, Look, look_at
from .runs import RunQueue

_KEPT: Final = 4
"""The most given lists that wait for their start: each is held in memory."""


@define(eq=False)
class Console:
    """The state of one console."""

    gate: Gate
    client: PrecontractualClient
    journal: Journal
    language: str
    checks: Callable[[], AsyncIterator[Finding]] = field(repr=False)
    """Runs the doctor's checks anew."""
    made_up: bytes | None = field(default=None, repr=False)
    """A made-up list as CSV, in a demonstration; None: this is no demonstration."""
    before: Run | None = None
    """The last run in the journal from before this console was started."""
    lists: dict[int, tuple[GivenList, Look]] = field(factory=dict, repr=False)
    uploading: asyncio.Lock = field(factory=asyncio.Lock)
    """One file at a time is uploaded: several together could fill the memory."""
    working: asyncio.Lock = field(factory=asyncio.Lock)
    """One file at a time is looked at, or made for a download: for the same reason."""
    queue: RunQueue = field(init=False)
    _count: int = 0

    def __attrs_post_init__(self) -> None:
        self.queue = RunQueue(self.client, self.journal)

    async def look_back(self) -> None:
        """Read the last run from the journal, so that the first page can show it."""
        if isinstance(self.journal, SqliteJournal):
            runs = await self.journal.runs()
            self.before = runs[-1] if runs else None

    async def take(self, given: GivenList) -> int:
        """Take a list and inspect it; returns its number."""
        async with self.working:
            look = await look_at(given, self.client, self.journal)
        self._count += 1
        self.lists[self._count] = given, look
        while len(self.lists) > _KEPT:
            del self.lists[next(iter(self.lists))]
        return self._count

    async def choose(self, number: int, choices: Choices) -> None:
        """Inspect a list again, with other choices, unless it was removed meanwhile."""
        async with self.working:
            if number in self.lists:
                given = self.lists[number][0].chosen(choices)
                self.lists[number] = given, await look_at(given, self.client, self.journal)
