"""The durable journal: runs the calls of the store in a thread of its own.

Knows how to keep the event loop free while the disk works. One thread does everything, in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from ..model.errors import JournalFailed
from ..model.questions import Query
from .list_changes import Change, HoursRule, changes_in, place_of
from .list_snapshots import ListSnapshots
from .port import Entry, Journal, Reading
from .runs import Run
from .store import Store

_T = TypeVar("_T")


class SqliteJournal:
    """A journal in a file, encrypted, for one process at a time. Use it in ``async with``.

    `path`: the file. It is created at first use, readable by its owner only, with ``-wal``, ``-shm`` and
    ``.lock`` beside it. `key`: 32 bytes, see `find_journal_key`.

    Raises (at ``async with``):
        JournalBusy: another process holds it.
        JournalRefused: it is newer than this program, cannot be written, or is not a journal.
        InvalidSettings: it was made with another key.
        JournalFailed: the disk failed, or the file is damaged.
    """

    def __init__(self, path: str | PathLike[str], key: bytes) -> None:
        self._open = partial(Store, Path(path), key)
        self._thread: ThreadPoolExecutor | None = None
        self._store: Store | None = None

    async def __aenter__(self) -> Self:
        self._thread = ThreadPoolExecutor(1, "precontractual-journal")
        try:
            self._store = await self._in_thread(self._open)
        finally:
            if self._store is None:
                self._thread.shutdown()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread is not None  # noqa: S101 (made on entry)
        try:
            if self._store is not None:
                await self._in_thread(self._store.close)
        finally:
            self._store = None
            self._thread.shutdown()

    async def find(self, queries: Sequence[Query]) -> list[Entry | None]:
        """See `Journal.find`."""
        return await self._in_thread(partial(self._there.find, queries))

    async def keep(self, entries: Sequence[Entry]) -> None:
        """See `Journal.keep`: when it returns, the entries are on the disk."""
        await self._in_thread(partial(self._there.keep, entries))

    async def last_reading(self, place: str) -> Reading | None:
        """See `Journal.last_reading`."""
        return await self._in_thread(partial(self._there.last_reading, place))

    async def note_reading(self, place: str, reading: Reading) -> None:
        """See `Journal.note_reading`."""
        await self._in_thread(partial(self._there.note_reading, place, reading))

    async def note_run(self, run: Run) -> None:
        """Keep what is known about a run; this replaces the earlier note of the same run."""
        await self._in_thread(partial(self._there.note_run, run))

    async def runs(self) -> tuple[Run, ...]:
        """All runs that were noted, the oldest first."""
        return await self._in_thread(self._there.runs)

    async def past(self, queries: Sequence[Query]) -> list[list[Entry]]:
        """All entries about each of `queries`, in their order; those of one query from the oldest on."""
        return await self._in_thread(partial(self._there.past, queries))

    async def with_lists(self, work: Callable[[ListSnapshots], _T]) -> _T:
        """Call `work` with the snapshots of lists, in the journal's thread."""
        return await self._in_thread(partial(work, self._there.lists))

    async def changes(
        self,
        since: date | datetime | None = None,
        *,
        list_path: str | PathLike[str] | None = None,
        hours_below: int | None = None,
        hours_step: int | None = None,
    ) -> tuple[Change, ...]:
        """What changed in lists between the last run of ``screen --changes`` and an earlier one.

        `since`: the beginning of the earlier run, or the day from which changes count; in Brussels, unless
        it has a time zone. None: the run before the last. `list_path`: one list; None: all lists.
        `hours_below`, `hours_step`: see `HoursRule`. It reads only the journal, so the result is always the
        same, and the gateway is not asked.

        Raises:
            JournalRefused: the journal has no such list, or no run that is early enough.
            JournalFailed: it is damaged.

        >>> import asyncio, tempfile
        >>> from datetime import date
        >>> from precontractual_async import JournalRefused, SqliteJournal
        >>> async def main(folder):
        ...     async with SqliteJournal(f"{folder}/nightly.db", bytes(32)) as journal:
        ...         try:
        ...             for change in await journal.changes(since=date(2026, 11, 1)):
        ...                 print(change.line, change.kind.value, change.now, change.next_step("nl"))
        ...         except JournalRefused as refused:
        ...             print(refused.diagnosis)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     asyncio.run(main(folder))
        the journal has no changes of any list
        """
        place = None if list_path is None else place_of(list_path)
        rule = HoursRule(hours_below, hours_step)
        return await self.with_lists(lambda lists: changes_in(lists, since, place, rule))

    @property
    def _there(self) -> Store:
        if self._store is None:
            raise RuntimeError("the journal is not open: use it in `async with`")
        return self._store

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def note_run(journal: Journal, run: Run) -> None:
    """Note the run for later reports, if the journal is a file; a failure to note it stops nothing."""
    if isinstance(journal, SqliteJournal):
        with suppress(JournalFailed):
            await journal.note_run(run)
