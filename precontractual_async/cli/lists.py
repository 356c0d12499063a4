"""Derives from the options of screen: formats of list and result, columns and questions, settings. Screen and
its dry run both use this module, so that both understand the same.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Final

from ..tables import Source, format_of
from ..tables.columns import OPTIONS, ROLES
from ..tables.understanding import Understood, understand
from .console import language_of
from .values import Refusal

_CHOSEN: Final = {role: OPTIONS[role].removeprefix("--").replace("-", "_") for role in ROLES}

ENTERPRISE: Final = "{enterprise}"
"""The place for the employer's number in the name of a file."""


def list_format(arguments: argparse.Namespace) -> str:
    """One of `FORMATS`: that of the option, or else that of the list's file name.

    Raises:
        InvalidList: neither gives a format.
    """
    default = "csv" if arguments.list == "-" else None
    return str(arguments.format or format_of(arguments.list, default))


def result_format(arguments: argparse.Namespace) -> str:
    """One of `FORMATS`: by the result's file name, or else the option; on standard output that of the list.

    Raises:
        InvalidList: none of them gives a format.
    """
    default = list_format(arguments) if arguments.output == "-" else arguments.format
    return format_of(arguments.output, default, is_result=True)


def language_for(arguments: argparse.Namespace, kind: str) -> str:
    """A workbook is for people, and follows the locale; other formats follow only the option."""
    return str(arguments.lang or (language_of(os.environ) if kind == "xlsx" else "en"))


def given_settings(arguments: argparse.Namespace) -> dict[str, str]:
    """The settings that were given as options, by the name of the option."""
    given = {"--rate": arguments.rate, "--environment": arguments.environment}
    if arguments.patience is not None:
        given["--patience"] = str(arguments.patience.total_seconds())
    return {name: value for name, value in given.items() if value}


def understood(arguments: argparse.Namespace, source: Source) -> Understood:
    """The list in `source`, with its problems.

    Raises:
        InvalidList: no part of the list can be understood.
    """
    return understand(
        source,
        list_format(arguments),
        {role: name for role, option in _CHOSEN.items() if (name := getattr(arguments, option)) is not None},
        sheet=arguments.sheet,
        start_dates=arguments.start_date or (),
        type_of_worker=arguments.type_of_worker,
        result=None if arguments.output is None else result_format(arguments),
    )


def check_name(arguments: argparse.Namespace) -> None:
    """Check that the results and changes of each employer have names of their own.

    Raises:
        Refusal: they have not; or a name has the place for the number without ``--split-by``.
    """
    output, changes = Path(arguments.output or ""), Path(arguments.changes or "")
    if arguments.split_by is None:
        if ENTERPRISE in output.name:
            raise Refusal(
                "the name of the result has a place for the employer's number",
                "Add --split-by represented, or give another name after -o.",
            )
        if ENTERPRISE in changes.name:
            raise Refusal(
                "the name of the changes has a place for the employer's number",
                "Add --split-by represented, or give another name after --changes.",
            )
        return
    if arguments.output and (ENTERPRISE not in output.name or ENTERPRISE in str(output.parent)):
        raise Refusal(
            "one result for each employer needs the employer's number in the name of its file",
            "Put {enterprise} into the name of the file after -o.",
        )
    if ENTERPRISE in str(changes.parent):
        raise Refusal(
            "the changes of each employer need the employer's number in the name of their file",
            "Put {enterprise} into the name of the file after --changes, and not into that of a folder.",
        )


def path_for(template: str, number: str) -> Path:
    """`template` with the employer's number."""
    path = Path(template)
    return path.with_name(path.name.replace(ENTERPRISE, number))
