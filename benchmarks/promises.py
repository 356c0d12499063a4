"""The promises as figures: our client and the sandbox over real HTTP, each in a process of its own.

    python benchmarks/promises.py [--rows 1500]

One line for each promise: what was measured, and the bound. Exit 1 when one is broken. The same promises
are tests in virtual time; here they meet real sockets and a real clock.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from attrs import evolve
from remote import Remote, Statistics, sandbox

from precontractual_async import Candidate, PrecontractualClient, StartDateWindow, verify_many
from precontractual_async.sandbox import Faults, generate_ssins


def measured(
    work: Callable[[Remote], Awaitable[Counter[str]]], **options: object
) -> tuple[Counter[str], Statistics]:
    """The outcomes of `work` and the server's own figures, with a sandbox made of `options`."""

    async def main(remote: Remote) -> Counter[str]:
        return await work(remote)

    with sandbox(**options) as remote:
        return asyncio.run(main(remote)), remote.statistics()


def batch(rows: int, day: str) -> Callable[[Remote], Awaitable[Counter[str]]]:
    """A batch of so many rows, at the sandbox's own limit."""

    async def work(remote: Remote) -> Counter[str]:
        async with PrecontractualClient(remote.settings) as client:
            stream = verify_many(client, (Candidate(number, day) for number in generate_ssins(rows)))
            return Counter([type(outcome).__name__ async for outcome in stream])

    return work


def concurrent(rows: int, day: str, *, revoke: bool) -> Callable[[Remote], Awaitable[Counter[str]]]:
    """So many verifications at once; with `revoke` the token they all go out with is revoked."""

    async def work(remote: Remote) -> Counter[str]:
        async with PrecontractualClient(evolve(remote.settings, concurrency=rows)) as client:
            numbers = list(generate_ssins(3 * rows, seed=5))
            if revoke:  # open the way for all of them at once
                async for _ in verify_many(client, [Candidate(number, day) for number in numbers[rows:]]):
                    pass
                remote.revoke()
            calls = (client.verify(number, day) for number in numbers[:rows])
            results = await asyncio.gather(*calls, return_exceptions=True)
            return Counter([type(result).__name__ for result in results])

    return work


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1500)
    rows = parser.parse_args().rows
    day = StartDateWindow.at(datetime.now(UTC)).last.isoformat()
    good = {"Answered", "Rejected", "Answer", "RequestRejected"}
    broken = 0

    def tell(name: str, kinds: Counter[str], figures: str, *, held: bool) -> None:
        nonlocal broken
        held = held and set(kinds) <= good
        broken += not held
        print(f"{'ok' if held else 'BROKEN':7}{name}: {figures}; {dict(kinds)}", flush=True)

    kinds, seen = measured(concurrent(500, day, revoke=False), limit=None)
    tell("500 at once", kinds, f"{seen['token_requests']} token request", held=seen["token_requests"] == 1)
    kinds, seen = measured(concurrent(300, day, revoke=True), limit=None, faults=Faults(latency=0.3))
    figures = (
        f"{seen['token_requests']} tokens, at most {seen['most_of_one']} calls a row, {seen['statuses']}"
    )
    tell(
        "token revoked under 300 calls",
        kinds,
        figures,
        held=seen["token_requests"] == 2 and seen["most_of_one"] == 2,
    )
    kinds, seen = measured(batch(rows, day), limit=50, token_life=2.0)
    most = seen["most_tokens_in_flight"]
    figures = f"{seen['calls']} calls, {seen['token_requests']} tokens, at most {most} at once"
    tell("tokens of 2 s", kinds, figures, held=seen["most_tokens_in_flight"] == 1)
    kinds, seen = measured(batch(2000, day), limit=200, faults=Faults(revoked_share=0.03))
    calls, revoked = int(str(seen["calls"])), int(str(seen["tokens_revoked"]))
    tokens = int(str(seen["token_requests"]))
    figures = f"{calls} calls for 2000 rows, {revoked} tokens revoked, {tokens} fetched, {seen['statuses']}"
    tell(
        "each call revokes its token with a chance of 3 %",
        kinds,
        figures,
        held=kinds.total() == 2000 and tokens <= 1 + revoked and calls <= 2000 + 2 * revoked,
    )
    kinds, seen = measured(batch(rows, day), limit=50)
    average, most = float(str(seen["average_per_second"])), int(str(seen["most_in_one_second"]))
    figures = f"{average} a second on average, at most {most} in one second, {seen['statuses']}"
    tell(
        "50 a second at a limit of 50",
        kinds,
        figures,
        held=average >= 47.5 and most <= 51 and "429" not in str(seen["statuses"]),
    )
    kinds, seen = measured(batch(rows, day), limit=200, faults=Faults(error_share=0.2))
    ratio = int(str(seen["calls"])) / rows
    tell("a fifth of 500s", kinds, f"{ratio:.3f} calls a row", held=ratio <= 1.35)
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
