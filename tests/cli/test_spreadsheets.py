"""Lists as HR sends them, results that people can act on: the command with workbooks and Parquet."""

from __future__ import annotations

import csv
import io
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import python_calamine
import xlsxwriter
from support.canary import Canary
from support.command import RunningSandbox, clean_environment, run, running_sandbox
from support.numbers import CITIZEN, generated
from support.workbooks import converted, of_rows, read, workbook
from xlsxwriter.worksheet import Worksheet

from precontractual_async.calls.session import utc_now
from precontractual_async.model.answers import Status
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.model.moves import OUTCOME_WORDS
from precontractual_async.sandbox import SCENARIOS
from precontractual_async.tables.headings import READABLE, in_readers_order
from precontractual_async.tables.results import RESULT_COLUMNS
from precontractual_async.words import translated

WINDOW = StartDateWindow.at(utc_now())
DAY = WINDOW.last
LATER = DAY + timedelta(days=40)
ROWS = 2_000
CITIZENS = 500


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "0", "--token-life", "3000") as running:
        yield running


# --- as Excel writes it -------------------------------------------------------------------------------


def hr_rows() -> list[list[object]]:
    """Numbers as text with their zeros, as numbers that lost them, with dots; dates as dates and as text."""
    draw, numbers = random.Random(20), list(generated(CITIZENS, seed=20))
    rows: list[list[object]] = []
    for position in range(ROWS):
        digits = numbers[position % CITIZENS]
        dotted = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
        written: object = draw.choice((digits, int(digits), dotted))
        day: object = draw.choice((DAY, f"{DAY:%d/%m/%Y}"))
        rows.append(
            [position + 1, f"Kandidaat {position} é", written, day, draw.choice((None, "=note", "7,5"))]
        )
    rows[100][2], rows[101][3] = f"{int(numbers[0]) + 1:011}", 46_357
    return rows


def as_excel_writes_it(rows: list[list[object]]) -> bytes:
    """With a title, a header over two rows, shared strings, styles, and empty cells that have one."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        bold = book.add_format({"bold": True, "bg_color": "#FFFF00"})
        sheet.merge_range("A1:E1", "Starters van het kwartaal", bold)
        for column, name in enumerate(("Nr", "Naam", "Rijksregisternr.\n(INSZ)")):
            sheet.merge_range(2, column, 3, column, name, bold)
        sheet.merge_range(2, 3, 2, 4, "Contract", bold)
        of_rows([None, None, None, "Startdatum", "Nota"], *rows, first=3)(sheet, book)
        grey = book.add_format({"bg_color": "#EEEEEE"})
        for row in range(len(rows) + 4, len(rows) + 500):
            sheet.write_blank(row, 2, None, grey)

    return workbook(("Starters Q4", fill), ("Instructies", of_rows(["Vul in", "en stuur terug"])))


def shown(cell: object) -> str:
    """As a spreadsheet shows it in a result."""
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else "" if cell is None else str(cell)


def test_a_workbook_of_an_hr_office(sandbox: RunningSandbox, tmp_path: Path, processes: Canary) -> None:
    """Same rows, same order, zeros and dates as they were; LibreOffice reads what we wrote, cell by cell."""
    rows = hr_rows()
    (tmp_path / "list.xlsx").write_bytes(as_excel_writes_it(rows))
    processes.learn_numbers("\n".join(generated(50, seed=20)))
    arguments = ("screen", "list.xlsx", "-o", "results.xlsx", "--rate", "100000")
    done = run(*arguments, variables=sandbox.variables, cwd=str(tmp_path))
    assert done.code == 0, done.err
    assert "citizen in 'Rijksregisternr.\\n(INSZ)'; start date in 'Startdatum'" in done.err
    found = read((tmp_path / "results.xlsx").read_bytes())
    assert found.table.sheet == "Starters Q4"
    names = ["Nr", "Naam", "Rijksregisternr.\n(INSZ)", "Startdatum", "Nota"]
    assert list(found.table.columns) == [
        *names,
        *(READABLE[name] for name in in_readers_order(RESULT_COLUMNS)),
    ]
    assert [list(row[:5]) for row in found.cells] == [
        ["" if cell is None else cell for cell in row] for row in rows
    ]
    outcomes = [row[5] for row in found.cells]
    assert [
        position for position, outcome in enumerate(outcomes) if outcome == translated("refused", "en")
    ] == [100, 101]
    with_zero = sum(isinstance(row[2], int) and row[2] < 10**10 for row in rows)
    assert with_zero > 50
    told = list(csv.reader(io.StringIO(converted(tmp_path / "results.xlsx", "csv").read_text())))
    assert len(told) == 1 + ROWS
    for row, cells, line in zip(rows, found.cells, told[1:], strict=True):
        own = [shown(cell) for cell in row]
        own[2] = f"{row[2]:011}" if isinstance(row[2], int) else own[2]
        assert line == own + [str(cell) for cell in cells[5:]]


# --- the same list in every format --------------------------------------------------------------------

NAMES = ["naam", "insz", "startdatum", "type"]
KINDS = ("csv", "jsonl", "xlsx", "ods", "xls", "parquet")


def a_list() -> list[list[object]]:
    """Every answer that the service can give, and what HR does to numbers and dates."""
    rows: list[list[object]] = [[name, number, DAY, ""] for name, number in SCENARIOS.items()]
    return [
        *rows,
        ["lost its zero", CITIZEN.lstrip("0"), DAY, ""],
        ["is a number", int(CITIZEN), DAY, ""],
        ["with dots", "07.01.01-899.01", f"{DAY:%d/%m/%Y}", "flexiJob"],
        ["mistyped", "07010189902", f"{DAY:%d.%m.%y}", ""],
        ["too short", 123, DAY, ""],
        ["nothing", None, DAY, ""],
        ["no date", CITIZEN, None, ""],
        ["later", CITIZEN, LATER, ""],
        ["the past", CITIZEN, date(2020, 1, 2), ""],
        ["compact", CITIZEN, f"{DAY:%Y%m%d}", "studentJob"],
        ["not a type", CITIZEN, DAY, "arbeider"],
        ["=cmd|' /C calc'!A0", CITIZEN, DAY, ""],
    ]


def written(kind: str, folder: Path) -> Path:
    rows, path = a_list(), folder / f"list.{kind}"
    plain = [[str(cell) if isinstance(cell, date) else cell for cell in row] for row in rows]
    match kind:
        case "csv":
            with path.open("w", newline="") as file:
                csv.writer(file).writerows([NAMES, *plain])
        case "jsonl":
            path.write_text("".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in plain))
        case "parquet":
            columns = [
                [None if cell is None else str(cell) for cell in column]
                for column in zip(*plain, strict=True)
            ]
            pq.write_table(pa.table(dict(zip(NAMES, columns, strict=True))), path)
        case "xlsx":
            path.write_bytes(workbook(("List", of_rows(NAMES, *rows))))
        case _:
            return converted(written("xlsx", folder), kind)
    return path


def test_the_same_list_in_every_format(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The same outcomes, whatever the list came in, and whatever the result goes out in."""
    told = {}
    for kind, result in zip(KINDS, ("csv", "jsonl", "xlsx", "parquet", "csv", "parquet"), strict=True):
        out = tmp_path / f"out.{result}"
        done = run("screen", str(written(kind, tmp_path)), "-o", str(out), variables=sandbox.variables)
        assert done.code == 0, done.err
        found = read(out.read_bytes(), result)
        columns = [
            found.table.columns.index(READABLE[name] if result == "xlsx" else name)
            for name in (
                "outcome",
                "flexi_status",
                "student_status",
                "student_hours_remaining",
                "reason",
                "next_step",
            )
        ]
        told[kind] = [[text_of(row[at]) for at in columns] for row in found.cells]
        if result == "xlsx":  # for people
            words = {
                translated(word, "en"): word for word in (*OUTCOME_WORDS, *(each.value for each in Status))
            }
            told[kind] = [[*(words.get(cell, cell) for cell in row[:3]), *row[3:]] for row in told[kind]]
        assert [str(row[0]) for row in found.cells][:-1] == [str(row[0]) for row in a_list()][:-1]
    outcomes = [row[0] for row in told["csv"]]
    assert set(outcomes) == {"answered", "rejected", "refused", "deferred"}
    for kind in KINDS:
        assert told[kind] == told["csv"], kind


def text_of(cell: object) -> str:
    """The same in every format: nothing is an empty text."""
    return str(cell) if isinstance(cell, str | int | float) else ""


# --- what the command says ----------------------------------------------------------------------------


def test_several_sheets_are_asked_about(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Exit 2, with the names and the option; with it the run goes on."""
    path, out = tmp_path / "list.xlsx", tmp_path / "out.xlsx"
    rows = of_rows(NAMES, *a_list())
    path.write_bytes(workbook(("Oud", rows), ("Nieuw", rows)))
    done = run("screen", str(path), "-o", str(out), variables=sandbox.variables)
    assert done.code == 2
    assert "several sheets could be the list: 'Oud', 'Nieuw'" in done.err
    assert "--sheet" in done.err
    done = run("screen", str(path), "-o", str(out), "--sheet", "nieuw", variables=sandbox.variables)
    assert done.code == 0
    assert read(out.read_bytes()).table.sheet == "Nieuw"


def test_a_dry_run_tells_how_a_workbook_is_read(tmp_path: Path) -> None:
    """Which sheet it takes, and where the header stands; Parquet has neither."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(
        workbook(("Notes", of_rows(["x"])), ("Starters 1", of_rows(["Title"], [], NAMES, *a_list())))
    )
    done = run("screen", str(path), "--dry-run")
    assert done.code == 0, done.err
    assert done.out.decode().startswith(
        "list: format workbook, sheet Starters 1, header line 3, above the header 1 left out\n  citizen in 'insz'\n"
    )
    done = run("screen", str(written("parquet", tmp_path)), "--dry-run")
    assert done.out.decode().startswith("list: format Parquet\n")


def test_from_standard_input_to_standard_output(sandbox: RunningSandbox) -> None:
    """What cannot be read twice is held; the format is told by the option."""
    data = workbook(("List", of_rows(NAMES, *a_list())))
    done = run("screen", "-", "-o", "-", "--format", "xlsx", given=data, variables=sandbox.variables)
    assert done.code == 0, done.err
    assert read(done.out).table.count == len(a_list())


def test_in_dutch(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The sheets and what stands in them."""
    path, out = tmp_path / "list.xlsx", tmp_path / "out.xlsx"
    path.write_bytes(workbook(("Lijst", of_rows(NAMES, *a_list()))))
    done = run("screen", str(path), "-o", str(out), "--lang", "nl", variables=sandbox.variables)
    assert done.code == 0, done.err
    header, _, second, *_ = (
        python_calamine.load_workbook(str(out)).get_sheet_by_name("Te verbeteren").to_python()
    )
    assert header == [
        "rij hier",
        "rij in de lijst",
        *NAMES,
        "te verbeteren kolom",
        "wat ervan werd",
        "waarom het zo is",
        "volgende stap",
    ]
    assert second[:3] == [18, 18, "mistyped"]
    assert second[6:8] == ["insz", "niet gevraagd: te verbeteren"]
    header, first, *_ = python_calamine.load_workbook(str(out)).get_sheet_by_name("Lijst").to_python()
    assert header[4:10] == [
        "wat ervan werd",
        "antwoord: flexi-job",
        "antwoord: studentenjob",
        "waarom het zo is",
        "wie aan zet is",
        "volgende stap",
    ]
    assert first[4:7] == ["beantwoord", "voorwaarden vervuld", "voorwaarden vervuld"]


def test_a_result_that_would_not_fit_is_not_asked_for(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """It is told before the first question, with what to do; and no result appears."""
    path, out = tmp_path / "list.csv", tmp_path / "out.xlsx"
    path.write_text(f"insz;startdatum;nota\n{CITIZEN};{DAY};{'x' * 40_000}\n")
    done = run("screen", str(path), "-o", str(out), variables=sandbox.variables)
    assert done.code == 2
    assert "more than 32,767 characters in a cell (line 2, column 'nota')" in done.err
    assert ".parquet" in done.err
    assert "calls:" not in done.err
    assert not out.exists()
    looked = run("screen", str(path), "-o", str(out), "--dry-run")
    assert looked.code == 2
    assert "more than 32,767 characters in a cell (line 2, column 'nota')" in looked.out.decode()


def test_the_suffix_of_the_result_tells_its_format(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """A list whose suffix lies is read by --format, and the result written by its own name."""
    path, out = tmp_path / "list.xls", tmp_path / "out.xlsx"
    path.write_text(f"insz;startdatum\n{CITIZEN};{DAY}\n")
    refused = run("screen", str(path), "-o", str(out), variables=sandbox.variables)
    assert refused.code == 2
    assert "no workbook, whatever its name says" in refused.err
    assert "--format csv" in refused.err
    done = run("screen", str(path), "-o", str(out), "--format", "csv", variables=sandbox.variables)
    assert done.code == 0, done.err
    assert read(out.read_bytes()).rows[0].cells[2] == "answered"


@pytest.mark.parametrize(
    ("missing", "suffix", "extra"), [("python_calamine", "xlsx", "xlsx"), ("pyarrow", "parquet", "parquet")]
)
def test_an_extra_that_is_missing(
    missing: str, suffix: str, extra: str, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    """Exit 2, with its name."""
    path = tmp_path / f"list.{suffix}"
    path.write_bytes(b"x")
    code = f"import sys; sys.modules['{missing}'] = None; from precontractual_async.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "screen", str(path), "-o", str(tmp_path / "out.csv")]
    done = subprocess.run(
        command, capture_output=True, text=True, env=clean_environment() | sandbox.variables, check=False
    )
    assert done.returncode == 2
    assert f"pip install 'precontractual-async[{extra}]'" in done.stderr
