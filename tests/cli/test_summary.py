"""What is told at the end: for each way a run can end, what to do next."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from support.command import COMMAND, clean_environment, run, running_sandbox
from support.numbers import CITIZEN, ENTERPRISE

from precontractual_async import (
    AccessDenied,
    Answer,
    Answered,
    Caller,
    CallerRejected,
    CredentialsRefused,
    EnterpriseNumber,
    Fault,
    GatewayDown,
    Interrupted,
    JournalFailed,
    MemoryJournal,
    Paused,
    Pending,
    PrecontractualClient,
    Query,
    Reach,
    Refused,
    Settings,
    SqliteJournal,
    Ssin,
    Unreachable,
)
from precontractual_async.batch.list_screening import Screening
from precontractual_async.batch.summary import facts, next_run, summary
from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins
from precontractual_async.tables import Source, read_list
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.questions import Questions

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DAY = StartDateWindow.at(utc_now()).last.isoformat()


def screening(**state: Any) -> Screening:
    table = read_list(Source(io.BytesIO(b"insz;start\n1;2\n3;4\n5;6\n")), "csv")
    made = Screening(Questions(table, find_columns(table.columns, {}, needs_date=True)), MemoryJournal())
    made.is_written = True
    for name, value in state.items():
        setattr(made, name, value)
    return made


WITHOUT_JOURNAL = "Run it again later; without --journal it asks everybody again and replaces the result."
CALLER = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
QUERY = Query(Ssin.parse(CITIZEN), date(2026, 12, 1), CALLER)
AGAIN = "; it asks every row again and replaces the result, with --journal FILE only what is due"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"still_due": 1}, "next run: at any time, for 1 row without an answer"),
        (
            {"still_due": 2, "stopped_by": Interrupted("x")},
            "next run: at any time, for 2 rows without an answer",
        ),
        ({"still_due": 2, "stopped_by": GatewayDown("x")}, "next run: later, for 2 rows without an answer"),
        (
            {"still_due": 2, "stopped_by": Paused(900, status=429, trace_id=None)},
            "next run: from 25/11/2026 10:15 (Brussels), for 2 rows without an answer",
        ),
        (
            {"still_due": 2, "stopped_by": CredentialsRefused("x")},
            "next run: when that is mended, for 2 rows without an answer",
        ),
        (
            {"still_due": 2, "stopped_by": JournalFailed("x")},
            "next run: when that is mended, for 2 rows without an answer",
        ),
        ({"due_again": NOW}, "next run: useful at any time, for the rows whose answer is not known"),
        ({"due_again": NOW + timedelta(hours=6)}, "next run: useful from 25/11/2026 16:00 (Brussels)"),
    ],
)
def test_when_the_next_run_makes_sense(state: dict[str, Any], told: str) -> None:
    """As soon as what stood against it is gone; without a journal it says what that costs."""
    assert list(next_run(screening(**state), NOW, has_journal=True)) == [told]
    assert list(next_run(screening(**state), NOW, has_journal=False)) == [told + AGAIN]


@pytest.mark.parametrize(
    ("state", "unanswered", "due"),
    [
        ({}, 0, None),
        ({"due_again": NOW - timedelta(minutes=1)}, 0, NOW + timedelta(minutes=15)),
        ({"due_again": NOW + timedelta(days=1)}, 0, NOW + timedelta(days=1)),
        (
            {"still_due": 2, "stopped_by": Paused(900, status=429, trace_id=None)},
            2,
            NOW + timedelta(minutes=15),
        ),
        ({"still_due": 2, "stopped_by": GatewayDown("x"), "due_again": NOW + timedelta(days=4)}, 2, NOW),
        ({"still_due": 2, "stopped_by": CredentialsRefused("x"), "due_again": NOW}, 2, None),
        ({"is_written": False, "stopped_by": Interrupted("x"), "known": Counter({Refused: 1})}, 2, NOW),
    ],
)
def test_when_a_scheduler_starts_the_next(
    state: dict[str, Any], unanswered: int, due: datetime | None
) -> None:
    """Never before the gateway's pause has ended, nor while somebody has to mend something first; and what was
    answered is not asked again at once, for each call is a consultation."""
    ended = screening(**state)
    assert (ended.unanswered, ended.next_due(NOW)) == (unanswered, due)


def test_when_no_next_run_makes_sense() -> None:
    """That is told where one could be expected."""
    assert list(next_run(screening(), NOW, has_journal=True)) == ["next run: not needed for this list"]
    assert list(next_run(screening(), NOW, has_journal=False)) == []


@pytest.mark.parametrize(
    ("has_journal", "step"),
    [
        (True, "what was answered is in the journal; run it again to go on"),
        (False, "what was answered is gone; run with --journal FILE, it would be kept"),
    ],
)
def test_a_result_that_is_not_written(has_journal: bool, step: str) -> None:
    """How much is known, and where it is."""
    known = {Answered: 1, Refused: 1, Pending: 1}
    left = screening(is_written=False, signalled=2, still_due=3)
    left.known.update(known)
    assert list(next_run(left, NOW, has_journal=has_journal)) == [
        "the result is not written; known: 2 of 3 rows",
        f"  -> {step}",
    ]


def caller_rejected() -> Fault:
    fault = CallerRejected("the gateway rejects the caller's representedEnterpriseNumber")
    fault.reach = Reach.CALLER
    return fault


@pytest.mark.parametrize(
    ("fault", "first", "asks_the_doctor"),
    [
        (GatewayDown("no answer"), "stopped: no answer", True),
        (AccessDenied("no"), "stopped: no", False),
        (CredentialsRefused("no"), "stopped: no", True),
        (
            caller_rejected(),
            "not everybody was asked: the gateway rejects the caller's representedEnterpriseNumber",
            False,
        ),
    ],
)
def test_what_stopped_it(
    settings: Settings, tmp_path: Path, fault: Fault, first: str, asks_the_doctor: bool
) -> None:
    """What it was, what to do, and who can tell more."""
    kept = screening(stopped_by=fault, journal=SqliteJournal(tmp_path / "j.db", bytes(32)))
    _, *told = summary(kept, PrecontractualClient(settings))
    doctor = " (precontractual doctor tells more)" if asks_the_doctor else ""
    assert told == [first, f"  -> {fault.next_step}{doctor}"]


def test_the_same_for_a_machine(settings: Settings) -> None:
    """Also of a run whose result is not written: what was known then."""
    left = screening(is_written=False, signalled=15, stopped_by=Interrupted("asked to stop"), seconds=12.345)
    left.known.update({Answered: 2, Pending: 1})
    told = facts(left, PrecontractualClient(settings))
    assert told["rows"] == {}
    assert told["known"] == {"answered": 2, "pending": 1}
    assert (told["written"], told["signal"], told["seconds"]) == (False, 15, 12.3)
    assert told["stopped"] == {"diagnosis": "asked to stop", "next_step": WITHOUT_JOURNAL}


def test_what_is_lost_without_a_journal(settings: Settings, tmp_path: Path) -> None:
    """Only a journal keeps the promise that nothing is."""
    fault, client = GatewayDown("no answer"), PrecontractualClient(settings)
    told = "\n".join(summary(screening(stopped_by=fault), client))
    assert f"stopped: no answer\n  -> {WITHOUT_JOURNAL}" in told
    kept = screening(stopped_by=fault, journal=SqliteJournal(tmp_path / "j.db", bytes(32)))
    assert f"stopped: no answer\n  -> {fault.next_step}" in "\n".join(summary(kept, client))


@pytest.mark.parametrize(
    ("wrong", "code", "move"),
    [
        ({"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}, 4, "operator"),
        ({"PRECONTRACTUAL_PATIENCE": "0", "PRECONTRACTUAL_CONCURRENCY": "1"}, 5, "later"),
    ],
)
def test_rows_that_were_never_reached_say_why(wrong: dict[str, str], code: int, move: str) -> None:
    """It is the same for all of them: what stopped the run, whose move it is, and the next step."""
    with running_sandbox("--outage", "0:1000" if code == 5 else "1000:1001") as sandbox:
        words = ("screen", "-", "-o", "-", "--start-date", DAY)
        given = "\n".join(["insz", *generate_ssins(60)]).encode()
        done = run(*words, "--json", given=given, variables=sandbox.variables | wrong)
    assert done.code == code
    rows = list(csv.DictReader(io.StringIO(done.out.decode("utf-8-sig"))))
    told = json.loads(done.err.splitlines()[-1])
    stopped = told["stopped"]
    assert told["moves"] == {move: 60}
    assert {row["next_step"] for row in rows} == {stopped["next_step"]}
    assert f"not answered yet: {stopped['diagnosis']}" in {row["reason"] for row in rows}
    assert "the run stopped before" not in done.out.decode()


def test_nobody_answered_has_its_reason(settings: Settings) -> None:
    """Exit 5 is never told alone, also when no outage ended the run: a few rows may each have given up."""
    left = screening()
    for diagnosis in ("no connection to the OAuth server", "another"):
        left._exit.see(Pending(QUERY, Unreachable(diagnosis)))
    assert left.exit_code == 5
    client = PrecontractualClient(settings)
    assert list(summary(left, client))[-2:] == [
        "nobody was answered: no connection to the OAuth server",
        f"  -> {WITHOUT_JOURNAL}",
    ]
    assert cast("dict[str, str]", facts(left, client)["stopped"])["diagnosis"].endswith("OAuth server")
    left._exit.see(Answered(QUERY, cast("Answer", None)))
    assert facts(left, client)["stopped"] is None


@pytest.mark.parametrize("has_journal", [False, True])
def test_a_result_that_finds_no_room(tmp_path: Path, has_journal: bool) -> None:
    """Whether the answers are kept is said beside what went wrong; with a journal the next run has them all."""
    journal = ("--journal", str(tmp_path / "j.db")) if has_journal else ()
    arguments = ("screen", "-", "-o", "-", *journal, "--start-date", DAY)
    with running_sandbox() as sandbox, Path("/dev/full").open("wb") as full:
        variables = sandbox.variables | {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "keys" / "j.key")}
        done = subprocess.run(
            [*COMMAND, *arguments, "-q"],
            input=f"insz\n{CITIZEN}\n",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_environment() | variables,
            check=False,
        )
        assert done.returncode == 1
        assert "the result is not written; known: 1 of 1 row\n" in done.stderr
        assert (
            "is in the journal; run it again" if has_journal else "is gone; run with --journal"
        ) in done.stderr
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_the_command_speaks_the_language_of_its_reader(tmp_path: Path, language: str) -> None:
    """By --lang, or by the locale: no line is what it is in English, but for names; JSON and logs stay English."""
    given = "\n".join(["insz;naam", *(f"{number};x" for number in generate_ssins(60)), "123;y"]).encode()
    words = ("screen", "-", "-o", str(tmp_path / "out.csv"), "--start-date", DAY)
    with running_sandbox("--limit", "1000") as sandbox:
        variables = sandbox.variables | {"PRECONTRACTUAL_RATE": "200"}
        english = run(*words, given=given, variables=variables).err.splitlines()
        by_option = run(*words, "--lang", language, given=given, variables=variables).err.splitlines()
        locale = variables | {"LC_ALL": f"{language}_BE.UTF-8"}
        by_locale = run(*words, given=given, variables=locale).err.splitlines()
        wrong = {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}
        refused = run(*words, "--lang", language, given=given, variables=variables | wrong).err.splitlines()
        machine = run(*words, "--json", given=given, variables=locale)
    assert json.loads(machine.out)["written"]
    for told in (by_option, by_locale):
        assert len(told) == len(english)
        assert not set(told) & set(english)
    english_words = re.compile(
        r"\b(rows?|the|are|calls|run|refused|line|retries|can|cannot|known|yet|next|again)\b"
    )
    for line in (*by_option, *by_locale, *(line for line in refused if " WARNING " not in line)):
        assert not english_words.search(re.sub(r"'[^']*'|--\w+|out\S*", "", line)), line
