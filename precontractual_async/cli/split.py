"""One result for each employer of a list, and their changes: ``screen --split-by represented``.

Knows how the files are called and that they appear together. Rows whose employer cannot be told have a file
of their own, so that nobody gets a row that may be another's.
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
from ..batch.changes import Changes, Remembers
from ..batch.list_screening import Screening
from ..journal.list_changes import Change
from ..journal.list_memory import Told
from ..model.dates import day_in_brussels
from ..model.moves import outcome_word
from ..model.questions import Refused
from ..tables import Audience, ResultRow, results_into
from ..tables.employers import UNATTRIBUTED, ByEmployer, Employer, ResultsByEmployer
from ..tables.file_set import FileSet, written_together
from ..tables.table import Row
from .changes import ChangeRows, changes_told
from .changes_file import check_place, format_of_changes
from .lists import ENTERPRISE, path_for

_REFUSED: Final = outcome_word(Refused)
_AT_ONCE: Final = 100
"""Files that are open together; for each hundred the list is read once more."""


@define
class SplitChanges:
    """What changed, in a file for each employer; one who is no longer in the list hears of it once."""

    parts: ByEmployer
    template: str
    kind: str
    """One of `FORMATS`."""
    files: FileSet
    reader: Audience
    check: Callable[[Path], None]
    """Whether a file may be written there; raises if not."""
    _open: dict[Employer, ChangeRows] = field(factory=dict, init=False)

    def tell(self, change: Change, row: Row | None) -> None:
        """To whom it belongs; what has left the list is theirs whom it was asked for."""
        if row is None:
            self._open[self._whose(change)].add(change, None)
            return
        employer = self.parts.employer_of(row)
        narrowed = self.parts.share_of(employer).narrowed(ResultRow(row, {}))
        self._open[employer].add(change, narrowed.row)

    def _whose(self, left: Told | Change) -> Employer:
        return self.parts.named(left.parts[2]) if _is_sure(left) else None

    @asynccontextmanager
    async def telling(self, changes: Changes, employers: Collection[Employer]) -> AsyncIterator[None]:
        """The files of these: at the end of the block all their rows were seen."""
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
            await changes.end(lambda told: self._whose(told) in self._open)
            for rows in self._open.values():
                rows.finish()
            self._open.clear()

    async def end(self, changes: Changes) -> None:
        """Behind the last row: those of whom nobody is in the list any more."""
        others: dict[Employer, None] = {}

        def is_noted(told: Told) -> bool:
            if (employer := self._whose(told)) not in self.parts.shares:
                others[employer] = None
            return False

        await changes.end(is_noted)
        gone = list(others)
        for first in range(0, len(gone), _AT_ONCE):
            async with self.telling(changes, gone[first : first + _AT_ONCE]):
                pass


def _is_sure(left: Told | Change) -> bool:
    """Whether its parts stand where they belong: of a question that was understood they do."""
    word = left.word if isinstance(left, Told) else left.before
    return left.is_read or word != _REFUSED


def number_of(employer: Employer) -> str:
    return UNATTRIBUTED if employer is None else employer.digits


@define
class Split:
    """The results of a list, one for each employer."""

    parts: ByEmployer
    output: str
    """With the place for the number."""
    telling: SplitChanges | None = None
    """What changed, when each employer gets that too."""

    def path_of(self, employer: Employer) -> Path:
        return path_for(self.output, number_of(employer))

    @property
    def paths(self) -> list[Path]:
        return [self.path_of(each) for each in self.parts.shares]

    def paths_of_changes(self, template: str | None) -> list[Path] | None:
        """The changes of each employer; None: all stand in one place, or are not told."""
        if template is None or ENTERPRISE not in Path(template).name:
            return None
        return [path_for(template, number_of(each)) for each in self.parts.shares]

    @property
    def unattributed(self) -> int:
        """Rows of the list whose employer cannot be told."""
        share = self.parts.shares.get(None)
        return 0 if share is None else share.rows

    async def write(
        self, screening: Screening, client: VerificationBackend, files: FileSet, kind: str
    ) -> None:
        """All of them; each row is written once."""
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
                if self.telling is not None and screening.changes is not None:
                    await stack.enter_async_context(self.telling.telling(screening.changes, results))
                by_employer = ResultsByEmployer(self.parts, results)
                await screening.write(client, by_employer, questions=self.parts.only(results))

    async def end(self, changes: Changes) -> None:
        """Behind the last row: tell what has left, where it was not told yet."""
        await (changes.end() if self.telling is None else self.telling.end(changes))

    def facts(self) -> dict[str, object]:
        """What a machine is told of it."""
        return {
            "employers": len(self.parts.shares) - (self.unattributed > 0),
            "unattributed": self.unattributed * self.parts.questions.times,
        }

    def told(self) -> Iterator[str]:
        """And a person."""
        facts = self.facts()
        yield f"one result for each employer: {facts['employers']} of them"
        if self.unattributed:
            name = self.path_of(None).name
            yield f"rows whose employer cannot be told: {facts['unattributed']} (in {name})"


@contextmanager
def split_telling(
    arguments: argparse.Namespace, journal: Remembers, split: Split, reader: Audience
) -> Iterator[Changes]:
    """The changes of each employer: all of the files stand there at the end of the block, or none does."""
    path, kind = Path(arguments.journal), format_of_changes(arguments)
    source = None if arguments.list == "-" else Path(arguments.list)
    taken = {each.resolve() for each in split.paths}
    check = partial(check_place, arguments, taken=taken, journal=path)
    with written_together(may_replace=lambda: True, source=source) as files:
        split.telling = SplitChanges(split.parts, arguments.changes, kind, files, reader, check)
        yield changes_told(arguments, journal, split.parts.questions, reader, split.telling.tell)
