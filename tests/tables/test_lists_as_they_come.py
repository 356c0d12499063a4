"""Lists as HR and planning software write them: what stands around the rows, in the names, and in the cells."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xlsxwriter
from support.numbers import ENTERPRISE, generated
from support.workbooks import converted, of_rows, workbook
from xlsxwriter.worksheet import Worksheet

from precontractual_async import (
    Caller,
    Candidate,
    Deferred,
    EnterpriseNumber,
    InvalidList,
    Query,
    Refused,
    StartDateWindow,
)
from precontractual_async.model.planning import Planner
from precontractual_async.tables import Choice, Source, read_list
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.formats.records import questions_of
from precontractual_async.tables.questions import Questions

PLANNER = Planner(Caller(EnterpriseNumber.parse(ENTERPRISE)), StartDateWindow.on(date(2026, 11, 26)))
NUMBERS = tuple(generated(4))
DAY = date(2026, 12, 1)
ROWS = "".join(f"{number};01/12/2026\r\n" for number in NUMBERS)


def questions(content: bytes | str, kind: str = "csv", **chosen: str) -> Questions:
    """What a list asks, as the command understands it."""
    source = Source(io.BytesIO(content.encode() if isinstance(content, str) else content))
    table = read_list(source, kind, Choice(citizen=chosen.get("citizen")))
    return Questions(table, find_columns(table.columns, chosen, needs_date=True, rows=table.rows()))


def planned(found: Questions) -> list[Query | Refused | Deferred]:
    return [PLANNER.plan(found.candidate(pair)) for pair in found.pairs()]


def are_asked(found: Questions) -> bool:
    """Whether each of the four citizens is asked about, for the first of December."""
    plans = planned(found)
    return [(each.citizen.digits, each.start_date) for each in plans if isinstance(each, Query)] == [
        (number, DAY) for number in NUMBERS
    ] and len(plans) == 4


# --- what stands above


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(
    ("line", "delimiter"),
    [("sep=;", ";"), ("SEP=|", "|"), ('"sep=,"', ","), ("sep=\t", "\t"), ("sep=\\t", "\t"), ("sep=^", "^"), ("sep=;;", ";")],
)  # fmt: skip
def test_a_line_that_names_the_delimiter_is_no_row(line: str, delimiter: str, encoding: str) -> None:
    """Excel's own; lines keep their numbers in the file."""
    text = f"{line}\r\nINSZ;Naam, voornaam;Startdatum\r\n".replace(
        ";", delimiter if ";;" not in line else ";"
    )
    text = f"{line}\r\n" + "INSZ;Start\r\n".replace(";", delimiter) + ROWS.replace(";", delimiter)
    found = questions(text.encode(encoding))
    assert are_asked(found)
    assert found.table.style.delimiter == delimiter
    assert dict(found.table.read_as)["header"] == "line 2"
    assert [row.number for row in found.table.rows()] == [3, 4, 5, 6]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize(
    "above",
    [
        "Kandidaten december;\r\n;\r\n",
        "Kandidaten december\r\n\r\n",
        "Kandidaten, december 2026; versie 2\r\n",
        "INSZ van alle kandidaten in december\r\n\r\n",  # speaks of it, and is a title
        '"Kandidaten\r\nvan december"\r\n',
        "",
    ],
)
def test_titles_above_the_header_are_left_out(above: str, delimiter: str) -> None:
    """As in a workbook, by the same rules; it is said how many."""
    found = questions(above + f"INSZ{delimiter}Startdatum\r\n" + ROWS.replace(";", delimiter))
    assert are_asked(found)
    header = above.count("\n") + 1
    assert [row.number for row in found.table.rows()] == list(range(header + 1, header + 5))
    told = dict(found.table.read_as)
    left_out = bool(above) + (
        ";\r\n;" in above and delimiter != ";"
    )  # a line of semicolons is empty, or a cell
    assert told["header"] == f"line {header}"
    assert found.table.odd == ((f"above the header: {left_out} left out",) if left_out else ())


def test_a_header_is_found_by_the_name_that_is_chosen() -> None:
    """Also below titles, and with a name that nobody knows."""
    found = questions("Lijst\n\nnr;Start\n" + ROWS, citizen="nr")
    assert are_asked(found)


def test_without_any_known_name_the_first_line_is_the_header() -> None:
    """As before: then the message tells what stands there."""
    with pytest.raises(InvalidList, match="no column with the citizens' numbers"):
        questions("a;b\nc;d\n")


HIDDEN: Final = "hidden rows: 2 screened like the others"


def with_hidden_rows(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
    """By hand, and as a filter does it; a hidden row without content is none of the list."""
    of_rows(["INSZ", "Startdatum"], *([number, DAY] for number in NUMBERS))(sheet, book)
    sheet.autofilter(0, 0, 4, 1)
    for row in (1, 3, 7):
        sheet.set_row(row, None, None, {"hidden": True})


def test_hidden_rows_are_screened_and_said() -> None:
    """With their number, and of the list's own sheet: who hid them may have forgotten it."""
    other = of_rows(["a"], ["b"])
    found = questions(workbook(("Andere", other), ("Lijst", with_hidden_rows)), "xlsx")
    assert are_asked(found)
    assert found.table.odd == (HIDDEN,)
    shown = workbook(("Lijst", of_rows(["INSZ", "Start"], *([number, DAY] for number in NUMBERS))))
    assert questions(shown, "xlsx").table.odd == ()


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_hidden_rows_of_other_workbooks(kind: str, tmp_path: Path) -> None:
    """As LibreOffice writes them."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook(("Andere", of_rows(["a"], ["b"])), ("Lijst", with_hidden_rows)))
    found = questions(converted(path, kind).read_bytes(), kind)
    assert are_asked(found)
    assert found.table.odd == (HIDDEN,)


# --- names


@pytest.mark.parametrize(
    "header",
    [
        "INSZ van de kandidaat;Gewenste startdatum",
        "NISS du candidat;Date de d\u00e9but souhait\u00e9e",
        "NISS du candidat;Datum eerste werkdag",
        "Rijksregisternummer (kandidaat);Geplande startdatum",
        "SSIN-nummer kandidaat;Startdatum (gewenst)",
        "Kandidaat_INSZ;startdatum_contract_1",
    ],
)
def test_a_known_name_with_more_words_around_it(header: str) -> None:
    """Counts when it is the only one."""
    assert are_asked(questions(f"{header}\n{ROWS}"))
    assert are_asked(questions(f"Lijst van INSZ-nummers\n\n{header}\n{ROWS}"))


@pytest.mark.parametrize("header", ["INSZ van de vader;INSZ van de moeder", "NISS 1;NISS 2"])
def test_two_of_them_are_asked_about(header: str) -> None:
    """Nobody guesses which."""
    with pytest.raises(InvalidList, match="several columns could hold the citizen") as raised:
        questions(f"{header};Startdatum\n{NUMBERS[0]};{NUMBERS[1]};1/12/2026\n")
    assert "--citizen-column" in raised.value.next_step


def test_a_whole_name_wins_over_one_with_more_words() -> None:
    """And no employer is found by a part of a name: somebody else would be asked for."""
    found = questions(f"INSZ;INSZ partner;Start;Naam werkgever\n{NUMBERS[0]};{NUMBERS[1]};1/12/2026;X\n")
    (plan,) = planned(found)
    assert isinstance(plan, Query)
    assert plan.citizen.digits == NUMBERS[0]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "records"])
def test_a_column_of_numbers_without_a_name_is_named(kind: str) -> None:
    """When it is the only one whose cells are all numbers of citizens: with the option that chooses it."""
    rows = [{"code": number, "volg": str(at), "start": "1/12/2026"} for at, number in enumerate(NUMBERS)]
    with pytest.raises(InvalidList) as raised:
        if kind == "records":
            questions_of(rows, (), {})
        elif kind == "jsonl":
            questions("".join(json.dumps(row) + "\n" for row in rows), "jsonl")
        else:
            questions("code;volg;start\n" + "".join(";".join(row.values()) + "\n" for row in rows))
    assert "the column 'code' holds numbers of citizens" in raised.value.diagnosis
    assert ("columns={'citizen': ...}" if kind == "records" else "--citizen-column") in raised.value.next_step
    assert not any(number in str(raised.value) for number in NUMBERS)


def test_two_columns_of_numbers_are_not_named() -> None:
    """It could be either."""
    with pytest.raises(InvalidList) as raised:
        questions(f"a;b;start\n{NUMBERS[0]};{NUMBERS[1]};1/12/2026\n")
    assert "holds numbers" not in raised.value.diagnosis


# --- cells


@pytest.mark.parametrize(
    "written",
    ['="{}"', '"=""{}"""', '=T("{}")', '"=T(""{}"")"', '= "{}"', '\'="{}"'],
)
@pytest.mark.parametrize("delimiter", [";", ",", "|"])
def test_text_that_was_forced(written: str, delimiter: str) -> None:
    """How exports keep Excel from eating a zero: the text within, in numbers, dates and names."""
    day = written.format("01/12/2026")
    rows = "".join(f"{written.format(number)}{delimiter}{day}\r\n" for number in NUMBERS)
    assert are_asked(questions(f"{written.format('INSZ')}{delimiter}Startdatum\r\n{rows}"))


@pytest.mark.parametrize("written", ["'{}", '"=""{}"""', "' {}", '\'="{}"'])
def test_text_that_was_forced_in_every_column(written: str) -> None:
    """The employer and the kind of work too."""
    cells = (NUMBERS[0], "1/12/2026", ENTERPRISE, "student")
    (plan,) = planned(questions("insz;start;kbo;typeOfWorker\n" + ";".join(map(written.format, cells))))
    assert plan == PLANNER.plan(Candidate(*cells))
    assert isinstance(plan, Query)


def test_forced_text_in_other_formats() -> None:
    """JSON lines that were made of such a CSV, and a workbook that holds it as text."""
    rows = [[f'="{number}"', '=T("1/12/2026")'] for number in NUMBERS]
    lines = "".join(json.dumps(dict(zip(("insz", "start"), row, strict=True))) + "\n" for row in rows)
    assert are_asked(questions(lines, "jsonl"))
    book = workbook(("Blad1", of_rows(["INSZ", "Start"], *rows)), strings_to_formulas=False)
    assert are_asked(questions(book, "xlsx"))


@pytest.mark.parametrize(
    "written", ["=1+1", '=A1&"07010189901"', '="07010189901"&A1', '=HYPERLINK("x")', '="']
)
def test_nothing_is_ever_computed(written: str) -> None:
    """What is more than a text is refused as it stands."""
    (plan,) = planned(questions(f"insz;start\n{written};1/12/2026\n"))
    assert isinstance(plan, Refused)


def test_a_formula_without_a_value_is_told() -> None:
    """A program that writes workbooks and does not calculate leaves it empty; nobody left it out."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        of_rows(["INSZ", "Start"])(sheet, book)
        sheet.write_formula(1, 0, "=B9", None, "")
        sheet.write_formula(1, 1, "=TODAY()", None, "")

    (plan,) = planned(questions(workbook(("Blad1", fill)), "xlsx"))
    assert isinstance(plan, Refused)
    assert plan.violations == (
        "SSIN: a formula without a value (not calculated, or empty)",
        "start date: a formula without a value (not calculated, or empty)",
    )


# --- files under other names


def zipped() -> bytes:
    return workbook(("Blad1", of_rows(["INSZ"], ["x"])))


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize(
    ("content", "told", "option"),
    [
        (zipped, "a workbook", "--format xlsx"),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old workbook", "--format xls"),
        (lambda: b"PAR1\x15\x04", "Parquet", "--format parquet"),
    ],
)
def test_what_is_no_text_is_named(content: Callable[[], bytes], told: str, option: str, kind: str) -> None:
    """A workbook that was saved under the name of a CSV: what it is, and what to do."""
    with pytest.raises(InvalidList, match=told) as raised:
        read_list(Source(io.BytesIO(content())), kind)
    assert option in raised.value.next_step


def test_other_bytes_are_no_list() -> None:
    """Told as what they are not."""
    with pytest.raises(InvalidList, match="not text|NUL|cannot be read"):
        read_list(Source(io.BytesIO(gzip.compress(ROWS.encode()))), "csv")


# --- objects


class Odd:
    """An object whose every attribute is an error, with a number in it."""

    def __getattr__(self, name: str) -> object:
        raise OSError(NUMBERS[0])


class Torn:
    """An Arrow stream that cannot be opened."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        raise RuntimeError(NUMBERS[0])


class Unopened:
    """What cannot even begin to be gone through."""

    def __iter__(self) -> Iterator[object]:
        raise RuntimeError(NUMBERS[0])


def breaking() -> object:
    """A generator that fails in the middle."""
    yield NUMBERS[0]
    raise RuntimeError(NUMBERS[1])


@pytest.mark.parametrize(
    "given",
    [Odd, Torn, breaking, lambda: 5, lambda: Odd, lambda: iter(int, 1).__next__, lambda: None,
     lambda: NUMBERS[0], NUMBERS[0].encode, lambda: bytearray(NUMBERS[0].encode()), lambda: {"insz": list(NUMBERS)}],
)  # fmt: skip
def test_no_object_brings_out_a_foreign_error(given: Callable[[], object]) -> None:
    """However odd: one error of ours, without what theirs says."""
    with pytest.raises(InvalidList) as raised:
        questions_of(given(), ["2026-12-01"], {})  # type: ignore[arg-type]
    assert not any(number in f"{raised.value!r} {raised.value.__context__!r}" for number in NUMBERS)


@pytest.mark.parametrize(
    "given",
    [breaking, Unopened, lambda: {"2026-12-01": 1}, lambda: pd.DataFrame({"start": [DAY]}),
     lambda: pl.DataFrame({"start": [DAY]}).lazy()],
)  # fmt: skip
def test_nor_does_an_odd_start_date(given: Callable[[], object]) -> None:
    """What cannot be gone through day by day refuses the run, not every row with a reason of its own."""
    with pytest.raises(InvalidList, match="start dates cannot be") as raised:
        questions_of([NUMBERS[0]], given(), {})
    assert not any(number in f"{raised.value!r} {raised.value.__context__!r}" for number in NUMBERS)


@pytest.mark.parametrize(
    "given",
    [DAY, "1/12/2026", {DAY}, iter(["01DEC2026"]), (20261201 for _ in range(1)), np.array("2026-12-01", "datetime64[D]"),
     np.array(["2026-12-01"], "datetime64[ns]"), pd.Series([DAY]), pl.Series([DAY]), pd.date_range("2026-12-01", periods=1)],
)  # fmt: skip
def test_one_day_however_it_is_given(given: object) -> None:
    """One alone, or whatever gives one."""
    (plan,) = planned(questions_of([NUMBERS[0]], given, {}))
    assert isinstance(plan, Query)
    assert plan.start_date == DAY


def test_a_relation_of_duckdb_is_an_arrow_stream() -> None:
    """It has `iter_rows` like a polars frame, and is none."""
    duckdb = pytest.importorskip("duckdb")
    values = ", ".join(f"('{number}', date '2026-12-01')" for number in NUMBERS)
    relation = duckdb.sql(f"select * from (values {values}) as list(insz, startdatum)")  # noqa: S608
    found = questions_of(relation, (), {})
    assert {each.citizen.digits for each in planned(found) if isinstance(each, Query)} == set(NUMBERS)
    assert isinstance(found.candidate(next(found.pairs())), Candidate)
