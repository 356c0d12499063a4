"""``precontractual screen``: everybody on a list."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from ..client import PrecontractualClient
from ..tables import format_of, read_list, write_results
from ..tables.columns import find_columns
from .batch import Screening, facts, summary
from .console import progress_for, say
from .files import check_output, read_input, write_output

_ROLES = {
    "citizen": "citizen_column",
    "start_date": "date_column",
    "represented_enterprise_number": "represented_column",
    "type_of_worker": "type_column",
}


def run(arguments: argparse.Namespace) -> int:
    """Read, ask, write, sum up."""
    check_output(arguments.list, arguments.output)
    kind = arguments.format or format_of(arguments.list, "csv" if arguments.list == "-" else None)
    target_kind = arguments.format or format_of(arguments.output, kind if arguments.output == "-" else None)
    client = PrecontractualClient.from_env(arguments=_settings(arguments))
    screening = _screening(arguments, kind)
    asyncio.run(_run(client, screening, quiet=arguments.quiet))
    added, rows = screening.results()
    write_output(arguments.output, write_results(screening.table, added, rows, target_kind))
    _sum_up(screening, client, arguments)
    return screening.exit_code


def _sum_up(screening: Screening, client: PrecontractualClient, arguments: argparse.Namespace) -> None:
    """For a person, or with ``--json`` for a machine; never among the results."""
    if arguments.json:
        stream = sys.stderr if arguments.output == "-" else sys.stdout
        print(json.dumps(facts(screening, client)), file=stream)
        return
    for line in summary(screening, client):
        say(line)


def _settings(arguments: argparse.Namespace) -> dict[str, str]:
    given = {"RATE": arguments.rate, "ENVIRONMENT": arguments.environment}
    return {name: value for name, value in given.items() if value}


def _screening(arguments: argparse.Namespace, kind: str) -> Screening:
    table = read_list(read_input(arguments.list), kind)
    chosen = {role: getattr(arguments, option) for role, option in _ROLES.items()}
    dates = tuple(arguments.start_date or ())
    columns = find_columns(
        table.columns, {role: name for role, name in chosen.items() if name}, needs_date=not dates
    )
    return Screening(
        table,
        columns,
        start_dates=dates,
        type_of_worker=arguments.type_of_worker,
        check_window=not arguments.no_window_check,
    )


async def _run(client: PrecontractualClient, screening: Screening, *, quiet: bool) -> None:
    async with client:
        await screening.run(client, progress_for(screening.total, quiet=quiet))
