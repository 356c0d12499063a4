"""What a person sees: lines on the terminal, and progress on standard error.

Knows that a terminal obeys what it is sent: no text reaches it that could move its cursor, begin a line of
its own or turn its direction. Progress is a display on a terminal, a line now and then elsewhere, or
nothing; it knows counts only. The rich display is used when it is installed (extra `cli`) and standard
error is a terminal.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from attrs import define, field


class Progress(Protocol):
    """Told after every outcome."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, done: int, note: str) -> None:
        """`done` rows are known; `note` says what else there is to say."""


@define
class _Silent:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, done: int, note: str) -> None:
        pass


@define
class _Lines:
    """A plain line every few seconds, for logs and terminals without rich."""

    total: int
    every: float = 5.0
    _next: float = field(factory=time.monotonic, init=False)

    def __enter__(self) -> Self:
        self._next = time.monotonic() + self.every
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, done: int, note: str) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self.every
            say(f"{done} of {self.total} rows; {note}")


class _Bar:
    """The display of rich."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("rows", total=total, note="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, done: int, note: str) -> None:
        self._progress.update(self._task, completed=done, note=note)


def progress_for(total: int, *, quiet: bool) -> Progress:
    """The progress that fits where standard error goes."""
    if quiet:
        return _Silent()
    if sys.stderr.isatty() and importlib.util.find_spec("rich"):
        return _Bar(total)
    return _Lines(total)


def say(text: str) -> None:
    """One line for the person, on standard error; a terminal that went away stops nothing."""
    with suppress(OSError):
        print(harmless(text), file=sys.stderr)


def tell(text: str) -> None:
    """One line of what was asked for, on standard output."""
    print(harmless(text))


def harmless(text: str) -> str:
    """One line of text that a terminal only shows: the gateway's and the list's own texts pass here too."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
