"""A batch of any length in the same memory, as long as its reader keeps nothing.

    python benchmarks/memory.py [--queries 100000] [--quick]

Resident memory of this process after the first 1,000 outcomes and at the end (Linux: it is read from
/proc). Exit 1 when it grew by more than 10 MB. The numbers are made as they are asked for; what the batch
itself remembers for duplicates (4,096 outcomes) is part of what grows.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

from bench import FULL_SPEED, Server, candidates, check_answered, server, settings, verdict

from precontractual_async import PrecontractualClient, verify_many

WARM = 1_000
MOST_GROWTH = 10.0


def resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def batch(there: Server, queries: int) -> list[tuple[int, float]]:
    """The memory after the first so many, at each tenth of the way, and at the end."""
    seen: list[tuple[int, float]] = []
    count = 0
    async with PrecontractualClient(settings(there.port, rate=FULL_SPEED, concurrency=64)) as client:
        async for outcome in verify_many(client, candidates(client, queries)):
            check_answered(outcome)
            count += 1
            if count == WARM or count % (queries // 10) == 0:
                seen.append((count, resident()))
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queries", type=int, default=100_000)
    parser.add_argument("--quick", action="store_true", help="20,000 queries")
    arguments = parser.parse_args()
    queries = 20_000 if arguments.quick else arguments.queries
    assert queries >= 10 * WARM, "too few to tell"
    began = time.perf_counter()
    with server() as there:
        seen = asyncio.run(batch(there, queries))
    print(f"{'queries':>10}{'MB':>9}")
    for count, megabytes in seen:
        print(f"{count:>10}{megabytes:>9.1f}")
    growth = seen[-1][1] - seen[0][1]
    holds = growth <= MOST_GROWTH
    print(f"{growth:+.1f} MB (at most {MOST_GROWTH:g}): {verdict(holds=holds)}")
    print(f"{queries / (time.perf_counter() - began):.0f} queries a second")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
