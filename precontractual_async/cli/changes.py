"""What changed in a list since it was last told: ``screen --changes``.

Knows where the changes are written, and their columns and lines. A journal remembers them once they stand
there. Refuses to know what a change is.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import BinaryIO, Final

from attrs import evolve

from ..batch.changes import Change, Changes, Remembers
from ..batch.question_words import ChangeKind, HoursRule
from ..journal.keys import key_files
from ..model.dates import BRUSSELS
from ..model.errors import InputError
from ..model.moves import spelled
from ..tables import Audience, ResultRow, format_of, results_into
from ..tables.headings import is_own_beside
from ..tables.questions import Questions
from ..tables.results import Cells
from ..tables.table import ABSENT, Row
from .console import require_output, tell
from .files import check_kept, check_output, writing
from .values import Refusal

CHANGE_COLUMNS: Final = (
    "change",
    "word_before",
    "word_now",
    "known_since",
    "times_asked",
    "hours_before",
    "hours_now",
    "move",
    "next_step",
)
_ANOTHER: Final = "Give another name after --changes."
_COUNTED: Final = {
    ChangeKind.NEW: "new",
    ChangeKind.CHANGED: "changed",
    ChangeKind.ASKABLE: "can be asked now",
    ChangeKind.HOURS: "with other hours",
    ChangeKind.WAITING: "still waiting for a mandate",
    ChangeKind.LEFT: "no longer in the list",
}


def check_changes(arguments: argparse.Namespace, others: Iterable[Path], journal: Path | None) -> None:
    """See that changes can be told, and have a place that nothing else has; `others`: of results.

    Raises:
        Refusal: they cannot.
    """
    if arguments.changes is None:
        if arguments.hours_below is not None or arguments.hours_step is not None:
            raise Refusal("hours are told among the changes", "Add --changes FILE.")
        return
    if journal is None:
        raise Refusal("changes are told by what a journal remembers", "Add --journal FILE.")
    if arguments.changes == "-":
        if arguments.output == "-":
            raise Refusal("the changes would stand among the result", "Give one of them the name of a file.")
        require_output("the changes", "Give the name of a file after --changes.")
        return
    path = Path(arguments.changes)
    if path.absolute() in {other.absolute() for other in others}:
        raise Refusal("the changes would overwrite the result", _ANOTHER)
    try:
        format_of_changes(arguments)
        check_output(arguments.list, arguments.changes)
        check_kept(arguments.changes, "result", journal, key_files(os.environ))
    except InputError as error:
        said = error.diagnosis
    else:
        return
    raise Refusal(f"--changes: {said}", _ANOTHER)


def format_of_changes(arguments: argparse.Namespace) -> str:
    """One of `FORMATS`: what their name says, or else the option; of lines on standard output none.

    Raises:
        InvalidList: nothing does.
    """
    return "" if arguments.changes == "-" else format_of(arguments.changes, arguments.format, is_result=True)


@contextmanager
def telling(
    arguments: argparse.Namespace, journal: Remembers, place: str, questions: Questions, reader: Audience
) -> Iterator[Changes]:
    """Where they are told: the file stands there, whole, at the end of the block.

    `place`: of the list. ``--changes -`` is lines on standard output, also at the end, all of them or none.
    """
    today, hours = reader.today, HoursRule(arguments.hours_below, arguments.hours_step)
    assert today is not None  # noqa: S101 (a run has a day)
    if arguments.changes == "-":
        lines: list[str] = []
        yield Changes(journal, place, questions, today, lambda change: lines.append(line_of(change)), hours)
        for line in lines:
            tell(line)
        return
    kind = format_of_changes(arguments)
    with writing(arguments.changes, source=arguments.list) as output:
        rows = _Rows(questions, reader, kind, output.file)
        yield Changes(journal, place, questions, today, rows.add, hours)
        rows.finish()


class _Rows:
    """Writes each change behind the list's own cells; a row that has left has only its question's."""

    def __init__(self, questions: Questions, reader: Audience, kind: str, file: BinaryIO) -> None:
        table, self._reader = questions.table, reader
        is_own = is_own_beside((*questions.added, *CHANGE_COLUMNS))
        self._kept = [at for at, name in enumerate(table.columns) if is_own(name)]
        self._date_column = questions.date_column if questions.start_dates else ""
        columns = questions.columns
        self._asked = (
            columns.citizen,
            columns.start_date,
            columns.represented_enterprise_number,
            columns.type_of_worker,
        )
        theirs = evolve(
            table,
            columns=tuple(table.columns[at] for at in self._kept),
            hidden=frozenset(new for new, old in enumerate(self._kept) if old in table.hidden),
            is_ragged=False,
            types=None,  # as text: a row that has left has no cell of another type
        )
        added = (self._date_column, *CHANGE_COLUMNS) if self._date_column else CHANGE_COLUMNS
        self._results = results_into(file, theirs, added, kind, evolve(reader, columns=None))

    def add(self, change: Change) -> None:
        cells = self._left(change) if change.row is None else self._cells(change, change.row)
        number = 0 if change.row is None else change.row.number
        row = Row(number, tuple(cells[at] for at in self._kept))
        self._results.add(ResultRow(row, self._added(change)))

    def finish(self) -> None:
        self._results.finish()

    def _cells(self, change: Change, row: Row) -> Sequence[object]:
        """The row's own; a citizen's and an employer's number that came as a number, with its zeros."""
        cells = list(row.cells)
        for role in (0, 2):
            at = self._asked[role]
            if at is not None and isinstance(cells[at], int | float):
                cells[at] = change.parts[role]
        return cells

    def _left(self, change: Change) -> Mapping[int, object]:
        """The cells by their columns."""
        told = {at: part for at, part in zip(self._asked, change.parts, strict=True) if at is not None}
        return defaultdict(lambda: ABSENT, told)

    def _added(self, change: Change) -> Cells:
        reader, outcome = self._reader, change.outcome
        step = "" if outcome is None else outcome.explain(reader.language, reader.today).next_step
        since = "" if change.since is None else change.since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "change": change.kind.value,
            "word_before": change.before,
            "word_now": change.now,
            "known_since": since,
            "times_asked": _known(change.asked),
            "hours_before": _known(change.hours_before),
            "hours_now": _known(change.hours_now),
            "move": change.move,
            "next_step": step,
            self._date_column: change.parts[1],
        }


def _known(number: int | None) -> int | str:
    return "" if number is None else number


def line_of(change: Change) -> str:
    """A change for a person; by the line of the list, as a citizen's number is for the file alone."""
    day, before, now = change.day, spelled(change.before), spelled(change.now)
    if change.row is None:
        which = "a row" if day is None else f"a row for {day}"
        return f"{which} has left the list: {before}"
    place = f"line {change.row.number}" if day is None else f"line {change.row.number}, {day}"
    match change.kind:
        case ChangeKind.NEW:
            return f"{place}: new, {now}"
        case ChangeKind.HOURS:
            return f"{place}: {change.hours_now} student hours left"
        case ChangeKind.WAITING if change.since is not None:
            since = f"{change.since.astimezone(BRUSSELS):%d/%m/%Y %H:%M}"
            return f"{place}: no mandate since {since}, asked {change.asked} times"
    return f"{place}: {before} -> {now}"


def facts_of(changes: Changes) -> dict[str, object]:
    """For a machine, how many of each kind."""
    return {"changes": {kind.value: changes.counts[kind] for kind in ChangeKind}}


def counts_of(changes: Changes) -> str:
    """And for a person."""
    counted = [f"{changes.counts[kind]} {word}" for kind, word in _COUNTED.items() if changes.counts[kind]]
    return f"changes since they were last told: {', '.join(counted) or 'none'}"
