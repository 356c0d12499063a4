"""A list that needs another's code to be opened, opened in a process of its own.

Knows that readers of binary formats are told by the file how much memory to take, and that what they do with
a hostile one cannot be caught: they end the process, or take all that the machine has. So they do it in a
process that may take little, and writes what it found into a file without a name, for its owner alone.
Refuses to know formats.

Where a system has no such limits (Windows; macOS heeds the one for time), the process is still another, and
its time is short.
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

# A process gets none of our settings: what it has in its environment can be looked up.
_HANDED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
_OURS: Final = {"ARROW_DEFAULT_MEMORY_POOL": "system"}  # the others reserve more than they use
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
    """The lines that a reader wrote about a list, from any place as often as they are asked for."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the last table that reads it)
        weakref.finalize(self, self._file.close)

    def lines(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Each line from a place on, with the place where the next begins; one reader at a time."""
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
        InvalidList: it cannot be opened, or takes more than it may.
    """
    found = Found()
    with _as_file(source) as given:
        try:
            done = subprocess.run(  # noqa: S603 (our own program)
                [sys.executable, "-P", "-c", _PROGRAM, reader],
                stdin=given,
                stdout=found.file,
                stderr=subprocess.DEVNULL,  # what a reader says when it fails may quote the list
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
    """The list as a file that another process can read; closing it closes no other."""
    file = source.again()
    try:
        handle = os.dup(file.fileno())
    except OSError:  # it is held in memory
        held = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
        shutil.copyfileobj(file, held)
        held.seek(0)
        return held
    os.lseek(handle, 0, os.SEEK_SET)
    return os.fdopen(handle, "rb")


# --- in the other process ---------------------------------------------------------------------------


def serve(reader: str) -> None:
    """Let `reader` look through standard input and tell on standard output what it finds; then end."""
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
    os._exit(code)  # whatever else was made, the system takes it away faster


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
            with suppress(ValueError):  # macOS takes some for impossible
                resource.setrlimit(kind, (most if hardest < 0 else min(most, hardest), hardest))
