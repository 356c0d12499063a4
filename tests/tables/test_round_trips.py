"""From any format to any other: the same rows in the same order, with all their columns."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workbooks import read, result_of

from precontractual_async.tables import FORMATS, ResultRow, Table, results_into
from precontractual_async.tables.cells import as_text, plain
from precontractual_async.tables.formulas import inert
from precontractual_async.tables.headings import READABLE, in_readers_order
from precontractual_async.tables.table import Row
from precontractual_async.words import translated

READ = tuple(kind for kind, each in FORMATS.items() if each.writer)
ADDED: Mapping[str, str | int] = {"outcome": "answered", "student_hours_remaining": 50, "reason": ""}

# What every format can hold as it is: no control characters, no half surrogates, nothing that is escaped.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="_"), max_size=12)
TABLES = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)


def added_in(kind: str) -> tuple[str, ...]:
    """The added columns as a result of that format has them."""
    return tuple(READABLE[name] for name in in_readers_order(ADDED)) if kind == "xlsx" else tuple(ADDED)


def table_of(rows: Sequence[tuple[str, ...]], columns: tuple[str, ...]) -> Table:
    numbered = [Row(number, (f"n{number}", *cells)) for number, cells in enumerate(rows, 1)]
    return Table(("insz", *columns), len(rows), lambda: iter(numbered))


def texts(table: Table, columns: int) -> list[list[str]]:
    return [[as_text(cell) for cell in row.cells[:columns]] for row in table.rows()]


@pytest.mark.parametrize("kind", READ)
@settings(max_examples=20, deadline=None)
@given(rows=TABLES)
def test_text_comes_back_as_it_went(kind: str, rows: list[tuple[str, ...]]) -> None:
    """Blanks around it, digits, marks of every script; in CSV with an apostrophe where it could be run."""
    table = table_of(rows, ("Naam", "n"))
    again = read(result_of(table, kind, ADDED), kind).table
    assert again.columns == ("insz", "Naam", "n", *added_in(kind))[: len(again.columns)]
    expected = [["n" + str(number), *cells] for number, cells in enumerate(rows, 1)]
    if kind == "csv":
        expected = [list(map(inert, cells)) for cells in expected]
    assert texts(again, 3) == expected


@pytest.mark.parametrize("first", READ)
def test_from_each_to_each(first: str) -> None:
    """Over all ways with three steps nothing is lost, added or moved; old results are replaced."""
    rows = [("Renée", "007"), ("", " x "), ("a;b,c\td", "1,5"), ("\U0001f600", "TRUE")]
    start = read(result_of(table_of(rows, ("Naam", "code")), first, ADDED), first).table
    for second in READ:
        middle = read(result_of(start, second, ADDED), second).table
        for third in READ:
            end = read(result_of(middle, third, ADDED), third).table
            assert texts(end, 3) == [[f"n{n}", *cells] for n, cells in enumerate(rows, 1)]
            assert end.columns[:5] == ("insz", "Naam", "code", *added_in(third)[:2])


HOSTILE = (
    "=cmd|' /C calc'!A0",
    "@x",
    "<script>alert(1)</script>",
    "\u202egnirts",
    "_x000D_",
    "a\x01b",
    "<r><t>x</t></r>",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_hostile_texts_are_data(kind: str, text: str) -> None:
    """Where nothing runs they stay as they are, in cells, in names and in what we say."""
    table = table_of([(text,)], (text,))
    data = result_of(table, kind, {"reason": text})
    again = read(data, kind).table
    assert again.columns == ("insz", text, "reason")
    assert texts(again, 3) == [["n1", text, text]]


def test_a_row_that_cannot_be_read_keeps_its_place() -> None:
    """In every format: it has no cells of its own, and what we say stands behind."""
    table = read(b'{"insz": "1"}\n[]\n{"insz": "3", "more": {"a": 1}}\n', "jsonl").table
    for kind in READ:
        file = io.BytesIO()
        results = results_into(file, table, ("outcome",), kind)
        for row in table.rows():
            results.add(ResultRow(row, {"outcome": "refused" if row.problem else "answered"}))
        results.finish()
        again = read(file.getvalue(), kind).table
        outcome = again.columns.index(READABLE["outcome"] if kind == "xlsx" else "outcome")
        words = ["answered", "refused", "answered"]
        told = [translated(word, "en") for word in words] if kind == "xlsx" else words
        assert [row.cells[outcome] for row in again.rows()] == told


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)), st.lists, max_leaves=6
    )
)
def test_what_json_has_stays_what_it_is(value: object) -> None:
    """And the text of it is JSON."""
    assert plain(value) == value
    if not isinstance(value, str | None):
        assert json.loads(as_text(value)) == value
