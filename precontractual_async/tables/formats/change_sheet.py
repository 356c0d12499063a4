"""What changed in a list as an Excel workbook: one sheet, in the reader's words.

Refuses to know what a change is: it shows the cells that it gets.
"""

from __future__ import annotations

from typing import BinaryIO, Final

from ...model.moves import spelled
from ...words import translated, translated_parts
from ..audience import Audience
from ..counts import in_brussels
from ..headings import READABLE, in_readers_order, is_own_beside
from ..table import ResultRow, Table
from .sheet_pages import Book

_WORDS: Final = ("change", "move")
_PHRASES: Final = ("status_before", "status_now")


class ChangeSheet:
    """Takes the rows."""

    def __init__(self, table: Table, added: tuple[str, ...], file: BinaryIO, reader: Audience) -> None:
        self._book = Book(file)
        self._language = reader.language
        self._added = in_readers_order(added)
        is_own = is_own_beside(added)
        self._kept = [position for position, name in enumerate(table.columns) if is_own(name)]
        self._hidden = [at for at, position in enumerate(self._kept) if position in table.hidden]
        headings = [table.columns[position] for position in self._kept]
        headings += [translated(READABLE[name], self._language) for name in self._added]
        self._page = self._book.page(translated("Changes", self._language), headings)

    def add(self, row: ResultRow) -> None:
        own = [row.row.cells[position] for position in self._kept]
        self._page.add([*own, *(self._told(name, row.added.get(name, "")) for name in self._added)])

    def _told(self, name: str, cell: str | int) -> str | int:
        """A cell as people read it."""
        if cell == "" or isinstance(cell, int):
            return cell
        if name == "known_since":
            return in_brussels(cell)
        if name in _PHRASES:
            return translated_parts(spelled(cell), self._language)
        return translated(cell, self._language) if name in _WORDS else cell

    def finish(self) -> None:
        self._page.finish(self._hidden)
        self._book.finish()
