"""Rows whose cells have names: JSON lines, and records.

Knows that their columns are all names that occur, in the order of first occurrence, and how many there may
be, since every row of the result gets a cell for each. Leaves to others: where the rows come from.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field

from ..table import ABSENT, MOST_MORE, Row, checked_width


@define
class ColumnUnion:
    """Collects the names of rows.

    A row that would make too many names adds none: it gets a problem, and keeps its members.
    """

    names: dict[object, None] = field(factory=dict)
    is_ragged: bool = False
    """Whether there is a row with too many names."""
    _most: int = field(default=0, init=False)

    def add(self, row: Mapping[str, object] | Mapping[object, object]) -> None:
        """Take the names of a row.

        Raises:
            InvalidList: the first row has more names than a list may have.
        """
        self._most = self._most or checked_width(len(row)) + MOST_MORE
        new = [name for name in row if name not in self.names]
        fits = len(self.names) + len(new) <= self._most
        self.names.update(dict.fromkeys(new if fits else ()))
        self.is_ragged |= not fits

    @property
    def columns(self) -> tuple[str, ...]:
        """The names as text."""
        return tuple(map(str, self.names))

    def row(self, number: int, row: Mapping[str, object] | Mapping[object, object], place: str) -> Row:
        """The row with a cell for each name; `place` is its name in messages, such as ``line 3``."""
        members = dict[object, object](row.items())
        cells = tuple(members.get(name, ABSENT) for name in self.names)
        if members.keys() <= self.names.keys():
            return Row(number, cells)
        surplus = {str(name): value for name, value in members.items() if name not in self.names}
        problem = f"{place} has names beyond the {MOST_MORE:,} that rows may add to those of the first"
        return Row(number, cells, problem, surplus)
