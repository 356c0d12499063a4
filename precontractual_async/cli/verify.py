"""``precontractual verify``: verifies one citizen."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Iterator
from functools import partial

from ..batch.exits import COMPLETE, USAGE, exit_code
from ..client import PrecontractualClient
from ..model.answers import Status
from ..model.problems import RequestRejected
from ..model.questions import Answered, Outcome, Pending, Rejected
from ..observability.events import Observer
from ..tables.results import RESULT_COLUMNS, result_cells
from ..words import translated
from .console import language_of, read_citizen, require_output, say, tell, tell_machine
from .telemetry import RunTelemetry


def run(arguments: argparse.Namespace) -> int:
    """Read the number, ask the gateway, and print the answer."""
    require_output("the answer", "Let the answer go into a file: > answer.json")
    with RunTelemetry(os.environ) as telemetry:
        return telemetry.ended(_run(arguments, telemetry.observer))


def _run(arguments: argparse.Namespace, observer: Observer | None) -> int:
    given = {"--environment": arguments.environment} if arguments.environment else {}
    client = PrecontractualClient.from_env(arguments=given, observer=observer)
    outcome = asyncio.run(_verify(client, read_citizen(), arguments))
    _show(outcome, arguments)
    match outcome:
        case Answered():
            return COMPLETE
        case Pending(fault=fault):
            trace_id, code = fault.trace_id, exit_code(fault)
        case Rejected(problem=problem):
            trace_id, code = problem.trace_id, exit_code(RequestRejected(problem))
        case _:
            trace_id, code = None, USAGE
    _explain(outcome, trace_id, arguments.lang or language_of(os.environ))
    return code


def _explain(outcome: Outcome, trace_id: str | None, language: str) -> None:
    """Print why there is no answer, and what to do, in the words of a result's row."""
    told = outcome.explain(language)
    say(f"precontractual: {told.reason}")
    if told.next_step:
        say(f"  -> {told.next_step}")
    if trace_id:
        say(f"  {translated('trace id:', language)} {trace_id}")


def _show(outcome: Outcome, arguments: argparse.Namespace) -> None:
    """Print an answer; as JSON print any outcome, with the fields of a result's row."""
    if arguments.format == "json":
        tell_machine({**dict.fromkeys(RESULT_COLUMNS, ""), **result_cells(outcome, arguments.lang or "en")})
    elif isinstance(outcome, Answered):
        for line in _lines(outcome, arguments.lang or language_of(os.environ)):
            tell(line)


async def _verify(client: PrecontractualClient, citizen: str, arguments: argparse.Namespace) -> Outcome:
    async with client:
        return await client.outcome(citizen, arguments.start_date, type_of_worker=arguments.type_of_worker)


def _lines(answered: Answered, language: str) -> Iterator[str]:
    say, answer = partial(translated, language=language), answered.answer
    for name, block in (("flexi-job:", answer.flexi_job), ("student job:", answer.student_job)):
        if block.status is Status.NOT_REQUESTED:
            continue
        said = answered.explain_block(block, language)
        yield f"{say(name)} {block.status.value} ({said.reason})"
        if block is answer.student_job and answer.student_job.hours_remaining is not None:
            yield f"  {say('hours remaining:')} {answer.student_job.hours_remaining}"
        if block.reference:
            yield f"  {say('reference:')} {block.reference}"
        yield f"  {said.next_step}"
        if block.is_explained:  # else the block's own words are in the reason
            yield from (f"  {text}" for each in block.descriptions if (text := each.labels.plain(language)))
    if answer.main_reference:
        yield f"{say('reference of the call:')} {answer.main_reference}"
