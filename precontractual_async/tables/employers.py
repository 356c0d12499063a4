"""Divides a list by employer: the employer of each row, and the columns that only this employer's rows have.

Knows that a row without an employer's number belongs to the caller, and a row with a wrong number to nobody.
Leaves to others: files, formats and outcomes.
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
"""Stands for the number of an unknown employer, in the name of a file."""

Employer = EnterpriseNumber | None
"""None: unknown."""


@define
class ByEmployer:
    """The questions of a list by employer. `caller`: who asks."""

    questions: Questions
    caller: Caller
    shares: dict[Employer, Share] = field(init=False)
    """The share of each employer. The whole list is read once to find them."""

    def __attrs_post_init__(self) -> None:
        self.shares = {}
        for row in self.questions.table.rows():
            self.shares.setdefault(self.employer_of(row), Share(self.questions)).see(row)

    def employer_of(self, row: Row) -> Employer:
        """The employer of a row; None for a row that cannot be read, whatever its cells say."""
        if row.problem is not None:
            return None
        return employer_of(self.questions.candidate((row, None)), self.caller)

    @staticmethod
    def named(number: str) -> Employer:
        """The employer with `number`; None without a number, since any caller may have asked."""
        return employer_of(Candidate(None, None, number), None)

    def share_of(self, employer: Employer) -> Share:
        """The share of an employer; one without a row in the list has the columns of a question."""
        return self.shares.get(employer) or Share(self.questions, present=self._asked)

    @property
    def _asked(self) -> set[int]:
        columns = astuple(self.questions.columns)
        return {at for at in columns if at is not None}

    def only(self, employers: Collection[Employer]) -> Questions:
        """The questions of these employers, in the list's order."""
        count = sum(self.shares[each].rows for each in employers)
        rows = partial(self._rows, frozenset(employers))
        return evolve(self.questions, table=evolve(self.questions.table, rows=rows, count=count))

    def _rows(self, employers: frozenset[Employer]) -> Iterator[Row]:
        """The rows of `employers`. Raises `ListChanged` for an employer that has no share."""
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
    """The rows of one employer, without the columns that only others' rows have."""

    _questions: Questions = field(repr=False)
    rows: int = 0
    _present: set[int] = field(factory=set, alias="present")
    _is_ragged: bool = False

    def see(self, row: Row) -> None:
        """Count a row of this employer, and note its columns."""
        self.rows += 1
        self._is_ragged |= bool(row.surplus)
        if len(self._present) < len(row.cells):
            self._present.update(at for at, cell in enumerate(row.cells) if cell is not ABSENT)

    @property
    def _kept(self) -> list[int]:
        """The positions of their columns: all of them in a format whose rows have all columns."""
        return sorted(self._present)

    @property
    def table(self) -> Table:
        """The list with their rows alone. It has no sheet name, which may name anybody."""
        table = self._questions.table.with_columns(self._kept)
        return evolve(table, count=self.rows, is_ragged=self._is_ragged, sheet=None)

    @property
    def columns(self) -> Columns:
        """Where their columns are."""
        new = {old: new for new, old in enumerate(self._kept)}
        return Columns(*(None if old is None else new.get(old) for old in astuple(self._questions.columns)))

    def narrowed(self, row: ResultRow) -> ResultRow:
        """A row of this employer, with their columns only."""
        if len(self._present) == len(row.row.cells):
            return row
        cells = tuple(row.row.cells[at] for at in self._kept)
        return evolve(row, row=evolve(row.row, cells=cells))


@frozen
class ResultsByEmployer:
    """Hands each row to the results of its employer."""

    parts: ByEmployer
    results: dict[Employer, Results]

    def add(self, row: ResultRow) -> None:
        employer = self.parts.employer_of(row.row)
        self.results[employer].add(self.parts.shares[employer].narrowed(row))

    def finish(self) -> None:
        for each in self.results.values():
            each.finish()
