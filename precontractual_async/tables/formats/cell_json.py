"""Cells of a workbook, on their way from one process to another: as JSON, and back.

Knows the few kinds of cells that a spreadsheet has. Refuses to know what they mean.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from ...model.planning import Emptied

EMPTIED: Final = "(formula with an empty value)"
"""What stands for an `Emptied`."""
_EXACT: Final = 10**15
"""Beyond fifteen digits a spreadsheet's number is not exact."""


def spelled(cell: object) -> object:
    """A cell as JSON; a kind that JSON has not is an object with one member.

    A spreadsheet's numbers are all floats: those that are whole are integers again.
    """
    match cell:
        case float() if cell.is_integer() and abs(cell) < _EXACT:
            return int(cell)
        case datetime():
            return {"datetime": cell.isoformat()}
        case date():
            return {"date": cell.isoformat()}
        case time():
            return {"time": cell.isoformat()}
        case timedelta():
            return {"seconds": cell.total_seconds()}
    return cell


def read(cell: object) -> object:
    """The cell that was spelled so."""
    match cell:
        case str():
            return Emptied() if cell == EMPTIED else cell
        case {"datetime": str(text)}:
            return datetime.fromisoformat(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case {"time": str(text)}:
            return time.fromisoformat(text)
        case {"seconds": float(seconds)}:
            return timedelta(seconds=seconds)
    return cell
