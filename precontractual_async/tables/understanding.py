"""A list as far as it can be understood: which column holds what, what it asks, and what is wrong with it.

For the command, its dry run and the console, so that all understand the same. Refuses to know where a list
comes from and how somebody chose its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from ..model.errors import InvalidList
from . import Choice, Source, check_results, look_into
from .columns import Findings, look_for_columns
from .questions import Questions


@frozen
class Understood:
    """What a list asks, as far as it can be understood."""

    questions: Questions
    findings: Findings
    unfit: InvalidList | None = None
    """Why its result cannot be written in the format that it is to have."""

    @property
    def problems(self) -> tuple[InvalidList, ...]:
        """Everything that stands against screening it."""
        of_all = (self.questions.table.problem, *self.findings.problems, self.unfit)
        return tuple(problem for problem in of_all if problem is not None)


def understand(
    source: Source,
    kind: str,
    chosen: Mapping[str, str],
    *,
    sheet: str | None = None,
    start_dates: Sequence[object] = (),
    type_of_worker: str | None = None,
    result: str | None = None,
) -> Understood:
    """The list in `source`, of one of `FORMATS`, with its problems.

    `chosen`: names of columns by role. `start_dates`: for every row, in place of the list's own. `result`:
    the format in which it is to come back, where that is known.

    Raises:
        InvalidList: nothing of it can be understood.
    """
    table = look_into(source, kind, Choice(sheet, chosen.get("citizen")))
    dates = tuple(start_dates)
    findings = look_for_columns(table.columns, chosen, needs_date=not dates, rows=table.rows())
    questions = Questions(table, findings.columns, dates, type_of_worker, remarks=findings.remarks)
    return Understood(questions, findings, None if result is None else _unfit(questions, result))


def _unfit(questions: Questions, result: str) -> InvalidList | None:
    try:
        check_results(questions.table, questions.added, result, questions.times)
    except InvalidList as error:
        return InvalidList(error.diagnosis, error.next_step)  # bare: no frame with a row is kept
    return None
