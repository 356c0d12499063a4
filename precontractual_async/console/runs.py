"""The queue of runs: lists are screened one after the other, whether or not a page is open.

Knows that all runs share one pace, so that a second run waits for the first; that a page may close and come
back; and that answers are in the journal before a page shows them. Leaves to others: HTTP and HTML.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final, Self

from attrs import define, field

from ..batch.backend import VerificationBackend
from ..batch.list_screening import Screening
from ..batch.progress import ProgressSnapshot, RunProgress
from ..batch.summary import as_noted
from ..journal.durable import note_run
from ..journal.port import Journal
from ..journal.runs import Run
from ..model.errors import JournalFailed, PrecontractualError
from ..tables.table import insist
from ..tables.understanding import Understood
from .changes import ListChanges
from .lists import GivenList
from .rows import Collector, Recent

_KEPT: Final = 8
"""Runs that are remembered, including those that wait."""
_HEARTBEAT: Final = 15.0
"""Seconds after which a listening page gets a message although nothing is new."""


@define(eq=False)
class ListRun:
    """The run of one list, from its start on the page."""

    number: int
    given: GivenList = field(repr=False)
    began: datetime | None = None
    screening: Screening | None = None
    recent: Recent | None = None
    """The last rows that became known, while the run goes on."""
    table: Collector | None = None
    """The rows of the result, once the run has ended."""
    changes: ListChanges | None = None
    """What changed since the last run of the same list, if the journal remembers lists."""
    problem: tuple[str, str] | None = None
    """Why the run failed, and what to do."""
    is_ended: bool = False
    is_stopping: bool = False
    shown_to: str = field(default="", repr=False)
    """The form token of the session that asked to see the numbers: the next session sees them masked."""
    every: float = 0.5
    _progress: RunProgress | None = None
    _news: asyncio.Event = field(factory=asyncio.Event)

    # --- called by the run: see `batch.progress.Progress`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, snapshot: ProgressSnapshot) -> None:
        """Take a snapshot of the progress."""
        assert self.screening is not None  # noqa: S101 (the screening itself calls this)
        if self._progress is None:
            self._progress = RunProgress(self.screening.total)
        self._progress.see(snapshot)
        self.tell()

    def tell(self) -> None:
        """Wake every page that listens."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    # --- used by the pages

    @property
    def lines(self) -> tuple[str, ...]:
        """The progress in English; empty while the run waits for its turn."""
        return () if self._progress is None else self._progress.lines()

    @property
    def done(self) -> tuple[int, int]:
        """The number of rows with a known outcome, and of all rows."""
        return (0, 0) if self._progress is None else (self._progress.last.done, self._progress.total)

    async def news(self) -> None:
        """Return when something is new, or after the heartbeat."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT):
                await self._news.wait()

    def stop(self) -> None:
        """End the run gently; a second call also ends calls under way. A waiting run does not begin."""
        self.is_stopping = True
        if self.screening is not None:
            self.screening.stop(signal.SIGINT)
        self.tell()

    def end(self, problem: PrecontractualError | None = None) -> None:
        """Mark the run as ended."""
        if problem is not None:
            self.problem = problem.diagnosis, problem.next_step
        self.is_ended = True
        self.tell()

    async def read_anew(self) -> Understood:
        """Read the list again, with the choices made at the start.

        Raises:
            InvalidList: the list cannot be screened.
        """
        understood = await self.given.understood()
        insist(understood.problems)
        return understood


@define(eq=False)
class RunQueue:
    """Works off runs, one at a time."""

    client: VerificationBackend
    journal: Journal
    runs: dict[int, ListRun] = field(factory=dict)
    current: ListRun | None = None
    _waiting: asyncio.Queue[ListRun] = field(factory=asyncio.Queue)
    _count: int = 0

    def start(self, given: GivenList) -> ListRun | None:
        """Queue a run of the list; it starts after the earlier runs. None: too many runs wait."""
        if len(self.runs) >= _KEPT and not self._forget_one():
            return None
        self._count += 1
        run = self.runs[self._count] = ListRun(self._count, given)
        self._waiting.put_nowait(run)
        return run

    def _forget_one(self) -> bool:
        """Forget the oldest run that has ended, since its list is held in memory."""
        oldest = next((number for number, run in self.runs.items() if run.is_ended), None)
        if oldest is not None:
            del self.runs[oldest]
        return oldest is not None

    def newest_first(self) -> Iterator[ListRun]:
        """All runs that are remembered."""
        return reversed(self.runs.values())

    async def work(self) -> None:
        """Work until cancelled; an error in one run does not end the others."""
        while True:
            self.current = run = await self._waiting.get()
            try:
                await self._screen(run)
            except PrecontractualError as error:
                run.end(error)
            except Exception as error:  # noqa: BLE001 (one run's bug never kills the others)
                kind = type(error).__name__
                run.end(PrecontractualError(f"a defect of precontractual-async ({kind})", "Report it."))
            finally:
                self.current = None

    async def _screen(self, run: ListRun) -> None:
        if run.is_stopping:
            run.end()
            return
        understood = await run.read_anew()
        screening = run.screening = Screening(understood.questions, self.journal)
        run.began = self.client.now()
        await note_run(self.journal, Run(run.began, rows=screening.total))
        recent = run.recent = Recent(understood.questions)
        if not run.is_stopping:
            await screening.ask(self.client, run, lambda outcome: recent.add(outcome, self.client.now()))
        await note_run(self.journal, as_noted(screening, self.client, run.began))
        table = Collector(understood.questions, self.client.now())
        written = screening.again(understood.questions, "en")
        if not isinstance(screening.stopped_by, JournalFailed) and not run.is_stopping:
            run.changes = await ListChanges.begin(self.journal, run.given, written.questions, table.at)
        if run.changes is not None:
            written.changes = run.changes.changes
        await written.write(self.client, table)
        written.is_written = True
        if run.changes is not None and not await run.changes.end(run.began):
            run.changes = None
        run.screening, run.table, run.recent = written, table, None
        run.end()
