"""``precontractual screen``: everybody on a list."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..batch.asker import Asker
from ..client import PrecontractualClient
from ..journal.due import DuePolicy
from ..journal.durable import SqliteJournal
from ..journal.keys import find_journal_key
from ..journal.port import Journal, MemoryJournal, Reading
from ..tables import Source, format_of, read_list, results_into
from ..tables.columns import described, find_columns
from .batch import Screening
from .console import progress_for, say
from .exits import COMPLETE
from .files import check_journal, check_output, digest_of, reading, writing
from .summary import facts, next_run, summary

if TYPE_CHECKING:
    from ..cluster.dask import DaskClient

_ROLES: Final = {
    "citizen": "citizen_column",
    "start_date": "date_column",
    "represented_enterprise_number": "represented_column",
    "type_of_worker": "type_column",
}


def run(arguments: argparse.Namespace) -> int:
    """Read, ask, write, sum up."""
    check_output(arguments.list, arguments.output)
    if arguments.journal:
        check_journal(Path(arguments.journal))
    client = _client(arguments)
    with reading(arguments.list) as source:
        return asyncio.run(_screen(arguments, client, source))


def _client(arguments: argparse.Namespace) -> PrecontractualClient | DaskClient:
    settings = _settings(arguments)
    if arguments.dask is None:
        return PrecontractualClient.from_env(arguments=settings)
    from ..cluster.dask import DaskClient

    return DaskClient(arguments.dask, arguments=settings, partition=arguments.partition)


def _settings(arguments: argparse.Namespace) -> dict[str, str]:
    given = {"RATE": arguments.rate, "ENVIRONMENT": arguments.environment}
    if arguments.patience is not None:
        given["PATIENCE"] = str(arguments.patience.total_seconds())
    return {name: value for name, value in given.items() if value}


async def _screen(
    arguments: argparse.Namespace, client: PrecontractualClient | DaskClient, source: Source
) -> int:
    kind = arguments.format or format_of(arguments.list, "csv" if arguments.list == "-" else None)
    target_kind = arguments.format or format_of(arguments.output, kind if arguments.output == "-" else None)
    async with AsyncExitStack() as stack:
        journal: Journal = MemoryJournal()
        screening = _screening(arguments, source, kind, journal)
        if arguments.journal:
            path = Path(arguments.journal)
            screening.journal = await stack.enter_async_context(
                SqliteJournal(path, find_journal_key(os.environ, path))
            )
            await _notice_changes(arguments, source, screening)
        if not arguments.quiet:
            say(f"the list: {described(screening.table.columns, screening.columns)}{_given_dates(arguments)}")
        await stack.enter_async_context(client)
        progress = progress_for(screening.total, quiet=arguments.quiet)
        # All is imported by now, and stays to the end: else the collector would go through these tens of
        # thousands of objects again each time that the rows have made some garbage.
        gc.freeze()
        await screening.ask(client, progress)
        if screening.signalled is None or not arguments.journal:
            with writing(arguments.output) as file:
                results = results_into(file, screening.table, screening.added, target_kind)
                await screening.write(client, results)
    _sum_up(screening, client, arguments)
    return screening.exit_code


def _screening(arguments: argparse.Namespace, source: Source, kind: str, journal: Journal) -> Screening:
    table = read_list(source, kind)
    chosen = {role: getattr(arguments, option) for role, option in _ROLES.items()}
    dates = tuple(arguments.start_date or ())
    columns = find_columns(
        table.columns, {role: name for role, name in chosen.items() if name}, needs_date=not dates
    )
    return Screening(
        table,
        columns,
        journal,
        due=DuePolicy(fresh_for=arguments.fresh_for),
        start_dates=dates,
        type_of_worker=arguments.type_of_worker,
        check_window=not arguments.no_window_check,
    )


def _given_dates(arguments: argparse.Namespace) -> str:
    return "; start dates as given by --start-date" if arguments.start_date else ""


async def _notice_changes(arguments: argparse.Namespace, source: Source, screening: Screening) -> None:
    """Say so when the list is not what it was; its rows are matched by content anyway."""
    place = _place(arguments.list)
    now = Reading(digest_of(source), screening.table.count)
    before = await screening.journal.last_reading(place)
    if before is not None and before.digest != now.digest and not arguments.quiet:
        say(
            f"the list was changed since the last run: {before.rows} rows then, {now.rows} now; "
            "new rows are asked, those that are gone are left out"
        )
    await screening.journal.note_reading(place, now)


def _place(name: str) -> str:
    return name if name == "-" else str(Path(name).absolute())


def _sum_up(screening: Screening, client: Asker, arguments: argparse.Namespace) -> None:
    """For a person, or with ``--json`` for a machine; never among the results.

    With ``--quiet`` nothing when all is complete: cron mails what is said, and that mail is to be read.
    """
    if arguments.json:
        stream = sys.stderr if arguments.output == "-" else sys.stdout
        print(json.dumps(facts(screening, client)), file=stream)
        return
    if arguments.quiet and screening.exit_code == COMPLETE:
        return
    for line in summary(screening, client):
        say(line)
    if arguments.journal and screening.signalled is not None:
        say("what was answered is in the journal; run it again to go on")
    elif arguments.journal:
        for line in next_run(screening, client.now()):
            say(line)
