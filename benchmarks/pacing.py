"""The pace, as the other side sees it: a server in its own process stamps every request as it arrives.

    python benchmarks/pacing.py [--rates 5 50 200 1000] [--seconds 9] [--quick] [--json FILE]

For each rate one client and one batch. The average is taken from the first request to the last, the token's
included: (requests - 1) / (last - first). Exit 1 when it is below 97 % of the rate, or when any window of
one second holds more than the rate + max(1, 2 %).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import asdict, frozen
from bench import Server, candidates, check_answered, server, settings, verdict

from precontractual_async import PrecontractualClient, verify_many

CONCURRENCY = 64
LEAST_SHARE = 0.97


@frozen
class Paced:
    """One batch by the server's stamps."""

    rate: float
    requests: int
    share: float
    """The average over the allowed rate."""
    most: int
    """Requests in the fullest window of one second."""
    bound: float
    holds: bool


def fullest(stamps: Sequence[float]) -> int:
    """The most stamps in any window of one second, its end not included.

    >>> fullest([0.0, 0.5, 1.0, 1.25])
    3
    """
    most = first = 0
    for last, stamp in enumerate(stamps):
        while stamp - stamps[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def paced(rate: float, stamps: Sequence[float]) -> Paced:
    share = (len(stamps) - 1) / (stamps[-1] - stamps[0]) / rate
    most, bound = fullest(stamps), rate + max(1.0, 0.02 * rate)
    return Paced(rate, len(stamps), share, most, bound, share >= LEAST_SHARE and most <= bound)


async def batch(there: Server, rate: float, calls: int) -> None:
    async with PrecontractualClient(settings(there.port, rate=rate, concurrency=CONCURRENCY)) as client:
        async for outcome in verify_many(client, candidates(client, calls)):
            check_answered(outcome)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rates", type=float, nargs="+", default=[5, 50, 200, 1000])
    parser.add_argument("--seconds", type=float, default=9.0, help="for each rate")
    parser.add_argument(
        "--quick", action="store_true", help="2 seconds for each rate: its average is for a look only"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()
    seconds = 2.0 if arguments.quick else arguments.seconds
    results: list[Paced] = []
    print(f"{'rate':>6}{'requests':>10}{'average/rate':>14}{'most in 1 s':>13}{'bound':>8}", flush=True)
    with server() as there:
        for rate in arguments.rates:
            calls = round(rate * seconds)
            asyncio.run(batch(there, rate, calls))
            stamps = there.stamps()
            assert len(stamps) == calls + 1, f"{len(stamps)} requests for {calls} calls and a token"
            done = paced(rate, stamps)
            results.append(done)
            figures = f"{done.share:>14.4f}{done.most:>13}{done.bound:>8g}"
            print(f"{rate:>6g}{done.requests:>10}{figures}  {verdict(holds=done.holds)}", flush=True)
    if arguments.json is not None:
        arguments.json.write_text(json.dumps([asdict(done) for done in results], indent=2) + "\n")
    is_good = [done.most <= done.bound if arguments.quick else done.holds for done in results]
    return 0 if all(is_good) else 1


if __name__ == "__main__":
    sys.exit(main())
