"""``precontractual changes``, and ``screen --changes``: what changed in a list since it was told.

Knows where the changes are written, and their columns and lines. A journal remembers them once they stand
there, and tells them again. Refuses to know what a change is.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from attrs import evolve

from ..batch.changes import Changes, Remembers
from ..batch.exits import COMPLETE
from ..journal.keys import find_journal_key, key_files
from ..journal.list_changes import Change, ChangeKind, HoursRule, changes_in, place_of
from ..journal.store import Store
from ..model.dates import BRUSSELS
from ..model.moves import spelled
from ..model.privacy import masked
from ..tables import Audience, ResultRow, format_of, results_into
from ..tables.columns import Columns
from ..tables.headings import is_own_beside
from ..tables.questions import Questions
from ..tables.results import Cells
from ..tables.table import ABSENT, Row, Table
from .changes_file import format_of_changes
from .console import language_of, say, tell, tell_machine
from .files import check_kept, check_output, writing

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
_COUNTED: Final = {
    ChangeKind.NEW: "new",
    ChangeKind.CHANGED: "changed",
    ChangeKind.ASKABLE: "can be asked now",
    ChangeKind.HOURS: "with other hours",
    ChangeKind.WAITING: "still waiting for a mandate",
    ChangeKind.LEFT: "no longer in the list",
}


@contextmanager
def telling(
    arguments: argparse.Namespace, journal: Remembers, questions: Questions, reader: Audience
) -> Iterator[Changes]:
    """Where they are told: the file stands there, whole, at the end of the block.

    ``--changes -`` is lines on standard output, also at the end, all of them or none.
    """
    changes = partial(changes_told, arguments, journal, questions, reader)
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


def changes_told(
    arguments: argparse.Namespace,
    journal: Remembers,
    questions: Questions,
    reader: Audience,
    tell: Callable[[Change, Row | None], None],
) -> Changes:
    """The changes of a list, each of which is handed to `tell`."""
    today, hours = reader.today, HoursRule(arguments.hours_below, arguments.hours_step)
    assert today is not None  # noqa: S101 (a run has a day)
    return Changes(journal, place_of(arguments.list), questions, today, tell, hours)


class ChangeRows:
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

    def add(self, change: Change, row: Row | None) -> None:
        cells = self._left(change) if row is None else self._cells(change, row)
        kept = Row(change.line, tuple(cells[at] for at in self._kept))
        self._results.add(ResultRow(kept, self._added(change)))

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
            "next_step": change.next_step(self._reader.language),
            self._date_column: change.parts[1],
        }


def _known(number: int | None) -> int | str:
    return "" if number is None else number


def line_of(change: Change) -> str:
    """A change for a person; by the line of the list, as a citizen's number is for the file alone."""
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
    """For a machine, how many of each kind."""
    return {"changes": {kind.value: counts[kind] for kind in ChangeKind}}


def counts_of(counts: Counter[ChangeKind]) -> str:
    """And for a person."""
    counted = [f"{counts[kind]} {word}" for kind, word in _COUNTED.items() if counts[kind]]
    return f"changes since they were last told: {', '.join(counted) or 'none'}"


# --- told again

_AGAIN: Final = ("list", "line", "citizen", "start_date", "employer", "type_of_worker")
"""The columns before those of a change, where no list is read."""


def run(arguments: argparse.Namespace) -> int:
    """Tell what the journal remembers; it is not changed, and a run may use it at the same time."""
    path, target = Path(arguments.journal), arguments.output or "-"
    if target != "-":
        format_of(target, arguments.format, is_result=True)
        check_kept(target, "result", path, key_files(os.environ))
    check_output("-", target)
    hours = HoursRule(arguments.hours_below, arguments.hours_step)
    list_path = None if arguments.list is None else place_of(arguments.list)
    key = find_journal_key(os.environ, path, make=False)
    with closing(Store(path, key, must_exist=True, is_shared=True)) as store, store.snapshot():
        changes = changes_in(store.lists, arguments.since, list_path, hours)
        for place in store.lists.places():
            check_output(place, target)
    if target != "-":
        kind = format_of(target, arguments.format, is_result=True)
        _write_again(changes, target, kind, arguments.lang)
    elif arguments.output or not arguments.json:
        for line in _lines_of(changes):
            tell(line)
    counts = Counter(each.kind for each in changes)
    if arguments.json:
        tell_machine(facts_of(counts), is_among_results=arguments.output == "-")
    elif target != "-":
        say(f"written: {target} ({len(changes)} rows)")
        say(counts_of(counts))
    return COMPLETE


def _write_again(changes: Iterable[Change], target: str, kind: str, language: str | None) -> None:
    language = language or (language_of(os.environ) if kind == "xlsx" else "en")
    questions = Questions(Table(_AGAIN, 0, lambda: iter(())), Columns(2, 3, 4, 5))
    with writing(target) as output:
        rows = ChangeRows(questions, Audience(language, questions.columns), kind, output.file)
        for each in changes:
            rows.add(each, Row(each.line, (_written(each.list_path), each.line, *each.parts)))
        rows.finish()


def _lines_of(changes: Sequence[Change]) -> Iterator[str]:
    """List by list; which one it is, is said where there are several."""
    lists = dict.fromkeys(each.list_path for each in changes)
    for name in lists:
        if len(lists) > 1:
            yield f"{masked(_written(name))}:"
        yield from (line_of(each) for each in changes if each.list_path == name)


def _written(place: str) -> str:
    """The name of a list, with ``?`` for what no encoding has."""
    return place.encode(errors="replace").decode()
