"""Converts cells of a workbook to JSON and back, to send them from one process to another.

Knows the few types of cells that a spreadsheet has. Leaves to others: what they mean.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from ...model.planning import Emptied

EMPTIED: Final = "(formula with an empty value)"
"""The text for an `Emptied`."""
_EXACT: Final = 10**15
"""With more than fifteen digits a spreadsheet's number is not exact."""


def spelled(cell: object) -> object:
    """A cell as JSON; a type that JSON does not have becomes an object with one member.

    All numbers of a spreadsheet are floats: whole numbers become integers.
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
    """The cell from the result of `spelled`."""
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
