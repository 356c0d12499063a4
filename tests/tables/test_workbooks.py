"""Workbooks as HR has them: titles, merged headers, dates, numbers that lost their zeros, other sheets."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from support.numbers import CITIZEN, ENTERPRISE
from support.workbooks import converted, of_rows, patched, read, workbook
from xlsxwriter.worksheet import Worksheet

from precontractual_async import InvalidList, Ssin
from precontractual_async.model.dates import read_start_date
from precontractual_async.tables import Source, check_results, read_list
from precontractual_async.tables.columns import find_columns

DAY = date(2026, 12, 1)
MIDNIGHT = datetime.fromisoformat("2026-12-01")
MORNING = datetime.fromisoformat("2026-12-01T08:30")
SIMPLE: list[list[object]] = [
    ["Naam", "INSZ", "Startdatum"],
    ["Renée", CITIZEN, DAY],
    ["Jan", "10010190162", DAY],
]


def test_a_sheet_is_a_list() -> None:
    """Its name, its columns, its rows with their numbers; text is text and dates are dates."""
    found = read(workbook(("Starters", of_rows(*SIMPLE))))
    assert (found.table.sheet, found.table.columns) == ("Starters", ("Naam", "INSZ", "Startdatum"))
    assert found.cells == [("Renée", CITIZEN, DAY), ("Jan", "10010190162", DAY)]
    assert [row.number for row in found.rows] == [2, 3]


def test_what_stands_around_the_list() -> None:
    """Titles above, blank rows and columns between, and cells that are formatted and empty are no part of it."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        sheet.merge_range("B1:F1", "Starters of the fourth quarter")
        sheet.write_string("B2", "made on 24/11")
        of_rows([None, None, "Naam", None, "INSZ\n(11 cijfers)", " ", "Start"], first=4)(sheet, book)
        of_rows([None, None, "Renée", None, CITIZEN, None, DAY, " ", "note"], first=5)(sheet, book)
        of_rows([None, None, " ", None, ""], [None, None, None, None, "10010190162"], first=6)(sheet, book)
        border = book.add_format({"border": 1})
        for row in range(8, 400):
            for column in range(40):
                sheet.write_blank(row, column, None, border)

    found = read(workbook(("Sheet1", fill)))
    assert found.table.columns == ("Naam", "INSZ\n(11 cijfers)", "Start", "")
    assert found.cells == [("Renée", CITIZEN, DAY, "note"), ("", "10010190162", "", "")]
    assert [row.number for row in found.rows] == [6, 8]
    columns = find_columns(found.table.columns, {}, needs_date=True)
    assert (columns.citizen, columns.start_date) == (1, 2)


def test_a_header_over_two_rows() -> None:
    """The lowest name counts; where it is that of several columns, the one above tells them apart."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        sheet.merge_range("A1:A2", "Naam")
        sheet.merge_range("B1:B2", "INSZ")
        sheet.merge_range("C1:D1", "Contract")
        sheet.merge_range("E1:F1", "Vorig contract")
        of_rows(
            [None, None, "Startdatum", "Uren", "Begin", "Uren"], ["Jan", CITIZEN, DAY, 38, DAY, 20], first=1
        )(sheet, book)

    found = read(workbook(("Sheet1", fill)))
    assert found.table.columns == (
        "Naam",
        "INSZ",
        "Startdatum",
        "Contract Uren",
        "Begin",
        "Vorig contract Uren",
    )
    assert found.cells == [("Jan", CITIZEN, DAY, 38, DAY, 20)]


def test_groups_above_the_header_and_a_name_over_two_columns() -> None:
    """Groups are titles; a name that goes over two columns is that of the first."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        sheet.merge_range("A1:B1", "Persoon")
        sheet.merge_range("C1:D1", "Contract")
        of_rows(["Naam", "INSZ"], ["Jan", CITIZEN, DAY], first=1)(sheet, book)
        sheet.merge_range("C2:D2", "Startdatum")

    found = read(workbook(("Sheet1", fill)))
    assert found.table.columns == ("Naam", "INSZ", "Startdatum")
    assert found.cells == [("Jan", CITIZEN, DAY)]


def test_merged_cells_swallow_no_rows() -> None:
    """A label beside the list that goes over its first rows makes no header of them."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        of_rows(["INSZ", "Startdatum"], [CITIZEN, DAY], ["10010190162", DAY])(sheet, book)
        sheet.merge_range("D1:D3", "Team A")

    assert [row.cells[0] for row in read(workbook(("Sheet1", fill))).rows] == [CITIZEN, "10010190162"]


# --- cells --------------------------------------------------------------------------------------------


def test_numbers_that_excel_made_of_numbers() -> None:
    """Without their zero, shown in scientific notation or with all their digits: the same citizen."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        shown = [book.add_format({"num_format": each}) for each in ("General", "0.00E+00", "00000000000")]
        sheet.write_string(0, 0, "INSZ")
        for row, form in enumerate(shown, 1):
            sheet.write_number(row, 0, int(CITIZEN), form)
        sheet.write_string(4, 0, CITIZEN.lstrip("0"))
        sheet.write_number(5, 0, 3241778)  # 00003241778

    cells = [cell for (cell,) in read(workbook(("Sheet1", fill))).cells]
    assert cells == [*[int(CITIZEN)] * 3, CITIZEN.lstrip("0"), 3241778]
    assert [Ssin.parse(cell).digits for cell in cells] == [*[CITIZEN] * 4, "00003241778"]


def test_digits_that_excel_lost() -> None:
    """A reference of twenty digits that became a number stays the number it is: nothing is made up."""
    found = read(workbook(("Sheet1", of_rows(["INSZ", "n"], [CITIZEN, 1.5e19], [CITIZEN, 0.1]))))
    assert [row.cells[1] for row in found.rows] == [1.5e19, 0.1]


@pytest.mark.parametrize("options", [{}, {"date_1904": True}, {"constant_memory": True}])
def test_dates(options: dict[str, object]) -> None:
    """Days, moments, times and lapses, in workbooks of both calendars and with strings in their place."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        of_rows(["INSZ", "Start", "moment", "midnight"])(sheet, book)
        of_rows([CITIZEN, DAY, MORNING, MIDNIGHT], first=1)(sheet, book)
        sheet.write_datetime(1, 4, time(8, 30), book.add_format({"num_format": "hh:mm"}))
        sheet.write_number(1, 5, 1.5, book.add_format({"num_format": "[h]:mm:ss"}))

    (cells,) = read(workbook(("Sheet1", fill), **options)).cells
    assert cells[1:] == (DAY, MORNING, DAY, time(8, 30), timedelta(hours=36))
    assert read_start_date(cells[1]) == read_start_date(cells[3]) == DAY
    assert read_start_date(cells[2]) == DAY  # the first shift begins in the morning


def test_a_date_that_lost_its_format_is_not_guessed() -> None:
    """It is a number: which day it was depends on the workbook, and whether it was one nobody can tell."""
    (cells,) = read(workbook(("Sheet1", of_rows(["INSZ", "Start"], [CITIZEN, 46357])))).cells
    with pytest.raises(ValueError, match="its cell has lost the format"):
        read_start_date(cells[1])


def test_truth_values_errors_and_formulas() -> None:
    """An error is seen as what it is, in no column as an empty cell; of a formula its value counts."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        of_rows(["INSZ", "KBO", "Start", "x"])(sheet, book)
        sheet.write_formula(1, 0, "=A9", None, CITIZEN)
        sheet.write_formula(1, 1, "=VLOOKUP(A2,Z:Z,1,0)", None, "#N/A")
        sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
        sheet.write_boolean(1, 3, True)

    data = workbook(("Sheet1", fill))
    assert read(data).cells == [(CITIZEN, "#N/A", "#DIV/0!", True)]
    quoted = patched(data, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b't="e"', b"t='e'"))
    assert read(quoted).cells == [(CITIZEN, "#N/A", "#DIV/0!", True)]


def test_an_error_is_no_employer_that_was_left_out() -> None:
    """Else the citizen would be asked for by the wrong enterprise."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        of_rows(["INSZ", "KBO"], [CITIZEN, ENTERPRISE])(sheet, book)
        sheet.write_formula(1, 1, "=NA()", None, "#N/A")

    assert read(workbook(("Sheet1", fill))).cells == [(CITIZEN, "#N/A")]


def test_a_formula_that_nobody_calculated() -> None:
    """Programs write them without a value: it is not taken for an empty cell. An empty text is one."""
    data = workbook(("Sheet1", of_rows(["INSZ", "KBO"], *([CITIZEN, 7] for _ in range(40_000)))))
    uncalculated = (b"<f>A1</f>", b"<f>A1</f><v></v>", b'<f t="shared" si="0"/><v/>')

    def change(xml: bytes) -> bytes:
        for at, formula in enumerate(uncalculated, 2):
            xml = xml.replace(b'<c r="B%d"><v>7</v>' % at, b'<c r="B%d">%s' % (at, formula))
        xml = xml.replace(b'<c r="B5"><v>7</v>', b'<c r="B5" t="str"><f>A1</f><v></v>')
        return re.sub(rb'<c r="B([0-9]{5})"><v>7</v>', rb'<c r="B\1" s="0"><f>"a&gt;b"</f><v></v>', xml)

    told = [row.cells[1] for row in read(patched(data, "xl/worksheets/sheet1.xml", change)).rows]
    assert told[:5] == [*["(formula without a value)"] * 3, "", 7]
    assert told[9_998:] == ["(formula without a value)"] * 30_002


FORMULA = "(formula without a value)"


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("<c r='B2'><f>A1</f></c>", FORMULA),
        ('<c r="B2" s="1" t="n"><f>A1</f><v></v></c>', FORMULA),
        ('<c r="B2" t="n" s="1"><f>A1</f><v/></c>', FORMULA),
        ('<c r="B2" t="b"><f>A1</f><v />\n</c>', FORMULA),
        ('<c r="B2" t="e"><f>A1</f><v></v></c>', FORMULA),
        ('<c r="B2" t="str"><f>A1</f></c>', FORMULA),
        ("<c r='B2' t='str'>\n  <f>A1</f>\n</c>", FORMULA),
        ('<c r="B2">\n  <f t="array" ref="B2">A1:A3</f>\n  <v> </v>\n</c>', FORMULA),
        ('<c r="B2"><f t="dataTable" ref="B2" dt2D="1"/></c>', FORMULA),
        ('<c r="B2"><f t="shared" si="0"></f></c>', FORMULA),
        ('<c r="B2" t="str"><f>""</f><v></v></c>', ""),
        ("<c r='B2' t='str'><f>\"\"</f><v/></c>", ""),
        ('<c r="B2"><f>6+1</f><v>7</v></c>', 7),
        ('<c r="B2" t="str"><f>A1</f><v>0880820673</v></c>', "0880820673"),
        ('<c r="B2" t="e"><f>A1</f><v>#REF!</v></c>', "#REF!"),
    ],
)
def test_every_shape_of_a_formula_without_a_value(cell: str, told: object) -> None:
    """In the column of the employer it would else be one that was left out, and the citizen be asked for by us."""
    data = workbook(("Sheet1", of_rows(["INSZ", "KBO"], [CITIZEN, 12345])))

    def change(xml: bytes) -> bytes:
        assert b'<c r="B2"><v>12345</v></c>' in xml
        return xml.replace(b'<c r="B2"><v>12345</v></c>', cell.encode())

    assert read(patched(data, "xl/worksheets/sheet1.xml", change)).cells == [(CITIZEN, told)]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ('<table:table-cell table:formula="of:=[.A1]"/>', FORMULA),
        ('<table:table-cell table:style-name="x" table:formula="of:=[.A1]"></table:table-cell>', FORMULA),
        ('<table:table-cell table:formula="of:=[.A1]"><text:p/></table:table-cell>', FORMULA),
        ('<table:table-cell table:formula="of:=[.A1]"><text:p>7</text:p></table:table-cell>', FORMULA),
        (
            '<table:table-cell table:formula="of:=7" office:value-type="float" office:value="7"><text:p>7</text:p>'
            "</table:table-cell>",
            7,
        ),
        (
            '<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string" office:string-value="">'
            "<text:p/></table:table-cell>",
            "",
        ),
    ],
)
def test_the_same_in_ods(mixed: Path, cell: str, told: object) -> None:
    """What no program has calculated has no type there."""

    def change(xml: bytes) -> bytes:
        changed, count = re.subn(
            rb"<table:table-cell [^<>]*><text:p>7[.,]5</text:p></table:table-cell>", cell.encode(), xml
        )
        assert count == 1
        return changed

    found = read(patched(converted(mixed, "ods").read_bytes(), "content.xml", change), "ods")
    assert found.cells[0] == ("Renée", int(CITIZEN), DAY, told)


# --- sheets -------------------------------------------------------------------------------------------


def hidden(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
    of_rows(*SIMPLE)(sheet, book)
    sheet.hide()


def test_the_sheet_that_could_be_the_list() -> None:
    """Visible, with rows, with a citizen's column: one such among others is taken, whatever its place."""
    data = workbook(
        ("Notes", of_rows(["remember", "the milk"])),
        ("Old", hidden),
        ("Empty", of_rows()),
        ("List", of_rows(*SIMPLE)),
    )
    assert read(data).table.sheet == "List"
    assert read(data, sheet="old").table.sheet == "Old"


def test_of_several_nobody_chooses() -> None:
    """They are named, without what could be a citizen's number, and so is the option."""
    sheets = [(name, of_rows(*SIMPLE)) for name in ("2025", "2026", "07.01.01-899.01")]
    data = workbook(*sheets, ("x", of_rows(["y"])))
    with pytest.raises(
        InvalidList, match=r"several sheets could be the list: '2025', '2026', '\*\*\*'"
    ) as refused:
        read(data)
    assert "--sheet" in refused.value.next_step
    assert read(data, sheet="2026").table.sheet == "2026"
    with pytest.raises(InvalidList, match="there is no sheet '2027' with rows") as refused:
        read(data, sheet="2027")
    assert refused.value.next_step == "There are: '2025', '2026', '***', 'x'."


def test_no_sheet_has_a_column_that_we_know() -> None:
    """A name that is given finds it; with one sheet alone its columns are told."""
    rows = of_rows(["title"], ["who", "when"], [CITIZEN, DAY])
    data = workbook(("a", rows), ("b", of_rows(["x"])))
    with pytest.raises(InvalidList, match="no sheet has a column with the citizens' numbers: 'a', 'b'"):
        read(data)
    assert read(data, citizen="Who").table.columns == ("who", "when")
    found = read(workbook(("a", rows)))
    with pytest.raises(InvalidList, match="was found among: 'title'"):
        find_columns(found.table.columns, {}, needs_date=True)


@pytest.mark.parametrize("fill", [of_rows(), of_rows(["INSZ", "Start"])])
def test_workbooks_without_a_list(fill: object) -> None:
    """Nothing in them, or a header alone."""
    with pytest.raises(InvalidList, match="empty|no rows"):
        read(workbook(("Sheet1", fill)))  # type: ignore[arg-type]


def test_other_formats_have_no_sheets() -> None:
    """And nobody writes the old ones."""
    with pytest.raises(InvalidList, match="CSV has no sheets"):
        read(b"insz\n1\n", "csv", sheet="x")
    table = read(workbook(("Sheet1", of_rows(*SIMPLE)))).table
    for kind in ("xls", "ods"):
        with pytest.raises(InvalidList, match=f"no result is written as {kind.upper()}"):
            check_results(table, (), kind)


# --- other programs -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with all kinds of cells, empty rows on top, a title, a hidden row and a hidden sheet."""

    def fill(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
        sheet.merge_range("A3:D3", "Starters")
        of_rows(
            ["Naam", "INSZ", "Start", "uur"], ["Renée", int(CITIZEN), DAY, 7.5], ["É", CITIZEN, DAY], first=4
        )(sheet, book)
        sheet.write_formula(6, 3, "=NA()", None, "#N/A")
        sheet.set_row(5, None, None, {"hidden": True})

    path = tmp_path_factory.mktemp("mixed") / "list.xlsx"
    path.write_bytes(workbook(("Lijst", fill), ("Oud", hidden)))
    return path


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_what_libreoffice_makes_of_it(mixed: Path, kind: str) -> None:
    """The same list in ODS and in the old XLS, errors of formulas included. A row has the number that stands
    beside it, also below empty ones, and so has one that is hidden.
    """
    found = read((mixed if kind == "xlsx" else converted(mixed, kind)).read_bytes(), kind)
    assert (found.table.sheet, found.table.columns) == ("Lijst", ("Naam", "INSZ", "Start", "uur"))
    assert found.cells == [("Renée", int(CITIZEN), DAY, 7.5), ("É", CITIZEN, DAY, "#N/A")]
    assert [row.number for row in found.rows] == [6, 7]
    told = dict(found.table.read_as)
    assert (told["header"], told["above the header"]) == ("line 5", "1 left out")
    assert told["hidden rows"] == "1 screened like the others"


def test_names_of_elements_with_a_prefix(mixed: Path) -> None:
    """Some programs write them so; errors are seen there too."""

    def prefixed(xml: bytes) -> bytes:
        for tag in (b"worksheet", b"sheetData", b"row", b"c", b"v", b"f"):
            xml = xml.replace(b"<%s>" % tag, b"<x:%s>" % tag).replace(b"<%s " % tag, b"<x:%s " % tag)
            xml = xml.replace(b"</%s>" % tag, b"</x:%s>" % tag)
        return xml.replace(b'xmlns="', b'xmlns:x="', 1)

    part = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(mixed) as archive:
        sheet = prefixed(archive.read(part))
        start, end = sheet.index(b"<x:sheetData>"), sheet.index(b"</x:sheetData>")
    bare = b'<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    changed = patched(
        mixed.read_bytes(), part, lambda _: bare + sheet[start:end] + b"</x:sheetData></x:worksheet>"
    )
    assert [row.cells for row in read(changed).rows] == [row.cells for row in read(mixed.read_bytes()).rows]


def test_a_file_is_read_where_it_stands(mixed: Path) -> None:
    """From a file as from memory, whatever was read of it before; it stays the giver's to close."""
    with mixed.open("rb") as file:
        file.read(100)
        table = read_list(source := Source(file), "xlsx")
        assert source.again().read() == mixed.read_bytes()  # another process has read it meanwhile
        assert len(list(table.rows())) == 2
        assert not file.closed
    assert len(list(table.rows())) == 2
    assert [row.cells for row in table.rows()] == read(mixed.read_bytes()).cells


def test_it_is_read_from_memory_that_has_no_file() -> None:
    """Standard input, say."""
    data = workbook(("Sheet1", of_rows(*SIMPLE)))
    source = Source(io.BytesIO(data))
    assert read_list(source, "xlsx").count == 2
    assert source.again().read() == data
