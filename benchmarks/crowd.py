"""A hundred processes that share 500 calls a second, over ten million rows: simulated, on a clock of its own.

    python benchmarks/crowd.py [--rows 10000000] [--processes 100] [--rate 500] [--json FILE]

What decides is the package's own code: each process is a `SlotRequester`, and Redis is the
`SlotAllocator`, which a test proves to be the twin of the script. What is made up is the rest, with fixed
seeds: clocks that differ and drift, messages that take 0.1 to 2 milliseconds one way and now and then 20,
timers that are late, calls that take 0.1 to 15 milliseconds to the gateway and are answered after 0.05 to
0.4 seconds, ten at once from each process. Every call is simulated, none is sampled.

Prints the average and the fullest second at the gateway, the messages for each call, and what one message
takes in microseconds, here and with a real Redis where there is one. Exit 1 when a second holds more than the
rate, or when the average is below 95 % of it.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import json
import random
import shutil
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import asdict, define, field, frozen
from bench import verdict
from cluster import Redis

from precontractual_async.sharing.allocator import SECOND, Ask, Reply, SlotAllocator
from precontractual_async.sharing.redis import RedisSlots, Server
from precontractual_async.sharing.remote_clock import Slot
from precontractual_async.sharing.slot_requester import SlotRequester

AT_ONCE = 10
EPOCH = 1_790_000_000.0
LEAST_SHARE = 0.95


@define
class Process:
    """One process: its part in the talk, its clock, and its calls that are under way."""

    part: SlotRequester
    ahead: float
    drift: float
    draw: random.Random
    back: list[float] = field(factory=list)
    """When each call that is under way will be answered, or its slot missed."""

    def local(self, at: float) -> float:
        return at * (1 + self.drift) + self.ahead

    def at(self, local: float) -> float:
        return (local - self.ahead) / (1 + self.drift)

    def waiting(self, at: float) -> int:
        self.back = [end for end in self.back if end > at]
        return AT_ONCE - len(self.back)

    def next_word(self, at: float) -> float:
        """When it speaks next; at the latest when somebody waits for a slot again."""
        now = self.local(at)
        is_waited_for = self.waiting(at) > 0
        due = self.part.due(is_waited_for=is_waited_for, held_until=0.0)
        if not is_waited_for:
            due = min(due, max(self.local(min(self.back)), self.part.due(is_waited_for=True, held_until=0.0)))
        return self.at(max(due, now))

    def use(self, slots: Sequence[Slot], received: float) -> Iterator[float]:
        """When the calls of these slots are sent; who misses a slot waits for another."""
        for slot in slots:
            late = self.draw.expovariate(2000) if self.draw.random() < 0.999 else self.draw.uniform(0, 0.05)
            sent = max(slot.begins, received) + late
            if sent <= slot.ends:
                yield self.at(sent)
            self.back.append(self.at(sent) + self.draw.uniform(0.05, 0.4) * (sent <= slot.ends))


@frozen
class Crowd:
    """What came of it."""

    rows: int
    processes: int
    rate: float
    seconds: float
    """Of the simulated clock."""
    share: float
    """The average over the allowed rate."""
    most: int
    """Calls in the fullest window of one second."""
    messages_per_call: float
    microseconds: float
    """That a process and the pool decide for one message."""
    missed: int
    """Slots that were let go."""

    @property
    def holds(self) -> bool:
        return self.most <= self.rate and self.share >= LEAST_SHARE


def travel(draw: random.Random) -> float:
    """Seconds that a message takes one way."""
    return draw.uniform(0.0001, 0.002) if draw.random() < 0.999 else draw.uniform(0.002, 0.02)


def simulated(rows: int, processes: int, rate: float) -> Crowd:
    draw = random.Random(1)
    pool, crowd = SlotAllocator(), []
    for number in range(processes):
        part = SlotRequester(rate, processes, f"process {number}")
        crowd.append(Process(part, draw.uniform(0, 1e5), draw.uniform(-1, 1) * 5e-5, random.Random(number)))
    arrivals, granted, messages, deciding = array("d"), 0, 0, 0.0
    # What a process says, when it arrives: (then, whose, when it was said, the words).
    said: list[tuple[float, int, float]] = [(draw.uniform(0, 0.2), index, 0.0) for index in range(processes)]
    heapq.heapify(said)
    words: dict[int, tuple[float, Ask]] = {}
    while len(arrivals) < rows:
        at, index, _ = heapq.heappop(said)
        process = crowd[index]
        if index not in words:  # it speaks now
            sent = process.local(at)
            words[index] = sent, process.part.ask(sent, waiting=process.waiting(at), held_until=0.0)
            heapq.heappush(said, (at + travel(draw), index, 0.0))
            continue
        sent, ask = words.pop(index)
        began = time.perf_counter()
        reply: Reply = pool.serve(ask, round((at + EPOCH) * SECOND), "run")
        heard = at + travel(draw)
        slots = process.part.receive(ask, reply, sent=sent, received=process.local(heard))
        deciding += time.perf_counter() - began
        messages += 1
        granted += reply.granted
        for leaves in process.use(slots, process.local(heard)):
            arrivals.append(leaves + process.draw.uniform(0.0001, 0.015))
        heapq.heappush(said, (process.next_word(heard), index, 0.0))
    return judged(arrivals, processes, rate, granted, messages, deciding)


def judged(
    arrivals: array[float], processes: int, rate: float, granted: int, messages: int, deciding: float
) -> Crowd:
    stamps = array("d", sorted(arrivals))
    most = first = 0
    for last, stamp in enumerate(stamps):
        while stamp - stamps[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    lasted = stamps[-1] - stamps[0]
    count = len(stamps)
    return Crowd(
        rows=count,
        processes=processes,
        rate=rate,
        seconds=lasted,
        share=(count - 1) / lasted / rate,
        most=most,
        messages_per_call=messages / count,
        microseconds=deciding / messages * 1e6,
        missed=granted - count,
    )


def real_microseconds(messages: int = 3000) -> float | None:
    """What one message takes through redis-py to a real Redis on this machine and back; None: none there."""
    if shutil.which("redis-server") is None:
        return None

    async def main(port: int) -> float:
        server = Server(f"redis://127.0.0.1:{port}")
        slots = RedisSlots(server, "benchmark")
        ask = Ask(rate=500, processes=100, member="one", wanted=10)
        await slots.serve(ask)
        began = time.perf_counter()
        for _ in range(messages):
            await slots.serve(ask)
        took = time.perf_counter() - began
        await server.close()
        return took / messages * 1e6

    with tempfile.TemporaryDirectory() as folder:
        redis = Redis(Path(folder))
        try:
            return asyncio.run(main(redis.port))
        finally:
            redis.kill()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--processes", type=int, default=100)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    arguments = parser.parse_args()
    done = simulated(arguments.rows, arguments.processes, arguments.rate)
    print(f"{done.rows} calls of {done.processes} processes in {done.seconds:.0f} simulated seconds")
    print(
        f"average / rate {done.share:.4f}, at most {done.most} in one second (limit {done.rate:g}): ", end=""
    )
    print(verdict(holds=done.holds))
    print(f"slots missed: {done.missed / (done.rows + done.missed):.2%}")
    print(f"messages for each call: {done.messages_per_call:.3f}; decided in {done.microseconds:.1f} us each")
    real = real_microseconds()
    if real is not None:
        per_call = real * done.messages_per_call
        print(f"a message to a real Redis here and back: {real:.0f} us, so {per_call:.0f} us for each call")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(asdict(done) | {"real_microseconds": real}, indent=2) + "\n")
    return 0 if done.holds else 1


if __name__ == "__main__":
    sys.exit(main())
