"""The dry run: what it tells of messy lists, that it changes and asks nothing, and that a run does as it says."""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from attrs import frozen
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support.command import Done, clean_environment, run
from support.numbers import CITIZEN, ENTERPRISE, INVALID_SSINS, VALID_SSINS, generated
from support.warm import REAL

from precontractual_async import InvalidList, PrecontractualClient, SqliteJournal
from precontractual_async.batch.outlook import Outlook, facts, sentences, span
from precontractual_async.calls.session import utc_now
from precontractual_async.cli.console import in_language, progress_for, say, speak, tell
from precontractual_async.cli.dryrun import look_ahead
from precontractual_async.cli.files import reading
from precontractual_async.cli.options import add_commands
from precontractual_async.cli.screen import _screening
from precontractual_async.journal.port import Journal, MemoryJournal
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, Sandbox
from precontractual_async.tables import results_into

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = bytes(range(32))
VERSIONS = sorted((Path(__file__).parent.parent / "journal" / "versions").glob("*.db"))
VARIABLES = {
    "PRECONTRACTUAL_ENTERPRISE_NUMBER": ENTERPRISE,
    "PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode(),
}
DAY_OF_ALL = StartDateWindow.at(utc_now()).last.isoformat()


def parsed(*words: str) -> argparse.Namespace:
    return add_commands().parse_args(["screen", *words, "--dry-run"])


def ahead(path: Path, *words: str, environ: Mapping[str, str] | None = None, now: datetime = NOW) -> Outlook:
    return look_ahead(parsed(str(path), *words), environ or {}, now)


def text_of(outlook: Outlook) -> str:
    """The text for a person, in which there is no number of one."""
    text = "\n".join(sentences(outlook)) + "\n"
    for written in (text, json.dumps(facts(outlook))):
        assert not re.search(r"\d{7}|\d\d\.\d\d\.\d\d", written)
    return text


def messy(path: Path, *, more: str = "") -> Path:
    """Everything that goes wrong with lists of payroll offices, in one."""
    good = list(VALID_SSINS)
    rows = [
        f"Peeters;{good[0]};;15/12/2026;;all",
        f"Peeters (bis);{good[0][:6]} {good[0][6:9]}-{good[0][9:]};;2026-12-15;;",
        "",
        "Janssens;07010189902;;15/12/2026;;kok",
        f"Maes;{good[1]};;23/11/2026;;",
        f"Jacobs;{good[2]};;31/11/2026;;",
        f"Mertens;{good[3]};;12/15/2026;;",
        ";;;;;",
        f"Willems;{good[4]};;15/12/2026;0880.820.674;",
        f"Claes;{good[5]};;15/12/2026;BE 0880 820 673;studentJob",
        f"Goossens;{good[6]};;15/6/2027;;",
        f"Wouters;{good[7]};;1/9/2027;;",
        f"De Smet;{INVALID_SSINS[1]};;morgen;880820674;",
        f'"De ""Kok"" Smet";{good[8]};;15/12/2026;;' + ";x" * 1001,
        "Dubois;;;15/12/2026;;",
        f"Lambert;{good[9]}",
        f"Dupont;{good[10]};;15/12/26;;all;surplus",
    ]
    lines = ["\ufeffNaam;INSZ;Rijksregister-nr.;Datum in dienst;KBO-nummer;Type werknemer", *rows]
    path.write_text("\n".join(lines) + "\n" + more)
    return path


def test_a_messy_list_with_two_columns_for_the_citizen(tmp_path: Path) -> None:
    """It cannot be screened as it stands; what the other columns tell is told all the same."""
    outlook = ahead(messy(tmp_path / "list.csv"), "--type-column", "soort")
    assert (
        text_of(outlook)
        == """\
list: format CSV, encoding UTF-8 with a byte-order mark, delimiter semicolon, header line 1
  citizen in 'INSZ' / 'Rijksregister-nr.'?
  start date in 'Datum in dienst'
  represented enterprise number in 'KBO-nummer'
  type of worker in no column
  carried along: 'Naam', 'Type werknemer', ''
rows: 15
  refused: at least 7, by reason (a row may have several):
    2: represented enterprise number: the check digits do not fit: a typing mistake? (lines 10, 14)
    2: start date: no such day on the calendar (it is read day first, then month) (lines 7, 8)
    1: start date: empty (line 17)
    1: start date: in the past (line 6)
    1: start date: not a date such as 2026-12-01 or 1/12/2026 (line 14)
    1: the row has more than 1,000 cells beyond the header (line 15)
  deferred: at most 2
    1: from 2027-03-01
    1: from 2027-06-01
  to be asked: at most 6
note: ENTERPRISE_NUMBER is not known: rows that name it count as another employer's
problem: there is no column 'soort'
  -> The columns are: 'Naam', 'INSZ', 'Rijksregister-nr.', 'Datum in dienst', 'KBO-nummer', 'Type werknemer', ''.
problem: several columns could hold the citizen: 'INSZ', 'Rijksregister-nr.'
  -> Choose one with --citizen-column, or rename the others.
a run would end at once, with exit code 2
"""
    )


def test_a_messy_list(tmp_path: Path) -> None:
    """With the column chosen it can be screened: every refusal by its reason, and what is left is counted."""
    words = ("--citizen-column", "INSZ", "--rate", "0.05", "-o", str(tmp_path / "out.csv"))
    outlook = ahead(messy(tmp_path / "list.csv"), *words, environ=VARIABLES)
    assert (
        text_of(outlook)
        == """\
list: format CSV, encoding UTF-8 with a byte-order mark, delimiter semicolon, header line 1
  citizen in 'INSZ'
  start date in 'Datum in dienst'
  represented enterprise number in 'KBO-nummer'
  type of worker in 'Type werknemer'
  carried along: 'Naam', 'Rijksregister-nr.', ''
asks as the enterprise 0880.820.673
rows: 15
  refused: 9, by reason (a row may have several):
    2: SSIN: the check digits do not fit: a typing mistake? (lines 5, 14)
    2: represented enterprise number: the check digits do not fit: a typing mistake? (lines 10, 14)
    2: start date: no such day on the calendar (it is read day first, then month) (lines 7, 8)
    1: SSIN: empty (line 16)
    1: start date: empty (line 17)
    1: start date: in the past (line 6)
    1: start date: not a date such as 2026-12-01 or 1/12/2026 (line 14)
    1: the row has more than 1,000 cells beyond the header (line 15)
    1: type of worker: none of the words flexi, student, both (line 5)
  deferred: 2
    1: from 2027-03-01
    1: from 2027-06-01
  to be asked: 4
distinct questions: 5, duplicates: 1
3 calls, about 1 min at 0.05 a second, more when answers are slow
a run would end with exit code 0, or 3 when some are not answered; 9 rows would come back refused
"""
    )


ENGLISH = re.compile(
    r"\b(the|rows?|list|lines?|calls?|would|each|with|by|and|more|most|least|asked|known|journal is|column|as)\b"
)


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_the_dry_run_speaks_the_language_of_its_reader(tmp_path: Path, language: str) -> None:
    """Nothing of it stays English but names of columns, sheets, options and settings."""
    unclear, other, broken = (tmp_path / name / "list.csv" for name in ("unclear", "other", "broken"))
    for path in (unclear, other, broken):
        path.parent.mkdir()
    messy(unclear)
    broken.write_text(f'naam,nr,datum\nx,{CITIZEN},1/12/2026\n"y,{CITIZEN},1/12/2026\nz,{CITIZEN},\n')
    column = ("--citizen-column", "INSZ")
    lines = [
        *sentences(ahead(unclear, "--type-column", "soort")),
        *sentences(ahead(unclear, *column, "--journal", str(tmp_path / "x.db"), environ=VARIABLES)),
        *sentences(ahead(broken, "--start-date", "1/12/2026", "--start-date", "1/1/2020")),
        *sentences(ahead(listed(other.parent), "--journal", str(tmp_path / "x.db"))),
    ]
    speak(language)
    try:
        for line in map(in_language, lines):
            assert not ENGLISH.search(re.sub(r"'[^']*'|--?[\w-]+", "", line)), line
    finally:
        speak("en")


def test_a_list_that_breaks_off(tmp_path: Path) -> None:
    """An open quote: what stands before it is told, and the columns, with all that is wrong."""
    path = tmp_path / "list.csv"
    path.write_text(f'naam,nr,datum\nx,{CITIZEN},1/12/2026\n"y,{CITIZEN},1/12/2026\nz,{CITIZEN},\n')
    assert (
        text_of(ahead(path, "--start-date", "1/12/2026", "--start-date", "1/1/2020"))
        == """\
list: format CSV, encoding UTF-8, delimiter comma, header line 1
  citizen in no column
  start dates as given by --start-date
  represented enterprise number in no column
  type of worker in no column
  carried along: 'naam', 'nr', 'datum'
rows: 2, each of the list for 2 start dates, as far as the list can be read
  refused: at least 1, by reason (a row may have several):
    1: start date: in the past (line 2)
  deferred: at most 0
  to be asked: at most 1
problem: line 3 cannot be read as CSV
  -> Look for an open quote there, or a cell of enormous size.
problem: no column with the citizens' numbers was found among: 'naam', 'nr', 'datum'
  -> Name it with --citizen-column; if these are not the names, take away what stands above them.
problem: the column 'nr' holds numbers of citizens
  -> Confirm that with --citizen-column.
a run would end at once, with exit code 2
"""
    )


def test_what_stands_before_a_break_is_counted(tmp_path: Path) -> None:
    """With clear columns nothing of it is in doubt; but no calls are told of a list that cannot be screened."""
    path = tmp_path / "list.csv"
    path.write_text(f'nr,insz,start\n1,{CITIZEN},1/12/2026\n2,{CITIZEN},1/12/2026\n"3,{CITIZEN},1/12/2026\n')
    lines = text_of(ahead(path)).splitlines()
    assert "rows: 2, as far as the list can be read" in lines
    assert "distinct questions: 1, duplicates: 1" in lines
    assert lines[-1] == "a run would end at once, with exit code 2"


def test_many_reasons_and_days(tmp_path: Path) -> None:
    """A person gets twenty of each and the first lines, a machine gets them all."""
    path = tmp_path / "list.csv"
    wrong = [f"{'1' * digits};1/12/2026" for digits in range(12, 36) for _ in range(digits - 11)]
    later = [f"{CITIZEN};1/1/{year}" for year in range(2030, 2060)]
    path.write_text("\n".join(["insz;start", *wrong, *later]) + "\n")
    outlook = ahead(path)
    lines = text_of(outlook).splitlines()
    assert "    24: SSIN: 35 digits where 11 are needed (lines 278, 279, 280, 281, 282 and 19 more)" in lines
    assert [line for line in lines if line.startswith("    ...")] == [
        "    ... and 4 more",
        "    ... and 10 more",
    ]
    found = cast("dict[str, list[object]]", facts(outlook))
    assert (len(found["reasons"]), len(found["deferred"])) == (24, 30)
    assert found["reasons"][0] == {
        "reason": "SSIN: 35 digits where 11 are needed",
        "lines": 24,
        "first_lines": [278, 279, 280, 281, 282],
    }
    assert lines[-1] == "a run would make no call, and end with exit code 0; 300 rows would come back refused"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("list.csv", b"", "the list is empty"),
        ("list.csv", b"insz;start\n", "the list has no rows behind its header"),
        ("list.csv", b"insz;start\n\x81\x8d", "the list is not text: byte 11 fits neither"),
        ("list.jsonl", b"\xff", "the list is empty or not UTF-8"),
        ("list.docx", b"insz", "the format cannot be told from the suffix"),
        ("list.csv", None, "the list cannot be read (No such file or directory)"),
    ],
)
def test_lists_of_which_little_can_be_told(
    tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    """Whatever is wrong stands in the report, with the rest; the exit code is that of a run."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    outlook = ahead(path, "--rate", "fast", "--journal", str(tmp_path / "nowhere" / "j.db"))
    lines = text_of(outlook).splitlines()
    assert any(line.startswith(f"problem: {problem}") for line in lines)
    assert "problem: --rate is not a number" in lines
    assert lines[-1] == "a run would end at once, with exit code 2"
    assert outlook.exit_code == 2
    assert {"columns", "carried_along", "replaced", "calls"} <= facts(outlook).keys()


def test_json_lines_have_no_header(tmp_path: Path) -> None:
    """A line that is none is one refused row, without its own number in the reason."""
    path = tmp_path / "list.jsonl"
    path.write_text(f'{{"ssin": {int(CITIZEN)}, "date": "2026-12-01"}}\noops\n{{}}\n[]\n')
    lines = text_of(ahead(path)).splitlines()
    assert lines[0] == "list: format JSON lines, encoding UTF-8"
    assert "    2: the row is not a JSON object (lines 2, 4)" in lines


def test_spans() -> None:
    """The two largest units, and none of nothing."""
    wanted = {0: "0 s", 1: "1 s", 60: "1 min", 83: "1 min 23 s", 3601: "1 h", 7380: "2 h 3 min"}
    assert {seconds: span(seconds) for seconds in wanted} == wanted
    assert span(40_000 * 86_400 + 3_599) == "40000 d"


# --- nothing is asked, nothing is changed

WATCHED = """
import sys
def refuse(event, _):
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        sys.exit(f"touches the network: {event}")
sys.addaudithook(refuse)
from precontractual_async.cli import main
code = main(sys.argv[1:])
print([name for name in ("aiohttp", "rich") if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""
"""The command; it ends when it touches the network, and tells whether it could have."""


def run_watched(*words: str, given: bytes = b"", variables: Mapping[str, str] | None = None) -> Done:
    done = subprocess.run(
        [REAL, "-c", WATCHED, "screen", *words, "--dry-run"],
        input=given,
        capture_output=True,
        env=clean_environment() | dict(variables or {}),
        check=False,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())


def files_in(folder: Path) -> dict[str, str]:
    """What is there, with its content and rights."""
    return {
        str(path): f"{path.stat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_without_settings_network_or_a_trace(tmp_path: Path) -> None:
    """Not one variable, no library of the network, no file: the report alone, on standard output."""
    path = tmp_path / "list.csv"
    path.write_text(f"insz;start\n{CITIZEN};1/1/2099\n")
    before = files_in(tmp_path)
    home = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "home")}
    journal = ("--journal", str(tmp_path / "j.db"))
    done = run_watched(str(path), *journal, "-q", variables=home)
    assert (done.code, done.err) == (0, "[]\n")
    lines = done.out.decode().splitlines()
    assert "    1: from 2098-12-01" in lines
    assert "note: the journal is not there yet: a run makes it" in lines
    done = run_watched("-", "--json", given=path.read_bytes(), variables=home)
    assert (done.code, done.err) == (0, "[]\n")
    assert json.loads(done.out)["deferred"] == {"2098-12-01": 1}
    assert files_in(tmp_path) == before


def test_a_list_that_cannot_be_screened_says_so_to_scripts(tmp_path: Path) -> None:
    """Exit 2, and the report on standard output all the same."""
    done = run_watched("-", "--json", given=b"naam;geboren\nx;y\n")
    assert (done.code, done.err) == (2, "[]\n")
    found = json.loads(done.out)
    assert found["problems"][0]["diagnosis"].startswith("no column with the citizens' numbers and none")
    assert (found["exit_code"], found["calls"], found["distinct"]) == (2, None, None)


def test_a_run_needs_a_place_for_its_result() -> None:
    """Without -o only the dry run goes."""
    done = run("screen", "-", given=f"insz;start\n{CITIZEN};1/1/2099\n".encode())
    assert done.code == 2
    assert "-o OUT" in done.err
    assert "--dry-run" in done.err


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "ascii", "utf-8"])
def test_what_an_output_cannot_write_ends_no_report(tmp_path: Path, encoding: str) -> None:
    """A column in Cyrillic, an arrow: a question mark stands for each character that the encoding lacks."""
    path = tmp_path / "list.csv"
    path.write_text(f"insz;start;Имя → é\n{CITIZEN};1/1/2099;x\n")
    done = run_watched(str(path), variables={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"})
    assert (done.code, done.err) == (0, "[]\n")
    lines = done.out.decode(encoding).splitlines()
    lossless = "Имя → é".encode(encoding, "replace").decode(encoding)
    assert f"  carried along: '{lossless}'" in lines
    assert lines[-1] == "a run would make no call, and end with exit code 0"


def test_both_streams_replace_what_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard error by default would escape it, standard output raise."""
    for name, write in (("stdout", tell), ("stderr", say)):
        written = io.BytesIO()
        monkeypatch.setattr(sys, name, io.TextIOWrapper(written, "latin-1", write_through=True))
        write("geen → één")
        assert written.getvalue() == "geen ? één\n".encode("latin-1")


# --- a run does as the dry run says


@frozen
class Ran:
    """What a real run of the same list did."""

    outcomes: Mapping[str, int]
    calls: int
    exit_code: int


async def real_run(sandbox: Sandbox, path: Path, journal: Journal, words: tuple[str, ...]) -> Ran:
    """The command's own way, over HTTP."""
    arguments = parsed(str(path), *words)
    before = sandbox.ledger.calls
    with reading(str(path)) as source:
        screening = _screening(arguments, source, journal)
        async with PrecontractualClient(sandbox.settings()) as client:
            await screening.ask(client, progress_for(0, quiet=True))
            results = results_into(io.BytesIO(), screening.questions.table, screening.questions.added, "csv")
            await screening.write(client, results)
    tallies = screening.tally.counts()
    return Ran(tallies.outcomes, sandbox.ledger.calls - before, screening.exit_code)


def agree(outlook: Outlook, ran: Ran, settled: int = 0) -> None:
    """Every count of the dry run is what the run did."""
    counts = outlook.inspection
    answered = ran.outcomes.get("answered", 0) + ran.outcomes.get("rejected", 0)
    assert counts.rows == sum(ran.outcomes.values())
    assert counts.refused == ran.outcomes.get("refused", 0)
    assert counts.deferred.total() == ran.outcomes.get("deferred", 0)
    assert counts.settled == settled
    assert counts.due + counts.settled == answered
    assert counts.calls == ran.calls
    assert outlook.exit_code == ran.exit_code
    assert not outlook.is_upper_bound


CITIZENS = st.sampled_from(
    [
        *SCENARIOS.values(),
        *INVALID_SSINS,
        CITIZEN,
        "07.01.01-899.01",
        str(int(CITIZEN)),
        "7010189901.0",
        "7,01E+09",
        "",
        "Jan",
    ]
)
WINDOW = StartDateWindow.at(utc_now())
"""Of the real day: a run over real HTTP goes by the server's clock."""
DATES = st.sampled_from(
    [
        *(f"{day:%d/%m/%Y}" for day in (WINDOW.last, WINDOW.last + timedelta(days=1), date(2025, 1, 1))),
        *(f"{day.isoformat()}" for day in (WINDOW.last, WINDOW.last + timedelta(days=300))),
        *(f"{WINDOW.last:%d.%m.%y}", f"{WINDOW.last:%m/%d/%Y}", "31/11/2099", "", "soon"),
    ]
)
REPRESENTED = st.sampled_from(["", "", ENTERPRISE, "BE 0880.820.673", "0880820674"])
TYPES = st.sampled_from(["", "", "all", "FLEXIJOB", "studentJob", "cook"])
ROWS = st.lists(st.tuples(CITIZENS, DATES, REPRESENTED, TYPES), min_size=1, max_size=40)
OPTIONS = st.sampled_from(
    [
        (),
        ("--start-date", WINDOW.last.isoformat(), "--start-date", "1/1/2099"),
        ("--no-window-check", "--start-date", WINDOW.last.isoformat()),
        ("--type-of-worker", "studentJob"),
        ("--start-date", "23/11/2025"),
    ]
)


def written(path: Path, rows: list[tuple[str, ...]], odd: int) -> None:
    """A list with these rows; now and then a blank line, a row that is too long, one that is too short."""
    lines = ["INSZ;Startdatum;KBO;Type werknemer"]
    for at, row in enumerate(rows):
        line = ";".join(row)
        lines += {0: ["", line], 1: [line + ";x" * 1200], 2: [row[0]]}.get((at * odd) % 11, [line])
    path.write_text("\n".join(lines) + "\n")


@hypothesis_settings(max_examples=15, deadline=None, derandomize=True)
@given(ROWS, OPTIONS, st.integers(1, 10))
@example([(CITIZEN, WINDOW.last.isoformat(), number, "") for number in (ENTERPRISE, "")], (), 4)
def test_a_run_does_as_the_dry_run_says(
    tmp_path_factory: pytest.TempPathFactory,
    pem: str,
    rows: list[tuple[str, ...]],
    options: tuple[str, ...],
    odd: int,
) -> None:
    """On any messy list: calls, duplicates, refused and deferred rows; then again with what the journal knows."""
    folder = tmp_path_factory.mktemp("dry")
    path, journal = folder / "list.csv", folder / "j.db"
    written(path, rows, odd)
    words = (*options, "--journal", str(journal))

    async def looked(*more: str) -> Outlook:
        return await asyncio.to_thread(ahead, path, *words, *more, environ=VARIABLES, now=utc_now())

    async def main() -> None:
        async with Sandbox(limit=None, private_key_pem=pem) as sandbox:
            first = await looked()
            async with SqliteJournal(journal, KEY) as kept:
                agree(first, await real_run(sandbox, path, kept, words))
            before = files_in(folder)
            second, fresh = await looked(), await looked("--fresh-for", "0s")
            assert files_in(folder) == before
            async with SqliteJournal(journal, KEY) as kept:
                agree(second, await real_run(sandbox, path, kept, words), second.inspection.settled)
        first_due, counts = first.inspection.due, second.inspection
        assert counts.due == counts.due_again
        assert counts.settled + counts.due == first_due
        assert counts.due <= fresh.inspection.due <= first_due

    asyncio.run(main())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("INSZ;NISS;KBO;BCE\n1;2;3;4\n", ("--type-column", "soort")),
        ('naam\nx\n"y\n', ()),
        ("insz;start\n", ()),
        ("", ()),
    ],
)
async def test_a_run_refuses_what_the_dry_run_refuses(
    tmp_path: Path, pem: str, content: str, words: tuple[str, ...]
) -> None:
    """With all of the same problems, and no call."""
    path = tmp_path / "list.csv"
    path.write_text(content)
    outlook = await asyncio.to_thread(ahead, path, *words)
    async with Sandbox(limit=None, private_key_pem=pem) as sandbox:
        with pytest.raises(InvalidList) as refused:
            await real_run(sandbox, path, MemoryJournal(), words)
        assert sandbox.ledger.calls == 0
    assert refused.value.diagnosis == "; ".join(each.diagnosis for each in outlook.problems)
    assert refused.value.next_step == " ".join(each.next_step for each in outlook.problems)


KEY_FILE = "PRECONTRACTUAL_JOURNAL_KEY_FILE"


@pytest.mark.parametrize(
    ("words", "variables", "told"),
    [
        (("-o", "list.csv"), {}, "the result would overwrite the list"),
        (("-o", "out.xyz"), {}, "the format cannot be told from the suffix"),
        (("-o", "out.xls"), {}, "no result is written as XLS"),
        (("-o", "no/out.csv"), {}, "the result cannot be written there (No such file or directory)"),
        (("-o", "list.csv/out.csv"), {}, "the result cannot be written there (Not a directory)"),
        (("--journal", "j.db"), {KEY_FILE: "j.key"}, "the journal's key would stand beside the journal"),
        (("--journal", "j.db"), {"PRECONTRACTUAL_JOURNAL_KEY": "abc"}, "JOURNAL_KEY is not 32 bytes"),
        ((), {"PRECONTRACTUAL_CONCURRENCY": "abc"}, "PRECONTRACTUAL_CONCURRENCY is not a whole number"),
        ((), {"PRECONTRACTUAL_ENVIRONMENT": "nope"}, "PRECONTRACTUAL_ENVIRONMENT must be one of"),
    ],
)
def test_a_run_ends_as_the_dry_run_says(
    tmp_path: Path, words: tuple[str, ...], variables: dict[str, str], told: str
) -> None:
    """Whatever stands against the result, the journal's key or a setting: exit code 2, here and there."""
    listed(tmp_path)
    given = ("screen", "list.csv", *(words if "-o" in words else ("-o", "out.csv", *words)))
    before = files_in(tmp_path)
    settings = {
        "PRECONTRACTUAL_API_URL": "http://127.0.0.1:1",
        "PRECONTRACTUAL_TOKEN_URL": "http://127.0.0.1:1",
        "PRECONTRACTUAL_CLIENT_ID": "me",
        "PRECONTRACTUAL_KEY_FILE": "none.pem",
        **VARIABLES,
    }
    if KEY_FILE in variables:
        del settings["PRECONTRACTUAL_JOURNAL_KEY"]
    dry = run(*given, "--dry-run", variables=settings | variables, cwd=str(tmp_path))
    real = run(*given, variables=settings | variables, cwd=str(tmp_path))
    assert (dry.code, real.code) == (2, 2)
    assert f"problem: {told}" in dry.out.decode()
    assert dry.out.decode().count("problem: ") == 1  # and it is told once
    assert told in real.err
    assert files_in(tmp_path) == before


def test_a_good_place_is_left_as_it_is(tmp_path: Path) -> None:
    """An old result too; no file is made to see whether one could be."""
    path, out = listed(tmp_path), tmp_path / "out.csv"
    out.write_text("old")
    seen = tmp_path.stat().st_mtime_ns
    assert ahead(path, "-o", str(out)).exit_code == 0
    assert ahead(path, "-o", str(tmp_path / "new.csv")).exit_code == 0
    assert ahead(path, "-o", "-").exit_code == 0
    assert tmp_path.stat().st_mtime_ns == seen
    assert out.read_text() == "old"


# --- the journal


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal that knows nothing yet, made with `KEY`."""

    async def made() -> None:
        async with SqliteJournal(tmp_path / "j.db", KEY):
            pass

    asyncio.run(made())
    return tmp_path / "j.db"


def listed(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(f"insz;start\n{CITIZEN};15/12/2026\n")
    return path


def test_a_journal_without_its_key(tmp_path: Path, journal: Path) -> None:
    """Told among the problems; no key is made, not even the folder for one."""
    path, key = listed(tmp_path), tmp_path / "keys" / "journal.key"
    environ = {
        "PRECONTRACTUAL_ENTERPRISE_NUMBER": ENTERPRISE,
        "PRECONTRACTUAL_JOURNAL_KEY_FILE": str(key),
    }
    before = files_in(tmp_path)
    outlook = ahead(path, "--journal", str(journal), environ=environ)
    assert [each.diagnosis for each in outlook.problems] == ["the journal's key is not there"]
    assert not key.parent.exists()
    other = VARIABLES | {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY[::-1]).decode()}
    outlook = ahead(path, "--journal", str(journal), environ=other)
    assert [each.diagnosis for each in outlook.problems] == ["the journal was made with another key"]
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("key", [KEY, bytes(32)])
def test_a_journal_of_an_older_program(tmp_path: Path, key: bytes) -> None:
    """It stays what it is, so that the older program can go on with it; no file is left beside it."""
    path, folder = listed(tmp_path), tmp_path / "journal"
    folder.mkdir()
    (folder / "j.db").write_bytes(VERSIONS[0].read_bytes())
    before = files_in(tmp_path)
    environ = VARIABLES | {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(key).decode()}
    outlook = ahead(path, "--journal", str(folder / "j.db"), environ=environ)
    assert bool(outlook.problems) is (key != KEY)
    assert files_in(tmp_path) == before


def test_a_journal_without_a_caller(tmp_path: Path, journal: Path) -> None:
    """What it knows stands under the caller's number: without it that is told, and the calls are a limit."""
    text = text_of(ahead(listed(tmp_path), "--journal", str(journal)))
    assert "note: ENTERPRISE_NUMBER is not known: what the journal knows cannot be looked up" in text
    assert "at most 1 call, about 1 s at 5 a second" in text
    assert "distinct questions: 1, duplicates: 0" in text  # whatever it knows


def test_own_numbers_without_a_caller(tmp_path: Path) -> None:
    """As many rows are asked as there are; but whether two of them ask the same only the caller tells."""
    path = tmp_path / "list.csv"
    rows = [f"{CITIZEN};15/12/2026;{ENTERPRISE}", f"{CITIZEN};15/12/2026;"]
    path.write_text("\n".join(["insz;start;kbo", *rows, ""]))
    lines = text_of(ahead(path)).splitlines()
    assert "  to be asked: 2" in lines
    assert "distinct questions: at most 2" in lines
    assert "at most 2 calls, about 1 s at 5 a second, more when answers are slow" in lines
    assert "distinct questions: 1, duplicates: 1" in text_of(ahead(path, environ=VARIABLES))
    path.write_text("\n".join(["insz;start;kbo", *rows, rows[0], ""]))
    assert "distinct questions: at most 2, duplicates: at least 1" in text_of(ahead(path))


def test_a_journal_that_is_in_use(tmp_path: Path, journal: Path) -> None:
    """It can be looked into while a run holds it."""

    async def main() -> Outlook:
        async with SqliteJournal(journal, KEY):
            return await asyncio.to_thread(
                ahead, listed(tmp_path), "--journal", str(journal), environ=VARIABLES
            )

    assert asyncio.run(main()).exit_code == 0


def test_a_file_that_is_no_journal(tmp_path: Path) -> None:
    """Refused as a run refuses it, and left as it is."""
    other = tmp_path / "j.db"
    other.write_text("something else")
    outlook = ahead(listed(other.parent), "--journal", str(other), environ=VARIABLES)
    assert [each.diagnosis for each in outlook.problems] == ["the file is no journal"]
    assert other.read_text() == "something else"


# --- memory


def test_what_is_kept_of_a_question(tmp_path: Path) -> None:
    """Some hundred bytes of each distinct one and nothing of a row, however long it is."""
    ahead(listed(tmp_path))  # what is imported and cached is so by now
    path, count = tmp_path / "list.csv", 5_000
    with path.open("w") as file:
        file.write("insz;start;remark\n")
        for digits in generated(count, seed=3):
            file.write(f"{digits};15/12/2026;{'x' * 500}\n{digits};15/12/2026;{'x' * 500}\n")
    tracemalloc.start()
    try:
        outlook = ahead(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (outlook.inspection.distinct, outlook.inspection.duplicates) == (count, count)
    assert peak < 1_500_000 + 150 * count


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--changes", "nowhere/c.xlsx"), "--changes: the result cannot be written there"),
        (("--changes", "out.csv"), "the changes would overwrite the result"),
        (("--changes", "list.csv"), "--changes: the result would overwrite the list"),
        (("--changes", "j.db.lock", "--format", "csv"), "would overwrite the journal"),
        (("--changes", "c.pdf"), "--changes: the format cannot be told"),
        (("--changes", "folder.csv"), "it is no file"),
        (
            ("-o", "o-{enterprise}.csv", "--changes", "o-{enterprise}.csv", "--split-by", "represented"),
            "the changes would overwrite the result",
        ),
    ],
)
def test_it_looks_at_the_changes(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """Among all else that is wrong; nothing is made to find out."""
    (tmp_path / "list.csv").write_text(f"insz;start\n{CITIZEN};{DAY_OF_ALL}\n")
    (tmp_path / "folder.csv").mkdir()
    before = sorted(tmp_path.iterdir())
    first = ("screen", "list.csv", "--dry-run", "-o", "out.csv", "--journal", "j.db", *words)
    done = run(*first, "--rate", "-1", variables=VARIABLES, cwd=str(tmp_path))
    assert done.code == 2
    text = done.out.decode()
    assert said in text
    assert "--rate" in text
    assert sorted(tmp_path.iterdir()) == before
    facts = json.loads(run(*first, "--json", variables=VARIABLES, cwd=str(tmp_path)).out)
    assert any(said in str(each) for each in facts["problems"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--changes", "c.csv"), "Add --journal FILE."),
        (("--hours-step", "5", "--journal", "j.db"), "Add --changes FILE."),
        (("--changes", "c-{enterprise}.csv", "--journal", "j.db"), "Add --split-by represented"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "list.csv").write_text(f"insz;start\n{CITIZEN};{DAY_OF_ALL}\n")
    done = run("screen", "list.csv", "--dry-run", *words, variables=VARIABLES, cwd=str(tmp_path))
    assert (done.code, done.out) == (2, b"")
    assert said in done.err


def test_changes_in_a_good_place_are_no_problem(tmp_path: Path) -> None:
    """With and without a place for the result."""
    (tmp_path / "list.csv").write_text(f"insz;start\n{CITIZEN};{DAY_OF_ALL}\n")
    for words in (("-o", "out.csv"), ()):
        first = ("screen", "list.csv", "--dry-run", "--journal", "j.db", "--changes", "c.xlsx", *words)
        assert run(*first, variables=VARIABLES, cwd=str(tmp_path)).code == 0
    assert [each.name for each in tmp_path.iterdir()] == ["list.csv"]
