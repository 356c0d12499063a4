"""Lists in and results out: every encoding and delimiter, nothing lost, nothing guessed."""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc
from typing import BinaryIO, cast

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from support.numbers import CITIZEN

from precontractual_async import InvalidList
from precontractual_async.tables import (
    ListChanged,
    ResultRow,
    Source,
    Table,
    format_of,
    formulas,
    look_into,
    results_into,
)
from precontractual_async.tables import read_list as read_source
from precontractual_async.tables.columns import OPTIONS, Columns, find_columns, look_for_columns
from precontractual_async.tables.formulas import inert
from precontractual_async.tables.table import Row
from precontractual_async.words import translated


@frozen
class Read:
    """A list that was read, with its rows at hand."""

    table: Table
    rows: list[Row]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.table.columns


def read_list(data: bytes, kind: str) -> Read:
    """Read it twice: what can be read once can be read again, and is the same."""
    table = read_source(Source(io.BytesIO(data)), kind)
    rows = list(table.rows())
    assert list(table.rows()) == rows
    assert table.count == len(rows)
    return Read(table, rows)


def write_results(read: Read, added: tuple[str, ...], rows: list[ResultRow], kind: str) -> bytes:
    file = io.BytesIO()
    results = results_into(file, read.table, added, kind)
    for row in rows:
        results.add(row)
    results.finish()
    return file.getvalue()


TEXT = "Naam;INSZ;Startdatum\r\nRenée;07.01.01-899.01;1/12/2026\r\n"


@pytest.mark.parametrize(
    ("encoding", "needs_bom"),
    [("utf-8", False), ("utf-8-sig", True), ("cp1252", True), ("utf-16", True)],
)
def test_encodings(encoding: str, needs_bom: bool) -> None:
    """Accents arrive, and go out so that Excel reads them again."""
    table = read_list(TEXT.encode(encoding), "csv")
    assert table.rows[0].cells == ("Renée", "07.01.01-899.01", "1/12/2026")
    written = write_results(table, ("outcome",), [ResultRow(table.rows[0], {"outcome": "answered"})], "csv")
    assert written.startswith(b"\xef\xbb\xbf") is needs_bom
    assert written.decode("utf-8-sig") == (
        "Naam;INSZ;Startdatum;outcome\r\nRenée;07.01.01-899.01;1/12/2026;answered\r\n"
    )


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_delimiters(delimiter: str) -> None:
    """Told from the header, outside quotes."""
    text = (
        f'"Naam, voornaam; en"{delimiter}INSZ{delimiter}Start\nx{delimiter}07010189901{delimiter}1/12/2026\n'
    )
    table = read_list(text.encode(), "csv")
    assert table.columns == ("Naam, voornaam; en", "INSZ", "Start")
    assert table.table.style.delimiter == delimiter


def test_cells_stay_as_they_are() -> None:
    """Leading zeros, blanks, quotes, line ends in a cell: nothing is changed; formulas not by reading."""
    text = 'a,b,c\n 007 ,"x ""y"" z","two\nlines"\n=1+1,00.10,\n'
    table = read_list(text.encode(), "csv")
    assert [row.cells for row in table.rows] == [(" 007 ", 'x "y" z', "two\nlines"), ("=1+1", "00.10", "")]
    rows = [ResultRow(row, {}) for row in table.rows]
    again = read_list(write_results(table, (), rows, "csv"), "csv")
    assert [row.cells for row in again.rows] == [table.rows[0].cells, ("'=1+1", "00.10", "")]


def test_short_long_and_blank_rows() -> None:
    """Short rows are filled, long rows keep their cells, rows without content are no rows."""
    table = read_list(b"a,b\n1\n1,2,3\n\n,,\n4,5\n", "csv")
    assert table.columns == ("a", "b", "")
    assert [(row.number, row.cells) for row in table.rows] == [
        (2, ("1", "", "")),
        (3, ("1", "2", "3")),
        (6, ("4", "5", "")),
    ]


@pytest.mark.parametrize("last", ["", "z"])
def test_a_row_that_is_longer_by_far_widens_no_other(last: str) -> None:
    """It has a problem, and keeps its cells: behind ours, also when its result is read again."""
    cells = [str(number) for number in range(1200)] + [last]
    data = f"a,b\n1,2\n{','.join(cells)}\n3,4,{',' * 999}5\n6,7\n".encode()
    table = read_list(data, "csv")
    assert len(table.columns) == 1002
    assert [row.problem for row in table.rows] == [
        *(None, "line 3 has more than 1,000 cells beyond the header", None, None)
    ]
    assert table.rows[1].cells == tuple(cells[:1002])
    once = write_results(table, ("outcome",), [ResultRow(row, {"outcome": "x"}) for row in table.rows], "csv")
    assert list(csv.reader(io.StringIO(once.decode())))[2] == [*cells[:1002], "x", *cells[1002:]]
    narrow = read_list(f"a,b\n1,2\n{','.join(cells)}\n".encode(), "csv")
    assert narrow.columns == ("a", "b")
    for _ in range(2):
        rows = [ResultRow(row, {"outcome": "x"}) for row in narrow.rows]
        written = write_results(narrow, ("outcome",), rows, "csv")
        assert written.decode() == f"a,b,outcome\n1,2,x\n0,1,x,{','.join(cells[2:])}\n"
        named = json.loads(write_results(narrow, ("outcome",), rows, "jsonl").splitlines()[1])
        assert list(named.values()) == [*cells[:2], *cells[2:], "x"]
        narrow = read_list(written, "csv")


def test_a_thousand_more_are_taken() -> None:
    """As many cells as may be beyond the header make columns; one more does not."""
    at_most, too_many = ("a,b\n1,2" + ",x" * count + "\n" for count in (1000, 1001))
    assert len(read_list(at_most.encode(), "csv").columns) == 1002
    assert len(read_list(too_many.encode(), "csv").columns) == 2
    names = {"a": 1} | {f"n{number}": 1 for number in range(1000)}
    lines = f'{{"a": 1}}\n{json.dumps(names)}\n{{"b": 1}}\n'.encode()
    table = read_list(lines, "jsonl")
    assert len(table.columns) == 1001
    assert [row.problem is None for row in table.rows] == [True, True, False]


def test_names_that_never_repeat_widen_nothing() -> None:
    """JSON lines with names of their own on each row: those beyond a thousand have a problem, and stay whole."""
    lines = [{"a": 1} | {f"n{row}_{number}": row for number in range(100)} for row in range(40)]
    lines[-1]["Outcome"] = 1
    table = read_list("\n".join(map(json.dumps, lines)).encode(), "jsonl")
    assert len(table.columns) == 101 + 1000
    assert [row.problem is None for row in table.rows] == [True] * 11 + [False] * 29
    problem = table.rows[-1].problem
    assert problem == "line 40 has names beyond the 1,000 that rows may add to those of the first"
    rows = [ResultRow(row, {"outcome": "x"}) for row in table.rows]
    written = write_results(table, ("outcome",), rows, "jsonl").splitlines()
    del lines[-1]["Outcome"]
    assert [json.loads(line) for line in written] == [line | {"outcome": "x"} for line in lines]
    last = list(csv.reader(io.StringIO(write_results(table, ("outcome",), rows, "csv").decode())))[-1]
    assert (last[0], last[1101]) == ("1", "x")
    assert json.loads(last[1102])["n39_99"] == 39


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"a," * 16_384 + b"\n1\n", "csv"), (json.dumps({str(n): 1 for n in range(16_385)}).encode(), "jsonl")],
)
def test_a_header_wider_than_any_spreadsheet(data: bytes, kind: str) -> None:
    """Is no list: each row of the result would be as wide."""
    with pytest.raises(InvalidList, match="more than 16,384 columns") as refused:
        read_list(data, kind)
    assert refused.value.next_step


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_one_wide_row_does_not_multiply_the_others(kind: str) -> None:
    """Reading and writing takes memory in proportion to the list, not to rows times the widest of them."""
    rows, wide = 600, 50_000
    if kind == "csv":
        data = ("insz;start\n" + "1;2\n" * rows + "1;2" + ";" * wide + "\n").encode()
    else:
        own = ({"a": 1} | {f"n{row}_{number}": 1 for number in range(80)} for row in range(rows))
        data = "\n".join(map(json.dumps, own)).encode()
    tracemalloc.start()
    try:
        table = read_source(Source(io.BytesIO(data)), kind)
        results = results_into(cast("BinaryIO", io.BytesIO()), table, ("outcome",), kind)
        for row in table.rows():
            results.add(ResultRow(row, {"outcome": "x"}))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40 * len(data)


@pytest.mark.parametrize(
    ("text", "columns", "line_end"),
    [
        ('"INSZ\nnummer";"Start"\r\n1;2\r\n', ("INSZ\nnummer", "Start"), "\r\n"),
        ('a;b\n1;"x\r\ny"\n', ("a", "b"), "\n"),
        (" a ;b\n1;2\n", (" a ", "b"), "\n"),
    ],
)
def test_line_ends_within_cells_are_none_of_the_list(
    text: str, columns: tuple[str, ...], line_end: str
) -> None:
    """Delimiter and line ends are told from what stands outside quotes; names stay as they are written."""
    table = read_list(text.encode(), "csv")
    assert table.columns == columns
    assert (table.table.style.delimiter, table.table.style.line_end) == (";", line_end)
    assert len(table.rows) == 1


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'a,b\n1,2\n3,"x\n4,y\n5,z\n', 3),
        (b'a,b\n1,"x', 2),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", 2),
        (b"a,b\n1,x\0y\n", 2),
        ("insz;start\n1;2\n".encode("utf-16-le"), 1),
    ],
)
def test_lines_that_would_swallow_others_are_named(data: bytes, line: int) -> None:
    """An open quote makes one cell of the rows behind it: they must not go unasked in silence."""
    with pytest.raises(InvalidList, match=f"line {line} ") as refused:
        read_list(data, "csv")
    assert refused.value.next_step


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_odd_characters_do_not_cost_the_answers(kind: str) -> None:
    """Half of a surrogate pair, from the list or from the gateway, is written as well as it can be."""
    table = read_list(b'{"a": "\\ud800"}\n', "jsonl")
    written = write_results(table, ("reason",), [ResultRow(table.rows[0], {"reason": "x\udfff"})], kind)
    if kind == "csv":
        assert written == b"a,reason\n?,x?\n"
    else:
        assert json.loads(written) == {"a": "\ud800", "reason": "x\udfff"}


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"insz": NaN}', "line 1 is not a JSON object"),
        ('{"insz": 1e999}', "line 1 is not a JSON object"),
        ('{"insz": "1", "insz": "2"}', "line 1 has a name twice"),
    ],
)
def test_json_that_is_none_is_one_bad_row(line: str, problem: str) -> None:
    """Not-a-number would make the result no JSON; of two numbers under one name nobody can choose."""
    table = read_list(f'{line}\n{{"insz": 123456789012345678901234567890}}\n'.encode(), "jsonl")
    assert [row.problem for row in table.rows] == [problem, None]
    assert table.rows[1].cells == (123456789012345678901234567890,)


INERT = [
    ("=1+1", "'=1+1"),
    ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
    ("-2+3", "'-2+3"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\tx", "'\tx"),
    ("\rx", "'\rx"),
    ("  =1+1", "'  =1+1"),
    ("\u00a0\u200b=1+1", "'\u00a0\u200b=1+1"),
    ("\t =1+1", "'\t' =1+1"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("\uff0b1", "'\uff0b1"),
    ("\uff0d1", "'\uff0d1"),
    ("\uff20x", "'\uff20x"),
    ("--", "'--"),
    ("+", "'+"),
    ("+32 BEL", "'+32 BEL"),
    ("x;=1+1", "x;'=1+1"),
    ("x, @y", "x,' @y"),
    ("x\ty\n-z", "x\ty\n'-z"),
]
HARMLESS = [
    *(
        "-",
        " - ",
        "-5",
        "-5,00",
        "-1.250,50",
        "+5",
        "-1e+20",
        "+32 470 12 34 56",
        "+32470123456",
        " +32 2 1 ",
    ),
    *("", " ", "'=1+1", "a=1", "a - b", "1-2", "jan@x.be", "Kerkstraat 5, -2", "[1, -2]", "x; y, z"),
]


@pytest.mark.parametrize(("cell", "written"), [*INERT, *((cell, cell) for cell in HARMLESS)])
def test_what_a_spreadsheet_would_run_is_inert(cell: str, written: str) -> None:
    """From a CSV list, from JSON lines, from the gateway, and in a name; a second run adds nothing."""
    for name, shown in (("a", "a"), (cell, written) if cell.strip() else ("b", "b")):
        csv_list = f"{quoted(name)};x\n{quoted(cell)};x\n".encode()
        json_list = json.dumps({name: cell, "x": "x"}).encode()
        for data, kind in ((csv_list, "csv"), (json_list, "jsonl")):
            table = read_list(data, kind)
            rows = [ResultRow(table.rows[0], {"reason": cell})]
            once = write_results(table, ("reason",), rows, "csv")
            again = read_list(once, "csv")
            assert again.rows[0].cells == (written, "x", written)
            assert again.columns == (shown, "x", "reason")
            rows = [ResultRow(again.rows[0], {"reason": cell})]
            assert write_results(again, ("reason",), rows, "csv") == once


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@given(st.text("=+-@\uff1d;,\t\r\n '\"5a\u00a0\u200b", max_size=12))
def test_inert_text_stays_as_it_is(text: str) -> None:
    """Whatever it was, once is enough: an apostrophe does not grow with each run, and nothing else is added."""
    once = inert(text)
    assert inert(once) == once
    assert once.replace("'", "") == text.replace("'", "")


@given(st.text("=+-@\uff1d;,\t\r\n '\"5a\u00a0\u200b", max_size=12))
def test_what_needs_no_closer_look_holds_nothing_to_run(text: str) -> None:
    """The short way says what the long one does."""
    assert inert(text) == formulas._LIVE.sub(r"\1'", text)


def test_columns_are_found_behind_an_apostrophe() -> None:
    """A result whose names had to be made inert can be screened again."""
    columns = ("'=INSZ", "'+Startdatum")
    assert find_columns(columns, {}, needs_date=True) == Columns(0, 1)
    assert find_columns(columns, {"citizen": "=INSZ"}, needs_date=True) == Columns(0, 1)


@pytest.mark.parametrize("part", ["\n", " ", ";", "1 ", "-1", "\u200b", "- "])
def test_a_cell_of_any_length_is_made_inert_at_once(part: str) -> None:
    """No text makes the search go back and forth: a hundred thousand characters are no work."""
    began = time.perf_counter()
    inert("+" + part * (130_000 // len(part)) + "x")
    assert time.perf_counter() - began < 2


def test_old_results_do_not_stand_beside_new_ones() -> None:
    """A result that is screened again gets its columns anew."""
    table = read_list(b"a,outcome,b\n1,pending,2\n", "csv")
    written = write_results(table, ("outcome",), [ResultRow(table.rows[0], {"outcome": "answered"})], "csv")
    assert written == b"a,b,outcome\n1,2,answered\n"


@pytest.mark.parametrize(
    ("kind", "data"), [("csv", b"a,b\n1,2\n3,4\n5,6\n"), ("jsonl", b'{"a": 1}\n{"a": 2}\n{"a": 3}\n')]
)
@pytest.mark.parametrize("change", [b"\xff\xff", b'"\n'])
def test_a_list_that_somebody_writes_into(kind: str, data: bytes, change: bytes) -> None:
    """What was understood and is not any more: an error that says so, not one of the decoder."""
    file = io.BytesIO(data)
    table = read_source(Source(file), kind)
    assert len(list(table.rows())) == 3
    file.seek(10)
    file.write(change)
    if kind == "jsonl" and change.isascii():  # each line by itself: bad rows
        assert any(row.problem for row in table.rows())
        return
    with pytest.raises(ListChanged, match="changed while it was read") as refused:
        list(table.rows())
    assert "Run it again" in refused.value.next_step


@pytest.mark.parametrize(
    "name", ["flexi_status ", "Flexi Status", "\ufeffFLEXI-STATUS", "flexi_status\u200b"]
)
def test_no_word_of_the_list_stands_beside_ours(name: str) -> None:
    """A column that would be read for one of ours is replaced too, in both formats."""
    csv_list = read_list(f"a,{name}\n1,ok\n".encode(), "csv")
    json_list = read_list(json.dumps({"a": "1", name: "ok"}).encode(), "jsonl")
    for table in (csv_list, json_list):
        rows = [ResultRow(table.rows[0], {"flexi_status": "nok"})]
        assert write_results(table, ("flexi_status",), rows, "csv").splitlines() == [
            b"a,flexi_status",
            b"1,nok",
        ]
        written = write_results(table, ("flexi_status",), rows, "jsonl")
        assert json.loads(written) == {"a": "1", "flexi_status": "nok"}


def test_names_in_json_are_all_different() -> None:
    """Also when a name is that which another would have got."""
    table = read_list(b"a,a_3,a,\n1,2,3,4\n", "csv")
    written = write_results(table, (), [ResultRow(table.rows[0], {})], "jsonl")
    assert json.loads(written) == {"a": "1", "a_3": "2", "a_3_3": "3", "column_4": "4"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "csv"),
        (b"\n\n", "csv"),
        (b"a,b\n", "csv"),
        (b"\x81\x8d\xff", "csv"),
        (b'a\n"open', "jsonl"),
        (b"", "jsonl"),
        (b"\xff", "jsonl"),
    ],
)
def test_lists_that_cannot_be_read(data: bytes, kind: str) -> None:
    """Empty, header only, not text: one clear error with a next step."""
    with pytest.raises(InvalidList) as refused:
        table = read_list(data, kind)
        assert any(row.problem for row in table.rows)
        raise InvalidList("every row has a problem", "see there")
    assert refused.value.next_step


def test_json_lines() -> None:
    """Values come out as they went in; a bad line is one bad row."""
    text = '{"insz": 7010189901, "start": "2026-12-01", "n": 1.50}\nnot json\n\n{"insz": "x", "extra": null}\n[1]\n'
    table = read_list(text.encode(), "jsonl")
    assert table.columns == ("insz", "start", "n", "extra")
    assert [row.problem for row in table.rows] == [
        None,
        "line 2 is not a JSON object",
        None,
        "line 5 is not a JSON object",
    ]
    rows = [ResultRow(row, {"outcome": "answered", "reason": ""}) for row in table.rows]
    lines = [
        json.loads(line) for line in write_results(table, ("outcome", "reason"), rows, "jsonl").splitlines()
    ]
    assert lines == [
        {"insz": 7010189901, "start": "2026-12-01", "n": 1.5, "outcome": "answered"},
        {"outcome": "answered"},
        {"insz": "x", "extra": None, "outcome": "answered"},
        {"outcome": "answered"},
    ]


def test_hours_are_a_number_where_the_format_has_numbers() -> None:
    """In JSON lines, zero as well; in CSV the same text as ever. What is not told is left out, or empty."""
    table = read_list(b"a\n1\n2\n3\n", "csv")
    added: list[dict[str, str | int]] = [{"hours": 50}, {"hours": 0}, {"hours": ""}]
    rows = [ResultRow(row, cells) for row, cells in zip(table.rows, added, strict=True)]
    lines = write_results(table, ("hours",), rows, "jsonl").splitlines()
    assert lines == [b'{"a": "1", "hours": 50}', b'{"a": "2", "hours": 0}', b'{"a": "3"}']
    assert write_results(table, ("hours",), rows, "csv") == b"a,hours\n1,50\n2,0\n3,\n"


def test_from_one_format_to_the_other() -> None:
    """A CSV list can give JSON lines and the other way round; columns of one name do not swallow each other."""
    table = read_list(b"a,a,\n1,2,3\n", "csv")
    written = write_results(table, (), [ResultRow(table.rows[0], {})], "jsonl")
    assert json.loads(written) == {"a": "1", "a_2": "2", "column_3": "3"}
    table = read_list(b'{"a": 7010189901, "b": null, "c": [1, "\xc3\xa9"]}\n{"b": true}\n', "jsonl")
    written = write_results(table, (), [ResultRow(row, {}) for row in table.rows], "csv")
    assert list(csv.reader(io.StringIO(written.decode()))) == [
        ["a", "b", "c"],
        ["7010189901", "", '[1, "é"]'],
        ["", "true", ""],
    ]


def test_half_characters_do_not_lose_a_result() -> None:
    """JSON lines can hold what UTF-8 cannot: it goes out as it came, or replaced."""
    table = read_list(b'{"a": "x\\ud800"}\n', "jsonl")
    rows = [ResultRow(table.rows[0], {})]
    assert write_results(table, (), rows, "jsonl") == b'{"a": "x\\ud800"}\n'
    assert write_results(table, (), rows, "csv") == b"a\nx?\n"


def test_formats_from_names() -> None:
    """The suffix tells; without one the default, or an error that lists what there is."""
    assert [format_of(name) for name in ("a.CSV", "b.jsonl", "c.tsv")] == ["csv", "jsonl", "csv"]
    assert format_of("-", "csv") == "csv"
    with pytest.raises(InvalidList, match="suffix"):
        format_of("list.docx")


@pytest.mark.parametrize(
    "header",
    [
        ("Naam", "INSZ", "Datum in dienst"),
        ("Naam", "Rijksregister-nummer", "STARTDATUM"),
        ("Nom", "Numéro de registre national", "Date d'entrée"),
        ("Nom", "NISS", "date_debut"),
        ("name", "ssin", "start_date"),
        ("Name", "citizen", "Start Date"),
        ("x", "Numéro NISS", "Date de début"),
        ("Nom", "N° registre national", "Date d’entrée en service"),
        ("Naam", "INSZ-nr.", "Datum van indiensttreding"),
        ("Nom", "Numéro de registre national (NISS)", "Date de commencement"),
        ("Name", "ENSS", "Eintrittsdatum"),
        ("Name", "ENSS-Nummer", "Dienstantritt"),
        ("Name", "Nationalregisternummer", "Datum des Dienstantritts"),
        ("Nom", "N° NISS", "Date d'engagement"),
        ("Nom", "no NISS", "Date engagement"),
        ("Naam", "INSZ", "Aanvangsdatum"),
    ],
)
def test_columns_in_four_languages(header: tuple[str, ...]) -> None:
    """Found without regard to case, accents and punctuation."""
    assert find_columns(header, {}, needs_date=True) == Columns(1, 2)


NUMBER_NAMES = (
    "Rijksregisternr.|RR-nummer|Nationaal nummer|INSZ/NISS|Identificatienummer van de sociale zekerheid",
    "N° national|Registre national|Numéro d'identification à la sécurité sociale|N° NISS",
    "ENSS-Nr.|Nationalregisternr.|Erkennungsnummer der Sozialen Sicherheit|National Registry Number|SSIN",
)
DAY_NAMES = (
    "Vanaf|In dienst|Datum in dienst|Datum indienstneming|Aanvang|1ste werkdag|Begin",
    "Date d'entrée|À partir du|Dès le|Prise de fonction|1er jour|Début",
    "Eintritt|Beginn|Beginndatum|Dienstbeginn|Tätigkeitsbeginn|Ab dem|Start day|Entry date|Date of hire",
)


@pytest.mark.parametrize("name", "|".join(NUMBER_NAMES).split("|"))
def test_names_of_a_citizens_number(name: str) -> None:
    """As people and programs write them."""
    assert find_columns(("Naam", name), {}, needs_date=False) == Columns(1)


@pytest.mark.parametrize("name", "|".join(DAY_NAMES).split("|"))
def test_names_of_the_first_day(name: str) -> None:
    """The same; beside them no word of a person's name or of a last day is one."""
    header = ("INSZ", "Naam van de kandidaat", "Datum uit dienst", name)
    assert find_columns(header, {}, needs_date=True) == Columns(0, 3)


@pytest.mark.parametrize("name", ["date", "Date ", "DATUM"])
def test_a_plain_date_is_the_start_date_when_it_is_the_only_one(name: str) -> None:
    """A column that says more wins; beside another date it is asked about, and not looked at without need."""
    assert find_columns(("INSZ", name), {}, needs_date=True) == Columns(0, 1)
    assert find_columns(("INSZ", name, "start"), {}, needs_date=True) == Columns(0, 2)
    assert find_columns(("INSZ", name), {}, needs_date=False) == Columns(0)
    for other in ("Geboortedatum", "date de naissance", name):
        with pytest.raises(InvalidList, match="several columns could hold the start date") as two:
            find_columns(("INSZ", name, other), {}, needs_date=True)
        assert "--date-column" in two.value.next_step
    for other in (f"{name} (geboorte)", "Geboortedatum"):
        with pytest.raises(InvalidList, match="no column with start dates"):
            find_columns(("INSZ", other), {}, needs_date=True)


def test_a_status_of_employment_is_no_type_of_worker() -> None:
    """Lists have blue or white collar under "statuut": it says nothing about what to ask."""
    assert find_columns(("INSZ", "Statuut"), {}, needs_date=False) == Columns(0)


@pytest.mark.parametrize(
    ("cells", "found"), [(["flexi", "Étudiant", ""], 1), (["flexi", "arbeider"], None), (["", ""], None)]
)
def test_a_type_of_worker_that_its_cells_tell(cells: list[str], found: int | None) -> None:
    """Under a name that says little the words decide: all of them, or none is taken for a type."""
    rows = [Row(number, (CITIZEN, cell)) for number, cell in enumerate(cells, 2)]
    columns = find_columns(("Rijksnummer", "Type"), {}, needs_date=False, rows=rows)
    assert columns == Columns(0, type_of_worker=found)


def test_columns_that_are_missing_or_ambiguous() -> None:
    """Asked about, with the names and the option; data in place of a header does not show its numbers."""
    with pytest.raises(InvalidList, match="several columns could hold the citizen: 'INSZ', 'NISS'") as two:
        find_columns(("INSZ", "NISS", "start"), {}, needs_date=True)
    assert "--citizen-column" in two.value.next_step
    assert find_columns(("INSZ", "NISS", "start"), {"citizen": "niss"}, needs_date=True) == Columns(1, 2)
    with pytest.raises(InvalidList, match="start dates") as none:
        find_columns(("INSZ", "naam"), {}, needs_date=True)
    assert "--date-column" in none.value.next_step
    assert find_columns(("INSZ", "naam"), {}, needs_date=False) == Columns(0, None)
    with pytest.raises(InvalidList, match="no column 'nr'"):
        find_columns(("INSZ", "naam"), {"citizen": "nr"}, needs_date=False)
    with pytest.raises(InvalidList) as chosen:
        find_columns(("INSZ", "naam"), {"citizen": "07010189901"}, needs_date=False)
    assert "0701" not in str(chosen.value)
    with pytest.raises(InvalidList) as data:
        find_columns(("07010189901", "2026-12-01"), {}, needs_date=False)
    assert "0701" not in str(data.value)


@given(st.binary(max_size=200), st.sampled_from(["csv", "jsonl"]))
def test_any_bytes_are_a_table_or_a_typed_error(data: bytes, kind: str) -> None:
    """Whatever the file holds: a table, or InvalidList."""
    try:
        table = read_list(data, kind)
    except InvalidList:
        return
    assert all(len(row.cells) == len(table.columns) for row in table.rows)
    write_results(table, ("outcome",), [ResultRow(row, {}) for row in table.rows], kind)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (("Rijksregisternr. (INSZ)", "Startdatum contract "), Columns(0, 1)),
        (("Date de début (contrat)", "NISS (employé)"), Columns(1, 0)),
        (("naam", "nummer (insz)", "begindatum (dd/mm/jjjj)"), Columns(1, 2)),
    ],
)
def test_names_with_brackets(names: tuple[str, ...], wanted: Columns) -> None:
    """A name is also known without what stands in brackets, and by that alone."""
    assert find_columns(names, {}, needs_date=True) == wanted


@pytest.mark.parametrize("name", ["N° d'entreprise", "N° BCE", "Arbeitgeber", "KBO-nr.", "Unternehmensnr."])
def test_the_employers_column(name: str) -> None:
    names = ("INSZ", "Start", name)
    assert find_columns(names, {}, needs_date=True).represented_enterprise_number == 2


def test_enterprise_numbers_under_another_name_are_told() -> None:
    """They may be the employers': the row is asked for another, and that is not passed over in silence."""
    names = ("INSZ", "Start", "Onderneming", "telefoon")
    rows = [
        Row(2, (CITIZEN, "1/12/2026", number, "0470123456"))
        for number in ("0880.820.673", "", "BE0880820673")
    ]
    findings = look_for_columns(names, {}, needs_date=True, rows=rows)
    assert findings.problems == ()
    (remark,) = findings.remarks
    assert remark == (
        "the column 'Onderneming' holds enterprise numbers and is not asked for: if they are the employers', "
        "name it with --represented-column"
    )
    assert "bevat ondernemingsnummers" in translated(remark, "nl")
    chosen = {"represented_enterprise_number": "Onderneming"}
    assert look_for_columns(names, chosen, needs_date=True, rows=rows).remarks == ()
    some = [*rows, *(Row(number, ("", "", "x", "")) for number in (5, 6))]
    assert len(look_for_columns(names, {}, needs_date=True, rows=some).remarks) == 1  # half of them will do
    assert look_for_columns(names, {}, needs_date=True, rows=[*some, Row(7, ("", "", "x", ""))]).remarks == ()


def test_a_column_is_left_out_by_an_empty_name() -> None:
    """Only one that is not needed."""
    names = ("INSZ", "Start", "Ondernemingsnummer", "")
    rows = [Row(2, (CITIZEN, "1/12/2026", "0880.820.673", ""))]
    chosen = {"represented_enterprise_number": "", "type_of_worker": ""}
    findings = look_for_columns(names, chosen, needs_date=True, rows=rows)
    assert findings.columns == Columns(0, 1)
    assert (findings.problems, findings.remarks) == ((), ())
    with pytest.raises(InvalidList, match="no column with the citizens' numbers was found"):
        find_columns(names, {"citizen": ""}, needs_date=True)


def test_a_column_that_is_nearly_one_of_types_is_told() -> None:
    """One word that is not understood, and everybody would be asked about both kinds of work in silence."""
    names = ("INSZ", "Start", "Statuut")
    rows = [Row(at, ("", "", cell)) for at, cell in enumerate(("flexi", "student", "flexxi"), 2)]
    findings = look_for_columns(names, {}, needs_date=True, rows=rows)
    assert findings.columns.type_of_worker is None
    (remark,) = findings.remarks
    assert remark.startswith("the column 'Statuut' does not hold types of work alone")
    assert "telt niet mee" in translated(remark, "nl")
    assert look_for_columns(names, {}, needs_date=True, rows=rows[:2]).remarks == ()
    white_collar = [Row(at, ("", "", "bediende")) for at in range(2, 9)]
    assert look_for_columns(names, {}, needs_date=True, rows=[*white_collar, *rows]).remarks == ()


def test_all_that_is_missing_is_told_at_once() -> None:
    """A title above the header, or names we do not know: both options, and the other way out."""
    with pytest.raises(InvalidList, match="citizens' numbers and none with start dates") as caught:
        find_columns(("Lijst jobstudenten", ""), {}, needs_date=True)
    assert "--citizen-column and --date-column" in caught.value.next_step
    assert "above them" in caught.value.next_step


def test_every_problem_of_the_columns_is_told_at_once() -> None:
    """A name that is none, what several could hold, what is missing: each with its own option."""
    names = ("INSZ", "NISS", "KBO", "Werkgever", "naam")
    chosen = {"type_of_worker": "soort"}
    with pytest.raises(InvalidList) as caught:
        find_columns(names, chosen, needs_date=True)
    listed = "'INSZ', 'NISS', 'KBO', 'Werkgever', 'naam'"
    assert caught.value.diagnosis == (
        "there is no column 'soort'; several columns could hold the citizen: 'INSZ', 'NISS'; "
        "several columns could hold the represented enterprise number: 'KBO', 'Werkgever'; "
        f"no column with start dates (or --start-date) was found among: {listed}"
    )
    for word in ("The columns are", "--citizen-column", "--represented-column", "--date-column"):
        assert word in caught.value.next_step
    findings = look_for_columns(names, chosen, needs_date=True)
    assert [each.diagnosis for each in findings.problems] == caught.value.diagnosis.split("; ")
    assert findings.matching["citizen"] == (0, 1)
    assert findings.columns == Columns(None)


def test_records_have_nothing_above_their_names() -> None:
    """The advice for a file with a title is none for them."""
    for options, is_advised in ((OPTIONS, True), (dict.fromkeys(OPTIONS, "columns"), False)):
        with pytest.raises(InvalidList) as caught:
            find_columns(("x",), {}, needs_date=True, options=options)
        assert caught.value.next_step.endswith("above them.") is is_advised


def test_dates_of_the_list_do_not_count_beside_given_ones() -> None:
    """With a date for everybody the list may have as many date columns as it likes."""
    assert find_columns(("INSZ", "startdatum", "begindatum"), {}, needs_date=False) == Columns(0)
    assert find_columns(("INSZ", "start"), {"start_date": "nowhere"}, needs_date=False) == Columns(0)


def test_names_that_are_not_told_are_counted() -> None:
    """Thirty are enough for a person; how many more there are is said."""
    names = tuple(f"kolom {chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(1234))
    with pytest.raises(InvalidList, match=r"'kolom bd' and 1,204 more$"):
        find_columns(names, {}, needs_date=False)


@pytest.mark.parametrize(
    ("data", "kind", "read_as"),
    [
        (TEXT.encode(), "csv", ("CSV", "UTF-8", "semicolon", "line 1")),
        (TEXT.encode("utf-8-sig"), "csv", ("CSV", "UTF-8 with a byte-order mark", "semicolon", "line 1")),
        (TEXT.encode("cp1252"), "csv", ("CSV", "Windows-1252", "semicolon", "line 1")),
        (TEXT.encode("utf-16"), "csv", ("CSV", "UTF-16", "semicolon", "line 1")),
        (b"\n\na,b\n1,2\n", "csv", ("CSV", "UTF-8", "comma", "line 3")),
        (b"a\tb\n1\t2\n", "csv", ("CSV", "UTF-8", "tab", "line 1")),
        (b'{"a": 1}\n', "jsonl", ("JSON lines", "UTF-8")),
    ],
)
def test_how_a_list_was_read(data: bytes, kind: str, read_as: tuple[str, ...]) -> None:
    """What each format found out, by names that a person understands."""
    told = read_source(Source(io.BytesIO(data)), kind).read_as
    assert tuple(value for _, value in told) == read_as
    assert [name for name, _ in told] == ["format", "encoding", "delimiter", "header"][: len(told)]


def test_what_can_be_read_of_a_list_with_a_problem() -> None:
    """The rows before an open quote; a header without rows. `read_list` takes neither."""
    broken = Source(io.BytesIO(b'a,b\n1,2\n3,4\n5,"x\n6,7\n'))
    table = look_into(broken, "csv")
    assert table.columns == ("a", "b")
    assert [row.cells for row in table.rows()] == [("1", "2"), ("3", "4")]
    assert table.count == 2
    bare = look_into(Source(io.BytesIO(b"a,b\n")), "csv")
    for each, told in ((table, "line 4 cannot be read as CSV"), (bare, "no rows behind its header")):
        assert each.problem is not None
        assert told in each.problem.diagnosis
        assert each.problem.__traceback__ is None
    with pytest.raises(InvalidList, match="line 4"):
        read_source(broken, "csv")
