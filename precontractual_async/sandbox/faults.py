"""What can be made to go wrong, on demand. A test may change it while the sandbox runs."""

from __future__ import annotations

import random
from typing import Final

from attrs import define, field

GOES_THROUGH: Final = 200
"""As a status in `Faults.upcoming`: nothing goes wrong with this call."""


@define
class Faults:
    """None by default. Shares are between 0 and 1; the draws are the same in every run."""

    upcoming: list[int] = field(factory=list)
    """What the next API calls get, one each and in this order: 500, 503 or another status, 429, 401 (the
    token has expired), 0 (the connection is dropped), 200 (nothing goes wrong)."""

    error_share: float = 0.0
    """Share of the API calls that get a 500 in Spring's form (manual §3.3.16)."""
    drop_share: float = 0.0
    """Share of the API calls whose connection is dropped without an answer."""
    revoked_share: float = 0.0
    """Share of the API calls that find their token revoked: it is for nobody any more."""
    token_error_share: float = 0.0
    """Share of the token requests that get a 503."""
    latency: float = 0.0
    """Seconds that every API call takes."""
    token_latency: float = 0.0
    """Seconds that every token request takes."""
    outages: list[tuple[float, float]] = field(factory=list)
    """Spans, in seconds since the start, in which every API call gets a 503 with an HTML page."""
    retry_after: int = 1
    """Seconds that a 429 asks everybody to wait."""
    _draw: random.Random = field(factory=lambda: random.Random(20241202), init=False, eq=False)  # noqa: S311

    def next_status(self) -> int:
        """What `upcoming` has for a call that comes in now; it is taken off."""
        try:
            return self.upcoming.pop(0)
        except IndexError:
            return GOES_THROUGH

    def happens(self, share: float) -> bool:
        """Whether something with this share happens now."""
        return share > 0 and self._draw.random() < share

    def is_out(self, since_start: float) -> bool:
        """Whether an outage is on."""
        return any(start <= since_start < end for start, end in self.outages)
