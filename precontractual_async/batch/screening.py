"""Screens candidates for some start dates in one call; gives the results as values, records or a file.

Knows how to combine the pool and the aggregator for a list that fits in memory: numbers, records or a frame.
For longer lists use `verify_many`, and aggregate what you need.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import aclosing
from copy import copy
from datetime import date
from os import PathLike
from pathlib import Path
from typing import cast

from attrs import evolve, field, frozen

from ..journal.port import Journal, MemoryJournal
from ..journal.recheck import RecheckPolicy
from ..model.dates import day_in_brussels
from ..model.errors import Fault, JournalFailed, Reach
from ..model.identifiers import EnterpriseNumber
from ..model.planning import Emptied
from ..model.questions import Candidate, Outcome, Refused
from ..model.tallies import Tallies
from ..tables import Audience, ResultRow, check_results, format_of, results_into
from ..tables.cells import as_text
from ..tables.column_names import distinct
from ..tables.formats.records import Candidates, questions_of
from ..tables.headings import is_own_beside
from ..tables.output import written_whole
from ..tables.questions import Questions
from ..tables.results import result_cells
from ..tables.table import ABSENT
from ..words import check_language
from .aggregate import CitizenResult, ResultAggregator
from .backend import VerificationBackend
from .decisions import decisions
from .intake import Intake, intake_of
from .pool import verify_many


@frozen
class Screening:
    """The results: per citizen, as counts, by employer, and row by row."""

    citizens: tuple[CitizenResult, ...]
    tallies: Tallies
    employers: Mapping[EnterpriseNumber | None, Tallies]
    """The counts for each employer; None: refused rows whose employer is unknown."""
    outcomes: tuple[Outcome, ...]
    """One for each candidate and start date, in the order of the list, and then of `start_dates`."""
    stopped_by: Fault | None
    """What ended the run early; None: all was asked. Rows that the run did not reach are pending."""
    _questions: Questions = field(repr=False, eq=False)
    _today: date = field(repr=False, eq=False)

    def citizens_of(self, employer: EnterpriseNumber) -> tuple[CitizenResult, ...]:
        """`citizens`, but only with the questions for one employer."""
        theirs = (
            evolve(each, dates=tuple(one for one in each.dates if one.caller.employer == employer))
            for each in self.citizens
        )
        return tuple(each for each in theirs if each.dates)

    def raise_for_stop(self) -> None:
        """Return when all was asked.

        Raises:
            Fault: `stopped_by`, when the run ended early.
        """
        if self.stopped_by is not None:
            raise copy(self.stopped_by)  # the original stays without a traceback

    def write(self, path: str | PathLike[str], *, lang: str = "en", kind: str | None = None) -> Path:
        """Write the result to a file, as the command does: the candidates' columns, then `RESULT_COLUMNS`.

        `path`: its suffix selects the format, unless `kind` does: ``csv``, ``jsonl``, ``xlsx``, ``parquet``.
        `lang`: the language of sentences, and in a workbook also of headings and words. The write is atomic,
        and only the owner can read the file, since it holds national numbers. It replaces an existing
        result; but when the run was stopped, the existing result stays, since it may hold more.
        Blocks while it writes.

        Returns:
            The path of the file: `path`, or ``NAME.partial.EXT`` beside a result that stays.

        Raises:
            InvalidList: there is no such format, or the result does not fit into it.
            ValueError: `lang` is none of ``nl``, ``fr``, ``de``, ``en``.
            OSError: the file cannot be written.
        """
        check_language(lang)
        target, questions = Path(path), self._questions
        kind = kind or format_of(target.name)
        check_results(questions.table, questions.added, kind, questions.times)
        with written_whole(target, may_replace=lambda: self.stopped_by is None) as output:
            reader = Audience(lang, questions.columns, self._today)
            results = results_into(output.file, questions.table, questions.added, kind, reader)
            for (row, start_date), outcome in zip(questions.pairs(), self.outcomes, strict=True):
                cells = result_cells(outcome, lang, self._today)
                added = cells | {questions.date_column: as_text(start_date)}
                results.add(ResultRow(row, added, outcome))
            results.finish()
        return cast("Path", output.path)

    def records(self) -> Iterator[dict[str, object]]:
        """The columns of a result, as one plain dict for each of `outcomes`, for a frame.

        First the candidates' own columns; then, when start dates were given, ``start_date`` (or
        ``asked_start_date``); then `RESULT_COLUMNS`. All dicts have the same names, but a record with too
        many names keeps its extra ones. A missing value is None; `student_hours_remaining` is an int. Records
        hold unmasked national numbers: never log them. Text that a spreadsheet would run as a formula is not
        changed: before you write a CSV, see `precontractual_async.tables.formulas.inert`.

        >>> import asyncio
        >>> from precontractual_async import PrecontractualClient, screen
        >>> from precontractual_async.sandbox import Sandbox
        >>> async def main():
        ...     async with Sandbox() as sandbox, PrecontractualClient(sandbox.settings()) as client:
        ...         list_ = [{"name": "Jan", "insz": "07010189902", "start": "1/12/2026"}]
        ...         return await screen(client, list_)
        >>> for record in asyncio.run(main()).records():
        ...     print(record["name"], record["outcome"], record["reason"])
        Jan refused SSIN: the check digits do not fit: a typing mistake?
        """
        questions = self._questions
        added, is_own = questions.added, is_own_beside(questions.added)
        own = [(at, name) for at, name in enumerate(distinct(questions.table.columns)) if is_own(name)]
        for (row, start_date), outcome in zip(questions.pairs(), self.outcomes, strict=True):
            cells: dict[str, object] = {
                **result_cells(outcome, today=self._today),
                questions.date_column: start_date,
            }
            record = {name: None if row.cells[at] is ABSENT else row.cells[at] for at, name in own}
            if isinstance(row.surplus, Mapping):
                record = {name: cell for name, cell in row.surplus.items() if is_own(name)} | record
            yield record | {name: None if (cell := cells.get(name, "")) == "" else cell for name in added}


async def screen(
    client: VerificationBackend,
    candidates: Candidates,
    start_dates: Iterable[object] | date = (),
    *,
    columns: Mapping[str, object] | None = None,
    journal: Journal | None = None,
    due: RecheckPolicy = RecheckPolicy(),  # noqa: B008 (frozen)
    stop: asyncio.Event | None = None,
) -> Screening:
    """Verify every candidate for every start date.

    `candidates`: SSINs in any notation, or `Candidate`s; or records (mappings), a frame of pandas or polars,
    an Arrow table or reader of record batches, or any other Arrow stream (needs pyarrow: extra `frames`).
    Columns are recognised by the names that lists use. `columns` names other columns for the roles `citizen`,
    `start_date`, `represented_enterprise_number` and `type_of_worker`. Dates may be text, `date`s or
    timestamps at midnight; numbers may be floats; each library's own missing values count as missing.

    `start_dates`: in any notation that `read_start_date` reads, or dates of a frame; a single date needs no
    list, such as ``"1/12/2026"``. Without start dates each candidate has its own. A record with more than a
    thousand names beyond those of the first is refused. An outcome's `row` is its index in `outcomes`.
    Duplicates are asked once. `journal`, `due`, `stop`: see `verify_many`.

    An outage, refused credentials or `stop` may end the run early. No outcome is lost: the rows that the run
    did not reach are pending, and `Screening.stopped_by` says why.

    Raises:
        InvalidList: columns of the candidates are missing or ambiguous; the error lists all problems.
    """
    questions = questions_of(candidates, start_dates, columns or {})
    began, stopped_by = client.now(), None
    outcomes: dict[int, Outcome] = {_position(refused): refused for refused in _not_asked(questions)}
    try:
        async with aclosing(
            verify_many(client, _asked(questions), remember=None, journal=journal, due=due, stop=stop)
        ) as stream:
            async for outcome in stream:
                outcomes[_position(outcome)] = outcome
    except Fault as fault:
        if fault.reach is not Reach.CALLER:  # with CALLER every row has its outcome
            stopped_by = copy(fault)  # without its traceback, which would keep every frame alive
    if stopped_by is not None:
        intake = intake_of(client, due, began=began, check_window=True)
        await _add_unasked(outcomes, questions, intake, journal, stopped_by)
    today = day_in_brussels(client.now())
    aggregator = ResultAggregator(today, client.planner().caller)
    for outcome in outcomes.values():
        aggregator.add(outcome)
    ordered = tuple(outcomes[position] for position in sorted(outcomes))
    citizens, tallies, employers = aggregator.citizens(), aggregator.tallies(), aggregator.employers()
    return Screening(citizens, tallies, employers, ordered, stopped_by, questions, today)


async def _add_unasked(
    outcomes: dict[int, Outcome],
    questions: Questions,
    intake: Intake,
    journal: Journal | None,
    stopped_by: Fault,
) -> None:
    """Add outcomes for the rows that a run did not reach; a journal that failed is not read again."""
    lookup = MemoryJournal() if journal is None or isinstance(stopped_by, JournalFailed) else journal
    position = 0
    async for decision in decisions(questions, intake, lookup):
        if position not in outcomes:
            outcomes[position] = evolve(decision.unasked(stopped_by), row=position)
        position += 1


def _not_asked(questions: Questions) -> Iterator[Refused]:
    for position, (row, start_date) in enumerate(questions.pairs()):
        if row.problem is not None:
            employer = Emptied()  # nobody's: it does not count as the caller's own
            yield Refused(Candidate(None, start_date, employer), (row.problem,), position)


def _asked(questions: Questions) -> Iterator[Candidate]:
    for position, pair in enumerate(questions.pairs()):
        if pair[0].problem is None:
            yield evolve(questions.candidate(pair), row=position)


def _position(outcome: Outcome) -> int:
    assert isinstance(outcome.row, int)  # noqa: S101 (every question here got one)
    return outcome.row
