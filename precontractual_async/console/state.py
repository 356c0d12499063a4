"""What the console holds while it runs: who asks, the journal, lists that were given, and their runs.

Knows that all of it is forgotten at the end but what the journal has. Refuses to know HTTP and HTML.
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
"""Lists that were given and not started: each is held in memory."""


@define(eq=False)
class Console:
    """One office at work."""

    gate: Gate
    client: PrecontractualClient
    journal: Journal
    language: str
    checks: Callable[[], AsyncIterator[Finding]] = field(repr=False)
    """What the doctor looks at, each time anew."""
    made_up: bytes | None = field(default=None, repr=False)
    """A list of made-up people as CSV, where all is made up; None: this is no demonstration."""
    before: Run | None = None
    """The last run that the journal knows of before this console was started."""
    lists: dict[int, tuple[GivenList, Look]] = field(factory=dict, repr=False)
    uploading: asyncio.Lock = field(factory=asyncio.Lock)
    """One file at a time is read: together they could fill the memory."""
    queue: RunQueue = field(init=False)
    _count: int = 0

    def __attrs_post_init__(self) -> None:
        self.queue = RunQueue(self.client, self.journal)

    async def look_back(self) -> None:
        """See what the last run came to, so that the first page can tell."""
        if isinstance(self.journal, SqliteJournal):
            runs = await self.journal.runs()
            self.before = runs[-1] if runs else None

    async def take(self, given: GivenList) -> int:
        """Look at a list; its number."""
        look = await look_at(given, self.client, self.journal)
        self._count += 1
        self.lists[self._count] = given, look
        while len(self.lists) > _KEPT:
            del self.lists[next(iter(self.lists))]
        return self._count

    async def choose(self, number: int, choices: Choices) -> None:
        """Look at a list again, with other choices."""
        given = self.lists[number][0].chosen(choices)
        self.lists[number] = given, await look_at(given, self.client, self.journal)
