"""Parquet lists of every type, and results that keep them."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.numbers import CITIZEN, generated
from support.workbooks import read, result_of

from precontractual_async import Ssin
from precontractual_async.model.dates import BRUSSELS, read_start_date
from precontractual_async.tables import ResultRow, Source, read_list, results_into
from precontractual_async.tables.results import RESULT_COLUMNS

DAY = date(2026, 12, 1)


def parquet(columns: Mapping[str, pa.Array | pa.ChunkedArray], **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), file, **options)
    return file.getvalue()


NUMBERS = [
    pa.array([CITIZEN]),
    pa.array([CITIZEN], pa.large_string()),
    *([] if pa.__version__ < "21" else [pa.array([CITIZEN], pa.string_view())]),  # no older one writes it
    pa.array([CITIZEN.encode()]),
    pa.array([CITIZEN]).dictionary_encode(),
    pa.array([int(CITIZEN)]),
    pa.array([int(CITIZEN)], pa.uint64()),
    pa.array([float(CITIZEN)]),
    pa.array([Decimal(CITIZEN)], pa.decimal128(11, 0)),
    pa.array([Decimal(CITIZEN)], pa.decimal128(14, 2)),
]


@pytest.mark.parametrize("column", NUMBERS, ids=lambda column: str(column.type))
def test_numbers_of_every_type(column: pa.Array) -> None:
    """The same citizen, and in CSV and JSON lines as well."""
    found = read(parquet({"insz": column}), "parquet")
    cell = found.rows[0].cells[0]
    assert Ssin.parse(cell).digits == CITIZEN
    for kind in ("csv", "jsonl"):
        again = read(result_of(found.table, kind), kind).rows[0].cells[0]
        assert Ssin.parse(again).digits == CITIZEN


WINTER = datetime(2026, 11, 30, 23, tzinfo=UTC)
DATES = [
    pa.array([DAY]),
    pa.array([DAY], pa.date64()),
    pa.array([datetime.fromisoformat("2026-12-01")], pa.timestamp("s")),
    pa.array([datetime.fromisoformat("2026-12-01")], pa.timestamp("ns")),
    pa.array([WINTER], pa.timestamp("us", "UTC")),
    pa.array([WINTER], pa.timestamp("ns", "Europe/Brussels")),
    pa.array([datetime(2026, 12, 1, tzinfo=UTC)], pa.timestamp("ms", "UTC")),
    pa.array(
        [datetime(2026, 12, 1, tzinfo=ZoneInfo("America/New_York"))], pa.timestamp("ms", "America/New_York")
    ),
    pa.array([20261201]),
    pa.array(["1/12/2026"]),
]


@pytest.mark.parametrize("column", DATES, ids=lambda column: str(column.type))
def test_dates_of_every_type(column: pa.Array) -> None:
    """The day in Brussels, also when a result in another format is read again."""
    found = read(parquet({"start": column}), "parquet")
    assert read_start_date(found.rows[0].cells[0]) == DAY
    for kind in ("csv", "jsonl", "xlsx"):
        again = read(result_of(found.table, kind), kind).rows[0].cells[0]
        assert read_start_date(again) == DAY


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 12, 1, 23, 30, tzinfo=UTC),
        datetime(2026, 12, 1, 8, tzinfo=BRUSSELS),
        datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Tokyo")),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_moments_are_no_days(moment: datetime) -> None:
    """Which day is meant is not guessed: where it is midnight it is another day in Brussels, or nowhere."""
    column = pa.array([moment], pa.timestamp("us", str(moment.tzinfo)))
    found = read(parquet({"start": column}), "parquet")
    with pytest.raises(ValueError, match="a moment of the day"):
        read_start_date(found.rows[0].cells[0])


def test_one_odd_moment_takes_no_day_along() -> None:
    """Fractions of a microsecond, years that Python has not: the other days of the column stay days."""
    moments = pa.array([WINTER, None], pa.timestamp("ns", "UTC"))
    odd = pa.array([10**9 + 1, 10**9 + 2], pa.timestamp("ns", "UTC"))
    far = pa.array([10**18, 3 * 10**17], pa.timestamp("us", "UTC"))
    for column in (pa.chunked_array([moments, odd]), pa.chunked_array([moments.cast(far.type), far])):
        rows = read(parquet({"start": column.combine_chunks()}), "parquet").rows
        assert [row.cells[0] for row in rows[:2]] == [WINTER, None]
        for row in rows[2:]:
            with pytest.raises(ValueError, match="start date: "):
                read_start_date(row.cells[0])


ODD: dict[str, pa.Array] = {
    "lists": pa.array([[1, None], None]),
    "members": pa.array([{"a": DAY, "b": [Decimal("1.50")]}, None]),
    "map": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int32())),
    "nanoseconds": pa.array([1, None], pa.timestamp("ns")),
    "nested": pa.array([[10**18], None], pa.list_(pa.timestamp("us"))),
    "far": pa.array([10**18, None], pa.timestamp("us")),
    "lapse": pa.array([timedelta(hours=25, microseconds=1), None]),
    "bytes": pa.array([b"\xff", None]),
    "float": pa.array([float("inf"), 0.1]),
    "small": pa.array([1.5, None], pa.float32()),
    "decimal": pa.array([Decimal("1.50"), None]),
    "words": pa.array(["x", None]).dictionary_encode(),
    "bool": pa.array([True, None]),
    "null": pa.nulls(2),
}


def test_a_parquet_result_keeps_every_type() -> None:
    """Whatever it is, also what Python has no value for; our columns come behind, with theirs."""
    columns = {"insz": pa.array([CITIZEN, "x"]), **ODD}
    data = parquet(columns)
    found = read(data, "parquet")
    added: dict[str, str | int] = dict.fromkeys(RESULT_COLUMNS, "")
    added |= {"outcome": "x", "student_hours_remaining": 0, "asked_at": "2026-11-24T09:30:15Z"}
    written = pq.read_table(io.BytesIO(result_of(found.table, "parquet", added)))
    before = pq.read_table(io.BytesIO(data))
    assert written.select(before.column_names).equals(before)
    assert written.schema.names == [*before.column_names, *RESULT_COLUMNS]
    assert written.schema.field("student_hours_remaining").type == pa.int64()
    assert written.schema.field("asked_at").type == pa.timestamp("ms", "UTC")
    assert written.column("student_hours_remaining").to_pylist() == [0, 0]
    assert written.column("asked_at").to_pylist() == [datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)] * 2
    assert written.column("reason").to_pylist() == [None, None]


def test_odd_types_in_other_formats() -> None:
    """As JSON or text; what cannot be shown says what it is."""
    found = read(parquet({"insz": pa.array([CITIZEN, "x"]), **ODD}), "parquet")
    line = json.loads(result_of(found.table, "jsonl").splitlines()[0])
    assert line == {
        "insz": CITIZEN,
        "lists": [1, None],
        "members": {"a": "2026-12-01", "b": ["1.50"]},
        "map": [["k", 1]],
        "nanoseconds": "1970-01-01 00:00:00.000000001",
        "nested": "list<element: timestamp[us]>",
        "far": f"<value out of range: {10**18}>",
        "lapse": "25:00:00.000001",
        "bytes": "/w==",
        "float": "inf",
        "small": 1.5,
        "decimal": "1.50",
        "words": "x",
        "bool": True,
        "null": None,
    }
    for kind in ("csv", "xlsx"):
        again = read(result_of(found.table, kind), kind)
        assert again.table.columns == found.table.columns
        assert again.rows[0].cells[1] == "[1, null]"


def test_columns_of_ours_are_replaced() -> None:
    """A result that is screened again gets them anew, with their types."""
    added: dict[str, str | int] = {"outcome": "answered", "student_hours_remaining": 50}
    once = result_of(read(parquet({"insz": pa.array(["1", "2"])}), "parquet").table, "parquet", added)
    again = read(result_of(read(once, "parquet").table, "parquet", added), "parquet")
    assert again.table.columns == ("insz", "outcome", "student_hours_remaining")
    assert again.cells == [("1", "answered", 50), ("2", "answered", 50)]


def test_rows_come_as_often_as_there_are_dates() -> None:
    """Each batch of the list is used again for each of them, over many batches and groups."""
    numbers = list(generated(2_500))
    data = parquet({"insz": pa.array(numbers), "n": pa.array(range(2_500))}, row_group_size=700)
    table = read(data, "parquet").table
    file = io.BytesIO()
    results = results_into(file, table, ("start_date",), "parquet")
    for row in table.rows():
        for day in ("1", "2", "3", "4", "5"):
            results.add(ResultRow(row, {"start_date": day}))
    results.finish()
    written = pq.read_table(io.BytesIO(file.getvalue()))
    assert written.column("n").to_pylist() == [n for n in range(2_500) for _ in range(5)]
    assert written.column("insz").to_pylist()[::5] == numbers
    assert written.column("start_date").to_pylist() == ["1", "2", "3", "4", "5"] * 2_500


def test_from_text_to_parquet() -> None:
    """Text stays text; what single rows have beyond the columns comes in one column more."""
    table = read(b"insz,a,a\n007,x,\n=1+1,\xff,-\n", "csv").table
    written = pq.read_table(io.BytesIO(result_of(table, "parquet", {"outcome": "x"})))
    assert written.to_pylist() == [
        {"insz": "007", "a": "x", "a_3": "", "outcome": "x"},
        {"insz": "=1+1", "a": "ÿ", "a_3": "-", "outcome": "x"},
    ]
    ragged = read(b"insz\n1\n" + b"2," * 1001 + b"y\n", "csv").table
    written = pq.read_table(io.BytesIO(result_of(ragged, "parquet", {"outcome": "x"})))
    assert written.column_names == ["insz", "outcome", "surplus"]
    assert json.loads(written.column("surplus").to_pylist()[1])[-1] == "y"
    lines = b'{"insz": 7, "b": [1], "c": null}\n{"d": "\\ud800"}\n'
    written = pq.read_table(io.BytesIO(result_of(read(lines, "jsonl").table, "parquet")))
    assert written.to_pylist() == [
        {"insz": "7", "b": "[1]", "c": None, "d": None},
        {"insz": None, "b": None, "c": None, "d": "?"},
    ]


def test_a_result_that_is_given_up(tmp_path: object) -> None:
    """Writes nothing into a file that is closed, and says nothing."""
    table = read(b"insz\n1\n", "csv").table
    file = io.BytesIO()
    results = results_into(file, table, (), "parquet")
    results.add(ResultRow(next(table.rows()), {}))
    file.close()
    del results


def test_a_long_result_is_not_held() -> None:
    """Rows of text go out when they weigh much, however few they are."""
    table = read(b"insz,note\n1," + b"x" * 100_000 + b"\n", "csv").table
    (row,) = table.rows()

    class Nowhere(io.BytesIO):
        def write(self, data: Any) -> int:
            return len(data)

    results = results_into(Nowhere(), table, (), "parquet")
    tracemalloc.start()
    try:
        for number in range(2_000):
            cells = (str(number), f"{number}" + "x" * 100_000)
            results.add(ResultRow(type(row)(number, cells), {}))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    results.finish()
    assert peak < 60 << 20


def test_it_is_read_from_a_file_that_stays_open() -> None:
    """And whose reader leaves it where the next one finds its beginning."""
    file = io.BytesIO(parquet({"insz": pa.array(["1"])}))
    for _ in range(2):
        assert [row.cells for row in read_list(Source(file), "parquet").rows()] == [("1",)]
        assert not file.closed
