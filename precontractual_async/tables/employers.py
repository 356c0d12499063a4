"""A list by employer: for whom each of its rows is asked, and what of the list is only theirs.

Knows that a row without an employer's number is asked for whoever asks, and that a row whose number is wrong
is nobody's. Refuses to know files, formats and outcomes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Final

from attrs import astuple, define, evolve, field, frozen

from ..model.identifiers import EnterpriseNumber
from ..model.planning import employer_of
from ..model.questions import Caller, Candidate
from .columns import Columns
from .questions import Questions
from .table import ABSENT, ListChanged, ResultRow, Results, Row, Table

UNATTRIBUTED: Final = "unattributed"
"""What stands for the number of an employer that cannot be told."""

Employer = EnterpriseNumber | None
"""None: it cannot be told."""


@define
class ByEmployer:
    """The questions of a list by the employer whom they are asked for; `caller`: who asks."""

    questions: Questions
    caller: Caller
    shares: dict[Employer, Share] = field(init=False)
    """What of the list is whose, by a look through all of it."""

    def __attrs_post_init__(self) -> None:
        self.shares = {}
        for row in self.questions.table.rows():
            self.shares.setdefault(self.employer_of(row), Share(self.questions)).see(row)

    def employer_of(self, row: Row) -> Employer:
        """Whose row it is. One that cannot be read is nobody's, whatever its cells say."""
        if row.problem is not None:
            return None
        return employer_of(self.questions.candidate((row, None)), self.caller)

    @staticmethod
    def named(number: str) -> Employer:
        """Whose it is by its number, without the row; without a number nobody's, as any may have asked."""
        return employer_of(Candidate(None, None, number), None)

    def share_of(self, employer: Employer) -> Share:
        """What of the list is theirs; of whoever has no row in it, the columns that a question has."""
        return self.shares.get(employer) or Share(self.questions, present=self._asked)

    @property
    def _asked(self) -> set[int]:
        columns = astuple(self.questions.columns)
        return {at for at in columns if at is not None}

    def only(self, employers: Collection[Employer]) -> Questions:
        """The questions of these alone, in the list's order."""
        count = sum(self.shares[each].rows for each in employers)
        rows = partial(self._rows, frozenset(employers))
        return evolve(self.questions, table=evolve(self.questions.table, rows=rows, count=count))

    def _rows(self, employers: frozenset[Employer]) -> Iterator[Row]:
        """A list that was changed meanwhile may have new ones: nobody has a file for them."""
        for row in self.questions.table.rows():
            employer = self.employer_of(row)
            if employer not in self.shares:
                raise ListChanged(
                    "the list was changed while it was read: there are employers that were not there before",
                    "Run it again when nobody writes to the list; with --journal no answer is lost.",
                )
            if employer in employers:
                yield row


@define
class Share:
    """What of a list is one employer's: also a column that only others' rows have is not theirs."""

    _questions: Questions = field(repr=False)
    rows: int = 0
    _present: set[int] = field(factory=set, alias="present")
    _is_ragged: bool = False

    def see(self, row: Row) -> None:
        """One of their rows."""
        self.rows += 1
        self._is_ragged |= bool(row.surplus)
        if len(self._present) < len(row.cells):
            self._present.update(at for at, cell in enumerate(row.cells) if cell is not ABSENT)

    @property
    def _kept(self) -> list[int]:
        """Positions of their columns. A format whose rows all have all columns keeps them all."""
        return sorted(self._present)

    @property
    def table(self) -> Table:
        """The list as if it had their rows alone. Its sheet may bear the name of anybody."""
        table, kept = self._questions.table, self._kept
        return evolve(
            table,
            columns=tuple(table.columns[at] for at in kept),
            count=self.rows,
            hidden=frozenset(new for new, old in enumerate(kept) if old in table.hidden),
            is_ragged=self._is_ragged,
            sheet=None,
        )

    @property
    def columns(self) -> Columns:
        """Where their columns are."""
        new = {old: new for new, old in enumerate(self._kept)}
        told = self._questions.columns
        return Columns(
            *(
                None if old is None else new.get(old)
                for old in (
                    told.citizen,
                    told.start_date,
                    told.represented_enterprise_number,
                    told.type_of_worker,
                )
            )
        )

    def narrowed(self, row: ResultRow) -> ResultRow:
        """One of their rows with their columns."""
        if len(self._present) == len(row.row.cells):
            return row
        cells = tuple(row.row.cells[at] for at in self._kept)
        return evolve(row, row=evolve(row.row, cells=cells))


@frozen
class ResultsByEmployer:
    """Takes the rows of several employers, and hands each to the results of its own."""

    parts: ByEmployer
    results: dict[Employer, Results]

    def add(self, row: ResultRow) -> None:
        employer = self.parts.employer_of(row.row)
        self.results[employer].add(self.parts.shares[employer].narrowed(row))

    def finish(self) -> None:
        for each in self.results.values():
            each.finish()
