"""Lists and results as files: written whole or not at all, and for their owner's eyes only."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from ..errors import InvalidList
from ..tables import Source

_PIECE: Final = 1 << 18


@contextmanager
def reading(name: str) -> Iterator[Source]:
    """A list, to be read several times; ``-`` is standard input.

    What cannot be read twice (a pipe) is held in memory. A file that is replaced meanwhile stays what it
    was.

    Raises:
        InvalidList: it cannot be read.
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
    """What tells the content of a list from another."""
    digest, file = hashlib.sha256(), source.again()
    while piece := file.read(_PIECE):
        digest.update(piece)
    return digest.digest()


def check_output(source: str, target: str) -> None:
    """Refuse to write a result over its own list, and notice a bad place before the work instead of after.

    Raises:
        InvalidList: the place will not do.
    """
    if target == "-":
        return
    path = Path(target)
    if source != "-" and path.exists() and Path(source).exists() and path.samefile(source):
        raise InvalidList("the result would overwrite the list", "Give another name after -o.")
    if (path.exists() and not path.is_file()) or not os.access(path.parent, os.W_OK):  # no folder, no device
        raise InvalidList("the result cannot be written there", "Give another place after -o.")


@contextmanager
def writing(name: str) -> Iterator[BinaryIO]:
    """A file that appears whole under its name at the end of the block, or not; ``-`` is standard output.

    It is readable for its owner alone: it holds national numbers. What a killed run left of its own is
    taken away by the next.
    """
    if name == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if not os.path.samestat(os.fstat(file.fileno()), partial.stat()):
                raise InvalidList("another run writes the same result", "Give another name after -o.")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)  # there only when something, or Ctrl-C, came between
