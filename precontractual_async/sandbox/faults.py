"""Fault injection: the errors that the sandbox makes on demand. A test may change them while it runs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

from attrs import define, field

GOES_THROUGH: Final = 200
"""A status in `Faults.upcoming`: this call has no fault."""

REJECTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_citizen": ("citizen", "The citizen SSIN is not valid or does not exist"),
    "past_start_date": ("startDate", "StartDate cannot be in the past"),
    "start_date_not_open": ("startDate", "StartDate should fall within the permitted time frame"),
    "unknown_enterprise": (
        "mandataryEnterpriseNumber",
        "The mandataryEnterpriseNumber is not valid or does not exist",
    ),
    "another_enterprise": (
        "mandataryEnterpriseNumber",
        "The mandataryEnterpriseNumber does not correspond to the CBE provided in the token",
    ),
    "represented_missing": (
        "representedEnterpriseNumber",
        "The representedEnterpriseNumber should be provided for a request from a provider",
    ),
    "represented_not_allowed": (
        "representedEnterpriseNumber",
        "The representedEnterpriseNumber should not be provided for a request from an employer",
    ),
}
"""The documented 400s (manual §3.3.7-13) by our names for them: the parameter, and the text about it."""
BROKEN: Final = ("page", "garbage", "half", "slow", "revoked", "dropped")
"""Other faults with a name: see `Faults.upcoming`."""


@define
class Faults:
    """The faults; none by default. Shares are between 0 and 1; random draws are the same in every run."""

    upcoming: list[int | str] = field(factory=list)
    """The faults of the next API calls, in this order: a status (400: unknown_citizen, 401: the token has
    expired, 429, 500, 503, ..., 200: no fault); the name of one of the `REJECTIONS`; ``page`` (200 with
    HTML), ``garbage`` (200 with bytes that are not JSON), ``half`` (the answer breaks off), ``slow`` (it
    takes `slow_for` longer), ``revoked`` (the token is revoked), ``dropped`` or 0 (the connection is
    dropped)."""
    slow_for: float = 3.0
    """Seconds that a ``slow`` call takes longer."""

    error_share: float = 0.0
    """Share of the API calls that get a 500 in Spring's form (manual §3.3.16)."""
    drop_share: float = 0.0
    """Share of the API calls whose connection is dropped without an answer."""
    revoked_share: float = 0.0
    """Share of the API calls whose token is revoked, and stays invalid."""
    token_error_share: float = 0.0
    """Share of the token requests that get a 503."""
    latency: float = 0.0
    """Seconds that every API call takes."""
    token_latency: float = 0.0
    """Seconds that every token request takes."""
    outages: list[tuple[float, float]] = field(factory=list)
    """Intervals, in seconds since the start, in which every API call gets a 503 with an HTML page."""
    retry_after: int = 1
    """Seconds that a 429 asks all clients to wait."""
    _draw: random.Random = field(factory=lambda: random.Random(20241202), init=False, eq=False)  # noqa: S311

    def next_upcoming(self) -> int | str:
        """Remove and return the first of `upcoming`, for a call that comes in now.

        Raises:
            ValueError: no fault has this name.
        """
        try:
            what = self.upcoming.pop(0)
        except IndexError:
            return GOES_THROUGH
        if isinstance(what, str) and what not in REJECTIONS and what not in BROKEN:
            raise ValueError(f"no fault is called {what!r}; there are: {', '.join((*REJECTIONS, *BROKEN))}")
        return {400: "unknown_citizen", 0: "dropped"}.get(what, what) if isinstance(what, int) else what

    def happens(self, share: float) -> bool:
        """Whether a fault with this share happens now."""
        return share > 0 and self._draw.random() < share

    def is_out(self, since_start: float) -> bool:
        """Whether an outage is on."""
        return any(start <= since_start < end for start, end in self.outages)
