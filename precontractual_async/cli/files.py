"""Lists and results as files: read whole, written whole or not at all, and for their owner's eyes only."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from ..errors import InvalidList


def read_input(name: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        problem = f"the list cannot be read ({error.strerror or type(error).__name__})"
    raise InvalidList(problem, "Check the name and the rights of the file.")


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


def write_output(name: str, data: bytes) -> None:
    """The whole file under its name, or the old one untouched; ``-`` is standard output.

    It is made readable for its owner alone: it holds national numbers.
    """
    if name == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # born 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)  # there only when something, or Ctrl-C, came between
