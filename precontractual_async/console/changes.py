"""What changed since the last run of the same list, as the page with the results shows it.

Knows that a list is known by the name of its file and its sheet, that only a journal in a file remembers what
was told of it, and that a few changes of each kind are shown. Leaves to others: what a change is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self

from attrs import define, field, frozen

from ..batch.changes import Changes
from ..journal.durable import SqliteJournal
from ..journal.list_changes import Change, ChangeKind
from ..journal.port import Journal
from ..model.dates import day_in_brussels
from ..model.moves import spelled
from ..report.speech import Speech
from ..tables.questions import Questions
from ..tables.table import Row
from ..words import translated_parts
from .lists import GivenList, citizen_in_words, own_cells, own_in_words
from .rows import day_in_words

MOST_OF_A_KIND: Final = 100
"""The most changes of each kind that are kept for the page."""
_SHOWN: Final = (
    ChangeKind.CHANGED,
    ChangeKind.ASKABLE,
    ChangeKind.HOURS,
    ChangeKind.NEW,
    ChangeKind.LEFT,
)
"""In their order. Who still waits for a mandate is only counted: nothing changed."""


@frozen
class ShownChange:
    """A change in words."""

    kind: str
    number: str
    """The line of the list; empty: it has left the list."""
    own: str
    citizen: str
    day: str
    before: str
    now: str
    since: str


@define
class ListChanges:
    """The changes of one list, from the begin of the comparison on."""

    questions: Questions = field(repr=False)
    is_first: bool = False
    """Whether nothing is remembered with which the list can be compared."""
    changes: Changes = field(init=False)
    """Takes the rows."""
    _kept: dict[ChangeKind, list[tuple[Change, Row | None]]] = field(
        factory=lambda: defaultdict(list), repr=False
    )

    @classmethod
    async def begin(
        cls, journal: Journal, given: GivenList, questions: Questions, at: datetime
    ) -> Self | None:
        """Before the first row; None: the journal does not remember lists."""
        if not isinstance(journal, SqliteJournal):
            return None
        place = f"console: {given.name}"
        if given.choices.sheet is not None:
            place += f" [{given.choices.sheet}]"
        one = cls(questions)
        one.changes = Changes(journal, place, questions, day_in_brussels(at), one._keep)
        await one.changes.begin()
        if one.changes.failed is None:
            one.is_first = not await journal.with_lists(lambda lists: lists.left(place))
        return one

    async def end(self, began: datetime) -> bool:
        """Behind the last row: what has left; and from now on the journal remembers the run that began then.

        Returns whether it can: else nothing is to be told.
        """
        await self.changes.end()
        if self.changes.failed is None:
            await self.changes.keep(began)
        return self.changes.failed is None

    def counts(self, say: Speech) -> list[tuple[str, str]]:
        """How many there are of each kind."""
        counts = self.changes.counts
        kinds = (*_SHOWN, ChangeKind.WAITING)
        return [(say(kind.value), say.number(counts[kind])) for kind in kinds if counts[kind]]

    def shown(self, say: Speech, *, shows_citizens: bool) -> Sequence[ShownChange]:
        """The kept changes in words, the most telling first."""
        return [
            _in_words(change, row, self.questions, say, shows_citizens=shows_citizens)
            for kind in _SHOWN
            for change, row in self._kept[kind]
        ]

    @property
    def has_corrected(self) -> bool:
        """Whether rows may have been corrected: some are new, and others no longer in the list."""
        counts = self.changes.counts
        return counts[ChangeKind.NEW] > 0 and counts[ChangeKind.LEFT] > 0

    @property
    def left_out(self) -> int:
        """How many more there are than the kept ones."""
        return sum(self.changes.counts[kind] - len(self._kept[kind]) for kind in _SHOWN)

    def _keep(self, change: Change, row: Row | None) -> None:
        if not self.is_first and len(self._kept[change.kind]) < MOST_OF_A_KIND:
            self._kept[change.kind].append((change, row))


def _in_words(
    change: Change, row: Row | None, questions: Questions, say: Speech, *, shows_citizens: bool
) -> ShownChange:
    since = change.since
    return ShownChange(
        say(change.kind.value),
        "" if row is None else str(row.number),
        "" if row is None else own_in_words(own_cells(row, questions), in_full=shows_citizens),
        citizen_in_words(change.citizen, in_full=shows_citizens),
        day_in_words(change.parts[1], say),
        translated_parts(spelled(change.before), say.language),
        translated_parts(spelled(change.now), say.language),
        "" if since is None else say.day_of(since),
    )
