"""A long list from file to file with the journal on: memory must not grow with it.

    python benchmarks/soak.py [--rows 100000 1000000] [--limit-mb 150]

Runs `precontractual screen` as a process of its own for each length, against a server that costs as little
as possible, and prints rows per second, processor time and the peak of memory. Exit 1 when a peak is above
the limit, or when the longest list needs more than 5 % more than the shortest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from attrs import frozen
from ground import server, variables, write_list


@frozen
class Soaked:
    """One run."""

    rows: int
    seconds: float
    processor: float
    megabytes: float


def soak(rows: int, environment: dict[str, str], folder: Path) -> Soaked:
    """One list through the command."""
    list_file, out = folder / f"{rows}.csv", folder / f"{rows}-out.csv"
    # In a process of its own: the peak of a child begins at what its parent holds.
    writer = multiprocessing.get_context("spawn").Process(target=write_list, args=(list_file, rows))
    writer.start()
    writer.join()
    command = ["screen", str(list_file), "-o", str(out), "--journal", str(folder / f"{rows}.db"), "--quiet"]
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "precontractual_async", *command], env=environment, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    with out.open() as file:
        answered = sum(";answered;" in line for line in file)
    assert answered == rows, f"{answered} of {rows} rows answered"
    for path in folder.glob(f"{rows}*"):
        path.unlink()
    seconds = time.perf_counter() - began
    return Soaked(rows, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--limit-mb", type=float, default=150.0)
    arguments = parser.parse_args()
    results = []
    print(f"{'rows':>10} {'seconds':>9} {'rows/s':>8} {'us/row':>8} {'peak MB':>8}", flush=True)
    with tempfile.TemporaryDirectory() as folder, server() as port:
        environment = variables(port, Path(folder))
        for rows in arguments.rows:
            done = soak(rows, environment, Path(folder))
            results.append(done)
            print(
                f"{done.rows:10} {done.seconds:9.1f} {done.rows / done.seconds:8.0f} "
                f"{done.processor / done.rows * 1e6:8.0f} {done.megabytes:8.1f}",
                flush=True,
            )
    growth = results[-1].megabytes / results[0].megabytes
    print(f"peak of the longest list against the shortest: {growth:.3f}")
    is_good = max(done.megabytes for done in results) <= arguments.limit_mb and growth <= 1.05
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
