"""A list screened: questions from its rows, outcomes back to its rows. Used by screen and demo.

Knows that everything goes through a journal, which lives in memory when none is given: first all is asked,
then the result is written from what the journal holds, in the list's own order. Neither needs the list
whole.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime, time
from typing import Final

from attrs import define, field

from ..batch.aggregate import Tally, outcome_moves
from ..batch.decisions import Decision, decisions
from ..batch.intake import Intake, intake_of
from ..batch.pool import verify_many
from ..client import PrecontractualClient
from ..errors import Fault, Move
from ..journal.due import DuePolicy, Standing
from ..journal.port import Journal
from ..model import Deferred, Outcome, Pending, Query, Refused
from ..tables import ResultRow, Results
from ..tables.names import listed
from ..tables.questions import Questions
from ..tables.results import result_cells
from ..tables.table import Row
from ..window import BRUSSELS
from .console import Progress, say
from .exits import SIGNALLED, BatchExit
from .signals import on_signals

_SHOWN: Final = 5
"""Refused lines that are told one by one."""

_FIRST_TO_MOVE: Final = (Move.OPERATOR, Move.EMPLOYER, Move.CITIZEN, Move.LATER, Move.NOBODY)
"""When a row waits for several: who comes first."""


@define
class Screening:
    """A list on its way through the gateway."""

    questions: Questions
    journal: Journal
    due: DuePolicy = field(factory=DuePolicy)
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
        return self.questions.total

    @property
    def exit_code(self) -> int:
        """What the process tells whoever started it."""
        if self.signalled is not None:
            return SIGNALLED + self.signalled
        return self._exit.code(self.stopped_by, self.still_due)

    # --- asking

    async def ask(self, client: PrecontractualClient, progress: Progress) -> None:
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

    async def _ask(self, client: PrecontractualClient, progress: Progress) -> None:
        questions = self.questions
        stream = verify_many(
            client,
            (questions.candidate(pair) for pair in questions.pairs() if pair[0].problem is None),
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

    async def write(
        self, client: PrecontractualClient, results: Results, seen: Callable[[Outcome], None] | None = None
    ) -> None:
        """Every row with what became of it, in the list's own order; `seen` is told each outcome."""
        began = self._began or client.now()
        intake = intake_of(client, self.due, began=began, check_window=self.check_window)
        date_column = self.questions.date_column
        async for decision in decisions(self.questions, intake, self.journal):
            row, outcome = decision.row, self._outcome(intake, decision)
            self.tally.add(outcome)
            self.waiting[_first_to_move(outcome)] += 1
            self._exit.see(outcome)
            self._note_refusal(row, outcome)
            if seen is not None:
                seen(outcome)
            results.add(ResultRow(row, result_cells(outcome) | {date_column: str(decision.start_date or "")}))
        results.finish()

    def _outcome(self, intake: Intake, decision: Decision) -> Outcome:
        decided, query, entry = decision.decided, decision.query, decision.entry
        if isinstance(decided, Query):
            self.still_due += 1
            return Pending(decided, _not_reached()) if entry is None else entry.outcome
        if isinstance(decided, Deferred):
            self._note_due(datetime.combine(decided.opens_on, time.min, BRUSSELS))
        elif query is not None and entry is not None and entry.standing is not Standing.PENDING:
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
        columns = self.questions.columns
        about = {
            "SSIN": columns.citizen,
            "start date": columns.start_date,
            "represented enterprise number": columns.represented_enterprise_number,
            "type of worker": columns.type_of_worker,
        }
        position = about.get(violation.partition(":")[0])
        if position is None:
            return violation
        return f"column {listed((self.questions.table.columns[position],))}, {violation}"


def _first_to_move(outcome: Outcome) -> Move | None:
    moves = outcome_moves(outcome)
    return next((move for move in _FIRST_TO_MOVE if move in moves), None)


def _not_reached() -> Fault:
    return Fault("the run stopped before", "Run it again; nothing is lost.")
