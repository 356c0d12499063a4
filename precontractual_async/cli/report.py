"""``precontractual report``: writes what a journal holds as one page for people."""

from __future__ import annotations

import argparse
import os
from contextlib import closing
from pathlib import Path

from ..batch.exits import COMPLETE
from ..calls.session import utc_now
from ..journal.keys import find_journal_key, key_files
from ..journal.runs import Run
from ..journal.store import Store
from ..model.dates import StartDateWindow
from ..model.errors import InvalidSettings
from ..report.fold import Fold
from .console import language_of, say
from .files import check_kept, check_output, say_where, writing


def run(arguments: argparse.Namespace) -> int:
    """Read the journal and write the page; a run may use the journal at the same time."""
    try:
        from ..report.page import page
    except ModuleNotFoundError:
        raise InvalidSettings(
            "a report needs the jinja2 package", "pip install 'precontractual-async[report]'"
        ) from None
    path, now = Path(arguments.journal), utc_now()
    check_kept(arguments.output, "report", path, key_files(os.environ))
    check_output("-", arguments.output)
    fold = Fold(StartDateWindow.at(now).first, arguments.lang or language_of(os.environ))
    runs = _read(path, fold)
    with writing(arguments.output, may_replace=lambda: fold.questions > 0) as output:
        for piece in page(fold, runs, made_at=now, show_citizens=arguments.show_citizens):
            output.file.write(piece.encode())
    if not say_where(output, arguments.output) and arguments.output != "-":
        say(f"written: {arguments.output} ({fold.questions} questions, {len(fold.citizens())} citizens)")
    return COMPLETE


def _read(path: Path, fold: Fold) -> tuple[Run, ...]:
    key = find_journal_key(os.environ, path, make=False)
    with closing(Store(path, key, must_exist=True, is_shared=True)) as store, store.snapshot():
        for history in store.histories():
            fold.add(history)
        return store.runs()
