"""Frames and records in, records out: with the real pandas, polars and pyarrow, over real HTTP."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from attrs import frozen
from support.numbers import CITIZEN, ENTERPRISE
from support.warm import REAL

from precontractual_async import (
    Answered,
    Candidate,
    InvalidList,
    PrecontractualClient,
    Refused,
    Screening,
    Ssin,
    screen,
)
from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, Sandbox
from precontractual_async.tables.formats.records import plain
from precontractual_async.tables.formulas import inert
from precontractual_async.tables.results import RESULT_COLUMNS

DAY = StartDateWindow.at(utc_now()).last
BOTH, STUDENT = SCENARIOS["bothOk"], SCENARIOS["studentOnly"]

Screen = Callable[..., Any]


@frozen
class Desk:
    """A client of a sandbox that counts."""

    sandbox: Sandbox
    client: PrecontractualClient

    async def screen(self, *arguments: Any, **named: Any) -> Screening:
        return await screen(self.client, *arguments, **named)


@pytest.fixture
async def desk(pem: str) -> AsyncIterator[Desk]:
    async with (
        Sandbox(limit=None, private_key_pem=pem) as sandbox,
        PrecontractualClient(sandbox.settings()) as client,
    ):
        yield Desk(sandbox, client)


NAMES = ("Naam", "INSZ", "Startdatum", "KBO")
ROWS = [
    ("Jan", BOTH, DAY, ENTERPRISE),
    ("Piet", STUDENT, DAY, None),
    ("Joris", None, DAY, None),
    ("Korneel", BOTH, None, None),
    ("Jan (bis)", BOTH, DAY, None),
]


def dicts() -> list[dict[str, object]]:
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


class OnlyArrow:
    """A frame of yet another library."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def arrow() -> Any:
    return pa.Table.from_pylist(dicts())


def batches() -> Any:
    table = arrow()
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=2))


FRAMES: dict[str, Callable[[], Any]] = {
    "mappings": dicts,
    "a generator": lambda: (each for each in dicts()),
    "mappings without what is missing": lambda: [
        {name: cell for name, cell in each.items() if cell is not None} for each in dicts()
    ],
    "pandas": lambda: pd.DataFrame(dicts()),
    "pandas, some rows": lambda: pd.concat([pd.DataFrame(dicts()[:1])] * 3 + [pd.DataFrame(dicts())])[3:],
    "pandas, timestamps": lambda: pd.DataFrame(dicts()).assign(
        Startdatum=lambda frame: pd.to_datetime(frame["Startdatum"])
    ),
    "pandas, converted": lambda: pd.DataFrame(dicts()).convert_dtypes(),
    "pandas, numbers": lambda: pd.DataFrame(dicts()).assign(INSZ=lambda frame: pd.to_numeric(frame["INSZ"])),
    "pandas, whole numbers": lambda: pd.DataFrame(dicts()).assign(
        INSZ=lambda frame: pd.to_numeric(frame["INSZ"]).astype("Int64")
    ),
    "pandas, Arrow inside": lambda: arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "pandas, numbers and text mixed": lambda: pd.DataFrame(dicts()).assign(
        INSZ=[int(BOTH), STUDENT, float("nan"), float(BOTH), np.int64(BOTH)]
    ),
    "pandas, categories": lambda: pd.DataFrame(dicts()).astype({"INSZ": "category"}),
    "polars": lambda: pl.DataFrame(dicts()),
    "polars, instants": lambda: pl.DataFrame(dicts()).with_columns(
        pl.col("Startdatum").cast(pl.Datetime("ns"))
    ),
    "polars, floats": lambda: pl.DataFrame(dicts()).with_columns(pl.col("INSZ").cast(pl.Float64)),
    "polars, decimals": lambda: pl.DataFrame(dicts()).with_columns(pl.col("INSZ").cast(pl.Decimal(11, 0))),
    "polars, objects": lambda: pl.DataFrame(
        {
            **{name: [row[at] for row in ROWS] for at, name in enumerate(NAMES)},
            "INSZ": pl.Series([Ssin.parse(row[1]) if row[1] else None for row in ROWS], dtype=pl.Object),
        }
    ),
    "an Arrow table": arrow,
    "an Arrow table, instants": lambda: arrow().set_column(
        2, "Startdatum", arrow()["Startdatum"].cast(pa.timestamp("ns"))
    ),
    "an Arrow table, categories": lambda: arrow().set_column(1, "INSZ", arrow()["INSZ"].dictionary_encode()),
    "a record batch": lambda: arrow().combine_chunks().to_batches()[0],
    "a reader of record batches": batches,
    "any Arrow stream": lambda: OnlyArrow(arrow()),
}


@pytest.mark.parametrize("kind", FRAMES)
async def test_every_kind_of_frame(desk: Desk, kind: str) -> None:
    """The same rows are the same questions, in their order, whatever they come in; the index plays no part."""
    screening = await desk.screen(FRAMES[kind]())
    assert desk.sandbox.ledger.calls == 2
    assert [outcome.row for outcome in screening.outcomes] == list(range(5))
    one, two, three, four, five = screening.outcomes
    assert isinstance(one, Answered)
    assert isinstance(two, Answered)
    assert isinstance(five, Answered)
    assert one.answer == five.answer
    assert [str(each.query.citizen.digits) for each in (one, two, five)] == [BOTH, STUDENT, BOTH]
    assert isinstance(three, Refused)
    assert three.violations == ("SSIN: empty",)
    assert isinstance(four, Refused)
    assert four.violations == ("start date: empty",)
    records = list(screening.records())
    assert all(tuple(record) == (*NAMES, *RESULT_COLUMNS) for record in records)
    assert [record["Naam"] for record in records] == [row[0] for row in ROWS]
    assert [record["Startdatum"] is None for record in records] == [False] * 3 + [True, False]
    assert [record["student_hours_remaining"] for record in records] == [475, 600, None, None, 475]
    assert [record["outcome"] for record in records] == [*["answered"] * 2, *["refused"] * 2, "answered"]


async def test_back_into_frames(desk: Desk) -> None:
    """By one line each; hours stay numbers, what is missing is missing."""
    numbers = [
        {"insz": number, "leeftijd": 20 + at} for at, number in enumerate(list(SCENARIOS.values()) * 12)
    ]
    screening = await desk.screen(numbers[::-1], [DAY, DAY + timedelta(days=4000)])
    assert len(screening.outcomes) == 2 * len(numbers)
    frame = pd.DataFrame(screening.records())
    assert list(frame.columns) == ["insz", "leeftijd", "start_date", *RESULT_COLUMNS]
    assert frame["student_hours_remaining"].max() == 600
    assert frame["outcome"].value_counts()["deferred"] == len(numbers)
    other = pl.from_dicts(list(screening.records()), infer_schema_length=None)
    assert other["student_hours_remaining"].dtype == pl.Int64
    assert other["start_date"].dtype == pl.Date
    assert other["leeftijd"].to_list() == frame["leeftijd"].to_list()
    table = pa.Table.from_pylist(list(screening.records()))
    assert table["outcome"].to_pylist() == frame["outcome"].to_list()
    again = await desk.screen(frame, columns={"start_date": "start_date"})
    assert [outcome.row for outcome in again.outcomes] == list(range(2 * len(numbers)))
    assert pd.DataFrame(again.records())["flexi_status"].to_list() == frame["flexi_status"].to_list()
    assert [name for name in next(again.records()) if name == "outcome"] == ["outcome"]


async def test_columns_of_the_same_or_of_odd_names(desk: Desk) -> None:
    """None swallows another, an old result is replaced, and the list's own start date stays."""
    frame = pd.DataFrame(
        [[BOTH, "x", "y", 1, "old", "2020-01-01"]], columns=["insz", "a", "a", 7, "Outcome ", "start date"]
    )
    (record,) = (await desk.screen(frame, [DAY])).records()
    own = {name: cell for name, cell in record.items() if name not in RESULT_COLUMNS}
    assert own == {
        "insz": BOTH,
        "a": "x",
        "a_3": "y",
        "7": 1,
        "start date": "2020-01-01",
        "asked_start_date": DAY,
    }
    assert record["outcome"] == "answered"


async def test_bare_numbers_have_records_too(desk: Desk) -> None:
    """Whatever an SSIN can be; `Candidate`s tell what they have."""
    given: list[Any] = [BOTH, int(BOTH), np.int64(BOTH), np.str_(BOTH), Ssin.parse(BOTH), pa.scalar(BOTH)]
    for numbers in (given, pd.Series([BOTH] * 2), pl.Series([BOTH] * 2), np.array([BOTH] * 2)):
        screening = await desk.screen(numbers, [DAY])
        assert {type(outcome) for outcome in screening.outcomes} == {Answered}
        assert set(next(screening.records())) == {"citizen", "start_date", *RESULT_COLUMNS}
    screening = await desk.screen(pa.chunked_array([[BOTH], [STUDENT]]), [DAY])
    assert [record["citizen"] for record in screening.records()] == [BOTH, STUDENT]
    mixed = [Candidate(BOTH, DAY, ENTERPRISE, "flexiJob", row="mine"), Candidate(STUDENT, DAY), STUDENT]
    records = list((await desk.screen(mixed)).records())
    assert tuple(records[0])[:4] == (
        "citizen",
        "start_date",
        "represented_enterprise_number",
        "type_of_worker",
    )
    assert [record["student_hours_remaining"] for record in records] == [None, 600, None]
    assert records[2]["reason"] == "start date: empty"
    assert "records" not in repr(await desk.screen([BOTH], [DAY]))
    assert BOTH not in repr(await desk.screen([{"insz": BOTH}], [DAY]))


async def test_nobody_is_no_mistake(desk: Desk) -> None:
    """An empty list, and a frame without rows."""
    nobodies: list[Any] = [
        [],
        iter(()),
        pd.DataFrame(columns=["insz", "start"]),
        pl.DataFrame({"insz": [], "start": []}),
    ]
    for nobody in nobodies:
        screening = await desk.screen(nobody)
        assert screening.outcomes == ()
        assert list(screening.records()) == []


async def test_columns_by_keyword(desk: Desk) -> None:
    """As lists name them, or by what they hold; all that is wrong is told at once, with the keyword."""
    frame = pl.DataFrame({"nr": [BOTH], "INSZ": ["x"], "dag": [DAY], "soort": ["flexiJob"]})
    chosen = {"citizen": "nr", "start_date": "dag", "type_of_worker": "soort"}
    (outcome,) = (await desk.screen(frame, columns=chosen)).outcomes
    assert isinstance(outcome, Answered)
    (outcome,) = (
        await desk.screen(pd.DataFrame([[BOTH, DAY]]), columns={"citizen": 0, "start_date": 1})
    ).outcomes
    assert isinstance(outcome, Answered)
    with pytest.raises(InvalidList) as caught:
        await desk.screen(frame.with_columns(NISS="INSZ"), columns={"type_of_worker": "kind"})
    assert caught.value.diagnosis == (
        "there is no column 'kind'; several columns could hold the citizen: 'INSZ', 'NISS'; no column with start "
        "dates (or start_dates) was found among: 'nr', 'INSZ', 'dag', 'soort', 'NISS'"
    )
    assert "Choose one with columns={'citizen': ...}" in caught.value.next_step
    assert "Name it with columns={'start_date': ...}" in caught.value.next_step
    with pytest.raises(InvalidList, match="columns do not hold a 'insz'") as caught:
        await desk.screen(frame, columns={"insz": "nr"})
    assert "citizen, start_date" in caught.value.next_step
    assert desk.sandbox.ledger.calls == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (BOTH, "a str was given"),
        ({"insz": [BOTH]}, "a dict was given"),
        (pl.LazyFrame({"insz": [BOTH]}), "a LazyFrame was given"),
        (7, "a int was given"),
        ([{"insz": BOTH}, BOTH], "record 2 is no mapping, and the first is one"),
        ([BOTH], "no column with start dates"),
    ],
)
async def test_what_are_no_candidates(desk: Desk, given: Any, told: str) -> None:
    """Told with what to give instead, and no number."""
    with pytest.raises(InvalidList, match=told) as refused:
        await desk.screen(given)
    assert refused.value.next_step
    assert BOTH not in str(refused.value)


async def test_without_pyarrow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """pandas, polars and records need none of it; what speaks Arrow alone is told what to install."""
    arrow_alone = OnlyArrow(arrow())
    frames = [
        FRAMES[kind]() for kind in ("pandas", "pandas, timestamps", "polars", "polars, instants", "mappings")
    ]
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for frame in frames:
        assert len((await desk.screen(frame)).outcomes) == 5
    with pytest.raises(InvalidList) as refused:
        await desk.screen(arrow_alone)
    assert "pip install 'precontractual-async[frames]'" in refused.value.next_step


def test_none_of_them_is_needed() -> None:
    """Neither importing nor screening records imports any."""
    code = f"""
import asyncio, sys
from precontractual_async import Candidate, PrecontractualClient, screen
from precontractual_async.sandbox import Sandbox
async def main():
    async with Sandbox() as sandbox, PrecontractualClient(sandbox.settings()) as client:
        return list((await screen(client, [{{"insz": "{CITIZEN}", "start": "1/1/2020"}}])).records())
print(asyncio.run(main())[0]["reason"])
print([name for name in ("numpy", "pandas", "polars", "pyarrow") if name in sys.modules])
"""
    done = subprocess.run([REAL, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["start date: in the past", "[]"]


FAR = 400_000_000_000_000_000  # microseconds: the year 14645
NOT_UTF8 = pa.StringArray.from_buffers(2, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"x\xff"))
MIDNIGHTS = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp() * 10**6)


class Spiteful:
    """Tells its number to whoever looks."""

    def __ne__(self, other: object) -> bool:
        raise RuntimeError(BOTH)

    __str__ = __repr__ = __hash__ = None  # type: ignore[assignment]


def with_dates(column: Any) -> pa.Table:
    return pa.table({"insz": [BOTH] * 2, "start": column})


def pandas_with_arrow(column: Any) -> Any:
    return with_dates(column).to_pandas(types_mapper=pd.ArrowDtype)


def instants(unit: str = "us", zone: str | None = None) -> Any:
    return pa.array([MIDNIGHTS, FAR], pa.timestamp("us")).cast(pa.timestamp(unit, zone))


NANOSECONDS = pa.array([MIDNIGHTS * 1000, 1], pa.timestamp("ns"))
DAYS = pa.array([MIDNIGHTS // (86_400 * 10**6), 10_000_000], pa.int32()).cast(pa.date32())
ODD_FRAMES: dict[str, Callable[[], Any]] = {
    "Arrow, instants": lambda: with_dates(instants()),
    "Arrow, instants with a zone": lambda: with_dates(instants(zone="UTC")),
    "Arrow, days": lambda: with_dates(DAYS),
    "Arrow, nanoseconds": lambda: with_dates(NANOSECONDS),
    "polars, instants": lambda: pl.DataFrame(pl.from_arrow(with_dates(instants()))),
    "polars, instants with a zone": lambda: pl.DataFrame(pl.from_arrow(with_dates(instants(zone="UTC")))),
    "polars, days": lambda: pl.DataFrame(pl.from_arrow(with_dates(DAYS))),
    "pandas, Arrow inside": lambda: pandas_with_arrow(instants()),
    "pandas, days": lambda: pandas_with_arrow(DAYS),
    "numpy": lambda: [
        {"insz": BOTH, "start": np.datetime64(day)} for day in (DAY.isoformat(), "20000-01-01")
    ],
    "decimals": lambda: [{"insz": number, "start": DAY} for number in (Decimal(BOTH), Decimal("1E+9999999"))],
    "no number at all": lambda: [
        {"insz": number, "start": DAY} for number in (Decimal(BOTH), Decimal("0E+999999999"))
    ],
    "spite": lambda: [{"insz": number, "start": DAY} for number in (BOTH, Spiteful())],
}


@pytest.mark.parametrize("kind", ODD_FRAMES)
async def test_an_odd_cell_takes_no_row_along(desk: Desk, kind: str) -> None:
    """Whatever Python has no value for, or cannot be looked at: that row is refused, the other asked."""
    screening = await desk.screen(ODD_FRAMES[kind]())
    good, bad = screening.outcomes
    assert isinstance(good, Answered)
    assert isinstance(bad, Refused)
    assert len(bad.violations) == 1
    assert len(list(screening.records())) == 2


async def test_odd_text_stays_as_far_as_it_can_be_read(desk: Desk) -> None:
    """Text that is none, in a column that plays no part: nobody's row is refused for it."""
    table = pa.table({"insz": [BOTH, STUDENT], "start": [DAY] * 2, "name": NOT_UTF8})
    for frame, told in ((table, "\ufffd"), (table.to_pandas(types_mapper=pd.ArrowDtype), "string[pyarrow]")):
        screening = await desk.screen(frame)
        assert [type(outcome) for outcome in screening.outcomes] == [Answered] * 2
        assert [record["name"] for record in screening.records()] == ["x", told]


async def test_a_zone_that_nobody_knows(desk: Desk) -> None:
    """Which day is meant cannot be told: refused, and no other column is touched."""
    column = pa.array([MIDNIGHTS] * 2, pa.timestamp("us", "Nowhere/Land"))
    screening = await desk.screen(with_dates(column).append_column("nr", [[1, 2]]))
    assert [type(outcome) for outcome in screening.outcomes] == [Refused] * 2
    assert [record["nr"] for record in screening.records()] == [1, 2]


async def test_records_of_ever_other_names(desk: Desk) -> None:
    """Memory goes by what they hold; from a thousand names beyond the first's on, they are refused."""
    many = 1_500
    ours = {"insz": BOTH, "start": DAY}
    tracemalloc.start()
    try:
        screening = await desk.screen([ours, *({**ours, f"n{at}": at} for at in range(many))])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000 * many
    kinds = [type(outcome) for outcome in screening.outcomes]
    assert kinds == [Answered] * 1_001 + [Refused] * (many - 1_000)
    refused = screening.outcomes[-1]
    assert isinstance(refused, Refused)
    assert refused.violations == (
        f"record {many + 1} has names beyond the 1,000 that rows may add to those of the first",
    )
    *_, last = screening.records()
    assert (last["n1499"], last["n999"], last["insz"], last["outcome"]) == (1499, None, BOTH, "refused")
    assert screening.tallies.outcomes["refused"] == many - 1_000
    assert {**screening.employers[None].outcomes} == {"refused": many - 1_000}  # whose they are is not known


async def test_records_are_data(desk: Desk) -> None:
    """What a spreadsheet would run stays what it is; for one that opens a CSV there is `inert`."""
    (record,) = (await desk.screen([{"insz": BOTH, "start": DAY, "remark": "=1+1"}])).records()
    assert record["remark"] == "=1+1"
    assert inert("=1+1") == "'=1+1"


async def test_one_start_date_may_come_alone(desk: Desk) -> None:
    """Text is one date and not its letters; every kind of day that a column may have is one here too."""
    day = DAY.isoformat()
    alone: list[Any] = [day, DAY, np.datetime64(day), pd.Timestamp(day), pa.scalar(DAY)]
    many: list[Any] = [[each] for each in alone]
    many += [np.array([day], "datetime64[D]"), pd.to_datetime(pd.Series([day])), pl.Series([DAY])]
    many += [pa.array([DAY]), np.array([day])]
    for dates in (*alone, *many):
        (outcome,) = (await desk.screen([BOTH], dates)).outcomes
        assert isinstance(outcome, Answered)
    assert desk.sandbox.ledger.calls == len(alone) + len(many)
    for missing in (None, [None], pd.NaT, np.datetime64("NaT"), "", float("nan")):
        (outcome,) = (await desk.screen([{"insz": BOTH, "start": DAY}], missing)).outcomes
        assert isinstance(outcome, Refused)  # and not asked for the row's own
        assert outcome.violations == ("start date: empty",)


class Odd:
    """A value of one's own."""


ODD = Odd()
MIDNIGHT = datetime.fromisoformat("2026-12-01T00:00:00")


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        *((missing, None) for missing in (None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT)),
        *(
            (missing, None)
            for missing in (np.datetime64("NaT"), Decimal("NaN"), Decimal("sNaN"), pa.scalar(None), pa.NA)
        ),
        (np.datetime64("2026-12-01"), MIDNIGHT),
        (np.datetime64("2026-12-01", "ns"), MIDNIGHT),
        (np.datetime64("2026-12", "M"), MIDNIGHT),
        (pd.Timestamp("2026-12-01", tz="Europe/Brussels"), pd.Timestamp("2026-12-01", tz="Europe/Brussels")),
        (datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (pa.scalar(date(2026, 12, 1)), date(2026, 12, 1)),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.array(7), 7),
        (Decimal("7.0"), 7),
        (Decimal("7.5"), Decimal("7.5")),
        (Decimal("Infinity"), Decimal("Infinity")),
        (Decimal("1e999999"), Decimal("1e999999")),
        (Decimal("1E+9999999"), Decimal("1E+9999999")),
        (np.datetime64("20000-01-01"), "20000-01-01"),
        (ODD, ODD),
        ("", ""),
    ],
)
def test_plain_cells(cell: object, wanted: object) -> None:
    """Missing is None whoever says it; scalars become Python's own; what we do not know stays."""
    assert plain(cell) == wanted
    assert type(plain(cell)) is type(wanted)


def test_lists_within_cells_stay() -> None:
    """They are nobody's number or date, and come back as they are."""
    array = np.array([1.0, float("nan")])
    assert plain(array) is array
    assert plain(np.array([])) is not None
    assert plain([1, 2]) == [1, 2]
