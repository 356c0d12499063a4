"""Our client beside a bare aiohttp pool and other ways to ask the same, against one server, in one run.

    python benchmarks/compare.py [--calls 20000] [--rounds 5] [--only bare ours ...] [--uvloop]
                                 [--json FILE] [--readme README.md]

Runs every contender in turn in a process of its own, several rounds, and prints calls a second, processor
time for each verification, peak memory, and the ratio to the bare pool of the same round: on a busy machine
the ratios hold, the absolute figures do not. Contenders whose packages are not installed (extra `bench`) are
left out. `--readme` writes the table into a file, between its markers.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from attrs import frozen
from contenders import CONTENDERS
from ground import server, server_name

NEEDS = {"httpx": ("httpx", "authlib"), "requests": ("requests",)}
SLOW = {"httpx": 10, "requests": 5, "obvious": 2}
"""Of these a part of the calls is enough."""

BEGIN, END = "<!-- benchmarks/compare.py -->", "<!-- end -->"


@frozen
class Measured:
    """One contender in one round."""

    calls_per_second: float
    microseconds: float
    """Processor time for one call."""
    megabytes: float


def measure(name: str, port: int, calls: int, *, uvloop: bool) -> Measured:
    """One contender, in a process of its own."""
    script = str(Path(__file__).with_name("contenders.py"))
    command = [sys.executable, script, name, "--port", str(port), "--calls", str(calls)]
    done = subprocess.run([*command, *(["--uvloop"] if uvloop else [])], stdout=subprocess.PIPE, check=True)  # noqa: S603
    told = json.loads(done.stdout)
    speed = told["calls"] / told["seconds"]
    return Measured(speed, told["processor"] / told["calls"] * 1e6, told["megabytes"])


@frozen
class Row:
    """A contender over all rounds: medians."""

    title: str
    calls_per_second: float
    microseconds: float
    megabytes: float
    ratio: float
    """To the bare pool of the same round, in calls a second."""


def rows(results: dict[str, list[Measured]]) -> list[Row]:
    base = results["bare"]
    return [
        Row(
            CONTENDERS[name][0],
            median(one.calls_per_second for one in rounds),
            median(one.microseconds for one in rounds),
            median(one.megabytes for one in rounds),
            median(a.calls_per_second / b.calls_per_second for a, b in zip(rounds, base, strict=True)),
        )
        for name, rounds in results.items()
    ]


def machine(*, uvloop: bool) -> str:
    """What it was measured on."""
    model = ""
    if (info := Path("/proc/cpuinfo")).exists():
        found = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        model = f"{len(found)} x {found[0]}, " if found else ""
    loop = "uvloop" if uvloop else "asyncio"
    return f"{model}{platform.system()}, Python {platform.python_version()}, {loop}, server: {server_name()}"


def table(found: list[Row], where: str) -> str:
    """As Markdown."""
    lines = [
        f"{date.today():%Y-%m-%d}; {where}.",  # noqa: DTZ011 (the day here)
        "",
        "| | calls/s | µs of processor a call | peak MB | ratio to bare |",
        "|---|---|---|---|---|",
    ]
    for row in found:
        cells = (row.title, f"{row.calls_per_second:,.0f}", f"{row.microseconds:.0f}")
        lines.append(f"| {' | '.join(cells)} | {row.megabytes:.0f} | {row.ratio:.2f} |")
    return "\n".join(lines)


def write_into(path: Path, told: str) -> None:
    """Between the markers of a file."""
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{told}\n{END}{after}")


def run(arguments: argparse.Namespace) -> dict[str, list[Measured]]:
    names = [
        name
        for name in CONTENDERS
        if (not arguments.only or name in arguments.only or name == "bare")
        and all(find_spec(package) for package in NEEDS.get(name, ()))
    ]
    results: dict[str, list[Measured]] = {name: [] for name in names}
    with server() as port:
        for _ in range(arguments.rounds):
            for name in names:
                calls = arguments.calls // SLOW.get(name, 1)
                results[name].append(measure(name, port, calls, uvloop=arguments.uvloop))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=())
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--readme", type=Path)
    arguments = parser.parse_args()
    found = rows(run(arguments))
    where = machine(uvloop=arguments.uvloop)
    print(f"{'contender':50}{'calls/s':>9}{'us CPU/call':>13}{'peak MB':>9}{'ratio':>7}")
    for row in found:
        print(
            f"{row.title:50}{row.calls_per_second:>9,.0f}{row.microseconds:>13.0f}"
            f"{row.megabytes:>9.0f}{row.ratio:>7.2f}"
        )
    print(where)
    if arguments.json:
        figures = {row.title: {"calls/s": row.calls_per_second, "ratio": row.ratio} for row in found}
        arguments.json.write_text(json.dumps({"machine": where, "figures": figures}, indent=1))
    if arguments.readme:
        write_into(arguments.readme, table(found, where))


if __name__ == "__main__":
    main()
