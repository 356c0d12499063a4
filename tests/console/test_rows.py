"""The rows of a page, however many a run has: the same few in the same memory, or the first ten thousand."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

from support.batch import BEGAN, answered
from support.journals import query_for
from support.numbers import generated

from precontractual_async import Outcome, Status
from precontractual_async.console.rows import MOST_RECENT, MOST_SHOWN, Collector, Recent, shown
from precontractual_async.report.kinds import DECIDE, MANDATE
from precontractual_async.report.speech import Speech
from precontractual_async.tables import Source, read_list
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.questions import Questions
from precontractual_async.tables.table import ResultRow, Row

NUMBERS = tuple(generated(50, seed=9))
SAY = Speech("en")


def a_list() -> Questions:
    table = read_list(Source(io.BytesIO(b"naam;insz;start\nJan;90010100123;2026-12-01\n")), "csv")
    return Questions(table, find_columns(table.columns, {}, needs_date=True))


def rows(count: int, first: int = 1) -> Iterator[tuple[Row, Outcome]]:
    """Every fifth waits for a mandate."""
    for number in range(first, first + count):
        digits = NUMBERS[number % len(NUMBERS)]
        status = Status.OK if number % 5 else Status.NO_GRANT
        row = Row(number, (f"Kandidaat {number}", digits, "2026-12-01"))
        one = answered(query_for(digits), BEGAN, status, Status.OK, 400)
        yield row, type(one)(one.query, one.answer, row)


def test_a_running_list_of_any_length_keeps_the_same_few() -> None:
    recent = Recent(a_list())
    for _, outcome in rows(1_000):
        recent.add(outcome, BEGAN)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _, outcome in rows(9_000, first=1_001):
            recent.add(outcome, BEGAN)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 1_000_000
    table = recent.since(0, BEGAN, SAY)
    assert [row.number for row in table.rows][:3] == [10_000, 9_999, 9_998]
    assert len(list(table.rows)) == 2 * MOST_RECENT
    assert table.counts == {MANDATE: "2,000 rows", DECIDE: "8,000 rows"}
    assert list(recent.since(table.total, BEGAN, SAY).rows) == []


def test_a_page_has_the_first_ten_thousand_and_counts_them_all() -> None:
    kept = Collector(a_list(), BEGAN)
    for row, outcome in rows(MOST_SHOWN + 50):
        kept.add(ResultRow(row, {}, outcome))
    table = shown(kept, SAY, shows_citizens=False)
    told = list(table.rows)
    assert (len(told), table.total) == (MOST_SHOWN, MOST_SHOWN + 50)
    assert [row.group for row in told] == sorted((row.group for row in told), key=[MANDATE, DECIDE].index)
    assert {row.citizen[:9] for row in told} == {"*" * 9}


def test_a_long_cell_is_cut_after_its_numbers_are_masked() -> None:
    kept = Collector(a_list(), BEGAN)
    ((row, outcome),) = rows(1)
    for place in range(85, 100):
        kept.add(ResultRow(Row(place, ("x" * place + NUMBERS[0], *row.cells[1:])), {}, outcome))
    for each in shown(kept, SAY, shows_citizens=False).rows:
        assert len(each.own) <= 101
        assert not [digit for digit in each.own if digit.isdigit()]
