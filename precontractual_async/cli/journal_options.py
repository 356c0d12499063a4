"""The command line of ``precontractual journal``: its actions, and the options of each."""

from __future__ import annotations

import argparse
from typing import Any

from .shared_options import add_fresh_for, add_journal_file, add_lang
from .values import duration


# argparse's own type has a private name, but there is no other way to annotate it.
def add_journal(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command, with all its actions."""
    journal = commands.add_parser(
        "journal",
        help="what a journal holds, who used it, and retention",
        description="Looks into a journal (also while a run uses it), or takes out of it what is to go.",
    )
    actions = journal.add_subparsers(dest="action", required=True, metavar="ACTION")
    status = actions.add_parser(
        "status",
        help="how many questions are settled, due and pending",
        description="Counts distinct questions: the same citizen, start date, employer and type of worker on "
        "several rows, or in several lists, is one.",
    )
    add_journal_file(status)
    add_fresh_for(status)
    add_lang(status)
    runs = actions.add_parser(
        "runs",
        help="the runs that used it: when, how many rows and calls, and what stopped them",
        description="Lists the runs of screen that used a journal, the oldest first. A run without an end "
        "is under way, or was killed.",
    )
    add_journal_file(runs)
    runs.add_argument("--json", action="store_true", help="as one JSON object, instants with their zone")
    add_lang(runs)
    _add_purge(actions)
    _add_backup(actions)
    _add_export(actions)
    _add_rekey(actions)


def _add_purge(actions: argparse._SubParsersAction[Any]) -> None:
    purge = actions.add_parser(
        "purge",
        help="delete and overwrite what is old, or all about one citizen",
        description="Deletes what was learned before a time, or all entries about one citizen, and "
        "overwrites it in the file. The citizen's number is asked for, or read from standard input.",
    )
    add_journal_file(purge)
    which = purge.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--older-than", type=duration, metavar="T", help="what was learned before, such as 90d"
    )
    which.add_argument(
        "--citizen", action="store_true", help="all about the citizen whose number is given then"
    )
    _add_dry_run(purge)
    add_lang(purge)


def _add_backup(actions: argparse._SubParsersAction[Any]) -> None:
    backup = actions.add_parser(
        "backup",
        help="a whole copy, while a run goes on",
        description="Copies a journal as it is at one moment, encrypted as it is; needs no key, and a run "
        "may use the journal meanwhile. An older backup of the same journal is replaced, nothing else is.",
    )
    add_journal_file(backup)
    backup.add_argument(
        "target", metavar="TARGET", help="the copy; not in a folder that holds a journal's key"
    )
    add_lang(backup)


def _add_export(actions: argparse._SubParsersAction[Any]) -> None:
    export = actions.add_parser(
        "export",
        help="all of it as JSON lines, for an audit; with the citizens' numbers",
        description="Writes what was asked, when, by whom and with which answer, one JSON object for each "
        "entry, the oldest first. That is personal data in the clear: national numbers, and references that "
        "hold them. A run may use the journal meanwhile.",
    )
    add_journal_file(export)
    export.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="for its owner only; - is standard output (default, unless that is a terminal)",
    )
    _add_dry_run(export)
    add_lang(export)


def _add_rekey(actions: argparse._SubParsersAction[Any]) -> None:
    rekey = actions.add_parser(
        "rekey",
        help="put it under a new key",
        description="Encrypts a journal with a new key, all of it at once; the old one is taken from where "
        "it is always taken, and opens nothing afterwards. Killed, it is run again.",
    )
    add_journal_file(rekey)
    rekey.add_argument(
        "--new-key-file",
        required=True,
        metavar="FILE",
        help="of the new key; made when it is not there, and never beside the journal",
    )
    _add_dry_run(rekey)
    add_lang(rekey)


def _add_dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="tell what it would do, and change nothing")
