"""``precontractual screen``: screens everybody on a list."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..batch.backend import VerificationBackend
from ..batch.exits import COMPLETE
from ..batch.list_screening import Screening
from ..batch.summary import as_noted, facts, next_run, what_became, why_it_ended
from ..client import PrecontractualClient
from ..journal.durable import SqliteJournal, note_run
from ..journal.keys import find_journal_key, key_files
from ..journal.list_changes import place_of
from ..journal.port import Journal, MemoryJournal, Reading
from ..journal.recheck import RecheckPolicy
from ..journal.runs import Run
from ..model.dates import day_in_brussels
from ..model.errors import Interrupted, JournalFailed
from ..model.questions import BY_THE_PORTAL
from ..observability.events import Observer
from ..settings.settings import Settings
from ..tables import Audience, Source, results_into
from ..tables.columns import described
from ..tables.employers import ByEmployer
from ..tables.file_set import written_together
from ..tables.questions import Questions
from ..tables.table import insist
from .changes_file import check_changes, counts_of, facts_of, format_of_changes, writing_changes
from .console import progress_for, say, tell_machine
from .files import (
    check_journal,
    check_kept,
    check_output,
    digest_at,
    digest_of,
    placed,
    reading,
    say_where,
    writing,
)
from .lists import ENTERPRISE, check_name, given_settings, language_for, result_format, understood
from .metrics_file import RunMetrics, check_metrics
from .signals import ask_until_stopped, ending_on_signals
from .split import Split, writing_split_changes
from .telemetry import RunTelemetry
from .values import Refusal

if TYPE_CHECKING:
    from ..dask.client import DaskClient


_NOT_KEPT: Final = "the changes are not written: the journal cannot keep them"


class _ChangesLost(Exception):
    """The files of changes must not appear."""


def run(arguments: argparse.Namespace) -> int:
    """Read the list, ask, write the result, and print a summary."""
    if arguments.output is None:
        raise Refusal("the result needs a place: -o OUT", "Or look at the list first, with --dry-run.")
    journal = Path(arguments.journal) if arguments.journal else None
    keys = key_files(os.environ)
    check_name(arguments)
    check_metrics(arguments, journal, keys)
    traced = RunTelemetry(os.environ, quiet=arguments.quiet)
    with traced as telemetry, RunMetrics.of(arguments) as metrics:
        check_output(arguments.list, arguments.output)
        check_kept(arguments.output, "result", journal, keys)
        check_changes(arguments, [Path(arguments.output)], journal)
        if journal is not None:
            check_journal(journal)
        metrics.client = client = _client(arguments, telemetry.observer)
        with ending_on_signals(), reading(arguments.list) as source:
            return telemetry.ended(asyncio.run(_screen(arguments, client, source, metrics)))


def _client(arguments: argparse.Namespace, observer: Observer | None) -> PrecontractualClient | DaskClient:
    settings = given_settings(arguments)
    if arguments.dask is None:
        return PrecontractualClient.from_env(arguments=settings, observer=observer)
    from ..dask.client import DaskClient

    return DaskClient(arguments.dask, arguments=settings, partition=arguments.partition)


async def _screen(
    arguments: argparse.Namespace,
    client: PrecontractualClient | DaskClient,
    source: Source,
    metrics: RunMetrics,
) -> int:
    async with AsyncExitStack() as stack:
        journal: Journal = MemoryJournal()
        screening = metrics.screening = _screening(arguments, source, journal)
        questions = screening.questions
        split = _split(arguments, screening, client.settings)
        if arguments.journal:
            path = Path(arguments.journal)
            journal = screening.journal = await stack.enter_async_context(
                SqliteJournal(path, find_journal_key(os.environ, path))
            )
            screening.may_replace = await _was_screened(arguments, source, screening, split)
        if not arguments.quiet:
            told = described(questions.table.columns, questions.columns)
            say(f"the list: {told}{_given_dates(arguments)}{_for_whom(questions, client.settings)}")
            for remark in (*questions.table.odd, *questions.remarks):
                say(remark)
        await stack.enter_async_context(client)
        progress = progress_for(screening.total, quiet=arguments.quiet)
        # All modules are imported by now, and stay to the end: else the garbage collector would go through
        # these tens of thousands of objects each time that the rows have made some garbage. Rows make little
        # that only it can find, so it is called less often.
        gc.freeze()
        gc.set_threshold(20_000)
        began = client.now()
        await note_run(journal, Run(began, rows=screening.total))
        await ask_until_stopped(screening, client, progress)
        await note_run(journal, as_noted(screening, client, began))
        if screening.signalled is None or not arguments.journal:
            await _write(arguments, source, screening, client, split, began)
    _sum_up(screening, client, arguments, split)
    return screening.exit_code


async def _write(
    arguments: argparse.Namespace,
    source: Source,
    screening: Screening,
    client: VerificationBackend,
    split: Split | None,
    began: datetime,
) -> None:
    """Write the result and the changes. Without a result, say why and what comes next, beside the error."""
    try:
        async with _writing_changes(arguments, screening, client, split, began):
            if split is None:
                written = await _write_one(arguments, screening, client)
            else:
                written = await _write_split(arguments, screening, client, split)
            screening.is_written = True
    finally:
        if not screening.is_written:
            _say_why(screening)
            _say_what_is_next(screening, client, arguments)
    screening.is_beside = say_where(written)
    if screening.is_beside:
        for wanted, path in written.items():
            beside = Reading(digest_at(path), screening.questions.total)
            await screening.journal.note_reading(_beside(arguments, wanted), beside)
    else:
        now = Reading(digest_of(source), screening.questions.table.count)
        await screening.journal.note_reading(place_of(arguments.list), now)


@asynccontextmanager
async def _writing_changes(
    arguments: argparse.Namespace,
    screening: Screening,
    client: VerificationBackend,
    split: Split | None,
    began: datetime,
) -> AsyncIterator[None]:
    """Write what changed, if ``--changes`` asks for it, and then keep the snapshot in the journal.

    If the journal fails, no changes appear, and the run ends with that error.
    """
    journal, questions = screening.journal, screening.questions
    if arguments.changes is None or not isinstance(journal, SqliteJournal):
        yield
        return
    if isinstance(screening.stopped_by, JournalFailed):  # the result is worth having all the same
        say(_NOT_KEPT)
        yield
        return
    language = language_for(arguments, format_of_changes(arguments))
    reader = Audience(language, questions.columns, day_in_brussels(client.now()))
    if split is None or ENTERPRISE not in arguments.changes:
        writing_them = writing_changes(arguments, journal, questions, reader)
    else:
        writing_them = writing_split_changes(arguments, journal, split, reader)
    with suppress(_ChangesLost), writing_them as changes:
        screening.changes = changes
        await changes.begin()
        yield
        await (changes.end() if split is None else split.end(changes))
        if changes.failed is not None:
            raise _ChangesLost
    if changes.failed is None:
        await changes.keep(began)
        return
    say(_NOT_KEPT)
    screening.stopped_by, screening.changes = changes.failed, None


async def _write_one(
    arguments: argparse.Namespace, screening: Screening, client: VerificationBackend
) -> dict[Path, Path]:
    """Write the whole result. Returns the path of the file by the path that was wanted."""
    questions, kind = screening.questions, result_format(arguments)
    with writing(
        arguments.output,
        may_replace=lambda: screening.is_worth_more,
        source=arguments.list,
        knows=lambda path: digest_at(path) in screening.known_beside,
    ) as output:
        reader = Audience(screening.language, questions.columns, day_in_brussels(client.now()))
        results = results_into(output.file, questions.table, questions.added, kind, reader)
        await screening.write(client, results)
    return placed(output, arguments.output)


async def _write_split(
    arguments: argparse.Namespace, screening: Screening, client: VerificationBackend, split: Split
) -> dict[Path, Path]:
    """Write a result for each employer. Returns the paths of the files by those that were wanted."""
    with written_together(
        may_replace=lambda: screening.is_worth_more,
        source=None if arguments.list == "-" else Path(arguments.list),
        knows=lambda path: digest_at(path) in screening.known_beside,
    ) as files:
        await split.write(screening, client, files, result_format(arguments))
    return dict(zip(split.paths, files.paths, strict=True))


def _split(arguments: argparse.Namespace, screening: Screening, settings: Settings) -> Split | None:
    """The results by employer, if ``--split-by`` asks for them; checks the path of each file."""
    if arguments.split_by is None:
        return None
    split = Split(ByEmployer(screening.questions, settings.caller), arguments.output)
    journal = Path(arguments.journal) if arguments.journal else None
    keys = key_files(os.environ)
    for path in map(str, split.paths):
        check_output(arguments.list, path)
        check_kept(path, "result", journal, keys)
    check_changes(arguments, split.paths, journal, split.paths_of_changes(arguments.changes))
    return split


def _screening(arguments: argparse.Namespace, source: Source, journal: Journal) -> Screening:
    known = understood(arguments, source)
    insist(known.problems)
    kind = "" if arguments.output is None else result_format(arguments)
    return Screening(
        known.questions,
        journal,
        due=RecheckPolicy(fresh_for=arguments.fresh_for),
        check_window=not arguments.no_window_check,
        language=language_for(arguments, kind),
    )


def _given_dates(arguments: argparse.Namespace) -> str:
    return "; start dates as given by --start-date" if arguments.start_date else ""


def _for_whom(questions: Questions, settings: Settings) -> str:
    """Names the employer for whom all rows are asked, when no column names one; and the portal."""
    number = settings.caller.represented_enterprise_number
    names_them = questions.columns.represented_enterprise_number is not None
    whom = "" if number is None or names_them else f"; for the enterprise {number.written}"
    return whom if settings.caller.mandatary_ssin is None else f"{whom}; {BY_THE_PORTAL}"


async def _was_screened(
    arguments: argparse.Namespace, source: Source, screening: Screening, split: Split | None
) -> bool:
    """Whether this journal already knows a result of this list; says so when the list has changed since then.

    Rows are matched by content, so a changed list does no harm.
    """
    wanted = [Path(arguments.output)] if split is None else split.paths
    beside = [await screening.journal.last_reading(_beside(arguments, each)) for each in wanted]
    screening.known_beside = frozenset(each.digest for each in beside if each is not None)
    before = await screening.journal.last_reading(place_of(arguments.list))
    if before is not None and before.digest != digest_of(source) and not arguments.quiet:
        say(
            f"the list was changed since the last run: {before.rows} rows then, "
            f"{screening.questions.table.count} now; new rows are asked, those that are gone are left out"
        )
    return before is not None


def _beside(arguments: argparse.Namespace, wanted: Path) -> str:
    """The journal's name for a result of this list that was written beside an older one."""
    return f"{place_of(arguments.list)}\n{place_of(str(wanted))}"


def _sum_up(
    screening: Screening, client: VerificationBackend, arguments: argparse.Namespace, split: Split | None
) -> None:
    """Print the summary for a person, or as JSON with ``--json``; never among the results.

    With ``--quiet`` a complete run prints nothing: cron mails all output, and each mail should matter.
    """
    if arguments.json:
        _say_why(screening)
        told = facts(screening, client) | ({} if split is None else split.facts())
        if screening.changes is not None:
            told |= facts_of(screening.changes.counts)
        tell_machine(told, is_among_results="-" in (arguments.output, arguments.changes))
        arguments.is_told = True
        return
    if arguments.quiet and screening.exit_code == COMPLETE:
        return
    for line in what_became(screening, client):
        say(line)
    if split is not None and screening.is_written:
        for line in split.sentences():
            say(line)
    if screening.changes is not None:
        say(counts_of(screening.changes.counts))
    _say_why(screening)
    _say_what_is_next(screening, client, arguments)


def _say_why(screening: Screening) -> None:
    """Say why the run ended; an error for a JSON log, except when the run was asked to stop."""
    level = logging.INFO if isinstance(screening.stopped_by, Interrupted) else logging.ERROR
    for line in why_it_ended(screening):
        say(line, level)


def _say_what_is_next(
    screening: Screening, client: VerificationBackend, arguments: argparse.Namespace
) -> None:
    for line in next_run(screening, client.now(), has_journal=bool(arguments.journal)):
        say(line)
