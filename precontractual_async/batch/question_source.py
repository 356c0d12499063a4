"""The source of a batch's questions: each free worker takes the next one, and duplicates are asked once.

Knows how far it reads ahead to be fair to all employers, which questions the journal has settled, which this
run knows or is asking, and which rows wait for the same answer. Leaves to others: who asks, and how.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    Callable,
    Generator,
    Hashable,
    Iterable,
    Iterator,
    Sequence,
)
from itertools import chain, islice
from typing import Final

from attrs import evolve, frozen

from ..journal.port import Entry, Journal
from ..model.errors import InternalFault
from ..model.questions import Candidate, Outcome, Query, Refused
from .fair_queue import FairQueue
from .intake import Intake, Question
from .outcome_cache import Asked, OutcomeCache

LOOK_AHEAD: Final = 32_768
"""Questions that are read before they are asked, in a list that names employers; some 300 bytes each, or 1 kB
where each has an employer of its own."""

_LONGEST_LOOK: Final = 5.0
"""Seconds of reading after which a slow list is not read further ahead than that."""

_LONGEST_TURN: Final = 0.01
"""Seconds of reading after which other tasks of the event loop have their turn."""

_LOOKED_UP: Final = 100
"""Questions that are looked up in the journal together."""

_MOST_WAITING: Final = 100
"""Duplicates that may wait for one query; with more, reading pauses until its answer is known."""


@frozen(eq=False)
class QueryToAsk:
    """A query to be asked."""

    query: Query
    row: Hashable
    held_in: frozenset[int] = frozenset()
    """Numbers of the outages for which it was postponed."""


class Source:
    """Reads `questions` no faster than workers take them (back-pressure), but for `LOOK_AHEAD`."""

    def __init__(
        self,
        questions: Iterable[Question] | AsyncIterable[Question],
        intake: Intake,
        journal: Journal | None,
        memory: OutcomeCache,
    ) -> None:
        self._questions = questions
        self._intake = intake
        self._journal = journal
        self._memory = memory
        self._groups = _in_groups(questions, 1 if journal is None else _LOOKED_UP, intake)
        self._plain: Iterator[Question] | None = None
        """What is read without any wait: no journal is looked into, and no employer has its turn so far."""
        if journal is None and not isinstance(questions, AsyncIterable):
            self._plain = chain(iter(questions))
        self._read: deque[tuple[Question, Query | Refused, Entry | None]] = deque()
        self._turn = asyncio.Lock()
        self._taking: set[asyncio.Task[object] | None] = set()
        self._is_stopped = self._is_over = False
        self.failure: Exception | None = None
        """The error that ended reading before the end of the questions."""

    @property
    def may_be_slow(self) -> bool:
        """Whether the next question may take long to arrive."""
        return isinstance(self._questions, AsyncIterable) or self._turn.locked()

    async def take(self) -> QueryToAsk | Outcome | Asked | None:
        """The next query to ask, or the outcome of the next question when it is known without a call.

        None at the end or after a failure. `Asked`: too many rows wait for this query; nothing more is read
        before it is settled.
        """
        me = asyncio.current_task()
        self._taking.add(me)
        try:
            while self._read or await self._has_read():
                item = self._admit(*self._read.popleft())
                if item is not None:
                    return item
        except asyncio.CancelledError:
            if not self._is_stopped and me is not None and me.cancelling():
                raise
            if not self._is_stopped:
                self.failure = InternalFault("the input was cancelled from elsewhere")
        except Exception as error:  # noqa: BLE001 (an error of the input: raised after the calls in flight)
            self.failure = error
        finally:
            self._taking.discard(me)
        return None

    def stop(self) -> None:
        """Read nothing more; tasks that wait for the next question get None."""
        self._is_stopped = self._is_over = True
        self._read.clear()
        for taker in self._taking:
            if taker is not None:
                taker.cancel()

    async def close(self) -> None:
        """Close a generator at once, so that its clean-up runs even after a stop."""
        try:
            await self._groups.aclose()
            if isinstance(self._questions, AsyncGenerator):
                await self._questions.aclose()
            elif isinstance(self._questions, Generator):
                self._questions.close()
        except Exception as error:  # noqa: BLE001 (as above)
            self.failure = self.failure or error

    async def _has_read(self) -> bool:
        """Whether a question is available; reads some more when there is none.

        Reads nothing more after a failure or a cancellation.
        """
        if self._plain is not None and not self._is_over:
            self._read_one(self._plain)
        if self._read:
            return True
        async with self._turn:
            if not self._read and not self._is_over:
                self._is_over = True
                group: list[Question] = await anext(self._groups, [])
                understood = [self._intake.understood(question) for question in group]
                self._read.extend(zip(group, understood, await self._known(understood), strict=True))
                self._is_over = self._is_stopped or not group  # an input may ignore its cancellation
        return bool(self._read)

    def _read_one(self, plain: Iterator[Question]) -> None:
        self._is_over = True  # if reading fails
        question = list(islice(plain, 1))
        if question and not _names_an_employer(question[0]):
            self._read.append((question[0], self._intake.understood(question[0]), None))
        else:
            self._plain, self._groups = None, _in_groups(chain(question, plain), 1, self._intake)
        self._is_over = False

    async def _known(self, understood: Sequence[Query | Refused]) -> Sequence[Entry | None]:
        """What the journal knows about the queries that are not in memory."""
        if self._journal is None:
            return [None] * len(understood)
        asked = [each for each in understood if isinstance(each, Query) and not self._memory.recall(each)]
        if not asked:
            return [None] * len(understood)
        found = dict(zip(asked, await self._journal.find(asked), strict=True))
        return [found.get(each) if isinstance(each, Query) else None for each in understood]

    def _admit(
        self, question: Question, query: Query | Refused, entry: Entry | None
    ) -> QueryToAsk | Outcome | Asked | None:
        """The query to ask or the known outcome; None: its query is under way, and its row waits."""
        if isinstance(query, Refused):
            return query
        row = question.row if isinstance(question, Candidate) else None
        known = self._memory.recall(query)
        if known is None:
            decided = self._intake.decide(question, query, entry)
            if isinstance(decided, Query):
                self._memory.expect(query)
                return QueryToAsk(query, row)
            return evolve(decided, row=row)
        if not isinstance(known, Asked):
            return evolve(known, row=row)
        known.rows.append(row)
        return known if len(known.rows) >= _MOST_WAITING else None


async def _in_groups(
    questions: Iterable[Question] | AsyncIterable[Question], size: int, intake: Intake
) -> AsyncGenerator[list[Question], None]:
    """The questions in groups; from an async iterable one by one, since the next may take long.

    From the first that names an employer on there may be several: then each employer has its turn. An error
    of the iterable is raised after what was read before it.
    """
    if isinstance(questions, AsyncIterable):
        async for question in questions:
            yield [question]
        return
    failures: list[Exception] = []
    each = _until_it_fails(questions, failures)
    while group := list(islice(each, size)):
        if any(map(_names_an_employer, group)):
            break
        yield group
    ahead = _LookAhead(chain(group, each), intake)
    while group := await ahead.group(size):
        yield group
    if failures:
        raise failures[0]


def _until_it_fails(questions: Iterable[Question], failures: list[Exception]) -> Iterator[Question]:
    try:
        for question in questions:  # noqa: UP028 (the source closes a generator, and tells how that fails)
            yield question
    except Exception as error:  # noqa: BLE001 (an error of the input)
        failures.append(error)


class _LookAhead:
    """Reads questions ahead, and gives those of each employer in turn."""

    def __init__(self, questions: Iterator[Question], intake: Intake) -> None:
        self._questions = questions
        self._intake = intake
        self._waiting = FairQueue[Question]()
        self._most = LOOK_AHEAD

    async def group(self, size: int) -> list[Question]:
        """The next ones; none at the end."""
        clock = asyncio.get_running_loop().time
        until = clock() + _LONGEST_LOOK
        while self._read(clock):
            if clock() > until:
                self._most = max(size, len(self._waiting))
            await asyncio.sleep(0)
        return [self._waiting.get() for _ in range(min(size, len(self._waiting)))]

    def _read(self, clock: Callable[[], float]) -> bool:
        """Read some, and not for long; returns whether there is room for more, and may be more."""
        before, until = len(self._waiting), clock() + _LONGEST_TURN
        for question in islice(self._questions, min(self._most - before, _LOOKED_UP)):
            self._waiting.put(self._intake.employer(question), question)
            if clock() > until:
                break
        return before < len(self._waiting) < self._most


def _names_an_employer(question: Question) -> bool:
    named = question.caller if isinstance(question, Query) else question
    try:
        return getattr(named, "represented_enterprise_number", None) is not None
    except Exception:  # noqa: BLE001 (what is wrong with it is told when it is its turn)
        return False
