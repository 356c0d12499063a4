"""A result as a file: written whole or not at all, for its owner alone, and never over a better one.

Knows how a file appears under its name at once, and where a result goes that must not replace the one that
is there. Refuses to know formats.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, count, takewhile
from pathlib import Path
from typing import BinaryIO, Final

from attrs import define, field

from ..model.errors import InvalidList

_UNFINISHED: Final = ".partial"
_LONG_NAME: Final = 230
"""Bytes of a name that leave too little room, of 255, for another beside it."""
_SHORT_STEM: Final = 50


@define
class Output:
    """A file that is being written. At the end of the block it stands at `path`; until then it has none."""

    file: BinaryIO
    path: Path | None = field(default=None, init=False)


@contextmanager
def written_whole(
    path: Path,
    *,
    may_replace: Callable[[], bool] = lambda: True,
    source: Path | None = None,
    knows: Callable[[Path], bool] = lambda _: False,
) -> Iterator[Output]:
    """A file that appears whole at the end of the block, or not at all.

    It is readable for its owner alone: it holds national numbers. What a killed run left of its own is
    taken away by the next. `may_replace` is asked at the end, and only when something stands at `path`: when
    it says no, that stays, and the new file appears as `beside(path)`. One that takes its place also takes
    away what earlier runs left beside it, except `source`: somebody corrected that, and gave it as the list.
    `knows`: whether the new one knows all that an earlier one beside it does, and may take its place.

    Raises:
        InvalidList: another run writes the same.
        OSError: it cannot be written.
    """
    _clear_away(path)
    handle, unfinished = new_unfinished(path)
    try:
        with os.fdopen(handle, "wb") as file:
            output = Output(file)
            yield output
            file.flush()
            os.fsync(file.fileno())
            _check_still_ours(file, unfinished)
        target = path if not path.exists() or may_replace() else beside(path, knows)
        unfinished.replace(target)
        output.path = target
        if target == path:
            _clear_beside(path, source)
    finally:
        unfinished.unlink(missing_ok=True)  # there only when something, or Ctrl-C, came between


def beside(path: Path, knows: Callable[[Path], bool] = lambda _: False) -> Path:
    """A name for what a run knows that must not replace the result at `path`: free, or of one that it knows.

    >>> beside(Path("results.xlsx")).name
    'results.partial.xlsx'
    """
    return next(name for name in _names_beside(path) if not os.path.lexists(name) or knows(name))


def _names_beside(path: Path) -> Iterator[Path]:
    stem = path.stem if len(os.fsencode(path.name)) < _LONG_NAME else path.stem[:_SHORT_STEM]
    numbers = chain(("",), count(2))
    return (path.with_name(f"{stem}.partial{number}{path.suffix}") for number in numbers)


def _clear_beside(path: Path, source: Path | None) -> None:
    """Results of runs that failed: the one that now stands at `path` is newer, and they hold numbers."""
    with suppress(OSError):
        for name in takewhile(os.path.lexists, _names_beside(path)):
            is_source = source is not None and source.exists() and name.samefile(source)
            if name.is_file() and not name.is_symlink() and not is_source:
                name.unlink()


def new_unfinished(path: Path) -> tuple[int, Path]:
    """A file beside `path`, open, for its owner alone, under a name that nobody can have taken before."""
    try:
        handle, name = tempfile.mkstemp(_UNFINISHED, _mark(path), path.parent)
    except FileNotFoundError as error:  # it names a file that nobody has ever seen
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from None
    return handle, Path(name)


def _mark(path: Path) -> str:
    """How the names of the unfinished files of one result begin: as short for the longest name."""
    return f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}-"


def _clear_away(path: Path) -> None:
    """What killed runs left of this result: it holds national numbers."""
    for left in path.parent.glob(f"{_mark(path)}*{_UNFINISHED}"):
        with suppress(OSError):  # somebody else's, or none of ours: it is in nobody's way
            left.unlink()


def _check_still_ours(file: BinaryIO, unfinished: Path) -> None:
    try:
        is_ours = os.path.samestat(os.fstat(file.fileno()), unfinished.lstat())
    except FileNotFoundError:
        is_ours = False
    if not is_ours:
        raise InvalidList("another run writes the same result", "Give another name after -o.")
