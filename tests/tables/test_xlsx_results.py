"""A result as a workbook: what is on its sheets, how it looks, and that nothing in it is ever more than text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import pytest
import python_calamine
import xlsxwriter
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from support.journals import too_early
from support.numbers import CITIZEN, ENTERPRISE
from support.workbooks import converted, of_rows, read, result_of, workbook
from xlsxwriter.worksheet import Worksheet

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    EnterpriseNumber,
    FlexiJob,
    InvalidList,
    Issue,
    Outcome,
    Problem,
    Query,
    Refused,
    Rejected,
    Ssin,
    Status,
    StudentJob,
)
from precontractual_async.tables import Audience, ResultRow, Table, check_results, results_into
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.formats import xlsx
from precontractual_async.tables.formats.sheet_cells import sheet_name
from precontractual_async.tables.formats.styles import BAR, HEADING, STYLES
from precontractual_async.tables.headings import READABLE, in_readers_order
from precontractual_async.tables.results import RESULT_COLUMNS, result_cells
from precontractual_async.tables.table import Row
from precontractual_async.words import LANGUAGES, translated

OWN = ("Naam", "INSZ", "Startdatum", "KBO")
HEADINGS = [READABLE[name] for name in in_readers_order(RESULT_COLUMNS)]
AT = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
DAY = date(2026, 12, 1)
CALLER = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
QUERY = Query(Ssin.parse(CITIZEN), DAY, CALLER)


def answered(flexi: Status, student: Status, hours: int | None = None) -> Answered:
    reference = "070101899011224202610"
    return Answered(
        QUERY,
        Answer(
            FlexiJob(flexi, reference=reference),
            StudentJob(student, hours_remaining=hours),
            reference,
            AT,
            "trace",
        ),
    )


OUTCOMES: list[Outcome] = [
    answered(Status.OK, Status.OK, 475),
    answered(Status.NO_GRANT, Status.NOK),
    Refused(Candidate("x", 1), ("SSIN: empty", "start date: in the past")),
    Rejected(QUERY, Problem(400, issues=(Issue("citizen", "does not exist"),), trace_id="t")),
    answered(Status.NOK, Status.NO_GRANT),
]


def screened(table: Table, language: str = "en", outcomes: list[Outcome] = OUTCOMES) -> bytes:
    file = io.BytesIO()
    columns = find_columns(table.columns, {}, needs_date=True)
    results = results_into(file, table, RESULT_COLUMNS, "xlsx", Audience(language, columns))
    for row, outcome in zip(table.rows(), outcomes, strict=True):
        results.add(ResultRow(row, result_cells(outcome, language), outcome))
    results.finish()
    return file.getvalue()


def sheets(data: bytes) -> dict[str, list[list[object]]]:
    book = python_calamine.load_workbook(io.BytesIO(data))
    return {
        name: cast("list[list[object]]", book.get_sheet_by_name(name).to_python())
        for name in book.sheet_names
    }


def part(data: bytes, name: str = "xl/worksheets/sheet1.xml") -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def a_list() -> Table:
    rows = [[f"name {n}", int(CITIZEN) if n % 2 else CITIZEN, DAY, 880820673] for n in range(5)]
    fill = of_rows(["Starters"], [], ["Naam", "INSZ", "Startdatum", "KBO"], *rows)
    return read(workbook(("Q4 starters", fill))).table


def test_a_date_that_is_too_early_is_nothing_to_correct() -> None:
    """It waits for the calendar, like what is deferred."""
    outcomes: list[Outcome] = [too_early(), *OUTCOMES[1:]]
    told = sheets(screened(a_list(), outcomes=outcomes))
    assert len(told["To correct"]) == len(sheets(screened(a_list()))["To correct"])
    assert ["ask again later", 1] in [row[:2] for row in told["Summary"]]


# --- the sheets ---------------------------------------------------------------------------------------


def test_the_list_and_what_is_to_be_done() -> None:
    """The list's sheet under its name, the rows to correct, those to ask the citizen about, the figures."""
    told = sheets(screened(a_list()))
    assert list(told) == ["Q4 starters", "To correct", "To ask the citizen", "Summary"]
    header, *rows = told["Q4 starters"]
    assert header == ["Naam", "INSZ", "Startdatum", "KBO", *HEADINGS]
    met = "conditions met"
    assert rows[0][:8] == [
        "name 0",
        CITIZEN,
        DAY,
        880820673,
        "answered",
        met,
        met,
        f"flexi: {met}; student: {met}",
    ]
    assert [row[1] for row in rows] == [CITIZEN, float(CITIZEN)] * 2 + [CITIZEN]
    assert [row[8] for row in rows] == ["employer", "citizen", "employer", "employer", "citizen"]
    assert rows[0][10:13] == [475, "24/11/2026 10:30:15", "trace"]
    assert rows[0][13:] == ["070101899011224202610", "", "070101899011224202610"]
    assert told["To correct"] == [
        [
            "row here",
            "row in the list",
            *OWN,
            "column to correct",
            "what became of it",
            "why it is so",
            "next step",
        ],
        [
            4,
            6,
            "name 2",
            CITIZEN,
            DAY,
            880820673,
            "INSZ, Startdatum",
            "not asked: to be corrected",
            "SSIN: empty; start date: in the past",
            "Correct the row and ask again.",
        ],
        [
            5,
            7,
            "name 3",
            float(CITIZEN),
            DAY,
            880820673,
            "INSZ",
            "rejected by the gateway",
            "the gateway does not know this SSIN",
            "Check the number with the citizen.",
        ],
    ]
    header, *rows = told["To ask the citizen"]
    assert header == [
        "row here",
        "row in the list",
        *OWN,
        "answer: flexi-job",
        "answer: student job",
        "next step",
    ]
    assert [row[:3] + row[6:8] for row in rows] == [
        [3, 5, "name 1", "no mandate", "conditions not met"],
        [6, 8, "name 4", "conditions not met", "no mandate"],
    ]


def test_the_summary() -> None:
    """Counts by outcome, by status and by whose move it is, and when was asked; no number of a citizen."""
    rows = sheets(screened(a_list()))["Summary"]
    assert [(word, figure) for word, figure in rows if figure != ""] == [
        ("rows of the result", 5),
        ("can start", 1),
        ("as flexi-jobber", 1),
        ("as student", 1),
        ("cannot", 0),
        ("not known", 4),
        ("answered", 3),
        ("rejected by the gateway", 1),
        ("not asked: to be corrected", 1),
        ("conditions met", 1),
        ("conditions not met", 1),
        ("no mandate", 1),
        ("conditions met", 1),
        ("conditions not met", 1),
        ("no mandate", 1),
        ("employer", 3),
        ("citizen", 2),
        ("the first", "24/11/2026 10:30:15"),
        ("the last", "24/11/2026 10:30:15"),
    ]
    assert not re.search(r"\d{7}", str(rows))


def test_over_several_dates() -> None:
    """Each row comes once for each, and says for which; what is to be done does too."""
    table = a_list()
    file = io.BytesIO()
    results = results_into(file, table, ("start_date", *RESULT_COLUMNS), "xlsx")
    for row, outcome in zip(table.rows(), OUTCOMES, strict=True):
        for day in ("1/12/2026", "1/1/2027"):
            results.add(ResultRow(row, result_cells(outcome) | {"start_date": day}, outcome))
    results.finish()
    told = sheets(file.getvalue())
    assert [row[4] for row in told["Q4 starters"]] == ["start date", *["1/12/2026", "1/1/2027"] * 5]
    assert [row[:2] + row[6:7] for row in told["To correct"][1:3]] == [
        [6, 6, "1/12/2026"],
        [7, 6, "1/1/2027"],
    ]
    assert told["To ask the citizen"][1][6:9] == ["1/12/2026", "no mandate", "conditions not met"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_the_language_of_the_office(language: str) -> None:
    """Names of sheets, headings, reasons, and the words for what came of each row."""
    told = sheets(screened(a_list(), language))
    names = [translated(name, language) for name in ("To correct", "To ask the citizen", "Summary")]
    assert list(told) == ["Q4 starters", *names]
    assert told[names[0]][0][1] == translated("row in the list", language)
    assert told[names[0]][1][8] == "; ".join(
        translated(text, language) for text in ("SSIN: empty", "start date: in the past")
    ).replace("; ", translated("; ", language))
    assert told["Q4 starters"][0][4:] == [translated(heading, language) for heading in HEADINGS]
    assert told["Q4 starters"][1][4:6] == [translated("answered", language), translated("ok", language)]
    assert translated("no_grant", language) in {row[5] for row in told["Q4 starters"]}


def test_a_result_is_a_list_again() -> None:
    """Its own sheets are not taken for it, in no language; its columns are made anew, in every format."""
    for language in LANGUAGES:
        again = read(screened(a_list(), language)).table
        assert again.sheet == "Q4 starters"
        assert again.columns[:5] == (*OWN, translated("what became of it", language))
        file = io.BytesIO()
        results_into(file, again, RESULT_COLUMNS, "csv").finish()
        assert file.getvalue().decode("utf-8-sig").strip().split(";") == [*OWN, *RESULT_COLUMNS]
        assert sheets(screened(again, language)).keys() == sheets(screened(a_list(), language)).keys()


def test_what_is_to_be_corrected_is_a_list() -> None:
    """With the list's own columns, and in its result with the rows of this list, not of the first."""
    for language in LANGUAGES:
        again = read(screened(a_list(), language), sheet=translated("To correct", language)).table
        told = sheets(screened(again, "nl", OUTCOMES[2:4]))
        header, *rows = told["Te verbeteren" if language != "nl" else "Te verbeteren (2)"]
        ours = ["te verbeteren kolom", "wat ervan werd", "waarom het zo is", "volgende stap"]
        assert header == ["rij hier", "rij in de lijst", *OWN, *ours]
        assert [row[:3] for row in rows] == [[2, 2, "name 2"], [3, 3, "name 3"]]


def test_a_list_without_a_sheet() -> None:
    """Gets one by our name; one whose sheet has the name of ours keeps it."""
    table = read(f"insz\n{CITIZEN}\n".encode(), "csv").table
    assert list(sheets(result_of(table, "xlsx"))) == [
        "Results",
        "To correct",
        "To ask the citizen",
        "Summary",
    ]
    table = evolve(table, sheet="SUMMARY")
    assert list(sheets(result_of(table, "xlsx")))[0::3] == ["SUMMARY", "Summary (2)"]


# --- how it looks -------------------------------------------------------------------------------------


def test_every_pair_of_colours_can_be_read() -> None:
    """Contrast of at least 7:1, by the formula of WCAG; the bars leave the black number readable."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        dark, light = sorted(map(luminance, (one, other)))
        return (light + 0.05) / (dark + 0.05)

    for look in (*STYLES.values(), HEADING):
        assert contrast(look.ground, look.text) >= 7
    assert contrast(BAR, "#000000") >= 7


def test_every_word_has_its_look() -> None:
    """But the one that says nothing yet."""
    words = {status.value for status in Status} - {"not_requested"}
    assert set(STYLES) == words | {"rejected", "refused", "deferred", "pending"}


def test_the_sheet_is_dressed() -> None:
    """Frozen header, filter, colours by the word, bars for hours, no warning of Excel's for numbers as text."""
    xml = part(screened(a_list()))
    assert 'state="frozen"' in xml
    assert '<autoFilter ref="A1:P6"/>' in xml
    for word in STYLES:
        assert f'<formula>"{translated(word, "en")}"</formula>' in xml
    assert re.search(r'<conditionalFormatting sqref="K2:K6"><cfRule type="dataBar"', xml)
    for warning in ("numberStoredAsText", "twoDigitTextYear"):
        assert f'<ignoredError sqref="A1:P6" {warning}="1"/>' in xml
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([0-9.]+)"', xml)]
    assert len(widths) >= 14
    assert min(widths) >= 8
    assert max(widths) <= 61


def test_numbers_show_all_their_digits(tmp_path: Path) -> None:
    """Those that came as numbers stay so, and are shown with their zeros; dates are shown day first."""
    path = tmp_path / "out.xlsx"
    path.write_bytes(screened(a_list()))
    rows = list(csv.reader(converted(path, "csv").read_text().splitlines()))
    assert [row[1:4] for row in rows[1:]] == [[CITIZEN, "01/12/2026", ENTERPRISE]] * 5


def with_hidden_columns(sheet: Worksheet, book: xlsxwriter.Workbook) -> None:
    of_rows(["x", "INSZ", "", "Loon", "Startdatum"], ["a", CITIZEN, None, 2000, DAY])(sheet, book)
    sheet.set_column(2, 3, None, None, {"hidden": True})
    sheet.set_column(7, 16_383, None, None, {"hidden": True})


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_what_is_hidden_stays_hidden(kind: str, tmp_path: Path) -> None:
    """A column of the list, wherever it stands in the result."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook(("Uit", of_rows(["a"], ["b"])), ("Lijst", with_hidden_columns)))
    data = (path if kind == "xlsx" else converted(path, kind)).read_bytes()
    table = read(data, kind).table
    assert (table.columns, table.hidden) == (("x", "INSZ", "Loon", "Startdatum"), frozenset({2}))
    result = screened(table, outcomes=OUTCOMES[2:3])
    for sheet, place in ((1, 3), (2, 5)):
        xml = part(result, f"xl/worksheets/sheet{sheet}.xml")
        assert re.findall(r'<col min="(\d+)"[^>]* hidden="1"', xml) == [str(place)]


# --- values -------------------------------------------------------------------------------------------

VALUES = [
    ("007", "007"),
    ("", ""),
    (" x ", " x "),
    (7010189901, 7010189901.0),
    (10**15, "1000000000000000"),
    (-1.5, -1.5),
    (float("nan"), "nan"),
    (True, True),
    (None, ""),
    (Decimal("12.50"), 12.5),
    (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
    (DAY, DAY),
    (date(1900, 1, 1), "1900-01-01"),
    (datetime.fromisoformat("2026-12-01T08:30"), datetime.fromisoformat("2026-12-01T08:30")),
    (AT, "2026-11-24T09:30:15+00:00"),
    (time(8, 30), time(8, 30)),
    (timedelta(hours=36), timedelta(hours=36)),
    (timedelta(hours=-1), "-1:00:00"),
    ([1, "x"], '[1, "x"]'),
    ({"a": DAY}, '{"a": "2026-12-01"}'),
    (b"x", "x"),
]


def table_of(*columns: str, cells: tuple[object, ...]) -> Table:
    return Table(columns, 1, lambda: iter([Row(1, cells)]))


@pytest.mark.parametrize(("value", "seen"), VALUES)
def test_values(value: object, seen: object) -> None:
    """Each as what it is where Excel has that, else as the text that says it."""
    told = sheets(result_of(table_of("a", "b", cells=("x", value)), "xlsx"))
    row = told["Results"][1]
    assert (row[1] if len(row) > 1 else "") == seen


HOSTILE = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "{=1}",
    "http://example.com",
    "mailto:x@example.com",
    "internal:A1",
    "file://etc/passwd",
    "<script>alert(1)</script>",
    "<r><t>x</t></r>",
    '<r></is></c><c r="B9"><f>1+1</f></c><c><is></r>',
    "<r>\x07_x0041_</r>",
    "]]>&amp;<!--",
    "_x000D_",
    "_x005F_",
    "a\x00b\x01c\x0bd\x1fe\x7ff\x85g",
    "a\rb\nc\td",
    "\u202egnirts\u200f\u2066x",
    "\ufffe\uffff\ufdd0",
    "1E5",
    "007",
    "TRUE",
    "#N/A",
    "1/2/2026",
    "'apostrophe",
    " ",
    "\U0001f600",
]

SEEN = {
    "\ufffe\uffff\ufdd0": "_xFFFE__xFFFF_\ufdd0",
    "<r>\x07_x0041_</r>": "<r>_x0007__x005FA</r>",
}
"""What XML cannot hold is escaped as Excel does it; twice, where it must not be taken for markup either."""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_texts(text: str) -> None:
    """In a cell, in a heading, in a reason, in the name of a sheet: well-formed, no formula, no link."""
    table = evolve(table_of("insz", text, cells=(CITIZEN, text)), sheet=text)
    data = result_of(table, "xlsx", {"reason": text})
    found = sheets(data)
    header, row = next(iter(found.values()))
    assert row[1:] == [SEEN.get(text, text)] * 2
    assert header[1:] == [SEEN.get(text, text), "why it is so"]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            root = ET.fromstring(archive.read(name))  # noqa: S314 (our own)
            tags = {element.tag.rpartition("}")[2] for element in root.iter()}
            assert not tags & {"f", "hyperlink", "hyperlinks"}
        assert not [name for name in archive.namelist() if "sheet" in name and name.endswith(".rels")]


def test_libreoffice_runs_none_of_them(tmp_path: Path) -> None:
    """It opens the workbook, and shows each text as it is."""
    shown = [text for text in HOSTILE if text.isprintable()]
    table = Table(
        ("insz", "note"), len(shown), lambda: iter([Row(n, ("x", text)) for n, text in enumerate(shown)])
    )
    path = tmp_path / "out.xlsx"
    path.write_bytes(result_of(table, "xlsx"))
    rows = list(csv.reader(converted(path, "csv").read_text().splitlines()))
    assert [row[1] for row in rows[1:]] == shown


def test_half_characters_do_not_lose_a_result() -> None:
    """Half of a surrogate pair is replaced, in a cell and in a name."""
    data = result_of(evolve(table_of("a\ud800", cells=("b\udfff",)), sheet="c\ud800"), "xlsx")
    assert next(iter(sheets(data).items())) == ("c_", [["a?"], ["b?"]])


@given(st.text(max_size=60), st.sampled_from(["", "x", "Summary"]))
def test_any_text_is_the_name_of_a_sheet(text: str, taken: str) -> None:
    """Of at most 31 units, without what Excel does not take, and not one that there is."""
    name = sheet_name(text + taken, lambda name: name == taken)
    assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
    assert not set(name) & set("[]:*?/\\")
    assert name.isprintable()
    assert name[0] != "'" != name[-1]
    assert name != taken
    assert name.casefold() != "history"


# --- limits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (evolve(table_of("a", cells=("x",)), count=1_048_576), "more than 1,048,575 rows"),
        (evolve(table_of("a", cells=("x",)), count=600_000), "more than 1,048,575 rows"),
        (
            table_of("insz", "note", cells=("x", "y" * 32_768)),
            r"more than 32,767 characters in a cell \(line 1, column 'note'\)",
        ),
        (table_of("insz", "note", cells=("x", "\U0001f600" * 16_384)), "more than 32,767 characters"),
        (table_of("insz", "note", cells=("x", ["y" * 32_768])), "more than 32,767 characters"),
        (table_of(*(["x"] * 16_384), cells=("",) * 16_384), r"more than 16,384 columns \(line 1\)"),
        (
            Table(("a",), 1, lambda: iter([Row(1, ("x",), "long", {"n": "y" * 40_000})])),
            r"in a cell \(line 1\)",
        ),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_asked(table: Table, said: str) -> None:
    """With the place, and the formats that it fits into."""
    with pytest.raises(InvalidList, match=said) as refused:
        check_results(table, ("outcome",), "xlsx", 2)
    assert ".parquet" in refused.value.next_step
    for kind in ("csv", "jsonl", "parquet"):
        check_results(table, ("outcome",), kind, 2)


def test_what_just_fits() -> None:
    """The longest cell and the widest row."""
    check_results(table_of("insz", "note", cells=("x", "y" * 32_767)), ("outcome",), "xlsx")
    check_results(table_of(*(["x"] * 16_382), cells=("",) * 16_382), ("outcome",), "xlsx")
    check_results(evolve(table_of("a", cells=("x",)), count=1_048_575), (), "xlsx")
    data = result_of(table_of("insz", "note", cells=("x", "y" * 32_767)), "xlsx")
    assert sheets(data)["Results"][1][1] == "y" * 32_767


def test_a_list_that_grows_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row is left out in silence."""
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    table = read(b"insz\n1\n2\n3\n", "csv").table
    with pytest.raises(InvalidList, match="does not fit"):
        result_of(table, "xlsx")


def test_a_row_that_is_longer_than_the_others() -> None:
    """Its surplus stands behind our columns."""
    table = read(b"insz\n1\n" + b"2," * 1001 + b"y\n", "csv").table
    row = sheets(result_of(table, "xlsx", {"outcome": "x"}))["Results"][2]
    assert row[:4] == ["2", "x", "", "2"]
    assert row[-1] == "y"


# --- the writer's own files ---------------------------------------------------------------------------


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_it_works_in_a_folder_for_its_owner_alone(temporary: Path) -> None:
    """And leaves nothing of it."""
    table = table_of("insz", cells=(CITIZEN,))
    results = results_into(io.BytesIO(), table, (), "xlsx")
    results.add(ResultRow(next(table.rows()), {}))
    (folder,) = temporary.iterdir()
    assert folder.stat().st_mode & 0o077 == 0
    results.finish()
    assert list(temporary.iterdir()) == []


def test_a_result_that_is_given_up(temporary: Path) -> None:
    """Also when the run ends half-way."""
    results = results_into(io.BytesIO(), table_of("a", cells=("x",)), (), "xlsx")
    assert list(temporary.iterdir())
    del results
    assert list(temporary.iterdir()) == []


def test_a_disk_that_is_full() -> None:
    """Is the system's error, and no defect of ours."""
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OSError, match="No space left"):
        results_into(full, table_of("a", cells=("x",)), (), "xlsx").finish()


# --- there and back -----------------------------------------------------------------------------------

DAYS = st.dates(date(1900, 3, 1), date(2999, 12, 31))
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=20)
CELLS = st.one_of(
    TEXTS,
    st.integers(-(10**14), 10**14),
    st.booleans(),
    DAYS,
    st.integers(-(10**6), 10**6).map(lambda n: n / 100),
)


def same(cell: object) -> object:
    """As Excel knows it: an integral float is a whole number, and an `_x0041_` one character."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return re.sub("_x([0-9A-Fa-f]{4})_", "", cell) if isinstance(cell, str) else cell


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8))
def test_there_and_back(cells: list[tuple[object, ...]]) -> None:
    """Text, numbers, truth values and dates come back as they went."""
    rows = [Row(number, (f"x{number}", *row)) for number, row in enumerate(cells)]
    table = Table(("insz", "a", "b", "c"), len(rows), lambda: iter(rows))
    again = read(result_of(table, "xlsx"))
    assert again.table.columns == table.columns
    assert [list(map(same, row)) for row in again.cells] == [list(map(same, row.cells)) for row in rows]
