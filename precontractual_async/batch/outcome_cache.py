"""Deduplication: a run remembers its questions, so that it does not ask the same question twice.

Knows which queries are under way, which rows wait for them, and the last outcomes; its size can be bounded.
Leaves to others: how a question is asked.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Hashable, Sequence

from attrs import define, field

from ..model.questions import Outcome, Query


@define(eq=False)
class Asked:
    """A query that is under way, and the rows that wait for its answer."""

    rows: list[Hashable] = field(factory=list)
    _settled: asyncio.Event | None = None
    """Created by the first task that waits, since few tasks wait."""

    async def settled(self) -> None:
        """Return once the answer is known."""
        self._settled = self._settled or asyncio.Event()
        await self._settled.wait()

    def settle(self) -> None:
        """Mark the answer as known."""
        if self._settled is not None:
            self._settled.set()


class OutcomeCache:
    """The last outcomes by query, for duplicates; it forgets the oldest first."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._asked: dict[Query, Asked] = {}
        self._known: OrderedDict[Query, Outcome] = OrderedDict()

    def recall(self, query: Query) -> Outcome | Asked | None:
        return self._known.get(query) or self._asked.get(query)

    def expect(self, query: Query) -> None:
        self._asked[query] = Asked()

    def settle(self, query: Query, outcome: Outcome) -> Sequence[Hashable]:
        """Keep the outcome; returns the rows that waited for it."""
        self._known[query] = outcome
        if self._size is not None and len(self._known) > self._size:
            self._known.popitem(last=False)
        asked = self._asked.pop(query, None)
        if asked is None:
            return ()
        asked.settle()
        return asked.rows
