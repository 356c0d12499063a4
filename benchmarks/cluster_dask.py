"""One list through one process, and through Dask clusters, one of whose workers is killed.

    python benchmarks/cluster_dask.py [--rows 1500] [--rate 100] [--kills 3] [--quick] [--json FILE]

The same citizens are asked by one process, by two and by four workers, and by two of which one is killed now
and then with SIGKILL, each time of a new sandbox in another process. Exit 1 unless the results are the same,
no row is lost, each killed worker costs no more than its partition in repeated calls, no window of one second
holds more than the rate + max(1, 2 %) by the server's stamps, and there was one token at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import asdict, evolve, frozen
from bench import verdict
from kills import sandbox

from precontractual_async import (
    Answered,
    Candidate,
    Outcome,
    PrecontractualClient,
    SqliteJournal,
    VerificationBackend,
    verify_many,
)
from precontractual_async import DaskClient as Cluster
from precontractual_async.calls.session import utc_now
from precontractual_async.journal.keys import find_journal_key
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

PARTITION = 100
DAY = StartDateWindow.at(utc_now()).last


@frozen
class Run:
    """What one way of asking came to."""

    name: str
    rows: int
    calls: int
    repeated: int
    lost: int
    most: int
    """Calls in the fullest window of one second."""
    average: float
    tokens: int
    kills: int
    seconds: float
    is_same: bool

    def holds(self, rate: float) -> bool:
        is_paced = self.most <= rate + max(1.0, 0.02 * rate)
        tokens = 1 + self.kills
        return (
            self.is_same
            and not self.lost
            and is_paced
            and self.repeated <= self.kills * PARTITION
            and self.tokens <= tokens
        )


def statistics(environment: dict[str, str]) -> dict[str, float]:
    url = environment["PRECONTRACTUAL_API_URL"].partition("/REST/")[0]
    with urllib.request.urlopen(f"{url}/_sandbox/statistics") as reply:  # noqa: S310
        found: dict[str, float] = json.load(reply)
        return found


def told(outcome: Outcome) -> object:
    """What must be the same however it was asked."""
    if not isinstance(outcome, Answered):
        return type(outcome).__name__
    answer = outcome.answer
    blocks = (evolve(block, reference=None) for block in (answer.flexi_job, answer.student_job))
    return tuple(blocks)


@asynccontextmanager
async def killing(client: VerificationBackend, kills: int, every: float) -> AsyncIterator[list[int]]:
    """Kill one worker after another while the block runs; those that were killed."""
    killed: list[int] = []

    async def kill() -> None:
        assert isinstance(client, Cluster)
        for _ in range(kills):
            await asyncio.sleep(every)
            pids = set((await client._dask.run(os.getpid, on_error="ignore")).values()) - set(killed)
            pid = next(iter(pids))
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    task = asyncio.create_task(kill())
    yield killed
    task.cancel()
    await asyncio.wait([task])


async def asked(
    client: VerificationBackend, numbers: list[str], folder: Path, kills: int, every: float
) -> dict[object, object]:
    path = folder / "journal" / "j.db"
    path.parent.mkdir(parents=True)
    candidates = [Candidate(number, DAY, row=row) for row, number in enumerate(numbers)]
    outcomes: dict[object, object] = {}
    async with SqliteJournal(path, find_journal_key(os.environ, path)) as journal:
        async with killing(client, kills, every) as killed:
            async for outcome in verify_many(client, candidates, journal=journal):
                outcomes[outcome.row] = told(outcome)
        kept = await journal.find([client.planner().plan(each) for each in candidates])  # type: ignore[misc]
    outcomes["kept"] = sum(entry is not None for entry in kept)
    outcomes["killed"] = len(killed)
    return outcomes


async def through(
    cluster: str, numbers: list[str], folder: Path, kills: int, every: float
) -> tuple[dict[object, object], float]:
    client = Cluster(cluster, partition=PARTITION) if cluster else PrecontractualClient.from_env()
    async with client:
        began = time.perf_counter()
        return await asked(client, numbers, folder, kills, every), time.perf_counter() - began


def run(
    name: str,
    cluster: str,
    numbers: list[str],
    rate: float,
    expected: dict[object, object],
    *,
    kills: int = 0,
) -> tuple[Run, dict[object, object]]:
    with tempfile.TemporaryDirectory() as folder, sandbox(Path(folder)) as environment:
        os.environ.update(
            environment | {"PRECONTRACTUAL_RATE": str(rate), "PRECONTRACTUAL_CONCURRENCY": "40"}
        )
        every = len(numbers) / rate / (kills + 1)
        outcomes, seconds = asyncio.run(through(cluster, numbers, Path(folder), kills, every))
        found = statistics(environment)
    kept, killed = int(str(outcomes.pop("kept"))), int(str(outcomes.pop("killed")))
    assert killed == kills, "the run was over before all were killed"
    done = Run(
        name,
        rows=len(outcomes),
        calls=int(found["calls"]),
        repeated=int(found["calls"] - found["distinct"]),
        lost=len(numbers) - min(kept, len(outcomes)),
        most=int(found["most_in_one_second"]),
        average=found["average_per_second"],
        tokens=int(found["token_requests"]),
        kills=kills,
        seconds=round(seconds, 1),
        is_same=not expected or outcomes == expected,
    )
    return done, outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="400 rows, and one kill")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()
    rows, kills = (400, 1) if arguments.quick else (arguments.rows, arguments.kills)
    numbers = list(generate_ssins(rows, seed=11))
    ways = (("one process", "", 0), ("2 workers", "local:2", 0), ("4 workers", "local:4", 0))
    runs: list[Run] = []
    expected: dict[object, object] = {}
    print(
        f"{'':16}{'rows':>6}{'lost':>6}{'repeated':>10}{'most in 1 s':>13}{'average':>9}{'tokens':>8}"
        f"{'seconds':>9}"
    )
    for name, cluster, killed in (*ways, (f"2, {kills} killed", "local:2", kills)):
        done, outcomes = run(name, cluster, numbers, arguments.rate, expected, kills=killed)
        expected = expected or outcomes
        runs.append(done)
        print(
            f"{name:16}{done.rows:>6}{done.lost:>6}{done.repeated:>10}{done.most:>13}{done.average:>9.1f}"
            f"{done.tokens:>8}{done.seconds:>9}  {verdict(holds=done.holds(arguments.rate))}",
            flush=True,
        )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(done) for done in runs], indent=2) + "\n")
    return 0 if all(done.holds(arguments.rate) for done in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
