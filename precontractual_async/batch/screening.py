"""Candidates and a few start dates, screened in one call; the results as values, or as records again.

Knows how to put the pool and the aggregator together for a list that fits in memory, from numbers, records
or a frame. For longer lists use `verify_many` and fold what you need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import aclosing
from datetime import date

from attrs import evolve, field, frozen

from ..errors import Fault, Reach
from ..journal.due import DuePolicy
from ..journal.port import Journal
from ..model import Candidate, Outcome, Refused
from ..tables.names import distinct, is_none_of
from ..tables.questions import Questions
from ..tables.records import Candidates, questions_of
from ..tables.results import result_cells
from ..tables.table import ABSENT
from .aggregate import CitizenResult, ResultAggregator, Tallies
from .asker import Asker
from .pool import verify_many


@frozen
class Screening:
    """What came out: per citizen, in counts, and row by row."""

    citizens: tuple[CitizenResult, ...]
    tallies: Tallies
    outcomes: tuple[Outcome, ...]
    """One for each candidate and start date, in the order of the list, then of the dates."""
    _questions: Questions = field(repr=False, eq=False)

    def records(self) -> Iterator[dict[str, object]]:
        """The columns of a result, as one plain dict for each of `outcomes`, for a frame.

        The candidates' own columns, then, with start dates given, ``start_date`` (or ``asked_start_date``),
        then `RESULT_COLUMNS`. All have the same names, but for what a record with too many has beyond them;
        what is missing is None, `student_hours_remaining` an int. They hold national numbers in the clear:
        they are for the result, never for a log. They are data: also what a spreadsheet would run as a
        formula stays as it is. For a CSV that one opens see `precontractual_async.tables.formulas.inert`.

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
        added, is_own = questions.added, is_none_of(questions.added)
        own = [(at, name) for at, name in enumerate(distinct(questions.table.columns)) if is_own(name)]
        for (row, start_date), outcome in zip(questions.pairs(), self.outcomes, strict=True):
            cells: dict[str, object] = {**result_cells(outcome), questions.date_column: start_date}
            record = {name: None if row.cells[at] is ABSENT else row.cells[at] for at, name in own}
            if isinstance(row.surplus, Mapping):
                record = {name: cell for name, cell in row.surplus.items() if is_own(name)} | record
            yield record | {name: None if (cell := cells.get(name, "")) == "" else cell for name in added}


async def screen(
    client: Asker,
    candidates: Candidates,
    start_dates: Iterable[object] | date = (),
    *,
    columns: Mapping[str, object] | None = None,
    journal: Journal | None = None,
    due: DuePolicy = DuePolicy(),  # noqa: B008 (frozen)
) -> Screening:
    """Verify every candidate for every start date.

    `candidates`: SSINs in any writing, or `Candidate`s; or records (mappings), a frame of pandas or polars,
    an Arrow table or reader of record batches, or whatever else gives an Arrow stream (by pyarrow: extra
    `frames`). Their columns are known by the names that lists use; `columns` gives others, by what they hold:
    `citizen`, `start_date`, `represented_enterprise_number`, `type_of_worker`. Days may be text, `date`s or
    timestamps at midnight, numbers may have become floats, and missing is what each library calls so.

    `start_dates`: in any writing that `read_start_date` reads, or as frames have days; one alone may be given
    as it is, such as ``"1/12/2026"``. Without any, each candidate is asked for its own. A record with more
    than a thousand names beyond those of the first is refused. An outcome's `row` is its place in `outcomes`.
    Duplicates are asked once. `journal`, `due`: see `verify_many`.

    Raises:
        InvalidList: columns of the candidates are missing or ambiguous; all that is wrong at once.
        Fault: once, with `reach` BATCH, when no question can be answered: see `verify_many`, which also
            gives what was known by then.
    """
    questions = questions_of(candidates, start_dates, columns or {})
    aggregator = ResultAggregator()
    outcomes: dict[int, Outcome] = {}
    for refused in _not_asked(questions):
        aggregator.add(refused)
        outcomes[_position(refused)] = refused
    try:
        async with aclosing(
            verify_many(client, _asked(questions), remember=None, journal=journal, due=due)
        ) as stream:
            async for outcome in stream:
                aggregator.add(outcome)
                outcomes[_position(outcome)] = outcome
    except Fault as fault:
        if fault.reach is not Reach.CALLER:  # then every row has its outcome
            raise
    ordered = tuple(outcomes[position] for position in sorted(outcomes))
    return Screening(aggregator.citizens(), aggregator.tallies(), ordered, questions)


def _not_asked(questions: Questions) -> Iterator[Refused]:
    for position, (row, start_date) in enumerate(questions.pairs()):
        if row.problem is not None:
            yield Refused(Candidate(None, start_date), (row.problem,), position)


def _asked(questions: Questions) -> Iterator[Candidate]:
    for position, pair in enumerate(questions.pairs()):
        if pair[0].problem is None:
            yield evolve(questions.candidate(pair), row=position)


def _position(outcome: Outcome) -> int:
    assert isinstance(outcome.row, int)  # noqa: S101 (every question here got one)
    return outcome.row
