"""The file that ``screen --changes`` writes: its columns, its lines, and the checks before a run.

A run and its dry run use the same checks; ``precontractual changes`` writes the same file. Leaves to others:
what a change is.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from attrs import astuple, evolve

from ..batch.changes import Changes, ChangesJournal
from ..journal.keys import key_files
from ..journal.list_changes import Change, ChangeKind, HoursRule, place_of
from ..model.dates import BRUSSELS
from ..model.errors import InputError, InvalidList
from ..model.moves import spelled
from ..tables import Audience, ResultRow, format_of, results_into
from ..tables.cells import instant_text
from ..tables.headings import is_own_beside
from ..tables.output import is_beside
from ..tables.questions import Questions
from ..tables.results import Cells
from ..tables.table import ABSENT, Row
from .console import require_output, tell
from .files import check_kept, check_output, writing
from .values import Refusal

CHANGE_COLUMNS: Final = (
    "change",
    "status_before",
    "status_now",
    "known_since",
    "times_asked",
    "hours_before",
    "hours_now",
    "move",
    "next_step",
)
_COUNTED: Final = {
    ChangeKind.NEW: "new",
    ChangeKind.CHANGED: "changed",
    ChangeKind.ASKABLE: "can be asked now",
    ChangeKind.HOURS: "with other hours",
    ChangeKind.WAITING: "still waiting for a mandate",
    ChangeKind.LEFT: "no longer in the list",
}
_ANOTHER: Final = "Give another name after --changes."
_OVERWRITTEN: Final = "the changes would overwrite the result"


# --- before a run


def check_changes(
    arguments: argparse.Namespace,
    results: Sequence[Path],
    journal: Path | None,
    paths: Iterable[Path] | None = None,
    *,
    make: bool = True,
) -> None:
    """Check ``--changes`` and the options that need it, before a run.

    `results`: the files of the result. `paths`: the files of the changes, if each employer has its own.
    `make`: as in `check_output`.

    Raises:
        Refusal: the options do not go together.
        InvalidList: the changes cannot be written there.
    """
    if arguments.changes is None:
        if arguments.hours_below is not None or arguments.hours_step is not None:
            raise Refusal("--hours-below and --hours-step need --changes", "Add --changes FILE.")
        return
    if journal is None:
        raise Refusal("--changes needs a journal", "Add --journal FILE.")
    if arguments.changes == "-":
        if arguments.output == "-":
            raise Refusal("the changes would stand among the result", "Give one of them the name of a file.")
        require_output("the changes", "Give the name of a file after --changes.")
        return
    changes = Path(arguments.changes)
    near = results if paths is None else [Path(arguments.output)]
    if any(is_beside(changes, each) or is_beside(each, changes) for each in near):
        raise InvalidList(_OVERWRITTEN, _ANOTHER)
    taken = {each.resolve() for each in results}
    for path in paths or [changes]:
        check_place(arguments, path, taken, journal, make=make)


def check_place(
    arguments: argparse.Namespace, path: Path, taken: Collection[Path], journal: Path, *, make: bool = True
) -> None:
    """Check that changes can be written to `path` and overwrite nothing but older changes.

    `taken`: the resolved files of the result.

    Raises:
        InvalidList: they cannot be written there.
    """
    if path.resolve() in taken:
        raise InvalidList(_OVERWRITTEN, _ANOTHER)
    try:
        format_of_changes(arguments)
        check_output(arguments.list, str(path), make=make)
        check_kept(str(path), "result", journal, key_files(os.environ))
    except InputError as error:
        said = error.diagnosis
    else:
        return
    raise InvalidList(f"--changes: {said}", _ANOTHER)


def format_of_changes(arguments: argparse.Namespace) -> str:
    """One of `FORMATS`: by the name of the file, or else the option; "" for lines on standard output.

    Raises:
        InvalidList: neither gives a format.
    """
    return "" if arguments.changes == "-" else format_of(arguments.changes, arguments.format, is_result=True)


# --- after it


@contextmanager
def writing_changes(
    arguments: argparse.Namespace, journal: ChangesJournal, questions: Questions, reader: Audience
) -> Iterator[Changes]:
    """Write the changes of a list: the whole file appears at the end of the block.

    With ``--changes -`` all lines are printed at the end of the block.
    """
    changes = partial(changes_for, arguments, journal, questions, reader)
    if arguments.changes == "-":
        lines: list[str] = []
        yield changes(lambda change, _: lines.append(line_of(change)))
        for line in lines:
            tell(line)
        return
    kind = format_of_changes(arguments)
    with writing(arguments.changes, source=arguments.list) as output:
        rows = ChangeRows(questions, reader, kind, output.file)
        yield changes(rows.add)
        rows.finish()


def changes_for(
    arguments: argparse.Namespace,
    journal: ChangesJournal,
    questions: Questions,
    reader: Audience,
    write: Callable[[Change, Row | None], None],
) -> Changes:
    """`Changes` with the options of the command."""
    today, hours = reader.today, HoursRule(arguments.hours_below, arguments.hours_step)
    assert today is not None  # noqa: S101 (a run has a day)
    return Changes(journal, place_of(arguments.list), questions, today, write, hours)


class ChangeRows:
    """Writes a row for each change: the list's own columns, then `CHANGE_COLUMNS`.

    A row that has left the list has only the cells of its question.
    """

    def __init__(self, questions: Questions, reader: Audience, kind: str, file: BinaryIO) -> None:
        table, self._reader = questions.table, reader
        is_own = is_own_beside((*questions.added, *CHANGE_COLUMNS))
        self._kept = [at for at, name in enumerate(table.columns) if is_own(name)]
        self._date_column = questions.date_column if questions.start_dates else ""
        self._asked: tuple[int | None, ...] = astuple(questions.columns)
        # As text: a row that has left has no cell of another type.
        theirs = evolve(table.with_columns(self._kept), is_ragged=False, types=None)
        added = (self._date_column, *CHANGE_COLUMNS) if self._date_column else CHANGE_COLUMNS
        self._results = results_into(file, theirs, added, kind, evolve(reader, columns=None))

    def add(self, change: Change, row: Row | None) -> None:
        cells = self._left(change) if row is None else self._cells(change, row)
        kept = Row(change.line, tuple(cells[at] for at in self._kept))
        self._results.add(ResultRow(kept, self._added(change)))

    def finish(self) -> None:
        self._results.finish()

    def _cells(self, change: Change, row: Row) -> Sequence[object]:
        """The row's own cells, but identification numbers with their leading zeros."""
        cells = list(row.cells)
        for role in (0, 2):
            at = self._asked[role]
            if at is not None and isinstance(cells[at], int | float):
                cells[at] = change.parts[role]
        return cells

    def _left(self, change: Change) -> Mapping[int, object]:
        """The cells of a row that has left, by position."""
        known = {at: part for at, part in zip(self._asked, change.parts, strict=True) if at is not None}
        return defaultdict(lambda: ABSENT, known)

    def _added(self, change: Change) -> Cells:
        return {
            "change": change.kind.value,
            "status_before": change.before,
            "status_now": change.now,
            "known_since": "" if change.since is None else instant_text(change.since),
            "times_asked": _known(change.asked),
            "hours_before": _known(change.hours_before),
            "hours_now": _known(change.hours_now),
            "move": change.move,
            "next_step": change.next_step(self._reader.language),
            self._date_column: change.parts[1],
        }


def _known(number: int | None) -> int | str:
    return "" if number is None else number


def line_of(change: Change) -> str:
    """A change as one line of text. It names the line of the list, and no citizen."""
    day, before, now = change.start_date, spelled(change.before), spelled(change.now)
    if change.kind is ChangeKind.LEFT:
        which = "a row" if day is None else f"a row for {day}"
        return f"{which} has left the list: {before}"
    place = f"line {change.line}" if day is None else f"line {change.line}, {day}"
    match change.kind:
        case ChangeKind.NEW:
            return f"{place}: new, {now}"
        case ChangeKind.HOURS:
            return f"{place}: {change.hours_now} student hours left"
        case ChangeKind.WAITING if change.since is not None:
            since = f"{change.since.astimezone(BRUSSELS):%d/%m/%Y %H:%M}"
            return f"{place}: no mandate since {since}, times asked: {change.asked}"
    return f"{place}: {before} -> {now}"


def facts_of(counts: Counter[ChangeKind]) -> dict[str, object]:
    """The number of changes of each kind, for JSON."""
    return {"changes": {kind.value: counts[kind] for kind in ChangeKind}}


def counts_of(counts: Counter[ChangeKind]) -> str:
    """The number of changes of each kind, as a sentence."""
    counted = [f"{counts[kind]} {word}" for kind, word in _COUNTED.items() if counts[kind]]
    return f"changes: {', '.join(counted) or 'none'}"
