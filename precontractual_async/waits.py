"""Why nothing is sent for now: what whoever holds calls back says to those who watch.

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
