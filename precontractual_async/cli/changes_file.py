"""Where changes are written: ``screen --changes``, in a run and in a dry run.

Knows what the place and the options have to be like, before anything is asked. Refuses to know what a change
is.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from ..journal.keys import key_files
from ..model.errors import InputError, InvalidList
from ..tables import format_of
from ..tables.output import is_beside
from .console import require_output
from .files import check_kept, check_output
from .values import Refusal

_ANOTHER: Final = "Give another name after --changes."
_OVERWRITTEN: Final = "the changes would overwrite the result"


def check_changes(
    arguments: argparse.Namespace,
    others: Iterable[Path],
    journal: Path | None,
    paths: Iterable[Path] | None = None,
    *,
    make: bool = True,
) -> None:
    """See that changes can be told, and have a place that nothing else has.

    `others`: of results. `paths`: of the changes, when each employer has its own. `make`: as in
    `check_output`.

    Raises:
        Refusal: options do not go together.
        InvalidList: it is no place for them.
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
    results, changes = list(others), Path(arguments.changes)
    near = results if paths is None else [Path(arguments.output)]
    if any(is_beside(changes, each) or is_beside(each, changes) for each in near):
        raise InvalidList(_OVERWRITTEN, _ANOTHER)
    taken = {each.resolve() for each in results}
    for path in paths or [changes]:
        check_place(arguments, path, taken, journal, make=make)


def check_place(
    arguments: argparse.Namespace, path: Path, taken: Collection[Path], journal: Path, *, make: bool = True
) -> None:
    """See that changes can be written there, over nothing that is worth keeping; `taken`: resolved.

    Raises:
        InvalidList: they cannot.
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
    """One of `FORMATS`: what their name says, or else the option; of lines on standard output none.

    Raises:
        InvalidList: nothing does.
    """
    return "" if arguments.changes == "-" else format_of(arguments.changes, arguments.format, is_result=True)
