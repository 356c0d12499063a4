"""``precontractual demo``: screens a made-up list with the real client, against the simulated gateway."""

from __future__ import annotations

import argparse
import asyncio
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from ..batch.aggregate import CitizenResult, DateResult, ResultAggregator
from ..batch.list_screening import Screening
from ..batch.summary import summary
from ..calls.session import utc_now
from ..client import PrecontractualClient
from ..journal.port import MemoryJournal
from ..model.answers import Status
from ..model.dates import StartDateWindow, opens_on
from ..model.errors import Move
from ..sandbox import Faults, Sandbox, generate_ssins
from ..sandbox.made_up import made_up_list
from ..tables import Source, read_list, results_into
from ..tables.columns import find_columns
from ..tables.output import Output
from ..tables.questions import Questions
from .console import in_language, progress_for, say, tell
from .files import check_output, placed, say_where, writing
from .signals import ask_until_stopped

_LIMIT: Final = 100
_SHOWN: Final = 12
# The widths of the columns: eighty together, since narrow terminals have eighty columns.
_NAME: Final = len("Kandidaat 1234")
_ANSWER: Final = len("no_grant/ok 240h ")
_LATER: Final = len("vanaf 01/12 ")
_MOVES: Final = len("citizen, nobody")
_ALIKE: Final = len("alike")


def run(arguments: argparse.Namespace) -> int:
    """Make up a list, screen it, and show the results."""
    check_output("-", arguments.output)
    dates = _start_dates(StartDateWindow.at(utc_now()))
    text = made_up_list(arguments.candidates, arguments.seed)
    table = read_list(Source(io.BytesIO(text.encode("cp1252"))), "csv")
    columns = find_columns(table.columns, {}, needs_date=False)
    screening = Screening(Questions(table, columns, dates), MemoryJournal())
    lines, output = asyncio.run(_run(screening, arguments))
    for line in lines:
        tell(line)
    if not say_where(placed(output, arguments.output)):
        say(f"written: {Path(arguments.output)} ({screening.total} rows)")
    return screening.exit_code


def _start_dates(window: StartDateWindow) -> tuple[str, ...]:
    """The first and the last start date that can be asked today, and one that cannot be asked yet."""
    days = (window.first + timedelta(days=1), window.last, window.last + timedelta(days=1))
    return tuple(f"{day.day}/{day.month}/{day.year}" for day in days)


async def _run(screening: Screening, arguments: argparse.Namespace) -> tuple[list[str], Output]:
    aggregator = ResultAggregator()
    async with Sandbox(limit=_LIMIT, token_life=5.0, faults=Faults(error_share=0.03)) as sandbox:
        say(f"screening {screening.total} rows at {_LIMIT} calls a second; 3 % fail, tokens live 5 s")
        async with PrecontractualClient(sandbox.settings()) as client:
            await ask_until_stopped(screening, client, progress_for(screening.total, quiet=arguments.quiet))
            with writing(arguments.output, may_replace=lambda: screening.is_worth_more) as output:
                questions = screening.questions
                results = results_into(output.file, questions.table, questions.added, "csv")
                await screening.write(client, results, aggregator.add)
            names = _names(arguments.candidates, arguments.seed)
            return [*_table(aggregator.citizens(), names), *summary(screening, client)], output


def _names(count: int, seed: int) -> dict[str, str]:
    """Names by number, for the made-up list: the last digits alone could belong to two people."""
    numbers = enumerate(generate_ssins(count, seed), 1)
    return {digits: f"Kandidaat {position}" for position, digits in numbers}


def _table(results: tuple[CitizenResult, ...], names: Mapping[str, str]) -> Iterator[str]:
    """One candidate of each kind, and how many candidates are of that kind: no two rows are the same."""
    kinds: dict[_Kind, list[CitizenResult]] = {}
    for result in results:
        kinds.setdefault(_kind(result), []).append(result)
    most_first = sorted(kinds.values(), key=len, reverse=True)
    dates = sorted({each.start_date for result in results for each in result.dates})
    yield "one candidate of each kind: flexi-job/student job on each start date"
    candidate, move, number = map(in_language, ("candidate", "whose move", "alike"))
    yield _line(candidate, [f"{day:%d/%m}" for day in dates], move, number)
    for alike in most_first[:_SHOWN]:
        by_date = {each.start_date: each for each in alike[0].dates}
        cells = [_cell(by_date.get(day)) for day in dates]
        name = names.get(alike[0].citizen.digits, "-")
        moves = sorted(in_language(move.value).partition(":")[0] for move in _moves(alike[0]))
        yield _line(name, cells, ", ".join(moves) or in_language("complete"), str(len(alike)))
    if len(most_first) > _SHOWN:
        yield f"... and {len(most_first) - _SHOWN} more kinds"


_Kind = tuple[tuple[str, ...], frozenset[Move]]


def _kind(result: CitizenResult) -> _Kind:
    """What makes two rows of the table different: the statuses and the moves, but not the hours."""
    return tuple(_statuses(each) for each in result.dates), _moves(result)


def _moves(result: CitizenResult) -> frozenset[Move]:
    """Whose move it is now; the date that cannot be asked yet does not count, since it concerns everybody."""
    asked = (each.moves for each in result.dates if each.outcome != "deferred")
    return frozenset[Move]().union(*asked)


def _line(name: str, cells: Sequence[str], moves: str, alike: str) -> str:
    widths = [_ANSWER] * (len(cells) - 1) + [_LATER]
    answers = "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"{name:{_NAME}}{answers}{moves:{_MOVES}}{alike:>{_ALIKE}}"


def _cell(result: DateResult | None) -> str:
    if result is None:
        return "-"
    if result.outcome == "deferred":
        return in_language(f"from {opens_on(result.start_date):%d/%m}")
    hours = f" {result.hours_remaining}h" if result.student is Status.OK else ""
    return _statuses(result) + hours


def _statuses(result: DateResult) -> str:
    """Both statuses; one word when both are unknown for the same reason, or when there is no answer."""
    flexi, student = result.flexi, result.student
    if flexi is None or student is None:
        return result.outcome
    if flexi is student and not flexi.is_conclusive:
        return flexi.value
    return f"{flexi.value}/{student.value}"
