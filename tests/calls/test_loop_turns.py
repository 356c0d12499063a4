"""Turns of the loop: what comes together is spread, in order, and nobody is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from precontractual_async.calls.loop_turns import TurnLimit


class Loop:
    """Counts the turns of the running loop, as somebody does who shares it."""

    def __init__(self) -> None:
        self.turn = 0
        self._count()

    def _count(self) -> None:
        self.turn += 1
        self._handle = asyncio.get_running_loop().call_soon(self._count)

    def stop(self) -> None:
        self._handle.cancel()


async def served(crowd: int, gone: Collection[int] = ()) -> list[tuple[int, int]]:
    """Who was let through in which turn of the loop, in their order; those who are `gone` gave up at once."""
    turns, loop = TurnLimit(), Loop()
    told: list[tuple[int, int]] = []

    async def one(number: int) -> None:
        await turns.acquire()
        told.append((number, loop.turn))

    tasks = [asyncio.create_task(one(number)) for number in range(crowd)]
    await asyncio.sleep(0)
    for number in gone:
        tasks[number].cancel()
    await asyncio.wait(tasks)
    loop.stop()
    return told


@pytest.mark.parametrize("crowd", [1, 12, 13, 64, 100])
async def test_a_crowd_is_spread_over_turns_in_its_order(crowd: int) -> None:
    told = await served(crowd)
    assert [number for number, _ in told] == list(range(crowd))
    turns = [turn for _, turn in told]
    assert max(map(turns.count, turns)) <= 12
    assert len(set(turns)) <= crowd // 12 + 2  # and no more than it takes


async def test_who_gives_up_takes_nobodys_turn() -> None:
    """Neither a place in the queue nor the turn of those behind."""
    told = await served(60, gone=range(12, 48))
    assert [number for number, _ in told] == [*range(12), *range(48, 60)]
    assert len({turn for _, turn in told}) == 2


async def test_nothing_runs_when_nobody_comes() -> None:
    """An idle client must not keep the processor busy."""
    turns = TurnLimit()
    for _ in range(20):
        await turns.acquire()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not turns._is_counting
