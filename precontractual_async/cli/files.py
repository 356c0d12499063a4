"""Lists and results as files: a result is written whole or not at all, and only its owner can read it."""

from __future__ import annotations

import hashlib
import io
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from errno import EACCES
from pathlib import Path
from typing import Final

from ..model.errors import InvalidList, JournalRefused
from ..tables import Source
from ..tables.output import Output, new_unfinished, written_whole
from .console import require_output, say

_PIECE: Final = 1 << 18
_OF_A_JOURNAL: Final = ("", "-wal", "-shm", "-journal", ".lock")


@contextmanager
def reading(name: str) -> Iterator[Source]:
    """Open a list that is read several times; ``-`` is standard input.

    Input that cannot be read twice (a pipe) is held in memory. When the file is replaced meanwhile, the old
    content is still read.

    Raises:
        InvalidList: the list cannot be read.
    """
    if name == "-":
        yield Source(io.BytesIO(sys.stdin.buffer.read()))
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 (closed below)
        held = file if file.seekable() else io.BytesIO(file.read())
    except OSError as error:
        problem = f"the list cannot be read ({error.strerror or type(error).__name__})"
    else:
        with file:
            yield Source(held)
        return
    raise InvalidList(problem, "Check the name and the rights of the file.")


def digest_of(source: Source) -> bytes:
    """A digest that distinguishes the content of one list from another."""
    digest, file = hashlib.sha256(), source.again()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.digest()


def check_output(source: str, target: str, *, make: bool = True) -> None:
    """Refuse to write a result over its own list, and find an unusable path before the work, not after it.

    `make`: False creates no file as a test, and checks the permissions of the folder only.

    Raises:
        InvalidList: the path cannot be used.
        Refusal: the result goes to standard output, and there is none.
    """
    if target == "-":
        require_output("the result", "Give the name of a file after -o.")
        return
    path = Path(target)
    if _is_the_list(source, path):
        raise InvalidList("the result would overwrite the list", "Give another name after -o.")
    if said := what_stands_against(path, make=make):
        raise InvalidList(
            f"the result cannot be written there ({said})", "Give another place or name after -o."
        )


def _is_the_list(source: str, path: Path) -> bool:
    try:
        return source != "-" and path.samefile(source)
    except OSError:  # one of the files does not exist
        return False


def what_stands_against(path: Path, *, make: bool) -> str:
    """Why no file can be created at `path`; empty when one can, as far as this can be known. `make`: as in
    `check_output`.
    """
    try:
        if path.exists() and not path.is_file():  # a folder or a device
            return "it is no file"
        with suppress(FileNotFoundError):
            path.lstat()  # fails when the name is too long
        (_try if make else _look)(path)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _try(path: Path) -> None:
    """Create the temporary file of a result there, and delete it."""
    handle, unfinished = new_unfinished(path)
    os.close(handle)
    unfinished.unlink()


def _look(path: Path) -> None:
    path.parent.stat()
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))


def check_backup(target: Path, journal: Path, keys: Iterable[Path]) -> None:
    """Check before the work that a backup can be written at `target`, and may be.

    Raises:
        JournalRefused: the path is that of the journal or of a key, or is beside a key; or the path cannot be
            used.
    """
    there = [each for each in keys if each.exists()]
    check_kept(str(target), "backup", journal, there, _ANOTHER_PLACE)
    if any(each.parent.resolve() == target.parent.resolve() for each in there):
        raise JournalRefused("the backup would stand beside a journal's key", _ANOTHER_PLACE)
    if said := what_stands_against(target, make=True):
        raise JournalRefused(f"the backup cannot be written there ({said})", _ANOTHER_PLACE)


_ANOTHER_PLACE: Final = "Give another place or name for the backup."


def check_kept(
    target: str,
    what: str,
    journal: Path | None,
    keys: Iterable[Path],
    next_step: str = "Give another name after -o.",
) -> None:
    """Refuse to write the output, which is called `what`, over a journal or the key of a journal.

    `next_step`: what the person should do then.

    When the key is lost, everything in the journal is lost.

    Raises:
        JournalRefused: the output would replace one of them.
    """
    beside = [] if journal is None else [journal.with_name(journal.name + each) for each in _OF_A_JOURNAL]
    for kept, name in ((beside, "the journal"), (keys, "a journal's key")):
        if target != "-" and any(is_one(Path(target), each) for each in kept):
            raise JournalRefused(f"the {what} would overwrite {name}", next_step)


def is_one(one: Path, other: Path) -> bool:
    """Whether both names mean the same file, whether or not it exists."""
    with suppress(OSError):  # one of the files does not exist
        if one.samefile(other):
            return True
    return os.path.realpath(one) == os.path.realpath(other)


def check_journal(journal: Path) -> None:
    """Find before the work that the folder of the journal is missing, and say how to make the folder.

    Raises:
        JournalRefused: there is no such folder.
    """
    folder = journal.parent
    if not folder.exists():
        raise JournalRefused(
            f"the folder of the journal is not there: {folder}",
            f"Make it, as the user that runs this: mkdir -p -m 700 {shlex.quote(str(folder))}",
        )
    if not folder.is_dir():
        raise JournalRefused(f"the journal cannot be there: {folder} is no folder", "Give another name.")


@contextmanager
def writing(
    name: str,
    *,
    may_replace: Callable[[], bool] = lambda: True,
    source: str = "-",
    knows: Callable[[Path], bool] = lambda _: False,
) -> Iterator[Output]:
    """Open the output: a file as `written_whole` makes it; ``-`` is standard output."""
    if name == "-":
        yield Output(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    read = None if source == "-" else Path(source)
    with written_whole(Path(name), may_replace=may_replace, source=read, knows=knows) as output:
        yield output


def digest_at(path: Path) -> bytes:
    """The digest of a file; empty for a file that cannot be read."""
    with suppress(OSError), path.open("rb") as file:
        return digest_of(Source(file))
    return b""


def placed(output: Output, name: str) -> dict[Path, Path]:
    """The path of a file by the path that was wanted; empty for standard output."""
    return {} if output.path is None else {Path(name): output.path}


def say_where(written: Mapping[Path, Path]) -> bool:
    """If old results were kept, say so and name the new files. Returns whether any was kept.

    `written`: see `placed`.
    """
    beside = {wanted: path for wanted, path in written.items() if path != wanted}
    if len(beside) > 1:
        say("the results that were there are kept: they may hold answers that this run did not get")
        say("  -> what this run knows is beside each, in a file with .partial in its name")
        return True
    for wanted, path in beside.items():
        say(f"{wanted} is kept as it was: it may hold answers that this run did not get")
        say(f"  -> what this run knows is beside it, in {path.name}")
    return bool(beside)
