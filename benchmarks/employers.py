"""One list of forty employers: each gets its share of the rate, and a result with nothing of the others.

    python benchmarks/employers.py [--rows 30000] [--quick]

Runs `precontractual screen --split-by represented` on a list in which the rows of each employer stand
together: first the one with two thirds of them, last one with twenty. As long as it waits, each of the forty
has a fortieth of the rate: the last one's share of the time is 20 x 40 calls of all. Exit 1 when it took more
than 1.2 times that, or when a number or name of one employer's is in the result of another.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import re
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from bench import ssins, verdict
from ground import START_DATE, variables
from server import Static

EMPLOYERS = 40
SMALLEST = 20
RATE = 500
MOST_RATIO = 1.2

_REPRESENTED = re.compile(rb"representedEnterpriseNumber=([0-9]{10})")


class Stamping(Static):
    """Notes for whom each call is, and when it came."""

    calls: list[tuple[float, str]]

    def data_received(self, data: bytes) -> None:
        self.calls += [(time.perf_counter(), found.decode()) for found in _REPRESENTED.findall(data)]
        super().data_received(data)


def employers() -> list[str]:
    """Numbers of enterprises with good check digits."""
    bodies = range(6_543_210, 6_543_210 + EMPLOYERS)
    return [f"0{body}{97 - body % 97:02}" for body in bodies]


def shared_out(rows: int) -> list[int]:
    """The rows of each: most have about as many."""
    largest = rows * 2 // 3
    between, more = divmod(rows - largest - SMALLEST, EMPLOYERS - 2)
    assert between >= SMALLEST, "too few to tell"
    return [largest + more, *[between] * (EMPLOYERS - 2), SMALLEST]


def write_list(path: Path, sizes: Sequence[int]) -> dict[str, list[str]]:
    """The citizens of each employer, as they stand in the list; a name tells whose row it is."""
    numbers, theirs = ssins(), {}
    with path.open("w") as file:
        file.write("insz;naam;startdatum;kbo\n")
        for employer, size in zip(employers(), sizes, strict=True):
            theirs[employer] = list(islice(numbers, size))
            for number in theirs[employer]:
                file.write(f"{number};of {employer[::-1]};{START_DATE:%d/%m/%Y};{employer}\n")
    return theirs


def strangers(folder: Path, theirs: Mapping[str, Sequence[str]]) -> int:
    """Results in which somebody else's number or name is, or not all of their own in the list's order."""
    found = 0
    for employer, citizens in theirs.items():
        text = (folder / f"out-{employer}.csv").read_text("utf-8-sig")
        rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
        references = [row[name].strip()[:11] for row in rows for name in row if name.endswith("_reference")]
        others = "|".join(form for each in theirs if each != employer for form in (each, each[::-1]))
        is_whole = [row["insz"] for row in rows] == citizens and {*references} == {*citizens}
        found += not is_whole or re.search(others, text) is not None
    return found


async def screened(folder: Path) -> list[tuple[float, str]]:
    """The calls of one run of the command."""
    Stamping.calls = []
    server = await asyncio.get_running_loop().create_server(Stamping, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    environment = variables(port, folder) | {"PRECONTRACTUAL_RATE": str(RATE)}
    command = ["screen", "list.csv", "-o", "out-{enterprise}.csv", "--split-by", "represented"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "precontractual_async", *command, "--journal", "j.db", "--quiet"),
        env=environment,
        cwd=folder,
    )
    assert await process.wait() == 0
    server.close()
    return Stamping.calls


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--quick", action="store_true", help="3,000 rows")
    arguments = parser.parse_args()
    rows = 3_000 if arguments.quick else arguments.rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theirs = write_list(folder / "list.csv", shared_out(rows))
        calls = asyncio.run(screened(folder))
        wrong = strangers(folder, theirs)
    assert len(calls) == rows
    began, ended = calls[0][0], calls[-1][0]
    smallest = employers()[-1]
    took = max(at for at, employer in calls if employer == smallest) - began
    share = (ended - began) * SMALLEST * EMPLOYERS / rows
    ratio = took / share
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{'peak of memory':34}{peak:>9.1f} MB")
    print(f"{'all employers':34}{ended - began:>9.2f} s")
    print(f"{'the smallest: its share':34}{share:>9.2f} s")
    print(f"{'the smallest: until its last call':34}{took:>9.2f} s")
    print(f"{'ratio':34}{ratio:>9.2f}    {verdict(holds=ratio <= MOST_RATIO)}")
    print(f"{'results with something of another':34}{wrong:>9}    {verdict(holds=not wrong)}")
    return 0 if ratio <= MOST_RATIO and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
