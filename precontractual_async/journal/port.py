"""What a journal is, and a journal in memory.

Knows what is kept about a query, and which of several outcomes is believed. Leaves to others: files, keys and
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
    """What a journal knows about one query."""

    outcome: Learned
    """The outcome to believe. It carries no row."""
    learned_at: datetime
    """When the gateway last answered the query (aware, UTC); for a pending query, when it was last tried."""
    last: Learned
    """The latest outcome: it decides when the query is asked again."""

    @classmethod
    def of(cls, outcome: Learned, learned_at: datetime) -> Entry:
        bare = outcome if outcome.row is None else evolve(outcome, row=None)
        return cls(bare, learned_at, bare)

    @property
    def is_pending(self) -> bool:
        """Whether the query was never answered."""
        return isinstance(self.outcome, Pending)

    @property
    def finality(self) -> Finality:
        """How settled the latest outcome is."""
        return finality(self.last)


@frozen
class Reading:
    """The state of a list when it was last screened."""

    digest: bytes = field(repr=False)
    rows: int


class Lookup(Protocol):
    """The part of a journal that only reads; a dry run needs no more.

    Raises:
        JournalFailed: the journal cannot be read.
    """

    async def find(self, queries: Sequence[Query]) -> list[Entry | None]:
        """What is known about each of `queries`, in their order."""
        ...


class Journal(Lookup, Protocol):
    """Keeps outcomes durably: once `keep` has returned, its entries survive a crash.

    Raises (every method):
        JournalFailed: the journal cannot be read or written; entries kept before are intact.
    """

    async def keep(self, entries: Sequence[Entry]) -> None:
        """Keep all `entries`, or none. A pending entry never replaces an answer."""
        ...

    async def last_reading(self, place: str) -> Reading | None:
        """The last state of the list at `place`; None: it was never screened with this journal."""
        ...

    async def note_reading(self, place: str, reading: Reading) -> None:
        """Keep the present state of the list at `place`."""
        ...


def worth(outcome: Learned, at: datetime) -> int:
    """How much an outcome tells at the instant `at`: "we don't know" must never replace a known answer.

    An answer that was final for its year tells nothing in the next year.
    """
    match outcome:
        case Answered(answer=answer):
            flexi, student = answer.blocks
            return _is_settled(flexi, answer.asked_at, at) + _is_settled(student, answer.asked_at, at)
        case Rejected(problem=problem):
            return 0 if problem.is_too_early else 2
        case Pending():
            return -1
    assert_never(outcome)


def _is_settled(block: Block, asked_at: datetime, at: datetime) -> bool:
    anew = block.renewed_at(asked_at)
    return block.is_final and (anew is None or at < anew)


class MemoryJournal:
    """A journal in memory, for one process. It passes the same tests as the durable journal."""

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
    """The entry to keep when `new` comes after `before`."""
    if before is None or before.is_pending:
        return new
    if new.is_pending:
        return before
    is_better = worth(new.outcome, new.learned_at) >= worth(before.outcome, new.learned_at)
    return new if is_better else evolve(new, outcome=before.outcome)
