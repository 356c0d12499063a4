"""Journals for tests: the durable one without its thread, so that virtual time does not run away from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from attrs import define, evolve

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Description,
    EnterpriseNumber,
    Entry,
    FlexiJob,
    Issue,
    Labels,
    Pending,
    Problem,
    Query,
    Rejected,
    ServerError,
    Ssin,
    Status,
    StudentJob,
)
from precontractual_async.journal.list_snapshots import ListSnapshots
from precontractual_async.journal.port import Reading
from precontractual_async.journal.store import Store

from .numbers import CITIZEN, ENTERPRISE

_T = TypeVar("_T")

KEY = bytes(range(32))
AT = datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=UTC)
QUERY = Query(Ssin.parse(CITIZEN), date(2026, 12, 1), Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE)))
DISCLAIMER = Description(("disclaimer",), None, Labels({"nl": "<i>voorbehoud</i>", "fr": "<i>réserve</i>"}))


def query_for(digits: str) -> Query:
    return evolve(QUERY, citizen=Ssin.parse(digits))


def answered(
    query: Query = QUERY,
    flexi: Status = Status.OK,
    student: Status = Status.NOK,
    *,
    at: datetime = AT,
    trace: str = "trace",
) -> Answered:
    """An answer with everything in it that an answer can have."""
    reference = query.citizen.digits + "0112202612"
    blocks = (
        FlexiJob(flexi, (flexi.value,), reference, (DISCLAIMER,), ("odd",)),
        StudentJob(student, (student.value,), reference, (DISCLAIMER,), (), 475),
    )
    return Answered(query, Answer(*blocks, reference, at, trace))


def rejected(query: Query = QUERY) -> Rejected:
    return Rejected(query, Problem(400, title="Bad Request"))


TOO_EARLY = Issue("startDate", "StartDate should fall within the permitted time frame")


def too_early(query: Query = QUERY) -> Rejected:
    return Rejected(query, Problem(400, issues=(TOO_EARLY,)))


def pending(query: Query = QUERY) -> Pending:
    return Pending(query, ServerError("the gateway answered 500", status=500))


def entry(outcome: Answered | Rejected | Pending, at: datetime = AT) -> Entry:
    return Entry.of(outcome, at)


@define
class InlineJournal:
    """A `Store` behind the port; `before_keep` can make it fail, `delay` makes its disk slow."""

    store: Store
    before_keep: Callable[[], None] = lambda: None
    delay: float = 0.0

    @classmethod
    def at(cls, path: Path, delay: float = 0.0) -> InlineJournal:
        return cls(Store(path, KEY), delay=delay)

    async def find(self, queries: Sequence[Query]) -> list[Entry | None]:
        return self.store.find(queries)

    async def keep(self, entries: Sequence[Entry]) -> None:
        self.before_keep()
        await asyncio.sleep(self.delay)
        self.store.keep(entries)

    async def past(self, queries: Sequence[Query]) -> list[list[Entry]]:
        return self.store.past(queries)

    async def with_lists(self, work: Callable[[ListSnapshots], _T]) -> _T:
        return work(self.store.lists)

    async def last_reading(self, place: str) -> Reading | None:
        return self.store.last_reading(place)

    async def note_reading(self, place: str, reading: Reading) -> None:
        self.store.note_reading(place, reading)
