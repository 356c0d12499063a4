"""A hundred SIGKILLs at random moments of one batch, resumed each time.

    python benchmarks/kills.py [--kills 100] [--rows 5000] [--seed 1]

Runs `precontractual screen --journal` again and again over one list against a sandbox in another process,
and kills it each time. Prints how many citizens that were announced, or kept once, are not in the journal
afterwards (none), how many calls were repeated for each kill (at most W and what is at risk on its way into
the journal: 110), and whether the final result is the one of an undisturbed run. Exit 1 when a promise is
broken.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import frozen

from precontractual_async import Caller, EnterpriseNumber, Query, Ssin
from precontractual_async.calls.session import utc_now
from precontractual_async.journal.keys import find_journal_key
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

COMMAND = [sys.executable, "-m", "precontractual_async"]
VARYING = ("asked_at", "trace_id", "flexi_reference", "student_reference", "main_reference")
DAY = StartDateWindow.at(utc_now()).last
AT_RISK = 10 + 100
"""Calls on the wire (W), one group that is being committed, and one that waits for it."""

# What the command announces, for those who watch: it prints the row of every outcome that it was told.
ANNOUNCING = """
import sys
from precontractual_async.batch import pool
from precontractual_async.batch import list_screening as batch
from precontractual_async.cli import main

async def told(*given, **options):
    stream = pool.verify_many(*given, **options)
    try:
        async for outcome in stream:
            sys.stdout.write(outcome.query.citizen.digits + "\\n")
            sys.stdout.flush()
            yield outcome
    finally:
        await stream.aclose()

batch.verify_many = told
sys.exit(main(sys.argv[1:]))
"""


@contextmanager
def sandbox(folder: Path) -> Iterator[dict[str, str]]:
    """A sandbox in another process; its variables, and ours."""
    process = subprocess.Popen(  # noqa: S603
        [*COMMAND, "sandbox", "--limit", "2000"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "\n")
    given = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
    try:
        yield (
            os.environ
            | {name: value.strip("'") for name, value in given.items()}
            | {
                "PRECONTRACTUAL_RATE": "1000",
                "PRECONTRACTUAL_JOURNAL_KEY_FILE": str(folder / "keys" / "journal.key"),
            }
        )
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def calls(environment: dict[str, str]) -> int:
    url = environment["PRECONTRACTUAL_API_URL"].partition("/REST/")[0]
    with urllib.request.urlopen(f"{url}/_sandbox/statistics") as reply:  # noqa: S310
        return int(json.load(reply)["calls"])


@frozen
class Desk:
    """A list and where its result and its journal go."""

    folder: Path
    environment: dict[str, str]

    def run(self, kill_after: float | None) -> tuple[int, set[str]]:
        """One run, killed after so many seconds or left alone; its exit code and what it announced."""
        arguments = ["screen", "list.csv", "-o", "out.csv", "--journal", "journal/j.db", "--quiet"]
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", ANNOUNCING, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            if kill_after is not None:
                time.sleep(kill_after)
                process.kill()
            said, errors = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), errors
        return process.returncode, set(re.findall(r"^(\d{11})\n", said, re.MULTILINE))

    def kept(self, numbers: list[str]) -> set[str]:
        """Whose answers are in the journal, of these."""
        path = self.folder / "journal" / "j.db"
        if not path.exists():
            return set()
        caller = Caller.enterprise(
            EnterpriseNumber.parse(self.environment["PRECONTRACTUAL_ENTERPRISE_NUMBER"])
        )
        queries = [Query(Ssin.parse(number), DAY, caller) for number in numbers]
        with closing(Store(path, find_journal_key(self.environment, path))) as store:
            found = zip(numbers, store.find(queries), strict=True)
            return {number for number, entry in found if entry is not None}

    def result(self) -> list[dict[str, str]]:
        with (self.folder / "out.csv").open() as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        return [{name: cell for name, cell in row.items() if name not in VARYING} for row in rows]


def prepared(folder: Path, environment: dict[str, str], numbers: list[str]) -> Desk:
    (folder / "journal").mkdir(parents=True)
    (folder / "list.csv").write_text("insz;start\n" + "".join(f"{number};{DAY}\n" for number in numbers))
    return Desk(folder, environment)


def settled_numbers(folder: Path, environment: dict[str, str], count: int) -> list[str]:
    """Citizens whose answers are settled at once: others would be asked again by every run."""
    desk = prepared(folder, environment, list(generate_ssins(count * 5 // 4, seed=11)))
    assert desk.run(None)[0] == 0
    rows = [row["insz"] for row in desk.result() if "Ask again later" not in row["next_step"]]
    assert len(rows) >= count
    return rows[:count]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name, sandbox(Path(name)) as environment:
        folder = Path(name)
        numbers = settled_numbers(folder / "all", environment, arguments.rows)
        undisturbed = prepared(folder / "undisturbed", environment, numbers)
        assert undisturbed.run(None)[0] == 0
        # So slow that the list outlasts the kills: what is complete ends before it can be killed.
        rate_limiter = {"PRECONTRACTUAL_RATE": str(max(50.0, 0.6 * arguments.rows / arguments.kills))}
        desk = prepared(folder / "killed", environment | rate_limiter, numbers)
        kills = repeated = worst = 0
        announced: set[str] = set()
        kept: set[str] = set()
        lost: set[str] = set()
        while kills < arguments.kills and len(kept) < len(numbers):
            before, kept_before = calls(environment), kept
            code, told = desk.run(draw.uniform(0.4, 1.4))
            announced |= told
            kept = desk.kept(numbers)
            kills += code == -signal.SIGKILL
            lost |= (announced | kept_before) - kept
            wasted = calls(environment) - before - len(kept - kept_before)
            repeated, worst = repeated + wasted, max(worst, wasted)
        assert desk.run(None)[0] == 0
        same = desk.result() == undisturbed.result()
    print(f"{kills} kills over {arguments.rows} rows; {len(kept)} rows were kept before the last run")
    print(f"{len(announced)} outcomes announced; announced or kept, and lost: {len(lost)} (promised: 0)")
    print(f"calls repeated: {repeated / kills:.1f} per kill, at most {worst} (promised: {AT_RISK})")
    print(f"the result is that of an undisturbed run: {'yes' if same else 'NO'}")
    return 0 if same and not lost and worst <= AT_RISK else 1


if __name__ == "__main__":
    sys.exit(main())
