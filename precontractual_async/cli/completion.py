"""``precontractual --print-completion``: the script with which a shell completes the command.

Knows which arguments are files. The script comes from shtab (extra ``completion``), which is imported only
here. Leaves to others: the arguments themselves.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Final, NoReturn

from .values import Refusal

_FILES: Final = frozenset({"FILE", "HTML", "J", "LIST", "OUT", "TARGET"})
"""The metavars of files; that of a folder is ``FOLDER``."""


class Completion(argparse.Action):
    """Prints the script that shtab makes of a parser, and ends the process."""

    def __call__(
        self, parser: argparse.ArgumentParser, _: argparse.Namespace, shell: object, *__: object
    ) -> NoReturn:
        try:
            import shtab
        except ImportError:
            step = "pip install 'precontractual-async[completion]'"
            raise Refusal("--print-completion needs a package that is not installed", step) from None
        for action in _all_actions(parser):
            if action.metavar in (*_FILES, "FOLDER"):
                kind = shtab.FILE if action.metavar in _FILES else shtab.DIRECTORY
                action.complete = kind  # type: ignore[attr-defined]
        print(shtab.complete(parser, str(shell)))
        parser.exit()


def _all_actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _all_actions(command)
