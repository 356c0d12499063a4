"""What can be made to go wrong, on demand. A test may change it while the sandbox runs."""

from __future__ import annotations

import random

from attrs import define, field


@define
class Faults:
    """None by default. Shares are between 0 and 1; the draws are the same in every run."""

    error_share: float = 0.0
    """Share of the API calls that get a 500 in Spring's form (manual §3.3.16)."""
    drop_share: float = 0.0
    """Share of the API calls whose connection is dropped without an answer."""
    token_error_share: float = 0.0
    """Share of the token requests that get a 503."""
    latency: float = 0.0
    """Seconds that every API call takes."""
    token_latency: float = 0.0
    """Seconds that every token request takes."""
    outages: list[tuple[float, float]] = field(factory=list)
    """Spans, in seconds since the start, in which every API call gets a 503 with an HTML page."""
    _draw: random.Random = field(factory=lambda: random.Random(20241202), init=False)  # noqa: S311

    def happens(self, share: float) -> bool:
        """Whether something with this share happens now."""
        return share > 0 and self._draw.random() < share

    def is_out(self, since_start: float) -> bool:
        """Whether an outage is on."""
        return any(start <= since_start < end for start, end in self.outages)
