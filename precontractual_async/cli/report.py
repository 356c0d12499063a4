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
from ..model.errors import InvalidIdentifier, InvalidSettings
from ..model.identifiers import EnterpriseNumber
from ..report.fold import Fold
from .console import language_of, say
from .files import check_kept, check_output, placed, say_where, writing
from .values import Refusal


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
    employer = None if arguments.represented is None else _employer(arguments.represented)
    fold = Fold(StartDateWindow.at(now).first, arguments.lang or language_of(os.environ))
    runs = _read(path, fold, employer)
    since, shown = fold.last_run(runs), () if employer else runs  # runs were everybody's
    with writing(arguments.output, may_replace=lambda: fold.questions > 0) as output:
        for piece in page(fold, shown, made_at=now, show_citizens=arguments.show_citizens, since=since):
            output.file.write(piece.encode())
    if not say_where(placed(output, arguments.output)) and arguments.output != "-":
        say(f"written: {arguments.output} ({fold.questions} questions, {len(fold.citizens())} citizens)")
    return COMPLETE


def _employer(text: str) -> EnterpriseNumber:
    try:
        return EnterpriseNumber.parse(text)
    except InvalidIdentifier as error:
        said = error.diagnosis
    raise Refusal(f"--represented: {said}", "Give the employer's number: ten digits.")


def _read(path: Path, fold: Fold, employer: EnterpriseNumber | None) -> tuple[Run, ...]:
    """All of the journal, or what was asked for one employer; and all runs."""
    key = find_journal_key(os.environ, path, make=False)
    with closing(Store(path, key, must_exist=True, is_shared=True)) as store, store.snapshot():
        for history in store.histories():
            if employer is None or history[0].outcome.query.caller.employer == employer:
                fold.add(history)
        return store.runs()
