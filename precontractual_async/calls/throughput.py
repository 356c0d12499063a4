"""How many calls a second are allowed now, and why calls wait: values for a progress display.

Leaves to others: which part holds calls back, and what is shown of it.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Wait:
    """One reason why calls are held back."""

    why: str
    """The reason in plain English, without citizens' numbers: safe for a log."""
    seconds: float
    """Seconds from now until the next attempt; 0 during that attempt."""


@frozen
class Throughput:
    """How many calls a second a client may make at this moment."""

    allowed: float
    """Calls a second: `RATE`, or fewer for a while after a 429."""
    waits: tuple[Wait, ...]
    """The reasons why calls wait: a pause that the gateway asked for, a missing token, an outage in a batch.
    Empty when no call has to wait."""
