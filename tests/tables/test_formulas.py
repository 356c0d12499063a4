"""Formulas whose value no program calculated, and errors: in no column taken for a cell that was left empty.

In the column of the employer the citizen would else be asked for by another enterprise.
"""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Callable, Sequence
from itertools import product

import pytest
from support.numbers import CITIZEN, ENTERPRISE
from support.workbooks import of_rows, patched, read, workbook

from precontractual_async import Caller, EnterpriseNumber, InvalidList, Query, Refused
from precontractual_async.model.planning import Planner
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.formats.workbook_xml import Part
from precontractual_async.tables.questions import Questions

PLANNER = Planner(Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE)), None)
HEADER = ("INSZ", "Startdatum", "KBO", "typeOfWorker")
GOOD = (CITIZEN, "1/12/2026", "0400000086", "flexi")
PARTS = ("SSIN", "start date", "represented enterprise number", "type of worker")
NO_VALUE = "a formula without a value (not calculated, or empty)"


def violations(data: bytes, kind: str) -> list[tuple[str, ...]]:
    """What is wrong with each row."""
    table = read(data, kind).table
    asked = Questions(table, find_columns(table.columns, {}, needs_date=True))
    plans = [PLANNER.plan(asked.candidate(pair)) for pair in asked.pairs()]
    assert all(isinstance(plan, Query | Refused) for plan in plans)
    return [plan.violations if isinstance(plan, Refused) else () for plan in plans]


def check(
    made: Callable[[list[Sequence[str | None]], Sequence[str]], bytes], kind: str, **shapes: Sequence[str]
) -> None:
    """Each of the shapes in each of the columns, all in one workbook, is refused; and nothing else is.

    `made` gives a workbook of rows, in which None is a cell of the shape of its row.
    """
    cases = [
        (*each, at) for why, each_of in shapes.items() for each in product([why], each_of) for at in range(4)
    ]
    rows: list[Sequence[str | None]] = [
        [None if column == at else cell for column, cell in enumerate(GOOD)] for _, _, at in cases
    ]
    told = violations(made([HEADER, *rows, GOOD], ["", *(shape for _, shape, _ in cases), ""]), kind)
    assert told.pop() == ()
    for (why, shape, at), found in zip(cases, told, strict=True):
        (violation,) = found
        assert violation.startswith(PARTS[at]), shape
        assert violation.endswith(NO_VALUE) is (why == "empty"), shape


# --- XLSX


def xlsx(rows: list[Sequence[str | None]], shapes: Sequence[str]) -> bytes:
    """With cells in place of the numbers that stand for them."""
    marks = [[12345 if cell is None else cell for cell in row] for row in rows]

    def change(xml: bytes) -> bytes:
        for number, shape in enumerate(shapes, 1):
            for column in (b"A%d", b"B%d", b"C%d", b"D%d"):
                place = column % number
                xml = xml.replace(b'<c r="%b"><v>12345</v></c>' % place, shape.encode().replace(b"%b", place))
        return xml

    return patched(workbook(("Blad1", of_rows(*marks))), "xl/worksheets/sheet1.xml", change)


def test_formulas_of_xlsx() -> None:
    """However a program writes them."""
    check(
        xlsx,
        "xlsx",
        empty=(
            '<c r="%b"><f>A1</f></c>',
            '<c r="%b"><f/><v></v></c>',
            "<c r='%b'><f></f><v/></c>",
            '<c r="%b" t="str"><f>A1</f></c>',
            '<c r="%b" t="str"><f>A1</f><v></v></c>',
            '<c r="%b" t="str"><f>A1</f><v xml:space="preserve"> </v></c>',
            '<c r="%b" t="n"><f>A1</f><v/></c>',
            '<c r="%b" t="e"><f>A1</f><v/></c>',
            '<c r="%b" t="b" s="0">\n  <f>A1</f>\n  <v></v>\n</c>',
            '<c r="%b"><f t="shared" si="0"/></c>',
            '<c r="%b"><f t="shared" ref="A1:A9" si="0">B1</f><v></v></c>',
            '<c r="%b" cm="1"><f t="array" ref="A1">B1</f><v></v></c>',
            '<c r="%b"><f t="dataTable" ref="A1:A2" dt2D="0" r1="B1"/><v></v></c>',
            '<c r="%b"><f><![CDATA[IF(A1<2,"]]","")]]></f></c>',
        ),
        other=('<c r="%b" t="e"><f>A1</f><v>#N/A</v></c>', '<c r="%b" t="e" vm="1"><v>#REF!</v></c>'),
    )


@pytest.mark.parametrize("kind", ["array", "dataTable"])
def test_a_formula_for_many_cells(kind: str) -> None:
    """Programs write it in the first alone, and leave those behind it away. One that has values has them all."""

    def filled(value: bytes) -> bytes:
        def change(xml: bytes) -> bytes:
            formula = b'<f t="%b" ref="C2:C4">X2:X4</f>' % kind.encode()
            return xml.replace(b"<v>12345</v>", formula + value)

        rows = [HEADER, (*GOOD[:2], 12345, "flexi"), *[(*GOOD[:2], None, "flexi")] * 3]
        return patched(workbook(("Blad1", of_rows(*rows))), "xl/worksheets/sheet1.xml", change)

    told = (f"represented enterprise number: {NO_VALUE}",)
    assert violations(filled(b""), "xlsx") == [told, told, told, ()]
    assert violations(filled(b"<v>400000086</v>"), "xlsx") == [()] * 4


def test_a_row_of_formulas_that_give_nothing_is_no_row() -> None:
    """Forms have them far below the last candidate."""
    empty = '<c r="%b" t="str"><f>""</f><v></v></c>'
    data = xlsx([HEADER, GOOD, [None] * 4], ["", "", empty])
    assert violations(data, "xlsx") == [()]
    assert violations(xlsx([HEADER, GOOD, [None] * 4], ["", "", '<c r="%b"><f>X1</f></c>']), "xlsx") == [
        (),
        tuple(f"{part}: {NO_VALUE}" for part in PARTS),
    ]


def test_an_empty_text_stays_one_in_other_columns() -> None:
    """The result shows the list's own cells as they are."""
    data = xlsx([("INSZ", "Opmerking"), (CITIZEN, None)], ["", '<c r="%b" t="str"><f>""</f><v></v></c>'])
    assert read(data).cells == [(CITIZEN, "")]


def test_the_next_step() -> None:
    """Says what a workbook needs, beside what the row does."""
    data = xlsx([HEADER, (None, "soon", None, "")], ["", '<c r="%b"><f>A1</f></c>'])
    table = read(data).table
    asked = Questions(table, find_columns(table.columns, {}, needs_date=True))
    refused = PLANNER.plan(asked.candidate(next(asked.pairs())))
    assert isinstance(refused, Refused)
    assert refused.explain("fr").next_step == (
        "Ouvrez le classeur dans Excel, enregistrez-le et refaites la demande ; ou écrivez la valeur "
        "elle-même. Corrigez la ligne et refaites la demande."
    )


@pytest.mark.parametrize(
    "begun", [b"<c><f>", b'<c r="x"><f><![CDATA[', b"<table:table-cell><text:p>", b'<table:table-cell a="']
)
def test_what_is_begun_again_and_again_takes_no_time(begun: bytes) -> None:
    """Nobody looks through all that follows for the end of each."""
    start = time.perf_counter()
    assert Part().seen_as_text(begun * 40_000) == begun * 40_000
    assert time.perf_counter() - start < 10


def test_a_binary_workbook_is_not_read() -> None:
    """Its formulas would be empty cells."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.bin", b"x")
    with pytest.raises(InvalidList, match="XLSB") as refused:
        read(file.getvalue())
    assert refused.value.next_step == "Open it and save it as XLSX."


# --- ODS

_ODS_START = """<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
><office:body><office:spreadsheet><table:table table:name="Blad1">"""
_ODS_END = "</table:table></office:spreadsheet></office:body></office:document-content>"
_CELL = "table:table-cell"


def ods(rows: list[Sequence[str | None]], shapes: Sequence[str]) -> bytes:
    """A content.xml by hand."""
    text = f'<{_CELL} office:value-type="string"><text:p>%s</text:p></{_CELL}>'
    lines = (
        "".join(shape if cell is None else text % cell for cell in row)
        for row, shape in zip(rows, shapes, strict=True)
    )
    body = "".join(f"<table:table-row>{line}</table:table-row>" for line in lines)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", _ODS_START + body + _ODS_END)
    return file.getvalue()


def test_formulas_of_ods() -> None:
    """However a program writes them."""
    formula = f'<{_CELL} table:formula="of:=IF([.A1]>1;2;3)"'
    check(
        ods,
        "ods",
        empty=(
            f"{formula}/>",
            f"{formula} ></{_CELL}>",
            f"{formula}><text:p/></{_CELL}>",
            f'{formula} office:value-type="float"/>',
            f'{formula} office:value-type="float" office:value=""/>',
            f"{formula} office:value-type='date'><text:p></text:p></{_CELL}>",
            f'{formula} office:value-type="string"/>',
            f'{formula} office:value-type="string" office:string-value=""><text:p/></{_CELL}>',
        ),
        other=(
            f'{formula} office:value-type="string" office:string-value="" calcext:value-type="error">'
            f"<text:p>#N/A</text:p></{_CELL}>",
            f'{formula} calcext:value-type="error" office:value-type="string" office:string-value="">'
            f"<text:p>#REF!</text:p></{_CELL}>",
            f'{formula} office:value-type="string"><text:p><text:span>#N/A</text:span></text:p></{_CELL}>',
        ),
    )


def test_a_text_of_ods_without_a_type() -> None:
    """Small programs leave it away; LibreOffice shows the text."""
    data = ods([HEADER, (*GOOD[:2], None, GOOD[3])], ["", f"<{_CELL}><text:p>x</text:p></{_CELL}>"])
    assert [part for (part,) in violations(data, "ods")] == [
        "represented enterprise number: something else than digits in it"
    ]


# --- XLS


def compound(content: bytes) -> bytes:
    """A file of Microsoft's compound kind with one stream, the workbook."""
    end, free, none, size = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF, 512
    content = content.ljust(-(-max(len(content), 4096) // size) * size, b"\0")
    sectors = len(content) // size
    chains = [0xFFFFFFFD, end, *range(3, sectors + 2), end]  # the table, the folder, the stream
    table = struct.pack(f"<{len(chains)}I", *chains).ljust(size, b"\xff")
    assert len(table) == size
    header = struct.pack("<8s16x5H6x9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)  # fmt: skip

    def entry(title: str, kind: int, child: int, start: int, length: int) -> bytes:
        text = title.encode("utf-16-le")
        about = struct.pack("<HBBIII36xIQ", len(text) + 2, kind, 1, none, none, child, start, length)
        return text.ljust(64, b"\0") + about

    folder = entry("Root Entry", 5, 1, end, 0) + entry("Workbook", 2, none, 2, len(content))
    return (
        header
        + struct.pack("<I", 0)
        + struct.pack("<I", free) * 108
        + table
        + folder.ljust(size, b"\0")
        + content
    )


def record(kind: int, form: str, *values: object) -> bytes:
    data = struct.pack(f"<{form}", *values)
    return struct.pack("<HH", kind, len(data)) + data


def xls(rows: list[Sequence[str | None]], shapes: Sequence[str]) -> bytes:
    """The records of BIFF8 by hand; a shape is what stands in a FORMULA record, and a text behind it."""
    cells = b""
    for row, (line, shape) in enumerate(zip(rows, shapes, strict=True)):
        for column, cell in enumerate(line):
            if cell is None:
                result, _, behind = shape.partition(" ")
                cells += record(0x0006, "3H8sHIH", row, column, 0, bytes.fromhex(result), 0, 0, 0)
                cells += record(0x0207, "HB", 0, 0) if behind else b""
            else:
                text = cell.encode("utf-16-le")
                cells += record(0x0204, f"4HB{len(text)}s", row, column, 0, len(cell), 1, text)
    sheet = record(0x0809, "4H2I", 0x600, 0x10, 0, 0, 0, 0) + cells + record(0x000A, "")
    start = record(0x0809, "4H2I", 0x600, 0x05, 0, 0, 0, 0)
    at = len(start) + 4 + 13 + 4
    return compound(start + record(0x0085, "IHBB5s", at, 0, 5, 0, b"Blad1") + record(0x000A, "") + sheet)


def test_formulas_of_xls() -> None:
    """An empty text is what programs store that do not calculate; another says that its text is behind it."""
    check(
        xls,
        "xls",
        empty=("030000000000ffff", "000000000000ffff", "000000000000ffff text"),
        other=("02002a000000ffff", "020017000000ffff"),
    )
