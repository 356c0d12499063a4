"""How a list is understood: the role of each column, the questions of the list, and its problems.

The command, its dry run and the console all use this, so that all understand a list the same way. Leaves to
others: the source of a list, and how a person chose its columns.
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
    """The questions of a list, as far as the list can be understood."""

    questions: Questions
    findings: Findings
    unfit: InvalidList | None = None
    """Why the result cannot be written in its format."""

    @property
    def problems(self) -> tuple[InvalidList, ...]:
        """Everything that prevents the screening."""
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
    """Understand the list in `source`, of one of `FORMATS`, and find its problems.

    `chosen`: names of columns by role. `start_dates`: dates for every row, in place of the list's own.
    `result`: the format of the result, if it is known.

    Raises:
        InvalidList: no part of the list can be understood.
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
        return InvalidList(error.diagnosis, error.next_step)  # the old traceback holds a row
    return None
