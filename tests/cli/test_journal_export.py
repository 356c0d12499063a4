"""``precontractual journal export``: all that was asked, as JSON lines; whole or not there, and not by chance on a screen."""

from __future__ import annotations

import base64
import json
import os
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from support.batch import BEGAN, batch, several
from support.command import COMMAND, Done, clean_environment, run
from support.journals import AT, KEY, QUERY, answered, entry, pending, query_for, rejected
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY, VALID_SSINS, generated
from support.warm import REAL

from precontractual_async import Caller, EnterpriseNumber, Ssin
from precontractual_async.journal.store import Store

VARIABLES = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Path]:
    """In a folder of its own; somebody holds it all the time."""
    path = tmp_path / "journal" / "nightly.db"
    path.parent.mkdir()
    with closing(Store(path, KEY)) as store:
        store.keep(list(batch(40)))
        yield path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def exported(journal: Path, *more: str | Path, **variables: str) -> Done:
    return run("journal", "export", str(journal), *map(str, more), variables=VARIABLES | variables)


def lines(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.splitlines()]


def test_every_entry_is_a_line(journal: Path, target: Path) -> None:
    """In the order in which they were kept, the same in a file for its owner alone and on standard output."""
    kept = list(batch(40))
    done = exported(journal, "-o", target)
    assert (done.code, done.err, done.out.decode()) == (0, "", f"written: {target} ({len(kept)} entries)\n")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    told = lines(target.read_bytes())
    assert [(each["citizen"], each["start_date"]) for each in told] == [
        (each.outcome.query.citizen.digits, each.outcome.query.start_date.isoformat()) for each in kept
    ]
    assert {each["outcome"] for each in told} == {"answered", "rejected", "pending"}
    assert all(each["asked_at"] >= f"{BEGAN:%Y-%m-%dT%H:%M}" and each["reason"] for each in told)
    for more in (), ("-o", "-"):
        again = exported(journal, *more)
        assert (again.code, again.err, again.out) == (0, "", target.read_bytes())
    assert {each.name for each in target.parent.iterdir()} == {"journal", "audit.jsonl"}


def test_what_an_entry_tells(tmp_path: Path) -> None:
    """Who asked for whom, when, with which references and answer; what there is not is left out."""
    path = tmp_path / "j.db"
    number, represented = EnterpriseNumber.parse(ENTERPRISE), EnterpriseNumber.parse(MANDATARY)
    person = Caller.portal(number, Ssin.parse(VALID_SSINS[0]), represented)
    with closing(Store(path, KEY)) as store:
        refusal, failure = rejected(query_for(VALID_SSINS[1])), pending(query_for(VALID_SSINS[2]))
        store.keep([entry(each) for each in (refusal, failure, answered(evolve(QUERY, caller=person)))])
    refused, open_, whole = lines(exported(path).out)
    assert set(refused) == {
        *("asked_at", "enterprise_number", "citizen", "start_date", "type_of_worker", "outcome", "reason")
    }
    assert (refused["outcome"], refused["citizen"]) == ("rejected", VALID_SSINS[1])
    assert (open_["outcome"], open_["citizen"]) == ("pending", VALID_SSINS[2])
    reason, reference = whole.pop("reason"), f"{CITIZEN}0112202612"
    assert reason.startswith("flexi: ")
    assert whole == {
        "asked_at": f"{AT:%Y-%m-%dT%H:%M:%S}Z",
        "enterprise_number": ENTERPRISE,
        "represented_enterprise_number": MANDATARY,
        "mandatary_ssin": VALID_SSINS[0],
        "citizen": CITIZEN,
        "start_date": "2026-12-01",
        "type_of_worker": "all",
        "outcome": "answered",
        "flexi_status": "ok",
        "flexi_reference": reference,
        "student_status": "nok",
        "student_hours_remaining": 475,
        "student_reference": reference,
        "main_reference": reference,
        "trace_id": "trace",
    }


def test_for_whom_a_mandatary_asked(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    with closing(Store(path, KEY)) as store:
        store.keep(list(several()))
    first, second, *_ = lines(exported(path).out)
    assert {first["enterprise_number"], second["enterprise_number"]} == {MANDATARY}
    assert first["represented_enterprise_number"] == ENTERPRISE
    assert "represented_enterprise_number" not in second


def test_a_dry_run_counts(journal: Path, target: Path) -> None:
    """And writes nothing, and shows no number."""
    for more in (), ("-o", target):
        done = exported(journal, "--dry-run", *more)
        count = len(list(batch(40)))
        told = f"{count} entries would be exported, with the citizens' numbers\n"
        assert (done.code, done.err, done.out.decode()) == (0, "", told)
    assert not target.exists()


def on_a_terminal(journal: Path, *more: str) -> tuple[int, bytes]:
    """Its code, and what the terminal shows."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, "journal", "export", str(journal), *more]
    environment = clean_environment() | VARIABLES
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 1 << 16):
                shown += piece
        except OSError:  # Linux: the terminal is closed on the other side
            pass
    os.close(ours)
    return process.returncode, shown


def test_no_terminal_shows_it_by_chance(journal: Path) -> None:
    """It is refused, before anything is read; it is shown where somebody asks for it."""
    code, shown = on_a_terminal(journal)
    assert code == 2
    assert shown.decode().split("\r\n") == [
        "precontractual: the export holds national numbers, and would be shown on this terminal",
        "  -> Give a file after -o; -o - shows it all the same.",
        "",
    ]
    code, shown = on_a_terminal(journal, "-o", "-")
    assert (code, len(shown.splitlines())) == (0, len(list(batch(40))))
    code, shown = on_a_terminal(journal, "--dry-run")
    assert (code, len(shown.splitlines())) == (0, 1)


def test_another_key(journal: Path, target: Path) -> None:
    """Exit 2, and what was there stays."""
    target.write_bytes(b"before")
    done = exported(journal, "-o", target, PRECONTRACTUAL_JOURNAL_KEY=base64.b64encode(bytes(32)).decode())
    assert (done.code, done.out) == (2, b"")
    assert "the journal was made with another key" in done.err
    assert target.read_bytes() == b"before"
    assert {each.name for each in target.parent.iterdir()} == {"journal", "audit.jsonl"}


def test_places_where_no_export_can_be(journal: Path, tmp_path: Path) -> None:
    """Not over the journal or a key, nor where there is no folder: exit 2, in the reader's language too."""
    key = tmp_path / "keys" / "journal.key"
    key.parent.mkdir()
    key.touch(0o600)
    key.write_text(VARIABLES["PRECONTRACTUAL_JOURNAL_KEY"])
    places: dict[Path | str, str] = {
        journal: "the export would overwrite the journal",
        journal.with_name("nightly.db-wal"): "the export would overwrite the journal",
        key: "the export would overwrite a journal's key",
        tmp_path / "no" / "audit.jsonl": "No such file or directory",
        "": "it is no file",  # what a shell makes of a variable that is not set
    }
    before = journal.read_bytes()
    variables = {"PRECONTRACTUAL_JOURNAL_KEY": "", "PRECONTRACTUAL_JOURNAL_KEY_FILE": str(key)}
    for place, told in places.items():
        done = exported(journal, "-o", place, **variables)
        assert (done.code, done.out) == (2, b"")
        assert told in done.err
        assert "overwrite" not in exported(journal, "-o", place, "--lang", "nl", **variables).err
    assert journal.read_bytes() == before
    assert exported(journal, "-o", tmp_path / "audit.jsonl", **variables).code == 0


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_in_the_readers_language(journal: Path, target: Path, language: str) -> None:
    """What is said, and nothing of what is exported."""
    for more in ("--dry-run",), ():
        done = exported(journal, "-o", target, "--lang", language, *more)
        assert not {"entries", "would", "written:"} & set(done.out.decode().split())
    assert b'"reason": "flexi: ' in target.read_bytes()


def test_a_journal_that_was_changed(tmp_path: Path, target: Path) -> None:
    """No file then: an audit has all of it, or nothing."""
    path = tmp_path / "j.db"
    with closing(Store(path, KEY)) as store:
        store.keep(list(batch(40)))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE entry SET learned_at = learned_at - 1 WHERE id = 60")
    done = exported(path, "-o", target)
    assert (done.code, done.out) == (1, b"")
    assert "damaged" in done.err
    assert not target.exists()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from support.journals import KEY, answered, entry, query_for
from support.numbers import generated
from precontractual_async.journal.store import Store

store = Store(Path(sys.argv[1]), KEY)
numbers = list(generated(400))
print("begun", flush=True)
for first in range(0, 400, 5):
    store.keep([entry(answered(query_for(each))) for each in numbers[first : first + 5]])
    sys.stdin.readline()
"""


def test_while_a_run_writes(tmp_path: Path, target: Path) -> None:
    """Each is of one moment: what was kept first, in whole groups."""
    path, tests, numbers = tmp_path / "j.db", str(Path(__file__).parent.parent), list(generated(400))
    with subprocess.Popen(
        [REAL, "-c", WRITER, str(path), tests], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        counts = []
        for _ in range(4):
            writer.stdin.write(b"\n" * 20)
            writer.stdin.flush()
            assert exported(path, "-o", target).code == 0
            told = [each["citizen"] for each in lines(target.read_bytes())]
            assert told == numbers[: len(told)]
            assert len(told) % 5 == 0
            counts.append(len(told))
        writer.stdin.close()
    assert writer.returncode == 0
    assert counts == sorted(counts)
    assert lines(exported(path).out)[-1]["citizen"] == numbers[-1]


KILLED = """
import os, signal, sys

left = int(sys.argv.pop())

def step(real):
    def stepping(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given, **named)
    return stepping

from precontractual_async.cli import journal, main
from precontractual_async.tables import output
journal._audited = step(journal._audited)
output.finish = step(output.finish)
output.clear_beside = step(output.clear_beside)
sys.exit(main())
"""


@pytest.mark.parametrize("older", [b"before", None])
def test_killed_at_any_moment(tmp_path: Path, target: Path, older: bytes | None) -> None:
    """What was there or all of it; what is left beside it is for its owner alone, and goes with the next."""
    path = tmp_path / "journal" / "j.db"
    path.parent.mkdir()
    with closing(Store(path, KEY)) as store:
        store.keep(list(batch(3)))
    whole, seen = exported(path).out, set[bytes | None]()
    code, at = -signal.SIGKILL, 1
    while code == -signal.SIGKILL:
        target.unlink(missing_ok=True)
        if older is not None:
            target.write_bytes(older)
        words = ["journal", "export", str(path), "-o", str(target), str(at)]
        command = [sys.executable, "-c", KILLED, *words]
        environment = clean_environment() | VARIABLES
        code = subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL).returncode
        seen.add(target.read_bytes() if target.exists() else None)
        left = [each for each in tmp_path.iterdir() if each not in (target, path.parent)]
        assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in left)
        assert exported(path, "-o", target).code == 0
        assert {each.name for each in tmp_path.iterdir()} == {"journal", "audit.jsonl"}
        at += 1
    assert code == 0
    assert seen == {older, whole}
    assert at > 6
