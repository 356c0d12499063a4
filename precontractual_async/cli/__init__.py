"""The command: the only code that prints, handles signals and configures logging.

Data goes to standard output, everything else to standard error. The module of a command is imported only when
that command runs: `--help` needs neither aiohttp nor cryptography.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from itertools import zip_longest
from typing import TextIO

from ..batch.exits import FAILURE
from ..model.dates import StartDateWindow
from ..model.errors import PrecontractualError
from ..model.os_errors import next_step_for
from ..model.privacy import masked
from ..observability.logs import VARIABLE, JsonLines, read_setting, write_log
from ..words import LANGUAGES
from .console import harmless, language_of, replace_missing_streams, say, speak, tell_machine
from .ends import code_of
from .options import add_commands
from .values import Refusal, refuse_the_past

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code, as the table in guides/lists.md lists them."""
    replace_missing_streams()
    arguments = argparse.Namespace(json="--json" in (sys.argv if argv is None else argv))
    speak(_language_typed(sys.argv if argv is None else argv) or language_of(os.environ))
    try:
        add_commands().parse_args(argv, arguments)
        refuse_the_past(arguments, StartDateWindow.at(datetime.now(UTC)).first)
        _configure_logging(_level_for(arguments))
        command: Command = import_module(f".{arguments.command}", __name__).run
        code = command(arguments)
        sys.stdout.flush()  # a broken pipe shows here, not only when the interpreter ends
    except KeyboardInterrupt as stopped:
        code = _tell("stopped", "", code_of(stopped), arguments)
    except Refusal as refusal:
        code = _tell(str(refusal), refusal.next_step, code_of(refusal), arguments)
    except PrecontractualError as error:
        code = _tell(error.diagnosis, error.next_step, code_of(error), arguments)
    except BrokenPipeError:
        code = FAILURE
    except OSError as error:
        code = _tell(*_of_the_system(error), FAILURE, arguments)
    except Exception as error:  # noqa: BLE001 (a traceback could show numbers; the name of the class cannot)
        defect = f"a defect of precontractual-async ({type(error).__name__})"
        code = _tell(defect, "Report it.", FAILURE, arguments)
    _let_go()
    return code


def _language_typed(words: Sequence[str]) -> str | None:
    """The value of ``--lang``, found before parsing: parse errors are reported in that language too."""
    for word, following in zip_longest(words, words[1:]):
        name, _, value = word.partition("=")
        if name == "--lang" and (chosen := value or following) in LANGUAGES:
            return str(chosen)
    return None


def _of_the_system(error: OSError) -> tuple[str, str]:
    """What the operating system refused, masked: the name of a file can hold a citizen's number."""
    said = error.strerror or type(error).__name__
    if error.filename is None:
        return masked(said), next_step_for(error)
    return f"{said}: {masked(str(error.filename))}", next_step_for(error)


def _let_go() -> None:
    """Discard output that could not be written: else the interpreter would try again, and exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _tell(diagnosis: str, next_step: str, code: int, arguments: argparse.Namespace) -> int:
    """Report why the command ended; as JSON too, unless the command has already printed its JSON."""
    if getattr(arguments, "json", False) and not getattr(arguments, "is_told", False):
        error = {"diagnosis": diagnosis, "next_step": next_step}
        is_among_results = "-" in (getattr(arguments, "output", None), getattr(arguments, "changes", None))
        tell_machine({"error": error, "exit_code": code}, is_among_results=is_among_results)
    say(f"precontractual: {diagnosis}", logging.ERROR)
    if next_step:
        say(f"  -> {next_step}", logging.ERROR)
    return code


class _Standard(logging.StreamHandler[TextIO]):
    """Writes to the current standard error: rich replaces ``sys.stderr`` while it draws."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


class _OneLine(logging.Formatter):
    """Formats a log record as one line without control characters."""

    def format(self, record: logging.LogRecord) -> str:
        return harmless(super().format(record))


def _level_for(arguments: argparse.Namespace) -> str:
    """The default log level: errors only, where the command itself reports what went wrong, else warnings."""
    tells_itself = arguments.command == "doctor" or getattr(arguments, "quiet", False)
    return "error" if tells_itself else "warning"


def _configure_logging(default: str) -> None:
    """``PRECONTRACTUAL_LOG``: ``debug`` logs more, ``json`` logs JSON. No level logs a citizen's number."""
    level, is_json = read_setting(os.environ.get(VARIABLE, ""), default)
    lines = JsonLines() if is_json else _OneLine("%(asctime)s %(levelname)s %(message)s")
    write_log(level, lines, _Standard(sys.stderr))
