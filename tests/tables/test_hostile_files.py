"""Files that were made to harm whoever opens them: each ends in one clear error, within its limits."""

from __future__ import annotations

import io
import json
import os
import random
import re
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.numbers import CITIZEN, VALID_SSINS
from support.warm import REAL
from support.workbooks import converted, of_rows, patched, read, workbook
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from precontractual_async import InvalidList
from precontractual_async.tables import Source, read_list
from precontractual_async.tables.formats import archive
from precontractual_async.tables.formats import isolated_reader as apart
from precontractual_async.tables.formats.workbook_reader import MOST_CELLS

SHEET = "xl/worksheets/sheet1.xml"
ROWS = of_rows(["INSZ", "Naam"], *([number, "x"] for number in VALID_SSINS))


def refused(data: bytes, kind: str = "xlsx") -> str:
    """What is said of a file that cannot be read; it has a next step and no number."""
    with pytest.raises(InvalidList) as caught:
        read_list(Source(io.BytesIO(data)), kind)
    assert caught.value.next_step
    assert not any(number in str(caught.value) for number in VALID_SSINS)
    return str(caught.value)


def peak_of_children() -> float:
    """MB, of the largest so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


# --- archives -----------------------------------------------------------------------------------------


def zipped(*parts: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as into:
        for name, content in parts:
            into.writestr(name, content)
    return file.getvalue()


def test_what_unpacks_to_very_much() -> None:
    """Told from the directory, before anything is unpacked."""
    began = time.perf_counter()
    assert "times what it weighs" in refused(zipped((SHEET, bytes(100 << 20))))
    random_part = random.Random(1).randbytes(1 << 20)
    many = [(f"xl/{number}.xml", random_part) for number in range(1 + (archive.MOST_UNPACKED >> 20))]
    assert "more than 500 MB" in refused(declared(zipped(*many[:2]), len(many) << 19))
    assert time.perf_counter() - began < 20


def declared(data: bytes, size: int) -> bytes:
    """The same archive, whose directory says that each part has so many bytes."""
    start = data.index(b"PK\x01\x02")
    entries = data[start:]
    at = 0
    while (at := entries.find(b"PK\x01\x02", at)) >= 0:
        entries = entries[: at + 24] + struct.pack("<I", size) + entries[at + 28 :]
        at += 46
    return data[:start] + entries


def test_a_directory_that_lies() -> None:
    """What it does not tell is not unpacked."""
    honest = zipped(("[Content_Types].xml", b"<x/>"), (SHEET, bytes(200 << 20)))
    before = peak_of_children()
    assert refused(declared(honest, 100)).startswith("the workbook is damaged")
    assert peak_of_children() <= max(before, 150)


def test_many_parts() -> None:
    """More than any workbook has."""
    assert "more than 10,000 parts" in refused(
        zipped(*((f"{n}.xml", b"") for n in range(archive.MOST_ENTRIES + 1)))
    )


def test_only_sheets_are_unpacked() -> None:
    """Pictures, macros, other workbooks and references to them are left where they are."""
    good = workbook(("List", ROWS))
    parts = (
        *("xl/media/image1.xml", "xl/embeddings/book.bin", "xl/externalLinks/externalLink1.xml"),
        *("xl/vbaProject.bin", "../../outside.xml", "/etc/passwd.txt", "xl/nested.xlsx"),
    )
    with zipfile.ZipFile(io.BytesIO(good)) as old:
        names = [(name, old.read(name)) for name in old.namelist()]
    into = io.BytesIO()
    archive.sheets_only(io.BytesIO(zipped(*names, *((part, b"x") for part in parts))), into)
    with zipfile.ZipFile(into) as copy:
        assert set(copy.namelist()) & set(parts) == {"../../outside.xml"}  # a name in a copy, and no file
        assert SHEET in copy.namelist()


def test_a_part_that_wants_a_password() -> None:
    """Is not unpacked at all."""
    data = bytearray(workbook(("List", ROWS)))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(signature), bytes(data)):
            data[found.start() + at] |= 1
    assert refused(bytes(data)).startswith("the workbook is damaged")


def test_a_protected_workbook() -> None:
    """Is one file of another kind, which holds the workbook encrypted."""
    assert "password" in refused(compound("EncryptedPackage"))


def compound(name: str) -> bytes:
    """The smallest file of Microsoft's compound kind, with one empty stream of that name."""
    end, free, none = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF
    signature = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    layout = (0x3E, 3, 0xFFFE, 9, 6), (0, 1, 1, 0, 4096, end, 0, end, 0)
    header = struct.pack("<8s16x5H6x9I", signature, *layout[0], *layout[1])
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    table = struct.pack("<II", 0xFFFFFFFD, end) + struct.pack("<I", free) * 126

    def entry(title: str, kind: int, child: int) -> bytes:
        text = title.encode("utf-16-le")
        return text.ljust(64, b"\0") + struct.pack(
            "<HBBIII36xIQ", len(text) + 2, kind, 1, none, none, child, end, 0
        )

    folder = entry("Root Entry", 5, 1) + entry(name, 2, none)
    return header + table + folder.ljust(512, b"\0")


# --- sheets -------------------------------------------------------------------------------------------


def test_two_cells_far_apart() -> None:
    """A reader would take 500 GB for all that lies between them: it may not."""

    def fill(sheet: Worksheet, book: Workbook) -> None:
        sheet.write_string(0, 0, "INSZ")
        sheet.write_string(1_048_575, 16_383, CITIZEN)

    assert "more than the 1,024 MB" in refused(workbook(("List", fill)))


def test_more_cells_than_are_read() -> None:
    """The limit is told, and what to do."""

    def fill(sheet: Worksheet, book: Workbook) -> None:
        sheet.write_string(0, 0, "INSZ")
        sheet.write_string(MOST_CELLS // 10, 9, CITIZEN)

    assert "spans 500,001 rows and 10 columns, more than 5,000,000 cells" in refused(workbook(("List", fill)))


def test_cells_that_are_repeated_for_ever(tmp_path: Path) -> None:
    """As ODS says it in a few bytes."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook(("List", ROWS)))
    ods = converted(path, "ods").read_bytes()

    def repeated(xml: bytes) -> bytes:
        many = b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" '
        start = xml.index(b"<table:table-row")
        return (
            xml[:start]
            + many
            + b'office:value-type="string"><text:p>INSZ</text:p></table:table-cell></table:table-row>'
            + xml[start:]
        )

    assert refused(patched(ods, "content.xml", repeated), "ods")


def test_a_row_that_is_enormous() -> None:
    """Its text would be held whole."""
    rows = of_rows(["INSZ"], [CITIZEN, *("x" * 32_000 for _ in range(140))])
    assert "line 2 of a sheet holds more than 4 MB" in refused(workbook(("List", rows)))


def test_entities_are_not_followed(tmp_path: Path) -> None:
    """Neither into files nor into themselves."""
    secret = tmp_path / "secret"
    secret.write_text("what stands in another file")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    doctype = f'<!DOCTYPE x [{laughs}<!ENTITY out SYSTEM "{secret.as_uri()}">]>'.encode()

    def with_entities(xml: bytes) -> bytes:
        text = xml.replace(b"Naam", b"&out;&l11;")
        return text.replace(b"?>", b"?>" + doctype, 1)

    data = patched(workbook(("List", ROWS)), "xl/sharedStrings.xml", with_entities)
    try:
        found = read(data)
    except InvalidList:
        return
    assert "another file" not in str(found.table.columns)
    assert len(str(found.table.columns)) < 1000


def test_thousands_of_merged_cells_take_no_time() -> None:
    """Also when all of them lie over the header."""
    ranges = b"".join(b'<mergeCell ref="A1:XFD%d"/>' % (2 + n % 9) for n in range(50_000))

    def merged(xml: bytes) -> bytes:
        return xml.replace(b"</sheetData>", b'</sheetData><mergeCells count="50000">%s</mergeCells>' % ranges)

    wide = of_rows(["INSZ", *("x" for _ in range(16_000))], [CITIZEN])
    began = time.perf_counter()
    with suppress(InvalidList):
        read(patched(workbook(("List", wide)), SHEET, merged))
    assert time.perf_counter() - began < 30


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"insz;start\n1;2\n",
        b"<html><table><tr><td>insz</td></tr></table></html>",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
        zipped(("hello.txt", b"hello")),
        zipped(("[Content_Types].xml", b"<Types/>")),
    ],
    ids=count(),  # an archive holds the time, and the processes of xdist must agree on names
)
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_what_is_no_workbook(data: bytes, kind: str) -> None:
    """Text with the suffix of a workbook, the beginning of one, an empty archive."""
    refused(data, kind)


# --- Parquet ------------------------------------------------------------------------------------------


def parquet(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_a_long_text_that_is_repeated() -> None:
    """A few bytes that would be 50 GB: the process that reads them first may not take so much."""
    text = pa.array(["x" * (10 << 20), "y"])
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), text)
    data = parquet(pa.table({"insz": column}), compression="zstd", store_schema=False)
    assert len(data) < 100_000
    assert "more than the 1,024 MB" in refused(data, "parquet")


def test_more_rows_than_there_are_citizens() -> None:
    """By the metadata, before any is read."""
    rows = 20_000_001
    column = pa.DictionaryArray.from_arrays(pa.array(bytearray(rows), pa.int8()), pa.array(["1"]))
    assert "more than 20,000,000 rows" in refused(parquet(pa.table({"insz": column})), "parquet")


def test_too_many_columns() -> None:
    """As in every other format."""
    names = {f"c{number}": ["1"] for number in range(16_385)}
    assert "more than 16,384 columns" in refused(parquet(pa.table(names)), "parquet")


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1\xff\xff\xff\x7fPAR1", b"PARE" + bytes(100) + b"PARE"])
def test_what_is_no_parquet(data: bytes) -> None:
    """A footer that is not there, is longer than the file, or is encrypted."""
    assert "no Parquet file" in refused(data, "parquet")


# --- whatever it is -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A good list in each format."""
    path = tmp_path_factory.mktemp("good") / "list.xlsx"
    path.write_bytes(workbook(("List", ROWS)))
    return {
        "xlsx": path.read_bytes(),
        "ods": converted(path, "ods").read_bytes(),
        "xls": converted(path, "xls").read_bytes(),
        "parquet": parquet(pa.table({"insz": VALID_SSINS, "n": [["x"]] * len(VALID_SSINS)})),
    }


def flipped(draw: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 3, 30))):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def cut(draw: random.Random, data: bytes) -> bytes:
    return data[: draw.randrange(len(data))]


def moved(draw: random.Random, data: bytes) -> bytes:
    at, length = draw.randrange(len(data)), draw.randrange(64)
    return data[:at] + data[at + length :] + data[at : at + length]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods", "parquet"])
def test_mutations_end_in_a_table_or_a_typed_error(good: dict[str, bytes], kind: str) -> None:
    """Bytes flipped, cut, moved; within archives also those of a sheet. Never a crash, never a hang."""
    draw = random.Random(7)
    ways: tuple[Callable[[random.Random, bytes], bytes], ...] = (flipped, cut, moved)
    part = {"xlsx": SHEET, "ods": "content.xml"}.get(kind)
    ends = set()
    for number in range(30):
        way = partial(draw.choice(ways), draw)
        data = patched(good[kind], part, way) if part and number % 2 else way(good[kind])
        try:
            ends.add(str(len(list(read_list(Source(io.BytesIO(data)), kind).rows()))))
        except InvalidList as error:
            ends.add(str(error))
    assert len(ends) > 1


# --- the other process --------------------------------------------------------------------------------


def test_it_is_given_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has the same account can look up what a process has in its environment."""
    monkeypatch.setenv("PRECONTRACTUAL_PRIVATE_KEY", "secret")
    assert "secret" not in json.dumps(apart._environment())
    assert read(workbook(("List", ROWS))).table.count == len(VALID_SSINS)


def test_it_may_not_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended, and what it was about is told."""
    monkeypatch.setattr(apart, "_WAIT", 0.001)
    assert "too long" in refused(workbook(("List", ROWS)))


def test_what_it_finds_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can open it, and nothing of it is left."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    table = read(workbook(("List", ROWS))).table
    assert list(tmp_path.iterdir()) == []
    assert len(list(table.rows())) == len(VALID_SSINS)


@pytest.mark.parametrize(
    ("limits", "into", "code"),
    [("true", "/dev/full", apart._NO_ROOM), ("ulimit -f 8", "found", apart._TOO_LARGE), ("true", "found", 0)],
)
def test_no_room_for_what_it_finds(limits: str, into: str, code: int, tmp_path: Path) -> None:
    """A disk that is full, or more than may be written: the end of the process tells which."""
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook(("List", of_rows(["INSZ"], *([CITIZEN, "x" * 100] for _ in range(500))))))
    command = [
        "sh",
        "-c",
        f'{limits}; exec "$@"',
        "sh",
        sys.executable,
        "-P",
        "-c",
        apart._PROGRAM,
        "workbook_reader",
    ]
    # Compiled modules, cut at the limit, would fail every process after this one.
    environment = apart._environment() | {"PYTHONDONTWRITEBYTECODE": "1"}
    with path.open("rb") as given, (tmp_path / into).open("wb") as found:
        done = subprocess.run(command, stdin=given, stdout=found, env=environment, check=False)
    assert done.returncode == code
    assert code == 0 or code in apart._SAID_BY_ITS_END


# --- what is not installed ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "kind", "extra"),
    [
        ("python_calamine", "xlsx", "xlsx"),
        ("python_calamine", "ods", "xlsx"),
        ("olefile", "xls", "xlsx"),
        ("pyarrow", "parquet", "parquet"),
    ],
)
def test_an_extra_that_is_missing(
    missing: str, kind: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names it, and the command that installs it."""
    module = {"xlsx": "workbook"}.get(extra, "parquet")
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, f"precontractual_async.tables.formats.{module}", raising=False)
    with pytest.raises(InvalidList, match=f"needs {missing}, which is not installed") as told:
        read_list(Source(io.BytesIO(b"x")), kind)
    assert told.value.next_step == f"pip install 'precontractual-async[{extra}]'"


def test_a_list_that_is_text_needs_none_of_them() -> None:
    """They are imported when they are used."""
    code = (
        "import io, sys\n"
        "from precontractual_async.tables import Source, check_results, read_list, results_into\n"
        "import precontractual_async.cli.screen\n"
        "table = read_list(Source(io.BytesIO(b'insz\\n1\\n')), 'csv')\n"
        "check_results(table, (), 'jsonl')\n"
        "results_into(io.BytesIO(), table, (), 'csv')\n"
        "print({'pyarrow', 'xlsxwriter', 'python_calamine', 'numpy'} & set(sys.modules))\n"
    )
    done = subprocess.run([REAL, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout == "set()\n"
