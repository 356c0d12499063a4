"""A long list from file to file with the journal on: memory must not grow with it.

    python benchmarks/soak.py [--rows 100000 1000000] [--format csv|parquet] [--limit-mb 150]

Runs `precontractual screen` as a process of its own for each length, against a server that costs as little
as possible, and prints rows per second, processor time and the peak of memory. Exit 1 when a peak is above
the limit (by default 150 MB, and 250 MB with Parquet, whose library takes half of that), or when the
longest list needs more than 5 % more than the shortest.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from attrs import frozen
from ground import server, variables, write_list


@frozen
class Soaked:
    """One run."""

    rows: int
    seconds: float
    processor: float
    megabytes: float


LIMITS: Final[Mapping[str, float]] = {"csv": 150.0, "parquet": 250.0}
"""MB."""


def soak(rows: int, kind: str, environment: dict[str, str], folder: Path) -> Soaked:
    """One list through the command."""
    list_file, out = folder / f"{rows}.{kind}", folder / f"{rows}-out.{kind}"
    elsewhere(write, list_file, rows)
    command = ["screen", str(list_file), "-o", str(out), "--journal", str(folder / f"{rows}.db"), "--quiet"]
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "precontractual_async", *command], env=environment, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    elsewhere(check, out, rows)
    for path in folder.glob(f"{rows}*"):
        path.unlink()
    return Soaked(rows, seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def elsewhere(do: Callable[[Path, int], None], path: Path, rows: int) -> None:
    """In a process of its own: the peak of a child begins at what its parent holds."""
    process = multiprocessing.get_context("spawn").Process(target=do, args=(path, rows))
    process.start()
    process.join()
    assert process.exitcode == 0


def write(path: Path, rows: int) -> None:
    """The list: as CSV, or as Parquet with the same text in it."""
    if path.suffix == ".csv":
        write_list(path, rows)
        return
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    text = path.with_suffix(".txt")
    write_list(text, rows)
    names = ("insz", "naam", "startdatum")
    as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    table = pyarrow.csv.read_csv(
        text, parse_options=pyarrow.csv.ParseOptions(delimiter=";"), convert_options=as_text
    )
    pq.write_table(table, path)
    text.unlink()


def check(path: Path, rows: int) -> None:
    """That every row is answered."""
    if path.suffix == ".csv":
        with path.open() as file:
            answered = sum(";answered;" in line for line in file)
    else:
        import pyarrow.parquet as pq

        answered = pq.read_table(path, columns=["outcome"]).column("outcome").to_pylist().count("answered")
    assert answered == rows, f"{answered} of {rows} rows answered"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--format", choices=LIMITS, default="csv")
    parser.add_argument("--limit-mb", type=float)
    arguments = parser.parse_args()
    results = []
    print(f"{'rows':>10} {'seconds':>9} {'rows/s':>8} {'us/row':>8} {'peak MB':>8}", flush=True)
    with tempfile.TemporaryDirectory() as folder, server() as port:
        environment = variables(port, Path(folder))
        for rows in arguments.rows:
            done = soak(rows, arguments.format, environment, Path(folder))
            results.append(done)
            print(
                f"{done.rows:10} {done.seconds:9.1f} {done.rows / done.seconds:8.0f} "
                f"{done.processor / done.rows * 1e6:8.0f} {done.megabytes:8.1f}",
                flush=True,
            )
    growth = results[-1].megabytes / results[0].megabytes
    print(f"peak of the longest list against the shortest: {growth:.3f}")
    limit = arguments.limit_mb or LIMITS[arguments.format]
    is_good = max(done.megabytes for done in results) <= limit and growth <= 1.05
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
