"""JSON lines: one object per line, its names the columns.

Knows how to read each line by itself, so that one bad line is one bad row. Refuses to know what the
values mean; they come out as they went in.
"""

from __future__ import annotations

import json
import math

from ..errors import InvalidList
from .table import ABSENT, ResultRow, Row, Table


def read(data: bytes) -> Table:
    """The table in `data`: its columns are all names that occur, in the order of their first occurrence."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        raise InvalidList("the list is empty or not UTF-8", "Check that the right file was given.")
    lines = [(number, _object(line)) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    columns = tuple(
        dict.fromkeys(name for _, document in lines if isinstance(document, dict) for name in document)
    )
    return Table(columns, tuple(_row(number, document, columns) for number, document in lines))


class _NameTwice(ValueError):
    """Of two members of one name nobody can tell which counts: it could be another citizen's number."""


def _object(line: str) -> dict[str, object] | str:
    """The object, or what is wrong with the line."""
    try:
        document = json.loads(
            line, object_pairs_hook=_distinct_members, parse_float=_finite, parse_constant=_finite
        )
    except _NameTwice:
        return "has a name twice"
    except (ValueError, RecursionError):
        return "is not a JSON object"
    return document if isinstance(document, dict) else "is not a JSON object"


def _distinct_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _NameTwice
    return members


def _finite(text: str) -> float:
    """``NaN``, ``Infinity`` and 1e999 are no JSON, and would make the result none."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no number")
    return number


def _row(number: int, document: dict[str, object] | str, columns: tuple[str, ...]) -> Row:
    if isinstance(document, str):
        return Row(number, (ABSENT,) * len(columns), f"line {number} {document}")
    return Row(number, tuple(document.get(name, ABSENT) for name in columns))


def write(table: Table, added: tuple[str, ...], rows: list[ResultRow]) -> bytes:
    """One line for each row: its own members, then the added ones that say something."""
    names = _distinct(table.columns)
    lines = (
        {
            name: cell
            for name, cell in zip(names, each.row.cells, strict=True)
            if cell is not ABSENT and name not in added
        }
        | {name: each.added[name] for name in added if each.added.get(name)}
        for each in rows
    )
    return b"".join(_encoded(line) + b"\n" for line in lines)


def _encoded(line: dict[str, object]) -> bytes:
    try:
        return json.dumps(line, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair: only an escape can write it
        return json.dumps(line).encode()


def _distinct(columns: tuple[str, ...]) -> list[str]:
    """Names that are all different: a list from elsewhere may have two columns of one name, or of none."""
    names: list[str] = []
    for position, column in enumerate(columns, 1):
        name = column or f"column_{position}"
        names.append(name if name not in names else f"{name}_{position}")
    return names
