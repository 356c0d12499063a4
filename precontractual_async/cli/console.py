"""What a person sees: lines on the terminal, and progress on standard error.

Knows that a terminal obeys control characters: no text reaches it that could move the cursor, begin another
line or change the direction of writing. Progress is a display on a terminal, a plain line now and then
elsewhere, or nothing. The rich display is used when rich is installed (extra `cli`) and standard error is a
terminal that can move its cursor. Leaves to others: the words of the progress.
"""

from __future__ import annotations

import getpass
import importlib.util
import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Final, Self, TextIO

from attrs import define, field

from ..batch.progress import Progress, ProgressSnapshot, RunProgress, pause_before_next_line
from ..observability.logs import LOGGER, VARIABLE, JsonLines
from ..words import LANGUAGES, translated_parts
from .values import Refusal

_WIDTH: Final = 60
"""The width of the bar in columns; a narrower terminal cuts the bar."""


def replace_missing_streams() -> None:
    """Replace standard streams that the process was started without by streams to the null device.

    Some schedulers start a process with closed descriptors. Then Python has no stream for them, and the
    system gives their numbers to the next files and connections: a message that some code in this process
    writes to descriptor 2 would end up in the journal.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is the missing one
            os.set_inheritable(nowhere, True)  # child processes of this process need it as well
            stream = open(nowhere, mode, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115 (stays)
            setattr(sys, name, stream)


def require_output(what: str, next_step: str) -> None:
    """Check before the work that there is a standard output for `what`.

    Raises:
        Refusal: the process was started without a standard output.
    """
    if sys.__stdout__ is None:
        raise Refusal(f"there is no standard output for {what}", next_step)


@define
class _Silent:
    every: float = 60.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, snapshot: ProgressSnapshot) -> None:
        pass


@define
class _Lines:
    """A plain line now and then, for logs and terminals without rich."""

    run_progress: RunProgress
    every: float = 1.0
    _began: float | None = field(default=None, init=False)
    _next: float = field(default=0.0, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, snapshot: ProgressSnapshot) -> None:
        self.run_progress.see(snapshot)
        if self._began is None:
            self._began = snapshot.at
        elif snapshot.at >= self._next:
            say("; ".join(self.run_progress.lines()))
        else:
            return
        self._next = snapshot.at + pause_before_next_line(snapshot.at - self._began)


class _Bar:
    """The display of rich: rich draws, and every word comes from `RunProgress`.

    It draws in the event loop, twice a second, and not in its own thread: the figures belong to the loop.
    """

    every = 0.5

    def __init__(self, run_progress: RunProgress) -> None:
        from rich.console import Console
        from rich.live import Live

        self._run_progress = run_progress
        self._live = Live(console=Console(stderr=True), auto_refresh=False, redirect_stdout=False)

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._live.stop()

    def show(self, snapshot: ProgressSnapshot) -> None:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        self._run_progress.see(snapshot)
        picture = Table.grid()
        bar = ProgressBar(
            self._run_progress.total,
            snapshot.done,
            width=_WIDTH,
            complete_style="green",
            finished_style="green",
        )
        picture.add_row(bar)
        for line in self._run_progress.lines():
            picture.add_row(Text(harmless(in_language(line))))
        with suppress(OSError):  # the terminal went away; the run goes on
            self._live.update(picture, refresh=True)


def progress_for(total: int, *, quiet: bool) -> Progress:
    """The kind of progress that suits the target of standard error."""
    if quiet:
        return _Silent()
    is_drawable = sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown") and not _is_json()
    if is_drawable and importlib.util.find_spec("rich"):
        return _Bar(RunProgress(total))
    return _Lines(RunProgress(total))


_LANGUAGE: Final = ContextVar("precontractual-language", default="en")
"""The language of all messages for the person."""
_BEFORE: Final = re.compile(r"\s*(?:(?:->|ok|!!|--) +)?(?:precontractual: )?")
"""The prefix of a message, which is the same in every language."""


def speak(language: str) -> None:
    """Set the language of further messages: ``nl``, ``fr``, ``de`` or ``en``; logs and JSON stay English."""
    _LANGUAGE.set(language)


def language_of(environ: Mapping[str, str]) -> str:
    """The language of the locale; English when the locale names none of ours."""
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return language if (language := named[:2].casefold()) in LANGUAGES else "en"


def in_language(text: str) -> str:
    """A line in the person's language; a sentence without a translation stays English."""
    language = _LANGUAGE.get()
    if language == "en":
        return text
    before = _BEFORE.match(text)
    start = before.end() if before else 0
    return text[:start] + translated_parts(text[start:], language)


def say(text: str, level: int = logging.INFO) -> None:
    """Print one line for the person, on standard error; a terminal that went away stops nothing.

    When the log is JSON, the line is written as a log record of `level`.
    """
    with suppress(OSError):
        if _is_json():
            record = logging.LogRecord(LOGGER, level, "", 0, harmless(text), None, None)
            text = JsonLines().format(record)
        else:
            text = in_language(text)
        _line(text, sys.stderr)


def tell_machine(told: Mapping[str, object], *, is_among_results: bool = False) -> None:
    """Print one JSON object on standard output; on standard error when the result goes to standard output."""
    with suppress(OSError):
        _line(json.dumps(told), sys.stderr if is_among_results else sys.stdout)


def read_citizen() -> str:
    """A citizen's number: from a prompt that does not show it, or from the first line of standard input."""
    try:
        if sys.stdin.isatty():
            return getpass.getpass(in_language("SSIN of the citizen (not shown):") + " ")
    except EOFError:  # Ctrl-D: no number was given
        return ""
    return sys.stdin.buffer.readline().decode("utf-8-sig", errors="replace").strip()


def _is_json() -> bool:
    return "json" in os.environ.get(VARIABLE, "").casefold().replace(",", " ").split()


def tell(text: str) -> None:
    """Print one line of the requested data, on standard output."""
    _line(in_language(text), sys.stdout)


def _line(text: str, stream: TextIO) -> None:
    """Print a line; `?` replaces a character that the encoding lacks, so that no name ends a report."""
    encoding = stream.encoding or "utf-8"
    print(harmless(text).encode(encoding, "replace").decode(encoding), file=stream)


def harmless(text: str) -> str:
    """One line of text without control characters; texts of the gateway and of the list pass here too."""
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else "\N{REPLACEMENT CHARACTER}"
