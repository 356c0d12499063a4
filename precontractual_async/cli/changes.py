"""``precontractual changes``: what changed in a list between two runs, from the journal alone."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from ..batch.exits import COMPLETE
from ..journal.keys import find_journal_key, key_files
from ..journal.list_changes import Change, HoursRule, changes_in, place_of
from ..journal.store import Store
from ..model.privacy import masked
from ..tables import Audience, format_of
from ..tables.columns import Columns
from ..tables.questions import Questions
from ..tables.table import Row, Table
from .changes_file import ChangeRows, counts_of, facts_of, line_of
from .console import say, tell, tell_machine
from .files import check_kept, check_output, writing
from .lists import language_for

_QUESTION: Final = ("list", "line", "citizen", "start_date", "employer", "type_of_worker")
"""The columns of the file before `CHANGE_COLUMNS`."""


def run(arguments: argparse.Namespace) -> int:
    """Print or write the changes. The journal is only read, and a run may use it at the same time."""
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
        _write(changes, target, kind, language_for(arguments, kind))
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


def _write(changes: Iterable[Change], target: str, kind: str, language: str) -> None:
    questions = Questions(Table(_QUESTION, 0, lambda: iter(())), Columns(2, 3, 4, 5))
    with writing(target) as output:
        rows = ChangeRows(questions, Audience(language, questions.columns), kind, output.file)
        for each in changes:
            rows.add(each, Row(each.line, (_written(each.list_path), each.line, *each.parts)))
        rows.finish()


def _lines_of(changes: Sequence[Change]) -> Iterator[str]:
    """A line for each change, list by list; if there are several lists, each begins with its name."""
    lists = dict.fromkeys(each.list_path for each in changes)
    for name in lists:
        if len(lists) > 1:
            yield f"{masked(_written(name))}:"
        yield from (line_of(each) for each in changes if each.list_path == name)


def _written(place: str) -> str:
    """The name of a list, with ``?`` for bytes that are no text."""
    return place.encode(errors="replace").decode()
