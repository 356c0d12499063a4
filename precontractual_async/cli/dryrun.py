"""``precontractual screen --dry-run``: what a run would do with a list, without a call, a token or a change.

Does the same as a run, with the same questions and the same decisions, up to the first call. Finds at once
everything that prevents the run. Needs no settings: an enterprise number of nobody replaces a missing one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from attrs import define, field, frozen

from ..batch.inspecting import inspect
from ..batch.inspection import Inspection
from ..batch.intake import intake_at
from ..batch.outlook import Outlook, facts, sentences
from ..journal.keys import find_journal_key, key_files, known_journal_key
from ..journal.port import Entry, Lookup, MemoryJournal
from ..journal.recheck import RecheckPolicy
from ..model.dates import StartDateWindow
from ..model.errors import InputError
from ..model.questions import Query
from ..settings.loading import NOBODY, known_settings
from ..settings.settings import KnownSettings
from ..tables.questions import Questions
from ..tables.understanding import Understood
from .changes_file import check_changes
from .console import tell, tell_machine
from .files import check_journal, check_kept, check_output, reading
from .lists import check_name, given_settings, understood
from .metrics_file import check_metrics

if TYPE_CHECKING:
    from ..journal.store import Store

_T = TypeVar("_T")


def run(arguments: argparse.Namespace) -> int:
    """Inspect the list, and print what was found."""
    outlook = look_ahead(arguments, os.environ, datetime.now(UTC))
    if arguments.json:
        tell_machine(facts(outlook))
    else:
        for line in sentences(outlook):
            tell(line)
    return outlook.exit_code


def look_ahead(arguments: argparse.Namespace, environ: Mapping[str, str], now: datetime) -> Outlook:
    """What a run with these options would do at the instant `now`.

    Raises:
        Refusal: the name of the result, or of the changes, does not fit the other options.
        ListChanged: another program writes into the list.
        JournalFailed: the journal cannot be read.
    """
    return _Look(arguments, environ, now).ahead()


@define
class _Look:
    """One dry run, which collects all problems instead of stopping at the first."""

    arguments: argparse.Namespace
    environ: Mapping[str, str]
    now: datetime
    inspection: Inspection = field(factory=lambda: Inspection(secrets.token_bytes(16)))
    problems: list[InputError] = field(factory=list)
    remarks: list[str] = field(factory=list)
    is_due_at_most: bool = False
    is_distinct_at_most: bool = False

    def ahead(self) -> Outlook:
        check_name(self.arguments)
        journal = Path(self.arguments.journal) if self.arguments.journal else None
        keys = key_files(self.environ)
        self._attempt(partial(check_metrics, self.arguments, journal, keys, make=False))
        if self.arguments.output is not None:
            self._attempt(partial(check_output, self.arguments.list, self.arguments.output, make=False))
            self._attempt(partial(check_kept, self.arguments.output, "result", journal, keys))
        results = [] if self.arguments.output is None else [Path(self.arguments.output)]
        self._attempt(partial(check_changes, self.arguments, results, journal, make=False))
        options = given_settings(self.arguments)
        settings = self._attempt(partial(known_settings, self.environ, options)) or KnownSettings()
        with ExitStack() as stack:
            understood = self._attempt(partial(self._understood, stack))
            if understood is not None:
                self.problems += understood.problems
                self.remarks += understood.questions.remarks
                self._count(understood.questions, settings, stack)
        return Outlook(
            understood,
            self.inspection,
            settings,
            tuple(self.problems),
            tuple(self.remarks),
            self.is_due_at_most,
            self.is_distinct_at_most,
        )

    def _attempt(self, make: Callable[[], _T]) -> _T | None:
        try:
            return make()
        except InputError as error:
            self.problems.append(error)
        return None

    def _understood(self, stack: ExitStack) -> Understood:
        return understood(self.arguments, stack.enter_context(reading(self.arguments.list)))

    def _count(self, questions: Questions, settings: KnownSettings, stack: ExitStack) -> None:
        if settings.caller is None and questions.columns.represented_enterprise_number is not None:
            self._miss("rows that name it count as another employer's")
            self.is_distinct_at_most = True
        journal = self._attempt(partial(self._journal, settings, stack)) or MemoryJournal()
        due = RecheckPolicy(fresh_for=self.arguments.fresh_for)
        check_window = not self.arguments.no_window_check
        intake = intake_at(self.now, settings.caller or NOBODY, due, check_window=check_window)
        today = StartDateWindow.at(self.now).first
        asyncio.run(inspect(questions, intake, journal, self.inspection, today))

    def _journal(self, settings: KnownSettings, stack: ExitStack) -> Lookup | None:
        """The journal, for reading; None: there is none, or none of its entries can concern this list."""
        if not self.arguments.journal:
            return None
        path = Path(self.arguments.journal)
        check_journal(path)
        if not os.path.lexists(path):
            known_journal_key(self.environ, path)
            self.remarks.append("the journal is not there yet: a run makes it")
            return None
        if settings.caller is None:
            self._miss("what the journal knows cannot be looked up")
            self.is_due_at_most = True
            known_journal_key(self.environ, path)
            return None
        return _opened(path, self.environ, stack)

    def _miss(self, consequence: str) -> None:
        self.remarks.append(f"ENTERPRISE_NUMBER is not known: {consequence}")


@frozen
class _Opened:
    """A journal that is only read, in the thread of the caller."""

    store: Store

    async def find(self, queries: Sequence[Query]) -> list[Entry | None]:
        return self.store.find(queries)


def _opened(path: Path, environ: Mapping[str, str], stack: ExitStack) -> Lookup:
    """The journal at `path`; creates neither it nor its key, and another run may use it at the same time."""
    from ..journal.store import Store

    key = find_journal_key(environ, path, make=False)
    store = Store(path, key, must_exist=True, is_shared=True)
    stack.callback(store.close)
    return _Opened(store)
