"""``precontractual demo``: a made-up list through the real client, against the simulated gateway."""

from __future__ import annotations

import argparse
import asyncio
import io
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from ..answers import Status
from ..batch.aggregate import CitizenResult, DateResult, ResultAggregator
from ..client import PrecontractualClient
from ..journal.port import MemoryJournal
from ..sandbox import Faults, Sandbox, generate_ssins
from ..session import utc_now
from ..tables import Source, read_list, results_into
from ..tables.columns import find_columns
from ..window import StartDateWindow
from .batch import Screening
from .console import progress_for, say, tell
from .files import check_output, writing
from .summary import summary

_LIMIT: Final = 100
_SHOWN: Final = 12
_WIDTH: Final = len("error_grant/error_grant ")
_JOBS: Final = ("kassa", "keuken", "bar", "réassort", "Lagerhilfe")


def run(arguments: argparse.Namespace) -> int:
    """Make up a list, screen it, show what came out."""
    check_output("-", arguments.output)
    dates = _start_dates(StartDateWindow.at(utc_now()))
    text = _made_up_list(arguments.candidates, arguments.seed)
    table = read_list(Source(io.BytesIO(text.encode("cp1252"))), "csv")
    columns = find_columns(table.columns, {}, needs_date=False)
    screening = Screening(table, columns, MemoryJournal(), start_dates=dates)
    for line in asyncio.run(_run(screening, arguments)):
        tell(line)
    say(f"written: {Path(arguments.output)} ({screening.total} rows)")
    return screening.exit_code


def _start_dates(window: StartDateWindow) -> tuple[str, ...]:
    """Three dates that can be asked, and one that cannot yet."""
    middle = window.first + (window.last - window.first) / 2
    days = (window.first + timedelta(days=1), middle, window.last, window.last + timedelta(days=1))
    return tuple(f"{day.day}/{day.month}/{day.year}" for day in days)


def _made_up_list(count: int, seed: int) -> str:
    """A list as payroll offices get it: dots, lost zeros, a duplicate and a typing mistake now and then."""
    lines = ["Kandidaat;INSZ;Functie"]
    for position, digits in enumerate(generate_ssins(count, seed), 1):
        lines.append(f"Kandidaat {position};{_written(digits, position)};{_JOBS[position % len(_JOBS)]}")
        if position % 50 == 0:
            lines.append(f"Kandidaat {position} (bis);{digits};{_JOBS[0]}")
    return "\r\n".join(lines) + "\r\n"


def _written(digits: str, position: int) -> str:
    if position % 40 == 0:
        return digits[:-2] + f"{(int(digits[-2:]) + 1) % 98:02}"
    if position % 3 == 0:
        return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
    return digits.lstrip("0") if position % 3 == 1 else digits


async def _run(screening: Screening, arguments: argparse.Namespace) -> list[str]:
    aggregator = ResultAggregator()
    async with Sandbox(limit=_LIMIT, token_life=5.0, faults=Faults(error_share=0.03)) as sandbox:
        say(f"screening {screening.total} rows at {_LIMIT} calls a second; 3 % fail, tokens live 5 s")
        async with PrecontractualClient(sandbox.settings()) as client:
            await screening.ask(client, progress_for(screening.total, quiet=arguments.quiet))
            with writing(arguments.output) as file:
                results = results_into(file, screening.table, screening.added, "csv")
                await screening.write(client, results, aggregator.add)
            return [*_citizens(aggregator.citizens()), *summary(screening, client)]


def _citizens(results: tuple[CitizenResult, ...]) -> Iterator[str]:
    """A table of the first citizens: flexi and student per date, first good dates, whose move it is."""
    dates = sorted({each.start_date for result in results for each in result.dates})
    titles = "".join(f"{day:%d/%m}".ljust(_WIDTH) for day in dates)
    yield f"{'citizen':13}{titles}{'flexi from':12}{'student from':14}whose move"
    for result in results[:_SHOWN]:
        by_date = {each.start_date: each for each in result.dates}
        cells = "".join(_cell(by_date.get(day)).ljust(_WIDTH) for day in dates)
        moves = ", ".join(sorted(move.value for move in result.moves))
        yield (
            f"{result.citizen.masked:13}{cells}{_day(result.first_flexi_ok):12}"
            f"{_day(result.first_student_ok):14}{moves}"
        )
    if len(results) > _SHOWN:
        yield f"... and {len(results) - _SHOWN} more"


def _cell(result: DateResult | None) -> str:
    if result is None or result.flexi is None or result.student is None:
        return "-" if result is None else result.outcome
    hours = f" {result.hours_remaining}h" if result.student is Status.OK else ""
    return f"{result.flexi.value}/{result.student.value}{hours}"


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "-"
