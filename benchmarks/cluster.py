"""Several processes share one allowed rate and one token through a real Redis, as the gateway sees it.

    python benchmarks/cluster.py [--quick] [--seconds 15] [--json FILE]

The sandbox, with a limit that is the rate, runs in its own process and stamps every call; so does each of the
clients. Two and four of them share 100 calls a second; then Redis is killed (SIGKILL) under four, and started
again empty: after two seconds, while everybody waits, and after eight, when each goes on alone. Exit 1 when a
window of one second holds more than the rate, when the gateway refuses a call (429) or gives a second token,
when a row is lost, or when undisturbed processes stay below 95 % of the rate together. With --quick, for a
busy machine, the limit is two more, and the average is for a look only.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from attrs import asdict, frozen
from bench import verdict
from ground import free_port

from precontractual_async import Candidate, PrecontractualClient, load_settings, verify_many
from precontractual_async.sandbox import Kind, Sandbox, generate_ssins

RATE = 100
LEAST_SHARE = 0.95
SPAWN = multiprocessing.get_context("spawn")


@frozen
class Shared:
    """One run of several processes, by the sandbox's own stamps."""

    what: str
    rows: int
    answered: int
    share: float
    """The average over the allowed rate."""
    most: int
    """Calls in the fullest window of one second."""
    refused: int
    """429."""
    tokens: int
    limit: int
    least_share: float

    @property
    def holds(self) -> bool:
        return (
            self.answered == self.rows
            and self.most <= self.limit
            and self.refused == 0
            and self.tokens == 1
            and self.share >= self.least_share
        )


class Redis:
    """A real one, on a port of its own, which keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.start()

    def start(self) -> None:
        arguments = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        self._process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)  # noqa: S603, S607

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def _serve(line: Connection, limit: int) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Sandbox(limit=limit) as sandbox:
            key = {"PRECONTRACTUAL_KEY_FILE": "", "PRECONTRACTUAL_PRIVATE_KEY": sandbox.private_key_pem}
            line.send(sandbox.variables(Kind.EMPLOYER, Path()) | key)
            while await loop.run_in_executor(None, line.recv) != "stop":
                line.send(sandbox.statistics())

    asyncio.run(main())


def _work(line: Connection, variables: dict[str, str], numbers: Sequence[str]) -> None:
    """One process with its part of the list."""

    async def main() -> Counter[str]:
        async with PrecontractualClient(load_settings(variables)) as client:
            window = client.planner().window
            assert window is not None
            stream = verify_many(client, (Candidate(number, window.last) for number in numbers))
            return Counter([type(outcome).__name__ async for outcome in stream])

    line.send(asyncio.run(main()))


@contextmanager
def sandbox(limit: int) -> Iterator[tuple[dict[str, str], Connection]]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_serve, args=(theirs, limit))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send("stop")
        process.join()


def after(calls: int, line: Connection) -> None:
    """Return when the gateway was called so many times."""
    seen = 0
    while seen < calls:
        time.sleep(0.1)
        line.send("statistics")
        seen = line.recv()["calls"]


def run(what: str, processes: int, rows: int, away: float | None, *, is_quick: bool) -> Shared:
    """So many processes with equal parts of the list; `away`: seconds for which Redis is gone at a third."""
    numbers, limit = list(generate_ssins(rows, seed=processes)), RATE + 2 * is_quick
    with tempfile.TemporaryDirectory() as folder, sandbox(limit) as (variables, line):
        redis = Redis(Path(folder))
        sharing = {
            "PRECONTRACTUAL_REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "PRECONTRACTUAL_PROCESSES": str(processes),
            "PRECONTRACTUAL_RATE": str(RATE),
        }
        ends = []
        for part in range(processes):
            ours, theirs = SPAWN.Pipe()
            work = SPAWN.Process(target=_work, args=(theirs, variables | sharing, numbers[part::processes]))
            work.start()
            ends.append((ours, work))
        if away is not None:
            after(rows // 3, line)
            redis.kill()
            time.sleep(away)
            redis.start()
        kinds: Counter[str] = Counter()
        for ours, work in ends:
            kinds += ours.recv()
            work.join()
        line.send("statistics")
        seen = line.recv()
        redis.kill()
    return Shared(
        what,
        rows,
        kinds["Answered"] + kinds["Rejected"],
        seen["average_per_second"] / RATE,
        seen["most_in_one_second"],
        seen["statuses"].get("429", 0),
        seen["token_requests"],
        limit,
        LEAST_SHARE if away is None and not is_quick else 0.0,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=15.0, help="for each undisturbed run")
    parser.add_argument("--quick", action="store_true", help="5 seconds for each, on a busy machine")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()
    if shutil.which("redis-server") is None:
        sys.exit("redis-server is missing: apt-get install -y redis-server")
    rows = round(RATE * (5.0 if arguments.quick else arguments.seconds))
    runs = [
        ("2 processes", 2, rows, None),
        ("4 processes", 4, rows, None),
        ("4, Redis away for 2 s", 4, RATE * 6, 2.0),
        ("4, Redis away for 8 s", 4, RATE * 12, 8.0),
    ]
    print(
        f"{'':<24}{'rows':>6}{'answered':>10}{'average/rate':>14}{'most in 1 s':>13}{'429':>5}{'tokens':>8}"
    )
    results = []
    for each in runs:
        done = run(*each, is_quick=arguments.quick)
        results.append(done)
        figures = f"{done.share:>14.3f}{done.most:>13}{done.refused:>5}{done.tokens:>8}"
        print(
            f"{done.what:<24}{done.rows:>6}{done.answered:>10}{figures}  {verdict(holds=done.holds)}",
            flush=True,
        )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(done) for done in results], indent=2) + "\n")
    return 0 if all(done.holds for done in results) else 1


if __name__ == "__main__":
    sys.exit(main())
