"""How fast a client may go, and why nothing is sent for now: what is said to those who watch.

Refuses to know who holds back, and what is shown of it.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Wait:
    """One reason why calls are held back."""

    why: str
    """In plain English, without numbers of people: safe for a log."""
    seconds: float
    """From now until the next attempt; 0 while it is being made."""


@frozen
class Throughput:
    """How fast a client may go at this moment."""

    allowed: float
    """Calls a second: `RATE`, or fewer for a while after a 429."""
    waits: tuple[Wait, ...]
    """What holds calls back: a pause that the gateway asked for, a token that is not there, an outage that a
    batch waits out. Empty when nothing does."""
