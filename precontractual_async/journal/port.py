"""What a journal is, and one that lives in memory.

Knows what is kept of a query and which of several outcomes is believed. Refuses to know files, keys and
the gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, assert_never

from attrs import evolve, field, frozen

from ..model.answers import Block
from ..model.questions import Answered, Pending, Query, Rejected
from .recheck import Finality, Learned, finality


@frozen
class Entry:
    """What a journal knows of one query."""

    outcome: Learned
    """The one to be believed. It carries no row."""
    learned_at: datetime
    """When the gateway was last heard about it, aware, UTC; for a pending one when it was last tried."""
    last: Learned
    """The last word on it: when it is asked again goes by that."""

    @classmethod
    def of(cls, outcome: Learned, learned_at: datetime) -> Entry:
        bare = evolve(outcome, row=None)
        return cls(bare, learned_at, bare)

    @property
    def finality(self) -> Finality:
        """How settled the last word is."""
        return finality(self.last)


@frozen
class Reading:
    """What a list was when it was last screened."""

    digest: bytes = field(repr=False)
    rows: int


class Lookup(Protocol):
    """What can be looked up: all that a dry run needs of a journal.

    Raises:
        JournalFailed: it cannot be read.
    """

    async def find(self, queries: Sequence[Query]) -> list[Entry | None]:
        """What is known of each of `queries`, in their order."""
        ...


class Journal(Lookup, Protocol):
    """Keeps what is learned, durably: what `keep` returned from survives whatever comes.

    Raises (every method):
        JournalFailed: it cannot be read or written; what was kept before is whole.
    """

    async def keep(self, entries: Sequence[Entry]) -> None:
        """Keep all of them, or none. An answer is never covered by a pending one."""
        ...

    async def last_reading(self, place: str) -> Reading | None:
        """What the list at `place` was; None: never screened with this journal."""
        ...

    async def note_reading(self, place: str, reading: Reading) -> None:
        """Remember what it is now."""
        ...


def worth(outcome: Learned, at: datetime) -> int:
    """How much an outcome says at an instant: "we don't know" never covers what is known.

    What was final for its year says nothing in the next.
    """
    match outcome:
        case Answered(answer=answer):
            return sum(_is_settled(block, answer.asked_at, at) for block in answer.blocks)
        case Rejected(problem=problem):
            return 0 if problem.is_too_early else 2
        case Pending():
            return -1
    assert_never(outcome)


def _is_settled(block: Block, asked_at: datetime, at: datetime) -> bool:
    anew = block.renewed_at(asked_at)
    return block.is_final and (anew is None or at < anew)


class MemoryJournal:
    """A journal for one process: the twin of the durable one, which one test-suite drives alike."""

    def __init__(self) -> None:
        self._entries: dict[Query, Entry] = {}
        self._readings: dict[str, Reading] = {}

    async def find(self, queries: Sequence[Query]) -> list[Entry | None]:
        return [self._entries.get(query) for query in queries]

    async def keep(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            query = entry.outcome.query
            self._entries[query] = believed(self._entries.get(query), entry)

    async def last_reading(self, place: str) -> Reading | None:
        return self._readings.get(place)

    async def note_reading(self, place: str, reading: Reading) -> None:
        self._readings[place] = reading


def believed(before: Entry | None, new: Entry) -> Entry:
    """What is known when `new` comes after `before`."""
    if before is None or (before.finality is Finality.PENDING):
        return new
    if new.finality is Finality.PENDING:
        return before
    is_better = worth(new.outcome, new.learned_at) >= worth(before.outcome, new.learned_at)
    return new if is_better else evolve(new, outcome=before.outcome)
