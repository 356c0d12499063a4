"""The web portal's channel: the person who asks is named to the gateway, and to nobody else."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from support.canary import Canary
from support.collector import collecting
from support.command import RunningSandbox, run, running_sandbox
from support.numbers import CITIZEN, ENTERPRISE, MANDATARY, VALID_SSINS

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins
from precontractual_async.sandbox.server import PORTAL_PERSON

DAY = StartDateWindow.at(utc_now()).last.isoformat()
PERSON = "PRECONTRACTUAL_MANDATARY_SSIN"
COLLEAGUE = VALID_SSINS[0]
CHANNEL = "by the web portal's channel"
STEP = "leave it out when you ask through the gateway"


@pytest.fixture
def portal() -> Iterator[RunningSandbox]:
    with running_sandbox("--as", "portal", "--limit", "1000") as running:
        yield running


@pytest.fixture(scope="module")
def gateway() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "1000") as running:
        yield running


def calls(sandbox: RunningSandbox) -> int:
    with urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
        return int(json.load(reply)["calls"])


def a_list(folder: Path) -> tuple[str, ...]:
    """The words of a run over six citizens of two employers."""
    employers = (ENTERPRISE, "BE 0400.000.086", "")
    rows = [f"{number};{employers[at % 3]}" for at, number in enumerate(generate_ssins(6, seed=9))]
    (folder / "list.csv").write_text("\n".join(["insz;ondernemingsnummer", *rows]) + "\n")
    return ("screen", str(folder / "list.csv"), "-o", str(folder / "out.csv"), "--start-date", DAY)


def test_one_citizen(portal: RunningSandbox, tmp_path: Path) -> None:
    """The sandbox names the person to export; from a file it is the same."""
    assert portal.variables[PERSON] == PORTAL_PERSON
    done = run("verify", "--start-date", DAY, given=CITIZEN.encode(), variables=portal.variables)
    assert (done.code, done.err) == (0, "")
    file = tmp_path / "person.txt"
    file.touch(0o600)
    file.write_text("10.01.01-901.62\n")
    by_file = {name: text for name, text in portal.variables.items() if name != PERSON}
    by_file[f"{PERSON}_FILE"] = str(file)
    done = run("verify", "--start-date", DAY, given=CITIZEN.encode(), variables=by_file)
    assert (done.code, done.err) == (0, "")
    file.chmod(0o644)
    done = run("verify", "--start-date", DAY, given=CITIZEN.encode(), variables=by_file)
    assert done.code == 2
    assert f"{PERSON}_FILE can be read by everybody" in done.err
    file.unlink()


def test_a_list_of_several_employers(portal: RunningSandbox, tmp_path: Path, processes: Canary) -> None:
    """Each row by the portal's channel, for the employer that it names. With all that a run can leave behind,
    the number of the person is in nothing: no log, metric, trace, journal, report or result.
    """
    left = {name: str(tmp_path / f"{name}.txt") for name in ("metrics", "changes")}
    more = ("--journal", str(tmp_path / "j.db"), "--metrics", left["metrics"], "--changes", left["changes"])
    with collecting() as collected:
        noisy = {"PRECONTRACTUAL_LOG": "debug json", "OTEL_EXPORTER_OTLP_ENDPOINT": collected.url}
        done = run(*a_list(tmp_path), *more, "--json", variables=portal.variables | noisy)
    assert done.code == 0, done.err
    assert CHANNEL in done.err
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["outcome"] for row in csv.DictReader(file, delimiter=";")} == {"answered"}
    assert calls(portal) == 6
    report = run("report", str(tmp_path / "j.db"), "-o", str(tmp_path / "report.html"))
    assert report.code == 0, report.err
    for path, body in collected.bodies:
        processes.hear(f"collector {path}", body)
    processes.hear("stdout", done.out)
    assert collected.bodies
    for name in ("out.csv", "changes.txt", "report.html"):
        assert PORTAL_PERSON not in (tmp_path / name).read_text(encoding="utf-8-sig")
    assert PORTAL_PERSON.encode() not in (tmp_path / "j.db").read_bytes()


def test_an_answer_to_one_person_is_not_taken_for_anothers(portal: RunningSandbox, tmp_path: Path) -> None:
    """With one journal, each of two people asks once."""
    words = (*a_list(tmp_path), "--journal", str(tmp_path / "j.db"))
    for person, expected in ((PORTAL_PERSON, 6), (PORTAL_PERSON, 6), (COLLEAGUE, 12), (COLLEAGUE, 12)):
        done = run(*words, "--fresh-for", "1d", variables=portal.variables | {PERSON: person})
        assert done.code == 0, done.err
        assert calls(portal) == expected


@pytest.mark.parametrize("is_list", [False, True])
def test_a_gateway_that_is_no_portals(gateway: RunningSandbox, tmp_path: Path, is_list: bool) -> None:
    """It refuses the person with its 400; the setting is named, and the exit code is that of a setting."""
    words = a_list(tmp_path) if is_list else ("verify", "--start-date", DAY)
    variables = gateway.variables | {PERSON: PORTAL_PERSON}
    done = run(*words, given=CITIZEN.encode(), variables=variables)
    assert done.code == 2
    assert "the gateway rejects the caller's mandatarySsin" in done.err
    assert "MANDATARY_SSIN" in done.err
    assert STEP in done.err
    assert "Traceback" not in done.err


def test_a_portal_without_a_person(portal: RunningSandbox) -> None:
    """It refuses that too (manual §3.3.10), and the same step says what to set."""
    variables = {name: text for name, text in portal.variables.items() if name != PERSON}
    done = run("verify", "--start-date", DAY, given=CITIZEN.encode(), variables=variables)
    assert done.code == 2
    assert "at the portal set and check it" in done.err


def test_what_is_said_beforehand(portal: RunningSandbox, tmp_path: Path) -> None:
    """By the dry run, for people and machines, and by the doctor: as whom and by which channel; never the number."""
    said = f"asks as the enterprise 0880.820.673; {CHANNEL}"
    words = (*a_list(tmp_path), "--dry-run")
    assert said in run(*words, variables=portal.variables).out.decode().splitlines()
    assert json.loads(run(*words, "--json", variables=portal.variables).out)["asks_as"] == said
    doctor = run("doctor", variables=portal.variables)
    assert (doctor.code, doctor.err) == (0, "")
    assert doctor.out.decode().splitlines()[0].endswith(f"; {said}")
    more = {"PRECONTRACTUAL_REPRESENTED_ENTERPRISE_NUMBER": MANDATARY}
    dutch = run(*words, "--lang", "nl", variables=portal.variables | more).out.decode()
    assert "vraagt als de onderneming 0880.820.673; voor de onderneming 0400.000.086; via het kanaal" in dutch
    without = json.loads(run(*words, "--json").out)
    assert without["asks_as"] is None


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({PERSON: PORTAL_PERSON[:-1] + "3"}, f"{PERSON}: the check digits do not fit"),
        ({f"{PERSON}_FILE": "/nowhere"}, f"{PERSON}_FILE cannot be read"),
        ({PERSON: PORTAL_PERSON, f"{PERSON}_FILE": "/x"}, f"give the number once: {PERSON} or {PERSON}_FILE"),
    ],
)
def test_a_number_that_cannot_be_used(
    gateway: RunningSandbox, variables: dict[str, str], told: str, processes: Canary
) -> None:
    """It is told by the name of its setting, and not repeated."""
    processes.learn("wrong number", PORTAL_PERSON[:-1] + "3")
    done = run("doctor", variables=gateway.variables | variables)
    assert done.code == 2
    assert told in done.out.decode()
