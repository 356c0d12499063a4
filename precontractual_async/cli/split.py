"""One result, and one file of changes, for each employer of a list: ``screen --split-by represented``.

Knows the names of the files, and that they appear together. Rows whose employer is unknown have a file of
their own, so that no employer gets a row that may be another's.
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from attrs import define, evolve, field

from ..batch.backend import VerificationBackend
from ..batch.changes import Changes, ChangesJournal
from ..batch.list_screening import Screening
from ..journal.list_changes import Change
from ..journal.list_snapshots import QuestionState
from ..model.dates import day_in_brussels
from ..model.moves import outcome_word
from ..model.questions import Refused
from ..tables import Audience, ResultRow, results_into
from ..tables.employers import UNATTRIBUTED, ByEmployer, Employer, ResultsByEmployer
from ..tables.file_set import FileSet, written_together
from ..tables.table import Row
from .changes_file import ChangeRows, changes_for, check_place, format_of_changes
from .lists import ENTERPRISE, path_for

_REFUSED: Final = outcome_word(Refused)
_AT_ONCE: Final = 100
"""The most files that are open at once; for each hundred employers the list is read once more."""


@define
class SplitChanges:
    """A file of changes for each employer; one who has left the list gets a last one."""

    parts: ByEmployer
    template: str
    """The name of the files, with the place for the number."""
    kind: str
    """One of `FORMATS`."""
    files: FileSet
    reader: Audience
    check: Callable[[Path], None]
    """Raises when a file must not be written to a path."""
    _open: dict[Employer, ChangeRows] = field(factory=dict, init=False)

    def write(self, change: Change, row: Row | None) -> None:
        """Write a change to the file of its employer; `row`: None when it has left the list."""
        if row is None:
            self._open[self._whose(change)].add(change, None)
            return
        employer = self.parts.employer_of(row)
        narrowed = self.parts.share_of(employer).narrowed(ResultRow(row, {}))
        self._open[employer].add(change, narrowed.row)

    def _whose(self, left: QuestionState | Change) -> Employer:
        return self.parts.named(left.parts[2]) if _is_sure(left) else None

    @asynccontextmanager
    async def opened(self, changes: Changes, employers: Collection[Employer]) -> AsyncIterator[None]:
        """Open the files of these employers; the block adds all their rows."""
        with ExitStack() as stack:
            for employer in employers:
                path = path_for(self.template, number_of(employer))
                self.check(path)
                file = stack.enter_context(self.files.adding(path))
                share = self.parts.share_of(employer)
                questions = evolve(self.parts.questions, table=share.table, columns=share.columns)
                reader = evolve(self.reader, columns=share.columns)
                self._open[employer] = ChangeRows(questions, reader, self.kind, file)
            yield
            await changes.end(lambda state: self._whose(state) in self._open)
            for rows in self._open.values():
                rows.finish()
            self._open.clear()

    async def end(self, changes: Changes) -> None:
        """After the last row: write the files of employers who have left the list."""
        others: dict[Employer, None] = {}

        def is_noted(state: QuestionState) -> bool:
            if (employer := self._whose(state)) not in self.parts.shares:
                others[employer] = None
            return False

        await changes.end(is_noted)
        gone = list(others)
        for first in range(0, len(gone), _AT_ONCE):
            async with self.opened(changes, gone[first : first + _AT_ONCE]):
                pass


def _is_sure(left: QuestionState | Change) -> bool:
    """Whether its parts are what they seem: those of a question that was understood are."""
    word = left.word if isinstance(left, QuestionState) else left.before
    return left.is_read or word != _REFUSED


def number_of(employer: Employer) -> str:
    return UNATTRIBUTED if employer is None else employer.digits


@define
class Split:
    """The results of a list by employer."""

    parts: ByEmployer
    output: str
    """The name of the files, with the place for the number."""
    changes: SplitChanges | None = None
    """The changes, if each employer has a file of them."""

    def path_of(self, employer: Employer) -> Path:
        return path_for(self.output, number_of(employer))

    @property
    def paths(self) -> list[Path]:
        return [self.path_of(each) for each in self.parts.shares]

    def paths_of_changes(self, template: str | None) -> list[Path] | None:
        """The files of changes; None: there is one for all employers, or none at all."""
        if template is None or ENTERPRISE not in Path(template).name:
            return None
        return [path_for(template, number_of(each)) for each in self.parts.shares]

    @property
    def unattributed(self) -> int:
        """The number of rows whose employer is unknown."""
        share = self.parts.shares.get(None)
        return 0 if share is None else share.rows

    async def write(
        self, screening: Screening, client: VerificationBackend, files: FileSet, kind: str
    ) -> None:
        """Write all results, and the changes of each employer."""
        today = day_in_brussels(client.now())
        added = screening.questions.added
        shares = list(self.parts.shares.items())
        for first in range(0, len(shares), _AT_ONCE):
            async with AsyncExitStack() as stack:
                results = {
                    employer: results_into(
                        stack.enter_context(files.adding(self.path_of(employer))),
                        share.table,
                        added,
                        kind,
                        Audience(screening.language, share.columns, today),
                    )
                    for employer, share in shares[first : first + _AT_ONCE]
                }
                if self.changes is not None and screening.changes is not None:
                    await stack.enter_async_context(self.changes.opened(screening.changes, results))
                by_employer = ResultsByEmployer(self.parts, results)
                await screening.write(client, by_employer, questions=self.parts.only(results))

    async def end(self, changes: Changes) -> None:
        """After the last row: write what has left the list and is not written yet."""
        await (changes.end() if self.changes is None else self.changes.end(changes))

    def facts(self) -> dict[str, object]:
        """The numbers of employers and of rows without one, for JSON."""
        return {
            "employers": len(self.parts.shares) - (self.unattributed > 0),
            "unattributed": self.unattributed * self.parts.questions.times,
        }

    def sentences(self) -> Iterator[str]:
        """The same numbers as text."""
        facts = self.facts()
        yield f"one result for each employer: {facts['employers']} of them"
        if self.unattributed:
            name = self.path_of(None).name
            yield f"rows whose employer is unknown: {facts['unattributed']} (in {name})"


@contextmanager
def writing_split_changes(
    arguments: argparse.Namespace, journal: ChangesJournal, split: Split, reader: Audience
) -> Iterator[Changes]:
    """Write the changes of each employer: at the end of the block all files appear, or none."""
    path, kind = Path(arguments.journal), format_of_changes(arguments)
    source = None if arguments.list == "-" else Path(arguments.list)
    taken = {each.resolve() for each in split.paths}
    check = partial(check_place, arguments, taken=taken, journal=path)
    with written_together(may_replace=lambda: True, source=source) as files:
        split.changes = SplitChanges(split.parts, arguments.changes, kind, files, reader, check)
        yield changes_for(arguments, journal, split.parts.questions, reader, split.changes.write)
