"""Writes several files that belong together: all of them appear, or none.

Knows how to restore the existing files when one of the new ones cannot replace its own. No file system
renames several files at once: a process that is killed just then leaves some of them new, each whole, and the
same run again makes all of them new. Leaves to others: formats, and whose the files are.
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
    """Files that are being written. They appear at `paths` at the end of the block."""

    paths: list[Path] = field(factory=list, init=False)
    """Their final paths, in the order in which they were begun."""
    _begun: list[tuple[Path, Path]] = field(factory=list, init=False)

    @contextmanager
    def adding(self, path: Path) -> Iterator[BinaryIO]:
        """Add a file that only its owner can read. At the end of this block it is closed."""
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
    """Like `written_whole`, for several files: at the end of the block all of them appear, or none.

    `may_replace` is called once, if any of the files exists: when it returns False, all existing files stay,
    and the new ones appear as `beside` names them.

    Raises:
        InvalidList: another run writes the same files.
        OSError: one of them cannot be written or renamed.
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
    """Rename all files; if one rename fails, restore all old files."""
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
    """A copy of the file at `path`, if there is one; if this run is killed, the next one removes it."""
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
