"""The progress of a run in words: known outcomes, the rate, why the run waits, the time left. Pure.

Knows how rates are measured, and when the time left is unknown. Leaves to others: clocks, terminals and the
source of the figures. Instants are parameters.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Protocol, Self

from attrs import define, field, frozen

from ..calls.throughput import Wait
from ..model.moves import OUTCOME_WORDS

_WINDOW: Final = 10.0
"""Seconds over which rates are measured: fifty calls at the default rate."""
_FEWEST: Final = 10
"""The fewest calls that the window covers, also at a slow rate."""
_SHORTEST: Final = 1.0
"""Seconds below which no rate is computed."""


@frozen
class ProgressSnapshot:
    """The state of a run at one instant."""

    at: float
    """Seconds of any monotonic clock."""
    rows: Mapping[str, int]
    """The number of rows with a known outcome, by the word of the outcome."""
    calls: int
    """Calls sent so far, including retries."""
    retries: int
    rate: float
    """The rate limit that is set, in calls a second."""
    allowed: float
    """The current rate limit: lower for a while after a 429."""
    waits: tuple[Wait, ...] = ()
    is_ending: bool = False
    """Whether the run asks nothing more, however many rows are left."""

    @property
    def done(self) -> int:
        """The number of rows with a known outcome."""
        return sum(self.rows.values())


class Progress(Protocol):
    """Shows the progress; called every `every` seconds, however many rows come."""

    every: float

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, snapshot: ProgressSnapshot) -> None:
        """Show the current state."""


@define
class RunProgress:
    """The progress of a run of `total` rows, from snapshots."""

    total: int
    _seen: deque[ProgressSnapshot] = field(factory=deque, init=False)
    """The last snapshot, and earlier ones back to the beginning of the window."""

    def see(self, snapshot: ProgressSnapshot) -> None:
        """Add a snapshot; it must not be earlier than the last one."""
        self._seen.append(snapshot)
        begin = snapshot.at - max(_WINDOW, _FEWEST / snapshot.rate)
        while len(self._seen) > 2 and self._seen[1].at <= begin:
            self._seen.popleft()

    @property
    def last(self) -> ProgressSnapshot:
        return self._seen[-1]

    @property
    def calls_per_second(self) -> float | None:
        """The rate over the last seconds; None while it is unknown."""
        return self._per_second(self.last.calls - self._seen[0].calls)

    @property
    def seconds_left(self) -> float | None:
        """The time until every row is known, at the current speed; None while nothing moves."""
        rows = self._per_second(self.last.done - self._seen[0].done)
        if not rows or self.last.waits or self.last.is_ending:
            return None
        return (self.total - self.last.done) / rows

    def _per_second(self, count: int) -> float | None:
        passed = self.last.at - self._seen[0].at
        return count / passed if passed >= _SHORTEST else None

    def lines(self) -> tuple[str, ...]:
        """A few lines: progress and rate, known outcomes, and why the run waits."""
        return ("; ".join(self._how_far()), ", ".join(self._what()), *self._why())

    def _how_far(self) -> Iterator[str]:
        yield f"{self.last.done} of {self.total} rows"
        calls, left = self.calls_per_second, self.seconds_left
        if calls is not None:
            yield f"{calls:.{1 if self.last.rate >= 1 else 2}f} of {_number(self.last.allowed)} calls/s"
        if left:
            yield f"{duration(left)} left"

    def _what(self) -> Iterator[str]:
        yield from (f"{count} {word}" for word in OUTCOME_WORDS if (count := self.last.rows.get(word)))
        yield f"{self.last.calls} calls"
        if self.last.retries:
            yield f"{self.last.retries} retries among them"

    def _why(self) -> Iterator[str]:
        for wait in self.last.waits:
            until = f"; next attempt in {duration(wait.seconds)}" if wait.seconds else ""
            yield f"waiting: {wait.why}{until}"
        allowed, rate = _number(self.last.allowed), _number(self.last.rate)
        if allowed != rate:
            yield f"slower after a 429: {allowed} calls/s instead of {rate}"


def _number(value: float) -> str:
    """The number with at most two decimals: ``5``, ``4.5``, ``0.25``."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


_MINUTE: Final = 60
_HOUR: Final = 3600


def duration(seconds: float) -> str:
    """The time in at most two units, rounded up, so that the estimate is never too short.

    >>> duration(41.2), duration(165), duration(4325), duration(3600)
    ('42 s', '2 min 45 s', '1 h 13 min', '1 h 0 min')
    """
    whole = -int(-seconds // 1)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    minutes = -(-whole // _MINUTE)
    return f"{minutes // 60} h {minutes % 60} min"


def pause_before_next_line(passed: float) -> float:
    """Seconds until the next log line, `passed` seconds after the first: five, doubling up to a minute."""
    return max(5.0, min(60.0, passed))
