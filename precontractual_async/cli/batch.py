"""A list screened: questions from its rows, outcomes back to its rows, a summary. Used by screen and demo."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from itertools import islice

from attrs import define, field

from ..batch.aggregate import ResultAggregator
from ..batch.pool import verify_many
from ..client import PrecontractualClient
from ..errors import Fault
from ..model import Candidate, Outcome, Refused
from ..tables.columns import Columns
from ..tables.results import RESULT_COLUMNS, result_cells
from ..tables.table import ABSENT, ResultRow, Row, Table
from .console import Progress, say
from .exits import SIGNALLED, batch_exit_code
from .signals import on_signals

_NOT_REACHED = {
    "outcome": "pending",
    "reason": "not asked yet: the run stopped before",
    "next_step": "Run it again; nothing is lost.",
}


@define
class Screening:
    """A table on its way through the gateway."""

    table: Table
    columns: Columns
    start_dates: tuple[str, ...] = ()
    type_of_worker: str | None = None
    check_window: bool = True
    outcomes: dict[int, Outcome] = field(factory=dict)
    aggregator: ResultAggregator = field(factory=ResultAggregator)
    stopped_by: Fault | None = None
    signalled: int | None = None
    _asking: asyncio.Task[None] | None = None

    @property
    def total(self) -> int:
        """Rows of the result."""
        return len(self.table.rows) * max(1, len(self.start_dates))

    async def run(self, client: PrecontractualClient, progress: Progress) -> None:
        """Ask everything; whatever ends it early, what is known stays known."""
        self._refuse_unreadable_rows()
        self._asking = asyncio.current_task()
        with progress, on_signals(self._stop):
            try:
                await self._ask(client, progress)
            except Fault as fault:
                self.stopped_by = fault
            except asyncio.CancelledError:
                if self.signalled is None:
                    raise
            finally:
                self._asking = None

    def results(self) -> tuple[tuple[str, ...], list[ResultRow]]:
        """The added columns, and the rows with them, in the list's own order."""
        name = "asked_start_date" if "start_date" in self.table.columns else "start_date"
        added = (name, *RESULT_COLUMNS) if self.start_dates else RESULT_COLUMNS
        rows = []
        for position, (row, start_date) in enumerate(self._pairs()):
            outcome = self.outcomes.get(position)
            cells = dict(_NOT_REACHED) if outcome is None else result_cells(outcome)
            rows.append(ResultRow(row, cells | {name: str(start_date or "")}))
        return added, rows

    @property
    def exit_code(self) -> int:
        """What the process tells whoever started it."""
        if self.signalled is not None:
            return SIGNALLED + self.signalled
        return batch_exit_code(self.outcomes.values(), self.stopped_by)

    def tallies(self) -> Mapping[str, int]:
        """Rows by outcome; those that were not reached are pending."""
        counts = dict(self.aggregator.tallies().outcomes)
        if missing := self.total - len(self.outcomes):
            counts["pending"] = counts.get("pending", 0) + missing
        return counts

    def refusals(self, most: int) -> Iterator[str]:
        """The first refused rows, by line and column name, without their content."""
        told: dict[int, str] = {}
        for position, (row, _) in enumerate(self._pairs()):
            outcome = self.outcomes.get(position)
            if isinstance(outcome, Refused):
                told.setdefault(row.number, "; ".join(map(self._with_column, outcome.violations)))
        yield from (f"line {number}: {text}" for number, text in islice(told.items(), most))

    def _with_column(self, violation: str) -> str:
        """A violation with the name of the column it is about."""
        about = {
            "SSIN": self.columns.citizen,
            "start date": self.columns.start_date,
            "represented enterprise number": self.columns.represented_enterprise_number,
            "type of worker": self.columns.type_of_worker,
        }
        position = about.get(violation.partition(":")[0])
        return violation if position is None else f"column {self.table.columns[position]!r}, {violation}"

    async def _ask(self, client: PrecontractualClient, progress: Progress) -> None:
        questions = (
            self._candidate(position, row, start_date)
            for position, (row, start_date) in enumerate(self._pairs())
            if row.problem is None
        )
        stream = verify_many(client, questions, remember=None, check_window=self.check_window)
        async with aclosing(stream):
            async for outcome in stream:
                self._note(outcome)
                done = client.statistics()
                progress.show(len(self.outcomes), f"{done.requests} calls, {done.retries} retries")

    def _note(self, outcome: Outcome) -> None:
        assert isinstance(outcome.row, int)  # noqa: S101 (every question here got one)
        self.outcomes[outcome.row] = outcome
        self.aggregator.add(outcome)

    def _pairs(self) -> Iterator[tuple[Row, object]]:
        for row in self.table.rows:
            for start_date in self.start_dates or (None,):
                yield row, start_date

    def _candidate(self, position: int, row: Row, start_date: object) -> Candidate:
        columns = self.columns
        return Candidate(
            citizen=_cell(row, columns.citizen),
            start_date=start_date or _cell(row, columns.start_date),
            represented_enterprise_number=_cell(row, columns.represented_enterprise_number),
            type_of_worker=_filled(_cell(row, columns.type_of_worker)) or self.type_of_worker,
            row=position,
        )

    def _refuse_unreadable_rows(self) -> None:
        for position, (row, start_date) in enumerate(self._pairs()):
            if row.problem is not None:
                self._note(Refused(Candidate(None, start_date), (row.problem,), position))

    def _stop(self, number: int) -> None:
        """The first signal ends the questions instead of the process; one that comes too late, nothing."""
        if self._asking is not None and self.signalled is None:
            self.signalled = number
            say("stopping: what is known is written")
            self._asking.cancel()


def _cell(row: Row, position: int | None) -> object:
    cell = None if position is None else row.cells[position]
    return None if cell is ABSENT else cell


def _filled(cell: object) -> object:
    """The cell unless it is blank: a blank one would ask for more than the option allows."""
    return None if isinstance(cell, str) and not cell.strip() else cell


def facts(screening: Screening, client: PrecontractualClient) -> dict[str, object]:
    """The summary for a machine: the same counts, by the words of the result."""
    tallies, done, fault = screening.aggregator.tallies(), client.statistics(), screening.stopped_by
    return {
        "rows": dict(screening.tallies()),
        "flexi": {status.value: count for status, count in tallies.flexi.items()},
        "student": {status.value: count for status, count in tallies.student.items()},
        "moves": {move.value: count for move, count in tallies.moves.items()},
        "calls": done.requests - done.token_requests,
        "retries": done.retries,
        "token_requests": done.token_requests,
        "pauses": done.pauses,
        "stopped": None if fault is None else {"diagnosis": fault.diagnosis, "next_step": fault.next_step},
    }


def summary(screening: Screening, client: PrecontractualClient) -> Iterator[str]:
    """What became of the list, and what to do next."""
    tallies, done = screening.aggregator.tallies(), client.statistics()
    yield "rows: " + _counted(screening.tallies())
    if tallies.flexi:
        yield "flexi: " + _counted({status.value: count for status, count in tallies.flexi.items()})
        yield "student: " + _counted({status.value: count for status, count in tallies.student.items()})
    yield (
        f"calls: {done.requests - done.token_requests} ({done.retries} of them retries), "
        f"{done.token_requests} tokens, {done.pauses} pauses"
    )
    for move, text in _MOVES.items():
        if count := {each.value: number for each, number in tallies.moves.items()}.get(move):
            yield f"  -> {count} rows: {text}"
    yield from (f"  refused, {each}" for each in screening.refusals(most=5))
    if screening.stopped_by is not None:
        yield f"stopped: {screening.stopped_by.diagnosis}"
        yield f"  -> {screening.stopped_by.next_step}"


_MOVES = {
    "employer": "correct them (column reason)",
    "citizen": "have the citizen give the mandate, then run it again",
    "operator": "look at them (column next_step)",
    "later": "run it again later",
    "nobody": "final: nothing more to ask",
}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items(), key=lambda item: -item[1]))
