"""Several results as files that belong together: all of them appear, or none.

Knows how the files that stand there come back when one of the new ones cannot take its place. No file system
puts several names in place at once: a process that is killed just then leaves some of them new, each whole,
and the same run again makes all of them new. Refuses to know formats, and whose the files are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from attrs import define, field

from .output import beside, clear_away, clear_beside, finish, new_unfinished


@define
class FileSet:
    """Files that are being written. At the end of the block they stand at `paths`; until then none does."""

    paths: list[Path] = field(factory=list, init=False)
    """Where they are in the end, in the order in which they were begun."""
    _begun: list[tuple[Path, Path]] = field(factory=list, init=False)

    @contextmanager
    def adding(self, path: Path) -> Iterator[BinaryIO]:
        """One more, for its owner alone; it can be closed before the next is begun."""
        clear_away(path)
        handle, unfinished = new_unfinished(path)
        self._begun.append((unfinished, path))
        with os.fdopen(handle, "wb") as file:
            yield file
            finish(file, unfinished)


@contextmanager
def written_together(
    *,
    may_replace: Callable[[], bool],
    source: Path | None = None,
    knows: Callable[[Path], bool] = lambda _: False,
) -> Iterator[FileSet]:
    """Files that all appear at the end of the block, or none of them. For the rest see `written_whole`.

    `may_replace` is asked once for all: when it says no and one of the old ones is there, all old ones stay,
    and each new one appears beside its place.

    Raises:
        InvalidList: another run writes the same.
        OSError: one of them cannot be written, or cannot take its place.
    """
    files = FileSet()
    try:
        yield files
        wanted = [path for _, path in files._begun]
        is_kept = any(path.exists() for path in wanted) and not may_replace()
        targets = [beside(path, knows) for path in wanted] if is_kept else wanted
        _put([unfinished for unfinished, _ in files._begun], targets)
        files.paths = targets
        if not is_kept:
            for path in wanted:
                clear_beside(path, source)
    finally:
        for unfinished, _ in files._begun:
            unfinished.unlink(missing_ok=True)


def _put(unfinished: Sequence[Path], targets: Sequence[Path]) -> None:
    """Each in its place; when one cannot be put there, all old ones are back."""
    copies: list[Path | None] = []
    is_done = False
    try:
        copies.extend(map(_copy_of, targets))
        for new, target in zip(unfinished, targets, strict=True):
            new.replace(target)
        is_done = True
    finally:
        if not is_done:
            for new, target, copy in zip(unfinished, targets, copies, strict=False):
                if not new.exists():  # it took its place, even when a signal came right then
                    _put_back(target, copy)
        for copy in copies:
            if copy is not None:
                copy.unlink(missing_ok=True)


def _copy_of(path: Path) -> Path | None:
    """What stands there, under another name, which the next run would take away if this one were killed."""
    if not path.is_file():
        return None
    handle, copy = new_unfinished(path)
    with os.fdopen(handle, "wb") as file, path.open("rb") as old:
        shutil.copyfileobj(old, file)
    return copy


def _put_back(target: Path, copy: Path | None) -> None:
    if copy is None:
        target.unlink(missing_ok=True)
    else:
        copy.replace(target)
