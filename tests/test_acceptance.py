"""The main job on the list that HR sends: 2,000 rows as Excel saves them in Belgium, through two processes."""

from __future__ import annotations

import csv
import io
import json
import random
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from attrs import frozen
from support.command import RunningSandbox, run, running_sandbox

from precontractual_async import StartDateWindow, opens_on
from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import BRUSSELS
from precontractual_async.sandbox import Citizen, Population, generate_ssins

TODAY = utc_now().astimezone(BRUSSELS).date()
WINDOW = StartDateWindow.on(TODAY)
ROWS = 2000
HEADER = ["Volgnr", "Naam", "INSZ", "Startdatum", "Opmerking"]
STATUSES = {"noGrant": "no_grant", "errorGrant": "error_grant"}


@frozen
class Line:
    """One row of the list, and what it must become."""

    cells: tuple[str, ...]
    outcome: str
    digits: str
    start_date: date


def written(digits: str, draw: random.Random) -> str:
    """As it is, with dots, or as a spreadsheet mangles it."""
    dotted = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
    return draw.choice((digits, dotted, digits.lstrip("0"), f" {digits} "))


def lines() -> Iterator[Line]:
    draw = random.Random(2026)
    numbers = list(generate_ssins(ROWS, seed=42))
    asked: list[Line] = []
    for position, digits in enumerate(numbers, 1):
        day, outcome = (
            WINDOW.first + timedelta(days=draw.randint(1, (WINDOW.last - WINDOW.first).days)),
            "asked",
        )
        cell, kind = written(digits, draw), position % 20
        if kind == 3:
            day, outcome = TODAY - timedelta(days=draw.randint(1, 400)), "refused"
        elif kind == 7:
            day, outcome = WINDOW.last + timedelta(days=draw.randint(1, 300)), "deferred"
        elif kind == 11:
            cell, outcome = f"{digits[:10]}{(int(digits[10]) + 1) % 10}", "refused"
        elif kind == 15 and asked:
            earlier = draw.choice(asked)
            digits, day = earlier.digits, earlier.start_date  # noqa: PLW2901 (a duplicate of it)
            cell = written(digits, draw)
        cells = (
            str(position),
            f"Kandidaat Zoë {position}",
            cell,
            f"{day.day}/{day.month}/{day.year}",
            "prêt; né",
        )
        line = Line(cells, outcome, digits, day)
        if outcome == "asked":
            asked.append(line)
        yield line


def as_excel_saves_it(rows: list[Line]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADER)
    writer.writerows(line.cells for line in rows)
    return text.getvalue().encode("cp1252")


def statistics(sandbox: RunningSandbox) -> dict[str, int]:
    with urllib.request.urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
        return json.load(reply)  # type: ignore[no-any-return]


def check_answered(row: dict[str, str], citizen: Citizen) -> None:
    """The cells of an asked row, from what the sandbox knows of the citizen."""
    if not citizen.exists:
        assert row["outcome"] == "rejected"
        assert row["next_step"] == "Check the number with the citizen."
        return
    assert row["outcome"] == "answered"
    assert row["flexi_status"] == STATUSES.get(citizen.flexi, citizen.flexi)
    assert row["student_status"] == STATUSES.get(citizen.student, citizen.student)
    hours = citizen.hours if citizen.student in ("ok", "nok") else None
    assert row["student_hours_remaining"] == ("" if hours is None else str(hours))
    assert ("Have the citizen give" in row["next_step"]) is ("noGrant" in (citizen.flexi, citizen.student))
    assert ("Ask again later" in row["next_step"]) is (
        "errorGrant" in (citizen.flexi, citizen.student)
        or citizen.flexi_cause == "errorFlexiJobPrecontractual"
        or citizen.student_cause == "errorStudentjobPrecontractual"
    )
    assert row["main_reference"]
    assert row["asked_at"].endswith("Z")


def test_two_thousand_rows(tmp_path: Path) -> None:
    """Same rows, same order; each with its own outcome; no call too many and none too few."""
    wanted = list(lines())
    list_file, out = tmp_path / "kandidaten.csv", tmp_path / "resultaat.csv"
    list_file.write_bytes(as_excel_saves_it(wanted))
    with running_sandbox("--limit", "500") as sandbox:
        done = run("screen", str(list_file), "-o", str(out), variables=sandbox.variables)
        asked = statistics(sandbox)
    assert done.code == 0, done.err
    rows = list(csv.DictReader(io.StringIO(out.read_bytes().decode("utf-8-sig")), delimiter=";"))
    assert [tuple(row[name] for name in HEADER) for row in rows] == [line.cells for line in wanted]
    population = Population(TODAY)
    for row, line in zip(rows, wanted, strict=True):
        if line.outcome == "asked":
            check_answered(row, population[line.digits])
        else:
            assert row["outcome"] == line.outcome
            assert (
                row["next_step"]
                == {
                    "refused": "Correct the row and ask again.",
                    "deferred": f"Ask again from {opens_on(line.start_date).isoformat()}.",
                }[line.outcome]
            )
            assert not row["flexi_status"] + row["student_status"] + row["main_reference"]
    distinct = {(line.digits, line.start_date) for line in wanted if line.outcome == "asked"}
    assert (asked["calls"], asked["distinct"], asked["most_of_one"]) == (len(distinct), len(distinct), 1)
    assert not [line for line in wanted if line.digits in done.err]
