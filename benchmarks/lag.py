"""How long the client holds up the event loop that it shares with a web application.

    python benchmarks/lag.py [--calls 20000] [--quick]

A heartbeat in the same loop is due every millisecond of a fixed grid; every beat counts, also those that a
block swallowed. Measured while nothing runs (the floor of this machine), while a client opens and asks once,
and while it asks a batch at full speed, with the default of 10 calls at once and with 64. What was imported
is frozen, as guides/services.md advises. Exit 1 when p99 of a batch is above 5 ms, or any beat with the
client comes more than 20 ms late.

The cpu columns are the processor time of this process between two beats: what it spent, whatever else the
machine does. Under the table stand the longest blocks and what the time went to: this thread, our other
threads (one that parses a key can hold the interpreter's lock), the garbage collector (part of a thread).
What they do not explain was taken by other work on the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import heapq
import sys
import time
from array import array
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Self

from attrs import field, frozen
from bench import FULL_SPEED, Server, candidates, check_answered, server, settings, verdict

from precontractual_async import PrecontractualClient, verify_many

BEAT = 0.001
MOST_P99 = 5.0
MOST = 20.0
"""Milliseconds."""
SHOWN = 3


@frozen(order=True)
class Block:
    """One stretch between two beats, the second of which was late. Milliseconds."""

    late: float
    at: float = field(order=False)
    """Since the heart began."""
    own: float = field(order=False)
    others: float = field(order=False)
    collecting: float = field(order=False)


class Heart:
    """Beats in the running loop while its block lasts; keeps next to nothing that is collected."""

    def __init__(self) -> None:
        self.lates = array("d")
        """Of every beat of the grid."""
        self.busy = array("d")
        """Processor time between one beat and the next that came."""
        self.blocks: list[Block] = []
        """The longest, in no order."""
        self._collecting = 0.0
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        gc.callbacks.append(self._collected)
        self._spent = time.thread_time(), time.process_time(), 0.0
        self._began = self._loop.time()
        self._due = self._began + BEAT
        self._timer = self._loop.call_at(self._due, self._beat)
        return self

    def __exit__(self, *_: object) -> None:
        self._beat()  # what held up the last one counts too
        self._timer.cancel()
        gc.callbacks.remove(self._collected)

    def _beat(self) -> None:
        now = self._loop.time()
        late = max(0.0, now - self._due)
        while self._due <= now:
            self.lates.append(1000 * (now - self._due))
            self._due += BEAT
        own, others, collecting = (1000 * seconds for seconds in self._spent_since())
        self.busy.append(own + others)
        block = Block(1000 * late, 1000 * (now - self._began), own, others, collecting)
        (heapq.heappush if len(self.blocks) < SHOWN else heapq.heappushpop)(self.blocks, block)
        self._timer.cancel()
        self._timer = self._loop.call_at(self._due, self._beat)

    def _spent_since(self) -> tuple[float, float, float]:
        """Seconds of processor time since the last beat: this thread's, the others', the collector's."""
        before, self._spent = self._spent, (time.thread_time(), time.process_time(), self._collecting)
        own, everything, collecting = (now - then for now, then in zip(self._spent, before, strict=True))
        return own, max(0.0, everything - own), collecting

    def _collected(self, phase: str, _: dict[str, int]) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._collection_began = now
        else:
            self._collecting += now - self._collection_began


def quantile(values: Sequence[float], share: float) -> float:
    """What `share` of the values are not above."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@frozen
class Row:
    """One row of the table; `most_p99` and `most` are its bars, None for none."""

    name: str
    heart: Heart
    most_p99: float | None = None
    most: float | None = None

    @property
    def holds(self) -> bool:
        lates = self.heart.lates
        is_p99_held = self.most_p99 is None or quantile(lates, 0.99) <= self.most_p99
        return is_p99_held and (self.most is None or max(lates) <= self.most)


async def idle(seconds: float) -> list[Row]:
    with Heart() as heart:
        await asyncio.sleep(seconds)
    return [Row("nothing runs", heart)]


async def work(there: Server, concurrency: int, calls: int) -> list[Row]:
    """A client opens, gets its token and asks once; then it asks a batch.

    An opening is too short for a p99: its longest block counts.
    """
    client = PrecontractualClient(settings(there.port, rate=FULL_SPEED, concurrency=concurrency))
    questions = candidates(client, calls + 1)
    first = next(questions)
    async with AsyncExitStack() as stack:
        with Heart() as opening:
            await stack.enter_async_context(client)
            await client.verify(first.citizen, first.start_date)
        with Heart() as batch:
            async for outcome in verify_many(client, questions):
                check_answered(outcome)
    return [
        Row("opening, one call", opening, most=MOST),
        Row(f"batch, {concurrency} at once", batch, MOST_P99, MOST),
    ]


def show(row: Row) -> None:
    lates, busy = row.heart.lates, row.heart.busy
    figures = quantile(lates, 0.5), quantile(lates, 0.99), max(lates), quantile(busy, 0.99), max(busy)
    word = "" if row.most is None else verdict(holds=row.holds)
    print(f"{row.name:20}{len(lates):>7}{''.join(f'{each:>9.2f}' for each in figures)}  {word}", flush=True)


def show_blocks(row: Row) -> None:
    for block in sorted(row.heart.blocks, reverse=True):
        parts = f"{block.own:>9.2f}{block.others:>9.2f}{block.collecting:>9.2f}"
        print(f"{row.name:20}{block.at:>7.0f}{block.late:>9.2f}{parts}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--quick", action="store_true", help="2,000 calls; the figures are for a look only")
    arguments = parser.parse_args()
    calls = 2_000 if arguments.quick else arguments.calls
    print(f"{'ms':20}{'beats':>7}{'p50':>9}{'p99':>9}{'max':>9}{'cpu p99':>9}{'cpu max':>9}", flush=True)
    rows: list[Row] = []
    with server() as there:
        gc.freeze()
        for stage in (idle(2.0), work(there, 10, calls), work(there, 64, calls)):
            done = asyncio.run(stage)
            rows += done
            for row in done:
                show(row)
    print(f"\n{'longest blocks, ms':20}{'at':>7}{'late':>9}{'thread':>9}{'others':>9}{'gc':>9}")
    for row in rows:
        show_blocks(row)
    return 0 if arguments.quick or all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
