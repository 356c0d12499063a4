"""The options for results, changes and metrics, and the command line of ``precontractual changes``."""

from __future__ import annotations

import argparse
from typing import Any

from .shared_options import add_journal_file, add_lang
from .values import hours, metrics_label, moment


def add_results(screen: argparse.ArgumentParser) -> None:
    """Add the options of screen for its result and its changes."""
    screen.add_argument("-o", "--output", metavar="OUT", help="the result; - is standard output")
    screen.add_argument(
        "--changes",
        metavar="FILE",
        help="what changed in the list since the last run with this option, and who still waits; in any "
        "format of a result, - for lines on standard output (needs --journal); {enterprise}: as in OUT",
    )
    _add_hours(screen, "with --changes: ")
    screen.add_argument(
        "--split-by",
        choices=("represented",),
        help="one result for each employer; the name of OUT has {enterprise} where its number comes",
    )


def _add_hours(parser: argparse.ArgumentParser, before: str = "") -> None:
    parser.add_argument(
        "--hours-below",
        type=hours,
        metavar="N",
        help=before + "also when student hours fall below N",
    )
    parser.add_argument(
        "--hours-step",
        type=hours,
        metavar="N",
        help=before + "also when student hours differ by N from those that were last reported",
    )


# argparse's own type has a private name, but there is no other way to annotate it.
def add_changes(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    changes = commands.add_parser(
        "changes",
        help="what changed in a list between any two runs of screen --changes",
        description="Shows what changed in a list between an earlier run with --changes and the last, and "
        "who still waits. It only reads the journal, and a run may use the journal meanwhile.",
    )
    add_journal_file(changes)
    changes.add_argument(
        "--since",
        type=moment,
        metavar="RUN",
        help="the beginning of the earlier run, as journal runs shows it, or the day from which changes "
        "count (default: the run before the last)",
    )
    changes.add_argument(
        "--list", metavar="LIST", help="as it was given to screen (default: all lists of the journal)"
    )
    changes.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="in any format of a result; without it, or with -, lines on standard output",
    )
    changes.add_argument(
        "--format",
        choices=("csv", "jsonl", "xlsx", "parquet"),
        help="the format of FILE, if its suffix is of none",
    )
    _add_hours(changes)
    changes.add_argument("--json", action="store_true", help="how many of each kind, as one JSON object")
    add_lang(changes, " and of a workbook")


def add_metrics(screen: argparse.ArgumentParser) -> None:
    """Add the options of screen for monitoring."""
    screen.add_argument(
        "--metrics",
        metavar="FILE",
        help="what became of the run, also when it fails, for node_exporter's textfile collector",
    )
    screen.add_argument(
        "--metrics-label",
        type=metrics_label,
        metavar="NAME",
        help="what the label `list` says there, where several lists are screened; never a person's number",
    )
