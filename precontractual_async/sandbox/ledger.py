"""The calls that the sandbox received: how many, when, and how many with the same question.

Knows counts and instants, but no SSINs: it keeps each question as a hash, whose key exists only in this
process. Any thread may read it while the sandbox writes.
"""

from __future__ import annotations

import secrets
from array import array
from collections import Counter
from datetime import date
from hashlib import blake2b
from urllib.parse import parse_qsl

from attrs import define, field

from ..model.identifiers import Ssin


@define
class Ledger:
    """Filled by the sandbox, read by tests and by people."""

    stamps: array[float] = field(factory=lambda: array("d"))
    """The monotonic instant of each call to the API, as the server saw it."""
    tokens_in_flight: int = 0
    most_tokens_in_flight: int = 0
    _asked: Counter[bytes] = field(factory=Counter)
    _of_citizens: Counter[bytes] = field(factory=Counter)
    _statuses: Counter[int] = field(factory=Counter)
    _key: bytes = field(factory=lambda: secrets.token_bytes(16), repr=False)

    @property
    def calls(self) -> int:
        """Calls to the API so far."""
        return len(self.stamps)

    @property
    def distinct(self) -> int:
        """Distinct questions among them."""
        return len(self._asked)

    @property
    def most_of_one(self) -> int:
        """Calls with the most frequent question."""
        return max(self._asked.values(), default=0)

    @property
    def statuses(self) -> Counter[int]:
        """Replies of the API so far, by status; 0: the connection was dropped. A copy."""
        return self._statuses.copy()

    def note(self, query: str, at: float) -> None:
        """Note a call."""
        asked = dict(parse_qsl(query))
        citizen = asked.get("citizen", "")
        self.stamps.append(at)
        self._asked[self._hash(query)] += 1
        self._of_citizens[self._hash(citizen)] += 1
        self._of_citizens[self._hash(citizen, asked.get("startDate", ""))] += 1

    def note_status(self, status: int) -> None:
        """Note the reply to a call."""
        self._statuses[status] += 1

    def requests_of(self, citizen: str | Ssin, start_date: date | None = None) -> int:
        """How many calls were about this citizen, for this date or for all dates, with any reply.

        Raises:
            InvalidIdentifier: no citizen can have this number; so a typing mistake does not count as 0.
        """
        digits = Ssin.parse(citizen).digits
        asked = [digits] if start_date is None else [digits, start_date.isoformat()]
        return self._of_citizens[self._hash(*asked)]

    def _hash(self, *parts: str) -> bytes:
        return blake2b("\0".join(parts).encode(), key=self._key, digest_size=12).digest()

    def most_in_one_second(self) -> int:
        """The most calls in any window of one second, whose end is excluded."""
        most, first = 0, 0
        for last, stamp in enumerate(self.stamps):
            while stamp - self.stamps[first] >= 1.0:
                first += 1
            most = max(most, last - first + 1)
        return most

    def average_per_second(self) -> float:
        """Calls per second from the first to the last call; 0 for fewer than two calls."""
        lasted = self.stamps[-1] - self.stamps[0] if len(self.stamps) > 1 else 0.0
        return (len(self.stamps) - 1) / lasted if lasted else 0.0

    def statistics(self) -> dict[str, object]:
        """All counts, for JSON; without personal data."""
        return {
            "calls": self.calls,
            "distinct": self.distinct,
            "most_of_one": self.most_of_one,
            "most_in_one_second": self.most_in_one_second(),
            "average_per_second": round(self.average_per_second(), 2),
            "statuses": {str(status): number for status, number in sorted(self.statuses.items())},
            "most_tokens_in_flight": self.most_tokens_in_flight,
        }
