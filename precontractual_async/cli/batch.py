"""A list screened: questions from its rows, outcomes back to its rows. Used by screen and demo.

Knows that everything goes through a journal, which lives in memory when none is given: first all is asked,
then the result is written from what the journal holds, in the list's own order. Neither needs the list
whole.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from datetime import datetime, time
from typing import Final

from attrs import define, field

from ..batch.aggregate import Tally, outcome_moves
from ..batch.asker import Asker
from ..batch.intake import Intake, intake_of
from ..batch.pool import verify_many
from ..errors import Fault, Move
from ..journal.due import DuePolicy, Standing
from ..journal.port import Entry, Journal
from ..model import Candidate, Deferred, Outcome, Pending, Query, Refused
from ..tables import ResultRow, Results, Table
from ..tables.columns import Columns
from ..tables.names import is_none_of, listed
from ..tables.results import RESULT_COLUMNS, result_cells
from ..tables.table import ABSENT, Row
from ..window import BRUSSELS
from .console import Progress, say
from .exits import SIGNALLED, BatchExit
from .signals import on_signals

_AT_ONCE: Final = 500
"""Rows that are looked up together when the result is written."""
_MOST_CELLS: Final = 50_000
"""Cells of them: a row that is very long does not wait for 499 others like it."""

_SHOWN: Final = 5
"""Refused lines that are told one by one."""

_FIRST_TO_MOVE: Final = (Move.OPERATOR, Move.EMPLOYER, Move.CITIZEN, Move.LATER, Move.NOBODY)
"""When a row waits for several: who comes first."""

_Pair = tuple[Row, object]


@define
class Screening:
    """A table on its way through the gateway."""

    table: Table
    columns: Columns
    journal: Journal
    due: DuePolicy = field(factory=DuePolicy)
    start_dates: tuple[str, ...] = ()
    type_of_worker: str | None = None
    check_window: bool = True
    stopped_by: Fault | None = None
    signalled: int | None = None
    tally: Tally = field(factory=Tally)
    waiting: Counter[Move | None] = field(factory=Counter)
    """Every row of the result once, by whose move is first; None: it is complete, all of it ok or nok."""
    refusals: dict[int, str] = field(factory=dict)
    """The first refused rows: what is wrong, by line."""
    refused_lines: int = 0
    """All of them; over several start dates a line counts once."""
    still_due: int = 0
    """Rows that were to be asked and could not be."""
    next_due: datetime | None = None
    """When the next run has something to ask of what is settled for now; None: never."""
    _began: datetime | None = None
    _exit: BatchExit = field(factory=BatchExit)
    _stop: asyncio.Event = field(factory=asyncio.Event)
    _asking: asyncio.Task[None] | None = None
    _last_refused: int = 0

    @property
    def total(self) -> int:
        """Rows of the result."""
        return self.table.count * max(1, len(self.start_dates))

    @property
    def exit_code(self) -> int:
        """What the process tells whoever started it."""
        if self.signalled is not None:
            return SIGNALLED + self.signalled
        return self._exit.code(self.stopped_by, self.still_due)

    # --- asking

    async def ask(self, client: Asker, progress: Progress) -> None:
        """Ask what is due; whatever ends it early, what is known stays known."""
        self._asking = asyncio.current_task()
        self._began = client.now()
        with progress, on_signals(self._heard):
            try:
                await self._ask(client, progress)
            except Fault as fault:
                self.stopped_by = fault
            except asyncio.CancelledError:
                if self.signalled is None:
                    raise
            finally:
                self._asking = None

    async def _ask(self, client: Asker, progress: Progress) -> None:
        stream = verify_many(
            client,
            (self._candidate(pair) for pair in self._pairs() if pair[0].problem is None),
            journal=self.journal,
            due=self.due,
            check_window=self.check_window,
            stop=self._stop,
        )
        async with aclosing(stream):
            count = 0
            async for _ in stream:
                count += 1
                done = client.statistics()
                progress.show(count, f"calls: {done.requests}, retries: {done.retries}")

    def _heard(self, number: int) -> None:
        """The first signal ends the questions, the second what is under way; after that it is too late."""
        if self._asking is None:
            return
        if self.signalled is None:
            self.signalled = number
            self._stop.set()
            say("stopping: what is under way may end; once more to stop at once")
        else:
            asking, self._asking = self._asking, None
            asking.cancel()

    # --- writing

    @property
    def added(self) -> tuple[str, ...]:
        """The columns behind the list's own."""
        return (self._date_column, *RESULT_COLUMNS) if self.start_dates else RESULT_COLUMNS

    async def write(
        self, client: Asker, results: Results, seen: Callable[[Outcome], None] | None = None
    ) -> None:
        """Every row with what became of it, in the list's own order; `seen` is told each outcome."""
        began = self._began or client.now()
        intake = intake_of(client, self.due, began=began, check_window=self.check_window)
        date_column = self._date_column
        async for pair, outcome in self._outcomes(intake):
            self.tally.add(outcome)
            self.waiting[_first_to_move(outcome)] += 1
            self._exit.see(outcome)
            self._note_refusal(pair[0], outcome)
            if seen is not None:
                seen(outcome)
            results.add(ResultRow(pair[0], result_cells(outcome) | {date_column: str(pair[1] or "")}))
        results.finish()

    async def _outcomes(self, intake: Intake) -> AsyncIterator[tuple[_Pair, Outcome]]:
        for some in _in_groups(self._pairs()):
            understood = [self._understood(intake, pair) for pair in some]
            queries = [each for each in understood if isinstance(each, Query)]
            entries = iter(await self.journal.find(queries))
            for pair, query in zip(some, understood, strict=True):
                if isinstance(query, Query):
                    yield pair, self._outcome(intake, self._candidate(pair), query, next(entries))
                else:
                    yield pair, query

    def _understood(self, intake: Intake, pair: _Pair) -> Query | Refused:
        row, start_date = pair
        if row.problem is not None:
            return Refused(Candidate(None, start_date), (row.problem,))
        return intake.understood(self._candidate(pair))

    def _outcome(self, intake: Intake, candidate: Candidate, query: Query, entry: Entry | None) -> Outcome:
        decided = intake.decide(candidate, query, entry)
        if isinstance(decided, Query):
            self.still_due += 1
            return Pending(query, _not_reached()) if entry is None else entry.outcome
        if isinstance(decided, Deferred):
            self._note_due(datetime.combine(decided.opens_on, time.min, BRUSSELS))
        elif entry is not None and entry.standing is not Standing.PENDING:
            self._note_due(intake.due_again(query, entry))
        return decided

    def _note_due(self, at: datetime | None) -> None:
        if at is not None and (self.next_due is None or at < self.next_due):
            self.next_due = at

    def _note_refusal(self, row: Row, outcome: Outcome) -> None:
        if not isinstance(outcome, Refused) or row.number == self._last_refused:
            return
        self._last_refused = row.number
        self.refused_lines += 1
        if self.refused_lines <= _SHOWN:
            self.refusals[row.number] = "; ".join(map(self._with_column, outcome.violations))

    def _with_column(self, violation: str) -> str:
        """A violation with the name of the column it is about."""
        about = {
            "SSIN": self.columns.citizen,
            "start date": self.columns.start_date,
            "represented enterprise number": self.columns.represented_enterprise_number,
            "type of worker": self.columns.type_of_worker,
        }
        position = about.get(violation.partition(":")[0])
        if position is None:
            return violation
        return f"column {listed((self.table.columns[position],))}, {violation}"

    # --- rows

    @property
    def _date_column(self) -> str:
        """One that the list has not: its own start dates stay."""
        is_free = is_none_of(self.table.columns)("start_date")
        return "start_date" if is_free else "asked_start_date"

    def _pairs(self) -> Iterator[_Pair]:
        for row in self.table.rows():
            for start_date in self.start_dates or (None,):
                yield row, start_date

    def _candidate(self, pair: _Pair) -> Candidate:
        row, start_date = pair
        columns = self.columns
        return Candidate(
            citizen=_cell(row, columns.citizen),
            start_date=start_date or _cell(row, columns.start_date),
            represented_enterprise_number=_cell(row, columns.represented_enterprise_number),
            type_of_worker=_filled(_cell(row, columns.type_of_worker)) or self.type_of_worker,
        )


def _first_to_move(outcome: Outcome) -> Move | None:
    moves = outcome_moves(outcome)
    return next((move for move in _FIRST_TO_MOVE if move in moves), None)


def _not_reached() -> Fault:
    return Fault("the run stopped before", "Run it again; nothing is lost.")


def _in_groups(pairs: Iterable[_Pair]) -> Iterator[list[_Pair]]:
    """Some at a time, so that neither many rows nor long ones are ever held together."""
    group: list[_Pair] = []
    cells = 0
    for pair in pairs:
        group.append(pair)
        cells += len(pair[0].cells) + len(pair[0].surplus)
        if len(group) >= _AT_ONCE or cells >= _MOST_CELLS:
            yield group
            group, cells = [], 0
    if group:
        yield group


def _cell(row: Row, position: int | None) -> object:
    cell = None if position is None else row.cells[position]
    return None if cell is ABSENT else cell


def _filled(cell: object) -> object:
    """The cell unless it is blank: a blank one would ask for more than the option allows."""
    return None if isinstance(cell, str) and not cell.strip() else cell
