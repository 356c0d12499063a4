"""What the options of screen say: the list's format, columns and questions, the result's format, settings.
For screen and for its dry run, so that both understand the same.
"""

from __future__ import annotations

import argparse
from typing import Final

from attrs import frozen

from ..model.errors import InvalidList
from ..tables import Choice, Source, check_results, format_of, look_into
from ..tables.columns import OPTIONS, ROLES, Findings, look_for_columns
from ..tables.questions import Questions

_CHOSEN: Final = {role: OPTIONS[role].removeprefix("--").replace("-", "_") for role in ROLES}


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


def list_format(arguments: argparse.Namespace) -> str:
    """One of `FORMATS`: what the option says, or else the name of the list.

    Raises:
        InvalidList: neither does.
    """
    default = "csv" if arguments.list == "-" else None
    return str(arguments.format or format_of(arguments.list, default))


def result_format(arguments: argparse.Namespace) -> str:
    """One of `FORMATS`: what the name of the result says, or else the option; on standard output the list's.

    Raises:
        InvalidList: nothing does.
    """
    default = list_format(arguments) if arguments.output == "-" else arguments.format
    return format_of(arguments.output, default, is_result=True)


def given_settings(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings that options give, by the options."""
    given = {"--rate": arguments.rate, "--environment": arguments.environment}
    if arguments.patience is not None:
        given["--patience"] = str(arguments.patience.total_seconds())
    return {name: value for name, value in given.items() if value}


def understand(arguments: argparse.Namespace, source: Source) -> Understood:
    """The list in `source`, with its problems.

    Raises:
        InvalidList: nothing of it can be understood.
    """
    chosen = {role: name for role, option in _CHOSEN.items() if (name := getattr(arguments, option))}
    table = look_into(source, list_format(arguments), Choice(arguments.sheet, chosen.get("citizen")))
    dates = tuple(arguments.start_date or ())
    findings = look_for_columns(table.columns, chosen, needs_date=not dates, rows=table.rows())
    questions = Questions(table, findings.columns, dates, arguments.type_of_worker, remarks=findings.remarks)
    return Understood(questions, findings, _unfit(arguments, questions))


def _unfit(arguments: argparse.Namespace, questions: Questions) -> InvalidList | None:
    if arguments.output is None:
        return None
    try:
        check_results(questions.table, questions.added, result_format(arguments), questions.times)
    except InvalidList as error:
        return InvalidList(error.diagnosis, error.next_step)  # bare: no frame with a row is kept
    return None
