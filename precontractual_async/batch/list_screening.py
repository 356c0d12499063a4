"""The screening of a list: questions from its rows, outcomes back to its rows. For command and console.

Knows that everything goes through a journal, which is in memory when none is given. First all questions are
asked; then the result is written from the journal, in the order of the list. Neither step holds the
whole list in memory.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from datetime import datetime, timedelta
from typing import Final

from attrs import define, evolve, field

from ..journal.port import Journal, MemoryJournal
from ..journal.recheck import RecheckPolicy
from ..model.dates import day_in_brussels, midnight
from ..model.errors import Fault, Interrupted, Move
from ..model.moves import first_to_move, outcome_word
from ..model.questions import Candidate, Deferred, Outcome, Pending, Query, Refused, Rejected
from ..model.tallies import Tally
from ..tables import ResultRow, Results
from ..tables.column_names import listed
from ..tables.columns import column_of
from ..tables.questions import Questions
from ..tables.results import result_cells
from ..tables.table import Row
from .backend import VerificationBackend
from .changes import Changes
from .decisions import Decision, decisions
from .exits import COMPLETE, GATEWAY_UNAVAILABLE, ROWS_PENDING, SIGNALLED, BatchExit
from .intake import Intake, intake_of
from .pool import verify_many
from .progress import Progress, ProgressSnapshot

_SHOWN: Final = 2
"""The most refused lines that the summary describes one by one."""

_BETWEEN_RUNS: Final = timedelta(minutes=15)
"""The shortest pause of a scheduler before it asks answered questions again: each call is a consultation."""

_AGAIN: Final = re.compile(r"Run it again[^;]*\.")


@define
class Screening:
    """One list and its screening."""

    questions: Questions
    journal: Journal
    due: RecheckPolicy = field(factory=RecheckPolicy)
    check_window: bool = True
    language: str = "en"
    """The language of the sentences in the result."""
    stopped_by: Fault | None = None
    signalled: int | None = None
    tally: Tally = field(factory=Tally)
    waiting: Counter[Move | None] = field(factory=Counter)
    """Counts every row of the result once, by whose move is first; None: the row is complete."""
    refusals: dict[int, str] = field(factory=dict)
    """What is wrong with the first rows that must be corrected, by line number."""
    refused_lines: int = 0
    """The number of all refused lines; with several start dates a line still counts once."""
    still_due: int = 0
    """Rows of the result that should have been asked and could not be."""
    due_again: datetime | None = None
    """When the first question that is settled for now is due again; None: never."""
    known: Counter[type[Outcome]] = field(factory=Counter)
    """Rows whose outcome became known during the asking, whether or not a result is written."""
    seconds: float = 0.0
    """The duration of the asking."""
    may_replace: bool = False
    """Whether the journal holds all answers of the last result, so that the result may always be replaced."""
    known_beside: frozenset[bytes] = frozenset()
    """The digests of results that were written beside older ones; all their answers are in the journal."""
    changes: Changes | None = None
    """Gets each row to find what changed; None: nobody asked for changes."""
    is_written: bool = False
    """Whether the whole result is written; set by the caller that opened the file."""
    is_beside: bool = False
    """Whether an older result was kept, and this one was written beside it."""
    calls: int = 0
    """Calls sent so far, including retries; earlier calls of the same client are not counted."""
    retries: int = 0
    _began: datetime | None = None
    _exit: BatchExit = field(factory=BatchExit)
    _stop: asyncio.Event = field(factory=asyncio.Event)
    _asking: asyncio.Task[None] | None = None
    _last_refused: int = 0

    @property
    def total(self) -> int:
        """The number of rows of the result."""
        return self.questions.total

    @property
    def exit_code(self) -> int:
        """The exit code of the process."""
        if self.signalled is not None:
            return SIGNALLED + self.signalled
        return self._exit.code(self.stopped_by, self.still_due)

    @property
    def is_worth_more(self) -> bool:
        """Whether the result may replace an older result: a failed run may know less."""
        return self.may_replace or self.exit_code in (COMPLETE, ROWS_PENDING)

    @property
    def reason(self) -> Fault | None:
        """What ended the run, or else why the run learned nothing; None: neither happened."""
        fault = self.stopped_by
        if fault is None and self.exit_code == GATEWAY_UNAVAILABLE:
            fault = self._exit.first_fault
        return None if fault is None else self._truly(fault)

    @property
    def unanswered(self) -> int:
        """Rows that should have been asked and could not be, also when no result is written."""
        if self.is_written:
            return self.still_due
        return self.total - self.known.total() + self.known[Pending]

    def next_due(self, now: datetime) -> datetime | None:
        """When the next run makes sense, at `now` or later; None: never, or not before a person has
        corrected what ended this run.
        """
        if not self.unanswered:
            return None if self.due_again is None else max(self.due_again, now + _BETWEEN_RUNS)
        fault = self.reason
        if fault is None:
            return now
        return now + timedelta(seconds=fault.retry_after or 0.0) if fault.move is Move.LATER else None

    # --- asking

    async def ask(
        self, client: VerificationBackend, progress: Progress, seen: Callable[[Outcome], None] | None = None
    ) -> None:
        """Ask what is due; when an error ends this early, the known answers are kept.

        `seen` gets each outcome as it becomes known, with the `Row` of the list as its `row`.
        """
        self._asking = asyncio.current_task()
        self._began = client.now()
        with progress, self._watched(client, progress):
            try:
                await self._ask(client, seen)
            except Fault as fault:
                self.stopped_by = fault
            except asyncio.CancelledError:
                if self.signalled is None:
                    raise
                self.stopped_by = Interrupted("the run was asked to stop")
            finally:
                self._asking = None

    @contextmanager
    def _watched(self, client: VerificationBackend, progress: Progress) -> Iterator[None]:
        """Let `progress` show snapshots at intervals and at the end, without a cost for each row."""
        clock = asyncio.get_running_loop().time
        began, before = clock(), client.statistics()
        calls, retries = before.requests - before.token_requests, before.retries

        def show() -> None:
            done = client.statistics()
            self.calls = done.requests - done.token_requests - calls
            self.retries = done.retries - retries
            self.seconds = clock() - began
            progress.show(self._snapshot(client, clock()))

        watching = asyncio.create_task(_repeated(show, progress.every), name="precontractual-progress")
        try:
            yield
        finally:
            watching.cancel()
            show()

    def _snapshot(self, client: VerificationBackend, at: float) -> ProgressSnapshot:
        tempo = client.throughput()
        return ProgressSnapshot(
            at,
            rows={outcome_word(kind): count for kind, count in self.known.items()},
            calls=self.calls,
            retries=self.retries,
            rate=client.settings.rate,
            allowed=tempo.allowed,
            waits=tempo.waits,
            is_ending=self._asking is None or self.signalled is not None,
        )

    def again(self, questions: Questions, language: str) -> Screening:
        """The same run, whose result can be written once more, with `questions` that read the same list."""
        return evolve(
            self,
            questions=questions,
            language=language,
            changes=None,  # they are told once
            tally=Tally(),
            waiting=Counter(),
            refusals={},
            refused_lines=0,
            still_due=0,
            due_again=None,
            exit=BatchExit(),
            last_refused=0,
        )

    async def _ask(self, client: VerificationBackend, seen: Callable[[Outcome], None] | None) -> None:
        stream = verify_many(
            client,
            self._candidates(with_rows=seen is not None),  # which cost a copy of each outcome
            journal=self.journal,
            due=self.due,
            check_window=self.check_window,
            stop=self._stop,
        )
        async with aclosing(stream):
            async for outcome in stream:
                self.known[type(outcome)] += 1
                if seen is not None:
                    seen(outcome)

    def _candidates(self, *, with_rows: bool) -> Iterator[Candidate]:
        """The rows that can be asked; the others are counted as known here."""
        for pair in self.questions.pairs():
            if pair[0].problem is None:
                yield self.questions.candidate(pair, pair[0] if with_rows else None)
            else:
                self.known[Refused] += 1

    def stop(self, number: int) -> bool:
        """End new questions; when called again, end calls under way too, unless the asking has already ended.

        `number`: the number of the signal. Returns whether calls under way may still end.
        """
        if self._asking is None:
            return False
        if self.signalled is None:
            self.signalled = number
            self._stop.set()
            return True
        asking, self._asking = self._asking, None
        asking.cancel()
        return False

    # --- writing

    async def write(
        self,
        client: VerificationBackend,
        results: Results,
        seen: Callable[[Outcome], None] | None = None,
        questions: Questions | None = None,
    ) -> None:
        """Write every row with its outcome, in the order of the list; `seen` gets each outcome.

        `questions`: a part of them; then each part must be written once.
        """
        questions = questions or self.questions
        began = self._began or client.now()
        intake = intake_of(client, self.due, began=began, check_window=self.check_window)
        date_column = questions.date_column
        self.tally.today = today = day_in_brussels(client.now())
        async for decision in decisions(questions, intake, self.journal):
            row, outcome = decision.row, self._outcome(intake, decision)
            self._exit.see(outcome)
            if isinstance(outcome, Pending):
                outcome = Pending(outcome.query, self._truly(outcome.fault), outcome.row)
            self.tally.add(outcome)
            self.waiting[first_to_move(outcome, today)] += 1
            self._note_refusal(row, outcome)
            if seen is not None:
                seen(outcome)
            if self.changes is not None:
                await self.changes.add(decision, outcome)
            cells = result_cells(outcome, self.language, today)
            told = cells | {date_column: str(decision.start_date or "")}
            results.add(ResultRow(row, told, outcome))
        results.finish()

    def _outcome(self, intake: Intake, decision: Decision) -> Outcome:
        decided, entry = decision.decided, decision.entry
        if isinstance(decided, Query):
            self.still_due += 1
        elif isinstance(decided, Deferred):
            self._note_due(midnight(decided.opens_on))
        elif entry is not None and not entry.is_pending:
            self._note_due(intake.due_again(entry))
        return decision.unasked(self.stopped_by, is_whole=self.stopped_by is None and self.signalled is None)

    def _truly(self, fault: Fault) -> Fault:
        """The fault; if no journal keeps the answers, the next step says what another run would do."""
        if not isinstance(self.journal, MemoryJournal) or not _AGAIN.fullmatch(fault.next_step):
            return fault
        told = Fault(
            fault.diagnosis,
            "Run it again later; without --journal it asks everybody again and replaces the result.",
            retry_after=fault.retry_after,
            trace_id=fault.trace_id,
        )
        told.reach = fault.reach
        return told

    def _note_due(self, at: datetime | None) -> None:
        if at is not None and (self.due_again is None or at < self.due_again):
            self.due_again = at

    def _note_refusal(self, row: Row, outcome: Outcome) -> None:
        if row.number == self._last_refused or not (complaints := _to_correct(outcome)):
            return
        self._last_refused = row.number
        self.refused_lines += 1
        if self.refused_lines <= _SHOWN:
            self.refusals[row.number] = "; ".join(map(self._with_column, complaints))

    def _with_column(self, violation: str) -> str:
        """A violation with the name of its column."""
        position = column_of(violation, self.questions.columns)
        if position is None:
            return violation
        return f"column {listed((self.questions.table.columns[position],))}, {violation}"


def _to_correct(outcome: Outcome) -> Sequence[str]:
    """What is wrong with the row itself, found by us or by the gateway."""
    if isinstance(outcome, Refused):
        return outcome.violations
    if isinstance(outcome, Rejected) and not outcome.problem.is_too_early:
        return [reason for reason, _ in outcome.problem.complaints(is_quoted=False)]
    return ()


async def _repeated(act: Callable[[], None], every: float) -> None:
    while True:
        act()
        await asyncio.sleep(every)
