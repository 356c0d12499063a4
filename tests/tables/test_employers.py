"""A list by employer: nothing of one is in another's result, whatever the formats of both."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import field, frozen
from support.batch import BEGAN, answered
from support.journals import InlineJournal
from support.numbers import CITIZEN, ENTERPRISE, enterprises, generated
from support.workbooks import of_rows, workbook

from precontractual_async import (
    Caller,
    Candidate,
    EnterpriseNumber,
    Entry,
    MemoryJournal,
    PrecontractualClient,
    Query,
    Settings,
    Status,
)
from precontractual_async.batch.list_screening import Screening
from precontractual_async.cli import split as cli_split
from precontractual_async.cli.split import Split, writing_split_changes
from precontractual_async.journal.list_snapshots import QuestionState
from precontractual_async.model.planning import Planner
from precontractual_async.tables import Audience, ListChanged, Source, read_list
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.employers import ByEmployer
from precontractual_async.tables.file_set import FileSet, written_together
from precontractual_async.tables.questions import Questions

DAY = "2026-12-01"
EMPLOYERS = tuple(enterprises(40))
HEADER = ("insz", "start", "kbo", "naam", "vestiging")
ME = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))


@frozen
class Person:
    """A row of the list; each has a name that nobody else has, and each employer a place of its own."""

    ssin: str = field(repr=False)
    employer: str

    @property
    def name(self) -> str:
        return f"Naam{self.ssin[::-1]}x"

    @property
    def place(self) -> str:
        return f"Vestiging-van-{self.employer[::-1] or 'mij'}"

    @property
    def cells(self) -> tuple[str, ...]:
        return self.ssin, DAY, self.employer, self.name, self.place


PEOPLE = tuple(Person(ssin, EMPLOYERS[at * 7 % 40]) for at, ssin in enumerate(generated(400)))
WRONG = Person("07010189901", ENTERPRISE[:-1] + str((int(ENTERPRISE[-1]) + 1) % 10))
OWN = Person("10010190162", "")
ROWS = [each.cells for each in (*PEOPLE, WRONG, OWN)]


def as_csv(rows: Sequence[tuple[str, ...]] = ROWS) -> bytes:
    return "\n".join(";".join(row) for row in (HEADER, *rows)).encode()


def as_jsonl(rows: Sequence[tuple[str, ...]] = ROWS) -> bytes:
    """With a member in each employer's rows that bears its own name."""
    documents = (dict(zip(HEADER, row, strict=True)) | {f"veld {row[4]}": "x"} for row in rows)
    return "\n".join(map(json.dumps, documents)).encode()


def as_workbook(rows: Sequence[tuple[str, ...]] = ROWS) -> bytes:
    return workbook((f"Lijst {PEOPLE[0].name}", of_rows(HEADER, *rows)))


def as_parquet(rows: Sequence[tuple[str, ...]] = ROWS) -> bytes:
    """Whose places are kept as categories, lists of them too, with what somebody said of a column."""
    columns = {name: pa.array([row[at] for row in rows]) for at, name in enumerate(HEADER)}
    columns["vestiging"] = columns["vestiging"].dictionary_encode()
    several = pa.list_(pa.dictionary(pa.int16(), pa.string()))
    columns["plaatsen"] = pa.array([[row[4], None] for row in rows], several)
    fields = [
        pa.field(name, column.type, metadata={"first": PEOPLE[0].name}) for name, column in columns.items()
    ]
    file = io.BytesIO()
    table = pa.table(list(columns.values()), schema=pa.schema(fields, metadata={"all": PEOPLE[1].name}))
    pq.write_table(table, file)
    return file.getvalue()


LISTS: dict[str, Callable[..., bytes]] = {
    "csv": as_csv,
    "jsonl": as_jsonl,
    "xlsx": as_workbook,
    "parquet": as_parquet,
}


def split_of(settings: Settings, content: bytes, kind: str, output: Path) -> tuple[Screening, Split]:
    table = read_list(Source(io.BytesIO(content)), kind)
    questions = Questions(table, find_columns(table.columns, {}, needs_date=True))
    split = Split(ByEmployer(questions, settings.caller), str(output))
    return Screening(questions, MemoryJournal()), split


async def _learn(journal: MemoryJournal) -> None:
    """An answer about everybody, with references."""
    planner = Planner(ME, None)
    for person in PEOPLE:
        query = planner.plan(Candidate(person.ssin, DAY, person.employer))
        assert isinstance(query, Query)
        await journal.keep([Entry.of(answered(query, BEGAN, Status.OK, Status.NOK, 0), BEGAN)])


def written(settings: Settings, content: bytes, kind: str, output: Path) -> tuple[Screening, Split]:
    """A result for each employer, as the command writes them."""
    screening, split = split_of(settings, content, kind, output)

    async def write() -> None:
        assert isinstance(screening.journal, MemoryJournal)
        await _learn(screening.journal)
        client = PrecontractualClient(settings, now=lambda: BEGAN)
        with written_together(may_replace=lambda: True) as files:
            await split.write(screening, client, files, output.suffix[1:])
        assert files.paths == split.paths

    asyncio.run(write())
    return screening, split


def every_byte(path: Path) -> bytes:
    """All that is in a file, unpacked."""
    content = path.read_bytes()
    if path.suffix != ".xlsx":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join((content, *(archive.read(name) for name in archive.namelist())))


def secrets_of(people: Iterator[Person] | tuple[Person, ...]) -> set[bytes]:
    return {
        text.encode() for each in people for text in (each.ssin, each.employer, each.name, each.place) if text
    }


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx", "parquet"])
def test_no_byte_of_one_is_in_anothers(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, suffix: str
) -> None:
    """Forty employers; numbers, names, references, names of columns and sheets, categories and metadata."""
    monkeypatch.setattr(pq, "ParquetWriter", partial(pq.ParquetWriter, compression="none"))
    output = tmp_path / f"results-{{enterprise}}.{suffix}"
    screening, split = written(settings, LISTS[kind](), kind, output)
    assert split.facts() == {"employers": 41, "unattributed": 1}
    assert screening.tally.counts().outcomes == {"answered": 400, "refused": 1, "pending": 1}
    everybody = (*PEOPLE, WRONG, OWN)
    files = {each: output.with_name(f"results-{each or ENTERPRISE}.{suffix}") for each in (*EMPLOYERS, "")}
    files[WRONG.employer] = output.with_name(f"results-unattributed.{suffix}")
    assert {*files.values()} == {*tmp_path.iterdir()}
    for employer, path in files.items():
        theirs = secrets_of(tuple(each for each in everybody if each.employer == employer))
        content = every_byte(path)
        found = {each for each in secrets_of(everybody) if each in content}
        assert theirs <= found
        assert {each.decode() for each in found - theirs} == set()
        assert path.stat().st_mode & 0o777 == 0o600


# --- what changed, to each what is theirs

GONE = EMPLOYERS[:9]
"""Of whom the second night has nobody."""
LEFT = tuple(each for at, each in enumerate(PEOPLE) if at % 3 == 0 or each.employer in GONE)
STAY = (*(each for each in PEOPLE if each not in LEFT), OWN)


def told(
    settings: Settings,
    folder: Path,
    people: tuple[Person, ...],
    kind: str,
    suffix: str,
    statuses: tuple[Status, Status],
) -> Split:
    """What changed since the night before, as the command writes it."""
    content = LISTS[kind]([each.cells for each in people])
    output = folder / f"out-{{enterprise}}.{suffix}"
    screening, split = split_of(settings, content, kind, output)
    arguments = argparse.Namespace(
        list="/list",
        journal=str(folder / "j.db"),
        changes=str(folder / f"changes-{{enterprise}}.{suffix}"),
        format=None,
        hours_below=None,
        hours_step=None,
    )

    async def write(journal: InlineJournal) -> None:
        planner = Planner(ME, None)
        queries = [planner.plan(Candidate(each.ssin, DAY, each.employer)) for each in people]
        asked = [each for each in queries if isinstance(each, Query)]
        await journal.keep([Entry.of(answered(each, BEGAN, *statuses, 0), BEGAN) for each in asked])
        screening.journal = journal
        client = PrecontractualClient(settings, now=lambda: BEGAN)
        reader = Audience("en", screening.questions.columns, BEGAN.date())
        with (
            writing_split_changes(arguments, journal, split, reader) as screening.changes,
            written_together(may_replace=lambda: True) as files,
        ):
            await screening.changes.begin()
            await split.write(screening, client, files, suffix)
            await split.end(screening.changes)
        await screening.changes.keep(BEGAN)

    with closing(InlineJournal.at(folder / "j.db").store) as store:
        asyncio.run(write(InlineJournal(store)))
    return split


@pytest.mark.parametrize(  # what a list was read from is no part of a change: each format is once on each side
    ("kind", "suffix"), [("csv", "xlsx"), ("jsonl", "csv"), ("parquet", "jsonl"), ("xlsx", "parquet")]
)
def test_no_byte_of_one_is_in_anothers_changes(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, suffix: str
) -> None:
    """Few files open at a time; whoever is no longer in the list hears of who left, and nobody else does."""
    monkeypatch.setattr(pq, "ParquetWriter", partial(pq.ParquetWriter, compression="none"))
    monkeypatch.setattr(cli_split, "_AT_ONCE", 4)
    told(settings, tmp_path, (*PEOPLE, WRONG, OWN), kind, suffix, (Status.OK, Status.NOK))
    for path in tmp_path.glob(f"*.{suffix}"):
        path.unlink()
    split = told(settings, tmp_path, STAY, kind, suffix, (Status.NOK, Status.OK))
    everybody = (*PEOPLE, WRONG, OWN)
    files = {each: tmp_path / f"changes-{each or ENTERPRISE}.{suffix}" for each in (*EMPLOYERS, "")}
    files[WRONG.employer] = tmp_path / f"changes-unattributed.{suffix}"
    assert {*files.values()} == {*tmp_path.glob("changes-*")}
    assert len(split.parts.shares) == 32
    for employer, path in files.items():
        content = every_byte(path)
        found = {each for each in secrets_of(everybody) if each in content}
        theirs = secrets_of(tuple(each for each in everybody if each.employer == employer))
        assert found <= theirs
        rows = secrets_of(tuple(each for each in STAY if each.employer == employer))
        left = {each.ssin.encode() for each in (*LEFT, WRONG) if each.employer == employer}
        assert rows | left <= found
        assert path.stat().st_mode & 0o777 == 0o600


def test_each_change_is_in_one_file(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them together are what one file would hold."""
    monkeypatch.setattr(cli_split, "_AT_ONCE", 4)
    told(settings, tmp_path, (*PEOPLE, WRONG, OWN), "csv", "csv", (Status.OK, Status.NOK))
    for path in tmp_path.glob("*.csv"):
        path.unlink()
    told(settings, tmp_path, STAY, "csv", "csv", (Status.NOK, Status.OK))
    rows = [
        (row["insz"], row["change"])
        for path in tmp_path.glob("changes-*.csv")
        for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";")
    ]
    assert len(rows) == len(set(rows))
    assert {kind for _, kind in rows} == {"changed", "left"}
    assert {number for number, kind in rows if kind == "left"} == {each.ssin for each in (*LEFT, WRONG)}


@pytest.mark.parametrize(
    ("number", "word", "is_read", "whose"),
    [
        (EMPLOYERS[0], "ok/ok", True, EMPLOYERS[0]),
        (EMPLOYERS[0], "ok/ok", False, EMPLOYERS[0]),  # an older program told it
        (EMPLOYERS[0], "refused", True, EMPLOYERS[0]),
        (EMPLOYERS[0], "refused", False, None),  # nobody knows what its cells mean
        (ENTERPRISE, "ok/ok", True, ENTERPRISE),
        ("", "refused", True, None),  # whoever asked that night
        ("12", "refused", True, None),
    ],
)
def test_whose_a_row_was(
    settings: Settings, number: str, word: str, is_read: bool, whose: str | None
) -> None:
    """Of one that has left there is no row to look at, and what is not certain is nobody's."""
    _, split = split_of(settings, as_csv(ROWS[:3]), "csv", Path("{enterprise}.csv"))
    reader = Audience("en", split.parts.questions.columns, BEGAN.date())
    changes = cli_split.SplitChanges(
        split.parts, "{enterprise}.csv", "csv", FileSet(), reader, lambda _: None
    )
    left = QuestionState(word, None, None, (CITIZEN, DAY, number, "all"), is_read=is_read)
    found = changes._whose(left)
    assert (found and found.digits) == whose


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx", "parquet"])
def test_together_they_are_the_list(settings: Settings, tmp_path: Path, suffix: str) -> None:
    """Every row once, in the list's order for each employer."""
    _, split = written(settings, as_csv(), "csv", tmp_path / f"{{enterprise}}.{suffix}")
    for employer in (*list(split.parts.shares)[:4], None, ME.employer):
        path = split.path_of(employer)
        with path.open("rb") as file:
            numbers = [row.cells[0] for row in read_list(Source(file), suffix).rows()]
        digits = WRONG.employer if employer is None else employer.digits
        expected = [each.ssin for each in (*PEOPLE, WRONG, OWN) if (each.employer or ENTERPRISE) == digits]
        assert numbers == expected


def test_whose_a_row_is(settings: Settings) -> None:
    """Of whoever asks, when it names nobody; nobody's, when its number is wrong or it cannot be read."""
    lines = (
        {"insz": CITIZEN, "start": DAY, "kbo": EMPLOYERS[0]},
        {"insz": "typing mistake", "start": DAY, "kbo": EMPLOYERS[0]},
        {"insz": CITIZEN, "start": DAY},
        {"insz": CITIZEN, "start": DAY, "kbo": " "},
        {"insz": CITIZEN, "start": DAY, "kbo": "123"},
    )
    content = "\n".join([*map(json.dumps, lines), "[]"]).encode()
    _, split = split_of(settings, content, "jsonl", Path("{enterprise}.csv"))
    whose = [split.parts.employer_of(row) for row in split.parts.questions.table.rows()]
    first = EnterpriseNumber.parse(EMPLOYERS[0])
    assert whose == [first, first, ME.employer, ME.employer, None, None]
    assert split.unattributed == 2


def test_a_mandatary_asks_for_the_employer_of_its_settings(settings: Settings) -> None:
    content = f"insz;start\n{CITIZEN};{DAY}\n".encode()
    table = read_list(Source(io.BytesIO(content)), "csv")
    questions = Questions(table, find_columns(table.columns, {}, needs_date=True))
    other = EnterpriseNumber.parse(EMPLOYERS[0])
    assert list(ByEmployer(questions, ME.asking_for(other)).shares) == [other]
    del settings


def test_an_employer_that_comes_meanwhile(settings: Settings) -> None:
    """Has no file: the list was changed."""
    file = io.BytesIO(f"insz;start;kbo\n{CITIZEN};{DAY};{EMPLOYERS[0]}\n".encode())
    table = read_list(Source(file), "csv")
    parts = ByEmployer(Questions(table, find_columns(table.columns, {}, needs_date=True)), settings.caller)
    file.seek(0)
    file.write(f"insz;start;kbo\n{CITIZEN};{DAY};{EMPLOYERS[1]}\n".encode())
    with pytest.raises(ListChanged, match="there are employers"):
        list(parts.only(list(parts.shares)).pairs())
