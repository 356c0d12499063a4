"""A list on the page: how it is understood, what is wrong with it, and what the page asks."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.console import Visitor, console
from support.hostile import TEXTS
from support.numbers import CITIZEN, VALID_SSINS
from support.workbooks import of_rows, workbook

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import Sandbox, generate_ssins
from precontractual_async.words import LANGUAGES

DAY = StartDateWindow.at(utc_now()).last.isoformat()
FAR = (StartDateWindow.at(utc_now()).last + timedelta(days=400)).isoformat()
ROWS = [["naam", "insz", "startdatum"], ["Jan", CITIZEN, DAY], ["An", "123", DAY]]


@pytest.fixture
async def visitor(pem: str) -> AsyncIterator[Visitor]:
    async with Sandbox(private_key_pem=pem) as sandbox, console(sandbox) as one:
        await one.enter()
        yield one
        assert sandbox.ledger.calls == 0  # looking at a list asks nothing


def as_parquet() -> bytes:
    names, *rows = ROWS
    file = io.BytesIO()
    pq.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), file)
    return file.getvalue()


FILES = {
    "list.csv": "\n".join(";".join(row) for row in ROWS).encode(),
    "list.tsv": "\n".join("\t".join(row) for row in ROWS).encode(),
    "list.jsonl": "\n".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) for row in ROWS[1:]).encode(),
    "list.xlsx": workbook(("Blad1", of_rows(*ROWS))),
    "list.parquet": as_parquet(),
}


@pytest.mark.parametrize("name", FILES)
async def test_every_format_is_understood(visitor: Visitor, name: str) -> None:
    """Which column is what, what is wrong with which row, how many calls; and the first rows, masked."""
    reply = await visitor.give(name, FILES[name])
    assert (reply.status, reply.path) == (200, "/lists/1")
    assert "citizen in 'insz'" in reply.words
    assert "start date in 'startdatum'" in reply.words
    assert "SSIN: 3 digits where 11 are needed (line" in reply.words
    assert "to be asked: 1" in reply.words
    assert "1 call, about 1 s at 50 a second" in reply.words
    assert "*********01" in reply.words
    assert "Jan" in reply.words
    assert CITIZEN not in reply.text
    assert "/lists/1/start" in reply.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_told_in_each_language(visitor: Visitor, language: str) -> None:
    await visitor.give("list.csv", FILES["list.csv"])
    reply = await visitor.post("/language", {"language": language, "back": "/lists/1"})
    assert reply.path == "/lists/1"
    said = {
        "nl": "burger in 'insz'",
        "fr": "citoyen dans 'insz'",
        "de": "Bürger in 'insz'",
        "en": "citizen in 'insz'",
    }
    assert said[language] in reply.words
    assert f'<html lang="{language}">' in reply.text


async def test_the_language_leads_nowhere_else(visitor: Visitor) -> None:
    for back in ("//evil.example/", "http://evil.example/", "/enter?once=x", "/lists/x", "\\\\evil", ""):
        assert (await visitor.post("/language", {"language": "nl", "back": back})).path == "/"
    await visitor.post("/language", {"language": "xx"})
    assert visitor.office.language == "nl"


async def test_two_columns_that_could_be_it_are_asked_about(visitor: Visitor) -> None:
    """Nothing can be started before one was chosen; then the page tells what that means."""
    text = f"insz;niss;startdatum\n{VALID_SSINS[0]};{VALID_SSINS[1]};{DAY}\n"
    reply = await visitor.give("list.csv", text.encode())
    assert "several columns could hold the citizen: 'insz', 'niss'" in reply.words
    assert "--citizen-column" not in reply.text
    assert "/start" not in reply.text
    assert (await visitor.post("/lists/1/start")).path == "/lists/1"
    reply = await visitor.post("/lists/1", {"citizen": "1"})
    assert "citizen in 'niss'" in reply.words
    assert '<option value="1" selected>niss</option>' in reply.text
    assert "/lists/1/start" in reply.text


async def test_a_column_of_employers_is_left_out(visitor: Visitor) -> None:
    """An employer that asks for itself may ask for nobody else, whatever its list has."""
    text = f"insz;startdatum;ondernemingsnummer\n{VALID_SSINS[0]};{DAY};0400.000.086\n"
    reply = await visitor.give("list.csv", text.encode())
    assert "represented enterprise number in 'ondernemingsnummer'" in reply.words
    reply = await visitor.post("/lists/1", {"represented_enterprise_number": "none"})
    assert "represented enterprise number in no column" in reply.words
    assert '<option value="none" selected>no column</option>' in reply.text
    reply = await visitor.post("/lists/1", {"represented_enterprise_number": ""})
    assert "represented enterprise number in 'ondernemingsnummer'" in reply.words


async def test_a_list_without_dates_is_asked_for_one(visitor: Visitor) -> None:
    """One for all, which may be taken back."""
    reply = await visitor.give("list.csv", f"insz\n{CITIZEN}\n".encode())
    assert "no column with start dates was found among: 'insz'" in reply.words
    assert "/start" not in reply.text
    reply = await visitor.post("/lists/1", {"date": DAY})
    assert "to be asked: 1" in reply.words
    assert "/lists/1/start" in reply.text
    assert "--start-date" not in reply.text
    reply = await visitor.post("/lists/1", {"date": FAR})
    assert "deferred: 1" in reply.words
    assert "/start" not in (await visitor.post("/lists/1", {"date": ""})).text


async def test_a_workbook_with_two_lists_is_asked_about(visitor: Visitor) -> None:
    """The sheets have their names; one that is chosen is shown at once, and columns are those of the sheet."""
    other = [["niss", "date de début"], [VALID_SSINS[1], DAY], [VALID_SSINS[2], DAY]]
    data = workbook(("Gent", of_rows(*ROWS)), ("Liège <b>", of_rows(*other)))
    reply = await visitor.give("both.xlsx", data)
    assert "several sheets could be the list: 'Gent', 'Liège <b>'" in reply.words
    assert "--sheet" not in reply.text
    reply = await visitor.post("/lists/1", {"sheet": "1"})
    assert "to be asked: 2" in reply.words
    assert "<b>" not in reply.text
    reply = await visitor.post("/lists/1", {"sheet": "0", "citizen": "0"})
    assert "citizen in 'insz'" in reply.words


async def test_choices_that_are_none_choose_nothing(visitor: Visitor) -> None:
    await visitor.give("list.csv", FILES["list.csv"])
    for position in ("9", "-1", "x", "٣", "1" * 50):
        reply = await visitor.post("/lists/1", {"citizen": position, "sheet": position, "type": position})
        assert "to be asked: 1" in reply.words
    assert (await visitor.get("/lists/99")).path == "/"


async def test_what_is_no_list_is_told(visitor: Visitor) -> None:
    assert "By its name this is no list" in (await visitor.give("list.pdf", b"%PDF")).words
    assert "Choose a file first" in (await visitor.give("", b"")).words
    reply = await visitor.give("list.csv", FILES["list.xlsx"])
    assert "the list is a workbook" in reply.words
    reply = await visitor.give("list.csv", b"")
    assert reply.path == "/lists/2"
    assert "/start" not in reply.text


async def test_what_comes_from_a_list_is_escaped(visitor: Visitor) -> None:
    """In headers, cells, names of files and of sheets: none of it becomes a part of the page."""
    plain = ["".join(each for each in text if each.isprintable()) for text in TEXTS]
    for at, text in enumerate(plain, 1):
        header = json.dumps({text: text, "insz": CITIZEN, "startdatum": text})
        reply = await visitor.give(f"{text}.jsonl", header.encode())
        assert reply.status == 200, at
        for part in (
            "<script>window",
            "<img src=x",
            "<svg onload",
            "<iframe",
            "<a href='javascript",
            "<base",
        ):
            assert part not in reply.text
        assert reply.text.count("</html>") == 1


async def test_only_a_few_lists_are_kept(visitor: Visitor) -> None:
    for number in range(1, 7):
        assert (await visitor.give("list.csv", FILES["list.csv"])).path == f"/lists/{number}"
    assert (await visitor.get("/lists/1")).path == "/"
    assert (await visitor.get("/lists/6")).path == "/lists/6"


async def test_a_long_list_is_looked_at(visitor: Visitor) -> None:
    text = "\n".join(["insz;startdatum", *(f"{each};{DAY}" for each in generate_ssins(5_000))])
    reply = await visitor.give("list.csv", text.encode())
    assert "5,000 calls, about 1 min 40 s" in reply.words


async def test_the_first_rows_show_start_dates_and_employers(visitor: Visitor) -> None:
    """Whoever checks a list must see them; numbers of citizens stay masked, also in these columns."""
    rows = (
        "insz;startdatum;ondernemingsnummer;telefoon",
        f"{CITIZEN};31/02/2027;BE0410001479;0470123456",
        f"{CITIZEN};{CITIZEN};{CITIZEN};1",
    )
    reply = await visitor.give("list.csv", "\n".join(rows).encode())
    assert "as recognised: no column" in reply.words
    assert "31/02/2027" in reply.words
    assert "0410.001.479" in reply.words
    assert "0470123456" not in reply.text
    assert CITIZEN not in reply.text
