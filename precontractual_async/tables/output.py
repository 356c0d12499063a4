"""Writes a result to a file: atomically, readable by its owner only, and never over a better result.

Knows how to write a file atomically, and the name for a result that must not replace an existing one. Leaves
to others: formats.
"""

from __future__ import annotations

import hashlib
import os
import re
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
"""Bytes of a name that is too long for a suffix: systems allow 255."""
_SHORT_STEM: Final = 50


@define
class Output:
    """A file that is being written. `path` is set at the end of the block, when the file is there."""

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
    """An atomic write: the complete file appears at the end of the block, or no file at all.

    Only its owner can read it, since it holds national numbers. Unfinished files of killed runs are removed
    first. `may_replace` is called at the end, if `path` exists: when it returns False, that file stays, and
    the new one appears as `beside(path)`. A new file at `path` also removes partial results beside it, except
    `source`: the user corrected that file and gave it as the list. `knows`: whether the new file contains
    everything of an earlier partial result, and may replace it.

    Raises:
        InvalidList: another run writes the same result.
        OSError: the file cannot be written.
    """
    with _unfinished(path) as (file, unfinished):
        output = Output(file)
        yield output
        finish(file, unfinished)
        target = path if not path.exists() or may_replace() else beside(path, knows)
        unfinished.replace(target)
        output.path = target
        if target == path:
            clear_beside(path, source)


@contextmanager
def copied_whole(path: Path, check: Callable[[], None]) -> Iterator[Path]:
    """Yields the path of an empty file; at the end of the block it is renamed to `path`.

    `check` is called right before, and raises when an existing file must stay. Nothing else is touched.

    Raises:
        InvalidList: another run writes the same file.
        OSError: the file cannot be written.
    """
    with _unfinished(path) as (file, unfinished):
        yield unfinished
        finish(file, unfinished)
        check()
        unfinished.replace(path)


@contextmanager
def _unfinished(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file beside `path`, and its name; it is removed at the end of the block, unless it was renamed."""
    clear_away(path)
    handle, unfinished = new_unfinished(path)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, unfinished
    finally:
        unfinished.unlink(missing_ok=True)  # it exists only after an error or Ctrl-C


def finish(file: BinaryIO, unfinished: Path) -> None:
    """Sync a file to the disk, check that nobody replaced it, and close it: Windows renames no open file."""
    file.flush()
    os.fsync(file.fileno())
    _check_still_ours(file, unfinished)
    file.close()


def beside(path: Path, knows: Callable[[Path], bool] = lambda _: False) -> Path:
    """A name for a partial result beside `path`: a free one, or that of a result that the run `knows`.

    >>> beside(Path("results.xlsx")).name
    'results.partial.xlsx'
    """
    return next(name for name in _names_beside(path) if not os.path.lexists(name) or knows(name))


def is_beside(name: Path, path: Path) -> bool:
    """Whether `name` is that of a partial result of `path`, which a whole result removes."""
    is_near = (name.suffix, name.resolve().parent) == (path.suffix, path.resolve().parent)
    return is_near and re.fullmatch(rf"{re.escape(_stem_beside(path))}\.partial\d*", name.stem) is not None


def _names_beside(path: Path) -> Iterator[Path]:
    stem, numbers = _stem_beside(path), chain(("",), count(2))
    return (path.with_name(f"{stem}.partial{number}{path.suffix}") for number in numbers)


def _stem_beside(path: Path) -> str:
    return path.stem if len(os.fsencode(path.name)) < _LONG_NAME else path.stem[:_SHORT_STEM]


def clear_beside(path: Path, source: Path | None) -> None:
    """Remove partial results of failed runs: `path` is newer now, and they hold national numbers."""
    with suppress(OSError):
        for name in takewhile(os.path.lexists, _names_beside(path)):
            is_source = source is not None and source.exists() and name.samefile(source)
            if name.is_file() and not name.is_symlink() and not is_source:
                name.unlink()


def new_unfinished(path: Path) -> tuple[int, Path]:
    """An open file beside `path`, for its owner only, under a new random name."""
    try:
        handle, name = tempfile.mkstemp(_UNFINISHED, _mark(path), path.parent)
    except FileNotFoundError as error:  # its message has the random name
        raise FileNotFoundError(error.errno, error.strerror, str(path)) from None
    return handle, Path(name)


def _mark(path: Path) -> str:
    """The prefix of unfinished files of one result: a hash, so that it is short for every name."""
    return f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}-"


def clear_away(path: Path) -> None:
    """Remove unfinished files of killed runs: they hold national numbers."""
    for left in path.parent.glob(f"{_mark(path)}*{_UNFINISHED}*"):  # and what SQLite put beside a copy
        with suppress(OSError):  # a file of another user does no harm
            left.unlink()


def _check_still_ours(file: BinaryIO, unfinished: Path) -> None:
    try:
        is_ours = os.path.samestat(os.fstat(file.fileno()), unfinished.lstat())
    except FileNotFoundError:
        is_ours = False
    if not is_ours:
        raise InvalidList("another run writes the same result", "Give another name after -o.")
