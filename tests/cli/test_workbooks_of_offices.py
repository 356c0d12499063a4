"""Workbooks as offices in four languages keep them, screened: each cell of the result, by what the service knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest
import xlsxwriter
from attrs import frozen
from support.command import RunningSandbox, run, running_sandbox
from support.workbooks import converted, of_rows, read, workbook
from xlsxwriter.worksheet import Worksheet

from precontractual_async import StartDateWindow
from precontractual_async.calls.session import utc_now
from precontractual_async.sandbox import SCENARIOS, Population
from precontractual_async.tables.headings import READABLE, in_readers_order
from precontractual_async.tables.results import RESULT_COLUMNS
from precontractual_async.words import translated

WINDOW = StartDateWindow.at(utc_now())
DAY = WINDOW.last
MONTHS: Final = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "fr": "janvier f\u00e9vrier mars avril mai juin juillet ao\u00fbt septembre octobre novembre d\u00e9cembre",
    "de": "Januar Februar M\u00e4rz April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
}
STATUSES: Final = {"noGrant": "no_grant", "errorGrant": "error_grant"}


@frozen
class Office:
    """How an office keeps its list."""

    language: str
    sheets: tuple[str, str]
    """Excel's own names."""
    header: tuple[str, str, str, str, str]
    """Name, wage (hidden), citizen, first day, kind of work."""
    words: tuple[str, str, str, str]
    """A flexi-job, a student job, both; and the total."""
    day: Callable[[date], object]
    number: Callable[[str], object]
    kind: str = "xlsx"


def in_words(language: str) -> Callable[[date], str]:
    return lambda day: f"{day.day} {MONTHS[language].split()[day.month - 1]} {day.year}"


def dotted(number: str) -> str:
    return f"{number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}"


OFFICES: Final = {
    "nl": Office(
        "nl",
        ("Blad1", "Blad2"),
        ("Naam", "Loon", "Rijksregisternummer", "Vanaf", "Flexi of student"),
        ("flexi-job", "jobstudent", "beide", "Totaal"),
        lambda day: day,
        int,
    ),
    "fr": Office(
        "fr",
        ("Feuil1", "Feuil2"),
        ("Pr\u00e9nom et nom", "Salaire", "N\u00b0 NISS", "Date d'entr\u00e9e", "Type de travailleur"),
        ("flexi", "\u00e9tudiant", "les deux", "Total"),
        in_words("fr"),
        dotted,
    ),
    "de": Office(
        "de",
        ("Tabelle1", "Tabelle2"),
        ("Name", "Lohn", "ENSS-Nummer", "Eintritt", "Art des Arbeitnehmers"),
        ("Flexijob", "Werkstudent", "", "Summe"),
        lambda day: f"{day:%d.%m.%y}",
        str,
    ),
    "en": Office(
        "en",
        ("Sheet1", "Sheet2"),
        ("Name", "Wage", "National register number", "Hire date", "Type of worker"),
        ("flexi", "student", "both", "Total"),
        lambda day: f"{day:%Y-%m-%d}",
        lambda number: f" {number} ",
    ),
    "xls": Office(
        "nl",
        ("Blad1", "Blad2"),
        ("Naam", "Loon", "INSZ", "In dienst", "Type werknemer"),
        ("Flexi", "Student", "flexi + student", "Totaal"),
        in_words("nl"),
        int,
        "xls",
    ),
}
NAMES: Final = (
    "Zo\u00eb D'hondt",
    "Ren\u00e9e Lef\u00e8bvre",
    "J\u00fcrgen M\u00fc\u00dfig",
    "Se\u00e1n \u00d3 Briain",
)


def rows_of(office: Office) -> Iterator[tuple[str, int, list[object]]]:
    """The number of a citizen, which kind of work is asked about (0, 1, or 2 for both), and the row."""
    for at, number in enumerate(SCENARIOS.values()):
        kind = at % 3
        cells = [NAMES[at % 4], 2000 + at, office.number(number), office.day(DAY), office.words[kind]]
        yield number, kind, cells


def kept(office: Office, folder: Path) -> Path:
    """The workbook: titles above, a hidden column, a total below, and a second sheet that is no list."""
    rows = [cells for *_, cells in rows_of(office)]

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        sheet.merge_range(0, 0, 0, 4, "\u00c9quipe 2026")
        of_rows(office.header, *rows, first=2)(sheet, book)
        sheet.set_column(1, 1, None, None, {"hidden": True})
        last = 3 + len(rows)
        sheet.write_string(last, 0, office.words[3])
        sheet.write_formula(last, 1, f"=SUM(B4:B{last})", None, sum(int(str(row[1])) for row in rows))

    path = folder / "list.xlsx"
    path.write_bytes(workbook((office.sheets[0], fill), (office.sheets[1], of_rows(["A"], [1]))))
    return path if office.kind == "xlsx" else converted(path, office.kind)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "0", "--token-life", "3000") as running:
        yield running


@pytest.mark.parametrize("name", OFFICES)
def test_what_an_office_gets_back(name: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Their own cells as they were, and ours by what the service was made to answer."""
    office = OFFICES[name]

    def said(word: str) -> str:
        return translated(word, office.language)

    out = tmp_path / "out.xlsx"
    arguments = ("screen", str(kept(office, tmp_path)), "-o", str(out), "--lang", office.language)
    done = run(*arguments, variables=sandbox.variables)
    assert done.code == 0, done.err
    found = read(out.read_bytes(), sheet=office.sheets[0])
    assert found.table.columns == (
        *office.header,
        *(said(READABLE[name]) for name in in_readers_order(RESULT_COLUMNS)),
    )
    assert found.table.hidden == {1}
    *people, total = found.cells
    everybody, column = Population(WINDOW.first), found.table.columns.index

    def told(cells: tuple[object, ...], name: str) -> object:
        return cells[column(said(READABLE[name]))]

    for (number, kind, own), cells in zip(rows_of(office), people, strict=True):
        citizen = everybody[number]
        assert list(cells[:5]) == own
        if not citizen.exists:
            assert told(cells, "outcome") == said("rejected")
            assert told(cells, "reason") == said("the gateway does not know this SSIN")
            continue
        assert told(cells, "outcome") == said("answered")
        flexi, student = (STATUSES.get(each, each) for each in (citizen.flexi, citizen.student))
        assert told(cells, "flexi_status") == ("" if kind == 1 else said(flexi))
        assert told(cells, "student_status") == ("" if kind == 0 else said(student))
        hours = None if kind == 0 else citizen.hours
        assert told(cells, "student_hours_remaining") == ("" if hours is None else hours)
        assert str(told(cells, "main_reference")).startswith(number)
    assert total[:3] == (office.words[3], sum(2000 + at for at in range(len(people))), "")
    assert told(total, "outcome") == said("refused")
    correct = read(out.read_bytes(), sheet=said("To correct"))
    assert [cells[1:3] for cells in correct.cells] == [
        (3 + len(people), NAMES[0]),
        (4 + len(people), office.words[3]),
    ]
