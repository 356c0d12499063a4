"""Lists on their way through the gateway, one after the other, whoever looks on.

Knows that there is one pace, so that a second run waits for the first; that a page may close and come back;
and that what is learned is in the journal before it is told. Refuses to know HTTP and HTML.
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
from ..journal.durable import SqliteJournal
from ..journal.port import Journal
from ..journal.runs import Run
from ..model.errors import JournalFailed, PrecontractualError
from ..tables.table import insist
from ..tables.understanding import Understood
from .lists import GivenList
from .rows import Collector

_KEPT: Final = 8
"""Runs that are remembered, those that wait included."""
_HEARTBEAT: Final = 15.0
"""Seconds after which a page that listens is told that there is nothing new."""


@define(eq=False)
class ListRun:
    """One list, from the moment at which somebody starts it."""

    number: int
    given: GivenList = field(repr=False)
    began: datetime | None = None
    screening: Screening | None = None
    table: Collector | None = None
    """Its rows, once it has ended."""
    problem: tuple[str, str] | None = None
    """Why it came to nothing, and what to do."""
    is_ended: bool = False
    is_stopping: bool = False
    shows_citizens: bool = False
    every: float = 0.5
    _progress: RunProgress | None = None
    _news: asyncio.Event = field(factory=asyncio.Event)

    # --- what a run is told: see `batch.progress.Progress`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, snapshot: ProgressSnapshot) -> None:
        """How it is now."""
        assert self.screening is not None  # noqa: S101 (it is what shows)
        if self._progress is None:
            self._progress = RunProgress(self.screening.total)
        self._progress.see(snapshot)
        self.tell()

    def tell(self) -> None:
        """Wake every page that listens."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    # --- what a page is told

    @property
    def lines(self) -> tuple[str, ...]:
        """How it goes, in English; nothing while it waits for its turn."""
        return () if self._progress is None else self._progress.lines()

    @property
    def done(self) -> tuple[int, int]:
        """Rows whose outcome is known, and all."""
        return (0, 0) if self._progress is None else (self._progress.last.done, self._progress.total)

    async def news(self) -> None:
        """Return when there is something new, or nothing for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEARTBEAT):
                await self._news.wait()

    def stop(self) -> None:
        """Gently: what is under way may end; when called again, at once. One that waits does not begin."""
        self.is_stopping = True
        if self.screening is not None:
            self.screening.stop(signal.SIGINT)
        self.tell()

    def end(self, problem: PrecontractualError | None = None) -> None:
        """There is no more to come."""
        if problem is not None:
            self.problem = problem.diagnosis, problem.next_step
        self.is_ended = True
        self.tell()

    async def read_anew(self) -> Understood:
        """Its list, as it was understood when it was started.

        Raises:
            InvalidList: it cannot be screened.
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
        """A run of the list, now or after those that were started before; None: too many wait."""
        if len(self.runs) >= _KEPT and not self._forget_one():
            return None
        self._count += 1
        run = self.runs[self._count] = ListRun(self._count, given)
        self._waiting.put_nowait(run)
        return run

    def _forget_one(self) -> bool:
        """The oldest that has ended: its list is held in memory."""
        oldest = next((number for number, run in self.runs.items() if run.is_ended), None)
        if oldest is not None:
            del self.runs[oldest]
        return oldest is not None

    def newest_first(self) -> Iterator[ListRun]:
        """All that are remembered."""
        return reversed(self.runs.values())

    async def work(self) -> None:
        """Until it is cancelled; no run takes another along."""
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
        await self._note(Run(run.began, rows=screening.total))
        if not run.is_stopping:
            await screening.ask(self.client, run)
        await self._note(as_noted(screening, self.client, run.began))
        table = Collector(understood.questions, self.client.now())
        written = screening.again(understood.questions, "en")
        await written.write(self.client, table)
        written.is_written = True
        run.screening, run.table = written, table
        run.end()

    async def _note(self, noted: Run) -> None:
        """For later reports, where the journal is a file; they are not worth stopping for."""
        if isinstance(self.journal, SqliteJournal):
            with suppress(JournalFailed):
                await self.journal.note_run(noted)
