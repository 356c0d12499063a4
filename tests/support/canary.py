"""The leak canary: secrets are searched, in every form, wherever a program lets something slip.

A test under its watch sees all log records at DEBUG (aiohttp's and asyncio's too), standard output and
error, warnings, every error of ours that was made (text, repr, arguments, context, cause, notes, pickle,
traceback with the locals of our own frames), and the files that were written.
"""

from __future__ import annotations

import base64
import logging
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from attrs import define, field

import precontractual_async
from precontractual_async import PrecontractualError

PACKAGE = str(Path(precontractual_async.__file__).parent)


def forms(secret: str) -> Iterator[bytes]:
    """How a secret may look when it slips: plain, dotted, escaped, in base64 at any offset, in hex."""
    raw = secret.encode()
    yield raw
    if len(secret) == 11 and secret.isdigit():
        yield f"{secret[:2]}.{secret[2:4]}.{secret[4:6]}-{secret[6:9]}.{secret[9:]}".encode()
        yield secret.lstrip("0").encode()
    yield quote(secret, safe="").encode()
    yield raw.hex().encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        yield encoded[4 if offset else 0 : -4]  # what its neighbours do not change


@define
class Canary:
    """Secrets, and where they were seen."""

    secrets: dict[str, str]
    records: list[logging.LogRecord] = field(factory=list)
    errors: list[PrecontractualError] = field(factory=list)
    escaped: list[PrecontractualError] = field(factory=list)
    """Those that reached a caller: their tracebacks are looked at as well."""
    texts: dict[str, str] = field(factory=dict)
    folders: list[Path] = field(factory=list)
    allowed_files: tuple[str, ...] = ("list.csv", "out.csv")

    def hits(self) -> list[tuple[str, str]]:
        """Where, and which."""
        needles = [(name, form) for name, secret in self.secrets.items() for form in forms(secret)]
        return [
            (place, name)
            for place, data in self._places()
            for name, form in needles
            if len(form) >= 8 and form in data
        ]

    def _places(self) -> Iterator[tuple[str, bytes]]:
        formatter = logging.Formatter("%(name)s %(levelname)s %(message)s %(args)r")
        for record in self.records:
            yield f"log {record.name}", formatter.format(record).encode(errors="replace")
        for error in self.errors:
            for place, text in _of_error(error):
                yield f"{type(error).__name__} {place}", text
        for escaped in self.escaped:
            for place, data in _of_locals(escaped):
                yield f"{type(escaped).__name__} {place}", data
        for place, told in self.texts.items():
            yield place, told.encode(errors="replace")
        for folder in self.folders:
            for path in folder.rglob("*"):
                if path.is_file() and path.name not in self.allowed_files:
                    yield f"file {path.name}", path.read_bytes()


def _of_error(error: BaseException) -> Iterator[tuple[str, bytes]]:
    yield "text", str(error).encode(errors="replace")
    yield "repr", repr(error).encode(errors="replace")
    yield "args", repr(error.args).encode(errors="replace")
    yield "notes", repr(getattr(error, "__notes__", None)).encode(errors="replace")
    if isinstance(error, PrecontractualError):
        yield "pickle", pickle.dumps(error)
    for linked in (error.__cause__, error.__context__):
        if linked is not None:
            yield from _of_error(linked)


def _of_locals(error: BaseException) -> Iterator[tuple[str, bytes]]:
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    for frame in told.stack:
        if frame.filename.startswith(PACKAGE):
            yield f"locals of {frame.name}", repr(frame.locals).encode(errors="replace")


class Collector(logging.Handler):
    """Keeps every record."""

    def __init__(self, canary: Canary) -> None:
        super().__init__(logging.DEBUG)
        self._canary = canary

    def emit(self, record: logging.LogRecord) -> None:
        self._canary.records.append(record)
