"""The command: the only code that prints, handles signals and configures logging.

Data goes to standard output, everything else to standard error. Each command is a module that is imported
only when it is asked for: `--help` needs neither aiohttp nor cryptography.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

from ..errors import PrecontractualError
from .exits import FAILURE, USAGE, exit_code
from .options import Refusal, add_commands

_LOG_VARIABLE: Final = "PRECONTRACTUAL_LOG"
Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code, as the README's table says."""
    try:
        arguments = add_commands().parse_args(argv)
        _configure_logging()
        command: Command = import_module(f".{arguments.command}", __name__).run
        return command(arguments)
    except Refusal as refusal:
        return _tell(str(refusal), refusal.next_step, USAGE)
    except PrecontractualError as error:
        return _tell(error.diagnosis, error.next_step, exit_code(error))
    except BrokenPipeError:
        return FAILURE  # whoever read our output went away
    except OSError as error:
        return _tell(f"{error.strerror or type(error).__name__}: {error.filename or 'a file'}", "", FAILURE)
    except Exception as error:  # noqa: BLE001 (a traceback could show numbers; the name of the class cannot)
        return _tell(f"a defect of precontractual-async ({type(error).__name__})", "Report it.", FAILURE)


def _tell(diagnosis: str, next_step: str, code: int) -> int:
    print(f"precontractual: {diagnosis}", file=sys.stderr)
    if next_step:
        print(f"  -> {next_step}", file=sys.stderr)
    return code


def _configure_logging() -> None:
    """Warnings by default; ``PRECONTRACTUAL_LOG=debug`` tells more. Never a number at any level."""
    level = logging.getLevelNamesMapping().get(
        os.environ.get(_LOG_VARIABLE, "warning").upper(), logging.WARNING
    )
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("precontractual_async")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
