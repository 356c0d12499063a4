"""What each part costs by itself: the microseconds of a call, rows kept a second, and what an import takes.

    python benchmarks/parts.py [--quick]

Exit 1 when `import precontractual_async`, or importing its client and its pool, takes more than 1.25 times
as long as `import aiohttp` (fresh interpreters in turn, the median of the ratios), or when
`precontractual --help` imports aiohttp. The other figures have no bar: they are the machine's as much as
ours.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from bench import caller, ssins, verdict
from server import ANSWER, CITIZEN

from precontractual_async import Answer, Answered, Candidate, Entry, Query, ResultAggregator, SqliteJournal
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.model.planning import Planner
from precontractual_async.protocol.wire import HttpRequest, HttpResponse, decipher, encode

_T = TypeVar("_T")

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TRACE_ID = "7b5a3c1e-8d2f-4b6a-9c0d-1e2f3a4b5c6d"
ADDRESS = "https://services.socialsecurity.be/REST/employmentPrecontractualData/v1/verifyPrecontractualData"
GROUP = 80
MOST_RATIO = 1.25
IMPORTS = {
    "import aiohttp": "import aiohttp",
    "import precontractual_async": "import precontractual_async",
    "its client and pool": "from precontractual_async import PrecontractualClient, verify_many",
}
HELP = [sys.executable, "-X", "importtime", "-m", "precontractual_async", "--help"]


# --- one call


def microseconds(make: Callable[[], Callable[[_T], object]], items: Sequence[_T]) -> float:
    """For one item, in the best of five rounds: the others were disturbed. Each round makes its work anew."""
    rounds = []
    for _ in range(5):
        work = make()
        began = time.perf_counter()
        for item in items:
            work(item)
        rounds.append(time.perf_counter() - began)
    return min(rounds) / len(items) * 1e6


def planned(planner: Planner, count: int) -> list[Query]:
    """Queries of so many distinct citizens."""
    assert planner.window is not None
    day = planner.window.last
    queries = [planner.plan(Candidate(number, day)) for number in islice(ssins(), count)]
    return [query for query in queries if isinstance(query, Query)]


def response_to(query: Query) -> HttpResponse:
    body = ANSWER.replace(CITIZEN, query.citizen.digits).encode()
    return HttpResponse(200, {"content-type": "application/json"}, body)


def answered(pair: tuple[Query, HttpResponse]) -> Answer:
    query, response = pair
    return decipher(response, query=query, asked_at=NOW, trace_id=TRACE_ID)


def encoded(query: Query) -> HttpRequest:
    return encode(query, address=ADDRESS, token="t" * 400, trace_id=TRACE_ID)


def show_parts(planner: Planner, times: int) -> None:
    """Another citizen every time, and an empty aggregator for each round: twice the same is cheaper."""
    queries = planned(planner, times)
    candidates = [Candidate(query.citizen.digits, query.start_date.isoformat()) for query in queries]
    pairs = [(query, response_to(query)) for query in queries]
    outcomes = [Answered(query, answered(pair)) for query, pair in zip(queries, pairs, strict=True)]
    parts = {
        "plan a candidate": microseconds(lambda: planner.plan, candidates),
        "encode a query": microseconds(lambda: encoded, queries),
        "decipher an answer": microseconds(lambda: answered, pairs),
        "fold an outcome": microseconds(lambda: ResultAggregator().add, outcomes),
    }
    for name, took in parts.items():
        print(f"{name:32}{took:>9.1f} us", flush=True)


# --- the journal


async def rows_kept(folder: Path, queries: Sequence[Query]) -> float:
    """Rows a second, in groups as large as the pool's."""
    entries = [Entry.of(Answered(query, answered((query, response_to(query)))), NOW) for query in queries]
    async with SqliteJournal(folder / "journal.db", os.urandom(32)) as journal:
        began = time.perf_counter()
        for first in range(0, len(entries), GROUP):
            await journal.keep(entries[first : first + GROUP])
        return len(entries) / (time.perf_counter() - began)


# --- imports


def import_seconds(statement: str) -> float:
    """In a fresh interpreter, measured within."""
    code = f"import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout)


def show_imports(rounds: int) -> bool:
    """Whether both ratios hold. In turn, so that what slows one round slows all of its imports."""
    for statement in IMPORTS.values():
        import_seconds(statement)  # once for nothing: files and bytecode
    table = [[import_seconds(statement) for statement in IMPORTS.values()] for _ in range(rounds)]
    holds = True
    for position, name in enumerate(IMPORTS):
        took = statistics.median(row[position] for row in table)
        ratio = statistics.median(row[position] / row[0] for row in table)
        holds = holds and ratio <= MOST_RATIO
        word = verdict(holds=ratio <= MOST_RATIO) if position else ""
        print(f"{name:32}{1000 * took:>9.1f} ms{ratio:>8.2f}  {word}", flush=True)
    return holds


def show_help(rounds: int) -> bool:
    """Whether `precontractual --help` does without aiohttp."""
    imported = subprocess.run(HELP, capture_output=True, text=True, check=True).stderr  # noqa: S603
    modules = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "precontractual_async" in modules
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        subprocess.run([HELP[0], *HELP[3:]], capture_output=True, check=True)  # noqa: S603
        took.append(time.perf_counter() - began)
    holds = "aiohttp" not in modules
    word = f"{'without' if holds else 'WITH'} aiohttp: {verdict(holds=holds)}"
    print(f"{'precontractual --help':32}{1000 * statistics.median(took):>9.1f} ms  {word}", flush=True)
    return holds


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer times; figures for a look only")
    quick = parser.parse_args().quick
    today = NOW.date()
    planner = Planner(caller(), StartDateWindow(today, today + timedelta(days=30)))
    show_parts(planner, 1_000 if quick else 10_000)
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(rows_kept(Path(folder), planned(planner, 1_000 if quick else 20_000)))
    print(f"{f'journal, groups of {GROUP}':32}{rows:>9.0f} rows/s", flush=True)
    rounds = 3 if quick else 7
    hold = [show_imports(rounds), show_help(rounds)]
    return 0 if quick or all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
