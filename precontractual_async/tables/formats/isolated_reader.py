"""Sandboxing: opens a list in a separate process, when a foreign library must read it.

Knows that a binary file tells its reader how much memory to take, and that a hostile file may crash the
process or exhaust the machine; no exception handler helps. So the reader runs in a process with low limits,
which writes what it finds into an anonymous file, readable by its owner only. Leaves to others: formats.

Some systems lack these limits (Windows has none, macOS only that for time). There the process is still
separate, and its time is short.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import BinaryIO, Final

from ...model.errors import InvalidList
from ..table import Source

MEMORY: Final = 1 << 30
"""Bytes that the process may take."""
_WRITTEN: Final = 1 << 29
"""Bytes of any file that it may write."""
_PROCESSOR: Final = 120
"""Seconds of the processor."""
_WAIT: Final = 600
"""Seconds in all."""

_REFUSED: Final = 3
_TOO_LARGE: Final = 4
_NO_ROOM: Final = 5

# The process gets none of our settings, since others may read its environment.
_HANDED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_OURS: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # other pools reserve more than they use
_PROGRAM: Final = (
    "import sys; from precontractual_async.tables.formats.isolated_reader import serve; serve(sys.argv[1])"
)

_DAMAGED: Final = (
    "the list cannot be read: it is damaged, or is not of this format",
    "Open it and save it again, or save it as CSV (UTF-8).",
)
_LARGE: Final = (
    f"the list needs more than the {MEMORY >> 20:,} MB that may be taken to open it",
    "Clear the columns and rows beside the list, or save it as CSV (UTF-8) or Parquet.",
)
_LONG: Final = ("the list takes too long to open", _LARGE[1])
_SAID_BY_ITS_END: Final[Mapping[int, tuple[str, str]]] = {
    _TOO_LARGE: _LARGE,
    _NO_ROOM: ("there is no room on the disk to open the list", "Make room where temporary files are kept."),
    **{-signal.Signals[name]: _LARGE for name in ("SIGABRT", "SIGKILL") if hasattr(signal, name)},
    **{-signal.Signals[name]: _LONG for name in ("SIGXCPU",) if hasattr(signal, name)},
}


class Found:
    """The lines that a reader wrote about a list; they can be read again from any position."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the last table that reads it)
        weakref.finalize(self, self._file.close)

    def lines(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Each line from `start` on, with the position of the next line; one reader at a time."""
        self._file.seek(start)
        while line := self._file.readline():
            start += len(line)
            yield start, line

    @property
    def file(self) -> BinaryIO:
        return self._file


def found_by(reader: str, source: Source) -> Found:
    """What the module `reader` of this package finds in a list.

    Raises:
        InvalidList: the list cannot be opened, or exceeds a limit.
    """
    found = Found()
    with _as_file(source) as given:
        try:
            done = subprocess.run(  # noqa: S603 (our own program)
                [sys.executable, "-P", "-c", _PROGRAM, reader],
                stdin=given,
                stdout=found.file,
                stderr=subprocess.DEVNULL,  # error messages of a reader may quote the list
                env=_environment(),
                timeout=_WAIT,
                check=False,
            )
            code = done.returncode
        except subprocess.TimeoutExpired:
            code = -signal.SIGXCPU if hasattr(signal, "SIGXCPU") else _TOO_LARGE
    if code == _REFUSED:
        raise InvalidList(*json.loads(next(found.lines())[1]))
    if code:
        raise InvalidList(*_SAID_BY_ITS_END.get(code, _DAMAGED))
    return found


def _environment() -> dict[str, str]:
    handed_on = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    return {**handed_on, **_OURS, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _as_file(source: Source) -> BinaryIO:
    """The list as a file that another process can read; it is closed independently."""
    file = source.again()
    try:
        handle = os.dup(file.fileno())
    except OSError:  # the list is in memory
        copy = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        return copy
    os.lseek(handle, 0, os.SEEK_SET)
    return os.fdopen(handle, "rb")


# --- in the separate process ------------------------------------------------------------------------


def serve(reader: str) -> None:
    """Let `reader` read standard input and write what it finds to standard output; then exit."""
    _limit()
    find: Callable[[BinaryIO, BinaryIO], None] = import_module(f".{reader}", __package__).find
    found = sys.stdout.buffer
    try:
        find(sys.stdin.buffer, found)
        found.flush()
        code = 0
    except InvalidList as error:
        code = _REFUSED
        found.seek(0)
        found.write(json.dumps([error.diagnosis, error.next_step]).encode() + b"\n")
        found.flush()
    except MemoryError:
        code = _TOO_LARGE
    except OSError as error:
        code = {errno.EFBIG: _TOO_LARGE, errno.ENOSPC: _NO_ROOM, errno.EDQUOT: _NO_ROOM}.get(
            error.errno or 0, 1
        )
    os._exit(code)  # the system frees memory faster than Python


def _limit() -> None:
    with suppress(ImportError):
        import resource  # noqa: PLC0415 (Windows has none)

        for kind, most in (
            (resource.RLIMIT_DATA, MEMORY),
            (resource.RLIMIT_FSIZE, _WRITTEN),
            (resource.RLIMIT_CPU, _PROCESSOR),
            (resource.RLIMIT_CORE, 0),
        ):
            _, hardest = resource.getrlimit(kind)
            with suppress(ValueError):  # macOS rejects some limits
                resource.setrlimit(kind, (most if hardest < 0 else min(most, hardest), hardest))
