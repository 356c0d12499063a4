"""A round-robin queue: a caller with few items does not wait behind one with many. Pure.

Leaves to others: what the items are, and how many may wait.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class FairQueue(Generic[_T]):
    """Takes one item of each caller in turn; the items of one caller keep their order.

    >>> queue = FairQueue[str]()
    >>> for item in ("a1", "a2", "a3", "b1"):
    ...     queue.put(item[0], item)
    >>> [queue.get() for _ in range(len(queue))]
    ['a1', 'b1', 'a2', 'a3']
    """

    def __init__(self) -> None:
        self._waiting: OrderedDict[Hashable, deque[_T]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def put(self, caller: Hashable, item: _T) -> None:
        """Add an item behind those of the same caller; a new caller comes last."""
        self._waiting.setdefault(caller, deque()).append(item)
        self._count += 1

    def get(self) -> _T:
        """The next item.

        Raises:
            KeyError: nothing waits.
        """
        caller, items = self._waiting.popitem(last=False)
        item = items.popleft()
        self._count -= 1
        if items:
            self._waiting[caller] = items
        return item
