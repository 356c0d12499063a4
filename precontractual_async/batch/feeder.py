"""The feeder: reads questions no faster than they are answered, and asks each distinct one once.

Knows what is settled in the journal, what is known or under way in this run, and which rows wait for the
same answer. Refuses to know who works and how.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Hashable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing
from itertools import islice
from typing import Final, cast

from attrs import evolve, frozen

from ..journal.port import Entry, Journal
from ..model import Candidate, Outcome, Query, Refused
from .intake import Intake, Question
from .memory import Asked, Memory

_LOOKED_UP: Final = 100
"""Questions that are looked up in the journal at once."""

_MOST_WAITING: Final = 100
"""Duplicates that wait for one query under way before reading on waits as well."""


@frozen(eq=False)
class Task:
    """A query to be asked."""

    query: Query
    row: Hashable
    held_in: frozenset[int] = frozenset()
    """The outages that it was held through, by their numbers."""


class End(enum.Enum):
    """What tells a worker, and then the reader, that nothing more comes."""

    END = enum.auto()


class Feeder:
    """Puts tasks into `work` and what is known without asking into `done`; waits while they are full."""

    def __init__(
        self,
        intake: Intake,
        journal: Journal | None,
        memory: Memory,
        work: asyncio.Queue[Task | End],
        done: asyncio.Queue[Outcome | End],
    ) -> None:
        self._intake = intake
        self._journal = journal
        self._memory = memory
        self._work = work
        self._done = done
        self._unplaced: Task | Outcome | None = None

    async def feed(self, questions: Iterable[Question] | AsyncIterable[Question]) -> None:
        """Read all of `questions`; a generator is closed with it, so its clean-up runs also after a stop."""
        async with AsyncExitStack() as stack:
            if isinstance(questions, AsyncGenerator):
                stack.push_async_callback(questions.aclose)
            elif isinstance(questions, Generator):
                stack.callback(questions.close)
            if self._journal is None and not isinstance(questions, AsyncIterable):
                for question in questions:
                    await self._admit(question, self._intake.understood(question), None)
                return
            groups = await stack.enter_async_context(aclosing(_in_groups(questions)))
            async for group in groups:
                understood = [self._intake.understood(question) for question in group]
                entries = {} if self._journal is None else await self._known(self._journal, understood)
                for question, query in zip(group, understood, strict=True):
                    entry = entries.get(query) if isinstance(query, Query) else None
                    await self._admit(question, query, entry)

    async def _known(
        self, journal: Journal, understood: Sequence[Query | Refused]
    ) -> dict[Query, Entry | None]:
        """What the journal knows of those that are not fresh in memory."""
        queries = [each for each in understood if isinstance(each, Query) and not self._memory.recall(each)]
        return dict(zip(queries, await journal.find(queries), strict=True)) if queries else {}

    async def _admit(self, question: Question, query: Query | Refused, entry: Entry | None) -> None:
        """See whether one question is asked, known, or being asked already."""
        if isinstance(query, Refused):
            await self._place(query)
            return
        row = question.row if isinstance(question, Candidate) else None
        known = self._memory.recall(query)
        if known is None:
            decided = self._intake.decide(question, query, entry)
            if isinstance(decided, Query):
                self._memory.expect(query)
                await self._place(Task(query, row))
            else:
                await self._place(evolve(decided, row=row))
        elif not isinstance(known, Asked):
            await self._place(evolve(known, row=row))
        else:
            known.rows.append(row)
            if len(known.rows) >= _MOST_WAITING:
                await known.settled()

    async def _place(self, item: Task | Outcome) -> None:
        """Put it into its queue; until that is done it is noted, so that a stop cannot lose it."""
        queue = cast("asyncio.Queue[Task | Outcome]", self._work if isinstance(item, Task) else self._done)
        if not queue.full():
            queue.put_nowait(item)
            return
        self._unplaced = item
        await queue.put(item)
        self._unplaced = None

    async def place_again(self) -> None:
        """What a cancellation found on its way."""
        if self._unplaced is not None:
            await self._place(self._unplaced)


async def _in_groups(
    questions: Iterable[Question] | AsyncIterable[Question],
) -> AsyncGenerator[Sequence[Question], None]:
    """The questions, some at a time. What comes asynchronously comes one by one: the next may be far off."""
    if isinstance(questions, AsyncIterable):
        async for question in questions:
            yield (question,)
        return
    each = iter(questions)
    while group := tuple(islice(each, _LOOKED_UP)):
        yield group
